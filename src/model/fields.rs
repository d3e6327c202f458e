//! Reads a model's description from either file kind: GGUF metadata or a Hugging Face `config.json`.
//!
//! A family asks for a number by both of its names and gets it checked; it never sees which file kind
//! it was. Values are hostile: every count is bounded and every factor finite before it is used.

use super::config::{
    Activation, Attention, Config, FeedForward, GroupedAttention, Layer, Pairing, QueryKeyNorm, Rope,
    RopeScaling, Yarn,
};
use crate::storage::{Archive, Array, Description, Value};
use crate::{Error, Result};
use serde_json::Value as Json;

/// Bounds every count that a description may name (context, vocabulary, widths, heads), so that
/// products of a few of them cannot overflow.
const LARGEST_COUNT: u64 = 1 << 31;

/// A model's description, whichever file kind it came in.
pub(crate) struct Fields<'a> {
    archive: &'a Archive,
    prefix: String,
}

impl<'a> Fields<'a> {
    /// `architecture`: GGUF's `general.architecture`, the prefix of the model's keys.
    pub fn new(archive: &'a Archive, architecture: &str) -> Fields<'a> {
        Fields { archive, prefix: architecture.to_string() }
    }

    /// Whether the model came as GGUF (and so with GGUF's row order and names).
    pub fn is_gguf(&self) -> bool {
        matches!(self.archive.description, Description::Gguf(_))
    }

    /// Whether the file holds a tensor of this name.
    pub fn has_tensor(&self, name: &str) -> bool {
        self.archive.tensors.contains_key(name)
    }

    /// Whether the file holds a tensor whose name begins so.
    fn has_any(&self, prefix: &str) -> bool {
        let mut behind = self.archive.tensors.range(prefix.to_string()..);
        behind.next().is_some_and(|(name, _)| name.starts_with(prefix))
    }

    /// The shape of a tensor, outermost dimension first.
    pub fn tensor_shape(&self, name: &str) -> Option<&'a [usize]> {
        self.archive.tensors.get(name).map(|tensor| tensor.shape())
    }

    /// The model's own name.
    pub fn name(&self) -> Option<String> {
        match &self.archive.description {
            Description::Gguf(metadata) => metadata.string("general.name").ok().flatten().map(str::to_string),
            Description::HuggingFace(config) => {
                config.get("_name_or_path").and_then(Json::as_str).map(str::to_string)
            }
        }
        .filter(|name| !name.is_empty())
    }

    /// An error about a field, under the name that it has in this file.
    pub fn error(&self, gguf: &str, hugging_face: &str, what: impl Into<String>) -> Error {
        let key = if self.is_gguf() { self.key(gguf) } else { hugging_face.to_string() };
        Error::Metadata { path: self.archive.description_path(), key, what: what.into() }
    }

    fn key(&self, gguf: &str) -> String {
        format!("{}.{gguf}", self.prefix)
    }

    fn missing(&self, gguf: &str, hugging_face: &str) -> Error {
        self.error(gguf, hugging_face, "is missing; without it the model cannot be run")
    }

    /// A non-negative whole number, if the file has it. An empty name: the file kind has no such key.
    pub fn count(&self, gguf: &str, hugging_face: &str) -> Result<Option<usize>> {
        let value = match &self.archive.description {
            Description::Gguf(metadata) if !gguf.is_empty() => metadata.unsigned(&self.key(gguf))?,
            Description::HuggingFace(config) if !hugging_face.is_empty() => match config.get(hugging_face) {
                None | Some(Json::Null) => None,
                Some(value) => Some(value.as_u64().ok_or_else(|| {
                    self.error(gguf, hugging_face, format!("should be a whole number, is {value}"))
                })?),
            },
            _ => None,
        };
        match value {
            Some(count) if count > LARGEST_COUNT => Err(self.error(
                gguf,
                hugging_face,
                format!("is {count}; more than {LARGEST_COUNT} cannot be"),
            )),
            Some(count) => Ok(Some(count as usize)),
            None => Ok(None),
        }
    }

