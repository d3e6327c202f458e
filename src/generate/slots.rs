//! The texts that are being written side by side, and the one place that decides which of their tokens go into
//! the next pass through the model.
//!
//! The choice of tokens is `writer.rs`'s, as for one text alone. Who asks for texts, waits or is told is the
//! business of `batch.rs` and `scheduler.rs`.

use super::experts::{self, ExpertWatcher};
use super::session::{common, Sequence};
use super::speculation::{Costs, Load};
use super::writer::Writer;
use super::{CancelToken, FinishReason, SessionOptions};
use crate::model::{Logits, Model, Step};
use crate::{Error, Result};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::time::Instant;

/// Places for texts. What a text leaves behind stays in its place's cache until another one needs the place: the next
/// prompt often begins like it.
#[derive(Debug)]
pub(super) struct Slots {
    model: Model,
    slots: Vec<Slot>,
    /// What passes took that wrote a token of each of their texts.
    costs: Costs,
    /// Counts texts begun, to tell which place was used last.
    clock: u64,
}

#[derive(Debug)]
struct Slot {
    sequence: Sequence,
    text: Option<Text>,
    /// The clock when its last text began.
    used: u64,
}

/// A text in its place, which it keeps when it has ended until the place is needed.
#[derive(Debug)]
struct Text {
    writer: Writer,
    cancel: CancelToken,
    /// How many tokens of the prompt were in the cache before the first ran; `None` before that.
    kept: Option<usize>,
    /// Guesses that run in the next pass behind its last token.
    draft: Vec<u32>,
    failed: bool,
}

impl Text {
    fn runs(&self) -> bool {
        !self.failed && self.writer.finish_reason().is_none()
    }
}

/// What a pass did to one text.
#[derive(Debug)]
pub(super) struct Written<'a> {
    /// The place.
    pub slot: usize,
    /// The text that became complete; an error ends the text.
    pub text: Result<String>,
    /// The token that was chosen, unless it was an end token or there was none, and the logits that it was
    /// chosen by.
    pub token: Option<(u32, &'a [f32])>,
    /// Whether the text has ended with this, and why.
    pub finish_reason: Option<FinishReason>,
}

/// What a pass was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PassSize {
    /// Tokens of prompts.
    pub prompt: usize,
    /// Tokens of texts that were being written.
    pub decoded: usize,
}

/// What came of a pass.
#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    /// Tokens that were guessed.
    drafted: usize,
    /// Tokens that were chosen.
    written: usize,
    /// Seconds that the guesses took.
    seconds: f64,
}

