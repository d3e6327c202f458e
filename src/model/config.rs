//! The one normalised description of a model that every family is reduced to. Families fill it in
//! (`families/`), the forward pass reads it; nothing here knows a file format.

#[doc(inline)]
pub use crate::kernel::Activation;

/// What a model is: everything the forward pass needs beside the weights.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// The family's name, as GGUF's `general.architecture` says it.
    pub family: &'static str,
    /// The model's own name, if its file carries one.
    pub name: Option<String>,
    /// The width of the residual stream.
    pub embedding_length: usize,
    /// Rows of the embedding, and entries of a row of logits.
    pub vocabulary_size: usize,
    /// The longest context that the model was made for, in tokens.
    pub context_length: usize,
    /// Added to the mean square in every root-mean-square norm.
    pub norm_epsilon: f32,
    /// Added instead in the norms inside latent attention (between its low-rank projections).
    pub latent_norm_epsilon: f32,
    /// Whether a file without an output matrix means that the embedding serves as one.
    pub may_tie_output: bool,
    /// Multiplies the embeddings.
    pub embedding_scale: f32,
    /// Multiplies what attention and feed-forward part add to the residual stream.
    pub residual_scale: f32,
    /// Multiplies the logits.
    pub logit_scale: f32,
    /// How positions turn queries and keys.
    pub rope: Rope,
    /// What every feed-forward network does between its projections.
    pub activation: Activation,
    /// The layers, first to last.
    pub layers: Vec<Layer>,
    /// The layer behind them that predicts the token after the next one, if the file holds it (multi-token
    /// prediction: DeepSeek-V3, <https://arxiv.org/abs/2412.19437>, section 2.2). It works only where it is
    /// asked for: [`ModelOptions::prediction`](super::ModelOptions::prediction).
    pub prediction: Option<Layer>,
}

/// One layer: attention, then feed-forward, each behind a norm and added to the residual stream.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Layer {
    /// The attention.
    pub attention: Attention,
    /// The feed-forward part.
    pub feed_forward: FeedForward,
}

/// How a layer attends to earlier tokens.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Attention {
    /// Query heads share key and value heads in groups of `heads / kv_heads`.
    Grouped(GroupedAttention),
    /// Multi-head latent attention: keys and values are projections of one cached latent a token.
    Latent(LatentAttention),
}

/// Grouped-query attention (Ainslie et al. 2023, <https://arxiv.org/abs/2305.13245>).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GroupedAttention {
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Length of a query, key and value.
    pub head_length: usize,
    /// Whether and how queries and keys are normed before they are turned.
    pub norm: QueryKeyNorm,
    /// Multiplies the dot products.
    pub scale: f32,
    /// A token sees itself and this many less one before it; `None`: all before it.
    pub window: Option<usize>,
    /// Whether each head has a learned logit that joins the softmax and stands for no position.
    pub sinks: bool,
}

/// Over what the mean square is taken that norms a token's queries, and that norms its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryKeyNorm {
    /// They are not normed.
    None,
    /// Each head for itself; the weights are the same for all heads.
    EachHead,
    /// All heads together.
    AllHeads,
}

/// Multi-head latent attention (DeepSeek-V2, <https://arxiv.org/abs/2405.04434>, section 2.1).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LatentAttention {
    /// Query heads.
    pub heads: usize,
    /// Rank of the query's low-rank projection; `None`: one full projection ("lite" models).
    pub query_rank: Option<usize>,
    /// Length of the latent that keys and values are made of.
    pub latent_length: usize,
    /// Length of the part of a query and key without position.
    pub plain_length: usize,
    /// Length of the part of a query and key that positions turn; the key part is shared by all heads.
    pub rope_length: usize,
    /// Length of a value.
    pub value_length: usize,
    /// Multiplies the dot products.
    pub scale: f32,
}

/// The feed-forward part of a layer; see [`Activation`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FeedForward {
    /// One network for every token.
    Dense {
        /// The inner width.
        width: usize,
    },
    /// A mixture of experts.
    Experts(Experts),
}

