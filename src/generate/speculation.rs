//! Speculation: tokens that are guessed cheaply and checked together, in one pass through the model, which costs
//! little more than a pass for one of them (Leviathan, Kalman and Matias 2023; Saxena's prompt lookup 2023).
//!
//! The check is exact: the sampler chooses each token from the model's own logits, with its own random numbers, and
//! a guess counts only if it is the token that was chosen. So the text, greedy or sampled, is the one without
//! speculation, and a guess costs time at worst. How much it may cost, `Costs` decides by what passes took.

use super::sampler::most_probable;
use super::session::{common, Sequence};
use super::CancelToken;
use crate::model::{Logits, Model};
use crate::text::Tokenizer;
use crate::{Error, Result};
use std::time::{Duration, Instant};

/// Where guesses come from. See [`GenerateOptions::speculation`](super::GenerateOptions::speculation).
#[derive(Clone, Debug)]
pub struct Speculation {
    source: Source,
    most: usize,
}

#[derive(Clone, Debug)]
enum Source {
    Lookup,
    Model(Model),
}

/// How many tokens are guessed at a time unless the caller says otherwise: with the one before them they are a pass
/// in which each token gets, bit for bit, what it would get alone.
const MOST_TOKENS: usize = crate::kernel::FEW_TOKENS - 1;

impl Speculation {
    /// Guesses that the text goes on as it did where its last few tokens occurred before: for answers that quote
    /// their prompt or themselves, such as changed code, summaries and JSON. Costs nothing where nothing recurs.
    pub fn prompt_lookup() -> Speculation {
        Speculation { source: Source::Lookup, most: MOST_TOKENS }
    }

    /// Guesses what another, much smaller model of the same family would write. It reads the prompt too.
    ///
    /// A generation does not begin, with [`Error::Input`], if the two models' tokens differ.
    pub fn draft_model(draft: &Model) -> Speculation {
        Speculation { source: Source::Model(draft.clone()), most: MOST_TOKENS }
    }

    /// Guesses at most so many tokens at a time (3 unless said otherwise). With more than 3, rounding may differ from that
    /// of a text without speculation: passes of more than 4 tokens add in another order.
    #[must_use]
    pub fn with_most_tokens(self, most: usize) -> Speculation {
        Speculation { most, ..self }
    }
}

/// Guesses for one text.
#[derive(Debug)]
pub(super) struct Speculator {
    drafter: Drafter,
    most: usize,
    /// The model's tokens; a draft model may know more.
    vocabulary: usize,
    /// How often guesses were right, by how sure the drafter could be.
    record: [Record; SURENESS],
    /// How sure it was of the last ones.
    sureness: usize,
    /// Seconds that a guess takes, and those of the last ones together.
    seconds_a_token: f64,
    seconds: f64,
    pub statistics: SpeculationStatistics,
}

/// How many guesses there were, and how many were right.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SpeculationStatistics {
    pub drafted: usize,
    pub accepted: usize,
}

#[derive(Debug)]
enum Drafter {
    Lookup,
    /// With the text so far and the last guesses.
    Model {
        model: Model,
        sequence: Sequence,
    },
}

/// Degrees of sureness: lookups are surer the more tokens recur.
const SURENESS: usize = 4;
/// The fewest tokens that must recur, and how many are looked at.
const FEWEST_RECURRING: usize = 2;
/// See `FEWEST_RECURRING`.
const MOST_RECURRING: usize = 12;

/// How often guesses were right: counts that fade, so that a text may change its ways.
#[derive(Clone, Copy, Debug)]
struct Record {
    right: f64,
    wrong: f64,
}

impl Record {
    /// What is remembered of each count from one check to the next.
    const MEMORY: f64 = 0.95;

    fn probability(self) -> f64 {
        self.right / (self.right + self.wrong)
    }

    fn add(&mut self, right: usize, wrong: bool) {
        self.right = self.right * Record::MEMORY + right as f64;
        self.wrong = self.wrong * Record::MEMORY + f64::from(u8::from(wrong));
    }
}

impl Speculator {
    /// For one text of a model that holds `capacity` tokens.
    ///
    /// # Errors
    /// [`Error::Input`] if the draft model's tokens are others, [`Error::Unsupported`] if it has no tokenizer,
    /// [`Error::OutOfMemory`] if its cache cannot be allocated.
    pub fn new(speculation: &Speculation, model: &Model, capacity: usize) -> Result<Speculator> {
        let drafter = match &speculation.source {
            Source::Lookup => Drafter::Lookup,
            Source::Model(draft) => {
                check_tokens(draft, model)?;
                // Where its context ends there are no more guesses.
                let cache = draft.cache(capacity.min(draft.context_length()))?;
                Drafter::Model { model: draft.clone(), sequence: Sequence { tokens: Vec::new(), cache } }
            }
        };
        Ok(Speculator {
            drafter,
            most: speculation.most,
            vocabulary: model.vocabulary_size(),
            record: [Record { right: 1.0, wrong: 1.0 }; SURENESS],
            sureness: 0,
            seconds_a_token: 0.0,
            seconds: 0.0,
            statistics: SpeculationStatistics::default(),
        })
    }

