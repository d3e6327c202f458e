//! `moesaic tokenize`: the tokens of a text.

use super::options::{text_or_stdin, ModelPath};
use super::output::{print, print_json, printable, Failure};
use crate::text::Tokenizer;
use crate::Error;
use clap::Args;
use std::fmt::Write;

/// Print the tokens of a text
///
/// A line for each token: its number, and the text that it stands for. Works on vocabulary-only files too.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelPath,

    /// The text; - or nothing reads it from stdin
    #[arg(default_value = "-", hide_default_value = true)]
    text: String,

    /// Plain text only: add no beginning or end token, and take `<|special|>` as text
    #[arg(long)]
    no_special: bool,

    /// Print a list of token numbers
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let archive = arguments.model.archive()?;
    // The tokenizer alone: the file need not hold a model.
    let none = || Error::Unsupported { path: archive.path.clone(), what: "carries no tokenizer".into() };
    let tokenizer = Tokenizer::from_archive(&archive)?.ok_or_else(none)?;
    let text = text_or_stdin(arguments.text)?;
    let special = !arguments.no_special;
    let tokens = tokenizer.encode(&text, special, special)?;
    if arguments.json {
        return print_json(&tokens);
    }
    let mut lines = String::new();
    for token in tokens {
        let piece = tokenizer.token_bytes(token, true)?;
        // A token may hold part of a character, which only its bytes show.
        let piece = match std::str::from_utf8(&piece) {
            Ok(piece) => printable(piece),
            Err(_) => piece.escape_ascii().to_string(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "{token:>7}  {piece}");
    }
    print(&lines)
}
