//! Options that several subcommands share, and what they become in the library.

use super::output::{read_stdin, Failure};
use crate::kernel::{Arithmetic, InstructionSet};
use crate::storage::{Access, Archive};
use crate::{Model, ModelOptions};
use clap::{Args, ValueEnum};
use std::fmt;
use std::path::PathBuf;

/// What `-m` calls the model in the box.
const STORIES: &str = "stories";

/// Which model.
#[derive(Args)]
pub struct ModelPath {
    /// A .gguf file (or the first of a split set), a Hugging Face folder, or `stories`: the model in the box
    #[arg(short, long, value_name = "MODEL")]
    model: PathBuf,
}

impl ModelPath {
    /// The model in the box.
    pub fn stories() -> ModelPath {
        ModelPath { model: STORIES.into() }
    }

    /// For a path that an option gave.
    pub fn new(model: PathBuf) -> ModelPath {
        ModelPath { model }
    }

    /// Its files, mapped.
    pub fn archive(&self) -> Result<Archive, Failure> {
        self.open(Access::Map)
    }

    fn open(&self, access: Access) -> Result<Archive, Failure> {
        let model = &self.model;
        // A file or folder of that name comes first.
        if model.as_os_str() == STORIES && !model.exists() {
            return Ok(crate::stories::archive()?);
        }
        Ok(Archive::open(model, access)?)
    }
}

impl fmt::Display for ModelPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.model.display().fmt(formatter)
    }
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
    pub fn open(&self, model: &ModelPath, arithmetic: Arithmetic) -> Result<Model, Failure> {
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
        let access = if self.read { Access::Read } else { Access::Map };
        Ok(Model::from_archive(&model.open(access)?, &options)?)
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
