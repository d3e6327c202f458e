//! What a model is and its forward pass: one description, one pass, every family.

mod attention;
mod cache;
pub mod config;
mod export;
mod families;
mod feed_forward;
mod fields;
mod fingerprint;
mod forward;
mod rope;
mod router;
mod weights;

pub use cache::Cache;
pub use config::Config;
pub(crate) use export::{export, Contents, ExportedTensor, RowOrder};
pub use router::ExpertChoice;

use crate::kernel::{default_threads, Arithmetic, CacheFormat, Compute, InstructionSet, Matrix};
use crate::setters::setters;
use crate::storage::{Access, Archive};
use crate::text::{ChatSource, ChatTemplate, Tokenizer};
use crate::{Error, Result};
use forward::{Onlooker, Scratch};
use rope::Rotation;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use weights::{AttentionWeights, FeedForwardWeights, LatentKeys, LatentQuery, Swiglu, Weights};

/// An opened model. Cheap to clone: clones share weights, tokenizer and threads.
#[derive(Clone, Debug)]
pub struct Model {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    config: Config,
    weights: Weights,
    rotation: Rotation,
    tokenizer: Option<Tokenizer>,
    chat: ChatSource,
    compute: Compute,
    /// Made when it is first asked for.
    fingerprint: OnceLock<u128>,
    /// Buffers of passes that are not running now.
    scratch: Mutex<Vec<Scratch>>,
}

/// How to open a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelOptions {
    /// Threads for the arithmetic; `None`: the cores that this process may use.
    pub threads: Option<usize>,
    /// Map or read the files.
    pub access: Access,
    /// Integer or float arithmetic for quantised weights.
    pub arithmetic: Arithmetic,
    /// Force an instruction set (for tests and bug reports).
    pub instruction_set: Option<InstructionSet>,
}

setters!(ModelOptions {
    with_threads: threads, Option<usize>;
    with_access: access, Access;
    with_arithmetic: arithmetic, Arithmetic;
    with_instruction_set: instruction_set, Option<InstructionSet>;
});

/// Which rows of logits a forward pass computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Logits {
    /// None (the cache is filled all the same).
    None,
    /// Of the last token.
    Last,
    /// Of every token.
    All,
}

/// One sequence's share of a forward pass.
#[derive(Debug)]
pub struct Step<'a> {
    /// Its cache; the tokens go behind what it holds.
    pub cache: &'a mut Cache,
    /// Its new tokens, at least one.
    pub tokens: &'a [u32],
    /// Which logits are wanted.
    pub logits: Logits,
}

/// Who wants to know which experts work: called in each layer that has experts, with the layer's index and for
/// each token of the pass, step after step, the experts chosen for it, best first.
pub type ExpertObserver<'a> = dyn FnMut(usize, &[Vec<ExpertChoice>]) + 'a;

/// What a pass costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cost {
    /// Bytes of weights and cache that it reads, each counted once.
    pub bytes: u64,
    /// Multiply-adds of its matrix products and its attention.
    pub multiply_adds: u64,
}

impl Model {
    /// Opens a model file or folder with default options; see [`Model::open_with`].
    ///
    /// # Errors
    /// As [`Model::open_with`].
    pub fn open(path: impl AsRef<Path>) -> Result<Model> {
        Model::open_with(path, &ModelOptions::default())
    }

    /// Opens a `.gguf` file (or the first of a split set) or a Hugging Face folder. Headers, norms,
    /// biases and the tokenizer are read; the weights stay in the file. With the feature `hub`, `hf:OWNER/REPO` and
    /// `hf:OWNER/REPO:FILE` are fetched first, if they are not in the cache.
    ///
    /// # Errors
    /// If a file cannot be opened or is malformed, the family is unknown, a tensor is missing, of the
    /// wrong shape or of an unsupported type, or an option cannot be met.
    pub fn open_with(path: impl AsRef<Path>, options: &ModelOptions) -> Result<Model> {
        Model::from_archive(&Archive::open(path.as_ref(), options.access)?, options)
    }

