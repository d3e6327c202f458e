//! Text from a model: sampling, sessions and streams of text.
//!
//! Built on [`model`](crate::model) and [`text`](crate::text); does no arithmetic on weights.

mod batch;
mod cancel;
mod experts;
#[cfg(feature = "grammar")]
mod gbnf;
#[cfg(feature = "grammar")]
mod grammar;
mod processor;
mod routing;
mod sampler;
mod saved;
mod scheduler;
mod score;
mod session;
mod slots;
mod speculation;
mod stop;
#[cfg(feature = "grammar")]
mod time_limit;
mod writer;

pub use batch::Batch;
pub use cancel::CancelToken;
pub use experts::{ChosenExperts, ExpertWatcher};
#[cfg(feature = "grammar")]
pub use grammar::{Grammar, Grammars};
pub use processor::LogitsProcessor;
pub use routing::{LayerRouting, Routing};
pub use sampler::{Sampler, SamplingOptions};
pub use scheduler::{Piece, Request, Scheduler, SchedulerOptions, SchedulerStatistics, TokenScore};
pub use score::{best_log_probabilities, log_probability, Divergence, Perplexity};
pub use session::{
    FinishReason, GenerateOptions, Generation, GenerationState, Session, SessionOptions, Statistics,
};
pub use speculation::Speculation;
