//! A file becomes named, checked tensor views. Nothing here does arithmetic or knows a model family.

mod gguf;
mod mmap;
mod safetensors;
mod tensor;

pub use gguf::{Array, Metadata, Value};
pub use mmap::Source;
pub use tensor::Tensor;

use crate::Result;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How a model's files are brought into memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Map the files: opening takes milliseconds and no second copy is made. The files must not be
    /// truncated or changed while the model is open.
    #[default]
    Map,
    /// Read the files into private memory: safe whatever happens to them later.
    Read,
}

/// What describes the model beside its tensors.
#[derive(Debug)]
pub enum Description {
    /// A GGUF file's metadata.
    Gguf(Metadata),
    /// A Hugging Face folder's `config.json`.
    HuggingFace(serde_json::Value),
}

/// An opened model file, split set or folder: its description and its tensors by name.
#[derive(Debug)]
pub struct Archive {
    /// What the caller asked to open.
    pub path: PathBuf,
    /// Metadata or configuration.
    pub description: Description,
    /// Every tensor by its name in the file.
    pub tensors: BTreeMap<String, Tensor>,
}

impl Archive {
    /// Opens a `.gguf` file, the first of a split set (`-00001-of-0000N.gguf`), a `.safetensors` file
    /// with a `config.json` beside it, or a Hugging Face folder. Reads the headers only.
    ///
    /// # Errors
    /// If a file cannot be opened, or is malformed: truncated, hostile or of an unknown version.
    pub fn open(_path: &Path, _access: Access) -> Result<Archive> {
        todo!()
    }
}
