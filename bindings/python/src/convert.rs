//! Python values to the crate's and back.

use crate::error::refuse;
use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray2, PyReadonlyArray1};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes};

/// A text, or tokens: a list of numbers or an array of them.
pub enum Prompt {
    /// A text.
    Text(String),
    /// Tokens.
    Tokens(Vec<u32>),
}

impl Prompt {
    /// From a `str`, or whatever gives whole numbers.
    pub fn extract(value: &Bound<'_, PyAny>) -> PyResult<Prompt> {
        match value.extract::<String>() {
            Ok(text) => Ok(Prompt::Text(text)),
            Err(_) => Ok(Prompt::Tokens(tokens(value)?)),
        }
    }
}

/// Tokens from whatever gives whole numbers.
pub fn tokens(value: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    if let Ok(array) = value.extract::<PyReadonlyArray1<'_, u32>>() {
        return Ok(array.as_array().to_vec());
    }
    // Bytes are whole numbers too, but whoever gives them means a text.
    let items = match value.try_iter() {
        Ok(items) if !value.is_instance_of::<PyBytes>() && !value.is_instance_of::<PyByteArray>() => items,
        _ => {
            let kind = value.get_type();
            let what = format!("a text is a str, and tokens are numbers in a list or an array: not {kind}");
            return Err(PyTypeError::new_err(what));
        }
    };
    items.map(|item| number(&item?, "a token")).collect()
}

/// A whole number that fits, where Python's may have any size.
pub fn number<'py, T>(value: &Bound<'py, PyAny>, what: &str) -> PyResult<T>
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    value.extract::<T>().map_err(|error| {
        let error: PyErr = error.into();
        if error.is_instance_of::<PyOverflowError>(value.py()) {
            refuse(format!("{what} cannot be {value}: the number is negative or too large"))
        } else {
            PyTypeError::new_err(format!("{what} cannot be {value}: {}", error.value(value.py())))
        }
    })
}

/// Rows of logits as an array `[rows, vocabulary]` that takes over their memory.
pub fn rows(py: Python<'_>, logits: Vec<f32>, vocabulary: usize) -> PyResult<Bound<'_, PyArray2<f32>>> {
    let shape = (logits.len() / vocabulary.max(1), vocabulary);
    match Array2::from_shape_vec(shape, logits) {
        Ok(array) => Ok(array.into_pyarray(py)),
        Err(error) => Err(crate::error::raise(moesaic::Error::Internal { what: error.to_string() })),
    }
}

/// The answer to `pickle` and `copy`.
pub fn not_picklable(class: &str, instead: &str) -> PyErr {
    PyTypeError::new_err(format!("a moesaic.{class} cannot be pickled or copied: {instead}"))
}
