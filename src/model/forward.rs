//! The forward pass: tokens in, logits out, for every family and any number of sequences at once.

use super::attention::AttentionScratch;
use super::config::{Attention, Config, FeedForward};
use super::feed_forward::FeedForwardScratch;
use super::rope::{Angles, Rotation};
use super::weights::{FeedForwardWeights, Linear, Weights};
use super::{ExpertObserver, Logits, Step};
use crate::kernel::{Activations, Compute, Matrix};
use crate::quant::Format;
use crate::{Error, Result};
use std::ops::Range;

/// One forward pass: what its layers share.
pub(super) struct Pass<'a> {
    pub config: &'a Config,
    pub compute: &'a Compute,
    pub rotation: &'a Rotation,
    pub angles: Angles,
    /// All tokens of all sequences.
    pub tokens: usize,
    /// The share of each sequence, in the order of the steps.
    pub parts: Vec<Part>,
}

/// One sequence's share of the tokens of a pass.
pub(super) struct Part {
    first: usize,
    pub tokens: usize,
    /// The position of its first token in its sequence.
    pub first_position: usize,
}

impl Part {
    /// Where its rows of `width` values lie.
    pub fn rows(&self, width: usize) -> Range<usize> {
        self.first * width..(self.first + self.tokens) * width
    }
}

/// Buffers of a pass, kept between calls.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// `[tokens, embedding]`: the residual stream.
    residual: Vec<f32>,
    /// `[tokens, embedding]`: the residual stream, normed.
    pub normed: Activations,
    /// `[tokens, embedding]`: what a branch adds to the residual stream.
    pub branch: Vec<f32>,
    pub attention: AttentionScratch,
    pub feed_forward: FeedForwardScratch,
}

/// Who looks on while a pass runs.
pub(super) struct Onlooker<'a, 'observer> {
    /// Asked between layers whether to stop.
    pub cancelled: &'a dyn Fn() -> bool,
    /// Told which experts work.
    pub experts: Option<&'a mut ExpertObserver<'observer>>,
}

