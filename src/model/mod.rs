//! What a model is and its forward pass: one description, one pass, every family.

mod attention;
mod cache;
pub mod config;
mod embedding;
mod export;
mod families;
mod feed_forward;
mod fields;
mod fingerprint;
mod forward;
mod latent_attention;
mod memory;
mod rope;
mod router;
mod weights;

pub use cache::Cache;
pub use config::Config;
pub use embedding::Pooling;
pub(crate) use export::{export, Contents, ExportedTensor, RowOrder};
pub use memory::{AvailableMemory, MemoryNeed};
pub use router::ExpertChoice;

use crate::kernel::{default_threads, Arithmetic, CacheFormat, Compute, InstructionSet, Matrix};
use crate::quant::Format;
use crate::setters::setters;
use crate::storage::{Access, Archive};
use crate::text::{ChatSource, ChatTemplate, Tokenizer};
use crate::{Error, Result};
use config::Layer;
use forward::{Network, Onlooker, Scratch};
use rope::Rotation;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use weights::{
    AttentionWeights, FeedForwardWeights, LatentKeys, LatentQuery, LayerWeights, PredictionWeights, Swiglu,
    Weights,
};

/// An opened model. Cheap to clone: clones share weights, tokenizer and threads.
#[derive(Clone, Debug)]
pub struct Model {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    config: Config,
    pooling: Option<Pooling>,
    weights: Weights,
    rotation: Rotation,
    tokenizer: Option<Tokenizer>,
    chat: ChatSource,
    compute: Compute,
    /// As it was asked for.
    cache: Option<CacheFormat>,
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
    /// How keys and values are kept; `None`: as suits the weights, in 16 bits, or in 32 with `Arithmetic::Float32`.
    /// [`CacheFormat::Q8_0`] takes half of that, and attention to long contexts is slower. What it loses depends on the
    /// model: where some values of keys are much larger than others it is a lot (perplexity of Qwen2.5-Coder-0.5B-Instruct
    /// 5.31 -> 5.74, of the model in the box by 0.3 %); `moesaic perplexity --cache q8_0` tells.
    pub cache: Option<CacheFormat>,
    /// Load the layer that predicts the token after the next one too ([`Model::predict`]). It takes memory like
    /// any other; without it its tensors are left alone.
    pub prediction: bool,
}

