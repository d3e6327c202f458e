//! A flag by which another thread (or a signal handler) stops a computation.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

/// A flag that stops whatever was given a clone of it: between tokens, and between a model's layers.
///
/// Clones share the flag. It stays raised until [`reset`](Self::reset).
#[derive(Clone, Default)]
pub struct CancelToken(Arc<Flag>);

#[derive(Default)]
struct Flag {
    raised: AtomicBool,
    /// Asked besides.
    ask: Option<Box<dyn Fn() -> bool + Send + Sync>>,
}

impl CancelToken {
    /// A flag that nobody has raised.
    pub fn new() -> CancelToken {
        CancelToken::default()
    }

    /// A flag that is raised when `ask` says so, too. It is asked by the thread that computes, many
    /// times a second, until it says yes: for programs that can notice the wish to stop only there, such as interpreters that
    /// handle signals in their main thread.
    pub fn asking(ask: impl Fn() -> bool + Send + Sync + 'static) -> CancelToken {
        CancelToken(Arc::new(Flag { raised: AtomicBool::new(false), ask: Some(Box::new(ask)) }))
    }

    /// Raises the flag. Safe to call from a signal handler: it only stores.
    pub fn cancel(&self) {
        self.0.raised.store(true, Ordering::Relaxed);
    }

    /// Whether the flag is raised.
    pub fn is_cancelled(&self) -> bool {
        if self.0.raised.load(Ordering::Relaxed) {
            return true;
        }
        let asked = self.0.ask.as_ref().is_some_and(|ask| ask());
        if asked {
            // Several may look, and a signal is only there for the first.
            self.cancel();
        }
        asked
    }

    /// Lowers the flag, to use it again.
    pub fn reset(&self) {
        self.0.raised.store(false, Ordering::Relaxed);
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CancelToken")
            .field("raised", &self.0.raised)
            .field("asks", &self.0.ask.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_said_yes_once_is_not_asked_again() {
        let first = AtomicBool::new(true);
        let token = CancelToken::asking(move || first.swap(false, Ordering::Relaxed));
        let other = token.clone();
        assert!(token.is_cancelled() && other.is_cancelled() && token.is_cancelled());
        token.reset();
        assert!(!other.is_cancelled());
    }
}
