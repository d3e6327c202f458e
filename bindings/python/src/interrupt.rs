//! How a computation notices that it should stop: a [`CancelToken`] of Python's, or a signal whose handler
//! raises, as Ctrl-C does.
//!
//! Python runs signal handlers in its main thread only, and only where that thread holds the interpreter's
//! lock. So the thread that computes takes the lock now and then, if it is that one.

use pyo3::prelude::*;
use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often signals are looked for: soon enough for a person, and seldom enough to cost nothing where other
/// threads hold the interpreter's lock for milliseconds.
const INTERVAL: Duration = Duration::from_millis(50);

/// A flag by which another thread stops a computation.
///
/// Give it as `cancel=` to `generate` or `forward`; it may be given to several of them. It stays raised until
/// `reset`.
#[pyclass(frozen, module = "moesaic")]
#[derive(Default)]
pub struct CancelToken(moesaic::CancelToken);

#[pymethods]
impl CancelToken {
    #[new]
    fn new() -> CancelToken {
        CancelToken::default()
    }

    /// Raise the flag. Whatever was given it stops within a token.
    fn cancel(&self) {
        self.0.cancel();
    }

    /// Lower the flag, to use it again.
    fn reset(&self) {
        self.0.reset();
    }

    /// Whether the flag is raised.
    #[getter]
    fn cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    fn __repr__(&self) -> String {
        format!("<moesaic.CancelToken cancelled={}>", if self.cancelled() { "True" } else { "False" })
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(crate::convert::not_picklable("CancelToken", "make one where it is needed"))
    }
}

/// What watches over one computation: its cancel token, and the exception that ended it.
#[derive(Clone)]
pub struct Watch {
    token: moesaic::CancelToken,
    raised: Raised,
}

/// An exception that came up inside a computation, to be raised where that was called.
#[derive(Clone, Default)]
pub struct Raised(Arc<Mutex<Option<PyErr>>>);

impl Raised {
    /// Keeps the first exception.
    pub fn set(&self, exception: PyErr) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(exception);
    }

    fn take(&self) -> Option<PyErr> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Watch {
    /// Stops at the caller's token and at signals.
    pub fn new(cancel: Option<&CancelToken>) -> Watch {
        let raised = Raised::default();
        let cancel = cancel.map(|cancel| cancel.0.clone());
        let slot = raised.clone();
        let last = Mutex::new(Instant::now());
        let token = moesaic::CancelToken::asking(move || {
            if cancel.as_ref().is_some_and(moesaic::CancelToken::is_cancelled) {
                return true;
            }
            // Whoever holds it is just asking.
            let Ok(mut last) = last.try_lock() else { return false };
            if last.elapsed() < INTERVAL || !may_handle_signals() {
                return false;
            }
            *last = Instant::now();
            match Python::attach(|py| py.check_signals()) {
                Ok(()) => false,
                Err(exception) => {
                    slot.set(exception);
                    true
                }
            }
        });
        Watch { token, raised }
    }

    /// The token for the crate.
    pub fn token(&self) -> &moesaic::CancelToken {
        &self.token
    }

    /// Where callbacks leave their exceptions.
    pub fn raised(&self) -> &Raised {
        &self.raised
    }

    /// The outcome of the computation, unless an exception ended it.
    pub fn outcome<R>(&self, outcome: PyResult<R>) -> PyResult<R> {
        match self.raised.take() {
            Some(exception) => Err(exception),
            None => outcome,
        }
    }
}

/// Whether this thread is the one in which Python runs signal handlers.
fn may_handle_signals() -> bool {
    thread_local! {
        /// In a forked child another thread may be the main one.
        static KNOWN: Cell<Option<(u32, bool)>> = const { Cell::new(None) };
    }
    let process = std::process::id();
    match KNOWN.get() {
        Some((of, known)) if of == process => known,
        _ => {
            let asked = Python::attach(|py| -> PyResult<bool> {
                let threading = py.import("threading")?;
                let current = threading.call_method0("current_thread")?;
                Ok(threading.call_method0("main_thread")?.is(&current))
            });
            // An interpreter that cannot say is shutting down.
            let known = asked.unwrap_or(false);
            KNOWN.set(Some((process, known)));
            known
        }
    }
}
