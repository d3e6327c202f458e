//! Logits to text: chooses one sequence's tokens and gives out their text, until there is a reason to end.
//!
//! Knows the tokenizer and the sampler, but runs no model: who does is `session.rs` for one sequence and
//! `batch.rs` for several.

use super::speculation::{Costs, Load, SpeculationStatistics, Speculator};
use super::stop::StopFilter;
use super::{CancelToken, ExpertWatcher, FinishReason, GenerateOptions, LogitsProcessor, Sampler};
use crate::text::{StreamState, Tokenizer};
use crate::{Error, Result};

/// What writes the text of one sequence.
#[derive(Debug)]
pub(super) struct Writer {
    decoder: StreamState,
    processors: Vec<LogitsProcessor>,
    expert_watcher: Option<ExpertWatcher>,
    sampler: Sampler,
    speculator: Option<Speculator>,
    stop: StopFilter,
    max_tokens: usize,
    generated: usize,
    finish_reason: Option<FinishReason>,
}

impl Writer {
    /// A writer that goes on behind `tokens`.
    ///
    /// # Errors
    /// [`Error::Input`] if an option is out of range.
    pub fn new(tokenizer: &Tokenizer, tokens: &[u32], options: &GenerateOptions) -> Result<Writer> {
        if let Some(empty) = options.stop.iter().position(String::is_empty) {
            return Err(Error::input(format!("stop string {empty} is empty: it would stop everything")));
        }
        let mut sampler = Sampler::new(&options.sampling)?;
        for &token in tokens {
            sampler.accept(token);
        }
        Ok(Writer {
            // Text that goes on keeps the space between it and what is there.
            decoder: StreamState::after(tokenizer, tokens.last().copied()).showing(&options.shown_tokens),
            processors: options.logits_processors.clone(),
            expert_watcher: options.expert_watcher.clone(),
            sampler,
            speculator: None,
            stop: StopFilter::new(options.stop.clone()),
            max_tokens: options.max_tokens.unwrap_or(usize::MAX),
            generated: 0,
            finish_reason: None,
        })
    }

    /// Lets it guess.
    pub fn speculating(self, speculator: Option<Speculator>) -> Writer {
        Writer { speculator, ..self }
    }

    /// Guesses what follows `tokens`, as [`Speculator::draft`] does.
    pub fn draft(
        &mut self,
        tokens: &[u32],
        capacity: usize,
        costs: &Costs,
        beside: &mut Load,
        cancel: &CancelToken,
    ) -> Result<Vec<u32>> {
        let Some(speculator) = &mut self.speculator else { return Ok(Vec::new()) };
        // The token behind the last guess is written too.
        let left = (capacity - tokens.len()).min(self.max_tokens - self.generated);
        speculator.draft(tokens, left.saturating_sub(1), costs, beside, cancel)
    }

    /// Learns how many of the last guesses were right; the seconds that it took to make them.
    pub fn checked(&mut self, drafted: usize, accepted: usize) -> f64 {
        self.speculator.as_mut().map_or(0.0, |speculator| speculator.checked(drafted, accepted))
    }

    /// What came of guesses.
    pub fn speculation(&self) -> SpeculationStatistics {
        self.speculator
            .as_ref()
            .map_or_else(SpeculationStatistics::default, |speculator| speculator.statistics)
    }

    /// How many tokens were chosen, the end token not counted.
    pub fn generated(&self) -> usize {
        self.generated
    }

    /// Why the text ended, if it has.
    pub fn finish_reason(&self) -> Option<FinishReason> {
        self.finish_reason
    }

    /// The seed of the sampler.
    pub fn seed(&self) -> u64 {
        self.sampler.seed()
    }

    /// Who is told which experts work on this text.
    pub fn expert_watcher(&self) -> Option<&ExpertWatcher> {
        self.expert_watcher.as_ref()
    }

    /// The seed of a sampler that goes on as this one would.
    pub fn next_seed(&self) -> u64 {
        self.sampler.next_seed()
    }

    /// Chooses the token behind `tokens` by its logits and appends it; the text that it completes, with the
    /// rest of the text where it ends. May be empty: half a character, or the beginning of a stop string.
    pub fn write(
        &mut self,
        tokenizer: &Tokenizer,
        tokens: &mut Vec<u32>,
        capacity: usize,
        logits: &[f32],
    ) -> Result<String> {
        // Here only if nothing is to be generated at all: further down the text has ended already.
        if let Some(reason) = self.limit(tokens.len(), capacity) {
            return Ok(self.finish(reason));
        }
        let mut changed = Vec::new();
        let logits = if self.processors.is_empty() {
            logits
        } else {
            changed.extend_from_slice(logits);
            for processor in &self.processors {
                processor.process(tokens, &mut changed)?;
            }
            &changed
        };
        // Some models have more logits than tokens: the rest are padding, and stand for nothing.
        let known = logits.len().min(tokenizer.vocabulary_size());
        let token = self.sampler.sample(&logits[..known])?;
        if tokenizer.is_end(token) {
            return Ok(self.finish(FinishReason::End));
        }
        self.sampler.accept(token);
        tokens.push(token);
        self.generated += 1;
        let (mut text, stopped) = self.stop.push(&self.decoder.push(tokenizer, token)?);
        if stopped {
            self.finish_reason = Some(FinishReason::Stop);
        } else if let Some(reason) = self.limit(tokens.len(), capacity) {
            text += &self.finish(reason);
        }
        Ok(text)
    }

    /// Why no further token can be generated, if so.
    fn limit(&self, tokens: usize, capacity: usize) -> Option<FinishReason> {
        if self.generated >= self.max_tokens {
            Some(FinishReason::Length)
        } else if tokens >= capacity {
            Some(FinishReason::ContextFull)
        } else {
            None
        }
    }

    /// Ends the text: returns what was held back.
    pub fn finish(&mut self, reason: FinishReason) -> String {
        self.finish_reason = Some(reason);
        let rest = self.decoder.finish();
        let (mut text, stopped) = self.stop.push(&rest);
        if !stopped {
            text += &self.stop.finish();
        }
        text
    }
}
