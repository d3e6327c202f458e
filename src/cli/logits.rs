//! `moesaic logits`: what the model answers, as numbers for other tools.

use super::options::{ComputeOptions, ModelPath};
use super::output::{note, progress, Failure};
use crate::kernel::Arithmetic;
use crate::{Model, SessionOptions};
use clap::Args;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// How many tokens run in one pass: bounds the memory for logits.
const CHUNK: usize = 256;

/// Write the logits after every token of a text to a NumPy file
///
/// The file holds float32 [tokens, vocabulary]. A measuring tool: it computes in exact f32 arithmetic
/// unless told otherwise.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelPath,

    #[command(flatten)]
    input: Input,

    /// The .npy file to write
    #[arg(short, long, value_name = "OUT.npy")]
    output: PathBuf,

    /// Run one token after the other through the cache, as generation does, instead of many in one pass
    #[arg(long)]
    one_by_one: bool,

    #[command(flatten)]
    compute: ComputeOptions,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Input {
    /// The tokens, as numbers with commas between them
    #[arg(long, value_name = "TOKENS", value_delimiter = ',')]
    tokens: Option<Vec<u32>>,

    /// The text, `<|special|>` tokens included
    #[arg(long, value_name = "TEXT")]
    prompt: Option<String>,
}

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let model = arguments.compute.open(&arguments.model, Arithmetic::Float32)?;
    let tokens = match (arguments.input.tokens, arguments.input.prompt) {
        (Some(tokens), _) => tokens,
        (None, prompt) => {
            let prompt = prompt.unwrap_or_default();
            model.tokenizer()?.encode(&prompt, true, true)?
        }
    };
    if tokens.is_empty() {
        return Err(Failure::Failed("the text has no tokens".into()));
    }
    let chunk = if arguments.one_by_one { 1 } else { CHUNK };
    let written = write(&model, &tokens, chunk, &arguments.output);
    if written.is_err() && arguments.output.is_file() {
        // Half a file is worse than none; if it cannot be removed, its size gives it away.
        let _ = std::fs::remove_file(&arguments.output);
    }
    written?;
    note(&format!("{}: float32 [{}, {}]", arguments.output.display(), tokens.len(), model.vocabulary_size()));
    Ok(())
}

fn write(model: &Model, tokens: &[u32], chunk: usize, path: &Path) -> Result<(), Failure> {
    let mut options = SessionOptions::default();
    options.context = Some(tokens.len());
    let mut session = model.session(options)?;
    let cannot_write = |error: std::io::Error| Failure::Failed(format!("{}: {error}", path.display()));
    let mut file = None;
    let bar = progress(tokens.len(), "logits");
    for chunk in tokens.chunks(chunk) {
        let rows = session.forward(chunk)?;
        // Not before the first rows are there: a wrong token leaves an old file alone.
        let file = match &mut file {
            Some(file) => file,
            None => {
                let mut new = BufWriter::new(File::create(path).map_err(cannot_write)?);
                let header = npy_header(tokens.len(), model.vocabulary_size());
                new.write_all(&header).map_err(cannot_write)?;
                file.insert(new)
            }
        };
        for value in rows {
            file.write_all(&value.to_le_bytes()).map_err(cannot_write)?;
        }
        bar.inc(chunk.len() as u64);
    }
    bar.finish_and_clear();
    match file {
        Some(mut file) => file.flush().map_err(cannot_write),
        None => Ok(()),
    }
}

/// The header of a version 1.0 `.npy` file of little-endian f32 in C order: magic, version, the length
/// of the description, and the description, padded so that the data begins at a multiple of 64
/// (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>).
fn npy_header(rows: usize, columns: usize) -> Vec<u8> {
    let mut description =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    const BEFORE: usize = 10;
    while !(BEFORE + description.len() + 1).is_multiple_of(64) {
        description.push(' ');
    }
    description.push('\n');
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    // Two numbers make it a hundred bytes or so.
    header.extend_from_slice(&(description.len() as u16).to_le_bytes());
    header.extend_from_slice(description.as_bytes());
    header
}
