//! What a Python object owns of the crate, and the rules for using it: not when closed, not by two threads at
//! once, and not in a forked child.

use crate::error::refuse;
use pyo3::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// A model or a session behind a Python object.
///
/// A forked child has none of the parent's threads, and may have copied a lock that one of them held. So the
/// child gets an error instead of a computation that may never end, and forgets the value instead of joining
/// threads that it does not have.
pub struct Resource<T> {
    what: &'static str,
    process: u32,
    /// `None` once it is closed. Boxed so that a child can forget it.
    value: Option<Box<Mutex<Option<T>>>>,
}

impl<T> Resource<T> {
    /// Takes ownership; `what` names it in messages.
    pub fn new(what: &'static str, value: T) -> Resource<T> {
        Resource { what, process: std::process::id(), value: Some(Box::new(Mutex::new(Some(value)))) }
    }

    /// Runs `work` with it. Does not wait for a thread that uses it already: that one may be waiting for the
    /// interpreter's lock, and a callback may come back on the same thread.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> PyResult<R>) -> PyResult<R> {
        match self.lock()?.as_mut() {
            Some(value) => work(value),
            None => Err(self.closed()),
        }
    }

    /// Drops it now.
    pub fn close(&self) -> PyResult<()> {
        self.lock()?.take();
        Ok(())
    }

    fn lock(&self) -> PyResult<MutexGuard<'_, Option<T>>> {
        match self.slot()?.try_lock() {
            Ok(guard) => Ok(guard),
            // The crate's values are sound after a panic: it catches those of the forward pass itself.
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => Err(refuse(format!(
                "the {} is at work in another call, which has to end first; threads that work at the same time \
                 need a session each",
                self.what
            ))),
        }
    }

    /// The value, unless this is a forked child.
    fn slot(&self) -> PyResult<&Mutex<Option<T>>> {
        let (what, parent, child) = (self.what, self.process, std::process::id());
        match &self.value {
            Some(value) if child == parent => Ok(value),
            _ => Err(refuse(format!(
                "the {what} belongs to process {parent}, and this is {child}, forked from it: a fork takes no \
                 threads along; open the model in the child, or start processes by \"spawn\""
            ))),
        }
    }

    fn closed(&self) -> PyErr {
        refuse(format!("the {} is closed", self.what))
    }
}

impl<T: Clone> Resource<T> {
    /// A handle of its own, for what several threads may use at once.
    pub fn shared(&self) -> PyResult<T> {
        match self.slot()?.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            Some(value) => Ok(value.clone()),
            None => Err(self.closed()),
        }
    }
}

impl<T> Drop for Resource<T> {
    fn drop(&mut self) {
        if std::process::id() != self.process {
            std::mem::forget(self.value.take());
        }
    }
}
