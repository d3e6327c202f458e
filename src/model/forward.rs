//! The forward pass: tokens in, logits out, for every family and any number of sequences at once.

use super::attention::AttentionScratch;
use super::config::{Attention, Config, FeedForward, Layer};
use super::feed_forward::FeedForwardScratch;
use super::latent_attention::LatentScratch;
use super::rope::{Angles, Rotation};
use super::weights::{FeedForwardWeights, LayerWeights, Linear, PredictionWeights, Weights};
use super::{ExpertObserver, Logits, Outputs, Step};
use crate::kernel::{self, ActivationRows, Activations, Compute, Interrupt, Matrix, Product, Selection};
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
    /// Who may want it to stop. Once raised, everything computed is worth nothing.
    pub interrupt: Interrupt<'a>,
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

/// What a pass runs: the model itself, or what predicts the token after the next one.
#[derive(Clone, Copy)]
pub(super) struct Network<'a> {
    input: Input<'a>,
    pub layers: &'a [Layer],
    weights: &'a [LayerWeights],
    /// `[embedding]`.
    output_norm: &'a [f32],
    /// `[vocabulary, embedding]`.
    output: &'a Matrix,
}

/// What goes into the first layer.
#[derive(Clone, Copy)]
enum Input<'a> {
    /// The tokens' embeddings.
    Embedding(&'a Matrix),
    /// Embeddings and hidden states (`[tokens, embedding]`), projected together.
    Prediction(&'a PredictionWeights, &'a [f32]),
}

