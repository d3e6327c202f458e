//! DeepSeek V2, V2-Lite, V2.5, V3, R1, V3.1 and others of their form (Kimi-K2, Moonlight).
//! Source: transformers `modeling_deepseek_v2.py`, `modeling_deepseek_v3.py`; llama.cpp `deepseek2`.

use super::super::config::{
    Activation, Attention, Config, Experts, FeedForward, Gating, GroupRule, Groups, LatentAttention, Layer,
    Pairing, RopeScaling, Routing, SharedExpert, Yarn,
};
use super::super::fields::Fields;
use super::Family;
use crate::Result;

pub(super) static FAMILY: Family = Family {
    architectures: &["deepseek2"],
    model_types: &["deepseek_v2", "deepseek_v3"],
    describe,
    names: &[],
};

/// transformers builds the norms between low-rank projections with its class default, whatever the
/// model's own epsilon is.
const LATENT_NORM_EPSILON: f32 = 1e-6;

fn describe(fields: &Fields) -> Result<Config> {
    let attention = attention(fields)?;
    let rope = fields.rope(Pairing::Interleaved, attention.rope_length)?;
    let mut scale = 1.0 / ((attention.plain_length + attention.rope_length) as f32).sqrt();
    if let (RopeScaling::Yarn(yarn), Some(multiplier)) = (&rope.scaling, fields.yarn_multiplier()?) {
        scale *= Yarn::correction(yarn.factor, multiplier).powi(2);
    }
    let attention = LatentAttention { scale, ..attention };
    let layer_count = fields.layers()?;
    // The oldest GGUF files, which are V2's, do not say; of folders, transformers 4's V3 alone has no need to.
    let is_third = fields.config_text("model_type") == Some("deepseek_v3");
    let gating = gating(fields, if is_third { Gating::Sigmoid } else { Gating::Softmax })?;
    let dense = fields.count("leading_dense_block_count", "first_k_dense_replace")?.unwrap_or(0);
    let layer = |index: usize| {
        let feed_forward =
            if index < dense { fields.dense()? } else { FeedForward::Experts(experts(fields, gating)?) };
        Ok(Layer { attention: Attention::Latent(attention.clone()), feed_forward })
    };
    let layers = (0..layer_count).map(layer).collect::<Result<Vec<Layer>>>()?;
    let prediction = fields.has_prediction(layer_count).then(|| layer(layer_count)).transpose()?;
    Ok(Config {
        family: "deepseek2",
        name: fields.name(),
        embedding_length: fields.required("embedding_length", "hidden_size")?,
        vocabulary_size: fields.vocabulary_size()?,
        context_length: fields.required("context_length", "max_position_embeddings")?,
        norm_epsilon: fields.norm_epsilon()?,
        latent_norm_epsilon: LATENT_NORM_EPSILON,
        may_tie_output: fields.may_tie_output()?,
        embedding_scale: 1.0,
        residual_scale: 1.0,
        logit_scale: 1.0,
        rope,
        activation: Activation::Swiglu,
        layers,
        prediction,
    })
}

fn attention(fields: &Fields) -> Result<LatentAttention> {
    let heads = fields.required("attention.head_count", "num_attention_heads")?;
    let rope_length = fields.required("rope.dimension_count", "qk_rope_head_dim")?;
    let (plain_length, value_length) = if fields.is_gguf() {
        // Files with split key and value projections describe the compressed cache under the plain
        // names and the heads under those with `_mla`.
        let (key, value) = match fields.count("attention.key_length_mla", "")? {
            Some(_) => ("attention.key_length_mla", "attention.value_length_mla"),
            None => ("attention.key_length", "attention.value_length"),
        };
        let key_length = fields.required(key, "")?;
        let Some(plain_length) = key_length.checked_sub(rope_length).filter(|length| *length > 0) else {
            let what = format!("is {key_length}, not above the {rope_length} values that positions turn");
            return Err(fields.error(key, "", what));
        };
        (plain_length, fields.required(value, "")?)
    } else {
        (fields.required("", "qk_nope_head_dim")?, fields.required("", "v_head_dim")?)
    };
    Ok(LatentAttention {
        heads,
        // The tensors say which form a GGUF file has; some lite files carry a rank all the same.
        query_rank: fields
            .count("attention.q_lora_rank", "q_lora_rank")?
            .filter(|rank| *rank > 0 && !fields.has_tensor("blk.0.attn_q.weight")),
        latent_length: fields.required("attention.kv_lora_rank", "kv_lora_rank")?,
        plain_length,
        rope_length,
        value_length,
        scale: 1.0,
    })
}

