//! `moesaic.Model`.

use crate::chat;
use crate::convert::{not_picklable, Prompt};
use crate::error::{raise, refuse};
use crate::interrupt::{CancelToken, Watch};
use crate::options::generate_options;
use crate::resource::Resource;
use crate::session::Session;
use crate::tokenizer::Tokenizer;
use moesaic::text::ChatOptions;
use moesaic::{Access, Arithmetic, CacheFormat, InstructionSet, ModelOptions, SessionOptions};
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use std::path::PathBuf;

/// An opened model.
///
/// path: a `.gguf` file (or the first of a split set) or a Hugging Face folder. It is mapped, not copied, and
/// must not change while the model is open; `read=True` reads it into memory instead.
/// threads: for the arithmetic; by default the cores that this process may use.
/// arithmetic: "int8" is fast, "float32" slow and exact.
/// instruction_set: "scalar", "avx2", "avx512" or "amx"; by default the best that the CPU has.
/// cache: how keys and values are kept, "f32", "f16", "int16" or "q8_0"; by default in 16 bits as suits the weights, or in
/// 32 with "float32". "q8_0" takes half of 16 bits, loses something (with some models much) and is slower
/// where contexts are long.
///
/// A model may be used from several threads at once; each needs a session of its own. It cannot be used in a
/// forked child, which gets an `InputError`: open it there, or start processes by "spawn".
#[pyclass(frozen, module = "moesaic")]
pub struct Model {
    model: Resource<moesaic::Model>,
}

impl Model {
    fn open(
        py: Python<'_>,
        options: ModelOptions,
        open: impl FnOnce(&ModelOptions) -> moesaic::Result<moesaic::Model> + Send,
    ) -> PyResult<Model> {
        let model = py.detach(|| open(&options)).map_err(raise)?;
        Ok(Model { model: Resource::new("model", model) })
    }
}

/// The one of `all` that has this name, if one is given.
fn named<T: Copy>(
    what: &str,
    name: Option<&str>,
    all: &[T],
    name_of: impl Fn(T) -> &'static str,
) -> PyResult<Option<T>> {
    let Some(name) = name else { return Ok(None) };
    let found = all.iter().copied().find(|&one| name_of(one) == name);
    found.map(Some).ok_or_else(|| {
        let names = all.iter().map(|&one| name_of(one)).collect::<Vec<_>>().join(", ");
        refuse(format!("the {what} is {name:?}, which is none of {names}"))
    })
}

fn options(
    threads: Option<usize>,
    arithmetic: &str,
    instruction_set: Option<&str>,
    cache: Option<&str>,
    read: bool,
) -> PyResult<ModelOptions> {
    let mut options = ModelOptions::default();
    options.threads = threads;
    options.arithmetic = match arithmetic {
        "int8" => Arithmetic::Int8,
        "float32" => Arithmetic::Float32,
        other => {
            return Err(refuse(format!("the arithmetic is {other:?}: it must be \"int8\" or \"float32\"")))
        }
    };
    let (sets, forms) = (InstructionSet::ALL, CacheFormat::ALL);
    options.instruction_set = named("instruction set", instruction_set, &sets, InstructionSet::name)?;
    options.cache = named("cache", cache, &forms, CacheFormat::name)?;
    options.access = if read { Access::Read } else { Access::Map };
    Ok(options)
}

impl Model {
    /// The model itself.
    pub fn shared(&self) -> PyResult<moesaic::Model> {
        self.model.shared()
    }
}

