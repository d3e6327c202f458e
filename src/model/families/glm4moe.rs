//! GLM-4.5, 4.5-Air, 4.6 and 4.7: grouped-query attention that turns half of each head, and DeepSeek V3's
//! experts. Source: transformers `modeling_glm4_moe.py`; llama.cpp `glm4moe`.

use super::super::config::{Config, FeedForward, Gating, Pairing, QueryKeyNorm};
use super::super::fields::Fields;
use super::{deepseek2, Family, Role};
use crate::Result;

pub(super) static FAMILY: Family = Family {
    architectures: &["glm4moe"],
    model_types: &["glm4_moe"],
    describe,
    names: &[(Role::FeedForwardNorm, "blk.{l}.post_attention_norm.weight")],
};

fn describe(fields: &Fields) -> Result<Config> {
    let key = "partial_rotary_factor";
    if !fields.is_gguf() && fields.rope_number("", key)?.is_none() {
        return Err(fields.error("", key, "is missing; released models of this family have 0.5"));
    }
    // The large model has these norms and Air has not; of GGUF files the tensors tell.
    let normed = match fields.is_gguf() {
        true => ["q", "k"].iter().any(|part| fields.has_tensor(&format!("blk.0.attn_{part}_norm.weight"))),
        false => fields.flag("", "use_qk_norm")?.unwrap_or(false),
    };
    let norm = if normed { QueryKeyNorm::EachHead } else { QueryKeyNorm::None };
    let gating = deepseek2::gating(fields, Gating::Sigmoid)?;
    let dense = fields.count("leading_dense_block_count", "first_k_dense_replace")?.unwrap_or(0);
    fields.grouped_model("glm4moe", Pairing::HalfSplit, norm, |layer| {
        if layer < dense {
            return fields.dense();
        }
        let mut experts = deepseek2::experts(fields, gating)?;
        // What transformers and llama.cpp take where the file does not say.
        let otherwise = !fields.is_gguf();
        experts.routing.normalise =
            fields.flag("expert_weights_norm", "norm_topk_prob")?.unwrap_or(otherwise);
        Ok(FeedForward::Experts(experts))
    })
}
