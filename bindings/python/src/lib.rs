//! The native half of the Python package `moesaic`: a thin layer over the crate's public API.
//!
//! What is told in Python terms stands in `python/moesaic`: the exceptions (`_errors.py`), asynchronous
//! generation, and the type stubs, whose tests hold them against this file. Everything that computes runs
//! without the interpreter's lock.

#![warn(missing_docs)]
#![deny(unsafe_code)]

mod chat;
mod convert;
mod error;
mod generation;
mod interrupt;
mod model;
mod options;
mod resource;
mod session;
mod tokenizer;

use pyo3::prelude::*;

/// The native half of `moesaic`; import that.
#[pymodule]
mod _moesaic {
    use pyo3::prelude::*;
    use std::ffi::OsString;

    #[pymodule_export]
    use crate::generation::Generation;
    #[pymodule_export]
    use crate::interrupt::CancelToken;
    #[pymodule_export]
    use crate::model::Model;
    #[pymodule_export]
    use crate::session::Session;
    #[pymodule_export]
    use crate::tokenizer::Tokenizer;

    /// The version of the library.
    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    /// The command-line tool with these arguments, the program's name first; its exit status.
    #[pyfunction]
    fn main(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
        py.detach(|| moesaic::cli::run(arguments))
    }

    /// Raises what a defect of the library raises: there is no other way to see it.
    #[pyfunction]
    fn _raise_internal(what: String) -> PyResult<()> {
        Err(crate::error::raise(moesaic::Error::Internal { what }))
    }
}
