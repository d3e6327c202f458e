//! `moesaic.Generation`.

use crate::convert::not_picklable;
use crate::error::{raise, refuse};
use crate::interrupt::Watch;
use crate::session::Session;
use moesaic::generate::GenerationState;
use moesaic::FinishReason;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};

/// Text as it is generated: an iterator of pieces, each of whole characters. Begun by `Session.generate`.
///
/// It goes on while the session is left alone; if that is used for something else, the next piece is an
/// `InputError`.
#[pyclass(frozen, module = "moesaic")]
pub struct Generation {
    session: Py<Session>,
    state: Mutex<GenerationState>,
    watch: Watch,
    closed: AtomicBool,
}

impl Generation {
    /// A generation of this session.
    pub fn new(session: Py<Session>, state: GenerationState, watch: Watch) -> Generation {
        Generation { session, state: Mutex::new(state), watch, closed: AtomicBool::new(false) }
    }

    /// As `Resource::with`: does not wait.
    fn state(&self) -> PyResult<MutexGuard<'_, GenerationState>> {
        match self.state.try_lock() {
            Ok(state) => Ok(state),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {
                Err(refuse("the generation is at work in another call, which has to end first"))
            }
        }
    }
}

#[pymethods]
impl Generation {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<String>> {
        if self.closed.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let session = &self.session.get().session;
        let outcome = py
            .detach(|| session.with(|session| self.state()?.next_piece(session).transpose().map_err(raise)));
        self.watch.outcome(outcome)
    }

    /// Stop within a token; the iterator then ends, and `finish_reason` is "cancelled". May be called from any
    /// thread.
    fn cancel(&self) {
        self.watch.token().cancel();
    }

    /// End it here: the iterator gives nothing more. The session keeps the tokens generated so far.
    fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        self.cancel();
    }

    /// Why the text ended: "end" (the model ended it), "stop" (a stop string), "length" (max_tokens),
    /// "context_full" or "cancelled". None while it has not, and after an error.
    #[getter]
    fn finish_reason(&self) -> PyResult<Option<&'static str>> {
        Ok(self.state()?.finish_reason().map(|reason| match reason {
            FinishReason::End => "end",
            FinishReason::Stop => "stop",
            FinishReason::Length => "length",
            FinishReason::ContextFull => "context_full",
            FinishReason::Cancelled => "cancelled",
            _ => "other",
        }))
    }

    /// Token counts and times so far.
    #[getter]
    fn statistics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let statistics = self.state()?.statistics();
        py.import("moesaic._types")?.getattr("Statistics")?.call1((
            statistics.prompt_tokens,
            statistics.prompt_time.as_secs_f64(),
            statistics.generated_tokens,
            statistics.decoded_tokens,
            statistics.decode_time.as_secs_f64(),
            statistics.drafted_tokens,
            statistics.accepted_tokens,
        ))
    }

    /// The seed, to repeat the choices.
    #[getter]
    fn seed(&self) -> PyResult<u64> {
        Ok(self.state()?.seed())
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (exc_type=None, exc_value=None, traceback=None, /))]
    fn __exit__(
        &self,
        exc_type: Option<&Bound<'_, PyAny>>,
        exc_value: Option<&Bound<'_, PyAny>>,
        traceback: Option<&Bound<'_, PyAny>>,
    ) {
        let _ = (exc_type, exc_value, traceback);
        self.close();
    }

    fn __repr__(&self) -> String {
        "<moesaic.Generation>".into()
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_picklable("Generation", "collect its text instead"))
    }
}
