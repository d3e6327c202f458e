//! The tokenizer: from GGUF metadata (own byte-level BPE and SentencePiece) or from `tokenizer.json`.

use crate::storage::Metadata;
use crate::Result;
use std::path::Path;

/// Turns text into tokens and back.
#[derive(Debug)]
pub struct Tokenizer {}

impl Tokenizer {
    /// From a GGUF file's `tokenizer.ggml.*` keys; `None` if the file carries no vocabulary
    /// (`tokenizer.ggml.model` absent or `no_vocab`).
    pub fn from_gguf(_metadata: &Metadata) -> Result<Option<Tokenizer>> {
        todo!()
    }

    /// From a Hugging Face folder's `tokenizer.json` (with `tokenizer_config.json`, `generation_config.json`
    /// and `config.json` for the special tokens); `None` if there is no `tokenizer.json`.
    pub fn from_folder(_folder: &Path) -> Result<Option<Tokenizer>> {
        todo!()
    }

    /// How many tokens it knows.
    pub fn vocabulary_size(&self) -> usize {
        todo!()
    }

    /// Tokens of `text`. `add_special`: put BOS (and EOS) where the model's rules say;
    /// `parse_special`: text such as `<|im_start|>` becomes its control token instead of plain text.
    pub fn encode(&self, _text: &str, _add_special: bool, _parse_special: bool) -> Result<Vec<u32>> {
        todo!()
    }

    /// The bytes that a token stands for; control tokens give nothing unless `special`.
    ///
    /// # Errors
    /// For a token past the vocabulary.
    pub fn token_bytes(&self, _token: u32, _special: bool) -> Result<Vec<u8>> {
        todo!()
    }

    /// The text of tokens; bytes that are not UTF-8 become U+FFFD.
    pub fn decode(&self, _tokens: &[u32], _special: bool) -> Result<String> {
        todo!()
    }

    /// A decoder for tokens that arrive one by one.
    pub fn stream(&self) -> StreamDecoder<'_> {
        todo!()
    }

    /// Whether generation ends with this token (EOS, EOT, ...).
    pub fn is_end(&self, _token: u32) -> bool {
        todo!()
    }

    /// The beginning-of-sequence token.
    pub fn bos(&self) -> Option<u32> {
        todo!()
    }

    /// The end-of-sequence token.
    pub fn eos(&self) -> Option<u32> {
        todo!()
    }
}

/// Decodes tokens one by one; holds back bytes until they are whole UTF-8 characters.
#[derive(Debug)]
pub struct StreamDecoder<'a> {
    #[allow(dead_code)]
    tokenizer: &'a Tokenizer,
}

impl StreamDecoder<'_> {
    /// The text that this token completes; may be empty.
    pub fn push(&mut self, _token: u32) -> Result<String> {
        todo!()
    }

    /// What is left at the end; incomplete characters become U+FFFD.
    pub fn finish(&mut self) -> String {
        todo!()
    }
}
