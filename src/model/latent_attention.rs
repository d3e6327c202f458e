//! Multi-head latent attention (MLA): its two forms, and which one is taken. Reads the normed residual stream and
//! leaves the attention's share of the residual stream in `Scratch::branch`.
//!
//! Only latents are cached, one row for all heads. In the *absorbed* form queries go through the key projection
//! instead of them, and one pass over the cache serves all heads: few bytes, but 2 * latent + rotary values to
//! multiply for each query and position. In the *expanded* form each head's keys and values are made again of all
//! latents, after which a query and a position take plain + rotary + value, a third of that; it pays where many
//! tokens share the expansion.

use super::attention::{product, whole};
use super::cache::LayerCache;
use super::config::LatentAttention;
use super::forward::{norm_in_place, Part, Pass, Scratch};
use super::weights::{AttentionWeights, LatentKeys, LatentQuery};
use super::Step;
use crate::kernel::{Activations, Attention, CacheFormat, CacheRows, Matrix, Product, Selection, Transposed};
use std::ops::Range;

/// Buffers of latent attention, kept between layers and calls.
#[derive(Debug, Default)]
pub(super) struct LatentScratch {
    /// `[tokens, heads * query length]`.
    query: Vec<f32>,
    /// `[tokens, latent + rope]`.
    key: Vec<f32>,
    /// `[tokens, rank]`: the low-rank query.
    low_rank: Activations,
    /// `[tokens, heads * value length]`: what goes through the output projection.
    attended: Activations,
    absorbed: AbsorbedScratch,
    expanded: ExpandedScratch,
}

/// Buffers of the absorbed form, whose tokens are those of all short parts.
#[derive(Debug, Default)]
struct AbsorbedScratch {
    /// `[heads * tokens, plain]`, head by head: queries without their rotary part.
    plain: Activations,
    /// `[heads * tokens, latent]`, head by head: the same in the space of the latent.
    projected: Vec<f32>,
    /// `[tokens, heads, latent + rope]`.
    queries: Vec<f32>,
    /// `[tokens, heads, latent]`.
    mixed: Vec<f32>,
    /// `[heads * tokens, latent]`, head by head: the same.
    mixed_by_head: Activations,
    /// `[heads * tokens, value]`, head by head: what the value projections make of it.
    values_by_head: Vec<f32>,
}

/// Buffers of the expanded form, for some heads at a time.
#[derive(Debug, Default)]
struct ExpandedScratch {
    /// `[positions of a block, latent]`.
    latents: Activations,
    /// `[heads, positions of a block, plain]` and `[heads, positions of a block, value]`.
    plain: Vec<f32>,
    value: Vec<f32>,
    /// `[positions, heads, plain + rope]` and `[positions, heads, value]`.
    keys: Option<CacheRows>,
    values: Option<CacheRows>,
    /// `[tokens, heads, plain + rope]`.
    queries: Vec<f32>,
    /// `[tokens, heads, value]`.
    mixed: Vec<f32>,
}

/// Fewer tokens than this are not worth what the expanded form does beside multiplying.
const EXPANDED_TOKENS: usize = 32;
/// The most values of expanded keys and values that are held at a time, if that is enough for a head.
const EXPANDED_VALUES: usize = 1 << 24;
/// Positions whose latents are expanded at a time.
const EXPANDED_BLOCK: usize = 512;

