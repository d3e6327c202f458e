//! Reads a Hugging Face folder's tokenizer: `tokenizer.json` through the crate `tokenizers`, and the files
//! beside it for what that one does not say. Text is cut by the crate; tokens are put together by us, so
//! that they can arrive one by one.

use super::bpe::unspell;
use super::gguf::byte;
use super::special::{end_tokens, show_channels};
use super::tokenizer::{Encoder, LeadingSpace, Tokenizer};
use super::vocabulary::{Kind, Vocabulary};
use crate::storage::read_small;
use crate::{Error, Result};
use serde_json::Value;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

/// More than any vocabulary has; a file that names a higher token would make us allocate for all below.
const HIGHEST_TOKEN: u32 = 1 << 24;

/// In bytes; the longest `tokenizer.json` so far takes 34 million.
const LONGEST_FILE: usize = 1 << 28;

pub(super) struct HuggingFaceEncoder {
    path: PathBuf,
    /// Whether special tokens are found in text is a setting of the crate's tokenizer, not of a call.
    tokenizer: RwLock<tokenizers::Tokenizer>,
    edges: Edges,
}

/// What stands around a text.
enum Edges {
    /// What `tokenizer.json` says.
    Template,
    /// These tokens: `tokenizer_config.json` has a say, as in `transformers`.
    Tokens { first: Option<u32>, last: Option<u32> },
}

impl HuggingFaceEncoder {
    pub fn encode(&self, text: &str, add_special: bool, parse_special: bool) -> Result<Vec<u32>> {
        let template = add_special && matches!(self.edges, Edges::Template);
        let encoding = loop {
            let tokenizer = self.tokenizer.read().unwrap_or_else(PoisonError::into_inner);
            if tokenizer.get_encode_special_tokens() != parse_special {
                break guarded(&self.path, || tokenizer.encode_fast(text, template))?;
            }
            drop(tokenizer);
            let mut tokenizer = self.tokenizer.write().unwrap_or_else(PoisonError::into_inner);
            tokenizer.set_encode_special_tokens(!parse_special);
        };
        let tokens = encoding.get_ids();
        Ok(match self.edges {
            Edges::Tokens { first, last } if add_special => {
                first.into_iter().chain(tokens.iter().copied()).chain(last).collect()
            }
            _ => tokens.to_vec(),
        })
    }
}

/// The tokenizer of a folder; `None` if it has none.
pub(super) fn read(folder: &Path) -> Result<Option<Tokenizer>> {
    FolderTokenizer::open(folder)?.map(FolderTokenizer::into_tokenizer).transpose()
}

/// What a folder says about its tokenizer.
pub(super) struct FolderTokenizer {
    /// Of `tokenizer.json`.
    pub path: PathBuf,
    /// Its bytes.
    pub text: Vec<u8>,
    pub tokenizer: tokenizers::Tokenizer,
    pub spelling: Spelling,
    pub vocabulary: Vocabulary,
    pub settings: Settings,
}

impl FolderTokenizer {
    /// Of this folder; `None` if it has none.
    pub fn open(folder: &Path) -> Result<Option<FolderTokenizer>> {
        let path = folder.join("tokenizer.json");
        let Some(text) = read_file(&path)? else { return Ok(None) };
        let mut tokenizer = guarded(&path, || tokenizers::Tokenizer::from_bytes(&text))?;
        // These cut and lengthen texts, for which a caller must ask.
        tokenizer.with_padding(None);
        guarded(&path, || tokenizer.with_truncation(None).map(|_| ()))?;

        let decoder = tokenizer.get_decoder().map(serde_json::to_value).and_then(Result::ok);
        let spelling = spelling(decoder.as_ref().unwrap_or(&Value::Null)).ok_or_else(|| Error::Unsupported {
            path: path.clone(),
            what: "its decoder is neither byte-level nor of SentencePiece; models with others are not supported"
                .into(),
        })?;
        let mut vocabulary = read_vocabulary(&path, &tokenizer, spelling)?;
        show_channels(&mut vocabulary);
        let settings = Settings {
            tokenizer: read_json(&folder.join("tokenizer_config.json"))?,
            generation: read_json(&folder.join("generation_config.json"))?,
            model: read_json(&folder.join("config.json"))?,
        };
        Ok(Some(FolderTokenizer { path, text, tokenizer, spelling, vocabulary, settings }))
    }

