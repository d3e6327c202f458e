//! Runs Mixture-of-Experts language models on CPUs, from inside any program.
//!
//! One way leads through the code: [`storage`] turns a file into named, checked tensors; [`quant`]
//! says how their blocks decode; `kernel` holds the only arithmetic; [`model`] describes a model and
//! runs its forward pass; [`text`] stands beside it; [`generate`] makes text.
//!
//! # Quick start
//!
//! ```no_run
//! # fn main() -> moesaic::Result<()> {
//! # let tokens = [1, 2, 3];
//! let model = moesaic::Model::open("DeepSeek-V2-Lite.Q4_K_M.gguf")?; // or a Hugging Face folder
//! let mut session = model.session(Default::default())?;
//! for piece in session.generate("Once upon a time", &Default::default())? {
//!     print!("{}", piece?);
//! }
//! let logits = session.forward(&tokens)?; // [tokens, vocabulary], f32
//! # Ok(()) }
//! ```
//!
//! Nothing in this library prints, exits, or keeps global state; every failure is an [`Error`] that says
//! what failed, where, and what to do about it. The feature `cli` (on by default) adds the tool
//! `moesaic` (`cli`, the one module that prints); a program that embeds the library turns it off.

#![warn(missing_docs)]
#![deny(unsafe_op_in_unsafe_fn)]

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod error;
pub mod generate;
#[doc(hidden)]
pub mod kernel;
pub mod model;
pub mod quant;
pub mod quantize;
#[cfg(feature = "serve")]
pub mod serve;
pub mod storage;
#[cfg(feature = "stories")]
pub mod stories;
pub mod text;

pub use error::{Error, Result};
pub use generate::{
    CancelToken, FinishReason, GenerateOptions, Generation, LogitsProcessor, SamplingOptions, Session,
    SessionOptions,
};
pub use model::{Model, ModelOptions};
