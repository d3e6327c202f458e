//! Granite 3's mixtures of experts, PowerMoE, and those with a shared expert: Llama's form with four
//! multipliers. Source: transformers `modeling_granitemoe.py`, `modeling_granitemoeshared.py`; llama.cpp
//! `granitemoe` and its converter's row order, which is Llama's.

use super::super::config::{Config, FeedForward, QueryKeyNorm, SharedExpert};
use super::super::fields::Fields;
use super::{llama, mixtral, Family, Role};
use crate::Result;

pub(super) static FAMILY: Family = Family {
    architectures: &["granitemoe"],
    model_types: &["granitemoe", "granitemoeshared"],
    describe,
    names: &[
        (Role::Router, "model.layers.{l}.block_sparse_moe.router.layer.weight"),
        (Role::ExpertGateUp, "model.layers.{l}.block_sparse_moe.input_linear.weight"),
        (Role::ExpertDown, "model.layers.{l}.block_sparse_moe.output_linear.weight"),
        (Role::SharedGateUp, "model.layers.{l}.shared_mlp.input_linear.weight"),
        (Role::SharedDown, "model.layers.{l}.shared_mlp.output_linear.weight"),
    ],
};

fn describe(fields: &Fields) -> Result<Config> {
    let (gguf, hugging_face) = ("attention.scale", "attention_multiplier");
    if !fields.is_gguf() && fields.number(gguf, hugging_face)?.is_none() {
        let what = "is missing; every released model of this family has it";
        return Err(fields.error(gguf, hugging_face, what));
    }
    let model = fields.grouped_model("granitemoe", llama::pairing(fields), QueryKeyNorm::None, |_| {
        let mut experts = mixtral::experts(fields, "num_local_experts")?;
        let width = fields.count("expert_shared_feed_forward_length", "shared_intermediate_size")?;
        experts.shared = width.filter(|width| *width > 0).map(|width| SharedExpert { width, gated: false });
        Ok(FeedForward::Experts(experts))
    })?;
    Ok(Config {
        embedding_scale: fields.factor("embedding_scale", "embedding_multiplier")?,
        residual_scale: fields.factor("residual_scale", "residual_multiplier")?,
        // The files name the divisor.
        logit_scale: 1.0 / fields.factor("logit_scale", "logits_scaling")?,
        ..model
    })
}
