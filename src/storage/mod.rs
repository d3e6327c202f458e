//! A file becomes named, checked tensor views. Nothing here does arithmetic or knows a model family.

mod gguf;
mod gguf_split;
mod gguf_types;
mod gguf_writer;
#[cfg(feature = "hub")]
pub mod hub;
mod metadata;
mod mmap;
mod partial;
mod safetensors;
mod tensor;

pub use gguf_writer::{GgufData, GgufWriter};
pub use metadata::{Array, Metadata, Value};
pub use mmap::Source;
pub(crate) use mmap::{open_regular, read_small};
pub(crate) use partial::Partial;
pub use safetensors::Undecoded;
#[cfg(test)]
pub(crate) use tensor::Exponents;
pub use tensor::Tensor;

use crate::{Error, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The most tensors of a file: ten times those of the largest known model, which stores every expert apart.
const TENSOR_LIMIT: usize = 1 << 20;

/// Says what is wrong with the name of a tensor or a key. Names go into error messages and listings, so
/// they must not end the line or steer a terminal.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        Err("is empty".into())
    } else if name.len() > usize::from(u16::MAX) {
        // The limit that GGUF sets for keys.
        Err(format!("takes {} bytes; at most {} are allowed", name.len(), u16::MAX))
    } else if name.contains(char::is_control) {
        Err(format!("has control characters: {}", printable(name)))
    } else {
        Ok(())
    }
}

/// The beginning of a text out of a file, fit for a line of an error message.
pub(crate) fn printable(text: &str) -> String {
    const LIMIT: usize = 300;
    let mut shown = String::new();
    for character in text.chars().take(LIMIT) {
        match character.is_control() {
            true => shown.extend(character.escape_default()),
            false => shown.push(character),
        }
    }
    if text.chars().nth(LIMIT).is_some() {
        shown.push_str("...");
    }
    shown
}

/// Replaces the system's "No such file" by what the missing file means.
fn explain_absence(error: Error, what: String) -> Error {
    match error {
        Error::Io { path, source } if source.kind() == std::io::ErrorKind::NotFound => {
            Error::Io { path, source: std::io::Error::new(std::io::ErrorKind::NotFound, what) }
        }
        error => error,
    }
}

/// How a model's files are brought into memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Map the files: opening takes milliseconds and no second copy is made. The files must not be
    /// truncated or changed while the model is open: a page that is gone kills the process (SIGBUS on
    /// Unix), and changed weights give wrong answers or worse. Choose [`Access::Read`] for files that
    /// others may write.
    #[default]
    Map,
    /// Read the files into private memory: safe whatever happens to them later.
    Read,
}

/// What describes the model beside its tensors.
#[derive(Debug)]
#[non_exhaustive]
pub enum Description {
    /// A GGUF file's metadata.
    Gguf(Metadata),
    /// A Hugging Face folder's `config.json`.
    HuggingFace(serde_json::Value),
}

/// An opened model file, split set or folder: its description and its tensors by name.
#[derive(Debug)]
#[non_exhaustive]
pub struct Archive {
    /// What the caller asked to open.
    pub path: PathBuf,
    /// Metadata or configuration.
    pub description: Description,
    /// Every tensor by its name in the file.
    pub tensors: BTreeMap<String, Tensor>,
    /// Tensors that the files hold too but that cannot be used, such as buffers of integers. Most models
    /// never ask for them; [`Archive::tensor`] answers with an error when one does.
    pub undecoded: BTreeMap<String, Undecoded>,
}

impl Archive {
    /// Opens a `.gguf` file, the first of a split set (`-00001-of-0000N.gguf`), a `.safetensors` file
    /// with a `config.json` beside it, or a Hugging Face folder. Reads the headers only. With the feature `hub`,
    /// `hf:OWNER/REPO` or `hf:OWNER/REPO:FILE` is fetched from Hugging Face's hub first, as far as it is not in its
    /// cache already (`hub::fetch`, which tells how far it is).
    ///
    /// # Errors
    /// If a file cannot be opened, or is malformed: truncated, hostile or of an unknown version.
    pub fn open(path: &Path, access: Access) -> Result<Archive> {
        #[cfg(feature = "hub")]
        if hub::is_name(path) {
            let options = hub::HubOptions::from_environment()?;
            let fetched = hub::fetch(&path.to_string_lossy(), &options, &mut |_, _, _| ())?;
            return Archive::open(&fetched, access);
        }
        #[cfg(not(feature = "hub"))]
        if path.to_string_lossy().starts_with("hf:") && !path.exists() {
            return Err(Error::Unsupported {
                path: path.to_path_buf(),
                what: "this program was built without the feature `hub`, which fetches models from Hugging Face; \
                       download the model and give its file or folder"
                    .into(),
            });
        }
        if path.is_dir() {
            let contents = safetensors::open_folder(path, access)?;
            return Ok(Archive::from_safetensors(path.to_path_buf(), contents));
        }
        Archive::from_source(Source::open(path, access)?, access)
    }

    /// Opens a file whose bytes are at hand. `access` is for the files that it needs besides: the other
    /// parts of a split set.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub fn from_source(source: Source, access: Access) -> Result<Archive> {
        let path = source.path().to_path_buf();
        let extension = path.extension().and_then(|extension| extension.to_str());
        // By the contents first: files in a hub's cache have no extension.
        if source.bytes().starts_with(&gguf_types::MAGIC) || extension == Some("gguf") {
            let (metadata, tensors) = gguf_split::open(source, access)?;
            let description = Description::Gguf(metadata);
            Ok(Archive { path, description, tensors, undecoded: BTreeMap::new() })
        } else if extension == Some("safetensors") {
            let contents = safetensors::open_file(source)?;
            Ok(Archive::from_safetensors(path, contents))
        } else {
            let what = "neither a GGUF file nor a .safetensors file; a model is one of them, or a folder \
                        with config.json and model.safetensors";
            Err(Error::Unsupported { path, what: what.into() })
        }
    }

    fn from_safetensors(path: PathBuf, contents: safetensors::Contents) -> Archive {
        Archive {
            path,
            description: Description::HuggingFace(contents.config),
            tensors: contents.tensors,
            undecoded: contents.undecoded,
        }
    }

    /// The tensor of this name; `None` if the files hold none.
    ///
    /// # Errors
    /// If the files hold it in a form that this version cannot use.
    pub fn tensor(&self, name: &str) -> Result<Option<&Tensor>> {
        match (self.tensors.get(name), self.undecoded.get(name)) {
            (Some(tensor), _) => Ok(Some(tensor)),
            (None, Some(undecoded)) => Err(undecoded.error(name)),
            (None, None) => Ok(None),
        }
    }
}