/// A mixture of experts: a router picks a few of many small networks for each token.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Experts {
    /// How many experts there are.
    pub count: usize,
    /// How many of them work on a token.
    pub used: usize,
    /// The inner width of one expert.
    pub width: usize,
    /// How the experts are chosen and weighted.
    pub routing: Routing,
    /// The expert that works on every token.
    pub shared: Option<SharedExpert>,
}

/// The expert that works on every token, beside the chosen ones.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SharedExpert {
    /// The inner width.
    pub width: usize,
    /// Whether its output is multiplied by the sigmoid of a projection of the input.
    pub gated: bool,
}

/// How experts are chosen and weighted.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Routing {
    /// How router logits become scores.
    pub gating: Gating,
    /// A bias may be added to the scores for choosing (never for weighting); the file says whether.
    pub selection_bias: bool,
    /// Only experts of the best groups can be chosen.
    pub groups: Option<Groups>,
    /// Whether the weights of the chosen experts are made to sum to one.
    pub normalise: bool,
    /// Multiplies the weights, after normalising.
    pub scale: f32,
}

/// How router logits become scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gating {
    /// Softmax over all experts.
    Softmax,
    /// Sigmoid of each.
    Sigmoid,
    /// None: the experts with the largest logits are chosen, and the softmax over their logits weighs them.
    SoftmaxOfChosen,
}

/// Group-limited choice: experts stand in equal consecutive groups, and only the best groups count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Groups {
    /// How many groups there are.
    pub count: usize,
    /// How many of them can be chosen from.
    pub used: usize,
    /// How a group is rated.
    pub rule: GroupRule,
}

/// How a group of experts is rated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupRule {
    /// By its best score (DeepSeek-V2); scores outside the chosen groups become zero.
    Maximum,
    /// By the sum of its two best scores (DeepSeek-V3); experts outside the chosen groups are out.
    SumOfTwoBest,
}

/// Rotary position embedding (Su et al. 2021, <https://arxiv.org/abs/2104.09864>).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rope {
    /// Which two values of a head make a pair.
    pub pairing: Pairing,
    /// How many values of a head are turned, from the first on; even.
    pub length: usize,
    /// The base of the frequencies: pair `i` turns by `position * base^(-2i / length)`.
    pub base: f32,
    /// How the frequencies are changed for long contexts.
    pub scaling: RopeScaling,
}

/// Which two values of a head make a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pairing {
    /// `(2i, 2i + 1)`.
    Interleaved,
    /// `(i, i + length / 2)`.
    HalfSplit,
}

/// How rotary frequencies are changed for long contexts.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RopeScaling {
    /// Not at all.
    None,
    /// Every frequency is divided by the factor.
    Linear {
        /// The divisor.
        factor: f32,
    },
    /// Llama 3.1: low frequencies are divided by the factor, high ones kept, those between blended.
    Llama3 {
        /// The divisor of low frequencies.
        factor: f32,
        /// Wavelengths above `original_context / low_frequency_factor` are low.
        low_frequency_factor: f32,
        /// Wavelengths below `original_context / high_frequency_factor` are high.
        high_frequency_factor: f32,
        /// The context of the original training, in tokens.
        original_context: f32,
    },
    /// YaRN (Peng et al. 2023, <https://arxiv.org/abs/2309.00071>).
    Yarn(Yarn),
}

/// The parameters of YaRN.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Yarn {
    /// How many times the original context is stretched.
    pub factor: f32,
    /// The context of the original training, in tokens.
    pub original_context: f32,
    /// Pairs that turn more often than this in the original context keep their frequency.
    pub beta_fast: f32,
    /// Pairs that turn less often than this in the original context are divided by the factor.
    pub beta_slow: f32,
    /// Whether the borders between the two are rounded to whole pairs.
    pub truncate: bool,
    /// Multiplies sine and cosine.
    pub magnitude: f32,
}

impl Yarn {
    /// The magnitude correction `0.1 * multiplier * ln(factor) + 1` of YaRN's authors (1 for factors up to 1).
    pub fn correction(factor: f32, multiplier: f32) -> f32 {
        if factor <= 1.0 {
            1.0
        } else {
            0.1 * multiplier * factor.ln() + 1.0
        }
    }
}