impl<'a> Network<'a> {
    pub fn trunk(config: &'a Config, weights: &'a Weights) -> Network<'a> {
        Network {
            input: Input::Embedding(&weights.embedding),
            layers: &config.layers,
            weights: &weights.layers,
            output_norm: &weights.output_norm,
            output: &weights.output,
        }
    }

    /// `hidden`: a row for each token of the pass.
    pub fn prediction(layer: &'a Layer, weights: &'a PredictionWeights, hidden: &'a [f32]) -> Network<'a> {
        Network {
            input: Input::Prediction(weights, hidden),
            layers: std::slice::from_ref(layer),
            weights: std::slice::from_ref(&weights.layer),
            output_norm: &weights.output_norm,
            output: &weights.output,
        }
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
    /// `[tokens, 2 * embedding]`: what a prediction projects.
    joined: Activations,
    pub attention: AttentionScratch,
    pub latent_attention: LatentScratch,
    pub feed_forward: FeedForwardScratch,
}

/// Who looks on while a pass runs.
pub(super) struct Onlooker<'a, 'observer> {
    /// Asked now and then whether to stop: between layers, and between tasks within one.
    pub cancelled: &'a dyn Fn() -> bool,
    /// Told which experts work.
    pub experts: Option<&'a mut ExpertObserver<'observer>>,
}

/// Runs the tokens of `steps` through a network; see [`Model::forward`](super::Model::forward). Hidden states are
/// given if they are `wanted`. On an error the caches hold rows past their length, which the caller cuts off.
#[allow(clippy::too_many_arguments)] // What a pass is made of.
pub(super) fn forward(
    config: &Config,
    network: Network<'_>,
    compute: &Compute,
    rotation: &Rotation,
    steps: &mut [Step<'_>],
    onlooker: Onlooker<'_, '_>,
    wanted: bool,
    scratch: &mut Scratch,
) -> Result<Outputs> {
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
    let Onlooker { cancelled, mut experts } = onlooker;
    let interrupt = Interrupt::new(cancelled);
    let pass = Pass { config, compute, rotation, angles, tokens, parts, interrupt };
    pass.start(network.input, steps, scratch);
    for (index, (layer, weights)) in network.layers.iter().zip(network.weights).enumerate() {
        if pass.interrupt.ask() {
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
            (FeedForward::Experts(description), weights) => {
                pass.expert_feed_forward(description, weights, index, experts.as_deref_mut(), scratch)?;
            }
            (FeedForward::Dense { .. }, FeedForwardWeights::Dense(swiglu)) => {
                pass.dense_feed_forward(swiglu, scratch);
            }
            _ => unreachable!("the weights are loaded by the same description"),
        }
        pass.add_branch(scratch);
    }
    if pass.interrupt.ask() {
        return Err(Error::Cancelled);
    }
    let mut hidden = Vec::new();
    if wanted {
        pass.norm(network.output_norm, scratch);
        hidden = copied(scratch.normed.values())?;
    }
    let logits = pass.logits(network, steps, scratch)?;
    match pass.interrupt.is_raised() {
        true => Err(Error::Cancelled),
        false => Ok(Outputs { logits, hidden }),
    }
}

impl Pass<'_> {
    /// Writes what goes into the first layer to the residual stream.
    fn start(&self, input: Input<'_>, steps: &[Step<'_>], scratch: &mut Scratch) {
        let Pass { config, compute, .. } = self;
        let width = self.config.embedding_length;
        let Scratch { residual, branch, joined, .. } = scratch;
        residual.resize(self.tokens * width, 0.0);
        branch.resize(self.tokens * width, 0.0);
        let tokens: Vec<u32> = steps.iter().flat_map(|step| step.tokens).copied().collect();
        let embed = |table: &Matrix, index: usize, row: &mut [f32]| {
            table.decode_row(tokens[index] as usize, row);
            scale(row, self.config.embedding_scale);
        };
        match input {
            Input::Embedding(table) => {
                self.compute.team().for_each_chunk(residual, width, |index, row| embed(table, index, row));
            }
            Input::Prediction(weights, hidden) => {
                joined.resize(self.tokens, 2 * width);
                self.compute.team().for_each_chunk(joined.values_mut(), 2 * width, |index, row| {
                    let (embedded, seen) = row.split_at_mut(width);
                    let mut embedding = vec![0.0; width];
                    embed(&weights.embedding, index, &mut embedding);
                    let hidden = &hidden[index * width..(index + 1) * width];
                    let epsilon = config.norm_epsilon;
                    compute.rms_norm(&embedding, &weights.embedding_norm, epsilon, embedded);
                    compute.rms_norm(hidden, &weights.hidden_norm, epsilon, seen);
                });
                self.linear(&weights.projection, joined, residual);
            }
        }
    }

    /// Norms the residual stream into `Scratch::normed`.
    fn norm(&self, weight: &[f32], scratch: &mut Scratch) {
        let Pass { config, compute, .. } = self;
        let width = self.config.embedding_length;
        scratch.normed.resize(self.tokens, width);
        let residual = &scratch.residual;
        self.compute.team().for_each_chunk(scratch.normed.values_mut(), width, |token, row| {
            let input = &residual[token * width..(token + 1) * width];
            compute.rms_norm(input, weight, config.norm_epsilon, row);
        });
    }

    /// Adds `Scratch::branch` to the residual stream.
    fn add_branch(&self, scratch: &mut Scratch) {
        let Pass { config, compute, .. } = self;
        let width = self.config.embedding_length;
        let branch = &scratch.branch;
        self.compute.team().for_each_chunk(&mut scratch.residual, width, |token, row| {
            let branch = &branch[token * width..(token + 1) * width];
            compute.add_scaled(row, branch, config.residual_scale);
        });
    }

    /// The rows of logits that the steps ask for.
    fn logits(&self, network: Network<'_>, steps: &[Step<'_>], scratch: &mut Scratch) -> Result<Vec<f32>> {
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
            self.compute.rms_norm(input, network.output_norm, self.config.norm_epsilon, row);
        }
        self.multiply(network.output, None, normed, &mut logits);
        scale(&mut logits, self.config.logit_scale);
        Ok(logits)
    }

    /// Makes activations ready for products with these matrices.
    pub fn prepare<'m>(&self, activations: &mut Activations, weights: impl IntoIterator<Item = &'m Matrix>) {
        if weights.into_iter().any(|matrix| !matrix.format().is_float()) {
            self.compute.quantise(activations);
        }
    }

    /// Rows of activations to be written by products, whose own products are with these matrices: as
    /// [`prepare`](Pass::prepare) would leave them, if that can be.
    pub fn parts<'a, 'm>(
        &self,
        activations: &'a mut Activations,
        counts: impl IntoIterator<Item = usize>,
        weights: impl IntoIterator<Item = &'m Matrix>,
    ) -> Vec<ActivationRows<'a>> {
        let quantised = weights.into_iter().all(|matrix| !matrix.format().is_float());
        self.compute.parts(activations, counts, quantised)
    }

    /// `output = linear(input)` for all rows.
    pub fn linear(&self, linear: &Linear, input: &mut Activations, output: &mut [f32]) {
        self.multiply(&linear.weights, linear.bias.as_deref(), input, output);
    }

    fn multiply(&self, weights: &Matrix, bias: Option<&[f32]>, input: &mut Activations, output: &mut [f32]) {
        self.prepare(input, [weights]);
        self.matmul(&mut [Product {
            weights,
            input,
            selection: Selection::All,
            bias,
            gated: None,
            output: output.into(),
        }]);
    }

    /// Products, unless the pass is to stop.
    pub fn matmul(&self, products: &mut [Product<'_>]) {
        self.compute.matmul_until(products, &self.interrupt);
    }

    /// Attention, unless the pass is to stop.
    pub fn attend(&self, attention: &kernel::Attention<'_>, output: &mut [f32]) {
        self.compute.attention_until(attention, &self.interrupt, output);
    }
}

/// Norms each run of `weight.len()` values of `rows` in place.
pub(super) fn norm_in_place(compute: &Compute, rows: &mut [f32], weight: &[f32], epsilon: f32) {
    for row in rows.chunks_exact_mut(weight.len()) {
        let input = row.to_vec();
        compute.rms_norm(&input, weight, epsilon, row);
    }
}

/// The values in memory of their own.
fn copied(values: &[f32]) -> Result<Vec<f32>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(values.len()).map_err(|_| Error::OutOfMemory {
        bytes: values.len().saturating_mul(4),
        what: "hidden states; give fewer tokens at a time".into(),
    })?;
    copy.extend_from_slice(values);
    Ok(copy)
}

fn scale(values: &mut [f32], factor: f32) {
    if factor != 1.0 {
        values.iter_mut().for_each(|value| *value *= factor);
    }
}