impl Pass<'_> {
    pub(super) fn latent_attention(
        &self,
        shape: &LatentAttention,
        weights: &AttentionWeights,
        layer: usize,
        steps: &mut [Step<'_>],
        scratch: &mut Scratch,
    ) {
        let Pass { compute, rotation, angles, .. } = self;
        let AttentionWeights::Latent { query, latent, latent_norm, output, .. } = weights else {
            unreachable!("the weights are loaded by the same description");
        };
        let tokens = self.tokens;
        let epsilon = self.config.latent_norm_epsilon;
        let Scratch { normed, branch, latent_attention: buffers, .. } = scratch;
        let query_length = shape.plain_length + shape.rope_length;
        let latent_width = shape.latent_length + shape.rope_length;

        buffers.query.resize(tokens * shape.heads * query_length, 0.0);
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
            let (latent, rope) = row.split_at_mut(shape.latent_length);
            norm_in_place(compute, latent, latent_norm, epsilon);
            rotation.turn(rope, angles, token);
        });
        self.compute.team().for_each_chunk(&mut buffers.query, shape.heads * query_length, |token, row| {
            for head in row.chunks_exact_mut(query_length) {
                rotation.turn(&mut head[shape.plain_length..], angles, token);
            }
        });

        buffers.attended.resize(tokens, shape.heads * shape.value_length);
        let mut short = Vec::with_capacity(self.parts.len());
        for (step, part) in steps.iter_mut().zip(&self.parts) {
            let cache = &mut step.cache.layers[layer];
            cache.append(compute, &buffers.key[part.rows(latent_width)], &[]);
            match expanding_pays(shape, part.first_position, part.tokens) {
                true => self.expanded_attention(shape, weights, cache, part, buffers),
                false => short.push((&*cache, part)),
            }
        }
        if !short.is_empty() {
            self.absorbed_attention(shape, weights, &short, buffers);
        }
        self.linear(output, &mut buffers.attended, branch);
    }

    /// Queries go through the key projection instead of the latents, and the mix of latents through the value
    /// projection.
    fn absorbed_attention(
        &self,
        shape: &LatentAttention,
        weights: &AttentionWeights,
        parts: &[(&LayerCache, &Part)],
        buffers: &mut LatentScratch,
    ) {
        let AttentionWeights::Latent { keys, values, .. } = weights else {
            unreachable!("the weights are loaded by the same description");
        };
        let LatentAttention { heads, latent_length, plain_length, rope_length, value_length, scale, .. } =
            *shape;
        let (query_length, latent_width) = (plain_length + rope_length, latent_length + rope_length);
        let LatentScratch { query, attended, absorbed: buffers, .. } = buffers;
        // The tokens of these parts, of all tokens of the pass.
        let places: Vec<usize> = parts.iter().flat_map(|(_, part)| part.rows(1)).collect();
        let tokens = places.len();
        let query_of = |token: usize, head: usize| {
            &query[(places[token] * heads + head) * query_length..][..query_length]
        };

        buffers.plain.resize(heads * tokens, plain_length);
        self.compute.team().for_each_row(buffers.plain.values_mut(), plain_length, |index, row| {
            row.copy_from_slice(&query_of(index % tokens, index / tokens)[..plain_length]);
        });
        buffers.projected.resize(heads * tokens * latent_length, 0.0);
        match keys {
            LatentKeys::Absorbed(keys) => {
                self.project_heads(keys, &mut buffers.plain, &mut buffers.projected);
            }
            LatentKeys::Projection(keys) => {
                let inputs = buffers.plain.values().chunks_exact(tokens * plain_length);
                let outputs = buffers.projected.chunks_exact_mut(tokens * latent_length);
                let products = keys.iter().zip(inputs).zip(outputs);
                let mut products: Vec<_> = products
                    .map(|((weights, input), output)| Transposed { weights, input, output })
                    .collect();
                self.compute.multiply_transposed(&mut products, false);
            }
        }
        buffers.queries.resize(tokens * heads * latent_width, 0.0);
        let projected = &buffers.projected;
        self.compute.team().for_each_row(&mut buffers.queries, latent_width, |index, row| {
            let (token, head) = (index / heads, index % heads);
            let (plain, rope) = row.split_at_mut(latent_length);
            plain.copy_from_slice(&projected[(head * tokens + token) * latent_length..][..latent_length]);
            rope.copy_from_slice(&query_of(token, head)[plain_length..]);
        });

        buffers.mixed.resize(tokens * heads * latent_length, 0.0);
        let mut queries = buffers.queries.as_slice();
        let mut mixed = buffers.mixed.as_mut_slice();
        for (cache, part) in parts {
            let (of_part, rest) = queries.split_at(part.tokens * heads * latent_width);
            let (mixed_of_part, mixed_rest) =
                std::mem::take(&mut mixed).split_at_mut(part.tokens * heads * latent_length);
            (queries, mixed) = (rest, mixed_rest);
            self.attend(
                &Attention {
                    queries: of_part,
                    keys: &cache.keys,
                    values: &cache.keys,
                    first_row: 0,
                    key_stride: latent_width,
                    value_stride: latent_width,
                    tokens: part.tokens,
                    first_position: part.first_position,
                    heads,
                    kv_heads: 1,
                    key_length: latent_width,
                    value_length: latent_length,
                    scale,
                    window: None,
                    sinks: None,
                },
                mixed_of_part,
            );
        }

        buffers.mixed_by_head.resize(heads * tokens, latent_length);
        let mixed = &buffers.mixed;
        self.compute.team().for_each_row(buffers.mixed_by_head.values_mut(), latent_length, |index, row| {
            let start = ((index % tokens) * heads + index / tokens) * latent_length;
            row.copy_from_slice(&mixed[start..start + latent_length]);
        });
        buffers.values_by_head.resize(heads * tokens * value_length, 0.0);
        self.project_heads(values, &mut buffers.mixed_by_head, &mut buffers.values_by_head);
        let values_by_head = &buffers.values_by_head;
        let width = heads * value_length;
        let mut first = 0;
        for (_, part) in parts {
            let first_token = first;
            first += part.tokens;
            self.compute.team().for_each_row(
                &mut attended.values_mut()[part.rows(width)],
                value_length,
                |index, row| {
                    let (token, head) = (first_token + index / heads, index % heads);
                    row.copy_from_slice(
                        &values_by_head[(head * tokens + token) * value_length..][..value_length],
                    );
                },
            );
        }
    }

    /// Keys and values of all heads are made of the cached latents, for as many heads at a time as there is memory
    /// for.
    fn expanded_attention(
        &self,
        shape: &LatentAttention,
        weights: &AttentionWeights,
        cache: &LayerCache,
        part: &Part,
        buffers: &mut LatentScratch,
    ) {
        let LatentAttention { heads, plain_length, rope_length, value_length, scale, .. } = *shape;
        let query_length = plain_length + rope_length;
        let LatentScratch { query, attended, expanded: buffers, .. } = buffers;
        let positions = part.first_position + part.tokens;
        let together = (EXPANDED_VALUES / (positions * (query_length + value_length))).clamp(1, heads);
        for first in (0..heads).step_by(together) {
            let some = first..heads.min(first + together);
            let count = some.len();
            self.expand(shape, weights, &cache.keys, positions, some, buffers);
            let (key_width, value_width) = (count * query_length, count * value_length);
            buffers.queries.resize(part.tokens * key_width, 0.0);
            let query = &query[part.rows(heads * query_length)];
            self.compute.team().for_each_row(&mut buffers.queries, key_width, |token, row| {
                row.copy_from_slice(&query[(token * heads + first) * query_length..][..key_width]);
            });
            buffers.mixed.resize(part.tokens * value_width, 0.0);
            let (Some(keys), Some(values)) = (&buffers.keys, &buffers.values) else {
                unreachable!("they were just made");
            };
            self.attend(
                &Attention {
                    queries: &buffers.queries,
                    keys,
                    values,
                    first_row: 0,
                    key_stride: key_width,
                    value_stride: value_width,
                    tokens: part.tokens,
                    first_position: part.first_position,
                    heads: count,
                    kv_heads: count,
                    key_length: query_length,
                    value_length,
                    scale,
                    window: None,
                    sinks: None,
                },
                &mut buffers.mixed,
            );
            let mixed = &buffers.mixed;
            let width = heads * value_length;
            self.compute.team().for_each_row(
                &mut attended.values_mut()[part.rows(width)],
                width,
                |token, row| {
                    let mixed = &mixed[token * value_width..][..value_width];
                    row[first * value_length..][..value_width].copy_from_slice(mixed);
                },
            );
        }
    }

    /// Writes the keys and values of some heads at the first `positions` positions, whose latents are `cached`.
    fn expand(
        &self,
        shape: &LatentAttention,
        weights: &AttentionWeights,
        cached: &CacheRows,
        positions: usize,
        heads: Range<usize>,
        buffers: &mut ExpandedScratch,
    ) {
        let AttentionWeights::Latent { keys, values, .. } = weights else {
            unreachable!("the weights are loaded by the same description");
        };
        let LatentAttention { latent_length, plain_length, rope_length, value_length, .. } = *shape;
        let (query_length, latent_width) = (plain_length + rope_length, latent_length + rope_length);
        let count = heads.len();
        let ExpandedScratch { latents, plain, value, keys: expanded_keys, values: expanded_values, .. } =
            buffers;
        let (compute, format) = (self.compute, cached.format().of_scratch());
        let sized = |memory, length| CacheRows::sized(memory, format, length, positions * count * length);
        let expanded_keys = sized(expanded_keys, query_length);
        let expanded_values = sized(expanded_values, value_length);
        for first in (0..positions).step_by(EXPANDED_BLOCK) {
            let block = EXPANDED_BLOCK.min(positions - first);
            latents.resize(block, latent_length);
            self.compute.team().for_each_row(latents.values_mut(), latent_length, |index, row| {
                cached.widen(compute, (first + index) * latent_width, row);
            });
            plain.resize(count * block * plain_length, 0.0);
            value.resize(count * block * value_length, 0.0);
            let (LatentKeys::Projection(matrices) | LatentKeys::Absorbed(matrices)) = keys;
            self.prepare(latents, matrices.iter().chain(values));
            let mut products: Vec<Product<'_>> = values[heads.clone()]
                .iter()
                .zip(value.chunks_exact_mut(block * value_length))
                .map(|(weights, output)| whole(weights, latents, output))
                .collect();
            let plains = matrices[heads.clone()].iter().zip(plain.chunks_exact_mut(block * plain_length));
            match keys {
                LatentKeys::Projection(_) => {
                    products.extend(plains.map(|(weights, output)| whole(weights, latents, output)));
                }
                LatentKeys::Absorbed(_) => {
                    let input = latents.values();
                    let products = plains.map(|(weights, output)| Transposed { weights, input, output });
                    compute
                        .multiply_transposed(&mut products.collect::<Vec<_>>(), format == CacheFormat::Int16);
                }
            }
            self.matmul(&mut products);
            let (plain, value) = (&*plain, &*value);
            let place = |head: usize, index: usize, length: usize| {
                let start = (head * block + index) * length;
                start..start + length
            };
            let part = |length: usize| first * count * length..(first + block) * count * length;
            expanded_keys.fill(compute, part(query_length), query_length, |row, key| {
                let (index, head) = (row / count, row % count);
                key[..plain_length].copy_from_slice(&plain[place(head, index, plain_length)]);
                let rope = (first + index) * latent_width + latent_length;
                cached.widen(compute, rope, &mut key[plain_length..]);
            });
            expanded_values.fill(compute, part(value_length), value_length, |row, values| {
                let (index, head) = (row / count, row % count);
                values.copy_from_slice(&value[place(head, index, value_length)]);
            });
        }
    }

    /// Multiplies each head's rows (`[heads * tokens, ...]`, head by head) with the head's own matrix.
    fn project_heads(&self, matrices: &[Matrix], input: &mut Activations, output: &mut [f32]) {
        self.prepare(input, matrices);
        let tokens = input.rows() / matrices.len();
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
                output: output.into(),
            })
            .collect();
        self.matmul(&mut products);
    }
}

/// Whether so many tokens are enough to make keys and values again of all latents, those of `cached` positions before them too.
pub(super) fn expanding_pays(shape: &LatentAttention, cached: usize, tokens: usize) -> bool {
    let LatentAttention { latent_length, plain_length, value_length, .. } = *shape;
    // Multiply-adds of a head: those that each query and position spare, of 16 bits, and those that each cached
    // position takes more than a token of the absorbed form, of 8.
    let seen = tokens as f64 * (cached as f64 + tokens as f64 / 2.0);
    let spared = 2.0 * seen * (2.0 * latent_length as f64 - plain_length as f64 - value_length as f64);
    let taken = cached as f64 * (latent_length * (plain_length + value_length)) as f64;
    tokens >= EXPANDED_TOKENS && spared > taken
}
