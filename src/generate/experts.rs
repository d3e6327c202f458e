//! The hook for which experts work while a session runs. The choice is the model's; this file tells whose tokens it
//! is about.

use crate::model::{ExpertChoice, Model, Step};
use crate::{Error, Result};
use std::fmt;
use std::sync::Arc;

/// The experts that work in one layer on some tokens that follow one another.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ChosenExperts<'a> {
    /// Which text of a [`Batch`](super::Batch); 0 in a session.
    pub text: usize,
    /// The layer's index in the model.
    pub layer: usize,
    /// The position of the first token in its text.
    pub position: usize,
    /// For each token the experts chosen for it, best first.
    pub choices: &'a [Vec<ExpertChoice>],
}

/// What is told of experts; its error ends the pass, and reaches the caller.
pub(super) type Watch<'a> = dyn FnMut(&ChosenExperts<'_>) -> Result<()> + 'a;

/// What an [`ExpertWatcher`] calls.
type Function = dyn Fn(&ChosenExperts<'_>) -> Result<()> + Send + Sync;

/// A function that is told which experts work, layer after layer: to count them, to draw them, to learn which ones
/// a text needs. It is called for every token that runs, the prompt's too, by the thread that computes.
///
/// An error ends the generation and reaches the caller; [`Error::Cancelled`] ends it as a
/// [`CancelToken`](super::CancelToken) does. Clones share the function. Models without experts never call it.
///
/// ```no_run
/// # fn main() -> moesaic::Result<()> {
/// use std::sync::{Arc, Mutex};
/// let busy = Arc::new(Mutex::new(std::collections::BTreeMap::<(usize, usize), u64>::new()));
/// let counts = busy.clone();
/// let mut options = moesaic::GenerateOptions::default();
/// options.max_tokens = Some(5);
/// options.expert_watcher = Some(moesaic::ExpertWatcher::new(move |chosen| {
///     let mut counts = counts.lock().unwrap();
///     for choice in chosen.choices.iter().flatten() {
///         *counts.entry((chosen.layer, choice.expert)).or_default() += 1;
///     }
///     Ok(())
/// }));
/// let model = moesaic::Model::open("model.gguf")?;
/// let mut session = model.session(Default::default())?;
/// session.generate("Once upon a time", &options)?.for_each(drop);
/// println!("{:?}", busy.lock().unwrap());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct ExpertWatcher(Arc<Function>);

impl ExpertWatcher {
    /// Wraps a function. One that remembers things between calls keeps them in a `Mutex` or an atomic, since several
    /// generations may share it.
    pub fn new(watch: impl Fn(&ChosenExperts<'_>) -> Result<()> + Send + Sync + 'static) -> ExpertWatcher {
        ExpertWatcher(Arc::new(watch))
    }

    pub(super) fn watch(&self, chosen: &ChosenExperts<'_>) -> Result<()> {
        (self.0)(chosen)
    }
}

impl fmt::Debug for ExpertWatcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ExpertWatcher")
    }
}

/// Runs a pass of several texts: for each step the text's number, and who watches it.
pub(super) fn forward_texts(
    model: &Model,
    steps: &mut [Step<'_>],
    cancelled: &dyn Fn() -> bool,
    texts: &[(usize, Option<ExpertWatcher>)],
) -> Result<Vec<f32>> {
    let watch: &mut Watch<'_> = &mut |chosen| match &texts[chosen.text] {
        (text, Some(watcher)) => watcher.watch(&ChosenExperts { text: *text, ..*chosen }),
        (_, None) => Ok(()),
    };
    let is_watched = texts.iter().any(|(_, watcher)| watcher.is_some());
    forward(model, steps, cancelled, is_watched.then_some(watch))
}

/// Runs a pass, with `watch` looking on if there is one; a [`ChosenExperts::text`] is then the index of a step.
pub(super) fn forward(
    model: &Model,
    steps: &mut [Step<'_>],
    cancelled: &dyn Fn() -> bool,
    watch: Option<&mut Watch<'_>>,
) -> Result<Vec<f32>> {
    let Some(watch) = watch else {
        return model.forward(steps, cancelled);
    };
    // Where each step's tokens begin in their text, and how many there are.
    let parts: Vec<(usize, usize)> = steps.iter().map(|step| (step.cache.len(), step.tokens.len())).collect();
    let failed = std::cell::RefCell::new(None);
    let mut observe = |layer: usize, choices: &[Vec<ExpertChoice>]| {
        let mut rest = choices;
        for (text, &(position, tokens)) in parts.iter().enumerate() {
            let (choices, behind) = rest.split_at(tokens.min(rest.len()));
            rest = behind;
            if failed.borrow().is_none() {
                let told = watch(&ChosenExperts { text, layer, position, choices });
                *failed.borrow_mut() = told.err();
            }
        }
    };
    // Its failure stops the pass at the next layer.
    let cancelled = || failed.borrow().is_some() || cancelled();
    let outcome = model.forward_observed(steps, &cancelled, &mut observe);
    match (failed.into_inner(), outcome) {
        (Some(error), Err(Error::Cancelled)) => Err(error),
        (_, outcome) => outcome,
    }
}
