//! What a model is and its forward pass: one description, one pass, every family.

use crate::kernel::{Arithmetic, InstructionSet};
use crate::storage::Access;
use crate::text::Tokenizer;
use crate::Result;
use std::path::Path;

/// An opened model. Cheap to clone: clones share weights, tokenizer and threads.
#[derive(Clone, Debug)]
pub struct Model {}

/// How to open a model.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ModelOptions {
    /// Threads for the arithmetic; `None`: the cores that this process may use.
    pub threads: Option<usize>,
    /// Map or read the files.
    pub access: Access,
    /// Integer or float arithmetic for quantised weights.
    pub arithmetic: Arithmetic,
    /// Force an instruction set (for tests and bug reports).
    pub instruction_set: Option<InstructionSet>,
}

/// Which rows of logits a forward pass computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logits {
    /// None (the cache is filled all the same).
    None,
    /// Of the last token.
    Last,
    /// Of every token.
    All,
}

/// The key/value cache of one sequence.
#[derive(Debug)]
pub struct Cache {}

impl Cache {
    /// How many positions it holds.
    pub fn len(&self) -> usize {
        todo!()
    }
    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// How many positions it can hold.
    pub fn capacity(&self) -> usize {
        todo!()
    }
    /// Forgets every position from `len` on.
    pub fn truncate(&mut self, _len: usize) {
        todo!()
    }
    /// The memory it takes at its capacity, in bytes.
    pub fn bytes(&self) -> usize {
        todo!()
    }
}

/// One sequence's share of a forward pass.
#[derive(Debug)]
pub struct Step<'a> {
    /// Its cache; the tokens go behind what it holds.
    pub cache: &'a mut Cache,
    /// Its new tokens, at least one.
    pub tokens: &'a [u32],
    /// Which logits are wanted.
    pub logits: Logits,
}

impl Model {
    /// Opens a model file or folder with default options.
    pub fn open(path: impl AsRef<Path>) -> Result<Model> {
        Model::open_with(path, &ModelOptions::default())
    }

    /// Opens a `.gguf` file (or the first of a split set) or a Hugging Face folder.
    pub fn open_with(_path: impl AsRef<Path>, _options: &ModelOptions) -> Result<Model> {
        todo!()
    }

    /// The file's tokenizer.
    ///
    /// # Errors
    /// If the file carries none.
    pub fn tokenizer(&self) -> Result<&Tokenizer> {
        todo!()
    }

    /// The number of entries of a row of logits.
    pub fn vocabulary_size(&self) -> usize {
        todo!()
    }

    /// The longest context that the model was made for, in tokens.
    pub fn context_length(&self) -> usize {
        todo!()
    }

    /// The cache for one sequence of up to `capacity` tokens.
    pub fn cache(&self, _capacity: usize) -> Result<Cache> {
        todo!()
    }

    /// Runs new tokens of one or several sequences through the model in one pass: weights are read once.
    /// Returns the rows of logits asked for, step after step, `[rows, vocabulary]` in row-major order.
    /// `cancelled` is asked between layers.
    ///
    /// # Errors
    /// For a token past the vocabulary, a full cache, or when cancelled (the caches are as before then).
    pub fn forward(
        &self,
        _steps: &mut [Step<'_>],
        _cancelled: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>> {
        todo!()
    }
}
