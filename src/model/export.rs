//! A folder's model as a GGUF file says it: metadata from the description, tensors under GGUF's names and in its
//! order of rows. What was written is described again as a reader will, so that nothing gets lost in silence.
//! Nothing here reads weights or chooses formats; keys and names are those of llama.cpp's converter.

use super::config::{
    Attention, Config, FeedForward, Gating, LatentAttention, Layer, Pairing, RopeScaling, Yarn,
};
use super::families::{self, Family, Role};
use super::fields::Fields;
use super::rope::Rotation;
use super::weights::{
    bias_name, AttentionWeights, FeedForwardWeights, LatentKeys, LatentQuery, LayerWeights, Linear, Swiglu,
    Weights,
};
use crate::kernel::Matrix;
use crate::quant::Format;
use crate::storage::{printable, Archive, Array, Description, Metadata, Source, Tensor, Value};
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Families whose output matrix llama.cpp wants in the file even if it is the embedding.
const NEVER_TIED: [&str; 3] = ["qwen2moe", "olmoe", "gpt-oss"];

/// Families whose layer for the prediction of further tokens goes along: those of which llama.cpp reads it
/// (`deepseek2.cpp`, `glm4-moe.cpp`).
const WITH_PREDICTION: [&str; 2] = ["deepseek2", "glm4moe"];

/// What a GGUF file of the model holds beside its tokenizer.
#[derive(Debug)]
pub(crate) struct Export {
    pub metadata: Metadata,
    pub tensors: Vec<ExportedTensor>,
    /// Rows of the table of tokens.
    pub vocabulary_size: usize,
}

/// A tensor as the GGUF file names and shapes it.
#[derive(Debug)]
pub(crate) struct ExportedTensor {
    pub name: String,
    /// Outermost dimension first.
    pub shape: Vec<usize>,
    pub contents: Contents,
}

#[derive(Debug)]
pub(crate) enum Contents {
    /// Vectors, which a file keeps in 32-bit floats.
    Floats(Vec<f32>),
    /// Matrices where they lie, one behind the other.
    Matrices(Vec<Matrix>, RowOrder),
}

/// Which rows of a stored matrix the rows of the tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowOrder {
    Stored,
    /// Of each head of `head` rows, the first `turned` are halves of rotary pairs that come side by side.
    Interleaved {
        head: usize,
        turned: usize,
    },
    /// The tensor's rows are the matrix's columns.
    Transposed,
}

impl RowOrder {
    /// The stored row that is row `row` of the tensor (which a transposed one has not).
    pub fn stored_row(self, row: usize) -> usize {
        match self {
            RowOrder::Stored | RowOrder::Transposed => row,
            RowOrder::Interleaved { head, turned } => {
                let within = row % head;
                match within < turned {
                    true => row - within + within % 2 * (turned / 2) + within / 2,
                    false => row,
                }
            }
        }
    }
}

/// The model of a Hugging Face folder as GGUF.
///
/// # Errors
/// If the folder cannot be opened as a model, or GGUF has no way to say what its `config.json` says.
pub(crate) fn export(archive: &Archive) -> Result<Export> {
    let (family, config) = families::describe(archive)?;
    let architecture = family.architecture();
    let prediction = config.prediction.is_some() && WITH_PREDICTION.contains(&architecture);
    let weights = Weights::load(archive, family, &config, prediction)?;
    let Some(gguf_family) = families::of_architecture(architecture) else {
        return Err(Error::Internal { what: format!("no family writes {architecture} files") });
    };
    let mut exporter = Exporter { family: gguf_family, layer: 0, tensors: Vec::new() };
    exporter.model(&weights, &config);
    let mut tensors = exporter.tensors;
    let metadata = metadata(archive, &config, architecture, prediction)?;

    let found = describe_again(archive, metadata.clone(), &tensors)?;
    check(archive, &config, &found)?;
    if found.rope.pairing == Pairing::Interleaved && config.rope.pairing == Pairing::HalfSplit {
        for (tensor, head) in &mut tensors {
            if let Some(head) = *head {
                interleave(&mut tensor.contents, RowOrder::Interleaved { head, turned: config.rope.length });
            }
        }
    }
    let tensors = tensors.into_iter().map(|(tensor, _)| tensor).collect();
    Ok(Export { metadata, tensors, vocabulary_size: config.vocabulary_size })
}

