//! Grouped-query attention (GQA). Reads the normed residual stream and
//! leaves the attention's share of the residual stream in `Scratch::branch`.

use super::config::GroupedAttention;
use super::forward::{norm_in_place, Pass, Scratch};
use super::weights::{AttentionWeights, Linear};
use super::Step;
use crate::kernel::{Activations, Attention, Matrix, Output, Product, Selection};

/// Buffers of attention, kept between layers and calls.
#[derive(Debug, Default)]
pub(super) struct AttentionScratch {
    /// `[tokens, heads * query length]`.
    query: Vec<f32>,
    /// `[tokens, kv heads * key length]`.
    key: Vec<f32>,
    /// `[tokens, kv heads * value length]`.
    value: Vec<f32>,
    /// `[tokens, heads * value length]`: what goes through the output projection.
    attended: Activations,
}

impl Pass<'_> {
    pub(super) fn grouped_attention(
        &self,
        attention: &GroupedAttention,
        weights: &AttentionWeights,
        layer: usize,
        steps: &mut [Step<'_>],
        scratch: &mut Scratch,
    ) {
        let Pass { config, compute, rotation, angles, .. } = self;
        let AttentionWeights::Grouped { query, key, value, output, query_norm, key_norm, sinks } = weights
        else {
            unreachable!("the weights are loaded by the same description");
        };
        let GroupedAttention { heads, kv_heads, head_length, scale, window, .. } = *attention;
        let tokens = self.tokens;
        let Scratch { normed, branch, attention: buffers, .. } = scratch;
        let (query_width, key_width) = (heads * head_length, kv_heads * head_length);
        buffers.query.resize(tokens * query_width, 0.0);
        buffers.key.resize(tokens * key_width, 0.0);
        buffers.value.resize(tokens * key_width, 0.0);
        self.prepare(normed, [&query.weights, &key.weights, &value.weights]);
        self.matmul(&mut [
            product(query, normed, &mut buffers.query),
            product(key, normed, &mut buffers.key),
            product(value, normed, &mut buffers.value),
        ]);
        for (rows, width, norm) in
            [(&mut buffers.query, query_width, query_norm), (&mut buffers.key, key_width, key_norm)]
        {
            self.compute.team().for_each_chunk(rows, width, |token, row| {
                if let Some(norm) = norm {
                    norm_in_place(compute, row, norm, config.norm_epsilon);
                }
                for head in row.chunks_exact_mut(head_length) {
                    rotation.turn(head, angles, token);
                }
            });
        }
        buffers.attended.resize(tokens, query_width);
        for (step, part) in steps.iter_mut().zip(&self.parts) {
            let keys = part.rows(key_width);
            let first_row = step.cache.first_row(layer);
            let cache = &mut step.cache.layers[layer];
            cache.append(compute, &buffers.key[keys.clone()], &buffers.value[keys]);
            let queries = part.rows(query_width);
            self.attend(
                &Attention {
                    queries: &buffers.query[queries.clone()],
                    keys: &cache.keys,
                    values: cache.values.as_ref().unwrap_or(&cache.keys),
                    first_row,
                    key_stride: key_width,
                    value_stride: key_width,
                    tokens: part.tokens,
                    first_position: part.first_position,
                    heads,
                    kv_heads,
                    key_length: head_length,
                    value_length: head_length,
                    scale,
                    window,
                    sinks: sinks.as_deref(),
                },
                &mut buffers.attended.values_mut()[queries],
            );
        }
        self.linear(output, &mut buffers.attended, branch);
    }
}

/// The product of all rows of `input` with `linear`.
pub(super) fn product<'a>(
    linear: &'a Linear,
    input: &'a Activations,
    output: impl Into<Output<'a>>,
) -> Product<'a> {
    Product {
        weights: &linear.weights,
        input,
        selection: Selection::All,
        bias: linear.bias.as_deref(),
        gated: None,
        output: output.into(),
    }
}

/// The product of all rows of `input` with `weights`.
pub(super) fn whole<'a>(
    weights: &'a Matrix,
    input: &'a Activations,
    output: impl Into<Output<'a>>,
) -> Product<'a> {
    Product { weights, input, selection: Selection::All, bias: None, gated: None, output: output.into() }
}