    /// A whole number above zero that the file must have.
    pub fn required(&self, gguf: &str, hugging_face: &str) -> Result<usize> {
        match self.count(gguf, hugging_face)? {
            None => Err(self.missing(gguf, hugging_face)),
            Some(0) => Err(self.error(gguf, hugging_face, "is 0; it must be at least 1")),
            Some(count) => Ok(count),
        }
    }

    /// A whole number for each of `layers` layers: GGUF may give one for all or an array.
    pub fn per_layer(&self, gguf: &str, hugging_face: &str, layers: usize) -> Result<Option<Vec<usize>>> {
        let Description::Gguf(metadata) = &self.archive.description else {
            return Ok(self.count(gguf, hugging_face)?.map(|count| vec![count; layers]));
        };
        let Some(values) = metadata.integers(&self.key(gguf))? else { return Ok(None) };
        let mut counts = Vec::new();
        for value in &values {
            match u64::try_from(*value) {
                Ok(count) if count <= LARGEST_COUNT => counts.push(count as usize),
                _ => return Err(self.error(gguf, hugging_face, format!("holds {value}, which cannot be"))),
            }
        }
        match counts.len() {
            1 => Ok(Some(vec![counts[0]; layers])),
            n if n >= layers => Ok(Some(counts)),
            n => Err(self.error(gguf, hugging_face, format!("has {n} entries for {layers} layers"))),
        }
    }

    /// A finite number, if the file has it.
    pub fn number(&self, gguf: &str, hugging_face: &str) -> Result<Option<f32>> {
        let value = match &self.archive.description {
            Description::Gguf(metadata) if !gguf.is_empty() => metadata.float(&self.key(gguf))?,
            Description::HuggingFace(config) if !hugging_face.is_empty() => {
                self.json_number(config, hugging_face)?
            }
            _ => None,
        };
        match value {
            Some(number) if !number.is_finite() => {
                Err(self.error(gguf, hugging_face, format!("is {number}; it must be finite")))
            }
            other => Ok(other),
        }
    }

    /// A factor; 1 where the file does not say, which a 0 means too (as in llama.cpp).
    pub fn factor(&self, gguf: &str, hugging_face: &str) -> Result<f32> {
        Ok(self.number(gguf, hugging_face)?.filter(|factor| *factor != 0.0).unwrap_or(1.0))
    }

    fn json_number(&self, object: &Json, key: &str) -> Result<Option<f32>> {
        match object.get(key) {
            None | Some(Json::Null) => Ok(None),
            Some(value) => match value.as_f64() {
                Some(number) if (number as f32).is_finite() => Ok(Some(number as f32)),
                _ => Err(self.error(key, key, format!("should be a finite number, is {value}"))),
            },
        }
    }

    /// Yes or no, if the file says.
    pub fn flag(&self, gguf: &str, hugging_face: &str) -> Result<Option<bool>> {
        match &self.archive.description {
            Description::Gguf(metadata) if !gguf.is_empty() => metadata.bool(&self.key(gguf)),
            Description::HuggingFace(config) if !hugging_face.is_empty() => match config.get(hugging_face) {
                None | Some(Json::Null) => Ok(None),
                Some(Json::Bool(flag)) => Ok(Some(*flag)),
                Some(value) => {
                    Err(self.error(gguf, hugging_face, format!("should be true or false, is {value}")))
                }
            },
            _ => Ok(None),
        }
    }

