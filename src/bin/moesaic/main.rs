//! The command-line tool: one file per subcommand, each a thin layer over the library's public API.
//!
//! Results go to stdout, everything else to stderr. Exit status: 0 done, 1 it failed (one line on
//! stderr says why), 2 wrong usage.

mod bench;
mod chat;
mod inspect;
mod logits;
mod options;
mod output;
mod perplexity;
mod quantize;
mod run;
mod tokenize;

use clap::{Parser, Subcommand};
use output::Failure;
use std::process::ExitCode;

/// Runs Mixture-of-Experts language models on CPUs
///
/// MODEL is a .gguf file (or the first of a split set) or a Hugging Face folder with config.json and
/// *.safetensors.
#[derive(Parser)]
#[command(name = "moesaic", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Arguments),
    Chat(chat::Arguments),
    Inspect(inspect::Arguments),
    Tokenize(tokenize::Arguments),
    Logits(logits::Arguments),
    Perplexity(perplexity::Arguments),
    Bench(bench::Arguments),
    Quantize(quantize::Arguments),
}

fn main() -> ExitCode {
    // Ends with status 2 on wrong usage, and with 0 on --help and --version.
    let outcome = match Cli::parse().command {
        Command::Run(arguments) => run::run(arguments),
        Command::Chat(arguments) => chat::run(arguments),
        Command::Inspect(arguments) => inspect::run(arguments),
        Command::Tokenize(arguments) => tokenize::run(arguments),
        Command::Logits(arguments) => logits::run(arguments),
        Command::Perplexity(arguments) => perplexity::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
        Command::Quantize(arguments) => quantize::run(arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has seen enough.
        Err(Failure::StdoutClosed) => ExitCode::SUCCESS,
        Err(Failure::Failed(what)) => {
            output::note(&format!("error: {what}"));
            ExitCode::from(1)
        }
        Err(Failure::Usage(what)) => {
            output::note(&format!("error: {what}"));
            ExitCode::from(2)
        }
    }
}
