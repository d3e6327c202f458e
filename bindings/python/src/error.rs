//! The crate's errors as Python exceptions, one class for each kind. The classes are `moesaic/_errors.py`'s.

use moesaic::Error;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The exception for an error: the same message, and what the error knows as attributes.
pub fn raise(error: Error) -> PyErr {
    Python::attach(|py| exception(py, &error).unwrap_or_else(|failed| failed))
}

/// The exception for something that cannot be asked of the bindings.
pub fn refuse(what: impl Into<String>) -> PyErr {
    raise(Error::Input { what: what.into() })
}

fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let fields = PyDict::new(py);
    let class = match error {
        Error::Io { path, source } => {
            fields.set_item("path", path.as_os_str())?;
            fields.set_item("errno", source.raw_os_error())?;
            "IoError"
        }
        Error::Malformed { path, offset, .. } => {
            fields.set_item("path", path.as_os_str())?;
            fields.set_item("offset", offset)?;
            "MalformedError"
        }
        Error::Metadata { path, key, .. } => {
            fields.set_item("path", path.as_os_str())?;
            fields.set_item("key", key)?;
            "MetadataError"
        }
        Error::Tensor { path, tensor, .. } => {
            fields.set_item("path", path.as_os_str())?;
            fields.set_item("tensor", tensor)?;
            "TensorError"
        }
        Error::Unsupported { path, .. } => {
            fields.set_item("path", path.as_os_str())?;
            "UnsupportedError"
        }
        Error::ChatTemplate { path, line, .. } => {
            fields.set_item("path", path.as_os_str())?;
            fields.set_item("line", (*line > 0).then_some(*line))?;
            "ChatTemplateError"
        }
        Error::Input { .. } => "InputError",
        Error::Cancelled => "CancelledError",
        Error::OutOfMemory { bytes, .. } => {
            fields.set_item("bytes", bytes)?;
            "OutOfMemoryError"
        }
        Error::NotFinite { .. } => "NotFiniteError",
        Error::Internal { .. } => "InternalError",
        // A kind that these bindings do not know yet is still an error of moesaic.
        _ => "Error",
    };
    let exception = py.import("moesaic._errors")?.getattr(class)?.call1((error.to_string(),))?;
    for (name, value) in fields {
        exception.setattr(name.cast::<pyo3::types::PyString>()?, value)?;
    }
    Ok(PyErr::from_value(exception))
}
