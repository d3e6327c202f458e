//! `moesaic perplexity`: how well the model predicts a text, over the same windows as llama-perplexity.

use super::options::{ComputeOptions, ModelPath};
use super::output::{print, print_json, progress, read_text, Failure};
use crate::generate::Perplexity;
use crate::kernel::Arithmetic;
use crate::{CancelToken, Error};
use clap::Args;
use std::path::PathBuf;

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
    let text = read_text(&arguments.file)?;
    let model = arguments.compute.open(&arguments.model, Arithmetic::Int8)?;
    let bar = progress(0, "windows");
    let found = model.perplexity(&text, arguments.context, &CancelToken::new(), |done, of, so_far| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
        bar.set_message(format!("perplexity {so_far:.4}"));
    });
    bar.finish_and_clear();
    let Perplexity { perplexity, tokens, .. } = found.map_err(|error| match error {
        // What is wrong is the text or how it is cut.
        Error::Input { what } => Failure::Failed(format!("{}: {what}", arguments.file.display())),
        error => error.into(),
    })?;
    if arguments.json {
        print_json(&serde_json::json!({ "perplexity": perplexity, "tokens": tokens }))
    } else {
        print(&format!("perplexity {perplexity:.4} over {tokens} tokens\n"))
    }
}