    /// The token of this role ("bos", "eos", "pad" or "unk").
    pub fn token(&self, role: &str) -> Option<u32> {
        self.settings.token(role, &self.tokenizer, &self.vocabulary)
    }

    /// A yes or no of `tokenizer_config.json`, if it says.
    pub fn settings_flag(&self, name: &str) -> Option<bool> {
        self.settings.tokenizer[name].as_bool()
    }

    pub fn into_tokenizer(self) -> Result<Tokenizer> {
        let (bos, eos) = (self.token("bos"), self.token("eos"));
        let FolderTokenizer { path, tokenizer, spelling, vocabulary, settings, .. } = self;
        let mut ends: Vec<u32> = settings.listed("eos", &vocabulary);
        ends.extend(eos);
        let ends = end_tokens(&vocabulary, ends);

        let flag = |name: &str| settings.tokenizer[name].as_bool();
        let edges = match (flag("add_bos_token"), flag("add_eos_token")) {
            (None, None) => Edges::Template,
            (add_bos, add_eos) => {
                let template = guarded(&path, || tokenizer.encode_fast("", true))?;
                let begins = bos.is_some() && template.get_ids().first() == bos.as_ref();
                Edges::Tokens {
                    first: bos.filter(|_| add_bos.unwrap_or(begins)),
                    last: eos.filter(|_| add_eos.unwrap_or(false)),
                }
            }
        };
        let leading_space = match spelling {
            Spelling::SentencePiece { drops_space: true } => LeadingSpace::DroppedAtBeginning,
            _ => LeadingSpace::Kept,
        };
        let encoder = HuggingFaceEncoder { path, tokenizer: RwLock::new(tokenizer), edges };
        let encoder = Encoder::HuggingFace(Box::new(encoder));
        Ok(Tokenizer { vocabulary, encoder, leading_space, bos, eos, ends })
    }
}

/// Calls into the crate, which panics on some files that it should refuse.
pub(super) fn guarded<T>(path: &Path, call: impl FnOnce() -> tokenizers::Result<T>) -> Result<T> {
    let cause = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the crate `tokenizers` panics on it".into(),
    };
    // The crate quotes the file at length.
    let cause: String = cause.chars().take(300).flat_map(char::escape_debug).collect();
    Err(Error::Unsupported { path: path.into(), what: format!("not a tokenizer that can be used: {cause}") })
}