impl Slots {
    /// This many places, with caches for the context that the options ask for.
    pub fn new(model: &Model, options: &SessionOptions, count: usize) -> Result<Slots> {
        let slot = |_| Ok(Slot { sequence: Sequence::new(model, options)?, text: None, used: 0 });
        let slots = (0..count).map(slot).collect::<Result<_>>()?;
        Ok(Slots { model: model.clone(), slots, costs: Costs::default(), clock: 0 })
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// How many places have a text that has not ended.
    pub fn running(&self) -> usize {
        self.slots.iter().filter(|slot| slot.runs()).count()
    }

    /// How many of those have all but their last token in the cache: they write a token in the next pass.
    pub fn writing(&self) -> usize {
        self.slots.iter().filter(|slot| slot.runs() && slot.waiting() == 1).count()
    }

    /// The tokens in a place: the prompt's, and those generated.
    pub fn tokens(&self, slot: usize) -> Option<&[u32]> {
        Some(&self.slots.get(slot)?.sequence.tokens)
    }

    /// What writes the text in a place.
    pub fn writer(&self, slot: usize) -> Option<&Writer> {
        Some(&self.slots.get(slot)?.text.as_ref()?.writer)
    }

    /// How many of a prompt's tokens did not have to run; `None` before the first of the others has.
    pub fn kept(&self, slot: usize) -> Option<usize> {
        self.slots.get(slot)?.text.as_ref()?.kept
    }

    /// Puts a text into a free place, and says which; `None` if there is none. `writer` was made for this prompt.
    pub fn begin(&mut self, prompt: Vec<u32>, writer: Writer, cancel: CancelToken) -> Option<usize> {
        let free = || (0..self.slots.len()).filter(|index| !self.slots[*index].runs());
        let held = |index: usize| &self.slots[index].sequence;
        // The last token of the prompt runs in any case: its logits are wanted.
        let beginning = &prompt[..prompt.len().saturating_sub(1)];
        let alike = |index: &usize| held(*index).shared(beginning);
        // A place whose text goes on in this prompt; otherwise the one that was not used for the longest time,
        // so that what others may go on from stays.
        let best = free().max_by_key(alike).filter(|index| 2 * alike(index) > held(*index).cache.len());
        let index = best.or_else(|| free().min_by_key(|index| self.slots[*index].used))?;
        let same = alike(&index);
        self.clock += 1;
        let slot = &mut self.slots[index];
        slot.sequence.truncate(same);
        slot.sequence.tokens = prompt;
        slot.text = Some(Text { writer, cancel, kept: None, draft: Vec::new(), failed: false });
        slot.used = self.clock;
        Some(index)
    }

    /// Runs some tokens of the texts that have not ended, and lets those write on that have all their tokens in
    /// the cache then. Every text that is being written runs a token; prompts share the rest of `room`, but at
    /// least one token. `tell` hears of each text that wrote, ended or failed.
    ///
    /// Texts do not suffer from each other: an error ends the text that it belongs to.
    pub fn pass(&mut self, room: usize, tell: &mut dyn FnMut(Written<'_>)) -> PassSize {
        self.end_cancelled(tell);
        self.share_beginnings();
        let counts = self.plan(room);
        let mut planned: Vec<usize> = (0..counts.len()).filter(|index| counts[*index] > 0).collect();
        // Beside a prompt there is no telling what a guess costs.
        let only_writes = planned.iter().all(|index| self.slots[*index].waiting() == 1);
        if only_writes {
            self.draft(&planned, tell);
            planned.retain(|index| self.slots[*index].runs());
        }
        let mut size = PassSize::default();
        for &index in &planned {
            let Slot { sequence, text, .. } = &mut self.slots[index];
            let text = text.as_mut().expect("a planned slot has a text");
            text.kept.get_or_insert(sequence.cache.len());
            match text.writer.generated() {
                0 => size.prompt += counts[index],
                _ => size.decoded += counts[index],
            }
        }
        if planned.is_empty() {
            return size;
        }
        let begin = Instant::now();
        match self.run(&planned, &counts) {
            Ok(rows) => {
                let time = begin.elapsed();
                let outcome = self.write(&planned, &counts, &rows, tell);
                if only_writes {
                    let plain = planned.len();
                    self.costs.observe(
                        plain + outcome.drafted,
                        plain,
                        outcome.written,
                        time,
                        outcome.seconds,
                    );
                }
            }
            Err(error) if planned.len() == 1 => self.end(planned[0], error, tell),
            // One of them is to blame, and the caches are as before.
            Err(_) => {
                for index in planned {
                    match self.run(&[index], &counts) {
                        Ok(rows) => drop(self.write(&[index], &counts, &rows, tell)),
                        Err(error) => self.end(index, error, tell),
                    }
                }
            }
        }
        size
    }

    /// Ends the texts whose flag is raised.
    pub fn end_cancelled(&mut self, tell: &mut dyn FnMut(Written<'_>)) {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let Some(text) = slot.text.as_mut().filter(|text| text.runs()) else { continue };
            if text.cancel.is_cancelled() {
                let rest = text.writer.finish(FinishReason::Cancelled);
                let finish_reason = text.writer.finish_reason();
                tell(Written { slot: index, text: Ok(rest), token: None, finish_reason });
            }
        }
    }

    /// Copies what another place's cache has of a prompt and its own has not.
    fn share_beginnings(&mut self) {
        for index in 0..self.slots.len() {
            let (before, others) = self.slots.split_at_mut(index);
            let Some((slot, after)) = others.split_first_mut() else { continue };
            if !slot.runs() || slot.waiting() < 2 {
                continue;
            }
            let Sequence { tokens, cache } = &mut slot.sequence;
            let shared = |other: &Slot| other.sequence.shared(&tokens[..tokens.len() - 1]);
            let best = before.iter().chain(&*after).map(|other| (shared(other), other));
            if let Some((length, other)) = best.max_by_key(|(length, _)| *length) {
                if length > cache.len() {
                    let copied = cache.copy_beginning(&other.sequence.cache, length);
                    debug_assert!(copied.is_ok(), "places of one model differ in nothing");
                }
            }
        }
    }

    /// How many tokens of each place run in the next pass.
    fn plan(&self, room: usize) -> Vec<usize> {
        let mut counts = vec![0; self.slots.len()];
        let mut prompts: Vec<usize> = Vec::new();
        for (index, slot) in self.slots.iter().enumerate().filter(|(_, slot)| slot.runs()) {
            match slot.waiting() {
                0 => {}
                1 => counts[index] = 1,
                // What an earlier prompt is about to compute is copied from it afterwards.
                _ if prompts.iter().any(|other| self.follows(index, *other)) => {}
                _ => prompts.push(index),
            }
        }
        let taken: usize = counts.iter().sum();
        let waiting: Vec<usize> = prompts.iter().map(|index| self.slots[*index].waiting()).collect();
        let room = room.saturating_sub(taken).max(1);
        for (index, share) in prompts.iter().zip(shares(&waiting, room)) {
            counts[*index] = share;
        }
        counts
    }

    /// Whether a prompt begins like another for longer than its own cache reaches.
    fn follows(&self, index: usize, other: usize) -> bool {
        let (own, other) = (&self.slots[index].sequence, &self.slots[other].sequence);
        let alike = common(&own.tokens[..own.tokens.len() - 1], &other.tokens);
        // What the other has computed may be gone from its windows.
        let is_to_come = alike > other.cache.len() || other.cache.reusable(alike) > own.cache.len();
        other.cache.len() >= own.cache.len() && alike > own.cache.len() && is_to_come
    }

    /// Guesses for texts of which the next pass runs the last token each; a text that cannot ends with its error.
    fn draft(&mut self, planned: &[usize], tell: &mut dyn FnMut(Written<'_>)) {
        let mut load = Load { tokens: planned.len(), expected: planned.len() as f64 };
        for &index in planned {
            let Slot { sequence, text: Some(text), .. } = &mut self.slots[index] else { continue };
            let capacity = sequence.cache.capacity();
            match text.writer.draft(&sequence.tokens, capacity, &self.costs, &mut load, &text.cancel) {
                Ok(draft) => text.draft = draft,
                Err(error) => self.end(index, error, tell),
            }
        }
    }

    /// One pass of these places, guesses included; the logits of those that have all their tokens in the cache then,
    /// and behind each guess.
    fn run(&mut self, planned: &[usize], counts: &[usize]) -> Result<Vec<f32>> {
        let mut steps: Vec<Step> = Vec::with_capacity(planned.len());
        let mut flags: Vec<CancelToken> = Vec::with_capacity(planned.len());
        let mut watchers: Vec<(usize, Option<ExpertWatcher>)> = Vec::with_capacity(planned.len());
        let mut with_drafts: Vec<Vec<u32>> = Vec::with_capacity(planned.len());
        for &index in planned {
            let Slot { sequence, text, .. } = &self.slots[index];
            let waiting = &sequence.tokens[sequence.cache.len()..][..counts[index]];
            let draft = text.iter().flat_map(|text| &text.draft);
            with_drafts.push(waiting.iter().chain(draft).copied().collect());
        }
        let planned_slots = self.slots.iter_mut().enumerate().filter(|(index, _)| planned.contains(index));
        for ((index, slot), tokens) in planned_slots.zip(&with_drafts) {
            let logits = match counts[index] == slot.waiting() {
                true if tokens.len() > counts[index] => Logits::All,
                true => Logits::Last,
                false => Logits::None,
            };
            flags.extend(slot.text.as_ref().map(|text| text.cancel.clone()));
            watchers.push((index, slot.text.as_ref().and_then(|text| text.writer.expert_watcher().cloned())));
            steps.push(Step { tokens, logits, cache: &mut slot.sequence.cache });
        }
        // One that is cancelled must not cost the others their pass.
        let cancelled = || flags.iter().all(CancelToken::is_cancelled);
        experts::forward_texts(&self.model, &mut steps, &cancelled, &watchers)
    }

    /// Lets the texts write on of which the pass computed the logits.
    fn write(
        &mut self,
        planned: &[usize],
        counts: &[usize],
        rows: &[f32],
        tell: &mut dyn FnMut(Written<'_>),
    ) -> Outcome {
        let width = self.model.vocabulary_size();
        let (mut rest, mut outcome) = (rows, Outcome::default());
        for &index in planned.iter().filter(|index| counts[**index] > 0) {
            let Slot { sequence, text: Some(text), .. } = &mut self.slots[index] else { continue };
            if sequence.cache.len() < sequence.tokens.len() {
                continue;
            }
            let draft = std::mem::take(&mut text.draft);
            let (rows, others) = rest.split_at((1 + draft.len()) * width);
            rest = others;
            let Text { writer, failed, .. } = text;
            let mut told = |text: Result<String>, token: Option<(u32, &[f32])>, finish_reason| {
                *failed |= text.is_err();
                tell(Written { slot: index, text, token, finish_reason });
            };
            // A processor is the caller's code; its panic must not take the other texts along.
            let written = catch_unwind(AssertUnwindSafe(|| {
                sequence.write(&self.model, writer, rows, &draft, &mut told)
            }));
            let right = written.unwrap_or_else(|_| {
                let panic = Error::Internal { what: "a panic while a token was chosen".into() };
                told(Err(panic), None, None);
                // The guesses.
                sequence.cache.truncate(sequence.tokens.len());
                0
            });
            outcome.drafted += draft.len();
            outcome.written += 1 + right;
            outcome.seconds += writer.checked(draft.len(), right);
        }
        outcome
    }

    /// Ends a text whose tokens could not run.
    fn end(&mut self, index: usize, error: Error, tell: &mut dyn FnMut(Written<'_>)) {
        let Some(text) = &mut self.slots[index].text else { return };
        let outcome = match error {
            // By its flag, or by who watches it.
            Error::Cancelled => Ok(text.writer.finish(FinishReason::Cancelled)),
            error => {
                text.failed = true;
                Err(error)
            }
        };
        let finish_reason = text.writer.finish_reason();
        tell(Written { slot: index, text: outcome, token: None, finish_reason });
    }
}

impl Sequence {
    /// How much of the beginning of these tokens is in the cache, to go on from.
    fn shared(&self, tokens: &[u32]) -> usize {
        self.cache.reusable(common(&self.tokens[..self.cache.len()], tokens))
    }
}

impl Slot {
    fn runs(&self) -> bool {
        self.text.as_ref().is_some_and(Text::runs)
    }

    /// Tokens that are not in the cache yet.
    fn waiting(&self) -> usize {
        self.sequence.tokens.len() - self.sequence.cache.len()
    }
}

/// Divides `room` among those who wait for so many: nobody gets more than it wants, and nobody less than another
/// who wants as much. So a short prompt is done soon, however long the others are.
fn shares(waiting: &[usize], room: usize) -> Vec<usize> {
    let mut shares = vec![0; waiting.len()];
    let mut by_size: Vec<usize> = (0..waiting.len()).collect();
    by_size.sort_by_key(|index| waiting[*index]);
    let mut room = room;
    for (done, index) in by_size.iter().enumerate() {
        // What is left over goes to the longest, which come last.
        let share = waiting[*index].min(room / (waiting.len() - done));
        shares[*index] = share;
        room -= share;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_divided_fairly() {
        assert!(shares(&[], 10).is_empty());
        assert_eq!(shares(&[5], 10), [5]);
        assert_eq!(shares(&[50], 10), [10]);
        assert_eq!(shares(&[1000, 3, 1000], 103), [50, 3, 50]);
        assert_eq!(shares(&[10, 10, 10], 10), [3, 3, 4]);
        assert_eq!(shares(&[10, 10], 1), [0, 1]);
        for room in 0..200 {
            let waiting = [7, 64, 1, 33, 33, 90];
            let shares = shares(&waiting, room);
            assert_eq!(shares.iter().sum::<usize>(), room.min(waiting.iter().sum()));
            assert!(shares.iter().zip(waiting).all(|(share, waiting)| *share <= waiting));
        }
    }
}
