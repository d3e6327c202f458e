//! Llama 1 to 3.2, Mistral's models in Llama's form, and Mixtral as GGUF (which calls it `llama`).
//! Source: transformers `modeling_llama.py`; llama.cpp `llama` and its converter's row order.

use super::super::config::{Config, FeedForward, Pairing, QueryKeyNorm};
use super::super::fields::Fields;
use super::{mixtral, Family};
use crate::Result;

pub(super) static FAMILY: Family =
    Family { architectures: &["llama"], model_types: &["llama"], describe, names: &[] };

fn describe(fields: &Fields) -> Result<Config> {
    let experts = fields.is_gguf() && fields.count("expert_count", "")?.unwrap_or(0) > 0;
    fields.grouped_model("llama", pairing(fields), QueryKeyNorm::None, |_| {
        if experts {
            Ok(FeedForward::Experts(mixtral::experts(fields, "")?))
        } else {
            fields.dense()
        }
    })
}

/// GGUF's converter reorders the rows of queries and keys so that pairs stand side by side.
pub(super) fn pairing(fields: &Fields) -> Pairing {
    if fields.is_gguf() {
        Pairing::Interleaved
    } else {
        Pairing::HalfSplit
    }
}
