//! `moesaic quantize`: a GGUF file or a folder becomes a smaller GGUF file.

use super::options::{positive, ModelPath};
use super::output::{note, progress_of_bytes, Failure};
use crate::quantize::{quantize, ImportanceMatrix, Mix, QuantizeOptions};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;

/// Write a model with fewer bits a weight
///
/// Reads a GGUF file, a split set or a Hugging Face folder and writes one GGUF file, which llama.cpp reads too. Best
/// from a model in BF16, F16 or F32: quantising twice loses twice.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelPath,

    /// The file to write; it appears when it is whole, and replaces one of this name
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// How many bits: the usual choice is Q4_K_M, hardly any loss has Q8_0; MXFP4 is for experts, Q8_0 the rest then
    #[arg(long = "type", value_name = "TYPE", ignore_case = true, value_parser = mixes())]
    mix: Mix,

    /// Which weights matter most: an importance matrix of llama.cpp's llama-imatrix, .gguf or .dat
    #[arg(long, value_name = "FILE")]
    imatrix: Option<PathBuf>,

    /// Threads; by default as many as there are cores to use
    #[arg(short, long, value_name = "THREADS", value_parser = positive)]
    threads: Option<usize>,
}

fn mixes() -> impl TypedValueParser<Value = Mix> {
    PossibleValuesParser::new(Mix::ALL.map(Mix::name)).map(|name| {
        let named = Mix::ALL.into_iter().find(|mix| mix.name().eq_ignore_ascii_case(&name));
        // The parser lets no other names through.
        named.unwrap_or(Mix::Q4_K_M)
    })
}

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let archive = arguments.model.archive()?;
    let importance = arguments.imatrix.map(|path| ImportanceMatrix::open(&path)).transpose()?;
    let bar = progress_of_bytes();
    let mut options = QuantizeOptions::new(arguments.mix);
    options.threads = arguments.threads.unwrap_or(options.threads);
    options.importance = importance.map(Arc::new);
    let done = quantize(&archive, &arguments.output, &options, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
        true
    });
    bar.finish_and_clear();
    let done = done?;
    note(&format!(
        "{}: {:.1} MB of weights became {:.1} MB",
        arguments.output.display(),
        done.bytes_before as f64 / 1e6,
        done.bytes_after as f64 / 1e6
    ));
    Ok(())
}
