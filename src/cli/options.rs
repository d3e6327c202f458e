//! Options that several subcommands share, and what they become in the library.

use super::output::{printable, progress_of_bytes, read_stdin, Failure};
use crate::kernel::{Arithmetic, CacheFormat, InstructionSet};
use crate::storage::{hub, Access, Archive};
use crate::{Model, ModelOptions, SamplingOptions, Speculation};
use clap::{Args, ValueEnum};
use std::fmt;
use std::path::PathBuf;

/// What `-m` calls the model in the box.
const STORIES: &str = "stories";

/// Which model.
#[derive(Args)]
pub struct ModelPath {
    /// A .gguf file (or the first of a split set), a Hugging Face folder, hf:OWNER/REPO[:FILE] to fetch one, or
    /// `stories`: the model in the box
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

    /// What to call the model: the name of its file or folder, or the one on the hub.
    pub fn name(&self) -> String {
        if hub::is_name(&self.model) {
            let name = self.model.to_string_lossy();
            return name.strip_prefix("hf:").unwrap_or(&name).to_owned();
        }
        let whole = self.model.canonicalize().unwrap_or_else(|_| self.model.clone());
        let name = if whole.is_dir() { whole.file_name() } else { whole.file_stem() };
        name.map_or_else(|| "model".into(), |name| name.to_string_lossy().into_owned())
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
        if hub::is_name(model) {
            return Ok(Archive::open(&fetch(&model.to_string_lossy())?, access)?);
        }
        Ok(Archive::open(model, access)?)
    }
}

/// Fetches what is missing of a model on the hub, with a progress bar for each file.
fn fetch(name: &str) -> Result<PathBuf, Failure> {
    let bar = progress_of_bytes();
    let path = hub::fetch(name, &hub::HubOptions::from_environment()?, &mut |file, done, total| {
        bar.set_length(total);
        bar.set_position(done);
        bar.set_message(printable(file));
    });
    bar.finish_and_clear();
    Ok(path?)
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

    /// How to keep keys and values: by default in 16 bits; q8_0 takes half of that, loses something (with some models
    /// much: see what `moesaic perplexity` says) and is slower where contexts are long
    #[arg(long, value_name = "FORM")]
    cache: Option<CacheName>,

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
enum CacheName {
    F32,
    F16,
    Int16,
    #[value(name = "q8_0")]
    Q8,
}

#[derive(Clone, Copy, ValueEnum)]
enum InstructionSetName {
    Scalar,
    Avx2,
    Avx512,
    Amx,
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
        options.cache = self.cache.map(|form| match form {
            CacheName::F32 => CacheFormat::F32,
            CacheName::F16 => CacheFormat::F16,
            CacheName::Int16 => CacheFormat::Int16,
            CacheName::Q8 => CacheFormat::Q8_0,
        });
        options.instruction_set = self.instruction_set.map(|set| match set {
            InstructionSetName::Scalar => InstructionSet::Scalar,
            InstructionSetName::Avx2 => InstructionSet::Avx2,
            InstructionSetName::Avx512 => InstructionSet::Avx512,
            InstructionSetName::Amx => InstructionSet::Amx,
        });
        let access = if self.read { Access::Read } else { Access::Map };
        Ok(Model::from_archive(&model.open(access)?, &options)?)
    }
}

/// How tokens are guessed.
#[derive(Args)]
#[command(next_help_heading = "Speculation (the text stays the same)")]
pub struct Guessing {
    /// Guess that the text goes on as it did where its last tokens occurred before, and check several tokens at once;
    /// for texts that repeat what they were given, such as changed code
    #[arg(long, conflicts_with = "draft_model")]
    prompt_lookup: bool,

    /// Guess by this smaller model of the same family, and check several tokens at once
    #[arg(long, value_name = "MODEL")]
    draft_model: Option<PathBuf>,
}

impl Guessing {
    /// For the library; opens the draft model, to compute as the model does.
    pub fn speculation(self, compute: &ComputeOptions) -> Result<Option<Speculation>, Failure> {
        let draft =
            self.draft_model.map(|path| compute.open(&ModelPath::new(path), Arithmetic::Int8)).transpose()?;
        Ok(match draft {
            Some(draft) => Some(Speculation::draft_model(&draft)),
            None => self.prompt_lookup.then(Speculation::prompt_lookup),
        })
    }
}

/// How tokens are chosen.
#[derive(Args)]
#[command(next_help_heading = "Sampling")]
pub struct Sampling {
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
    /// For the library; wrong usage if one is out of range.
    pub fn options(&self) -> Result<SamplingOptions, Failure> {
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
