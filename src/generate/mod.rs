//! Text from a model: sampling, sessions and streams of text.
//!
//! Built on [`model`](crate::model) and [`text`](crate::text); does no arithmetic on weights.

mod cancel;
mod sampler;
mod session;
mod stop;

pub use cancel::CancelToken;
pub use sampler::{Sampler, SamplingOptions};
pub use session::{FinishReason, GenerateOptions, Generation, Session, SessionOptions, Statistics};
