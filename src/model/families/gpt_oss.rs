//! OpenAI's gpt-oss: attention sinks, a sliding window in every other layer, biases everywhere, experts
//! with a clamped activation.
//! Source: transformers `modeling_gpt_oss.py`, `integrations/mxfp4.py`; llama.cpp `openai-moe.cpp` and
//! `conversion/gpt_oss.py`.

use super::super::config::{
    Activation, Attention, Config, Experts, FeedForward, Gating, Pairing, QueryKeyNorm, RopeScaling, Routing,
    Yarn,
};
use super::super::fields::Fields;
use super::{Family, Role};
use crate::Result;

pub(super) static FAMILY: Family = Family {
    architectures: &["gpt-oss"],
    model_types: &["gpt_oss"],
    describe,
    names: &[
        (Role::FeedForwardNorm, "blk.{l}.post_attention_norm.weight"),
        (Role::Router, "model.layers.{l}.mlp.router.weight"),
        (Role::ExpertGateUpByInput, "model.layers.{l}.mlp.experts.gate_up_proj"),
        (Role::ExpertDownByInput, "model.layers.{l}.mlp.experts.down_proj"),
    ],
};

fn describe(fields: &Fields) -> Result<Config> {
    let mut config = fields.grouped_model("gpt-oss", Pairing::HalfSplit, QueryKeyNorm::None, |_| {
        experts(fields).map(FeedForward::Experts)
    })?;
    config.activation = activation(fields)?;
    rope(fields, &mut config)?;
    let window = window(fields)?;
    let windowed = windowed_layers(fields, config.layers.len())?;
    for (layer, windowed) in config.layers.iter_mut().zip(windowed) {
        if let Attention::Grouped(attention) = &mut layer.attention {
            attention.sinks = true;
            attention.window = windowed.then_some(window);
        }
    }
    Ok(config)
}

fn experts(fields: &Fields) -> Result<Experts> {
    let (count, used) = fields.expert_counts("num_local_experts")?;
    let width = fields.required("expert_feed_forward_length", "intermediate_size")?;
    let routing = Routing {
        gating: Gating::SoftmaxOfChosen,
        selection_bias: false,
        groups: None,
        normalise: false,
        scale: 1.0,
    };
    Ok(Experts { count, used, width, routing, shared: None })
}

/// GGUF has no keys for the two numbers: they are those of the released models.
fn activation(fields: &Fields) -> Result<Activation> {
    let alpha = fields.number("", "swiglu_alpha")?.unwrap_or(1.702);
    let limit = fields.number("", "swiglu_limit")?.unwrap_or(7.0);
    if limit <= 0.0 {
        return Err(fields.error("", "swiglu_limit", format!("is {limit}; it must be above 0")));
    }
    Ok(Activation::ClampedSwiglu { alpha, limit })
}

fn rope(fields: &Fields, config: &mut Config) -> Result<()> {
    let rope = &mut config.rope;
    if fields.is_gguf() {
        // GGUF cannot say that the borders of YaRN are not rounded; llama.cpp rounds them.
        if let RopeScaling::Yarn(yarn) = &mut rope.scaling {
            yarn.truncate = false;
        }
        let of_windows = fields.number("rope.freq_base_swa", "")?;
        if of_windows.is_some_and(|base| base != rope.base) {
            let what =
                "differs from rope.freq_base; a base of their own for layers with a window is not supported";
            return Err(fields.error("rope.freq_base_swa", "", what));
        }
        return Ok(());
    }
    // What transformers takes where a configuration says nothing.
    if fields.rope_base()?.is_none() {
        rope.base = 150_000.0;
    }
    if !fields.has_rope_parameters() {
        rope.scaling = RopeScaling::Yarn(Yarn {
            factor: 32.0,
            original_context: 4096.0,
            beta_fast: 32.0,
            beta_slow: 1.0,
            truncate: false,
            magnitude: Yarn::correction(32.0, 1.0),
        });
    }
    Ok(())
}

/// How many positions a layer with a window sees, the token's own among them.
fn window(fields: &Fields) -> Result<usize> {
    let key = ("attention.sliding_window", "sliding_window");
    match fields.count(key.0, key.1)? {
        Some(0) => Err(fields.error(key.0, key.1, "is 0; it must be at least 1")),
        Some(window) => Ok(window),
        None if fields.is_gguf() => fields.required(key.0, key.1),
        None => Ok(128),
    }
}

/// Which layers have a window. Without a word about it: every other one, from the first on.
fn windowed_layers(fields: &Fields, layers: usize) -> Result<Vec<bool>> {
    let (gguf, hugging_face) = ("attention.sliding_window_pattern", "layer_types");
    let fitting = |windowed: Vec<bool>| match windowed.len() < layers {
        true => {
            let what = format!("has {} entries for {layers} layers", windowed.len());
            Err(fields.error(gguf, hugging_face, what))
        }
        false => Ok(windowed),
    };
    if let Some(flags) = fields.gguf_flags(gguf) {
        return fitting(flags.to_vec());
    }
    if let Some(types) = fields.config_texts(hugging_face)? {
        let windowed = types.into_iter().map(|kind| match kind {
            "sliding_attention" => Ok(true),
            "full_attention" => Ok(false),
            other => Err(fields.error(
                gguf,
                hugging_face,
                format!("holds {other:?}; sliding_attention and full_attention are supported"),
            )),
        });
        return fitting(windowed.collect::<Result<_>>()?);
    }
    // The last layer of each period sees everything; a period of 0 means that none does.
    let period = fields.count(gguf, "")?.unwrap_or(2);
    Ok((0..layers).map(|layer| period == 0 || layer % period != period - 1).collect())
}
