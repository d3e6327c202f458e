//! Runs Mixture-of-Experts language models on CPUs, from inside any program.
//!
//! One way leads through the code: [`storage`] turns a file into named, checked tensors; [`quant`]
//! says how their blocks decode; `kernel` holds the only arithmetic; [`model`] describes a model and
//! runs its forward pass; [`text`] stands beside it; [`generate`] makes text.

#![warn(missing_docs)]
#![deny(unsafe_op_in_unsafe_fn)]

mod error;
pub mod generate;
#[doc(hidden)]
pub mod kernel;
pub mod model;
pub mod quant;
pub mod storage;
pub mod text;

pub use error::{Error, Result};
