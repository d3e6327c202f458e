//! Many conversations over one model: a queue, and a thread that runs the passes.
//!
//! What goes into a pass is decided in `slots.rs`. This file decides who comes next, how long a pass may take, and
//! tells each request of its text.

use super::session::{writer, PROMPT_CHUNK};
use super::slots::{PassSize, Slots, Written};
use super::writer::Writer;
use super::{best_log_probabilities, log_probability};
use super::{CancelToken, FinishReason, GenerateOptions, SessionOptions};
use crate::model::Model;
use crate::{Error, Result};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The stack of its thread, on which logits processors run too: grammars go deep. Memory is taken as it is used.
const STACK: usize = 64 << 20;

/// Limits of a [`Scheduler`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SchedulerOptions {
    /// How many texts are written at once; each has a cache for a whole context. Default 4.
    pub places: usize,
    /// The context of each.
    pub session: SessionOptions,
    /// How many requests may wait for a place; more are refused with [`Error::Busy`]. Default 64.
    pub queue: usize,
    /// How long the prompts of others may hold up the next token of a text: prompts are cut so that a pass takes about
    /// this long, by the speed of the passes before. Default 200 ms.
    pub longest_stall: Duration,
}

impl Default for SchedulerOptions {
    fn default() -> SchedulerOptions {
        SchedulerOptions {
            places: 4,
            session: SessionOptions::default(),
            queue: 64,
            longest_stall: Duration::from_millis(200),
        }
    }
}

/// Who is told of a request's text: pieces until one has a finish reason or is an error, which is the last. Called
/// by the thread that computes, so it must not wait for anything.
type Listener = Box<dyn FnMut(Result<Piece>) + Send>;

/// A text that somebody wants.
pub struct Request {
    prompt: Vec<u32>,
    options: GenerateOptions,
    alternatives: Option<usize>,
    listener: Listener,
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Request")
            .field("prompt", &self.prompt.len())
            .field("options", &self.options)
            .field("alternatives", &self.alternatives)
            .finish()
    }
}

impl Request {
    /// The text behind a prompt. `listener` is told of it piece by piece: until a piece has a finish reason, or an
    /// error. It is called by the thread that computes and must not wait for anything. Raise `options.cancel` to
    /// stop: the place is free before the next pass.
    pub fn new(
        prompt: Vec<u32>,
        options: GenerateOptions,
        listener: impl FnMut(Result<Piece>) + Send + 'static,
    ) -> Request {
        Request { prompt, options, alternatives: None, listener: Box::new(listener) }
    }

    /// Asks for [`Piece::score`], with so many alternatives.
    pub fn with_scores(self, alternatives: usize) -> Request {
        Request { alternatives: Some(alternatives), ..self }
    }
}

/// What one token did for a text.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Piece {
    /// The text that it completed; empty for half a character or the beginning of a stop string.
    pub text: String,
    /// The token, if one was chosen that is not an end token.
    pub token: Option<u32>,
    /// How probable it was, if that was asked for.
    pub score: Option<TokenScore>,
    /// How many of the prompt's tokens did not have to run, since a cache held them already.
    pub kept: usize,
    /// Why the text has ended, in its last piece.
    pub finish_reason: Option<FinishReason>,
}

/// How probable a token was, by the model's own logits: before logits processors, penalties and filters.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TokenScore {
    /// The natural logarithm of its probability.
    pub log_probability: f64,
    /// The most probable tokens in its place, best first, and the logarithms of their probabilities.
    pub alternatives: Vec<(u32, f64)>,
}

/// What a scheduler has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchedulerStatistics {
    /// Texts that are being written.
    pub running: usize,
    /// Requests that wait for a place.
    pub waiting: usize,
    /// Requests that were taken.
    pub accepted: u64,
    /// Requests that were refused because too many waited.
    pub refused: u64,
    /// Texts that ended, whatever the reason.
    pub finished: u64,
    /// Of these, those that were cancelled.
    pub cancelled: u64,
    /// Of these, those that an error ended.
    pub failed: u64,
    /// Prompt tokens that ran.
    pub prompt_tokens: u64,
    /// Prompt tokens that did not have to, since a cache held them.
    pub kept_tokens: u64,
    /// Tokens that were generated.
    pub generated_tokens: u64,
    /// Passes through the model.
    pub passes: u64,
    /// The most tokens of one pass in which a text was being written beside prompts.
    pub largest_mixed_pass: usize,
    /// How long the passes took together.
    pub busy: Duration,
}

