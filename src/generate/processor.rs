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

#[cfg(test)]
mod tests {
    use super::*;

    /// The one token that a processor leaves behind these tokens, or `None` if it leaves all ten.
    fn left(processor: &LogitsProcessor, tokens: &[u32]) -> Option<u32> {
        let mut logits = [0.0; 10];
        processor.process(tokens, &mut logits).unwrap();
        let left: Vec<u32> = (0..10).filter(|token| logits[*token as usize] == 0.0).collect();
        match left[..] {
            [token] => Some(token),
            _ => {
                assert_eq!(left.len(), 10);
                None
            }
        }
    }

    #[test]
    fn reasoning_ends_when_its_budget_is_spent() {
        const PROMPT: [u32; 2] = [6, 5];
        let after = |processor: &LogitsProcessor, generated: &[u32]| {
            left(processor, &[&PROMPT[..], generated].concat())
        };
        // The prompt has opened the reasoning; 6 and 7 end it, 8 comes next.
        let opened = LogitsProcessor::reasoning_budget(2, None, vec![6, 7], vec![8], 3);
        for (generated, expected) in [
            (&[][..], None),
            (&[1, 2], None),
            (&[1, 2, 3], Some(6)),
            (&[1, 2, 3, 6], Some(7)),
            (&[1, 2, 3, 6, 7], Some(8)),
            (&[1, 2, 3, 6, 7, 8], None),
            (&[1, 2, 3, 6, 7, 8, 6], None),
            // It came to an end by itself, just in time too.
            (&[6, 7, 1, 1], None),
            (&[1, 2, 6, 7], None),
            // The beginning of the end is not the end.
            (&[1, 6, 2], Some(6)),
        ] {
            assert_eq!(after(&opened, generated), expected, "{generated:?}");
        }
        // The model opens it with 4, perhaps behind something; a model that does not is left alone.
        let opens = LogitsProcessor::reasoning_budget(2, Some(vec![4]), vec![6], vec![], 2);
        for (generated, expected) in [
            (&[1, 1, 1, 1, 4, 1, 1][..], None),
            (&[4], None),
            (&[4, 1], Some(6)),
            (&[1, 4], Some(6)),
            (&[4, 1, 6], None),
        ] {
            assert_eq!(after(&opens, generated), expected, "{generated:?}");
        }
        let none = LogitsProcessor::reasoning_budget(2, Some(vec![4]), vec![6], vec![], 0);
        assert_eq!((after(&none, &[]), after(&none, &[4])), (None, Some(6)));
    }

    #[test]
    fn biases_and_penalties_add_up() {
        let mut logits = [1.0; 4];
        LogitsProcessor::bias(vec![(1, -2.0), (9, 5.0)]).process(&[], &mut logits).unwrap();
        // The prompt's tokens do not count.
        let penalty = LogitsProcessor::occurrence_penalty(2, 0.5, 0.25);
        penalty.process(&[3, 3, 2, 0, 2, 9], &mut logits).unwrap();
        assert_eq!(logits, [0.25, -1.0, 0.0, 1.0]);
        penalty.process(&[3], &mut logits).unwrap();
        assert_eq!(logits, [0.25, -1.0, 0.0, 1.0]);
    }
}