    /// A text of `config.json`; `None` for GGUF.
    pub fn config_text(&self, key: &str) -> Option<&'a str> {
        match &self.archive.description {
            Description::HuggingFace(config) => config.get(key).and_then(Json::as_str),
            Description::Gguf(_) => None,
        }
    }

    /// A list of whole numbers of `config.json`; empty where there is none.
    pub fn config_list(&self, key: &str) -> Vec<usize> {
        match &self.archive.description {
            Description::HuggingFace(config) => config
                .get(key)
                .and_then(Json::as_array)
                .map(|list| list.iter().filter_map(Json::as_u64).map(|n| n as usize).collect())
                .unwrap_or_default(),
            Description::Gguf(_) => Vec::new(),
        }
    }

    /// A list of texts of `config.json`; `None` where there is none.
    pub fn config_texts(&self, key: &str) -> Result<Option<Vec<&'a str>>> {
        let Description::HuggingFace(config) = &self.archive.description else { return Ok(None) };
        match config.get(key) {
            None | Some(Json::Null) => Ok(None),
            Some(value) => value
                .as_array()
                .and_then(|list| list.iter().map(Json::as_str).collect())
                .map(Some)
                .ok_or_else(|| self.error("", key, format!("should be a list of texts, is {value}"))),
        }
    }

    /// A list of yes and no of GGUF metadata; `None` where there is none, or something else.
    pub fn gguf_flags(&self, key: &str) -> Option<&'a [bool]> {
        let Description::Gguf(metadata) = &self.archive.description else { return None };
        match metadata.get(&self.key(key)) {
            Some(Value::Array(Array::Bools(flags))) => Some(flags),
            _ => None,
        }
    }

    /// Refuses folders in a quantisation that is not known, instead of naming a tensor that they do not have.
    pub fn check_quantization(&self) -> Result<()> {
        let Description::HuggingFace(config) = &self.archive.description else { return Ok(()) };
        let method =
            config.get("quantization_config").and_then(|description| description.get("quant_method"));
        match method.and_then(Json::as_str) {
            None | Some("fp8" | "mxfp4") => Ok(()),
            Some(other) => {
                let what = format!("is {other:?}, which is not supported; fp8 and mxfp4 are");
                Err(self.error("", "quantization_config.quant_method", what))
            }
        }
    }

    /// How many layers run: appended multi-token-prediction layers do not count.
    pub fn layers(&self) -> Result<usize> {
        let gguf = "block_count";
        let hugging_face = "num_hidden_layers";
        let mut layers = self.required(gguf, hugging_face)?;
        if self.is_gguf() {
            let drafting = self.count("nextn_predict_layers", "")?.unwrap_or(0);
            // A file may hold the trunk alone although the key is not zero, and count the rest or not.
            let last = format!("blk.{}.", layers - 1);
            if drafting < layers && (self.has_any(&format!("{last}nextn.")) || !self.has_any(&last)) {
                layers -= drafting;
            }
        }
        // Every layer has tensors of its own, so a count above theirs is a lie.
        if layers > self.archive.tensors.len() {
            let tensors = self.archive.tensors.len();
            let what = format!("is {layers}, but the file holds only {tensors} tensors");
            return Err(self.error(gguf, hugging_face, what));
        }
        Ok(layers)
    }

    /// Whether the file holds a layer behind its `layers` others that predicts the token after the next one.
    pub fn has_prediction(&self, layers: usize) -> bool {
        self.has_tensor(&match self.is_gguf() {
            true => format!("blk.{layers}.nextn.eh_proj.weight"),
            false => format!("model.layers.{layers}.eh_proj.weight"),
        })
    }

    /// The rows of the embedding.
    pub fn vocabulary_size(&self) -> Result<usize> {
        // The embedding is the truth: it may be padded past the tokenizer's vocabulary.
        let name = if self.is_gguf() { "token_embd.weight" } else { "model.embed_tokens.weight" };
        match self.tensor_shape(name) {
            Some(&[rows, _]) => Ok(rows),
            _ => self.required("vocab_size", "vocab_size"),
        }
    }

    /// Grouped-query attention, the same in every layer but for the head counts, which may differ.
    pub fn grouped_attention(&self, layers: usize, norm: QueryKeyNorm) -> Result<Vec<GroupedAttention>> {
        let (gguf, hugging_face) = ("attention.head_count", "num_attention_heads");
        let heads =
            self.per_layer(gguf, hugging_face, layers)?.ok_or_else(|| self.missing(gguf, hugging_face))?;
        let kv_heads = self
            .per_layer("attention.head_count_kv", "num_key_value_heads", layers)?
            .unwrap_or_else(|| heads.clone());
        let embedding_length = self.required("embedding_length", "hidden_size")?;
        let explicit = self.count("attention.key_length", "head_dim")?;
        let value_length = self.count("attention.value_length", "")?;
        let scale = self.number("attention.scale", "attention_multiplier")?.filter(|scale| *scale != 0.0);
        (0..layers)
            .map(|layer| {
                let (heads, kv_heads) = (heads[layer], kv_heads[layer]);
                if heads == 0 || kv_heads == 0 || heads % kv_heads != 0 {
                    let what = format!("layer {layer} has {heads} query heads for {kv_heads} key heads");
                    return Err(self.error(gguf, hugging_face, what));
                }
                let head_length = explicit.unwrap_or(embedding_length / heads);
                if head_length == 0 || value_length.is_some_and(|length| length != head_length) {
                    let what = "keys and values must have the same length, above 0";
                    return Err(self.error("attention.key_length", "head_dim", what));
                }
                Ok(GroupedAttention {
                    heads,
                    kv_heads,
                    head_length,
                    norm,
                    scale: scale.unwrap_or(1.0 / (head_length as f32).sqrt()),
                    window: None,
                    sinks: false,
                })
            })
            .collect()
    }

    /// Rotary embedding over the values of a head, or over the first of them where the file says so.
    pub fn rope(&self, pairing: Pairing, head_length: usize) -> Result<Rope> {
        let length = match self.count("rope.dimension_count", "")? {
            Some(length) => length,
            // Rounded down, as in transformers' `compute_default_rope_parameters`.
            None => match self.rope_number("", "partial_rotary_factor")? {
                Some(share) => (head_length as f32 * share) as usize,
                None => head_length,
            },
        };
        if length == 0 || length % 2 != 0 || length > head_length {
            let what =
                format!("makes {length} values turn; it must be an even number, 2 to a head's {head_length}");
            return Err(self.error("rope.dimension_count", "partial_rotary_factor", what));
        }
        let base = self.rope_base()?.unwrap_or(10_000.0);
        if base <= 0.0 {
            return Err(self.error("rope.freq_base", "rope_theta", format!("is {base}; it must be above 0")));
        }
        let scaling = match self.rope_parameters() {
            Some(parameters) => self.config_rope_scaling(&parameters)?,
            None => self.gguf_rope_scaling()?,
        };
        Ok(Rope { pairing, length, base, scaling })
    }

    /// Whether `config.json` describes its rotary embedding in `rope_parameters` or `rope_scaling`.
    pub fn has_rope_parameters(&self) -> bool {
        match &self.archive.description {
            Description::Gguf(_) => false,
            Description::HuggingFace(config) => ["rope_parameters", "rope_scaling"]
                .iter()
                .any(|key| config.get(key).is_some_and(Json::is_object)),
        }
    }

    /// The base of the rotary frequencies, if the file says it.
    pub fn rope_base(&self) -> Result<Option<f32>> {
        self.rope_number("rope.freq_base", "rope_theta")
    }

    /// A number of the rotary embedding, which `config.json` may have among `rope_parameters` or beside them.
    pub fn rope_number(&self, gguf: &str, hugging_face: &str) -> Result<Option<f32>> {
        let nested = match self.rope_parameters() {
            Some(parameters) => self.json_number(&parameters, hugging_face)?,
            None => None,
        };
        match nested {
            Some(number) => Ok(Some(number)),
            None => self.number(gguf, hugging_face),
        }
    }

    /// `rope_parameters` (transformers 5) or `rope_scaling` (before) of `config.json`.
    fn rope_parameters(&self) -> Option<Json> {
        match &self.archive.description {
            Description::Gguf(_) => None,
            Description::HuggingFace(config) => Some(
                ["rope_parameters", "rope_scaling"]
                    .iter()
                    .filter_map(|key| config.get(key))
                    .find(|value| value.is_object())
                    .cloned()
                    .unwrap_or_else(|| Json::Object(Default::default())),
            ),
        }
    }

    fn config_rope_scaling(&self, parameters: &Json) -> Result<RopeScaling> {
        let error = |what: String| self.error("", "rope_parameters", what);
        let kind = ["rope_type", "type"].iter().find_map(|key| parameters.get(key)).and_then(Json::as_str);
        let number = |key: &str| self.json_number(parameters, key);
        let above_zero = |key: &str| match number(key)? {
            Some(value) if value > 0.0 => Ok(value),
            Some(value) => Err(error(format!("{key} is {value}; it must be above 0"))),
            None => Err(error(format!("{key} is missing"))),
        };
        let context = self.count("context_length", "max_position_embeddings")?.unwrap_or(0) as f32;
        Ok(match kind {
            // Multi-axis ("mrope") parameters of vision models say "default"; for text all axes agree.
            None | Some("default" | "mrope") => RopeScaling::None,
            Some("linear") => RopeScaling::Linear { factor: above_zero("factor")? },
            Some("llama3") => RopeScaling::Llama3 {
                factor: above_zero("factor")?,
                low_frequency_factor: above_zero("low_freq_factor")?,
                high_frequency_factor: above_zero("high_freq_factor")?,
                original_context: above_zero("original_max_position_embeddings")?,
            },
            Some("yarn") => {
                let original_context = match number("original_max_position_embeddings")? {
                    Some(value) if value > 0.0 => value,
                    _ => context,
                };
                let factor = match number("factor")? {
                    Some(factor) if factor > 0.0 => factor,
                    _ => context / original_context,
                };
                // As transformers' `_compute_yarn_parameters`: the two multipliers count only together.
                let multipliers = (number("mscale")?, number("mscale_all_dim")?);
                let magnitude = match (number("attention_factor")?, multipliers) {
                    (Some(magnitude), _) => magnitude,
                    (None, (Some(each), Some(all))) if each != 0.0 && all != 0.0 => {
                        Yarn::correction(factor, each) / Yarn::correction(factor, all)
                    }
                    _ => Yarn::correction(factor, 1.0),
                };
                RopeScaling::Yarn(Yarn {
                    factor,
                    original_context,
                    beta_fast: number("beta_fast")?.unwrap_or(32.0),
                    beta_slow: number("beta_slow")?.unwrap_or(1.0),
                    truncate: parameters.get("truncate").and_then(Json::as_bool).unwrap_or(true),
                    magnitude,
                })
            }
            Some(other) => {
                return Err(error(format!(
                    "scaling of type {other:?} is not supported; default, linear, llama3 and yarn are"
                )))
            }
        })
    }

    fn gguf_rope_scaling(&self) -> Result<RopeScaling> {
        let Description::Gguf(metadata) = &self.archive.description else { return Ok(RopeScaling::None) };
        let kind = metadata.string(&self.key("rope.scaling.type"))?;
        let factor = match self.number("rope.scaling.factor", "")? {
            Some(factor) => Some(factor),
            None => self.number("rope.scale_linear", "")?,
        };
        let factor = factor.filter(|factor| *factor != 0.0).unwrap_or(1.0);
        if factor < 0.0 {
            return Err(self.error("rope.scaling.factor", "", format!("is {factor}; it must be above 0")));
        }
        Ok(match kind {
            Some("none") => RopeScaling::None,
            None | Some("linear") if factor == 1.0 => RopeScaling::None,
            None | Some("linear") => RopeScaling::Linear { factor },
            Some("yarn") => {
                let original_context = match self.count("rope.scaling.original_context_length", "")? {
                    Some(context) if context > 0 => context,
                    _ => self.required("context_length", "")?,
                };
                // With a multiplier for all dimensions the files' own multiplier equals it, so that sine
                // and cosine keep their magnitude; without one YaRN's usual correction applies.
                let magnitude = match self.yarn_multiplier()? {
                    Some(_) => 1.0,
                    None => Yarn::correction(factor, 1.0),
                };
                let scale = self.number("rope.scaling.attn_factor", "")?.filter(|scale| *scale != 0.0);
                RopeScaling::Yarn(Yarn {
                    factor,
                    original_context: original_context as f32,
                    beta_fast: self.number("rope.scaling.yarn_beta_fast", "")?.unwrap_or(32.0),
                    beta_slow: self.number("rope.scaling.yarn_beta_slow", "")?.unwrap_or(1.0),
                    truncate: true,
                    magnitude: magnitude * scale.unwrap_or(1.0),
                })
            }
            Some(other) => {
                return Err(self.error(
                    "rope.scaling.type",
                    "",
                    format!("is {other:?}, which is not supported; none, linear and yarn are"),
                ))
            }
        })
    }

    /// DeepSeek's `mscale_all_dim`, whose correction squared multiplies the attention scale.
    /// GGUF stores a tenth of it as `rope.scaling.yarn_log_multiplier`.
    pub fn yarn_multiplier(&self) -> Result<Option<f32>> {
        let multiplier = match self.rope_parameters() {
            Some(parameters) => self.json_number(&parameters, "mscale_all_dim")?,
            None => self.number("rope.scaling.yarn_log_multiplier", "")?.map(|tenth| tenth * 10.0),
        };
        Ok(multiplier.filter(|multiplier| *multiplier != 0.0))
    }

    /// Whether the embedding may serve as the output matrix. GGUF says so by leaving that one out.
    pub fn may_tie_output(&self) -> Result<bool> {
        Ok(self.flag("", "tie_word_embeddings")?.unwrap_or(true))
    }

    /// Epsilon of the root-mean-square norms.
    pub fn norm_epsilon(&self) -> Result<f32> {
        let (gguf, hugging_face) = ("attention.layer_norm_rms_epsilon", "rms_norm_eps");
        self.number(gguf, hugging_face)?.ok_or_else(|| self.missing(gguf, hugging_face))
    }

    /// One feed-forward network for every token.
    pub fn dense(&self) -> Result<FeedForward> {
        let width = self.required("feed_forward_length", "intermediate_size")?;
        Ok(FeedForward::Dense { width })
    }

    /// How many experts there are and how many work on a token. `hugging_face`: the key of the count.
    pub fn expert_counts(&self, hugging_face: &str) -> Result<(usize, usize)> {
        let count = self.required("expert_count", hugging_face)?;
        let used = self.required("expert_used_count", "num_experts_per_tok")?;
        if used > count {
            let what = format!("is {used}, more than the {count} experts there are");
            return Err(self.error("expert_used_count", "num_experts_per_tok", what));
        }
        Ok((count, used))
    }

    /// A description with grouped-query attention in every layer; `feed_forward` describes each layer's.
    pub fn grouped_model(
        &self,
        family: &'static str,
        pairing: Pairing,
        norm: QueryKeyNorm,
        feed_forward: impl Fn(usize) -> Result<FeedForward>,
    ) -> Result<Config> {
        if self.flag("", "use_sliding_window")? == Some(true) {
            let what = "is true; sliding windows are not supported in this family";
            return Err(self.error("", "use_sliding_window", what));
        }
        let layer_count = self.layers()?;
        let attention = self.grouped_attention(layer_count, norm)?;
        let head_length = attention[0].head_length;
        let layer = |(index, attention): (usize, &GroupedAttention)| {
            let attention = Attention::Grouped(attention.clone());
            Ok(Layer { attention, feed_forward: feed_forward(index)? })
        };
        let layers = attention.iter().enumerate().map(layer).collect::<Result<Vec<Layer>>>()?;
        let prediction = match attention.last() {
            Some(last) if self.has_prediction(layer_count) => Some(layer((layer_count, last))?),
            _ => None,
        };
        let norm_epsilon = self.norm_epsilon()?;
        Ok(Config {
            family,
            name: self.name(),
            embedding_length: self.required("embedding_length", "hidden_size")?,
            vocabulary_size: self.vocabulary_size()?,
            context_length: self.required("context_length", "max_position_embeddings")?,
            norm_epsilon,
            latent_norm_epsilon: norm_epsilon,
            may_tie_output: self.may_tie_output()?,
            embedding_scale: 1.0,
            residual_scale: 1.0,
            logit_scale: 1.0,
            rope: self.rope(pairing, head_length)?,
            activation: Activation::Swiglu,
            layers,
            prediction,
        })
    }
}
