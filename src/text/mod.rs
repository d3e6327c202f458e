//! Text to tokens and back. Stands beside `model`; knows nothing of weights.

mod tokenizer;

pub use tokenizer::{StreamDecoder, Tokenizer};
