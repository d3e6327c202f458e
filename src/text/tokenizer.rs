//! The tokenizer: what all kinds of vocabularies have in common. How each cuts text is elsewhere.

use super::bpe::BytePairEncoder;
use super::gguf;
use super::hugging_face::{self, HuggingFaceEncoder};
use super::sentence_piece::SentencePieceEncoder;
use super::special::{Fragment, SpecialTokens};
use super::stream::StreamDecoder;
use super::vocabulary::{Kind, Vocabulary};
use crate::storage::{Archive, Description, Metadata};
use crate::{Error, Result};
use std::path::Path;

/// Turns text into tokens and back.
pub struct Tokenizer {
    pub(super) vocabulary: Vocabulary,
    pub(super) encoder: Encoder,
    pub(super) leading_space: LeadingSpace,
    pub(super) bos: Option<u32>,
    pub(super) eos: Option<u32>,
    /// Tokens that end a generation; sorted.
    pub(super) ends: Vec<u32>,
}

/// How text becomes tokens.
pub(super) enum Encoder {
    /// As a GGUF file says.
    Gguf(Box<GgufEncoder>),
    /// As a `tokenizer.json` says.
    HuggingFace(Box<HuggingFaceEncoder>),
}

/// Special tokens first, then the text between them.
pub(super) struct GgufEncoder {
    pub special: SpecialTokens,
    pub scheme: Scheme,
    /// The token that a text begins with.
    pub first: Option<u32>,
    /// The token that a text ends with.
    pub last: Option<u32>,
}

/// How text between special tokens becomes tokens.
pub(super) enum Scheme {
    BytePair(BytePairEncoder),
    SentencePiece(SentencePieceEncoder),
}

/// Encoding may put a space before a text; where decoding takes one away again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeadingSpace {
    /// Nowhere.
    Kept,
    /// At the beginning.
    DroppedAtBeginning,
    /// At the beginning and behind every special token.
    DroppedAfterSpecial,
}

impl Tokenizer {
    /// From whatever the archive is: a GGUF file's metadata, or the `tokenizer.json` in a folder or beside a
    /// lone .safetensors file. `None` if there is none.
    ///
    /// # Errors
    /// As [`Tokenizer::from_gguf`] and [`Tokenizer::from_folder`].
    pub fn from_archive(archive: &Archive) -> Result<Option<Tokenizer>> {
        let path = &archive.path;
        match &archive.description {
            Description::Gguf(metadata) => Tokenizer::from_gguf(metadata),
            Description::HuggingFace(_) if path.is_dir() => Tokenizer::from_folder(path),
            Description::HuggingFace(_) => Tokenizer::from_folder(path.parent().unwrap_or(path)),
        }
    }

    /// From a GGUF file's `tokenizer.ggml.*` keys; `None` if the file carries no vocabulary
    /// (`tokenizer.ggml.model` absent or `no_vocab`).
    ///
    /// # Errors
    /// If a key is missing, of the wrong type or out of range, if keys contradict each other, or if this
    /// version does not know the kind of vocabulary.
    pub fn from_gguf(metadata: &Metadata) -> Result<Option<Tokenizer>> {
        gguf::read(metadata)
    }

    /// From a Hugging Face folder's `tokenizer.json` (with `tokenizer_config.json`, `generation_config.json`
    /// and `config.json` for the special tokens); `None` if there is no `tokenizer.json`.
    ///
    /// # Errors
    /// If one of these files cannot be read or says what cannot be.
    pub fn from_folder(folder: &Path) -> Result<Option<Tokenizer>> {
        hugging_face::read(folder)
    }

    /// How many tokens it knows.
    pub fn vocabulary_size(&self) -> usize {
        self.vocabulary.len()
    }

    /// Tokens of `text`. `add_special`: put BOS (and EOS) where the model's rules say;
    /// `parse_special`: text such as `<|im_start|>` becomes its control token instead of plain text.
    ///
    /// Decoding gives the same text again, unless a `tokenizer.json` prescribes a normalisation.
    ///
    /// # Errors
    /// If the vocabulary has no tokens for some bytes of the text, or the text takes 4 GiB or more.
    pub fn encode(&self, text: &str, add_special: bool, parse_special: bool) -> Result<Vec<u32>> {
        // Positions in the text are numbers of 32 bits, and a space may come before it.
        if text.len() >= u32::MAX as usize - 1 {
            return Err(Error::input(format!(
                "a text of {} bytes is too long to become tokens at once; cut it",
                text.len()
            )));
        }
        let GgufEncoder { special, scheme, first, last } = match &self.encoder {
            Encoder::HuggingFace(encoder) => return encoder.encode(text, add_special, parse_special),
            Encoder::Gguf(encoder) => &**encoder,
        };
        let mut tokens = Vec::with_capacity(text.len() / 4 + 2);
        tokens.extend(first.filter(|_| add_special));
        for fragment in special.split(text, parse_special) {
            match (fragment, scheme) {
                (Fragment::Special(token), _) => tokens.push(token),
                (Fragment::Text(text), Scheme::BytePair(encoder)) => {
                    encoder.encode(&self.vocabulary, text, &mut tokens)?;
                }
                (Fragment::Text(text), Scheme::SentencePiece(encoder)) => {
                    encoder.encode(&self.vocabulary, text, &mut tokens)?;
                }
            }
        }
        tokens.extend(last.filter(|_| add_special));
        Ok(tokens)
    }