    /// The model of an archive that is open already, for callers that have its bytes at hand
    /// ([`Archive::from_source`]). `options.access` has no effect any more.
    ///
    /// # Errors
    /// As [`Model::open_with`].
    pub fn from_archive(archive: &Archive, options: &ModelOptions) -> Result<Model> {
        let (family, config) = families::describe(archive)?;
        let weights = Weights::load(archive, family, &config)?;
        let rotation = Rotation::new(&config.rope, weights.rope_factors.as_deref());
        let tokenizer = Tokenizer::from_archive(archive)?;
        let threads = options.threads.unwrap_or_else(default_threads);
        let compute = Compute::new(threads, options.instruction_set, options.arithmetic)?;
        let scratch = Mutex::new(Vec::new());
        let path = archive.path.clone();
        let chat = ChatSource::new(archive);
        let fingerprint = OnceLock::new();
        let inner = Inner { path, config, weights, rotation, tokenizer, chat, compute, fingerprint, scratch };
        Ok(Model { inner: Arc::new(inner) })
    }

    /// What the model is.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// What the model computes with.
    #[doc(hidden)]
    pub fn compute(&self) -> &Compute {
        &self.inner.compute
    }

    /// The file's tokenizer.
    ///
    /// # Errors
    /// If the file carries none.
    pub fn tokenizer(&self) -> Result<&Tokenizer> {
        self.inner.tokenizer.as_ref().ok_or_else(|| Error::Unsupported {
            path: self.inner.path.clone(),
            what: "carries no tokenizer; give tokens instead of text, or a file with one".into(),
        })
    }

    /// The file's chat template: how a conversation becomes a prompt.
    ///
    /// # Errors
    /// If the file carries none, or no tokenizer, or it cannot be read.
    pub fn chat_template(&self) -> Result<ChatTemplate> {
        self.inner.chat.read(self.tokenizer()?)
    }

    /// The number of entries of a row of logits. A tokenizer may know fewer tokens.
    pub fn vocabulary_size(&self) -> usize {
        self.inner.config.vocabulary_size
    }

    /// How many threads compute, the calling one included.
    pub fn threads(&self) -> usize {
        self.inner.compute.team().threads()
    }

    /// The kernels in use.
    pub fn instruction_set(&self) -> InstructionSet {
        self.inner.compute.instruction_set()
    }

    /// The longest context that the model was made for, in tokens.
    pub fn context_length(&self) -> usize {
        self.inner.config.context_length
    }

    /// The cache for one sequence of up to `capacity` tokens. Memory is reserved now and taken as it
    /// fills.
    ///
    /// # Errors
    /// If the capacity is zero, above the model's context, or more than memory can be reserved.
    pub fn cache(&self, capacity: usize) -> Result<Cache> {
        if capacity == 0 || capacity > self.context_length() {
            return Err(Error::input(format!(
                "a context of {capacity} tokens cannot be: this model takes 1 to {}",
                self.context_length()
            )));
        }
        Cache::new(&self.inner.config, capacity, self.cache_format())
    }

    /// The memory that the cache of a sequence of `capacity` tokens takes when it is full, in bytes.
    pub fn cache_bytes(&self, capacity: usize) -> u64 {
        u64::try_from(cache::bytes(&self.inner.config, capacity, self.cache_format())).unwrap_or(u64::MAX)
    }

    /// What tells this model from others, of the same form too. Reads some rows of its weights the first time.
    pub(crate) fn fingerprint(&self) -> u128 {
        let Inner { config, weights, fingerprint, .. } = &*self.inner;
        *fingerprint.get_or_init(|| fingerprint::fingerprint(config, weights))
    }

    /// How its caches hold their values.
    pub(crate) fn cache_format(&self) -> CacheFormat {
        match self.inner.compute.arithmetic() {
            Arithmetic::Float32 => CacheFormat::F32,
            _ => CacheFormat::F16,
        }
    }

