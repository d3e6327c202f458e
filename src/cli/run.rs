//! `moesaic run`: the text that follows a prompt.

use super::options::{positive, text_or_stdin, ComputeOptions, ModelPath};
use super::output::{note, print, progress, Failure};
use crate::kernel::Arithmetic;
use crate::{FinishReason, GenerateOptions, Generation, SamplingOptions, SessionOptions};
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
    compute: ComputeOptions,
}

#[derive(Args)]
#[command(next_help_heading = "Sampling")]
struct Sampling {
    /// 0 takes the most probable token every time
    #[arg(long, value_name = "T", default_value_t = SamplingOptions::default().temperature,
          allow_negative_numbers = true)]
    temp: f32,

    /// Choose among the K most probable tokens; 0 among all
    #[arg(long, value_name = "K", default_value_t = SamplingOptions::default().top_k)]
    top_k: usize,

    /// Choose among the most probable tokens that together have this probability; 1 among all
    #[arg(long, value_name = "P", default_value_t = SamplingOptions::default().top_p,
          allow_negative_numbers = true)]
    top_p: f32,

    /// Choose among tokens at least this probable relative to the best one; 0 among all
    #[arg(long, value_name = "P", default_value_t = SamplingOptions::default().min_p,
          allow_negative_numbers = true)]
    min_p: f32,

    /// Make tokens that occurred lately less probable; 1 does nothing
    #[arg(long, value_name = "R", default_value_t = SamplingOptions::default().repetition_penalty,
          allow_negative_numbers = true)]
    repeat_penalty: f32,

    /// How many tokens count as lately
    #[arg(long, value_name = "N", default_value_t = SamplingOptions::default().repetition_window)]
    repeat_window: usize,

    /// Where the random numbers start; by default somewhere else every time
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
}

impl Sampling {
    fn options(&self) -> Result<SamplingOptions, Failure> {
        let mut options = SamplingOptions::default();
        options.temperature = self.temp;
        options.top_k = self.top_k;
        options.top_p = self.top_p;
        options.min_p = self.min_p;
        options.repetition_penalty = self.repeat_penalty;
        options.repetition_window = self.repeat_window;
        options.seed = self.seed;
        match options.validate() {
            Ok(()) => Ok(options),
            Err(error) => Err(Failure::Usage(error.to_string())),
        }
    }
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

/// What was done, how fast, and how to get it again.
fn summary(generation: &Generation<'_>) -> String {
    let statistics = generation.statistics();
    let end = match generation.finish_reason() {
        Some(FinishReason::End) => "ended by the model",
        Some(FinishReason::Stop) => "ended by a stop text",
        Some(FinishReason::Length) => "ended by -n",
        Some(FinishReason::ContextFull) => "ended by the full context",
        _ => "cancelled",
    };
    format!(
        "prompt {} tokens, {:.1}/s; generated {} tokens, {:.1}/s; {end}; seed {}",
        statistics.prompt_tokens,
        statistics.prompt_tokens_per_second(),
        statistics.generated_tokens,
        statistics.decoded_tokens_per_second(),
        generation.seed()
    )
}
