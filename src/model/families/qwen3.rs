//! Qwen 3 dense models.
//! Source: transformers `modeling_qwen3.py`; llama.cpp `qwen3`.

use super::super::config::{Config, Pairing, QueryKeyNorm};
use super::super::fields::Fields;
use super::Family;
use crate::Result;

pub(super) static FAMILY: Family =
    Family { architectures: &["qwen3"], model_types: &["qwen3"], describe, names: &[] };

fn describe(fields: &Fields) -> Result<Config> {
    fields.grouped_model("qwen3", Pairing::HalfSplit, QueryKeyNorm::EachHead, |_| fields.dense())
}
