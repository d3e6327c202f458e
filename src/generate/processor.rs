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

    /// Adds to the logits of these tokens.
    pub fn bias(bias: Vec<(u32, f32)>) -> LogitsProcessor {
        LogitsProcessor::new(move |_, logits| {
            for (token, bias) in &bias {
                if let Some(logit) = logits.get_mut(*token as usize) {
                    *logit += bias;
                }
            }
            Ok(())
        })
    }

    /// OpenAI's penalties: takes `presence` from the logits of the tokens that occur behind the prompt, and `frequency`
    /// for each time that they do.
    pub fn occurrence_penalty(prompt_tokens: usize, presence: f32, frequency: f32) -> LogitsProcessor {
        LogitsProcessor::new(move |tokens, logits| {
            let mut generated = tokens.get(prompt_tokens..).unwrap_or_default().to_vec();
            generated.sort_unstable();
            for equal in generated.chunk_by(|a, b| a == b) {
                if let Some(logit) = logits.get_mut(equal[0] as usize) {
                    *logit -= presence + frequency * equal.len() as f32;
                }
            }
            Ok(())
        })
    }

    /// Ends a model's reasoning after `budget` tokens behind the prompt, by leaving it no other choice than the tokens
    /// `end` and then `next`; a model that has written `end` before is left alone. Where the prompt has not opened the
    /// reasoning, `begin` are the tokens that do: a model that does not begin with them is not thinking.
    pub fn reasoning_budget(
        prompt_tokens: usize,
        begin: Option<Vec<u32>>,
        end: Vec<u32>,
        next: Vec<u32>,
        budget: usize,
    ) -> LogitsProcessor {
        let forced: Vec<u32> = end.iter().chain(&next).copied().collect();
        LogitsProcessor::new(move |tokens, logits| {
            let generated = tokens.get(prompt_tokens..).unwrap_or_default();
            let find = |wanted: &[u32], within: &[u32]| {
                within.windows(wanted.len().max(1)).position(|window| window == wanted)
            };
            let begun = match &begin {
                None => 0,
                // A newline may come before it.
                Some(begin) => match find(begin, &generated[..generated.len().min(begin.len() + 2)]) {
                    None => return Ok(()),
                    Some(at) => at + begin.len(),
                },
            };
            // Where the end is forced.
            let at = budget.max(begun);
            let ended = find(&end, generated).is_some_and(|end| end < at);
            if ended || generated.len() < at {
                return Ok(());
            }
            let Some(token) = forced.get(generated.len() - at) else { return Ok(()) };
            for (other, logit) in (0..).zip(logits.iter_mut()) {
                if other != *token {
                    *logit = f32::NEG_INFINITY;
                }
            }
            Ok(())
        })
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