/// Writes many texts at once over one model: requests join at the next pass, prompts run in chunks so that others
/// go on meanwhile, and beginnings that a cache holds already do not run again.
///
/// Each text is the one that a session would generate alone with the same options and seed: bit for bit in passes of up to
/// 4 tokens, and in larger ones up to the rounding of the arithmetic, which adds in another order there. Who comes first
/// gets the next place.
///
/// Dropping it cancels what is left and waits for its thread.
///
/// ```no_run
/// use moesaic::generate::{Request, Scheduler};
/// # fn main() -> moesaic::Result<()> {
/// let model = moesaic::Model::open("model.gguf")?;
/// let scheduler = Scheduler::start(&model, Default::default())?;
/// let (sender, pieces) = std::sync::mpsc::channel();
/// let prompt = model.encode_prompt("Once upon a time", false)?;
/// let request = Request::new(prompt, Default::default(), move |piece| drop(sender.send(piece)));
/// scheduler.submit(vec![request])?;
/// for piece in pieces {
///     print!("{}", piece?.text);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Scheduler {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    model: Model,
    options: SchedulerOptions,
    /// Tokens that a place holds.
    capacity: usize,
    state: Mutex<State>,
    /// Something changed that the thread may wait for, or those who wait for its end.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Waiting>,
    statistics: SchedulerStatistics,
    /// No more requests are taken.
    closed: bool,
    /// Everything is to end now.
    stop: bool,
}

/// A request whose options have been checked.
struct Waiting {
    prompt: Vec<u32>,
    writer: Writer,
    cancel: CancelToken,
    teller: Teller,
}

impl fmt::Debug for Waiting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Waiting").field("prompt", &self.prompt.len()).finish()
    }
}

/// Tells one listener.
struct Teller {
    listener: Listener,
    alternatives: Option<usize>,
}

impl Teller {
    /// The listener is the caller's code; its panic must not take the other texts along.
    fn tell(&mut self, piece: Result<Piece>) {
        let _ = catch_unwind(AssertUnwindSafe(|| (self.listener)(piece)));
    }

    fn cancelled(mut self) {
        let finish_reason = Some(FinishReason::Cancelled);
        self.tell(Ok(Piece { text: String::new(), token: None, score: None, kept: 0, finish_reason }));
    }
}

