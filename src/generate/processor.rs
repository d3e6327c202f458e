//! The hook between a model and its sampler: what may see and change the logits.

use crate::{Error, Result};
use std::fmt;
use std::sync::Arc;

/// What a [`LogitsProcessor`] calls.
type Process = dyn Fn(&[u32], &mut [f32]) -> Result<()> + Send + Sync;

/// A function that sees the logits of the next token, and may change them, before the token is chosen: to
/// forbid tokens, to prefer some, to watch what the model thinks.
///
/// It is given the tokens so far, the prompt's included, and a row of `[vocabulary]` logits, before the
/// sampler's own penalty and filters. A token whose logit becomes minus infinity is not chosen. An error ends
/// the generation and reaches the caller. Clones share the function.
///
/// ```
/// # fn main() -> moesaic::Result<()> {
/// # let comma = 5;
/// let mut options = moesaic::GenerateOptions::default();
/// options.logits_processors.push(moesaic::LogitsProcessor::new(move |_tokens, logits| {
///     logits[comma] = f32::NEG_INFINITY;
///     Ok(())
/// }));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct LogitsProcessor(Arc<Process>);

impl LogitsProcessor {
    /// Wraps a function. One that remembers things between tokens keeps them in a `Mutex` or an atomic,
    /// since several generations may share it.
    pub fn new(
        process: impl Fn(&[u32], &mut [f32]) -> Result<()> + Send + Sync + 'static,
    ) -> LogitsProcessor {
        LogitsProcessor(Arc::new(process))
    }

    /// Calls the function, and checks what it made of the logits.
    pub(super) fn process(&self, tokens: &[u32], logits: &mut [f32]) -> Result<()> {
        (self.0)(tokens, logits)?;
        match logits.iter().position(|logit| logit.is_nan() || *logit == f32::INFINITY) {
            None => Ok(()),
            Some(token) => Err(Error::input(format!(
                "a logits processor made the logit of token {token} {}: it may be any finite number, or minus \
                 infinity to exclude the token",
                logits[token]
            ))),
        }
    }
}

impl fmt::Debug for LogitsProcessor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("LogitsProcessor")
    }
}