fn interleave(contents: &mut Contents, order: RowOrder) {
    match contents {
        Contents::Floats(values) => {
            *values = (0..values.len()).map(|row| values[order.stored_row(row)]).collect();
        }
        Contents::Matrices(_, stored) => *stored = order,
    }
}

/// Walks the weights of a model and collects its tensors.
struct Exporter {
    family: &'static Family,
    layer: usize,
    /// Each with the length of a head, if rotary embedding turns what it gives.
    tensors: Vec<(ExportedTensor, Option<usize>)>,
}

impl Exporter {
    fn name(&self, role: Role) -> String {
        self.family.template(role, true).replace("{l}", &self.layer.to_string())
    }

    fn push(&mut self, name: String, shape: Vec<usize>, contents: Contents) {
        self.tensors.push((ExportedTensor { name, shape, contents }, None));
    }

    fn vector(&mut self, role: Role, values: &[f32]) {
        self.push(self.name(role), vec![values.len()], Contents::Floats(values.to_vec()));
    }

    fn matrix(&mut self, role: Role, matrix: &Matrix) {
        let shape = vec![matrix.rows(), matrix.columns()];
        self.push(self.name(role), shape, Contents::Matrices(vec![matrix.clone()], RowOrder::Stored));
    }

    fn linear(&mut self, role: Role, linear: &Linear) {
        self.matrix(role, &linear.weights);
        if let Some(bias) = &linear.bias {
            self.push(bias_name(&self.name(role)), vec![bias.len()], Contents::Floats(bias.clone()));
        }
    }

    /// A projection to heads that rotary embedding turns.
    fn heads(&mut self, role: Role, linear: &Linear, head_length: usize) {
        let first = self.tensors.len();
        self.linear(role, linear);
        self.tensors[first..].iter_mut().for_each(|(_, head)| *head = Some(head_length));
    }

    /// Matrices of one shape in one tensor, and their biases in another.
    fn stack(&mut self, role: Role, linears: &[&Linear]) {
        let matrices: Vec<Matrix> = linears.iter().map(|linear| linear.weights.clone()).collect();
        self.matrices(role, matrices, RowOrder::Stored);
        let biases: Vec<f32> =
            linears.iter().filter_map(|linear| linear.bias.as_ref()).flatten().copied().collect();
        if !biases.is_empty() {
            let shape = vec![linears.len(), biases.len() / linears.len()];
            self.push(bias_name(&self.name(role)), shape, Contents::Floats(biases));
        }
    }

    fn matrices(&mut self, role: Role, matrices: Vec<Matrix>, order: RowOrder) {
        let (rows, columns) = matrices.first().map_or((0, 0), |matrix| (matrix.rows(), matrix.columns()));
        let shape = match order {
            RowOrder::Transposed => vec![matrices.len(), columns, rows],
            _ => vec![matrices.len(), rows, columns],
        };
        self.push(self.name(role), shape, Contents::Matrices(matrices, order));
    }

    fn model(&mut self, weights: &Weights, config: &Config) {
        self.matrix(Role::TokenEmbedding, &weights.embedding);
        if let RopeScaling::Llama3 { .. } = config.rope.scaling {
            self.vector(Role::RopeFactors, &rope_factors(config));
        }
        for (layer, (weights, description)) in weights.layers.iter().zip(&config.layers).enumerate() {
            self.layer = layer;
            self.layer(weights, description);
        }
        if let (Some(prediction), Some(description)) = (&weights.prediction, &config.prediction) {
            self.layer = weights.layers.len();
            self.linear(Role::PredictionProjection, &prediction.projection);
            self.vector(Role::PredictionEmbeddingNorm, &prediction.embedding_norm);
            self.vector(Role::PredictionHiddenNorm, &prediction.hidden_norm);
            self.vector(Role::PredictionOutputNorm, &prediction.output_norm);
            self.layer(&prediction.layer, description);
            // Without them, a reader takes the model's own.
            if !prediction.embedding.is_same(&weights.embedding) {
                self.matrix(Role::PredictionEmbedding, &prediction.embedding);
            }
            if !prediction.output.is_same(&weights.output) {
                self.matrix(Role::PredictionOutput, &prediction.output);
            }
        }
        self.vector(Role::OutputNorm, &weights.output_norm);
        if !weights.output.is_same(&weights.embedding) || NEVER_TIED.contains(&self.family.architecture()) {
            self.matrix(Role::Output, &weights.output);
        }
    }

