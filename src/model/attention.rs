//! Attention: grouped-query (GQA) and multi-head latent (MLA). Reads the normed residual stream and
//! leaves the attention's share of the residual stream in `Scratch::branch`.

use super::config::{GroupedAttention, LatentAttention};
use super::forward::{norm_in_place, Pass, Scratch};
use super::weights::{AttentionWeights, LatentKeys, LatentQuery, Linear};
use super::Step;
use crate::kernel::{Activations, Attention, Matrix, Product, Selection};
use crate::quant::Format;

/// Buffers of attention, kept between layers and calls.
#[derive(Debug, Default)]
pub(super) struct AttentionScratch {
    /// `[tokens, heads * query length]`.
    query: Vec<f32>,
    /// `[tokens, kv heads * key length]`, or `[tokens, latent + rope]`.
    key: Vec<f32>,
    /// `[tokens, kv heads * value length]`.
    value: Vec<f32>,
    /// `[tokens, rank]`: the low-rank query.
    low_rank: Activations,
    /// `[heads * tokens, plain]`, head by head: queries without their rotary part.
    plain: Activations,
    /// `[heads * tokens, latent]`, head by head: the same in the space of the latent.
    projected: Vec<f32>,
    /// `[tokens, heads, latent + rope]`.
    absorbed: Vec<f32>,
    /// `[tokens, heads, latent]`.
    mixed: Vec<f32>,
    /// `[heads * tokens, latent]`, head by head: the same.
    mixed_by_head: Activations,
    /// `[heads * tokens, value]`, head by head: what the value projections make of it.
    values_by_head: Vec<f32>,
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
            cache.append(&buffers.key[keys.clone()], &buffers.value[keys]);
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
                    may_round: may_round(output),
                    sinks: sinks.as_deref(),
                },
                &mut buffers.attended.values_mut()[queries],
            );
        }
        self.linear(output, &mut buffers.attended, branch);
    }

    /// Latent attention in its absorbed form: queries go through the key projection instead of the
    /// cached latents, so that only the latent is cached and one pass over it serves all heads.
    pub(super) fn latent_attention(
        &self,
        attention: &LatentAttention,
        weights: &AttentionWeights,
        layer: usize,
        steps: &mut [Step<'_>],
        scratch: &mut Scratch,
    ) {
        let Pass { compute, rotation, angles, .. } = self;
        let AttentionWeights::Latent { query, latent, latent_norm, keys, values, output } = weights else {
            unreachable!("the weights are loaded by the same description");
        };
        let LatentAttention { heads, latent_length, plain_length, rope_length, value_length, .. } =
            *attention;
        let tokens = self.tokens;
        let epsilon = self.config.latent_norm_epsilon;
        let Scratch { normed, branch, attention: buffers, .. } = scratch;
        let head_length = plain_length + rope_length;
        let query_width = heads * head_length;
        let latent_width = latent_length + rope_length;

        buffers.query.resize(tokens * query_width, 0.0);
        buffers.key.resize(tokens * latent_width, 0.0);
        match query {
            LatentQuery::Full(query) => {
                self.prepare(normed, [&query.weights, &latent.weights]);
                self.matmul(&mut [
                    product(query, normed, &mut buffers.query),
                    product(latent, normed, &mut buffers.key),
                ]);
            }
            LatentQuery::LowRank { down, norm, up } => {
                buffers.low_rank.resize(tokens, norm.len());
                self.prepare(normed, [&down.weights, &latent.weights]);
                self.matmul(&mut [
                    product(down, normed, buffers.low_rank.values_mut()),
                    product(latent, normed, &mut buffers.key),
                ]);
                norm_in_place(self.compute, buffers.low_rank.values_mut(), norm, epsilon);
                self.linear(up, &mut buffers.low_rank, &mut buffers.query);
            }
        }

        // The latent is normed, the part that positions turn is not; both are cached.
        self.compute.team().for_each_chunk(&mut buffers.key, latent_width, |token, row| {
            let (latent, rope) = row.split_at_mut(latent_length);
            norm_in_place(compute, latent, latent_norm, epsilon);
            rotation.turn(rope, angles, token);
        });

        // Each head's query without position goes into the space of the latent.
        buffers.plain.resize(heads * tokens, plain_length);
        let query = &buffers.query;
        self.for_each_row(buffers.plain.values_mut(), plain_length, |index, row| {
            let start = (index % tokens) * query_width + (index / tokens) * head_length;
            row.copy_from_slice(&query[start..start + plain_length]);
        });
        buffers.projected.resize(heads * tokens * latent_length, 0.0);
        match keys {
            LatentKeys::Absorbed(keys) => {
                self.project_heads(keys, &mut buffers.plain, &mut buffers.projected);
            }
            LatentKeys::Projection(keys) => {
                let rows = buffers.plain.values();
                self.compute.team().for_each_chunk(&mut buffers.projected, latent_length, |index, output| {
                    let row = &rows[index * plain_length..(index + 1) * plain_length];
                    output.fill(0.0);
                    compute.transposed_matvec(&keys[index / tokens], row, output);
                });
            }
        }
        buffers.absorbed.resize(tokens * heads * latent_width, 0.0);
        self.compute.team().for_each_chunk(&mut buffers.absorbed, heads * latent_width, |token, row| {
            for (head, row) in row.chunks_exact_mut(latent_width).enumerate() {
                let (plain, rope) = row.split_at_mut(latent_length);
                let start = (head * tokens + token) * latent_length;
                plain.copy_from_slice(&buffers.projected[start..start + latent_length]);
                let end = token * query_width + (head + 1) * head_length;
                rope.copy_from_slice(&buffers.query[end - rope_length..end]);
                rotation.turn(rope, angles, token);
            }
        });

        buffers.mixed.resize(tokens * heads * latent_length, 0.0);
        for (step, part) in steps.iter_mut().zip(&self.parts) {
            let first_row = step.cache.first_row(layer);
            let cache = &mut step.cache.layers[layer];
            cache.append(&buffers.key[part.rows(latent_width)], &[]);
            self.attend(
                &Attention {
                    queries: &buffers.absorbed[part.rows(heads * latent_width)],
                    keys: &cache.keys,
                    values: &cache.keys,
                    first_row,
                    key_stride: latent_width,
                    value_stride: latent_width,
                    tokens: part.tokens,
                    first_position: part.first_position,
                    heads,
                    kv_heads: 1,
                    key_length: latent_width,
                    value_length: latent_length,
                    scale: attention.scale,
                    window: None,
                    may_round: may_round(output),
                    sinks: None,
                },
                &mut buffers.mixed[part.rows(heads * latent_length)],
            );
        }

        // The mix of latents goes through each head's value projection.
        buffers.mixed_by_head.resize(heads * tokens, latent_length);
        let mixed = &buffers.mixed;
        self.for_each_row(buffers.mixed_by_head.values_mut(), latent_length, |index, row| {
            let start = ((index % tokens) * heads + index / tokens) * latent_length;
            row.copy_from_slice(&mixed[start..start + latent_length]);
        });
        buffers.values_by_head.resize(heads * tokens * value_length, 0.0);
        self.project_heads(values, &mut buffers.mixed_by_head, &mut buffers.values_by_head);
        buffers.attended.resize(tokens, heads * value_length);
        let values_by_head = &buffers.values_by_head;
        self.for_each_row(buffers.attended.values_mut(), value_length, |index, row| {
            let start = ((index % heads) * tokens + index / heads) * value_length;
            row.copy_from_slice(&values_by_head[start..start + value_length]);
        });
        self.linear(output, &mut buffers.attended, branch);
    }

    /// Calls `work` with the index of each row of `width` values; on all threads if there is enough to do.
    fn for_each_row(&self, rows: &mut [f32], width: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
        /// Values that are worth a task.
        const TASK_VALUES: usize = 8192;
        let together = (TASK_VALUES / width).max(1);
        self.compute.team().for_each_chunk(rows, together * width, |task, rows| {
            for (index, row) in rows.chunks_exact_mut(width).enumerate() {
                work(task * together + index, row);
            }
        });
    }

    /// Multiplies each head's rows (`[heads * tokens, ...]`, head by head) with the head's own matrix.
    fn project_heads(&self, matrices: &[Matrix], input: &mut Activations, output: &mut [f32]) {
        self.prepare(input, matrices);
        let tokens = self.tokens;
        let width = matrices[0].rows();
        let mut products: Vec<Product> = matrices
            .iter()
            .zip(output.chunks_exact_mut(tokens * width))
            .enumerate()
            .map(|(head, (weights, output))| Product {
                weights,
                input,
                selection: Selection::Range(head * tokens, tokens),
                bias: None,
                gated: None,
                output,
            })
            .collect();
        self.matmul(&mut products);
    }
}

/// Whether attention may be rounded to 8 bits: where the weights have not many more.
fn may_round(linear: &Linear) -> bool {
    !matches!(linear.weights.format(), Format::F32 | Format::F16)
}

/// The product of all rows of `input` with `linear`.
pub(super) fn product<'a>(linear: &'a Linear, input: &'a Activations, output: &'a mut [f32]) -> Product<'a> {
    Product {
        weights: &linear.weights,
        input,
        selection: Selection::All,
        bias: linear.bias.as_deref(),
        gated: None,
        output,
    }
}
