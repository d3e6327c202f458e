//! Byte-level BPE (`gpt2` in GGUF): a text's pieces become bytes, and the bytes are merged by rank.
//!
//! Vocabularies spell each byte as one printable character; that spelling is undone when the vocabulary
//! is read, so that everything here is about bytes.

use super::index::{HashKeys, TokenIndex, NONE};
use super::merge::{Candidate, Merger};
use super::pre_tokenizer::PreTokenizer;
use super::vocabulary::{Kind, Vocabulary};
use crate::{Error, Result};
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

pub(super) struct BytePairEncoder {
    pre_tokenizer: PreTokenizer,
    /// The file's merges, a line each, until the tables are made of them.
    merges: Mutex<String>,
    /// Made for the first text: it takes longer than everything else that opening a model does, and not
    /// everybody who opens a model has a text.
    tables: OnceLock<Tables>,
}

struct Tables {
    index: TokenIndex,
    /// The token of each byte, or [`NONE`].
    bytes: Vec<u32>,
    /// From a pair of tokens, the left one in the upper half, to the rank of their merge.
    ranks: HashMap<u64, u32, HashKeys>,
    /// The token that the merge of each rank makes.
    products: Vec<u32>,
}

impl BytePairEncoder {
    /// From the merges in order of rank, each as `left right` in the spelling of the vocabulary.
    ///
    /// A merge that names a token which the vocabulary lacks can never be applied, and is left out.
    ///
    /// # Errors
    /// The number of the first merge that is not two texts.
    pub fn new(merges: &[String], pre_tokenizer: PreTokenizer) -> Result<BytePairEncoder, usize> {
        let mut lines = String::with_capacity(merges.iter().map(|merge| merge.len() + 1).sum());
        for (number, merge) in merges.iter().enumerate() {
            split(merge).ok_or(number)?;
            // A line end is not in the spelling, so that this merge would be left out anyway.
            if !merge.contains('\n') {
                lines.push_str(merge);
                lines.push('\n');
            }
        }
        Ok(BytePairEncoder { pre_tokenizer, merges: Mutex::new(lines), tables: OnceLock::new() })
    }

    fn tables(&self, vocabulary: &Vocabulary) -> &Tables {
        self.tables.get_or_init(|| {
            let mut merges = self.merges.lock().unwrap_or_else(PoisonError::into_inner);
            Tables::new(vocabulary, &std::mem::take(&mut *merges))
        })
    }

    /// Appends the tokens of a text.
    pub fn encode(&self, vocabulary: &Vocabulary, text: &str, tokens: &mut Vec<u32>) -> Result<()> {
        let tables = self.tables(vocabulary);
        let mut merger = Merger::default();
        for piece in self.pre_tokenizer.split(text) {
            if self.pre_tokenizer.ignores_merges() {
                if let Some(token) = tables.index.find(vocabulary, piece.as_bytes()) {
                    tokens.push(token);
                    continue;
                }
            }
            merger.clear();
            for (at, &byte) in piece.as_bytes().iter().enumerate() {
                let token = tables.bytes[usize::from(byte)];
                if token == NONE {
                    return Err(Error::input(format!(
                        "the vocabulary has no token for the byte 0x{byte:02X}, which is in the text {:?}",
                        piece.chars().take(20).collect::<String>()
                    )));
                }
                merger.push(token, at as u32, at as u32 + 1);
            }
            let symbols = merger.merge(|left, right| {
                let priority = *tables.ranks.get(&pair(left.token, right.token))?;
                Some(Candidate { priority, product: tables.products[priority as usize] })
            });
            tokens.extend(symbols.map(|symbol| symbol.token));
        }
        Ok(())
    }
}

impl Tables {
    fn new(vocabulary: &Vocabulary, merges: &str) -> Tables {
        let mut index = TokenIndex::with_capacity(vocabulary.len());
        // Special tokens are not made of pieces: text must not become one by merging.
        let normal = vocabulary.iter().filter(|(_, _, kind)| *kind == Kind::Normal);
        normal.for_each(|(token, _, _)| index.insert(vocabulary, token));
        let find = |bytes: &[u8]| index.find(vocabulary, bytes);
        let bytes = (0..=255).map(|byte| find(&[byte]).unwrap_or(NONE)).collect();

        let count = merges.bytes().filter(|byte| *byte == b'\n').count();
        let mut ranks = HashMap::with_capacity_and_hasher(count, HashKeys::default());
        let mut products = Vec::with_capacity(count);
        let mut both = Vec::new();
        for (left, right) in merges.split('\n').filter_map(split) {
            both.clear();
            let known = unspell(left, &mut both);
            let middle = both.len();
            if !known || !unspell(right, &mut both) {
                continue;
            }
            if let (Some(left), Some(right), Some(product)) =
                (find(&both[..middle]), find(&both[middle..]), find(&both))
            {
                // Named twice, a pair keeps its first rank.
                ranks.entry(pair(left, right)).or_insert(products.len() as u32);
                products.push(product);
            }
        }
        Tables { index, bytes, ranks, products }
    }
}

/// The two texts of a merge. The left one may begin with a space itself, but is not empty.
fn split(merge: &str) -> Option<(&str, &str)> {
    let space = merge.bytes().skip(1).position(|byte| byte == b' ')? + 1;
    Some((&merge[..space], &merge[space + 1..]))
}

fn pair(left: u32, right: u32) -> u64 {
    u64::from(left) << 32 | u64::from(right)
}

/// Appends the bytes that a text in the spelling of byte-level vocabularies stands for; `false` if it is
/// not in that spelling.
pub(super) fn unspell(text: &str, bytes: &mut Vec<u8>) -> bool {
    for character in text.chars() {
        match byte(character) {
            Some(byte) => bytes.push(byte),
            None => return false,
        }
    }
    true
}

/// The byte that a character stands for. Printable bytes stand for themselves, the 68 others have the
/// characters from U+0100 on, in their order.
fn byte(character: char) -> Option<u8> {
    let code = u32::from(character);
    let byte = match code {
        33..=126 | 161..=172 | 174..=255 => code,
        0x100..=0x120 => code - 0x100,
        0x121..=0x142 => code - 0x121 + 127,
        0x143 => 173,
        _ => return None,
    };
    u8::try_from(byte).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_one_character() {
        let mut seen = [false; 256];
        let spelled = (0..=0x10ffff).filter_map(char::from_u32).filter_map(byte);
        spelled.for_each(|byte| assert!(!std::mem::replace(&mut seen[usize::from(byte)], true)));
        assert_eq!(seen, [true; 256]);
        let bytes = "ĠĊĉa\u{ad}é".chars().map(byte).collect::<Vec<_>>();
        assert_eq!(bytes, [Some(b' '), Some(b'\n'), Some(b'\t'), Some(b'a'), None, Some(0xe9)]);
    }
}
