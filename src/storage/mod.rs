//! A file becomes named, checked tensor views. Nothing here does arithmetic or knows a model family.

mod gguf;
mod mmap;
mod safetensors;
mod tensor;

pub use gguf::{Array, Metadata, Value};
pub use mmap::Source;
pub use safetensors::Undecoded;
pub use tensor::Tensor;

use crate::{Error, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How a model's files are brought into memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    /// Tensors that the files hold too but that cannot be used, such as buffers of integers. Most models
    /// never ask for them; [`Archive::tensor`] answers with an error when one does.
    pub undecoded: BTreeMap<String, Undecoded>,
}

impl Archive {
    /// Opens a `.gguf` file, the first of a split set (`-00001-of-0000N.gguf`), a `.safetensors` file
    /// with a `config.json` beside it, or a Hugging Face folder. Reads the headers only.
    ///
    /// # Errors
    /// If a file cannot be opened, or is malformed: truncated, hostile or of an unknown version.
    pub fn open(path: &Path, access: Access) -> Result<Archive> {
        if path.is_dir() {
            let contents = safetensors::open_folder(path, access)?;
            return Ok(Archive::from_safetensors(path, contents));
        }
        let source = Source::open(path, access)?;
        let extension = path.extension().and_then(|extension| extension.to_str());
        // By the contents first: files in a hub's cache have no extension.
        if source.bytes().starts_with(&gguf::MAGIC) || extension == Some("gguf") {
            let (metadata, tensors) = gguf::open(source, access)?;
            Ok(Archive {
                path: path.to_path_buf(),
                description: Description::Gguf(metadata),
                tensors,
                undecoded: BTreeMap::new(),
            })
        } else if extension == Some("safetensors") {
            let contents = safetensors::open_file(source)?;
            Ok(Archive::from_safetensors(path, contents))
        } else {
            Err(Error::Unsupported {
                path: path.to_path_buf(),
                what: "neither a GGUF file nor a .safetensors file; a model is one of them or a \
                       folder with config.json and model.safetensors"
                    .into(),
            })
        }
    }

    fn from_safetensors(path: &Path, contents: safetensors::Contents) -> Archive {
        Archive {
            path: path.to_path_buf(),
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