#[pymethods]
impl Model {
    #[new]
    #[pyo3(signature = (path, *, threads=None, arithmetic="int8", instruction_set=None, cache=None, read=false))]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        threads: Option<usize>,
        arithmetic: &str,
        instruction_set: Option<&str>,
        cache: Option<&str>,
        read: bool,
    ) -> PyResult<Model> {
        let options = options(threads, arithmetic, instruction_set, cache, read)?;
        Model::open(py, options, |options| moesaic::Model::open_with(path, options))
    }

    /// The model in the box: a small one that tells short stories. The options are those of `Model`.
    #[staticmethod]
    #[pyo3(signature = (*, threads=None, arithmetic="int8", instruction_set=None, cache=None))]
    fn stories(
        py: Python<'_>,
        threads: Option<usize>,
        arithmetic: &str,
        instruction_set: Option<&str>,
        cache: Option<&str>,
    ) -> PyResult<Model> {
        let options = options(threads, arithmetic, instruction_set, cache, false)?;
        Model::open(py, options, moesaic::stories::open)
    }

    /// A model by its name: a folder or file, or `hf:OWNER/REPO` or `hf:OWNER/REPO:FILE`, which is fetched from Hugging
    /// Face's hub as far as it is not in the cache (`HF_HOME`, `HF_TOKEN`, `HF_ENDPOINT` and `HF_HUB_OFFLINE` count).
    /// The options are those of `Model`.
    #[staticmethod]
    #[pyo3(signature = (name, *, threads=None, arithmetic="int8", instruction_set=None, cache=None, read=false))]
    fn from_pretrained(
        py: Python<'_>,
        name: PathBuf,
        threads: Option<usize>,
        arithmetic: &str,
        instruction_set: Option<&str>,
        cache: Option<&str>,
        read: bool,
    ) -> PyResult<Model> {
        Model::new(py, name, threads, arithmetic, instruction_set, cache, read)
    }

    /// Start an empty session: a sequence of tokens with its cache.
    ///
    /// context: how many tokens it holds; by default 4,096, or less if the model was made for less.
    #[pyo3(signature = (*, context=None))]
    fn session(&self, py: Python<'_>, context: Option<usize>) -> PyResult<Session> {
        let model = self.model.shared()?;
        py.detach(|| Session::open(context, |options| model.session(options)))
    }

    /// The session that `Session.save` wrote to a file, which goes on as the saved one would: bit for bit, with the
    /// same instruction set.
    ///
    /// context: how many tokens it holds; by default as many as the saved one.
    /// The file is treated as hostile. It is refused with an `InputError` if it was saved with another model or
    /// another arithmetic, and with a `MalformedError` if it is damaged.
    #[pyo3(signature = (path, *, context=None))]
    fn restore_session(&self, py: Python<'_>, path: PathBuf, context: Option<usize>) -> PyResult<Session> {
        let model = self.model.shared()?;
        py.detach(|| Session::open(context, |options| model.restore_session(&path, options)))
    }

    /// The text of a conversation, by the chat template in the model's files: everything that the model wants before
    /// its answer.
    ///
    /// messages: dicts with "role" and "content", and whatever else the template reads, as `transformers` takes them.
    /// add_generation_prompt: end with what begins the model's answer.
    /// tools: descriptions of the functions that the model may call, as JSON schemas.
    /// documents: texts for models that answer from documents.
    /// template: the name of a template, where the model has several.
    /// Further keywords are variables of the template, such as `enable_thinking=False`.
    ///
    /// The text begins with the beginning-of-text token if the model wants one: encode it with `add_special=False,
    /// parse_special=True`, and give the tokens to `Session.generate`.
    #[pyo3(signature = (messages, *, add_generation_prompt=true, tools=None, documents=None, template=None, **variables))]
    #[allow(clippy::too_many_arguments)]
    fn apply_chat_template(
        &self,
        py: Python<'_>,
        messages: &Bound<'_, PyAny>,
        add_generation_prompt: bool,
        tools: Option<&Bound<'_, PyAny>>,
        documents: Option<&Bound<'_, PyAny>>,
        template: Option<String>,
        variables: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<String> {
        let mut options = ChatOptions::default();
        options.add_generation_prompt = add_generation_prompt;
        options.tools = tools.map(|tools| chat::list(tools, "tools")).transpose()?;
        options.documents = documents.map(|documents| chat::list(documents, "documents")).transpose()?;
        options.template = template;
        if let Some(variables) = variables {
            options.variables = chat::object(variables, "variables")?;
        }
        chat::render(py, &self.model.shared()?, messages, &options)
    }

    /// The names of the model's chat templates: one alone is called "default". Empty if it has none, because it is one
    /// that continues texts.
    #[getter]
    fn chat_templates(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let model = self.model.shared()?;
        match py.detach(|| model.chat_template()) {
            Ok(template) => Ok(template.names().map(String::from).collect()),
            Err(moesaic::Error::Unsupported { .. }) => Ok(Vec::new()),
            Err(error) => Err(raise(error)),
        }
    }

    /// The text that follows a prompt, or the texts that follow several: all of these in one pass through the
    /// model a token, which is much faster than one after the other. Text `i` has the seed `seed + i`.
    ///
    /// context: how many tokens each text may have, its prompt included. The options are those of
    /// `Session.generate`.
    #[pyo3(signature = (prompts, *, context=None, **options))]
    fn generate<'py>(
        &self,
        py: Python<'py>,
        prompts: &Bound<'py, PyAny>,
        context: Option<usize>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (options, watch) = generate_options(options)?;
        let one = prompts.extract::<String>().is_ok();
        let prompts: Vec<Prompt> = if one {
            vec![Prompt::extract(prompts)?]
        } else {
            prompts.try_iter()?.map(|prompt| Prompt::extract(&prompt?)).collect::<PyResult<_>>()?
        };
        let model = self.model.shared()?;
        let texts = py.detach(|| -> moesaic::Result<Vec<String>> {
            let mut session = SessionOptions::default();
            session.context = context;
            let prompts = prompts
                .into_iter()
                .map(|prompt| match prompt {
                    Prompt::Text(text) => model.encode_prompt(&text, options.parse_special),
                    Prompt::Tokens(tokens) => Ok(tokens),
                })
                .collect::<moesaic::Result<Vec<Vec<u32>>>>()?;
            let batch = model.generate_batch_from(&prompts, &session, &options)?;
            let mut texts = vec![String::new(); batch.len()];
            for piece in batch {
                let (index, piece) = piece?;
                texts[index] += &piece;
            }
            Ok(texts)
        });
        let mut texts = watch.outcome(texts.map_err(raise))?;
        match texts.pop() {
            Some(text) if one => Ok(text.into_pyobject(py)?.into_any()),
            last => {
                texts.extend(last);
                Ok(PyList::new(py, texts)?.into_any())
            }
        }
    }

    /// The natural logarithm of the probability of each token but the first, given those before it: float64
    /// `[tokens - 1]`. `text` may be tokens, too.
    #[pyo3(signature = (text, *, cancel=None))]
    fn logprobs<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        cancel: Option<&Bound<'py, CancelToken>>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let text = Prompt::extract(text)?;
        let watch = Watch::new(cancel.map(|cancel| cancel.get()));
        let model = self.model.shared()?;
        let found = py.detach(|| {
            let tokens = match text {
                Prompt::Text(text) => model.tokenizer()?.encode(&text, true, false)?,
                Prompt::Tokens(tokens) => tokens,
            };
            model.log_probabilities(&tokens, watch.token())
        });
        Ok(watch.outcome(found.map_err(raise))?.into_pyarray(py))
    }

    /// How well the model predicts a text, over the same windows as llama-perplexity: in each window of `window`
    /// tokens, those of the second half are predicted from all before them.
    #[pyo3(signature = (text, *, window=512, cancel=None))]
    fn perplexity(
        &self,
        py: Python<'_>,
        text: &str,
        window: usize,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<f64> {
        let watch = Watch::new(cancel.map(|cancel| cancel.get()));
        let model = self.model.shared()?;
        let found = py.detach(|| model.perplexity(text, window, watch.token(), |_, _, _| ()));
        Ok(watch.outcome(found.map_err(raise))?.perplexity)
    }

    /// The file's tokenizer.
    #[getter]
    fn tokenizer(&self) -> PyResult<Tokenizer> {
        Tokenizer::new(self.model.shared()?)
    }

    /// The family's name, as GGUF's `general.architecture` says it.
    #[getter]
    fn family(&self) -> PyResult<&'static str> {
        Ok(self.model.shared()?.config().family)
    }

    /// The model's own name, if its file carries one.
    #[getter]
    fn name(&self) -> PyResult<Option<String>> {
        Ok(self.model.shared()?.config().name.clone())
    }

    /// The number of entries of a row of logits.
    #[getter]
    fn vocabulary_size(&self) -> PyResult<usize> {
        Ok(self.model.shared()?.vocabulary_size())
    }

    /// The longest context that the model was made for, in tokens.
    #[getter]
    fn context_length(&self) -> PyResult<usize> {
        Ok(self.model.shared()?.context_length())
    }

    /// The number of parameters: all, and those that work on one token.
    #[getter]
    fn parameters(&self) -> PyResult<(u64, u64)> {
        Ok(self.model.shared()?.parameters())
    }

    /// How many threads work.
    #[getter]
    fn threads(&self) -> PyResult<usize> {
        Ok(self.model.shared()?.threads())
    }

    /// The kernels in use: "scalar", "avx2", "avx512" or "amx".
    #[getter]
    fn instruction_set(&self) -> PyResult<&'static str> {
        Ok(self.model.shared()?.instruction_set().name())
    }

    /// The memory that a session's cache takes when it is full, in bytes.
    fn cache_bytes(&self, context: usize) -> PyResult<u64> {
        Ok(self.model.shared()?.cache_bytes(context))
    }

    /// Let go of the model now. Sessions that were started keep what they need of it.
    fn close(&self) -> PyResult<()> {
        self.model.close()
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
        match self.model.shared() {
            Ok(model) => format!(
                "<moesaic.Model family='{}' vocabulary_size={} context_length={}>",
                model.config().family,
                model.vocabulary_size(),
                model.context_length()
            ),
            Err(_) => "<moesaic.Model closed>".into(),
        }
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_picklable("Model", "open the file again in the other process"))
    }
}
