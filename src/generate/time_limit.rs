//! Ends computations of llguidance that take too long, from a thread of its own: a grammar from a stranger must not hold
//! up the texts of others.

use crate::{Error, Result};
use llguidance::CancellationHandle;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// How often the thread looks: limits are held to about this.
const INTERVAL: Duration = Duration::from_millis(20);

/// Watches over any number of computations. Its thread runs while there are any.
pub(super) struct TimeLimits {
    begin: Instant,
    watched: Mutex<WatchedList>,
}

#[derive(Default)]
struct WatchedList {
    limits: Vec<Weak<TimeLimit>>,
    running: bool,
}

/// The limit of one computation that is done again and again.
pub(super) struct TimeLimit {
    clock: Instant,
    handle: CancellationHandle,
    limit: Duration,
    /// When it began, in milliseconds from `clock`; `IDLE` while nothing is computed.
    begun: AtomicU64,
}

const IDLE: u64 = u64::MAX;

impl TimeLimits {
    pub fn new() -> Arc<TimeLimits> {
        Arc::new(TimeLimits { begin: Instant::now(), watched: Mutex::default() })
    }

    /// Watches over what can be cancelled by this handle, until the limit is dropped.
    pub fn watch(
        self: &Arc<TimeLimits>,
        handle: CancellationHandle,
        limit: Duration,
    ) -> Result<Arc<TimeLimit>> {
        let limit = Arc::new(TimeLimit { clock: self.begin, handle, limit, begun: AtomicU64::new(IDLE) });
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if !watched.running {
            let limits = self.clone();
            let thread = std::thread::Builder::new().name("moesaic time limits".into());
            thread.spawn(move || limits.run()).map_err(|source| Error::Io {
                path: "the thread that bounds the time of grammars".into(),
                source,
            })?;
            watched.running = true;
        }
        watched.limits.push(Arc::downgrade(&limit));
        Ok(limit)
    }

    fn run(&self) {
        loop {
            std::thread::sleep(INTERVAL);
            let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
            watched.limits.retain(|limit| match limit.upgrade() {
                Some(limit) => {
                    limit.check();
                    true
                }
                None => false,
            });
            if watched.limits.is_empty() {
                watched.running = false;
                return;
            }
        }
    }
}

impl TimeLimit {
    /// Computes within the limit; what is computed notices that it was cancelled, and says so itself.
    pub fn within<T>(&self, compute: impl FnOnce() -> T) -> T {
        self.begun.store(self.now(), Ordering::Relaxed);
        let computed = compute();
        self.begun.store(IDLE, Ordering::Relaxed);
        computed
    }

    fn now(&self) -> u64 {
        u64::try_from(self.clock.elapsed().as_millis()).unwrap_or(IDLE - 1)
    }

    fn check(&self) {
        let begun = self.begun.load(Ordering::Relaxed);
        if begun != IDLE && u128::from(self.now().saturating_sub(begun)) > self.limit.as_millis() {
            self.handle.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_too_long_is_cancelled_and_what_does_not_is_not() {
        let limits = TimeLimits::new();
        let (slow, quick) = (CancellationHandle::default(), CancellationHandle::default());
        let slow_limit = limits.watch(slow.clone(), Duration::from_millis(30)).unwrap();
        let quick_limit = limits.watch(quick.clone(), Duration::from_secs(3600)).unwrap();
        // Idle time does not count.
        std::thread::sleep(Duration::from_millis(100));
        assert!(!slow.is_cancelled());
        let begin = Instant::now();
        slow_limit.within(|| {
            while !slow.is_cancelled() {
                assert!(begin.elapsed() < Duration::from_secs(60));
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        assert!(begin.elapsed() >= Duration::from_millis(30));
        assert_eq!(quick_limit.within(|| 5), 5);
        assert!(!quick.is_cancelled());
        // The thread ends with the last of them, and begins again.
        drop((slow_limit, quick_limit));
        let begin = Instant::now();
        while limits.watched.lock().unwrap().running {
            assert!(begin.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(5));
        }
        limits.watch(quick, Duration::ZERO).unwrap();
        assert!(limits.watched.lock().unwrap().running);
    }
}