    /// The bytes that a token stands for; control tokens give nothing unless `special`.
    ///
    /// # Errors
    /// For a token past the vocabulary.
    pub fn token_bytes(&self, token: u32, special: bool) -> Result<Vec<u8>> {
        Ok(self.piece(token, special)?.to_vec())
    }

    /// As [`token_bytes`](Self::token_bytes), without a copy.
    pub(super) fn piece(&self, token: u32, special: bool) -> Result<&[u8]> {
        let (Some(bytes), Some(kind)) = (self.vocabulary.bytes(token), self.vocabulary.kind(token)) else {
            return Err(Error::input(match self.vocabulary.len() {
                0 => format!("token {token} is past the vocabulary, which is empty"),
                tokens => format!("token {token} is past the vocabulary, whose last is {}", tokens - 1),
            }));
        };
        Ok(if special || !kind.is_hidden() { bytes } else { &[] })
    }

    /// The text of tokens; bytes that are not UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// For a token past the vocabulary.
    pub fn decode(&self, tokens: &[u32], special: bool) -> Result<String> {
        let mut decoder = StreamDecoder::new(self, special);
        let mut text = String::new();
        for &token in tokens {
            text += &decoder.push(token)?;
        }
        text += &decoder.finish();
        Ok(text)
    }

    /// A decoder for tokens that arrive one by one, beginning with the first one of a text. Control tokens
    /// give nothing.
    pub fn stream(&self) -> StreamDecoder<'_> {
        StreamDecoder::new(self, false)
    }

    /// A decoder for the tokens that follow `previous`, the last token of what is there already. It keeps
    /// a space that [`stream`](Self::stream) would take for one that encoding put before the text.
    pub fn stream_after(&self, previous: Option<u32>) -> StreamDecoder<'_> {
        StreamDecoder::after(self, previous)
    }

    /// Whether generation ends with this token (EOS, EOT, ...).
    pub fn is_end(&self, token: u32) -> bool {
        self.ends.binary_search(&token).is_ok()
    }

    /// The beginning-of-sequence token.
    pub fn bos(&self) -> Option<u32> {
        self.bos
    }

    /// The end-of-sequence token.
    pub fn eos(&self) -> Option<u32> {
        self.eos
    }

    /// The tokens that end a generation, in ascending order.
    pub fn end_tokens(&self) -> &[u32] {
        &self.ends
    }

    /// The texts that become a token only where control tokens are asked for.
    pub(super) fn control_texts(&self) -> impl Iterator<Item = &str> {
        let control = |kind| matches!(kind, Kind::Control | Kind::VisibleControl | Kind::Unknown);
        let texts = self.vocabulary.iter().filter(move |(_, _, kind)| control(*kind));
        texts.filter_map(|(_, bytes, _)| std::str::from_utf8(bytes).ok().filter(|text| !text.is_empty()))
    }

    /// The bytes of a token for those who look at text alone; `None` for control tokens, and for those that stand for
    /// nothing.
    #[cfg(feature = "grammar")]
    pub(crate) fn text_bytes(&self, token: u32) -> Option<&[u8]> {
        let plain = matches!(
            self.vocabulary.kind(token)?,
            Kind::Normal | Kind::Byte | Kind::UserDefined | Kind::Unspelled
        );
        self.vocabulary.bytes(token).filter(|bytes| plain && !bytes.is_empty())
    }

    /// Where decoding drops spaces.
    pub(super) fn leading_space(&self) -> LeadingSpace {
        self.leading_space
    }

    /// Whether this is a special token; `false` past the vocabulary.
    pub(super) fn is_special(&self, token: u32) -> bool {
        self.vocabulary.kind(token).is_some_and(Kind::is_special)
    }
}

impl std::fmt::Debug for Tokenizer {
    /// Short: nobody wants to see the tokens.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = match &self.encoder {
            Encoder::HuggingFace(_) => "tokenizer.json",
            Encoder::Gguf(encoder) => match encoder.scheme {
                Scheme::BytePair(_) => "byte-level BPE",
                Scheme::SentencePiece(_) => "SentencePiece",
            },
        };
        formatter
            .debug_struct("Tokenizer")
            .field("scheme", &scheme)
            .field("tokens", &self.vocabulary_size())
            .field("bos", &self.bos)
            .field("eos", &self.eos)
            .field("ends", &self.ends)
            .finish()
    }
}
