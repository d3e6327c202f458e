//! OLMoE (OLMoE-1B-7B): many small experts, and queries and keys normed over all heads at once.
//! Source: transformers `modeling_olmoe.py`; llama.cpp `olmoe`.

use super::super::config::{Config, FeedForward, Pairing, QueryKeyNorm};
use super::super::fields::Fields;
use super::{mixtral, Family};
use crate::Result;

pub(super) static FAMILY: Family =
    Family { architectures: &["olmoe"], model_types: &["olmoe"], describe, names: &[] };

fn describe(fields: &Fields) -> Result<Config> {
    if fields.number("attention.clamp_kqv", "clip_qkv")?.is_some() {
        let what = "is set; limits on queries, keys and values are not supported in this family";
        return Err(fields.error("attention.clamp_kqv", "clip_qkv", what));
    }
    fields.grouped_model("olmoe", Pairing::HalfSplit, QueryKeyNorm::AllHeads, |_| {
        let mut experts = mixtral::experts(fields, "num_experts")?;
        // GGUF has no key for it: released models of this family do not normalise.
        experts.routing.normalise = fields.flag("", "norm_topk_prob")?.unwrap_or(false);
        Ok(FeedForward::Experts(experts))
    })
}
