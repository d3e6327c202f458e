//! Qwen 3 mixtures of experts.
//! Source: transformers `modeling_qwen3_moe.py`; llama.cpp `qwen3moe`.

use super::super::config::{Config, FeedForward, Pairing, QueryKeyNorm};
use super::super::fields::Fields;
use super::qwen2moe::{experts, is_dense};
use super::Family;
use crate::Result;

pub(super) static FAMILY: Family =
    Family { architectures: &["qwen3moe"], model_types: &["qwen3_moe"], describe, names: &[] };

fn describe(fields: &Fields) -> Result<Config> {
    fields.grouped_model("qwen3moe", Pairing::HalfSplit, QueryKeyNorm::EachHead, |layer| {
        if is_dense(fields, layer)? {
            return fields.dense();
        }
        let mut experts = experts(fields)?;
        // GGUF has no key for it: released models of this family normalise. transformers' default,
        // for a config.json without the key, is not to.
        experts.routing.normalise = fields.flag("", "norm_topk_prob")?.unwrap_or(fields.is_gguf());
        Ok(FeedForward::Experts(experts))
    })
}
