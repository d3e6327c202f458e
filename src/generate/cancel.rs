//! A flag by which another thread (or a signal handler) stops a computation.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

/// A flag that stops whatever was given a clone of it: between tokens, and between a model's layers.
///
/// Clones share the flag. It stays raised until [`reset`](Self::reset).
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A flag that nobody has raised.
    pub fn new() -> CancelToken {
        CancelToken::default()
    }

    /// Raises the flag. Safe to call from a signal handler: it only stores.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the flag is raised.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Lowers the flag, to use it again.
    pub fn reset(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
