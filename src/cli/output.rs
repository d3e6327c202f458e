//! What all subcommands do with stdin, stdout, stderr and failures.

use crate::{Error, FinishReason, Generation};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::str::Utf8Error;

/// Why a subcommand did not do what it was asked to.
pub enum Failure {
    /// The command line asks for something that cannot be: status 2.
    Usage(String),
    /// It failed: status 1.
    Failed(String),
    /// Nobody reads stdout any more: the quiet end.
    StdoutClosed,
}

impl From<crate::Error> for Failure {
    fn from(error: crate::Error) -> Failure {
        Failure::Failed(error.to_string())
    }
}

/// One line on stderr. Names and messages come from files that may be hostile: control characters
/// must not reach the terminal, nor break the line.
pub fn note(line: &str) {
    // Nothing sensible is left to do when stderr is gone.
    let _ = writeln!(std::io::stderr(), "{}", printable(line));
}

/// The text with its control characters escaped.
pub fn printable(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            result.extend(character.escape_default());
        } else {
            result.push(character);
        }
    }
    result
}

/// Writes to stdout, at once.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text.as_bytes());
    match written.and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::StdoutClosed),
        Err(error) => Err(Failure::Failed(format!("cannot write to stdout: {error}"))),
    }
}

/// A line of JSON on stdout.
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let mut line = serde_json::to_string(value)
        .map_err(|error| Failure::Failed(format!("cannot be written as JSON: {error}")))?;
    line.push('\n');
    print(&line)
}

/// What was done, how fast, and how to get it again.
pub fn summary(generation: &Generation<'_>) -> String {
    let statistics = generation.statistics();
    let end = match generation.finish_reason() {
        Some(FinishReason::End) => "ended by the model",
        Some(FinishReason::Stop) => "ended by a stop text",
        Some(FinishReason::Length) => "ended by -n",
        Some(FinishReason::ContextFull) => "ended by the full context",
        _ => "cancelled",
    };
    let guesses = match (statistics.accepted_tokens, statistics.drafted_tokens) {
        (_, 0) => String::new(),
        (right, all) => format!("{right} of {all} guesses right; "),
    };
    format!(
        "prompt {} tokens, {:.1}/s; generated {} tokens, {:.1}/s; {guesses}{end}; seed {}",
        statistics.prompt_tokens,
        statistics.prompt_tokens_per_second(),
        statistics.generated_tokens,
        statistics.decoded_tokens_per_second(),
        generation.seed()
    )
}

/// All of stdin as text.
pub fn read_stdin() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::Failed(format!("cannot read stdin: {error}")))?;
    String::from_utf8(bytes).map_err(|error| not_utf8("stdin", error.utf8_error()))
}

/// The failure for text that is none.
pub fn not_utf8(what: &str, error: Utf8Error) -> Failure {
    let at = error.valid_up_to();
    Failure::Failed(format!("{what}: not UTF-8 text: an invalid byte at offset {at}"))
}

/// A text file. One that was cut to a size may end inside a character: that end is left out.
pub fn read_text(path: &Path) -> Result<String, Failure> {
    let mut bytes = std::fs::read(path).map_err(|source| Error::Io { path: path.into(), source })?;
    let name = path.display();
    if let Err(error) = std::str::from_utf8(&bytes) {
        if error.error_len().is_none() {
            let extra = bytes.split_off(error.valid_up_to()).len();
            note(&format!("{name}: ends inside a character: its last {extra} bytes are left out"));
        }
    }
    String::from_utf8(bytes).map_err(|error| not_utf8(&name.to_string(), error.utf8_error()))
}

/// A progress bar on stderr for bytes; shows nothing when that is no terminal.
pub fn progress_of_bytes() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {eta}") {
        bar.set_style(style);
    }
    bar
}

/// A progress bar on stderr; shows nothing when that is no terminal.
pub fn progress(length: usize, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(length as u64).with_message(what);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar
}
