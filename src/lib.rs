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
//! // Or a Hugging Face folder, or "hf:OWNER/REPO" (feature `hub`).
//! let model = moesaic::Model::open("DeepSeek-V2-Lite.Q4_K_M.gguf")?;
//! let mut session = model.session(Default::default())?;
//! for piece in session.generate("Once upon a time", &Default::default())? {
//!     print!("{}", piece?);
//! }
//! let logits = session.forward(&tokens)?; // [tokens, vocabulary], f32
//! # Ok(()) }
//! ```
//!
//! [`getting_started`] goes on from here.
//!
//! Nothing in this library prints, exits, or keeps global state; every failure is an [`Error`] that says
//! what failed, where, and what to do about it.
//!
//! # Features
//!
//! | feature | on by default | what it adds |
//! | --- | --- | --- |
//! | `cli` | yes | the tool `moesaic`, the one part that prints, and with it `hub`, `serve` and `stories`; a program that embeds the library turns it off |
//! | `grammar` | with `serve` | text that follows a JSON schema, a regular expression or a grammar (`generate::Grammars`) |
//! | `hub` | with `cli` | models by name, `hf:OWNER/REPO` (`storage::hub`) |
//! | `serve` | with `cli` | the server that speaks OpenAI's language (`serve`) |
//! | `stories` | with `cli` | the model in the box (`moesaic::stories`), 8 MB in the program |
//!
//! Features only add. The library needs Rust 1.89; a later version of Rust is asked for in a minor version of this
//! crate at the earliest.
//!
//! # Types of other crates
//!
//! [`serde_json::Value`] and [`serde::Serialize`] stand in the interface of chat templates
//! ([`text::ChatTemplate::render`]) and of a folder's description ([`storage::Description`]), both of version 1. No
//! other crate's types do.

#![warn(missing_docs, missing_debug_implementations)]
#![deny(unsafe_op_in_unsafe_fn)]

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod error;
pub mod generate;
#[cfg(any(doc, all(doctest, feature = "stories")))]
#[doc = include_str!("getting_started.md")]
pub mod getting_started {}
#[doc(hidden)]
pub mod kernel;
pub mod model;
pub mod quant;
pub mod quantize;
#[cfg(feature = "serve")]
pub mod serve;
mod setters;
pub mod storage;
#[cfg(feature = "stories")]
pub mod stories;
pub mod text;

pub use error::{Error, Result};
pub use generate::{
    CancelToken, ExpertWatcher, FinishReason, GenerateOptions, Generation, LogitsProcessor, SamplingOptions,
    Session, SessionOptions, Speculation,
};
#[doc(inline)]
pub use kernel::{Arithmetic, CacheFormat, InstructionSet};
pub use model::{Model, ModelOptions};
pub use storage::Access;