/// DeepSeek's experts, beside shared ones that work on every token.
pub(super) fn experts(fields: &Fields, gating: Gating) -> Result<Experts> {
    let (count, used) = fields.expert_counts("n_routed_experts")?;
    let width = fields.required("expert_feed_forward_length", "moe_intermediate_size")?;
    let shared = fields.count("expert_shared_count", "n_shared_experts")?.unwrap_or(0);
    let sigmoid = gating == Gating::Sigmoid;
    let selection_bias = if fields.is_gguf() {
        (0..fields.layers()?).any(|layer| fields.has_tensor(&format!("blk.{layer}.exp_probs_b.bias")))
    } else {
        sigmoid
    };
    let rule = if sigmoid || selection_bias { GroupRule::SumOfTwoBest } else { GroupRule::Maximum };
    // transformers 4 gave V3 its defaults in code; the folder of a released V3 has them all.
    let normalise = fields.flag("expert_weights_norm", "norm_topk_prob")?.unwrap_or(false);
    let routing = Routing {
        gating,
        selection_bias,
        groups: groups(fields, count, used, rule, sigmoid)?,
        // transformers' V2 never normalises, whatever the flag says.
        normalise: normalise && (sigmoid || fields.is_gguf()),
        scale: fields.factor("expert_weights_scale", "routed_scaling_factor")?,
    };
    let shared = (shared > 0).then_some(SharedExpert { width: width * shared, gated: false });
    Ok(Experts { count, used, width, routing, shared })
}

/// Whether router logits pass through a sigmoid or a softmax; `otherwise` where the file does not say.
pub(super) fn gating(fields: &Fields, otherwise: Gating) -> Result<Gating> {
    if !fields.is_gguf() {
        return Ok(match fields.config_text("scoring_func") {
            Some("sigmoid") => Gating::Sigmoid,
            Some(_) => Gating::Softmax,
            None => otherwise,
        });
    }
    match fields.count("expert_gating_func", "")?.unwrap_or(0) {
        0 => Ok(otherwise),
        1 => Ok(Gating::Softmax),
        2 => Ok(Gating::Sigmoid),
        other => Err(fields.error(
            "expert_gating_func",
            "",
            format!("is {other}; 1 (softmax) and 2 (sigmoid) are supported"),
        )),
    }
}

fn groups(
    fields: &Fields,
    experts: usize,
    used_experts: usize,
    rule: GroupRule,
    sigmoid: bool,
) -> Result<Option<Groups>> {
    let limited = match fields.config_text("topk_method") {
        Some(method) => method != "greedy",
        // transformers' V2 is greedy unless told otherwise; V3 has no other way.
        None => fields.is_gguf() || sigmoid,
    };
    let (gguf, hugging_face) = ("expert_group_count", "n_group");
    let mut count = fields.count(gguf, hugging_face)?.unwrap_or(0);
    let mut used = fields.count("expert_group_used_count", "topk_group")?.unwrap_or(0);
    if fields.is_gguf() && count == 0 && sigmoid && experts == 256 && fields.layers()? == 61 {
        // V3 and R1 files from before these keys existed: the model routes in groups all the same.
        (count, used) = (8, 4);
    }
    if !limited || count <= 1 || used == count {
        return Ok(None);
    }
    let size = experts / count;
    let fits = experts.is_multiple_of(count) && used >= 1 && used < count && used * size >= used_experts;
    if !fits || (rule == GroupRule::SumOfTwoBest && size < 2) {
        let what = format!(
            "{count} groups, {used} of them used, do not fit {experts} experts, {used_experts} of them used"
        );
        return Err(fields.error(gguf, hugging_face, what));
    }
    Ok(Some(Groups { count, used, rule }))
}