    /// Guesses what follows `tokens`, as many tokens as promise to save time in a pass that runs `beside` without them
    /// and with them from now on, and at most `room`. [`checked`](Self::checked) must follow if there are any.
    ///
    /// # Errors
    /// Those of the draft model's forward pass.
    pub fn draft(
        &mut self,
        tokens: &[u32],
        room: usize,
        costs: &Costs,
        beside: &mut Load,
        cancel: &CancelToken,
    ) -> Result<Vec<u32>> {
        let most = self.most.min(room);
        self.seconds = 0.0;
        if most == 0 || tokens.is_empty() {
            return Ok(Vec::new());
        }
        let guesses = match &mut self.drafter {
            Drafter::Lookup => {
                let Some(found) = look_up(tokens) else { return Ok(Vec::new()) };
                self.sureness = match found.recurring {
                    0..=2 => 0,
                    3 => 1,
                    4..=6 => 2,
                    _ => 3,
                };
                let depth = costs.depth(*beside, self.record[self.sureness].probability(), most, 0.0);
                found.continuation(tokens, depth)
            }
            Drafter::Model { model, sequence } => {
                let probability = self.record[self.sureness].probability();
                let room = sequence.cache.capacity().saturating_sub(tokens.len());
                let depth = costs.depth(*beside, probability, most.min(room), self.seconds_a_token);
                if depth == 0 {
                    return Ok(Vec::new());
                }
                // The text so far is no guess: what it takes is the price of having a draft model.
                // The last token runs in any case, for its logits.
                sequence.truncate(common(&sequence.tokens, tokens).min(tokens.len() - 1));
                sequence.tokens = tokens.to_vec();
                let mut logits = run(model, sequence, cancel)?;
                let begin = Instant::now();
                let mut guesses = Vec::with_capacity(depth);
                loop {
                    let token = most_probable(&logits).token;
                    guesses.push(token);
                    if guesses.len() == depth || model.tokenizer().is_ok_and(|known| known.is_end(token)) {
                        break;
                    }
                    sequence.tokens.push(token);
                    logits = run(model, sequence, cancel)?;
                }
                self.seconds = begin.elapsed().as_secs_f64();
                let seconds = self.seconds / guesses.len() as f64;
                self.seconds_a_token = match self.seconds_a_token {
                    0.0 => seconds,
                    before => 0.75 * before + 0.25 * seconds,
                };
                guesses
            }
        };
        let known = guesses.iter().take_while(|token| (**token as usize) < self.vocabulary).count();
        beside.tokens += known;
        beside.expected += expected(self.record[self.sureness].probability(), known);
        Ok(guesses[..known].to_vec())
    }

    /// Learns how many of the last guesses were right; the seconds that it took to make them.
    pub fn checked(&mut self, drafted: usize, accepted: usize) -> f64 {
        if drafted == 0 {
            return 0.0;
        }
        self.record[self.sureness].add(accepted, accepted < drafted);
        self.statistics.drafted += drafted;
        self.statistics.accepted += accepted;
        self.seconds
    }
}

/// Whether two models' tokens mean the same, by a sample of them: other tokens would make guesses that never come true,
/// and do no other harm.
fn check_tokens(draft: &Model, model: &Model) -> Result<()> {
    const SAMPLE: usize = 1000;
    let (ours, theirs) = (model.tokenizer()?, draft.tokenizer()?);
    let known = ours.vocabulary_size().min(theirs.vocabulary_size());
    let text = |tokens: &Tokenizer, token| tokens.token_bytes(token, true).ok();
    let mut sample = (0..known as u32).step_by(known.div_ceil(SAMPLE).max(1));
    match sample.find(|&token| text(ours, token) != text(theirs, token)) {
        None => Ok(()),
        Some(token) => Err(Error::input(format!(
            "token {token} means one thing to the draft model and another to the model: take a draft model of the same \
             family"
        ))),
    }
}

/// How many of so many guesses come true, if each does with this probability after those before it.
fn expected(probability: f64, guesses: usize) -> f64 {
    (1..=guesses as i32).map(|guess| probability.powi(guess)).sum()
}

/// Runs what a draft model has not of its sequence; the logits behind it.
fn run(model: &Model, sequence: &mut Sequence, cancel: &CancelToken) -> Result<Vec<f32>> {
    sequence.run(model, sequence.tokens.len(), Logits::Last, cancel, None, &mut |_| ())
}

