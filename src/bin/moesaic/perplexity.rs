//! `moesaic perplexity`: how well the model predicts a text, over the same windows as llama-perplexity.

use crate::options::{ComputeOptions, ModelPath};
use crate::output::{not_utf8, note, print, print_json, progress, Failure};
use clap::Args;
use moesaic::kernel::Arithmetic;
use moesaic::model::Logits;
use moesaic::text::Tokenizer;
use moesaic::{CancelToken, Error, SessionOptions};
use std::path::{Path, PathBuf};

/// Measure how well a model predicts a text
///
/// The text is cut into windows of CTX tokens; in each, the tokens of the second half are predicted from
/// all before them (as llama-perplexity does it). A last window that is not full does not count.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelPath,

    /// The text
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,

    /// How many tokens a window holds
    #[arg(short, long, value_name = "CTX", default_value_t = 512, value_parser = window)]
    context: usize,

    /// Print {"perplexity": x, "tokens": n}, n being the number of predicted tokens
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    compute: ComputeOptions,
}

/// A window must have a second half of which at least one token is predicted.
fn window(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(size) if size < 4 => Err("must be at least 4".into()),
        Ok(size) => Ok(size),
        Err(error) => Err(format!("{error}")),
    }
}

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let window = arguments.context;
    let text = read(&arguments.file)?;
    let model = arguments.compute.open(&arguments.model, Arithmetic::Int8)?;
    let mut options = SessionOptions::default();
    options.context = Some(window);
    let mut session = model.session(options)?;
    let tokenizer = model.tokenizer()?;
    let tokens = tokenizer.encode(&text, true, false)?;
    if tokens.len() < window {
        return Err(Failure::Failed(format!(
            "{}: has {} tokens, less than one window of {window}; give a longer text or a smaller -c",
            arguments.file.display(),
            tokens.len()
        )));
    }

    let begin = begin_token(tokenizer)?;
    let vocabulary = model.vocabulary_size();
    let never = CancelToken::new();
    let mut sum = 0.0;
    let mut count = 0;
    let bar = progress(tokens.len() / window, "windows");
    for window in tokens.chunks_exact(window) {
        let mut window = window.to_vec();
        if let Some(begin) = begin {
            window[0] = begin;
        }
        let first = window.len() / 2;
        let last = window.len() - 1;
        session.reset();
        session.forward_with(&window[..first], Logits::None, &never)?;
        let rows = session.forward(&window[first..last])?;
        let next = &window[first + 1..];
        for (row, &token) in rows.chunks_exact(vocabulary).zip(next) {
            sum += surprise(row, token)?;
            count += 1u32;
        }
        bar.inc(1);
        bar.set_message(format!("perplexity {:.4}", (sum / f64::from(count)).exp()));
    }
    bar.finish_and_clear();
    let perplexity = (sum / f64::from(count)).exp();
    if !perplexity.is_finite() {
        return Err(Failure::Failed(format!("{}: its logits are no numbers", arguments.model)));
    }
    if arguments.json {
        print_json(&serde_json::json!({ "perplexity": perplexity, "tokens": count }))
    } else {
        print(&format!("perplexity {perplexity:.4} over {count} tokens\n"))
    }
}

/// A text file. One that was cut to a size may end inside a character: that end is left out.
fn read(path: &Path) -> Result<String, Failure> {
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

/// The token that every window begins with, if the model wants its texts to begin with one.
fn begin_token(tokenizer: &Tokenizer) -> Result<Option<u32>, Failure> {
    let of_nothing = tokenizer.encode("", true, false)?;
    Ok(tokenizer.bos().filter(|bos| of_nothing.first() == Some(bos)))
}

/// `-ln p(token)` under the softmax of a row of logits, in f64.
fn surprise(row: &[f32], token: u32) -> Result<f64, Failure> {
    let Some(&logit) = row.get(token as usize) else {
        return Err(Failure::Failed(format!(
            "the text holds token {token}, for which the model has no logit"
        )));
    };
    let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = (row.iter()).map(|&logit| f64::from(logit - highest).exp()).sum();
    Ok(f64::from(highest) + sum.ln() - f64::from(logit))
}
