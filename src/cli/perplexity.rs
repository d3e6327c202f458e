//! `moesaic perplexity`: how well the model predicts a text, over the same windows as llama-perplexity.

use super::options::{ComputeOptions, ModelPath};
use super::output::{print, print_json, progress, read_text, Failure};
use crate::generate::{Divergence, Perplexity};
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

    /// Compare the predictions with this model's: what quantising cost, if it is the original
    #[arg(long, value_name = "MODEL")]
    against: Option<PathBuf>,

    /// Print {"perplexity": x, "tokens": n}, n being the number of predicted tokens; with --against also
    /// "reference_perplexity", "divergence" (the mean Kullback-Leibler divergence in nats) and "same_best" (the share of
    /// tokens where both models find the same token most probable)
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
    let against = arguments.against.map(ModelPath::new);
    let against = against.map(|path| arguments.compute.open(&path, Arithmetic::Int8)).transpose()?;
    let bar = progress(0, "windows");
    let show = |done: usize, of: usize, what: String| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
        bar.set_message(what);
    };
    let named = |error| match error {
        // What is wrong is the text or how it is cut.
        Error::Input { what } => Failure::Failed(format!("{}: {what}", arguments.file.display())),
        error => error.into(),
    };
    let (window, cancel) = (arguments.context, CancelToken::new());
    let Some(reference) = against else {
        let found = model.perplexity(&text, window, &cancel, |done, of, so_far| {
            show(done, of, format!("perplexity {so_far:.4}"));
        });
        bar.finish_and_clear();
        let Perplexity { perplexity, tokens, .. } = found.map_err(named)?;
        return match arguments.json {
            true => print_json(&serde_json::json!({ "perplexity": perplexity, "tokens": tokens })),
            false => print(&format!("perplexity {perplexity:.4} over {tokens} tokens\n")),
        };
    };
    let found = model.divergence(&reference, &text, window, &cancel, |done, of, so_far| {
        show(done, of, format!("divergence {so_far:.5}"));
    });
    bar.finish_and_clear();
    let Divergence { divergence, same_best, perplexity, reference_perplexity, tokens, .. } =
        found.map_err(named)?;
    match arguments.json {
        true => print_json(&serde_json::json!({
            "perplexity": perplexity,
            "tokens": tokens,
            "reference_perplexity": reference_perplexity,
            "divergence": divergence,
            "same_best": same_best,
        })),
        false => print(&format!(
            "perplexity {perplexity:.4}, of the other {reference_perplexity:.4}, over {tokens} tokens\n\
             divergence {divergence:.6} nats a token; the same most probable token for {:.2} %\n",
            100.0 * same_best
        )),
    }
}
