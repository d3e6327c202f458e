//! Reads and checks a GGUF file's `tokenizer.ggml.*` keys. It must not trust any of them: each may be
//! missing, of the wrong type, of the wrong length or out of range.

use super::bpe::{unspell, BytePairEncoder};
use super::pre_tokenizer::PreTokenizer;
use super::sentence_piece::SentencePieceEncoder;
use super::special::{end_tokens, show_channels, SpecialTokens};
use super::tokenizer::{Encoder, GgufEncoder, LeadingSpace, Scheme, Tokenizer};
use super::vocabulary::{Kind, Vocabulary};
use crate::storage::Metadata;
use crate::{Error, Result};

const TOKENS: &str = "tokenizer.ggml.tokens";
const KINDS: &str = "tokenizer.ggml.token_type";
const SCORES: &str = "tokenizer.ggml.scores";
const MERGES: &str = "tokenizer.ggml.merges";
const PRE_TOKENIZER: &str = "tokenizer.ggml.pre";

/// How the file spells bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// One printable character for each byte.
    ByteLevel,
    /// As they are, but U+2581 for a space.
    SentencePiece,
}

/// The tokenizer of a file; `None` if it carries none.
pub(super) fn read(metadata: &Metadata) -> Result<Option<Tokenizer>> {
    let spelling = match metadata.string("tokenizer.ggml.model")? {
        None | Some("no_vocab" | "none") => return Ok(None),
        Some("gpt2") => Spelling::ByteLevel,
        Some("llama") => Spelling::SentencePiece,
        Some(other) => {
            let what = format!(
                "vocabularies of the kind {:?} are not supported; supported are gpt2 (byte-level BPE) and \
                 llama (SentencePiece)",
                other.chars().take(100).collect::<String>()
            );
            return Err(Error::Unsupported { path: metadata.path().into(), what });
        }
    };
    let mut vocabulary = read_vocabulary(metadata, spelling)?;
    show_channels(&mut vocabulary);
    let named = |key: &str| read_token(metadata, key, &vocabulary);
    let mut bos = named("tokenizer.ggml.bos_token_id")?;
    let mut eos = named("tokenizer.ggml.eos_token_id")?;
    let mut unknown = named("tokenizer.ggml.unknown_token_id")?;
    let mut ends = Vec::new();
    for key in ["tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"] {
        ends.extend(named(key)?);
    }

    let (scheme, adds_bos, leading_space) = match spelling {
        Spelling::ByteLevel => {
            let name = metadata.string(PRE_TOKENIZER)?.unwrap_or("default");
            let pre_tokenizer =
                PreTokenizer::new(name).map_err(|what| metadata.error(PRE_TOKENIZER, what))?;
            let adds_bos = pre_tokenizer.adds_bos();
            let merges = required(metadata, MERGES, metadata.strings(MERGES)?)?;
            let encoder = BytePairEncoder::new(merges, pre_tokenizer).map_err(|number| {
                metadata.error(MERGES, format!("merge {number} is not two texts with a space between"))
            })?;
            (Scheme::BytePair(encoder), adds_bos, LeadingSpace::Kept)
        }
        Spelling::SentencePiece => {
            // The numbers that SentencePiece gives them if nobody asks for others.
            let usual = |token: u32| {
                let kind = vocabulary.kind(token)?;
                (kind.is_special() || metadata.get(KINDS).is_none()).then_some(token)
            };
            bos = bos.or_else(|| usual(1));
            eos = eos.or_else(|| usual(2));
            unknown = unknown.or_else(|| usual(0));
            let scores = required(metadata, SCORES, metadata.floats(SCORES)?)?;
            check_length(metadata, SCORES, scores.len(), vocabulary.len())?;
            let prefix = metadata.bool("tokenizer.ggml.add_space_prefix")?.unwrap_or(true);
            let encoder = SentencePieceEncoder::new(&vocabulary, &scores, unknown, prefix);
            let leading_space = match prefix {
                true => LeadingSpace::DroppedAfterSpecial,
                false => LeadingSpace::Kept,
            };
            (Scheme::SentencePiece(encoder), true, leading_space)
        }
    };
    let first = edge(metadata, "bos", adds_bos, bos)?;
    let last = edge(metadata, "eos", false, eos)?;
    ends.extend(eos);
    let ends = end_tokens(&vocabulary, ends);
    let special = SpecialTokens::new(&vocabulary)?;
    let encoder = Encoder::Gguf(Box::new(GgufEncoder { special, scheme, first, last }));
    Ok(Some(Tokenizer { vocabulary, encoder, leading_space, bos, eos, ends }))
}

