//! Tokens to text, one by one. Must give the same text as all tokens at once would.

use super::tokenizer::{LeadingSpace, Tokenizer};
use crate::Result;

/// Decodes tokens one by one; holds back bytes until they are whole UTF-8 characters.
#[derive(Debug)]
pub struct StreamDecoder<'a> {
    tokenizer: &'a Tokenizer,
    state: StreamState,
}

/// What a [`StreamDecoder`] remembers from token to token, for those who keep the tokenizer elsewhere.
#[derive(Debug)]
pub(crate) struct StreamState {
    special: bool,
    /// Control tokens that show all the same; sorted.
    shown: Vec<u32>,
    /// Whether the next text loses a leading space, which encoding put there.
    at_beginning: bool,
    /// The beginning of a character.
    held: Vec<u8>,
}

impl<'a> StreamDecoder<'a> {
    /// A decoder that begins at the beginning of a text; `special`: show control tokens too.
    pub(super) fn new(tokenizer: &'a Tokenizer, special: bool) -> StreamDecoder<'a> {
        StreamDecoder { tokenizer, state: StreamState::new(tokenizer, special) }
    }

    /// A decoder that goes on behind `previous`, or begins a text.
    pub(super) fn after(tokenizer: &'a Tokenizer, previous: Option<u32>) -> StreamDecoder<'a> {
        StreamDecoder { tokenizer, state: StreamState::after(tokenizer, previous) }
    }

    /// The text that this token completes; may be empty.
    ///
    /// # Errors
    /// For a token past the vocabulary; the decoder is then as before.
    pub fn push(&mut self, token: u32) -> Result<String> {
        self.state.push(self.tokenizer, token)
    }

    /// What is left at the end; incomplete characters become U+FFFD.
    pub fn finish(&mut self) -> String {
        self.state.finish()
    }
}

impl StreamState {
    fn new(tokenizer: &Tokenizer, special: bool) -> StreamState {
        let at_beginning = tokenizer.leading_space() != LeadingSpace::Kept;
        StreamState { special, shown: Vec::new(), at_beginning, held: Vec::new() }
    }

    /// See [`Tokenizer::stream_after`].
    pub(crate) fn after(tokenizer: &Tokenizer, previous: Option<u32>) -> StreamState {
        let Some(previous) = previous else {
            return StreamState::new(tokenizer, false);
        };
        let at_beginning = match tokenizer.leading_space() {
            LeadingSpace::Kept => false,
            LeadingSpace::DroppedAtBeginning => tokenizer.bos() == Some(previous),
            LeadingSpace::DroppedAfterSpecial => tokenizer.is_special(previous),
        };
        StreamState { special: false, shown: Vec::new(), at_beginning, held: Vec::new() }
    }

    /// The same, but these control tokens show.
    pub(crate) fn showing(mut self, tokens: &[u32]) -> StreamState {
        self.shown = tokens.to_vec();
        self.shown.sort_unstable();
        self
    }

    /// As [`StreamDecoder::push`]; always with the same tokenizer.
    pub(crate) fn push(&mut self, tokenizer: &Tokenizer, token: u32) -> Result<String> {
        let mut bytes = tokenizer.piece(token, self.special || self.shown.binary_search(&token).is_ok())?;
        let every_time = tokenizer.leading_space() == LeadingSpace::DroppedAfterSpecial;
        if every_time && tokenizer.is_special(token) {
            self.at_beginning = true;
        } else if self.at_beginning && !bytes.is_empty() {
            bytes = bytes.strip_prefix(b" ").unwrap_or(bytes);
            self.at_beginning = false;
        }
        self.held.extend_from_slice(bytes);
        let mut text = String::new();
        let mut done = 0;
        while done < self.held.len() {
            match std::str::from_utf8(&self.held[done..]) {
                Ok(rest) => {
                    text.push_str(rest);
                    done = self.held.len();
                }
                Err(error) => {
                    let valid = done + error.valid_up_to();
                    text.push_str(&String::from_utf8_lossy(&self.held[done..valid]));
                    done = valid;
                    // Without a length these bytes may still become a character.
                    let Some(invalid) = error.error_len() else { break };
                    text.push(char::REPLACEMENT_CHARACTER);
                    done += invalid;
                }
            }
        }
        self.held.drain(..done);
        Ok(text)
    }

    /// As [`StreamDecoder::finish`].
    pub(crate) fn finish(&mut self) -> String {
        let rest = String::from_utf8_lossy(&self.held).into_owned();
        self.held.clear();
        rest
    }
}
