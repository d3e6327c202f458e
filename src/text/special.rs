//! Special tokens: finding them in a text, and which of them end a generation.

use super::vocabulary::{Kind, Vocabulary};
use crate::{Error, Result};
use aho_corasick::{AhoCorasick, MatchKind};

/// Finds special tokens in text, the longest one where several begin.
pub(super) struct SpecialTokens {
    /// Those that are found always: user-defined ones.
    always: Finder,
    /// Those, and the ones that text from strangers must not be able to write.
    all: Finder,
}

/// A stretch of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fragment<'text> {
    /// Text without special tokens; not empty.
    Text(&'text str),
    /// A special token.
    Special(u32),
}

struct Finder {
    automaton: Option<AhoCorasick>,
    tokens: Vec<u32>,
}

impl SpecialTokens {
    /// The special tokens of a vocabulary.
    pub fn new(vocabulary: &Vocabulary) -> Result<SpecialTokens> {
        Ok(SpecialTokens {
            always: Finder::new(vocabulary, |kind| kind == Kind::UserDefined)?,
            all: Finder::new(vocabulary, Kind::is_special)?,
        })
    }

    /// Cuts a text at its special tokens; `parse_special`: not only at user-defined ones.
    pub fn split<'text>(&self, text: &'text str, parse_special: bool) -> Vec<Fragment<'text>> {
        let finder = if parse_special { &self.all } else { &self.always };
        let mut fragments = Vec::new();
        let mut done = 0;
        for found in finder.automaton.iter().flat_map(|automaton| automaton.find_iter(text)) {
            if found.start() > done {
                fragments.push(Fragment::Text(&text[done..found.start()]));
            }
            fragments.push(Fragment::Special(finder.tokens[found.pattern().as_usize()]));
            done = found.end();
        }
        if done < text.len() {
            fragments.push(Fragment::Text(&text[done..]));
        }
        fragments
    }
}

impl Finder {
    fn new(vocabulary: &Vocabulary, wanted: impl Fn(Kind) -> bool) -> Result<Finder> {
        // A token without text would be everywhere, and one that is not text would cut characters.
        let wanted = vocabulary.iter().filter(|(_, bytes, kind)| {
            wanted(*kind) && !bytes.is_empty() && std::str::from_utf8(bytes).is_ok()
        });
        let (tokens, texts): (Vec<u32>, Vec<&[u8]>) = wanted.map(|(token, bytes, _)| (token, bytes)).unzip();
        let automaton = match tokens.is_empty() {
            true => None,
            false => {
                let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(texts);
                let too_many = |error| Error::input(format!("the special tokens are too many: {error}"));
                Some(automaton.map_err(too_many)?)
            }
        };
        Ok(Finder { automaton, tokens })
    }
}

/// Texts of tokens that end a generation, beside those that the metadata names. The list is llama.cpp's:
/// published files name one end token, and their models use several.
const ENDS: &[&str] = &[
    "<|eot_id|>",
    "<|im_end|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<|flush|>",
    "<|calls|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "<|eom_id|>",
    "<EOT>",
    "_<EOT>",
    "[EOT]",
    "[EOS]",
    "<|end_of_text|>",
    "<end_of_utterance>",
    "</s>",
    "<eos>",
];

/// Tokens by which gpt-oss structures an answer; without them its channels run together.
const CHANNELS: &[&str] = &["<|channel|>", "<|message|>", "<|start|>", "<|constrain|>"];

/// The tokens that end a generation: these, and those known by their text. Sorted.
pub(super) fn end_tokens(vocabulary: &Vocabulary, named: impl IntoIterator<Item = u32>) -> Vec<u32> {
    let named: Vec<u32> = named.into_iter().collect();
    // Where a file says nothing about kinds, the text must do.
    let any_special = vocabulary.iter().any(|(_, _, kind)| kind.is_special());
    let mut known = Vec::new();
    for (token, bytes, kind) in vocabulary.iter() {
        if kind.is_special() == any_special {
            if let Some(text) = ENDS.iter().find(|text| text.as_bytes() == bytes) {
                known.push((token, *text));
            }
        }
    }
    // Where an answer ends with <|return|> or <|call|>, <|end|> ends only one of its messages.
    let has = |wanted| known.iter().any(|(_, text)| *text == wanted);
    if has("<|return|>") || has("<|call|>") {
        known.retain(|(token, text)| *text != "<|end|>" || named.contains(token));
    }
    let mut ends = named;
    ends.extend(known.into_iter().map(|(token, _)| token));
    ends.sort_unstable();
    ends.dedup();
    ends
}

/// Makes the tokens that structure an answer of gpt-oss visible.
pub(super) fn show_channels(vocabulary: &mut Vocabulary) {
    let special = vocabulary.iter().filter(|(_, bytes, kind)| {
        kind.is_special() && CHANNELS.iter().any(|text| text.as_bytes() == *bytes)
    });
    let channels: Vec<(u32, Kind)> = special.map(|(token, _, kind)| (token, kind)).collect();
    // All of them, or it is another model that happens to use the name of one.
    if channels.len() == CHANNELS.len() {
        let hidden = channels.into_iter().filter(|(_, kind)| *kind == Kind::Control);
        hidden.for_each(|(token, _)| vocabulary.set_kind(token, Kind::VisibleControl));
    }
}