/// Runs the tokens of `steps` through the model; see [`Model::forward`](super::Model::forward).
/// On an error the caches hold rows past their length, which the caller cuts off.
pub(super) fn forward(
    config: &Config,
    weights: &Weights,
    compute: &Compute,
    rotation: &Rotation,
    steps: &mut [Step<'_>],
    mut onlooker: Onlooker<'_, '_>,
    scratch: &mut Scratch,
) -> Result<Vec<f32>> {
    let mut tokens = 0;
    let parts: Vec<Part> = steps
        .iter()
        .map(|step| {
            let first = tokens;
            tokens += step.tokens.len();
            Part { first, tokens: step.tokens.len(), first_position: step.cache.len() }
        })
        .collect();
    let positions = parts.iter().flat_map(|part| (0..part.tokens).map(|token| part.first_position + token));
    let angles = rotation.angles(positions);
    let pass = Pass { config, compute, rotation, angles, tokens, parts };
    let width = config.embedding_length;

    scratch.residual.resize(tokens * width, 0.0);
    scratch.branch.resize(tokens * width, 0.0);
    let inputs: Vec<u32> = steps.iter().flat_map(|step| step.tokens).copied().collect();
    compute.team().for_each_chunk(&mut scratch.residual, width, |index, row| {
        weights.embedding.decode_row(inputs[index] as usize, row);
        scale(row, config.embedding_scale);
    });
    for (index, (layer, weights)) in config.layers.iter().zip(&weights.layers).enumerate() {
        if (onlooker.cancelled)() {
            return Err(Error::Cancelled);
        }
        pass.norm(&weights.attention_norm, scratch);
        match &layer.attention {
            Attention::Grouped(attention) => {
                pass.grouped_attention(attention, &weights.attention, index, steps, scratch);
            }
            Attention::Latent(attention) => {
                pass.latent_attention(attention, &weights.attention, index, steps, scratch);
            }
        }
        pass.add_branch(scratch);
        pass.norm(&weights.feed_forward_norm, scratch);
        match (&layer.feed_forward, &weights.feed_forward) {
            (FeedForward::Experts(experts), weights) => {
                pass.expert_feed_forward(experts, weights, index, onlooker.experts.as_deref_mut(), scratch)?;
            }
            (FeedForward::Dense { .. }, FeedForwardWeights::Dense(swiglu)) => {
                pass.dense_feed_forward(swiglu, scratch);
            }
            _ => unreachable!("the weights are loaded by the same description"),
        }
        pass.add_branch(scratch);
    }
    if (onlooker.cancelled)() {
        return Err(Error::Cancelled);
    }
    pass.logits(weights, steps, scratch)
}

impl Pass<'_> {
    /// Norms the residual stream into `Scratch::normed`.
    fn norm(&self, weight: &[f32], scratch: &mut Scratch) {
        let width = self.config.embedding_length;
        scratch.normed.resize(self.tokens, width);
        let residual = &scratch.residual;
        self.compute.team().for_each_chunk(scratch.normed.values_mut(), width, |token, row| {
            let input = &residual[token * width..(token + 1) * width];
            self.compute.rms_norm(input, weight, self.config.norm_epsilon, row);
        });
    }

    /// Adds `Scratch::branch` to the residual stream.
    fn add_branch(&self, scratch: &mut Scratch) {
        let width = self.config.embedding_length;
        let branch = &scratch.branch;
        self.compute.team().for_each_chunk(&mut scratch.residual, width, |token, row| {
            let branch = &branch[token * width..(token + 1) * width];
            self.compute.add_scaled(row, branch, self.config.residual_scale);
        });
    }

    /// The rows of logits that the steps ask for.
    fn logits(&self, weights: &Weights, steps: &[Step<'_>], scratch: &mut Scratch) -> Result<Vec<f32>> {
        let wanted: Vec<usize> = steps
            .iter()
            .zip(&self.parts)
            .flat_map(|(step, part)| {
                let end = part.first + part.tokens;
                match step.logits {
                    Logits::None => end..end,
                    Logits::Last => end - 1..end,
                    Logits::All => part.first..end,
                }
            })
            .collect();
        let width = self.config.embedding_length;
        let length = wanted.len() * self.config.vocabulary_size;
        let mut logits = Vec::new();
        logits.try_reserve_exact(length).map_err(|_| Error::OutOfMemory {
            bytes: length.saturating_mul(4),
            what: format!("{} rows of logits; ask for fewer tokens at a time", wanted.len()),
        })?;
        logits.resize(length, 0.0);
        if wanted.is_empty() {
            return Ok(logits);
        }
        let Scratch { residual, normed, .. } = scratch;
        normed.resize(wanted.len(), width);
        for (row, token) in normed.values_mut().chunks_exact_mut(width).zip(&wanted) {
            let input = &residual[token * width..(token + 1) * width];
            self.compute.rms_norm(input, &weights.output_norm, self.config.norm_epsilon, row);
        }
        self.multiply(&weights.output, None, normed, &mut logits);
        scale(&mut logits, self.config.logit_scale);
        Ok(logits)
    }

    /// Makes activations ready for products with these matrices.
    pub fn prepare<'m>(&self, activations: &mut Activations, weights: impl IntoIterator<Item = &'m Matrix>) {
        if weights.into_iter().any(|matrix| !is_float(matrix.format())) {
            self.compute.quantise(activations);
        }
    }

    /// `output = linear(input)` for all rows.
    pub fn linear(&self, linear: &Linear, input: &mut Activations, output: &mut [f32]) {
        self.multiply(&linear.weights, linear.bias.as_deref(), input, output);
    }

    fn multiply(&self, weights: &Matrix, bias: Option<&[f32]>, input: &mut Activations, output: &mut [f32]) {
        use crate::kernel::{Product, Selection};
        self.prepare(input, [weights]);
        self.compute.matmul(&mut [Product { weights, input, selection: Selection::All, bias, output }]);
    }

    /// Norms each run of `weight.len()` values of `rows` in place.
    pub fn norm_in_place(&self, rows: &mut [f32], weight: &[f32], epsilon: f32) {
        for row in rows.chunks_exact_mut(weight.len()) {
            let input = row.to_vec();
            self.compute.rms_norm(&input, weight, epsilon, row);
        }
    }
}

fn scale(values: &mut [f32], factor: f32) {
    if factor != 1.0 {
        values.iter_mut().for_each(|value| *value *= factor);
    }
}

fn is_float(format: Format) -> bool {
    matches!(format, Format::F32 | Format::F16 | Format::BF16)
}