/// A file's bytes; `None` if there is no such file.
fn read_file(path: &Path) -> Result<Option<Vec<u8>>> {
    match read_small(path, LONGEST_FILE) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A file's JSON; null if there is no such file.
fn read_json(path: &Path) -> Result<Value> {
    let Some(bytes) = read_file(path)? else { return Ok(Value::Null) };
    serde_json::from_slice(&bytes)
        .map_err(|error| Error::Unsupported { path: path.into(), what: format!("is not JSON: {error}") })
}

/// The files beside `tokenizer.json`; null where there is none.
pub(super) struct Settings {
    tokenizer: Value,
    generation: Value,
    model: Value,
}

impl Settings {
    /// The token of this role ("bos" or "eos"): as the tokenizer names it, or else the model. Numbers
    /// past the vocabulary are no tokens.
    fn token(&self, role: &str, tokenizer: &tokenizers::Tokenizer, vocabulary: &Vocabulary) -> Option<u32> {
        let named = &self.tokenizer[format!("{role}_token")];
        // Either the text or a description that holds it.
        let text = named.as_str().or_else(|| named["content"].as_str());
        let token = text.and_then(|text| tokenizer.token_to_id(text));
        token
            .filter(|token| (*token as usize) < vocabulary.len())
            .or_else(|| self.listed(role, vocabulary).first().copied())
    }

    /// The tokens of this role that the model's files list.
    fn listed(&self, role: &str, vocabulary: &Vocabulary) -> Vec<u32> {
        let key = format!("{role}_token_id");
        let values = [&self.generation[&key], &self.model[&key]];
        let values = values.into_iter().flat_map(|value| match value {
            Value::Array(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        });
        values
            .filter_map(|value| u32::try_from(value.as_u64()?).ok())
            .filter(|token| (*token as usize) < vocabulary.len())
            .collect()
    }
}

/// How the vocabulary spells bytes.
#[derive(Clone, Copy)]
pub(super) enum Spelling {
    ByteLevel,
    /// `drops_space`: decoding takes a space from the beginning of a text.
    SentencePiece {
        drops_space: bool,
    },
}

/// What the description of a decoder says about the spelling.
fn spelling(decoder: &Value) -> Option<Spelling> {
    let steps = match &decoder["decoders"] {
        Value::Array(steps) => steps.as_slice(),
        _ => std::slice::from_ref(decoder),
    };
    let step = |name: &str| steps.iter().find(|step| step["type"] == name);
    if step("ByteLevel").is_some() {
        return Some(Spelling::ByteLevel);
    }
    if let Some(metaspace) = step("Metaspace") {
        return Some(Spelling::SentencePiece { drops_space: metaspace["prepend_scheme"] != "never" });
    }
    let replaces =
        step("Replace").is_some_and(|step| step["pattern"]["String"] == "\u{2581}" && step["content"] == " ");
    let drops_space = step("Strip").is_some_and(|step| step["content"] == " " && step["start"] == 1);
    replaces.then_some(Spelling::SentencePiece { drops_space })
}

fn read_vocabulary(path: &Path, tokenizer: &tokenizers::Tokenizer, spelling: Spelling) -> Result<Vocabulary> {
    let texts = tokenizer.get_vocab(true);
    let highest = texts.values().copied().max().unwrap_or(0);
    if texts.is_empty() || highest > HIGHEST_TOKEN {
        let what = match texts.is_empty() {
            true => "there are no tokens".into(),
            false => format!("token {highest} is higher than any model's"),
        };
        return Err(Error::Unsupported { path: path.into(), what });
    }
    let mut by_token: Vec<Option<&str>> = vec![None; highest as usize + 1];
    for (text, token) in &texts {
        by_token[*token as usize] = Some(text);
    }
    let added = tokenizer.get_added_tokens_decoder();
    let mut vocabulary = Vocabulary::with_capacity(by_token.len());
    let mut bytes = Vec::new();
    for (token, text) in by_token.into_iter().enumerate() {
        bytes.clear();
        let kind = match (added.get(&(token as u32)), text) {
            (Some(added), _) => {
                bytes.extend_from_slice(added.content.as_bytes());
                if added.special {
                    Kind::Control
                } else {
                    Kind::UserDefined
                }
            }
            (None, None) => Kind::Unused,
            (None, Some(text)) => match spelling {
                Spelling::ByteLevel if unspell(text, &mut bytes) => Kind::Normal,
                Spelling::ByteLevel => {
                    bytes.clear();
                    bytes.extend_from_slice(text.as_bytes());
                    Kind::Unspelled
                }
                Spelling::SentencePiece { .. } => match byte(text) {
                    Some(byte) => {
                        bytes.push(byte);
                        Kind::Byte
                    }
                    None => {
                        bytes.extend_from_slice(text.replace('\u{2581}', " ").as_bytes());
                        Kind::Normal
                    }
                },
            },
        };
        let too_large =
            || Error::Unsupported { path: path.into(), what: "its tokens take 4 GiB or more".into() };
        vocabulary.push(&bytes, kind).ok_or_else(too_large)?;
    }
    Ok(vocabulary)
}