    fn layer(&mut self, weights: &LayerWeights, description: &Layer) {
        self.vector(Role::AttentionNorm, &weights.attention_norm);
        self.attention(&weights.attention, &description.attention);
        self.vector(Role::FeedForwardNorm, &weights.feed_forward_norm);
        self.feed_forward(&weights.feed_forward);
    }

    fn attention(&mut self, weights: &AttentionWeights, description: &Attention) {
        match weights {
            AttentionWeights::Grouped { query, key, value, output, query_norm, key_norm, sinks } => {
                let head_length = match description {
                    Attention::Grouped(grouped) => grouped.head_length,
                    Attention::Latent(_) => 1,
                };
                self.heads(Role::Query, query, head_length);
                self.heads(Role::Key, key, head_length);
                self.linear(Role::Value, value);
                self.linear(Role::AttentionOutput, output);
                for (role, vector) in
                    [(Role::QueryNorm, query_norm), (Role::KeyNorm, key_norm), (Role::Sinks, sinks)]
                {
                    if let Some(vector) = vector {
                        self.vector(role, vector);
                    }
                }
            }
            AttentionWeights::Latent { query, latent, latent_norm, keys, values, output } => {
                match query {
                    LatentQuery::Full(query) => self.linear(Role::Query, query),
                    LatentQuery::LowRank { down, norm, up } => {
                        self.linear(Role::QueryDown, down);
                        self.vector(Role::QueryDownNorm, norm);
                        self.linear(Role::QueryUp, up);
                    }
                }
                self.linear(Role::LatentDown, latent);
                self.vector(Role::LatentNorm, latent_norm);
                match keys {
                    LatentKeys::Projection(keys) => {
                        self.matrices(Role::KeyUp, keys.clone(), RowOrder::Transposed)
                    }
                    LatentKeys::Absorbed(keys) => self.matrices(Role::KeyUp, keys.clone(), RowOrder::Stored),
                }
                self.matrices(Role::ValueUp, values.clone(), RowOrder::Stored);
                self.linear(Role::AttentionOutput, output);
            }
        }
    }

    fn feed_forward(&mut self, weights: &FeedForwardWeights) {
        match weights {
            FeedForwardWeights::Dense(swiglu) => self.swiglu([Role::Gate, Role::Up, Role::Down], swiglu),
            FeedForwardWeights::Experts { router, selection_bias, experts, shared, shared_gate } => {
                self.linear(Role::Router, router);
                if let Some(bias) = selection_bias {
                    self.vector(Role::SelectionBias, bias);
                }
                self.stack(Role::ExpertGate, &experts.iter().map(|expert| &expert.gate).collect::<Vec<_>>());
                self.stack(Role::ExpertUp, &experts.iter().map(|expert| &expert.up).collect::<Vec<_>>());
                self.stack(Role::ExpertDown, &experts.iter().map(|expert| &expert.down).collect::<Vec<_>>());
                if let Some(shared) = shared {
                    self.swiglu([Role::SharedGate, Role::SharedUp, Role::SharedDown], shared);
                }
                if let Some(gate) = shared_gate {
                    // A vector in GGUF, being one row.
                    let contents = Contents::Matrices(vec![gate.clone()], RowOrder::Stored);
                    self.push(self.name(Role::SharedExpertGate), vec![gate.columns()], contents);
                }
            }
        }
    }

    fn swiglu(&mut self, [gate, up, down]: [Role; 3], swiglu: &Swiglu) {
        self.linear(gate, &swiglu.gate);
        self.linear(up, &swiglu.up);
        self.linear(down, &swiglu.down);
    }
}

/// Llama 3.1's divisors of the rotary frequencies, which GGUF holds as a tensor.
fn rope_factors(config: &Config) -> Vec<f32> {
    let plain = super::config::Rope { scaling: RopeScaling::None, ..config.rope.clone() };
    let (plain, scaled) = (Rotation::new(&plain, None), Rotation::new(&config.rope, None));
    let pairs = plain.frequencies().iter().zip(scaled.frequencies());
    pairs.map(|(&plain, &scaled)| stored_as(scaled, plain / scaled, |factor| plain / factor)).collect()
}