setters!(ModelOptions {
    with_threads: threads, Option<usize>;
    with_access: access, Access;
    with_arithmetic: arithmetic, Arithmetic;
    with_instruction_set: instruction_set, Option<InstructionSet>;
    with_cache: cache, Option<CacheFormat>;
    with_prediction: prediction, bool;
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

/// One sequence's share of a prediction of the tokens after the next ones; see [`Model::predict`].
#[derive(Debug)]
pub struct PredictionStep<'a> {
    /// Its cache ([`Model::prediction_cache`]); the rows go behind what it holds.
    pub cache: &'a mut Cache,
    /// The hidden states of consecutive tokens, `[tokens, embedding]`.
    pub hidden: &'a [f32],
    /// For each of them the token that follows it.
    pub tokens: &'a [u32],
    /// Which logits are wanted.
    pub logits: Logits,
}

/// What a pass gives.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Outputs {
    /// The rows of logits asked for, step after step, `[rows, vocabulary]`.
    pub logits: Vec<f32>,
    /// Of every token, step after step, what its logits are a projection of: the last layer's output, normed,
    /// `[tokens, embedding]`.
    pub hidden: Vec<f32>,
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
        if let Some(format) = options.cache {
            cache::check(&config.layers, format)?;
        }
        let weights = Weights::load(archive, family, &config, options.prediction)?;
        let rotation = Rotation::new(&config.rope, weights.rope_factors.as_deref());
        let tokenizer = Tokenizer::from_archive(archive)?;
        let threads = options.threads.unwrap_or_else(default_threads);
        let compute = Compute::new(threads, options.instruction_set, options.arithmetic)?;
        let scratch = Mutex::new(Vec::new());
        let path = archive.path.clone();
        let chat = ChatSource::new(archive);
        let pooling = Pooling::of(archive);
        let fingerprint = OnceLock::new();
        let inner = Inner {
            path,
            config,
            pooling,
            weights,
            rotation,
            tokenizer,
            chat,
            compute,
            cache: options.cache,
            fingerprint,
            scratch,
        };
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
        self.cache_of(&self.inner.config.layers, capacity)
    }

    fn cache_of(&self, layers: &[Layer], capacity: usize) -> Result<Cache> {
        if capacity == 0 || capacity > self.context_length() {
            return Err(Error::input(format!(
                "a context of {capacity} tokens cannot be: this model takes 1 to {}",
                self.context_length()
            )));
        }
        Cache::new(layers, capacity, self.cache_format())
    }

    /// The memory that the cache of a sequence of `capacity` tokens takes when it is full, in bytes.
    pub fn cache_bytes(&self, capacity: usize) -> u64 {
        u64::try_from(cache::bytes(&self.inner.config.layers, capacity, self.cache_format()))
            .unwrap_or(u64::MAX)
    }

    /// The memory that the model takes with one sequence of `context` tokens.
    pub fn memory(&self, context: usize) -> MemoryNeed {
        MemoryNeed { weights: self.inner.weights.size(), cache: self.cache_bytes(context) }
    }

    /// The longest context that one sequence can have in so much memory, in tokens, weights included: at most what
    /// the model was made for; 0 if not even the weights fit.
    pub fn longest_context(&self, available: u64) -> usize {
        // A longer cache never takes less, but layers with a window stop growing.
        let left = available.saturating_sub(self.inner.weights.size());
        let (mut fits, mut longer) = (0, self.context_length().saturating_add(1));
        while longer - fits > 1 {
            let middle = fits + (longer - fits) / 2;
            match self.cache_bytes(middle) <= left {
                true => fits = middle,
                false => longer = middle,
            }
        }
        fits
    }

    /// What tells this model from others, of the same form too. Reads some rows of its weights the first time.
    pub(crate) fn fingerprint(&self) -> u128 {
        let Inner { config, weights, fingerprint, .. } = &*self.inner;
        *fingerprint.get_or_init(|| fingerprint::fingerprint(config, weights))
    }

    /// How its caches hold their values.
    pub(crate) fn cache_format(&self) -> CacheFormat {
        if let Some(format) = self.inner.cache {
            return format;
        }
        match self.inner.compute.arithmetic() {
            Arithmetic::Float32 => CacheFormat::F32,
            // Integers' rounding is small beside that of weights with few bits, and the largest there is beside others.
            _ if self.inner.weights.layers.iter().all(LayerWeights::has_few_bits) => CacheFormat::Int16,
            _ => CacheFormat::F16,
        }
    }

    /// Runs new tokens of one or several sequences through the model in one pass: weights are read once.
    /// Returns the rows of logits asked for, step after step, `[rows, vocabulary]` in row-major order.
    /// `cancelled` is asked now and then, at least every few milliseconds and between layers.
    ///
    /// # Errors
    /// For no tokens, a token past the vocabulary, a full cache or one of another model, router logits
    /// that are not finite, or when cancelled. The caches are as before then.
    pub fn forward(&self, steps: &mut [Step<'_>], cancelled: &dyn Fn() -> bool) -> Result<Vec<f32>> {
        Ok(self.run(self.trunk(), steps, Onlooker { cancelled, experts: None }, false)?.logits)
    }

    /// Like [`forward`](Self::forward), and gives the hidden states, which [`predict`](Self::predict) takes.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn forward_with_hidden(
        &self,
        steps: &mut [Step<'_>],
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Outputs> {
        self.run(self.trunk(), steps, Onlooker { cancelled, experts: None }, true)
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
        Ok(self.run(self.trunk(), steps, Onlooker { cancelled, experts: Some(observer) }, false)?.logits)
    }

    /// Whether [`predict`](Self::predict) can be used: the file holds what predicts the token after the next one,
    /// and [`ModelOptions::prediction`] asked for it.
    pub fn can_predict(&self) -> bool {
        self.inner.weights.prediction.is_some()
    }

    /// The cache that [`predict`](Self::predict) needs for one sequence of up to `capacity` tokens, beside that of
    /// the model itself.
    ///
    /// # Errors
    /// As [`cache`](Self::cache), and if the model [cannot predict](Self::can_predict).
    pub fn prediction_cache(&self, capacity: usize) -> Result<Cache> {
        let (layer, _) = self.prediction()?;
        self.cache_of(std::slice::from_ref(layer), capacity)
    }

    /// Drafts: for each hidden state of a sequence and the token that follows it, the logits of the token after
    /// that one. The rows have to come in the sequence's order, from its first token on, since the layer that
    /// predicts attends to earlier rows.
    ///
    /// Hidden states are those of [`forward_with_hidden`](Self::forward_with_hidden). The ones that come out can go in
    /// again with the drafted token, for a guess at one token more (for which the layer was not trained).
    ///
    /// # Errors
    /// If the model [cannot predict](Self::can_predict), if there is not one hidden state for each token, and as
    /// [`forward`](Self::forward).
    pub fn predict(&self, steps: &mut [PredictionStep<'_>], cancelled: &dyn Fn() -> bool) -> Result<Outputs> {
        let (layer, weights) = self.prediction()?;
        let width = self.inner.config.embedding_length;
        if let Some(step) = steps.iter().find(|step| step.hidden.len() != step.tokens.len() * width) {
            return Err(Error::input(format!(
                "{} values are not the hidden states of {} tokens, which take {width} each",
                step.hidden.len(),
                step.tokens.len()
            )));
        }
        let hidden: Vec<f32> = steps.iter().flat_map(|step| step.hidden).copied().collect();
        let mut steps: Vec<Step<'_>> = steps
            .iter_mut()
            .map(|step| Step { cache: &mut *step.cache, tokens: step.tokens, logits: step.logits })
            .collect();
        let network = Network::prediction(layer, weights, &hidden);
        self.run(network, &mut steps, Onlooker { cancelled, experts: None }, true)
    }

    fn trunk(&self) -> Network<'_> {
        Network::trunk(&self.inner.config, &self.inner.weights)
    }

    /// What predicts the token after the next one.
    fn prediction(&self) -> Result<(&Layer, &PredictionWeights)> {
        let Inner { config, weights, .. } = &*self.inner;
        match (&config.prediction, &weights.prediction) {
            (Some(layer), Some(weights)) => Ok((layer, weights)),
            (Some(_), None) => Err(Error::input(
                "the layer that predicts further tokens was not loaded; open the model with the option `prediction`",
            )),
            (None, _) => Err(Error::input("this model holds no layer that predicts further tokens")),
        }
    }

    /// `wanted`: whether hidden states are.
    fn run(
        &self,
        network: Network<'_>,
        steps: &mut [Step<'_>],
        onlooker: Onlooker<'_, '_>,
        wanted: bool,
    ) -> Result<Outputs> {
        let Inner { config, rotation, compute, scratch, .. } = &*self.inner;
        for step in &*steps {
            self.check(network.layers, step)?;
        }
        for step in &mut *steps {
            step.cache.reserve(step.tokens.len())?;
        }
        let mut buffers = scratch.lock().map(|mut pool| pool.pop()).ok().flatten().unwrap_or_default();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            forward::forward(config, network, compute, rotation, steps, onlooker, wanted, &mut buffers)
        }));
        let outcome = outcome.unwrap_or_else(|panic| {
            let message = panic.downcast_ref::<String>().map(String::as_str);
            let message = message.or(panic.downcast_ref::<&str>().copied());
            Err(Error::Internal { what: message.unwrap_or("a panic in the forward pass").into() })
        });
        match &outcome {
            Ok(_) => steps.iter_mut().for_each(|step| step.cache.advance(step.tokens.len())),
            // Cuts off what the layers before the error appended.
            Err(_) => steps.iter_mut().for_each(|step| {
                step.cache.truncate(step.cache.len());
            }),
        }
        if let Ok(mut pool) = scratch.lock() {
            pool.push(buffers);
        }
        outcome
    }

    fn check(&self, layers: &[Layer], step: &Step<'_>) -> Result<()> {
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
        if !step.cache.fits(layers) || step.cache.format() != self.cache_format() {
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
        let mut expansion = 0.0;
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
                config::Attention::Latent(latent)
                    if latent_attention::expanding_pays(latent, depth, tokens) =>
                {
                    let expanded = latent.plain_length + latent.value_length;
                    // Of the new tokens' latents they count with the matrices.
                    expansion += (depth * latent.heads * latent.latent_length * expanded) as f64;
                    (latent.heads * (expanded + latent.rope_length), usize::MAX)
                }
                config::Attention::Latent(latent) => {
                    (latent.heads * (2 * latent.latent_length + latent.rope_length), usize::MAX)
                }
            };
            attention_products += products as f64 * mean_positions.min(window as f64);
            cached += cache::layer_bytes(&layer.attention, depth.min(window - 1), self.cache_format());
        }
        bytes += cached as f64 * sequences as f64;
        multiply_adds += attention_products * new + expansion * sequences as f64;
        Cost { bytes: bytes as u64, multiply_adds: multiply_adds as u64 }
    }

    /// Parameters of the model: all, and those that work on one token. A layer that predicts further tokens does
    /// not count.
    pub fn parameters(&self) -> (u64, u64) {
        let Inner { config, weights, .. } = &*self.inner;
        let size = |matrix: &Matrix| matrix.rows() as u64 * matrix.columns() as u64;
        let (mut all, mut idle) = (0, 0);
        all += size(&weights.embedding) + weights.output_norm.len() as u64;
        if !weights.embedding.is_same(&weights.output) {
            all += size(&weights.output);
        }
        for (layer, weights) in config.layers.iter().zip(&weights.layers) {
            all += (weights.attention_norm.len() + weights.feed_forward_norm.len()) as u64;
            weights.for_each_matrix(&mut |matrix| all += size(matrix));
            if let (FeedForwardWeights::Experts { experts, .. }, config::FeedForward::Experts(description)) =
                (&weights.feed_forward, &layer.feed_forward)
            {
                let mut in_experts = 0;
                experts.iter().for_each(|expert| expert.for_each(&mut |matrix| in_experts += size(matrix)));
                idle += in_experts / experts.len() as u64 * (experts.len() - description.used) as u64;
            }
        }
        (all, all - idle)
    }
}