/// Where the end of a text occurred before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Recurrence {
    /// How many tokens recur; no more are looked at than `MOST_RECURRING`.
    recurring: usize,
    /// The token that followed them.
    next: usize,
}

/// The place where the most of the last tokens occurred before, and of several the last one.
fn look_up(tokens: &[u32]) -> Option<Recurrence> {
    let mut best = None;
    let mut fewest = FEWEST_RECURRING;
    for next in (1..tokens.len()).rev() {
        let backwards = tokens[..next].iter().rev().zip(tokens.iter().rev()).take(MOST_RECURRING);
        let recurring = backwards.take_while(|(before, now)| before == now).count();
        if recurring >= fewest {
            best = Some(Recurrence { recurring, next });
            fewest = recurring + 1;
            if recurring == MOST_RECURRING {
                break;
            }
        }
    }
    best
}

impl Recurrence {
    /// What comes next if the text goes on as it did there; where that reaches its own end, in a circle.
    fn continuation(self, tokens: &[u32], length: usize) -> Vec<u32> {
        let period = tokens.len() - self.next;
        (0..length).map(|index| tokens[self.next + index % period]).collect()
    }
}

/// What goes into a pass: its tokens, and how many of them are expected to be written behind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Load {
    pub tokens: usize,
    pub expected: f64,
}

impl Load {
    /// The last token of one text.
    pub const ONE: Load = Load { tokens: 1, expected: 1.0 };
}

/// What passes took, to tell when a guess is worth its place in one: on a sparse model each more token wakes other
/// experts, and the time of a pass may grow nearly as fast as its tokens.
#[derive(Debug, Default)]
pub(super) struct Costs {
    /// Seconds of a pass by its number of tokens; 0 where there was none.
    seconds: Vec<f64>,
    /// Seconds of all passes.
    total: f64,
    /// Seconds that guesses have saved; negative if they have cost some.
    saved: f64,
    /// Passes since the last one without guesses.
    passes_since_plain: usize,
}

impl Costs {
    /// The part of all time that guesses may cost where they do not come true.
    const STAKE: f64 = 0.02;
    /// How much better than none guesses must promise to be.
    const MARGIN: f64 = 1.02;
    /// Passes with guesses after which one without tells again what that takes.
    const MOST_PASSES_SINCE_PLAIN: usize = 64;
    /// Passes of more tokens are not remembered.
    const MOST_TOKENS: usize = 128;

    /// How many guesses promise the most tokens a second beside what a pass runs anyway, if each is right with this
    /// probability after those before it and takes `seconds` to make.
    fn depth(&self, beside: Load, probability: f64, most: usize, seconds: f64) -> usize {
        let Some(plain) = self.seconds(beside.tokens) else { return 0 };
        // What they may have cost by now, and a pass to begin with.
        let stake = Costs::STAKE * self.total + plain;
        if self.saved < -stake || self.passes_since_plain >= Costs::MOST_PASSES_SINCE_PLAIN {
            return 0;
        }
        let mut best = (0, Costs::MARGIN * beside.expected / plain);
        for depth in 1..=most {
            let Some(pass) = self.seconds(beside.tokens + depth) else { break };
            let written = beside.expected + expected(probability, depth);
            let rate = written / (pass + depth as f64 * seconds);
            if rate > best.1 {
                best = (depth, rate);
            }
        }
        best.0
    }

    /// Learns that a pass took so long, of which its guesses took `drafting`: there were `plain` tokens beside them, and
    /// `written` ones came of it.
    pub fn observe(&mut self, tokens: usize, plain: usize, written: usize, pass: Duration, drafting: f64) {
        let pass = pass.as_secs_f64();
        if tokens == 0 || tokens > Costs::MOST_TOKENS {
            return;
        }
        if self.seconds.len() <= tokens {
            self.seconds.resize(tokens + 1, 0.0);
        }
        let known = &mut self.seconds[tokens];
        // Something else may have held up a pass; nothing makes one faster than it is.
        let weight = match *known {
            0.0 => 1.0,
            before if pass < before => 0.5,
            _ => 0.2,
        };
        *known += weight * (pass - *known);
        self.total += pass + drafting;
        if tokens == plain {
            self.passes_since_plain = 0;
        } else {
            self.passes_since_plain += 1;
            if let Some(seconds) = self.seconds(plain) {
                self.saved += written as f64 * seconds / plain as f64 - pass - drafting;
            }
        }
        // What was saved long ago is no licence to lose.
        self.saved = self.saved.min(Costs::STAKE * self.total);
    }