impl Scheduler {
    /// Makes the places and starts the thread.
    ///
    /// # Errors
    /// [`Error::Input`] for no places or a context that cannot be, [`Error::OutOfMemory`] if the caches cannot be
    /// allocated, [`Error::Unsupported`] if the model has no tokenizer, [`Error::Io`] if no thread can be started.
    pub fn start(model: &Model, options: SchedulerOptions) -> Result<Scheduler> {
        if options.places == 0 {
            return Err(Error::input("a scheduler needs at least one place for a text"));
        }
        model.tokenizer()?;
        let slots = Slots::new(model, &options.session, options.places)?;
        let capacity = options.session.capacity(model)?;
        let shared = Arc::new(Shared {
            model: model.clone(),
            options,
            capacity,
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let of_thread = shared.clone();
        let thread = std::thread::Builder::new().name("moesaic scheduler".into()).stack_size(STACK);
        let thread = thread
            .spawn(move || of_thread.run(slots))
            .map_err(|source| Error::Io { path: "the thread of the scheduler".into(), source })?;
        Ok(Scheduler { shared, thread: Some(thread) })
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.shared.model
    }

    /// How many tokens a text has room for, its prompt included.
    pub fn context(&self) -> usize {
        self.shared.capacity
    }

    /// The limits.
    pub fn options(&self) -> &SchedulerOptions {
        &self.shared.options
    }

    /// Takes all of these requests, or none.
    ///
    /// # Errors
    /// [`Error::Input`] if a prompt or an option of one of them cannot be; [`Error::Busy`] if the queue has not as
    /// much room, or after [`close`](Self::close).
    pub fn submit(&self, requests: Vec<Request>) -> Result<()> {
        let Shared { model, options, capacity, changed, .. } = &*self.shared;
        let mut checked = Vec::with_capacity(requests.len());
        for Request { prompt, options, alternatives, listener } in requests {
            let writer = writer(model, &[], *capacity, &prompt, &options)?;
            let teller = Teller { listener, alternatives };
            checked.push(Waiting { prompt, writer, cancel: options.cancel, teller });
        }
        let mut state = self.shared.lock();
        if state.closed {
            return Err(Error::Busy {
                what: "no more requests are taken: the server is shutting down".into(),
            });
        }
        state.drop_cancelled();
        // Who finds a free place does not count as waiting.
        let free = options.places.saturating_sub(state.statistics.running);
        if state.queue.len() + checked.len() > options.queue + free {
            state.statistics.refused += checked.len() as u64;
            return Err(Error::Busy {
                what: format!(
                    "{} requests wait already and at most {} may; try again later",
                    state.queue.len(),
                    options.queue
                ),
            });
        }
        state.statistics.accepted += checked.len() as u64;
        state.queue.extend(checked);
        changed.notify_all();
        Ok(())
    }

    /// What was done so far, and what is going on.
    pub fn statistics(&self) -> SchedulerStatistics {
        let state = self.shared.lock();
        SchedulerStatistics { waiting: state.queue.len(), ..state.statistics }
    }

    /// Takes no more requests. Those that it has taken go on.
    pub fn close(&self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }

    /// Whether it takes no more requests.
    pub fn is_closed(&self) -> bool {
        self.shared.lock().closed
    }

    /// Whether nothing runs or waits.
    pub fn is_idle(&self) -> bool {
        let state = self.shared.lock();
        state.statistics.running == 0 && state.queue.is_empty()
    }

    /// Ends everything: texts finish as cancelled before the next pass, and no more requests are taken.
    pub fn stop(&self) {
        let mut state = self.shared.lock();
        state.closed = true;
        state.stop = true;
        self.shared.changed.notify_all();
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has nobody left to tell.
            let _ = thread.join();
        }
    }
}

impl State {
    /// Frees the places in the queue that nobody wants any more.
    fn drop_cancelled(&mut self) {
        let stop = self.stop;
        let mut index = 0;
        while index < self.queue.len() {
            if !stop && !self.queue[index].cancel.is_cancelled() {
                index += 1;
            } else if let Some(waiting) = self.queue.remove(index) {
                self.statistics.finished += 1;
                self.statistics.cancelled += 1;
                waiting.teller.cancelled();
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread: gives places to those who wait, runs passes, tells, until it is stopped or closed and idle.
    fn run(&self, mut slots: Slots) {
        let mut tellers: HashMap<usize, Teller> = HashMap::new();
        let mut stops: HashMap<usize, CancelToken> = HashMap::new();
        let mut pace = Pace::default();
        loop {
            let mut state = self.lock();
            loop {
                state.drop_cancelled();
                if !state.queue.is_empty() || !tellers.is_empty() {
                    break;
                }
                if state.closed {
                    return;
                }
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.stop {
                stops.values().for_each(CancelToken::cancel);
            }
            while slots.running() < slots.len() {
                let Some(waiting) = state.queue.pop_front() else { break };
                let Waiting { prompt, writer, cancel, teller } = waiting;
                if let Some(slot) = slots.begin(prompt, writer, cancel.clone()) {
                    tellers.insert(slot, teller);
                    stops.insert(slot, cancel);
                }
            }
            state.statistics.running = slots.running();
            drop(state);

            let mixed = slots.writing() > 0;
            let room = if mixed { pace.room(self.options.longest_stall) } else { PROMPT_CHUNK };
            let begin = Instant::now();
            let mut told: Vec<Told> = Vec::new();
            let size = slots.pass(room, &mut |written| {
                let alternatives = tellers.get(&written.slot).and_then(|teller| teller.alternatives);
                told.push(Told::new(written, alternatives));
            });
            let time = begin.elapsed();
            pace.observe(size, time);

            let mut state = self.lock();
            let statistics = &mut state.statistics;
            statistics.passes += u64::from(size != PassSize::default());
            statistics.prompt_tokens += size.prompt as u64;
            statistics.busy += time;
            if mixed {
                statistics.largest_mixed_pass = statistics.largest_mixed_pass.max(size.prompt + size.decoded);
            }
            for Told { slot, text, token, score, finish_reason } in told {
                let Some(mut teller) = tellers.remove(&slot) else { continue };
                let kept = slots.kept(slot).unwrap_or(0);
                let first = slots.writer(slot).is_some_and(|writer| writer.generated() == 1);
                statistics.generated_tokens += u64::from(token.is_some());
                statistics.kept_tokens += if first && token.is_some() { kept as u64 } else { 0 };
                if text.is_err() || finish_reason.is_some() {
                    statistics.finished += 1;
                    statistics.failed += u64::from(text.is_err());
                    statistics.cancelled += u64::from(finish_reason == Some(FinishReason::Cancelled));
                    stops.remove(&slot);
                    teller.tell(text.map(|text| Piece { text, token, score, kept, finish_reason }));
                } else {
                    teller.tell(text.map(|text| Piece { text, token, score, kept, finish_reason }));
                    tellers.insert(slot, teller);
                }
            }
            statistics.running = slots.running();
            if tellers.is_empty() {
                self.changed.notify_all();
            }
        }
    }
}

/// What a pass did to one text, with what its listener wants to know of the logits.
struct Told {
    slot: usize,
    text: Result<String>,
    token: Option<u32>,
    score: Option<TokenScore>,
    finish_reason: Option<FinishReason>,
}

impl Told {
    fn new(written: Written<'_>, alternatives: Option<usize>) -> Told {
        let score = written.token.zip(alternatives).and_then(|((token, row), alternatives)| {
            let log_probability = log_probability(row, token).ok()?;
            Some(TokenScore { log_probability, alternatives: best_log_probabilities(row, alternatives) })
        });
        let token = written.token.map(|(token, _)| token);
        Told { slot: written.slot, text: written.text, token, score, finish_reason: written.finish_reason }
    }
}

/// How long a token takes, to cut prompts so that nobody waits too long.
#[derive(Debug, Default)]
struct Pace {
    /// Seconds a token of passes that are mostly prompt; 0 before the first one.
    token: f64,
}

impl Pace {
    /// The fewest tokens of a mixed pass: below that, reading the weights costs more than multiplying them, and the
    /// prompt would never be done.
    const FEWEST: usize = 16;

    /// How many tokens a pass may have to take about this long.
    fn room(&self, longest: Duration) -> usize {
        if self.token == 0.0 {
            return Pace::FEWEST;
        }
        // Saturates: a time of hours is room for everything.
        ((longest.as_secs_f64() / self.token) as usize).clamp(Pace::FEWEST, PROMPT_CHUNK)
    }

    fn observe(&mut self, size: PassSize, time: Duration) {
        let tokens = size.prompt + size.decoded;
        if 2 * size.prompt < tokens || tokens < Pace::FEWEST / 2 {
            return;
        }
        let seconds = time.as_secs_f64() / tokens as f64;
        // The longer a context, the slower: recent passes count most.
        self.token = if self.token == 0.0 { seconds } else { 0.5 * self.token + 0.5 * seconds };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_is_cut_to_the_time_it_may_take() {
        let mut pace = Pace::default();
        let longest = Duration::from_millis(200);
        assert_eq!(pace.room(longest), Pace::FEWEST);
        let pass = |prompt, decoded| PassSize { prompt, decoded };
        // A millisecond a token.
        pace.observe(pass(100, 0), Duration::from_millis(100));
        assert_eq!(pace.room(longest), 200);
        // Passes without much of a prompt say nothing about prompts.
        pace.observe(pass(0, 40), Duration::from_secs(9));
        pace.observe(pass(2, 1), Duration::from_secs(9));
        assert_eq!(pace.room(longest), 200);
        // A machine that has become slow: the room shrinks, but never to nothing.
        for _ in 0..20 {
            pace.observe(pass(16, 3), Duration::from_secs(19));
        }
        assert_eq!(pace.room(longest), Pace::FEWEST);
        for _ in 0..40 {
            pace.observe(pass(500, 0), Duration::from_millis(1));
        }
        assert_eq!(pace.room(longest), PROMPT_CHUNK);
        assert_eq!(pace.room(Duration::MAX), PROMPT_CHUNK);
    }
}