impl Weights {
    /// The bytes of all matrices and norms, each counted once.
    fn size(&self) -> u64 {
        let mut bytes = 4 * self.output_norm.len() as u64;
        let mut add = |matrix: &Matrix| bytes += matrix.size() as u64;
        let mut tables = vec![&self.embedding, &self.output];
        let mut layers: Vec<&LayerWeights> = self.layers.iter().collect();
        if let Some(prediction) = &self.prediction {
            tables.extend([&prediction.embedding, &prediction.output]);
            add(&prediction.projection.weights);
            layers.push(&prediction.layer);
        }
        for (index, table) in tables.iter().enumerate() {
            if !tables[..index].iter().any(|other| table.is_same(other)) {
                add(table);
            }
        }
        for layer in layers {
            layer.for_each_matrix(&mut add);
        }
        bytes
    }
}

impl LayerWeights {
    /// Whether what comes of attention meets weights that were rounded to less than half-precision floats.
    fn has_few_bits(&self) -> bool {
        let (AttentionWeights::Grouped { output, .. } | AttentionWeights::Latent { output, .. }) =
            &self.attention;
        !matches!(output.weights.format(), Format::F32 | Format::F16)
    }

    fn for_each_matrix<'a>(&'a self, visit: &mut dyn FnMut(&'a Matrix)) {
        for_each_matrix(&self.attention, visit);
        match &self.feed_forward {
            FeedForwardWeights::Dense(swiglu) => swiglu.for_each(visit),
            FeedForwardWeights::Experts { router, experts, shared, shared_gate, .. } => {
                visit(&router.weights);
                shared_gate.iter().for_each(&mut *visit);
                shared.iter().chain(experts).for_each(|expert| expert.for_each(visit));
            }
        }
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
