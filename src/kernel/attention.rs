//! Softmax attention over cached keys and values, grouped-query and latent alike.

use half::f16;

/// How cached keys and values are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheFormat {
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
}

/// Rows of a key or value cache: position-major, `width` values a position.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum CacheRows {
    F32(Vec<f32>),
    F16(Vec<f16>),
}

/// Softmax attention of some tokens of one sequence over its cached positions.
///
/// `output[t][h] = Σ_p softmax_p(scale * query[t][h] · key[p][h / (heads / kv_heads)]) * value[p][...]`,
/// over the positions `p <= first_position + t` that the window lets see. Latent attention is the case
/// `kv_heads == 1` where `values` is the same rows as `keys` and `value_length < key_length`
/// (the value is the first `value_length` values of the row).
#[derive(Debug)]
pub struct Attention<'a> {
    /// `[tokens, heads, key_length]`.
    pub queries: &'a [f32],
    /// `[positions, key_stride]`; head `k` of a position is at `k * key_length`.
    pub keys: &'a CacheRows,
    /// `[positions, value_stride]`; head `k` of a position is at `k * value_length`.
    pub values: &'a CacheRows,
    /// Values from one position's key row to the next.
    pub key_stride: usize,
    /// Values from one position's value row to the next.
    pub value_stride: usize,
    /// How many tokens.
    pub tokens: usize,
    /// The position of the first token; the cache already holds the rows of all tokens.
    pub first_position: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Length of a query and a key.
    pub key_length: usize,
    /// Length of a value.
    pub value_length: usize,
    /// Multiplies the dot products.
    pub scale: f32,
    /// A key at `p0` is seen from `p1` only if `p1 - p0 < window`.
    pub window: Option<usize>,
    /// One extra logit a head that joins the denominator (not scaled) and contributes no value.
    pub sinks: Option<&'a [f32]>,
}
