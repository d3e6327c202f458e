//! `moesaic run`: the text that follows a prompt.

use super::options::{positive, text_or_stdin, ComputeOptions, Guessing, ModelPath, Sampling};
use super::output::{note, print, progress, summary, Failure};
use crate::kernel::Arithmetic;
use crate::{GenerateOptions, SessionOptions};
use clap::Args;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Continue a text
///
/// The text goes to stdout, counts and speeds to stderr.
#[derive(Args)]
pub struct Arguments {
    /// A .gguf file (or the first of a split set) or a Hugging Face folder; by default the model in the box
    #[arg(short, long, value_name = "MODEL")]
    model: Option<PathBuf>,

    /// The text to continue, `<|special|>` tokens included; - reads it from stdin
    #[arg(default_value = "", hide_default_value = true)]
    prompt: String,

    /// The most tokens to generate; by default until the model ends the text or the context is full
    #[arg(short, long, value_name = "N")]
    n: Option<usize>,

    #[command(flatten)]
    sampling: Sampling,

    /// End before this text; may be given several times
    #[arg(long, value_name = "TEXT")]
    stop: Vec<String>,

    /// How many tokens the context holds; by default 4096, or less if the model was made for less
    #[arg(short, long, value_name = "CTX", value_parser = positive)]
    context: Option<usize>,

    #[command(flatten)]
    guessing: Guessing,

    #[command(flatten)]
    compute: ComputeOptions,
}

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let mut options = GenerateOptions::default();
    options.sampling = arguments.sampling.options()?;
    options.max_tokens = arguments.n;
    options.stop = arguments.stop;
    if options.stop.iter().any(String::is_empty) {
        return Err(Failure::Usage("--stop needs a text that is not empty".into()));
    }
    let model = arguments.model.map_or_else(ModelPath::stories, ModelPath::new);
    let prompt = text_or_stdin(arguments.prompt)?;
    let model = arguments.compute.open(&model, Arithmetic::Int8)?;
    options.speculation = arguments.guessing.speculation(&arguments.compute)?;
    let mut session_options = SessionOptions::default();
    session_options.context = arguments.context;
    let mut session = model.session(session_options)?;

    options.parse_special = true;
    let mut generation = session.generate(&prompt, &options)?;
    let bar = progress(0, "prompt");
    generation.process_prompt(|done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    // A reader at a terminal sees the whole text; a file gets exactly what follows the prompt.
    let terminal = std::io::stdout().is_terminal();
    if terminal {
        print(&prompt)?;
    }
    let mut ends_in_newline = true;
    for piece in &mut generation {
        let piece = piece?;
        ends_in_newline = piece.ends_with('\n');
        print(&piece)?;
    }
    // A shell's prompt belongs on a line of its own.
    if !ends_in_newline && terminal {
        print("\n")?;
    }
    note(&summary(&generation));
    Ok(())
}