/// The float next to `guess` from which a reader computes `wanted`; `guess` if there is none.
fn stored_as(wanted: f32, guess: f32, read: impl Fn(f32) -> f32) -> f32 {
    let (mut above, mut below) = (guess, guess);
    for _ in 0..4 {
        if let Some(found) = [above, below].into_iter().find(|candidate| read(*candidate) == wanted) {
            return found;
        }
        (above, below) = (above.next_up(), below.next_down());
    }
    guess
}

/// What a model's folder is called; of a version in the cache of a hub, what the repository is called.
fn folder_name(path: &Path) -> Option<String> {
    let version = path.parent().filter(|parent| parent.ends_with("snapshots")).and_then(Path::parent);
    let name = version.unwrap_or(path).file_name()?.to_string_lossy().into_owned();
    Some(name.rsplit("--").next().map_or(name.clone(), str::to_string))
}

/// The keys of a model, without those of its tokenizer.
fn metadata(archive: &Archive, config: &Config, architecture: &str, prediction: bool) -> Result<Metadata> {
    let fields = Fields::new(archive, architecture);
    let mut metadata = Metadata::new(archive.path.join("config.json"));
    metadata.insert("general.architecture", Value::String(architecture.into()));
    metadata.insert("general.type", Value::String("model".into()));
    if let Some(name) = config.name.clone().or_else(|| folder_name(&archive.path)) {
        metadata.insert("general.name", Value::String(name));
    }
    let mut set = |key: &str, value: Value| {
        metadata.insert(format!("{architecture}.{key}"), value);
    };
    // Every count of a description is below 2^32.
    let whole = |count: usize| Value::U32(u32::try_from(count).unwrap_or(u32::MAX));

    set("block_count", whole(config.layers.len() + usize::from(prediction)));
    if prediction {
        set("nextn_predict_layers", whole(1));
    }
    set("context_length", whole(config.context_length));
    set("embedding_length", whole(config.embedding_length));
    set("vocab_size", whole(config.vocabulary_size));
    set("attention.layer_norm_rms_epsilon", Value::F32(config.norm_epsilon));
    for (key, factor) in
        [("embedding_scale", config.embedding_scale), ("residual_scale", config.residual_scale)]
    {
        if factor != 1.0 {
            set(key, Value::F32(factor));
        }
    }
    if config.logit_scale != 1.0 {
        // The file names the divisor.
        let divisor = stored_as(config.logit_scale, 1.0 / config.logit_scale, |divisor| 1.0 / divisor);
        set("logit_scale", Value::F32(divisor));
    }

    set("rope.dimension_count", whole(config.rope.length));
    set("rope.freq_base", Value::F32(config.rope.base));
    match &config.rope.scaling {
        // What Llama 3.1 does to frequencies is a tensor.
        RopeScaling::None | RopeScaling::Llama3 { .. } => {}
        RopeScaling::Linear { factor } => {
            set("rope.scaling.type", Value::String("linear".into()));
            set("rope.scaling.factor", Value::F32(*factor));
        }
        RopeScaling::Yarn(yarn) => {
            set("rope.scaling.type", Value::String("yarn".into()));
            set("rope.scaling.factor", Value::F32(yarn.factor));
            set("rope.scaling.original_context_length", Value::U32(yarn.original_context as u32));
            set("rope.scaling.yarn_beta_fast", Value::F32(yarn.beta_fast));
            set("rope.scaling.yarn_beta_slow", Value::F32(yarn.beta_slow));
            let multiplier = fields.yarn_multiplier()?;
            if let Some(multiplier) = multiplier {
                // A tenth, by a convention of the format's.
                let tenth = stored_as(multiplier, multiplier / 10.0, |tenth| tenth * 10.0);
                set("rope.scaling.yarn_log_multiplier", Value::F32(tenth));
            }
            let usual = if multiplier.is_some() { 1.0 } else { Yarn::correction(yarn.factor, 1.0) };
            if yarn.magnitude != usual {
                let factor = stored_as(yarn.magnitude, yarn.magnitude / usual, |factor| usual * factor);
                set("rope.scaling.attn_factor", Value::F32(factor));
            }
        }
    }

    match config.layers.first().map(|layer| &layer.attention) {
        None => {}
        Some(Attention::Grouped(attention)) => {
            set("attention.head_count", whole(attention.heads));
            set("attention.head_count_kv", whole(attention.kv_heads));
            set("attention.key_length", whole(attention.head_length));
            set("attention.value_length", whole(attention.head_length));
            if attention.scale != 1.0 / (attention.head_length as f32).sqrt() {
                set("attention.scale", Value::F32(attention.scale));
            }
        }
        Some(Attention::Latent(attention)) => {
            let LatentAttention { heads, latent_length, plain_length, rope_length, value_length, .. } =
                *attention;
            set("attention.head_count", whole(heads));
            // What is cached looks like one head of keys and values.
            set("attention.head_count_kv", whole(1));
            set("attention.key_length", whole(latent_length + rope_length));
            set("attention.value_length", whole(latent_length));
            set("attention.key_length_mla", whole(plain_length + rope_length));
            set("attention.value_length_mla", whole(value_length));
            set("attention.kv_lora_rank", whole(latent_length));
            if let Some(rank) = attention.query_rank {
                set("attention.q_lora_rank", whole(rank));
            }
        }
    }
    let windows: Vec<Option<usize>> = config
        .layers
        .iter()
        .map(|layer| match &layer.attention {
            Attention::Grouped(attention) => attention.window,
            Attention::Latent(_) => None,
        })
        .collect();
    if let Some(window) = windows.iter().flatten().next() {
        set("attention.sliding_window", whole(*window));
        // What readers expect without a word: every other layer, from the first on.
        if windows.iter().enumerate().any(|(layer, window)| window.is_some() != (layer % 2 == 0)) {
            let pattern = windows.iter().map(Option::is_some).collect();
            set("attention.sliding_window_pattern", Value::Array(Array::Bools(pattern)));
        }
    }

    let feed_forward = |wanted: fn(&FeedForward) -> bool| {
        config.layers.iter().map(|layer| &layer.feed_forward).find(|feed_forward| wanted(feed_forward))
    };
    let dense = feed_forward(|feed_forward| matches!(feed_forward, FeedForward::Dense { .. }));
    let experts = feed_forward(|feed_forward| matches!(feed_forward, FeedForward::Experts(_)));
    let width = match (dense, experts, fields.count("", "intermediate_size")?) {
        (Some(FeedForward::Dense { width }), _, _) => *width,
        (_, _, Some(width)) => width,
        (_, Some(FeedForward::Experts(experts)), None) => experts.width,
        _ => 0,
    };
    set("feed_forward_length", whole(width));
    if let Some(FeedForward::Experts(experts)) = experts {
        let leading =
            config.layers.iter().take_while(|layer| matches!(layer.feed_forward, FeedForward::Dense { .. }));
        set("leading_dense_block_count", whole(leading.count()));
        set("expert_count", whole(experts.count));
        set("expert_used_count", whole(experts.used));
        set("expert_feed_forward_length", whole(experts.width));
        let shared = experts.shared.as_ref().map_or(0, |shared| shared.width);
        set("expert_shared_count", whole(shared / experts.width.max(1)));
        if shared > 0 {
            set("expert_shared_feed_forward_length", whole(shared));
        }
        let routing = &experts.routing;
        if routing.scale != 1.0 {
            set("expert_weights_scale", Value::F32(routing.scale));
        }
        set("expert_weights_norm", Value::Bool(routing.normalise));
        match routing.gating {
            Gating::Softmax => set("expert_gating_func", Value::U32(1)),
            Gating::Sigmoid => set("expert_gating_func", Value::U32(2)),
            // gpt-oss, which needs no word for it.
            Gating::SoftmaxOfChosen => {}
        }
        // Without a word, readers take the largest models of this kind to have groups.
        if routing.groups.is_some() || routing.gating == Gating::Sigmoid {
            let (count, used) = routing.groups.as_ref().map_or((1, 1), |groups| (groups.count, groups.used));
            set("expert_group_count", whole(count));
            set("expert_group_used_count", whole(used));
        }
    }
    Ok(metadata)
}

