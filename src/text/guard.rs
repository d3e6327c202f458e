//! Keeps what strangers write from becoming control tokens when a chat template puts it into a prompt.
//!
//! A template writes control tokens as text, among the text of the messages. Before it is rendered, a mark goes into
//! every text of a message that would be such a token; where the prompt becomes tokens, it is cut at the marks, so
//! that no control token is seen across them.

use super::Tokenizer;
use crate::{Error, Result};
use aho_corasick::{AhoCorasick, MatchKind};
use serde_json::Value as Json;

/// A code point that Unicode keeps for the inside of programs, so that no text needs it.
const MARK: char = '\u{FDD0}';

/// Knows the control tokens of one vocabulary.
#[derive(Debug)]
pub struct Guard {
    control: Option<AhoCorasick>,
}

impl Guard {
    /// For the prompts of this tokenizer.
    ///
    /// # Errors
    /// [`Error::Input`] if there are too many control tokens.
    pub fn new(tokenizer: &Tokenizer) -> Result<Guard> {
        let texts: Vec<&str> = tokenizer.control_texts().collect();
        if texts.is_empty() {
            return Ok(Guard { control: None });
        }
        let control = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(texts);
        let too_many = |error| Error::input(format!("the control tokens are too many: {error}"));
        Ok(Guard { control: Some(control.map_err(too_many)?) })
    }

    /// Marks every text inside a value that would become a control token. Keys are left alone.
    pub fn mark(&self, value: &mut Json) {
        match value {
            Json::String(text) => self.mark_text(text),
            Json::Array(values) => values.iter_mut().for_each(|value| self.mark(value)),
            Json::Object(values) => values.values_mut().for_each(|value| self.mark(value)),
            _ => {}
        }
    }

    fn mark_text(&self, text: &mut String) {
        let Some(control) = &self.control else { return };
        let mut marked = String::new();
        let mut done = 0;
        for found in control.find_iter(text.as_str()) {
            // Behind the first character, so that the token's text is whole nowhere.
            let first = text[found.start()..].chars().next().map_or(0, char::len_utf8);
            marked += &text[done..found.start() + first];
            marked.push(MARK);
            done = found.start() + first;
        }
        if done > 0 {
            marked += &text[done..];
            *text = marked;
        }
    }

    /// The tokens of a prompt that a template made of marked messages.
    ///
    /// # Errors
    /// Those of [`Tokenizer::encode`].
    pub fn encode(&self, tokenizer: &Tokenizer, prompt: &str) -> Result<Vec<u32>> {
        let mut tokens = Vec::new();
        for part in prompt.split(MARK).filter(|part| !part.is_empty()) {
            // The template has written the token that begins a text.
            tokens.extend(tokenizer.encode(part, false, true)?);
        }
        Ok(tokens)
    }
}