    /// Runs new tokens of one or several sequences through the model in one pass: weights are read once.
    /// Returns the rows of logits asked for, step after step, `[rows, vocabulary]` in row-major order.
    /// `cancelled` is asked between layers.
    ///
    /// # Errors
    /// For no tokens, a token past the vocabulary, a full cache or one of another model, router logits
    /// that are not finite, or when cancelled. The caches are as before then.
    pub fn forward(&self, steps: &mut [Step<'_>], cancelled: &dyn Fn() -> bool) -> Result<Vec<f32>> {
        self.run(steps, Onlooker { cancelled, experts: None })
    }

    /// Like [`forward`](Self::forward), and tells `observer` which experts work.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn forward_observed(
        &self,
        steps: &mut [Step<'_>],
        cancelled: &dyn Fn() -> bool,
        observer: &mut ExpertObserver<'_>,
    ) -> Result<Vec<f32>> {
        self.run(steps, Onlooker { cancelled, experts: Some(observer) })
    }

    fn run(&self, steps: &mut [Step<'_>], onlooker: Onlooker<'_, '_>) -> Result<Vec<f32>> {
        let Inner { config, weights, rotation, compute, scratch, .. } = &*self.inner;
        for step in &*steps {
            self.check(step)?;
        }
        let mut buffers = scratch.lock().map(|mut pool| pool.pop()).ok().flatten().unwrap_or_default();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            forward::forward(config, weights, compute, rotation, steps, onlooker, &mut buffers)
        }));
        let outcome = outcome.unwrap_or_else(|panic| {
            let message = panic.downcast_ref::<String>().map(String::as_str);
            let message = message.or(panic.downcast_ref::<&str>().copied());
            Err(Error::Internal { what: message.unwrap_or("a panic in the forward pass").into() })
        });
        match &outcome {
            Ok(_) => steps.iter_mut().for_each(|step| step.cache.advance(step.tokens.len())),
            // Cuts off what the layers before the error appended.
            Err(_) => steps.iter_mut().for_each(|step| step.cache.truncate(step.cache.len())),
        }
        if let Ok(mut pool) = scratch.lock() {
            pool.push(buffers);
        }
        outcome
    }

    fn check(&self, step: &Step<'_>) -> Result<()> {
        let config = &self.inner.config;
        if step.tokens.is_empty() {
            return Err(Error::input("a step needs at least one token"));
        }
        if let Some(token) = step.tokens.iter().find(|token| **token as usize >= config.vocabulary_size) {
            let last = config.vocabulary_size - 1;
            return Err(Error::input(format!("token {token} is past the vocabulary, whose last is {last}")));
        }
        let (held, new, capacity) = (step.cache.len(), step.tokens.len(), step.cache.capacity());
        if new > capacity - held {
            return Err(Error::input(format!(
                "{new} tokens do not fit a context of {capacity} that holds {held}; ask for a longer context or give fewer"
            )));
        }
        if !step.cache.fits(config) || step.cache.format() != self.cache_format() {
            return Err(Error::input("the cache was made for another model"));
        }
        Ok(())
    }

    /// What one pass costs that takes `tokens` new tokens of each of `sequences` sequences, behind `depth`
    /// earlier ones, and gives the logits of their last tokens.
    ///
    /// Which experts the tokens share cannot be known before: counted is what is to be expected if every
    /// expert is chosen equally often, which makes the bytes an estimate for more than one token.
    pub fn cost(&self, depth: usize, sequences: usize, tokens: usize) -> Cost {
        let Inner { config, weights, .. } = &*self.inner;
        let new = (sequences * tokens) as f64;
        let mut bytes = 0.0;
        let mut multiply_adds = 0.0;
        // A matrix of which the share `read` is read and that works on `rows` rows of activations.
        let mut add = |matrix: &Matrix, read: f64, rows: f64| {
            bytes += matrix.size() as f64 * read;
            multiply_adds += matrix.rows() as f64 * matrix.columns() as f64 * rows;
        };
        add(&weights.output, 1.0, sequences as f64);
        // The first new token sees `depth + 1` positions, the last `depth + tokens`; fewer through a window.
        let mean_positions = depth as f64 + (tokens as f64 + 1.0) / 2.0;
        let mut attention_products = 0.0;
        let mut cached = 0;
        for (layer, weights) in config.layers.iter().zip(&weights.layers) {
            for_each_matrix(&weights.attention, &mut |matrix| add(matrix, 1.0, new));
            match &weights.feed_forward {
                FeedForwardWeights::Dense(swiglu) => swiglu.for_each(&mut |matrix| add(matrix, 1.0, new)),
                FeedForwardWeights::Experts { router, experts, shared, shared_gate, .. } => {
                    let used = match &layer.feed_forward {
                        config::FeedForward::Experts(description) => description.used,
                        config::FeedForward::Dense { .. } => 0,
                    };
                    let share = used as f64 / experts.len() as f64;
                    let read = 1.0 - (1.0 - share).powf(new);
                    add(&router.weights, 1.0, new);
                    shared.iter().for_each(|shared| shared.for_each(&mut |matrix| add(matrix, 1.0, new)));
                    shared_gate.iter().for_each(|gate| add(gate, 1.0, new));
                    experts
                        .iter()
                        .for_each(|expert| expert.for_each(&mut |matrix| add(matrix, read, share * new)));
                }
            }
            let (products, window) = match &layer.attention {
                config::Attention::Grouped(grouped) => {
                    (2 * grouped.heads * grouped.head_length, grouped.window.unwrap_or(usize::MAX))
                }
                config::Attention::Latent(latent) => {
                    (latent.heads * (2 * latent.latent_length + latent.rope_length), usize::MAX)
                }
            };
            attention_products += products as f64 * mean_positions.min(window as f64);
            cached += cache::layer_bytes(&layer.attention, depth.min(window - 1), self.cache_format());
        }
        bytes += cached as f64 * sequences as f64;
        multiply_adds += attention_products * new;
        Cost { bytes: bytes as u64, multiply_adds: multiply_adds as u64 }
    }

    /// Parameters of the model: all, and those that work on one token.
    pub fn parameters(&self) -> (u64, u64) {
        let Inner { config, weights, .. } = &*self.inner;
        let size = |matrix: &Matrix| matrix.rows() as u64 * matrix.columns() as u64;
        let (mut all, mut active) = (0, 0);
        all += size(&weights.embedding) + weights.output_norm.len() as u64;
        if !weights.embedding.is_same(&weights.output) {
            all += size(&weights.output);
        }
        for (layer, weights) in config.layers.iter().zip(&weights.layers) {
            all += (weights.attention_norm.len() + weights.feed_forward_norm.len()) as u64;
            for_each_matrix(&weights.attention, &mut |matrix| all += size(matrix));
            match &weights.feed_forward {
                FeedForwardWeights::Dense(swiglu) => swiglu.for_each(&mut |matrix| all += size(matrix)),
                FeedForwardWeights::Experts { router, experts, shared, shared_gate, .. } => {
                    all += size(&router.weights);
                    shared.iter().for_each(|shared| shared.for_each(&mut |matrix| all += size(matrix)));
                    shared_gate.iter().for_each(|gate| all += size(gate));
                    let mut in_experts = 0;
                    for expert in experts {
                        expert.for_each(&mut |matrix| in_experts += size(matrix));
                    }
                    all += in_experts;
                    if let config::FeedForward::Experts(description) = &layer.feed_forward {
                        active -= (in_experts / experts.len() as u64
                            * (experts.len() - description.used) as u64)
                            as i64;
                    }
                }
            }
        }
        (all, (all as i64 + active) as u64)
    }
}

fn for_each_matrix<'a>(attention: &'a AttentionWeights, visit: &mut dyn FnMut(&'a Matrix)) {
    match attention {
        AttentionWeights::Grouped { query, key, value, output, .. } => {
            [query, key, value, output].into_iter().for_each(|linear| visit(&linear.weights));
        }
        AttentionWeights::Latent { query, latent, keys, values, output, .. } => {
            match query {
                LatentQuery::Full(query) => visit(&query.weights),
                LatentQuery::LowRank { down, up, .. } => {
                    visit(&down.weights);
                    visit(&up.weights);
                }
            }
            visit(&latent.weights);
            let (LatentKeys::Projection(keys) | LatentKeys::Absorbed(keys)) = keys;
            keys.iter().chain(values).for_each(&mut *visit);
            visit(&output.weights);
        }
    }
}

impl Swiglu {
    fn for_each<'a>(&'a self, visit: &mut dyn FnMut(&'a Matrix)) {
        [&self.gate, &self.up, &self.down].into_iter().for_each(|linear| visit(&linear.weights));
    }
}
