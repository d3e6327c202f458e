//! Buffers that are kept between calls.

use super::team::lock;
use std::sync::Mutex;

/// Buffers of which each is lent to one task at a time. Memory of some hundred kibibytes that tasks had anew would come
/// from the system page by page, and go back.
#[derive(Debug, Default)]
pub(super) struct Pool<T>(Mutex<Vec<T>>);

impl<T: Default> Pool<T> {
    /// Calls `work` with a buffer.
    pub fn lend<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        // Not in one expression: the lock would be held while working.
        let kept = lock(&self.0).pop();
        let mut buffer = kept.unwrap_or_default();
        let result = work(&mut buffer);
        lock(&self.0).push(buffer);
        result
    }
}