/// The description that a reader makes of the file to be written.
fn describe_again(
    archive: &Archive,
    metadata: Metadata,
    tensors: &[(ExportedTensor, Option<usize>)],
) -> Result<Config> {
    // Descriptions ask for names and shapes only.
    let nothing = Arc::new(Source::from_static("", &[]));
    let planned = |(tensor, _): &(ExportedTensor, Option<usize>)| {
        let planned = Tensor {
            name: tensor.name.clone(),
            format: Format::F32,
            shape: tensor.shape.clone(),
            source: Arc::clone(&nothing),
            range: 0..0,
            exponents: None,
            scales: None,
        };
        (tensor.name.clone(), planned)
    };
    let planned = Archive {
        path: archive.path.clone(),
        description: Description::Gguf(metadata),
        tensors: tensors.iter().map(planned).collect(),
        undecoded: BTreeMap::new(),
    };
    families::describe(&planned)
        .map(|(_, config)| config)
        .map_err(|error| cannot_say(archive, error.to_string()))
}

fn cannot_say(archive: &Archive, what: String) -> Error {
    Error::Unsupported {
        path: archive.path.clone(),
        what: format!("a GGUF file cannot say what this config.json says: {}", printable(&what)),
    }
}

/// Compares what a reader will understand with what the folder says.
fn check(archive: &Archive, said: &Config, found: &Config) -> Result<()> {
    let mut found = found.clone();
    let close = |a: f32, b: f32| (a - b).abs() <= 1e-6 * b.abs();
    // Roundings of a factor that is stored in another form.
    for (found, said) in found.layers.iter_mut().zip(&said.layers) {
        let (found, said) = match (&mut found.attention, &said.attention) {
            (Attention::Grouped(found), Attention::Grouped(said)) => (&mut found.scale, said.scale),
            (Attention::Latent(found), Attention::Latent(said)) => (&mut found.scale, said.scale),
            _ => continue,
        };
        if close(*found, said) {
            *found = said;
        }
    }
    if close(found.logit_scale, said.logit_scale) {
        found.logit_scale = said.logit_scale;
    }
    if let (RopeScaling::Yarn(found), RopeScaling::Yarn(said)) = (&mut found.rope.scaling, &said.rope.scaling)
    {
        if close(found.magnitude, said.magnitude) {
            found.magnitude = said.magnitude;
        }
    }
    if found.prediction.is_none() {
        // It stays behind, or there is none.
        found.prediction = said.prediction.clone();
    }
    // The rows are reordered, and a tensor has the factors.
    found.rope.pairing = said.rope.pairing;
    if matches!(said.rope.scaling, RopeScaling::Llama3 { .. }) && found.rope.scaling == RopeScaling::None {
        found.rope.scaling = said.rope.scaling.clone();
    }
    let layers = found.layers.iter().zip(&said.layers).enumerate();
    let layer = layers.into_iter().find(|(_, (found, said))| found != said);
    let lost = if let Some((layer, (found, said))) = layer {
        format!("layer {layer} would be {found:?} instead of {said:?}")
    } else if found.rope != said.rope {
        format!("the rotary embedding would be {:?} instead of {:?}", found.rope, said.rope)
    } else if found.activation != said.activation {
        format!("the activation would be {:?} instead of {:?}", found.activation, said.activation)
    } else {
        // What is not compared: names, and whether the output may be tied, which the tensors decide.
        let rest = Config {
            family: said.family,
            name: said.name.clone(),
            may_tie_output: said.may_tie_output,
            ..found
        };
        if rest == *said {
            return Ok(());
        }
        format!("it would be read as {rest:?}")
    };
    Err(cannot_say(archive, lost))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_pairs_come_side_by_side() {
        let order = RowOrder::Interleaved { head: 6, turned: 4 };
        let rows: Vec<usize> = (0..12).map(|row| order.stored_row(row)).collect();
        assert_eq!(rows, [0, 2, 1, 3, 4, 5, 6, 8, 7, 9, 10, 11]);
    }

    #[test]
    fn models_are_called_as_their_folders() {
        let name = |path: &str| folder_name(Path::new(path));
        assert_eq!(name("some/Model-7B"), Some("Model-7B".into()));
        assert_eq!(name("hub/models--owner--Model-7B/snapshots/0123"), Some("Model-7B".into()));
        assert_eq!(name("/"), None);
    }

    #[test]
    fn a_reader_gets_the_float_that_was_meant() {
        for divisor in [3.0f32, 6.0, 7.0, 13.0, 16.0, 0.3] {
            let wanted = 1.0 / divisor;
            assert_eq!(1.0 / stored_as(wanted, 1.0 / wanted, |stored| 1.0 / stored), wanted);
        }
        // None exists: the guess.
        assert_eq!(stored_as(f32::NAN, 2.0, |stored| stored), 2.0);
    }
}
