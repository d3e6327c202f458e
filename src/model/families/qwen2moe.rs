//! Qwen 1.5 and 2 mixtures of experts, with a gated shared expert.
//! Source: transformers `modeling_qwen2_moe.py`; llama.cpp `qwen2moe`.

use super::super::config::{
    Config, Experts, FeedForward, Gating, Pairing, QueryKeyNorm, Routing, SharedExpert,
};
use super::super::fields::Fields;
use super::{Family, Role};
use crate::Result;

pub(super) static FAMILY: Family = Family {
    architectures: &["qwen2moe"],
    model_types: &["qwen2_moe"],
    describe,
    names: &[
        (Role::SharedGate, "model.layers.{l}.mlp.shared_expert.gate_proj.weight"),
        (Role::SharedUp, "model.layers.{l}.mlp.shared_expert.up_proj.weight"),
        (Role::SharedDown, "model.layers.{l}.mlp.shared_expert.down_proj.weight"),
    ],
};

fn describe(fields: &Fields) -> Result<Config> {
    fields.grouped_model("qwen2moe", Pairing::HalfSplit, QueryKeyNorm::None, |layer| {
        if is_dense(fields, layer)? {
            return fields.dense();
        }
        let mut experts = experts(fields)?;
        let key = ("expert_shared_feed_forward_length", "shared_expert_intermediate_size");
        let width = match fields.count(key.0, key.1)? {
            Some(width) => width,
            None => fields.required("feed_forward_length", "intermediate_size")?,
        };
        experts.shared = Some(SharedExpert { width, gated: true });
        // GGUF has no key for it: released models of this family do not normalise.
        experts.routing.normalise = fields.flag("", "norm_topk_prob")?.unwrap_or(false);
        Ok(FeedForward::Experts(experts))
    })
}

/// Qwen's experts: softmax over all, then the best; without a shared one.
pub(super) fn experts(fields: &Fields) -> Result<Experts> {
    let (count, used) = fields.expert_counts("num_experts")?;
    let width = match fields.count("expert_feed_forward_length", "moe_intermediate_size")? {
        Some(width) if width > 0 => width,
        _ => fields.required("feed_forward_length", "intermediate_size")? / used,
    };
    let routing =
        Routing { gating: Gating::Softmax, selection_bias: false, groups: None, normalise: true, scale: 1.0 };
    Ok(Experts { count, used, width, routing, shared: None })
}

/// Qwen's `config.json` can make some layers dense: those listed, and those off the step.
pub(super) fn is_dense(fields: &Fields, layer: usize) -> Result<bool> {
    let step = fields.count("", "decoder_sparse_step")?.unwrap_or(1).max(1);
    Ok(fields.config_list("mlp_only_layers").contains(&layer) || !(layer + 1).is_multiple_of(step))
}
