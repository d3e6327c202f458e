//! `moesaic.Tokenizer`.

use crate::convert::{not_picklable, tokens};
use crate::error::raise;
use crate::resource::Resource;
use pyo3::prelude::*;

/// Turns text into tokens and back. A model has one as `model.tokenizer`.
#[pyclass(frozen, module = "moesaic")]
pub struct Tokenizer {
    /// Known to have a tokenizer.
    model: Resource<moesaic::Model>,
}

impl Tokenizer {
    /// The tokenizer of a model, which it keeps alive.
    pub fn new(model: moesaic::Model) -> PyResult<Tokenizer> {
        model.tokenizer().map_err(raise)?;
        Ok(Tokenizer { model: Resource::new("tokenizer", model) })
    }

    fn with<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&moesaic::text::Tokenizer) -> moesaic::Result<R> + Send,
    ) -> PyResult<R> {
        let model = self.model.shared()?;
        py.detach(|| model.tokenizer().and_then(work)).map_err(raise)
    }
}

#[pymethods]
impl Tokenizer {
    /// The tokens of a text.
    ///
    /// add_special: put the beginning-of-text token (and end-of-text token) where the model wants them.
    /// parse_special: text such as `<|im_start|>` becomes its control token; leave it off for text from strangers.
    #[pyo3(signature = (text, *, add_special=true, parse_special=false))]
    fn encode(
        &self,
        py: Python<'_>,
        text: &str,
        add_special: bool,
        parse_special: bool,
    ) -> PyResult<Vec<u32>> {
        self.with(py, |tokenizer| tokenizer.encode(text, add_special, parse_special))
    }

    /// The text of tokens; bytes that are not UTF-8 become U+FFFD. Control tokens give nothing unless `special`.
    #[pyo3(signature = (tokens, *, special=false))]
    fn decode(&self, py: Python<'_>, tokens: &Bound<'_, PyAny>, special: bool) -> PyResult<String> {
        let tokens = self::tokens(tokens)?;
        self.with(py, |tokenizer| tokenizer.decode(&tokens, special))
    }

    /// The bytes that a token stands for. Control tokens give nothing unless `special`.
    #[pyo3(signature = (token, *, special=false))]
    fn token_bytes(
        &self,
        py: Python<'_>,
        token: u32,
        special: bool,
    ) -> PyResult<std::borrow::Cow<'static, [u8]>> {
        self.with(py, |tokenizer| tokenizer.token_bytes(token, special)).map(Into::into)
    }

    /// Whether generation ends with this token.
    fn is_end(&self, py: Python<'_>, token: u32) -> PyResult<bool> {
        self.with(py, |tokenizer| Ok(tokenizer.is_end(token)))
    }

    /// How many tokens it knows.
    #[getter]
    fn vocabulary_size(&self, py: Python<'_>) -> PyResult<usize> {
        self.with(py, |tokenizer| Ok(tokenizer.vocabulary_size()))
    }

    /// The beginning-of-text token.
    #[getter]
    fn bos(&self, py: Python<'_>) -> PyResult<Option<u32>> {
        self.with(py, |tokenizer| Ok(tokenizer.bos()))
    }

    /// The end-of-text token.
    #[getter]
    fn eos(&self, py: Python<'_>) -> PyResult<Option<u32>> {
        self.with(py, |tokenizer| Ok(tokenizer.eos()))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<moesaic.Tokenizer vocabulary_size={}>", self.vocabulary_size(py)?))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_picklable("Tokenizer", "open its model in the other process"))
    }
}
