//! Qwen 1.5, 2 and 2.5 dense models, and DeepSeek R1's distillations onto them.
//! Source: transformers `modeling_qwen2.py`; llama.cpp `qwen2`.

use super::super::config::{Config, Pairing, QueryKeyNorm};
use super::super::fields::Fields;
use super::Family;
use crate::Result;

pub(super) static FAMILY: Family =
    Family { architectures: &["qwen2"], model_types: &["qwen2"], describe, names: &[] };

fn describe(fields: &Fields) -> Result<Config> {
    fields.grouped_model("qwen2", Pairing::HalfSplit, QueryKeyNorm::None, |_| fields.dense())
}
