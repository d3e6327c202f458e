//! The command-line tool: one file per subcommand, each a thin layer over the library's public API.
//!
//! Results go to stdout, everything else to stderr. Exit status: 0 done, 1 it failed (one line on
//! stderr says why), 2 wrong usage.

// Options are made as programs outside have to, for whom these types are not exhaustive.
#![allow(clippy::field_reassign_with_default)]

mod bench;
mod chat;
mod inspect;
mod logits;
mod options;
mod output;
mod perplexity;
mod quantize;
mod routing;
mod run;
mod serve;
mod tokenize;

use clap::{Parser, Subcommand};
use output::Failure;
use std::ffi::OsString;

/// Runs Mixture-of-Experts language models on CPUs
///
/// MODEL is a .gguf file (or the first of a split set), a Hugging Face folder with config.json and *.safetensors, or
/// hf:OWNER/REPO or hf:OWNER/REPO:FILE, which is fetched from Hugging Face's hub.
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
    Serve(serve::Arguments),
    Inspect(inspect::Arguments),
    Tokenize(tokenize::Arguments),
    Logits(logits::Arguments),
    Perplexity(perplexity::Arguments),
    Bench(bench::Arguments),
    Quantize(quantize::Arguments),
    Routing(routing::Arguments),
}

/// What the program `moesaic` does with these arguments, of which the first is the program's name; its exit
/// status. A function of the library so that other programs can carry the tool, as the Python module does.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let command = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli.command,
        // Wrong usage is status 2; --help and --version arrive here too, with 0.
        Err(answer) => {
            // Nothing sensible is left to do when nobody can read it.
            let _ = answer.print();
            return u8::try_from(answer.exit_code()).unwrap_or(2);
        }
    };
    let outcome = match command {
        Command::Run(arguments) => run::run(arguments),
        Command::Chat(arguments) => chat::run(arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Inspect(arguments) => inspect::run(arguments),
        Command::Tokenize(arguments) => tokenize::run(arguments),
        Command::Logits(arguments) => logits::run(arguments),
        Command::Perplexity(arguments) => perplexity::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
        Command::Quantize(arguments) => quantize::run(arguments),
        Command::Routing(arguments) => routing::run(arguments),
    };
    match outcome {
        Ok(()) => 0,
        // Whoever read our output has seen enough.
        Err(Failure::StdoutClosed) => 0,
        Err(Failure::Failed(what)) => {
            output::note(&format!("error: {what}"));
            1
        }
        Err(Failure::Usage(what)) => {
            output::note(&format!("error: {what}"));
            2
        }
    }
}
