//! SentencePiece (`llama` in GGUF): characters are merged to the token with the highest score; what has no
//! token becomes bytes. No pre-tokenizer, no normalisation.
//!
//! Vocabularies spell a space as U+2581; that is undone when the vocabulary is read. So that character
//! itself is not taken for a space in a text, as the original does, but becomes bytes: every text comes
//! back as it was.

use super::index::{TokenIndex, NONE};
use super::merge::{Candidate, Merger};
use super::vocabulary::{Kind, Vocabulary};
use crate::{Error, Result};

pub(super) struct SentencePieceEncoder {
    index: TokenIndex,
    /// How early each token is merged, from its score.
    priorities: Vec<u32>,
    /// The token of each byte, or [`NONE`].
    bytes: Vec<u32>,
    unknown: Option<u32>,
    space_prefix: bool,
    /// Whether no token goes across the beginning of a word, so that words can be merged one by one.
    words_apart: bool,
}

impl SentencePieceEncoder {
    /// With one score for each token of the vocabulary.
    pub fn new(vocabulary: &Vocabulary, scores: &[f32], unknown: Option<u32>, space_prefix: bool) -> Self {
        let mut index = TokenIndex::with_capacity(vocabulary.len());
        let mut bytes = vec![NONE; 256];
        let mut words_apart = true;
        for (token, text, kind) in vocabulary.iter() {
            match (kind, text) {
                // Special tokens are not made of pieces: text must not become one by merging.
                (Kind::Normal, _) => {
                    index.insert(vocabulary, token);
                    words_apart &= !text.windows(2).any(|pair| pair[0] != b' ' && pair[1] == b' ');
                }
                (Kind::Byte, &[byte]) => bytes[usize::from(byte)] = token,
                _ => {}
            }
        }
        let priorities = scores.iter().map(|&score| priority(score)).collect();
        SentencePieceEncoder { index, priorities, bytes, unknown, space_prefix, words_apart }
    }

    /// Appends the tokens of a text that stands at the beginning or behind a special token.
    pub fn encode(&self, vocabulary: &Vocabulary, text: &str, tokens: &mut Vec<u32>) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let prefixed;
        let mut rest = text;
        if self.space_prefix {
            prefixed = [" ", text].concat();
            rest = &prefixed;
        }
        let mut merger = Merger::default();
        while !rest.is_empty() {
            let (word, behind) = rest.split_at(if self.words_apart { word_end(rest) } else { rest.len() });
            self.encode_word(vocabulary, word, &mut merger, tokens)?;
            rest = behind;
        }
        Ok(())
    }

    fn encode_word(
        &self,
        vocabulary: &Vocabulary,
        word: &str,
        merger: &mut Merger,
        tokens: &mut Vec<u32>,
    ) -> Result<()> {
        merger.clear();
        let find = |begin: u32, end: u32| {
            self.index.find(vocabulary, &word.as_bytes()[begin as usize..end as usize])
        };
        for (begin, character) in word.char_indices() {
            let (begin, end) = (begin as u32, (begin + character.len_utf8()) as u32);
            merger.push(find(begin, end).unwrap_or(NONE), begin, end);
        }
        let symbols = merger.merge(|left, right| {
            let product = find(left.begin, right.end)?;
            Some(Candidate { priority: self.priorities[product as usize], product })
        });
        for symbol in symbols {
            if symbol.token != NONE {
                tokens.push(symbol.token);
                continue;
            }
            let character = &word[symbol.begin as usize..symbol.end as usize];
            let known = character.bytes().all(|byte| self.bytes[usize::from(byte)] != NONE);
            match self.unknown {
                _ if known => tokens.extend(character.bytes().map(|byte| self.bytes[usize::from(byte)])),
                Some(unknown) => tokens.push(unknown),
                None => {
                    return Err(Error::input(format!(
                        "the vocabulary has neither a token for {character:?} nor for its bytes"
                    )))
                }
            }
        }
        Ok(())
    }
}

/// Where the first word of a text ends: before the first space behind something else.
fn word_end(text: &str) -> usize {
    let behind = text.as_bytes().windows(2).position(|pair| pair[0] != b' ' && pair[1] == b' ');
    behind.map_or(text.len(), |at| at + 1)
}

/// Highest score first: floats as integers in reverse order.
fn priority(score: f32) -> u32 {
    // Both zeros are the same score.
    let bits = (score + 0.0).to_bits();
    match bits >> 31 {
        0 => !(bits | 1 << 31),
        _ => bits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn higher_scores_go_first() {
        let scores = [f32::INFINITY, 1e9, 2.0, 1.5, 0.0, -1e-9, -1.0, -64000.0, f32::NEG_INFINITY];
        assert!(scores.windows(2).all(|pair| priority(pair[0]) < priority(pair[1])));
        assert_eq!(priority(0.0), priority(-0.0));
    }

    #[test]
    fn words_keep_the_spaces_before_them() {
        let mut words = Vec::new();
        let mut rest = "  two words\n x ";
        while !rest.is_empty() {
            let (word, behind) = rest.split_at(word_end(rest));
            words.push(word);
            rest = behind;
        }
        assert_eq!(words, ["  two", " words\n", " x", " "]);
    }
}
