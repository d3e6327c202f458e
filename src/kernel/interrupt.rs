//! Stopping work before its end.

use std::cell::Cell;
use std::fmt;
use std::time::{Duration, Instant};

/// How often it is asked while tasks are worked on: often enough that nobody notices, and seldom enough that the answer
/// may take an interpreter's lock.
const PAUSE: Duration = Duration::from_millis(5);

/// Somebody who may want that work stops before its end, and is asked by the thread that began it.
pub struct Interrupt<'a> {
    ask: &'a dyn Fn() -> bool,
    raised: Cell<bool>,
    asked: Cell<Instant>,
}

impl<'a> Interrupt<'a> {
    /// `ask` says whether to stop; once it has, it is not asked again.
    pub fn new(ask: &'a dyn Fn() -> bool) -> Interrupt<'a> {
        Interrupt { ask, raised: Cell::new(false), asked: Cell::new(Instant::now()) }
    }

    /// Asks whether to stop.
    pub fn ask(&self) -> bool {
        if !self.raised.get() {
            self.raised.set((self.ask)());
            self.asked.set(Instant::now());
        }
        self.raised.get()
    }

    /// Whether to stop; asks only if it has not for a while.
    pub(super) fn ask_now_and_then(&self) -> bool {
        match self.asked.get().elapsed() < PAUSE {
            true => self.raised.get(),
            false => self.ask(),
        }
    }

    /// Whether the answer was yes: results may be missing then.
    pub fn is_raised(&self) -> bool {
        self.raised.get()
    }
}

impl fmt::Debug for Interrupt<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Interrupt").field("raised", &self.raised.get()).finish()
    }
}
