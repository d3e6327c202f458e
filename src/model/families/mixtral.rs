//! Mixtral as a Hugging Face folder (as GGUF it is of the family `llama`).
//! Source: transformers `modeling_mixtral.py`.

use super::super::config::{Config, Experts, FeedForward, Gating, QueryKeyNorm, Routing};
use super::super::fields::Fields;
use super::{llama, Family, Role};
use crate::Result;

pub(super) static FAMILY: Family = Family {
    architectures: &[],
    model_types: &["mixtral"],
    describe,
    names: &[
        (Role::Router, "model.layers.{l}.block_sparse_moe.gate.weight"),
        (Role::ExpertGate, "model.layers.{l}.block_sparse_moe.experts.{e}.w1.weight"),
        (Role::ExpertUp, "model.layers.{l}.block_sparse_moe.experts.{e}.w3.weight"),
        (Role::ExpertDown, "model.layers.{l}.block_sparse_moe.experts.{e}.w2.weight"),
    ],
};

fn describe(fields: &Fields) -> Result<Config> {
    if fields.count("", "sliding_window")?.is_some() {
        let what = "is set; sliding windows are not supported in this family";
        return Err(fields.error("", "sliding_window", what));
    }
    fields.grouped_model("mixtral", llama::pairing(fields), QueryKeyNorm::None, |_| {
        Ok(FeedForward::Experts(experts(fields, "num_local_experts")?))
    })
}

/// Softmax over all experts, then the best with their weights made to sum to one; the experts are as
/// wide as the dense network would be. `hugging_face`: the key of their number.
pub(super) fn experts(fields: &Fields, hugging_face: &str) -> Result<Experts> {
    let (count, used) = fields.expert_counts(hugging_face)?;
    let width = fields.required("feed_forward_length", "intermediate_size")?;
    let routing =
        Routing { gating: Gating::Softmax, selection_bias: false, groups: None, normalise: true, scale: 1.0 };
    Ok(Experts { count, used, width, routing, shared: None })
}
