//! Conversations: Python values become the JSON that chat templates read.

use crate::error::{raise, refuse};
use moesaic::text::ChatOptions;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use serde_json::{Map, Value};

/// The text of a conversation by the model's chat template.
pub fn render(
    py: Python<'_>,
    model: &moesaic::Model,
    messages: &Bound<'_, PyAny>,
    options: &ChatOptions,
) -> PyResult<String> {
    let messages = list(messages, "messages")?;
    py.detach(|| model.chat_template()?.render(&messages, options)).map_err(raise)
}

/// What an iterable of JSON-like values says.
pub fn list(values: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<Value>> {
    let items = values.try_iter()?.collect::<PyResult<Vec<_>>>()?;
    match json(PyList::new(values.py(), items)?.as_any(), name)? {
        Value::Array(values) => Ok(values),
        _ => Err(refuse(format!("{name} are not a list"))),
    }
}

/// The variables of a template.
pub fn object(values: &Bound<'_, PyDict>, name: &str) -> PyResult<Map<String, Value>> {
    match json(values.as_any(), name)? {
        Value::Object(entries) => Ok(entries),
        _ => Err(refuse(format!("{name} are not a dict"))),
    }
}

/// By way of Python's own module, which knows what of Python is JSON.
fn json(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Value> {
    let keywords = PyDict::new(value.py());
    keywords.set_item("ensure_ascii", false)?;
    keywords.set_item("allow_nan", false)?;
    let text = value.py().import("json")?.call_method("dumps", (value,), Some(&keywords))?;
    serde_json::from_str(&text.extract::<String>()?)
        .map_err(|error| refuse(format!("{name} cannot be read as JSON: {error}")))
}
