//! The model in the box: a small Mixture-of-Experts model in the form of DeepSeek-V3 that tells short
//! stories, carried by the program itself (feature `stories`).
//!
//! How it was made and what it can do is in `assets/MODEL_CARD.md`.

use crate::storage::{Access, Archive, Source};
use crate::{Model, ModelOptions, Result};

/// The GGUF file.
pub static BYTES: &[u8] = include_bytes!("../assets/stories-moe.gguf");

/// How errors and listings name the file.
const NAME: &str = "stories-moe.gguf";

/// The file, used where it lies in the program: nothing is written to disk and nothing is copied.
///
/// # Errors
/// None that this file gives rise to.
pub fn archive() -> Result<Archive> {
    Archive::from_source(Source::from_static(NAME, BYTES), Access::Map)
}

/// The model, ready to tell stories.
///
/// ```
/// # fn main() -> moesaic::Result<()> {
/// let model = moesaic::stories::open(&Default::default())?;
/// let mut session = model.session(Default::default())?;
/// let mut options = moesaic::GenerateOptions::default();
/// options.max_tokens = Some(20);
/// for piece in session.generate("Once upon a time", &options)? {
///     print!("{}", piece?);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// If an option cannot be met.
pub fn open(options: &ModelOptions) -> Result<Model> {
    Model::from_archive(&archive()?, options)
}
