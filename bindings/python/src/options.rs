//! The keyword arguments of everything that generates, in one place; `GenerateOptions` in the stubs says what
//! they mean.

use crate::convert::number;
use crate::error::raise;
use crate::interrupt::{CancelToken, Raised, Watch};
use crate::model::Model;
use moesaic::generate::ChosenExperts;
use moesaic::{ExpertWatcher, GenerateOptions, LogitsProcessor, Speculation};
use numpy::ndarray::Array2;
use numpy::{AllowTypeChange, IntoPyArray, PyArray1, PyArrayLike1};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The names, for those who mistype one.
const NAMES: &str =
    "max_tokens, temperature, top_k, top_p, min_p, repetition_penalty, repetition_window, seed, \
                     stop, parse_special, cancel, logits_processor, expert_watcher, prompt_lookup, draft_model";

/// The options, and what watches over the generation.
pub fn generate_options(keywords: Option<&Bound<'_, PyDict>>) -> PyResult<(GenerateOptions, Watch)> {
    let mut options = GenerateOptions::default();
    let Some(keywords) = keywords else {
        let watch = Watch::new(None);
        options.cancel = watch.token().clone();
        return Ok((options, watch));
    };
    let cancel = keywords.get_item("cancel")?.filter(|cancel| !cancel.is_none());
    let cancel = cancel.map(|cancel| Ok::<_, PyErr>(cancel.cast_into::<CancelToken>()?)).transpose()?;
    let watch = Watch::new(cancel.as_ref().map(|cancel| cancel.get()));
    options.cancel = watch.token().clone();
    for (name, value) in keywords {
        let name: String = name.extract()?;
        let sampling = &mut options.sampling;
        match name.as_str() {
            "max_tokens" => options.max_tokens = optional(&value, &name)?,
            "temperature" => sampling.temperature = number(&value, &name)?,
            "top_k" => sampling.top_k = number(&value, &name)?,
            "top_p" => sampling.top_p = number(&value, &name)?,
            "min_p" => sampling.min_p = number(&value, &name)?,
            "repetition_penalty" => sampling.repetition_penalty = number(&value, &name)?,
            "repetition_window" => sampling.repetition_window = number(&value, &name)?,
            "seed" => sampling.seed = optional(&value, &name)?,
            "stop" => options.stop = texts(&value)?,
            "parse_special" => options.parse_special = value.extract()?,
            "cancel" => {}
            "logits_processor" => options.logits_processors = processors(&value, watch.raised())?,
            "expert_watcher" => {
                options.expert_watcher = expert_callable(&value)?.map(|callable| {
                    let raised = watch.raised().clone();
                    ExpertWatcher::new(move |chosen| tell_experts(&callable, &raised, chosen))
                });
            }
            "prompt_lookup" => {
                if value.extract()? {
                    options.speculation = Some(Speculation::prompt_lookup());
                }
            }
            "draft_model" => {
                if !value.is_none() {
                    options.speculation =
                        Some(Speculation::draft_model(&value.cast::<Model>()?.get().shared()?));
                }
            }
            _ => {
                return Err(PyTypeError::new_err(format!(
                    "there is no option {name}; the options are {NAMES}"
                )))
            }
        }
    }
    options.sampling.validate().map_err(raise)?;
    Ok((options, watch))
}

fn optional<'py, T>(value: &Bound<'py, PyAny>, name: &str) -> PyResult<Option<T>>
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    match value.is_none() {
        true => Ok(None),
        false => number(value, name).map(Some),
    }
}

/// One text or several.
fn texts(value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    match value.extract::<String>() {
        Ok(text) => Ok(vec![text]),
        Err(_) => value.try_iter()?.map(|text| text?.extract()).collect(),
    }
}

/// One callable, several, or none.
fn processors(value: &Bound<'_, PyAny>, raised: &Raised) -> PyResult<Vec<LogitsProcessor>> {
    if value.is_none() {
        Ok(Vec::new())
    } else if value.is_callable() {
        Ok(vec![processor(value.clone().unbind(), raised.clone())])
    } else {
        let wrong = || PyTypeError::new_err("a logits processor is a callable of (tokens, logits)");
        let items = value.try_iter().map_err(|_| wrong())?;
        items
            .map(|item| {
                let item = item?;
                match item.is_callable() {
                    true => Ok(processor(item.unbind(), raised.clone())),
                    false => Err(wrong()),
                }
            })
            .collect()
    }
}

/// Wraps a Python callable. It gets copies, which it may keep; its exception is raised by the call that
/// generates.
fn processor(callable: Py<PyAny>, raised: Raised) -> LogitsProcessor {
    LogitsProcessor::new(move |tokens, logits| {
        Python::attach(|py| process(callable.bind(py), tokens, logits)).map_err(|exception| {
            let what = exception.to_string();
            raised.set(exception);
            moesaic::Error::Input { what }
        })
    })
}

fn process(callable: &Bound<'_, PyAny>, tokens: &[u32], logits: &mut [f32]) -> PyResult<()> {
    let py = callable.py();
    let given = PyArray1::from_slice(py, logits);
    let answer = callable.call1((PyArray1::from_slice(py, tokens), &given))?;
    // A processor that changes the array in place need not return it.
    let answer = if answer.is_none() { given.into_any() } else { answer };
    let answer: PyArrayLike1<'_, f32, AllowTypeChange> = answer.extract()?;
    let answer = answer.as_array();
    if answer.len() != logits.len() {
        return Err(PyValueError::new_err(format!(
            "a logits processor returned {} logits: it was given {}",
            answer.len(),
            logits.len()
        )));
    }
    logits.iter_mut().zip(answer).for_each(|(logit, answer)| *logit = *answer);
    Ok(())
}

/// A callable that wants to know which experts work, or none.
pub fn expert_callable(value: &Bound<'_, PyAny>) -> PyResult<Option<Py<PyAny>>> {
    match (value.is_none(), value.is_callable()) {
        (true, _) => Ok(None),
        (_, true) => Ok(Some(value.clone().unbind())),
        _ => Err(PyTypeError::new_err("an expert watcher is a callable of one moesaic.ChosenExperts")),
    }
}

/// Calls it. Its exception is raised by the call that computes.
pub fn tell_experts(
    callable: &Py<PyAny>,
    raised: &Raised,
    chosen: &ChosenExperts<'_>,
) -> moesaic::Result<()> {
    Python::attach(|py| tell(callable.bind(py), chosen)).map_err(|exception| {
        let what = exception.to_string();
        raised.set(exception);
        moesaic::Error::Input { what }
    })
}

fn tell(callable: &Bound<'_, PyAny>, chosen: &ChosenExperts<'_>) -> PyResult<()> {
    let py = callable.py();
    let tokens = chosen.choices.len();
    let (experts, weights): (Vec<u32>, Vec<f32>) =
        chosen.choices.iter().flatten().map(|choice| (choice.expert as u32, choice.weight)).unzip();
    let shape = (tokens, experts.len() / tokens.max(1));
    let wrong = |error: numpy::ndarray::ShapeError| {
        crate::error::raise(moesaic::Error::Internal { what: error.to_string() })
    };
    let experts = Array2::from_shape_vec(shape, experts).map_err(wrong)?.into_pyarray(py);
    let weights = Array2::from_shape_vec(shape, weights).map_err(wrong)?.into_pyarray(py);
    let class = py.import("moesaic._types")?.getattr("ChosenExperts")?;
    callable.call1((class.call1((chosen.text, chosen.layer, chosen.position, experts, weights))?,))?;
    Ok(())
}
