//! Text from a model: sampling, sessions and streams of text.
//!
//! Built on [`model`](crate::model) and [`text`](crate::text); does no arithmetic on weights.

mod batch;
mod cancel;
mod experts;
mod processor;
mod routing;
mod sampler;
mod saved;
mod score;
mod session;
mod stop;
mod writer;

pub use batch::Batch;
pub use cancel::CancelToken;
pub use experts::{ChosenExperts, ExpertWatcher};
pub use processor::LogitsProcessor;
pub use routing::{LayerRouting, Routing};
pub use sampler::{Sampler, SamplingOptions};
pub use score::{log_probability, Divergence, Perplexity};
pub use session::{
    FinishReason, GenerateOptions, Generation, GenerationState, Session, SessionOptions, Statistics,
};
