//! Options that several subcommands share, and what they become in the library.

use crate::output::{read_stdin, Failure};
use clap::{Args, ValueEnum};
use moesaic::kernel::{Arithmetic, InstructionSet};
use moesaic::storage::Access;
use moesaic::{Model, ModelOptions};
use std::path::{Path, PathBuf};

/// Where the model is, for the subcommands that need no arithmetic.
#[derive(Args)]
pub struct ModelPath {
    /// A .gguf file (or the first of a split set) or a Hugging Face folder
    #[arg(short, long, value_name = "MODEL")]
    model: PathBuf,
}

impl ModelPath {
    /// The path.
    pub fn path(&self) -> Result<&Path, Failure> {
        local(&self.model)
    }
}

/// The path of a model on this machine.
pub fn local(model: &Path) -> Result<&Path, Failure> {
    if model.to_string_lossy().starts_with("hf:") {
        return Err(Failure::Failed(format!(
            "{}: downloading from Hugging Face is not in this version; download the model and give \
             its file or folder",
            model.display()
        )));
    }
    Ok(model)
}

/// How to compute.
#[derive(Args)]
pub struct ComputeOptions {
    /// Threads; by default as many as there are cores to use
    #[arg(short, long, value_name = "THREADS", value_parser = positive)]
    threads: Option<usize>,

    /// How to multiply with quantised weights: int8 is fast, f32 slow and exact
    #[arg(long, value_name = "KIND")]
    arithmetic: Option<ArithmeticName>,

    /// Use these instructions instead of the best that the CPU has
    #[arg(long, value_name = "SET")]
    instruction_set: Option<InstructionSetName>,

    /// Read the model into memory instead of mapping its files: safe if they change meanwhile
    #[arg(long)]
    read: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum ArithmeticName {
    Int8,
    F32,
}

#[derive(Clone, Copy, ValueEnum)]
enum InstructionSetName {
    Scalar,
    Avx2,
    Avx512,
}

impl ComputeOptions {
    /// Opens a model to compute with, in this arithmetic unless the user said otherwise.
    pub fn open(&self, model: &Path, arithmetic: Arithmetic) -> Result<Model, Failure> {
        let mut options = ModelOptions::default();
        options.threads = self.threads;
        options.arithmetic = match self.arithmetic {
            Some(ArithmeticName::Int8) => Arithmetic::Int8,
            Some(ArithmeticName::F32) => Arithmetic::Float32,
            None => arithmetic,
        };
        options.instruction_set = self.instruction_set.map(|set| match set {
            InstructionSetName::Scalar => InstructionSet::Scalar,
            InstructionSetName::Avx2 => InstructionSet::Avx2,
            InstructionSetName::Avx512 => InstructionSet::Avx512,
        });
        if self.read {
            options.access = Access::Read;
        }
        Ok(Model::open_with(local(model)?, &options)?)
    }
}

/// For clap: a whole number above zero.
pub fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".into()),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("{error}")),
    }
}

/// The text of an argument, where `-` stands for stdin.
pub fn text_or_stdin(text: String) -> Result<String, Failure> {
    match text.as_str() {
        "-" => read_stdin(),
        _ => Ok(text),
    }
}
