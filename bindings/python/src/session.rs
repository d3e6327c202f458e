//! `moesaic.Session`.

use crate::convert::{not_picklable, rows, tokens, Prompt};
use crate::error::{raise, refuse};
use crate::generation::Generation;
use crate::interrupt::{CancelToken, Watch};
use crate::options::{expert_callable, generate_options, tell_experts};
use crate::resource::Resource;
use moesaic::model::Logits;
use moesaic::SessionOptions;
use numpy::PyArray2;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;

/// A sequence of tokens and the cache that belongs to it. Started by `Model.session`.
///
/// It serves one call at a time: a second one gets an `InputError`. It cannot be used in a forked child.
#[pyclass(frozen, module = "moesaic")]
pub struct Session {
    /// What computes.
    pub session: Resource<moesaic::Session>,
}

impl Session {
    /// The session that `open` gives for these options.
    pub fn open(
        context: Option<usize>,
        open: impl FnOnce(SessionOptions) -> moesaic::Result<moesaic::Session>,
    ) -> PyResult<Session> {
        let mut options = SessionOptions::default();
        options.context = context;
        Ok(Session { session: Resource::new("session", open(options).map_err(raise)?) })
    }
}

#[pymethods]
impl Session {
    /// Append tokens and return the logits after each of them: float32 `[tokens, vocabulary]`. Row `i` rates
    /// every token as the one that follows `tokens[: i + 1]`.
    ///
    /// logits: "all" rows, the "last" one only, or "none".
    /// cancel: a `CancelToken` that stops it.
    /// expert_watcher: a callable that is told which experts work, as for `generate`.
    /// If it fails or is stopped, the session is as it was before.
    #[pyo3(signature = (tokens, *, logits="all", cancel=None, expert_watcher=None))]
    fn forward<'py>(
        &self,
        py: Python<'py>,
        tokens: &Bound<'py, PyAny>,
        logits: &str,
        cancel: Option<&Bound<'py, CancelToken>>,
        expert_watcher: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let tokens = self::tokens(tokens)?;
        let wanted = match logits {
            "all" => Logits::All,
            "last" => Logits::Last,
            "none" => Logits::None,
            other => {
                let what =
                    format!("the logits asked for are {other:?}: \"all\", \"last\" or \"none\" can be had");
                return Err(refuse(what));
            }
        };
        let watcher = expert_watcher.map(expert_callable).transpose()?.flatten();
        let watch = Watch::new(cancel.map(|cancel| cancel.get()));
        let outcome = py.detach(|| {
            self.session.with(|session| {
                let logits = match &watcher {
                    None => session.forward_with(&tokens, wanted, watch.token()),
                    Some(callable) => session.forward_watched(&tokens, wanted, watch.token(), |chosen| {
                        tell_experts(callable, watch.raised(), chosen)
                    }),
                };
                Ok((logits.map_err(raise)?, session.model().vocabulary_size()))
            })
        });
        let (logits, vocabulary) = watch.outcome(outcome)?;
        rows(py, logits, vocabulary)
    }

    /// The text that follows a prompt, piece by piece: an iterator of strings.
    ///
    /// The prompt, a text or tokens, goes behind what the session holds; an empty one continues from there.
    /// Nothing is computed before the first piece is asked for. The options are keywords:
    ///
    /// max_tokens: the most tokens to generate; by default until the model ends the text or the context is full.
    /// temperature=0.8: 0 takes the most probable token every time.
    /// top_k=40: choose among the most probable ones; 0 among all.
    /// top_p=0.95: choose among the most probable ones that together have this probability.
    /// min_p=0.05: choose among those at least this probable relative to the best one.
    /// repetition_penalty=1.0, repetition_window=64: make tokens that occurred lately less probable.
    /// seed: where the random numbers start; by default somewhere else every time.
    /// stop: a text, or several, that end the generation and are not given out.
    /// parse_special=False: whether text such as `<|im_start|>` in the prompt becomes its control token.
    /// cancel: a `CancelToken` that stops it.
    /// logits_processor: a callable, or several, of (tokens, logits) that returns the logits to choose by.
    /// expert_watcher: a callable of a `ChosenExperts`, called in each layer that has experts for every token that
    /// runs; an `ExpertRecord` keeps them.
    #[pyo3(signature = (prompt, **options))]
    fn generate(
        slf: Py<Self>,
        py: Python<'_>,
        prompt: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Generation> {
        let prompt = Prompt::extract(prompt)?;
        let (options, watch) = generate_options(options)?;
        let session = &slf.get().session;
        let state = py.detach(|| {
            session.with(|session| {
                let state = match &prompt {
                    Prompt::Text(text) => session.begin_generation(text, &options),
                    Prompt::Tokens(tokens) => session.begin_generation_from(tokens, &options),
                };
                state.map_err(raise)
            })
        })?;
        Ok(Generation::new(slf, state, watch))
    }

    /// Like `generate`, for `async for`: the event loop goes on while the model computes, and cancelling the
    /// task stops the computation.
    #[pyo3(signature = (prompt, **options))]
    fn generate_async<'py>(
        slf: Py<Self>,
        py: Python<'py>,
        prompt: &Bound<'py, PyAny>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let generation = Session::generate(slf, py, prompt, options)?;
        py.import("moesaic._asynchronous")?.getattr("AsyncGeneration")?.call1((generation,))
    }

    /// Forget everything.
    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        self.truncate(py, 0)
    }

    /// Forget the tokens from `length` on; does nothing if there are no more than that.
    fn truncate(&self, py: Python<'_>, length: usize) -> PyResult<()> {
        py.detach(|| {
            self.session.with(|session| {
                session.truncate(length);
                Ok(())
            })
        })
    }

    /// Forget what is not the beginning of these tokens, and return how many of them are kept: the rest is to come
    /// next. For texts that change at their end and mostly stay, like a conversation.
    fn keep_prefix_of(&self, py: Python<'_>, tokens: &Bound<'_, PyAny>) -> PyResult<usize> {
        let tokens = self::tokens(tokens)?;
        py.detach(|| self.session.with(|session| Ok(session.keep_prefix_of(&tokens))))
    }

    /// A copy that goes on by itself: with the same tokens and a cache of its own.
    fn fork(&self, py: Python<'_>) -> PyResult<Session> {
        let fork = py.detach(|| self.session.with(|session| session.fork().map_err(raise)))?;
        Ok(Session { session: Resource::new("session", fork) })
    }

    /// Write the session to a file: its tokens, its cache, and `next_seed`. `Model.restore_session` reads it.
    ///
    /// The file appears under its name when it is whole, and holds the conversation for whoever can read it.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.session.with(|session| session.save(&path).map_err(raise)))
    }

    /// The seed with which another generation chooses as the last one would have gone on. None if no token was
    /// generated yet. It is saved along with the session.
    #[getter]
    fn next_seed(&self) -> PyResult<Option<u64>> {
        self.session.with(|session| Ok(session.next_seed()))
    }

    /// The tokens so far: given to `forward`, or prompted and generated.
    #[getter]
    fn tokens(&self) -> PyResult<Vec<u32>> {
        self.session.with(|session| Ok(session.tokens().to_vec()))
    }

    /// How many tokens the session can hold.
    #[getter]
    fn context(&self) -> PyResult<usize> {
        self.session.with(|session| Ok(session.context()))
    }

    /// Let go of the session and its cache now.
    fn close(&self) -> PyResult<()> {
        self.session.close()
    }

    fn __len__(&self) -> PyResult<usize> {
        self.session.with(|session| Ok(session.tokens().len()))
    }

    /// An empty session is one all the same.
    fn __bool__(&self) -> bool {
        true
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
    ) -> PyResult<()> {
        let _ = (exc_type, exc_value, traceback);
        self.close()
    }

    fn __repr__(&self) -> String {
        let held = self.session.with(|session| Ok((session.tokens().len(), session.context())));
        match held {
            Ok((tokens, context)) => format!("<moesaic.Session tokens={tokens} context={context}>"),
            Err(_) => "<moesaic.Session closed or at work>".into(),
        }
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_picklable("Session", "fork it, or save it to a file and restore it from there"))
    }
}
