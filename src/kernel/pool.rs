//! Buffers that are kept between calls.

use super::team::lock;
use std::fmt;
use std::sync::Mutex;

/// Buffers of which each is lent to one task at a time. Memory of some hundred kibibytes that tasks had anew would come
/// from the system page by page, and go back.
#[derive(Default)]
pub(super) struct Pool<T>(Mutex<Vec<T>>);

/// Without what the buffers hold, which is much and of no use.
impl<T> fmt::Debug for Pool<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pool").finish_non_exhaustive()
    }
}

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