    /// Seconds of a pass of so many tokens, between those of passes that there were: never more than those of a larger
    /// pass, and no more than those of the largest. `None` before the first.
    fn seconds(&self, tokens: usize) -> Option<f64> {
        let mut above: Option<(usize, f64)> = None;
        let mut below = None;
        for (count, &seconds) in self.seconds.iter().enumerate().rev().filter(|(_, seconds)| **seconds > 0.0)
        {
            let seconds = above.map_or(seconds, |(_, above)| seconds.min(above));
            if count >= tokens {
                above = Some((count, seconds));
            } else {
                below = Some((count, seconds));
                break;
            }
        }
        match (below, above) {
            (Some((low, least)), Some((high, most))) => {
                Some(least + (most - least) * (tokens - low) as f64 / (high - low) as f64)
            }
            (found, None) | (None, found) => found.map(|(_, seconds)| seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_recurrence_is_found_and_of_equal_ones_the_last() {
        assert_eq!(look_up(&[]), None);
        assert_eq!(look_up(&[1, 2, 3, 4]), None);
        assert_eq!(look_up(&[1, 2, 9, 2]), None);
        assert_eq!(look_up(&[1, 2, 3, 1, 2]), Some(Recurrence { recurring: 2, next: 2 }));
        assert_eq!(look_up(&[1, 2, 3, 1, 2, 4, 1, 2]), Some(Recurrence { recurring: 2, next: 5 }));
        assert_eq!(look_up(&[0, 1, 2, 3, 1, 2, 4, 0, 1, 2]), Some(Recurrence { recurring: 3, next: 3 }));
        let found = look_up(&[5, 1, 2, 1, 2, 1, 2]).unwrap();
        assert_eq!(found, Recurrence { recurring: 4, next: 5 });
        assert_eq!(found.continuation(&[5, 1, 2, 1, 2, 1, 2], 5), [1, 2, 1, 2, 1]);
    }

    fn costs(seconds: &[(usize, f64)]) -> Costs {
        let mut costs = Costs::default();
        for &(tokens, seconds) in seconds {
            costs.observe(tokens, tokens, 1, Duration::from_secs_f64(seconds), 0.0);
        }
        costs
    }

    #[test]
    fn guesses_are_as_many_as_pay() {
        assert_eq!(Costs::default().depth(Load::ONE, 0.9, 7, 0.0), 0);
        // Where more tokens take no longer, as many as there may be.
        assert_eq!(costs(&[(1, 1.0), (8, 1.0)]).depth(Load::ONE, 0.5, 7, 0.0), 7);
        // Where each takes as long as the first, none.
        let steep = costs(&[(1, 1.0), (8, 8.0)]);
        assert_eq!(steep.depth(Load::ONE, 0.99, 7, 0.0), 0);
        // In between as many as the probability allows.
        let middle = costs(&[(1, 1.0), (8, 2.4)]);
        let depths = [0.1, 0.4, 0.7, 0.95].map(|probability| middle.depth(Load::ONE, probability, 7, 0.0));
        assert!(depths.is_sorted() && depths[0] == 0 && depths[3] == 7, "{depths:?}");
        // A slow draft model makes none of it worth while.
        assert_eq!(middle.depth(Load::ONE, 0.7, 7, 0.9), 0);
        // Larger passes that take less correct the smaller ones.
        assert_eq!(costs(&[(1, 2.0), (4, 1.0), (2, 3.0)]).seconds(2), Some(1.0));
        assert_eq!(costs(&[(1, 1.0), (5, 2.0)]).seconds(3), Some(1.5));
        assert_eq!(costs(&[(1, 1.0), (5, 2.0)]).seconds(9), Some(2.0));
    }

    #[test]
    fn guesses_that_fail_cost_little_of_the_whole() {
        let mut costs = costs(&[(1, 1.0), (1, 1.0)]);
        // A record that promises much and is always wrong, on a model where larger passes take longer.
        let (mut time, mut tokens) = (0.0, 0);
        for _ in 0..5000 {
            let depth = costs.depth(Load::ONE, 0.9, 7, 0.0);
            let seconds = 1.0 + 0.2 * depth as f64;
            costs.observe(1 + depth, 1, 1, Duration::from_secs_f64(seconds), 0.0);
            (time, tokens) = (time + seconds, tokens + 1);
        }
        assert!(time / f64::from(tokens) < 1.03, "{time} for {tokens}");
        // They come back when they come true.
        let mut written = 0;
        for _ in 0..500 {
            let depth = costs.depth(Load::ONE, 0.9, 7, 0.0);
            let seconds = 1.0 + 0.2 * depth as f64;
            costs.observe(1 + depth, 1, 1 + depth, Duration::from_secs_f64(seconds), 0.0);
            written += 1 + depth;
        }
        assert!(written > 3000, "{written}");
    }
}
