//! Seed-OSS: a dense model of Qwen 2's form, whose heads are wider than their share of the residual stream.
//! Source: transformers `modeling_seed_oss.py`; llama.cpp `seed_oss`.

use super::super::config::{Config, Pairing, QueryKeyNorm};
use super::super::fields::Fields;
use super::{Family, Role};
use crate::Result;

pub(super) static FAMILY: Family = Family {
    architectures: &["seed_oss"],
    model_types: &["seed_oss"],
    describe,
    names: &[(Role::FeedForwardNorm, "blk.{l}.post_attention_norm.weight")],
};

fn describe(fields: &Fields) -> Result<Config> {
    fields.grouped_model("seed_oss", Pairing::HalfSplit, QueryKeyNorm::None, |_| fields.dense())
}