fn required<T>(metadata: &Metadata, key: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| metadata.error(key, "missing, and the tokenizer cannot do without"))
}

fn check_length(metadata: &Metadata, key: &str, found: usize, tokens: usize) -> Result<()> {
    match found == tokens {
        true => Ok(()),
        false => Err(metadata.error(key, format!("has {found} entries for {tokens} tokens"))),
    }
}

fn read_vocabulary(metadata: &Metadata, spelling: Spelling) -> Result<Vocabulary> {
    let texts = required(metadata, TOKENS, metadata.strings(TOKENS)?)?;
    if texts.is_empty() {
        return Err(metadata.error(TOKENS, "is empty: there are no tokens"));
    }
    let kinds = metadata.integers(KINDS)?;
    if let Some(kinds) = &kinds {
        check_length(metadata, KINDS, kinds.len(), texts.len())?;
    }
    let mut vocabulary = Vocabulary::with_capacity(texts.len());
    let mut bytes = Vec::new();
    for (token, text) in texts.iter().enumerate() {
        let mut kind = match &kinds {
            Some(kinds) => kind(kinds[token])
                .ok_or_else(|| metadata.error(KINDS, format!("token {token} is of kind {}", kinds[token])))?,
            // Old files say nothing; bytes can be told by their text.
            None if spelling == Spelling::SentencePiece && byte(text).is_some() => Kind::Byte,
            None => Kind::Normal,
        };
        bytes.clear();
        match kind {
            Kind::Unused => {}
            Kind::Byte => bytes.push(byte(text).ok_or_else(|| {
                let what = format!("token {token} is of kind 6, a byte, but not spelled <0x00> to <0xFF>");
                metadata.error(TOKENS, what)
            })?),
            Kind::Normal if spelling == Spelling::SentencePiece => {
                bytes.extend_from_slice(text.replace('\u{2581}', " ").as_bytes());
            }
            Kind::Normal if unspell(text, &mut bytes) => {}
            Kind::Normal => {
                bytes.clear();
                bytes.extend_from_slice(text.as_bytes());
                kind = Kind::Unspelled;
            }
            _ => bytes.extend_from_slice(text.as_bytes()),
        }
        vocabulary.push(&bytes, kind).ok_or_else(|| metadata.error(TOKENS, "takes 4 GiB or more"))?;
    }
    Ok(vocabulary)
}

/// The kind of this number; `None` if there is none.
fn kind(number: i64) -> Option<Kind> {
    Some(match number {
        // 0 is "undefined", which early converters wrote for ordinary tokens.
        0 | 1 => Kind::Normal,
        2 => Kind::Unknown,
        3 => Kind::Control,
        4 => Kind::UserDefined,
        5 => Kind::Unused,
        6 => Kind::Byte,
        _ => return None,
    })
}

/// The number of a kind: the way back of [`kind`].
pub(super) fn kind_number(kind: Kind) -> i32 {
    match kind {
        Kind::Normal | Kind::Unspelled => 1,
        Kind::Unknown => 2,
        Kind::Control | Kind::VisibleControl => 3,
        Kind::UserDefined => 4,
        Kind::Unused => 5,
        Kind::Byte => 6,
    }
}

/// The byte that `<0x0A>` stands for.
pub(super) fn byte(text: &str) -> Option<u8> {
    let digits = text.strip_prefix("<0x")?.strip_suffix('>')?;
    // Parsing alone would take a sign.
    let digits = Some(digits).filter(|digits| digits.len() == 2 && !digits.starts_with('+'))?;
    u8::from_str_radix(digits, 16).ok()
}

/// A token that the metadata names.
fn read_token(metadata: &Metadata, key: &str, vocabulary: &Vocabulary) -> Result<Option<u32>> {
    let Some(number) = metadata.unsigned(key)? else { return Ok(None) };
    match u32::try_from(number).ok().filter(|token| (*token as usize) < vocabulary.len()) {
        Some(token) => Ok(Some(token)),
        None => {
            let what =
                format!("token {number} is past the vocabulary, which has {} tokens", vocabulary.len());
            Err(metadata.error(key, what))
        }
    }
}

/// The token that a text begins (`bos`) or ends (`eos`) with, if so.
fn edge(metadata: &Metadata, name: &str, default: bool, token: Option<u32>) -> Result<Option<u32>> {
    let key = format!("tokenizer.ggml.add_{name}_token");
    match metadata.bool(&key)? {
        Some(true) if token.is_none() => {
            Err(metadata.error(&key, format!("is true, but tokenizer.ggml.{name}_token_id is missing")))
        }
        wanted => Ok(token.filter(|_| wanted.unwrap_or(default))),
    }
}
