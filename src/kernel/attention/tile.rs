//! The products of a task's queries with blocks of cached rows: in floats, which is exact, or in 16-bit integers,
//! where the cache holds 16-bit floats and the CPU has instructions for them.

use super::{Attention, CacheRows, Softmax};
use crate::kernel::aligned::Aligned;
use crate::kernel::hint;
use crate::kernel::table::{FloatRows, Int16Kernels, Kernels, PackedRows, INT16_VALUES};
use half::f16;
use std::ops::Range;

/// Memory that a task needs, kept between tasks.
#[derive(Debug, Default)]
pub(super) struct TileBuffers {
    /// One for each query row.
    pub states: Vec<Softmax>,
    /// `[query rows, value_length]`.
    pub sums: Aligned<f32>,
    /// `[query rows in fours, positions of a block]`.
    pub logits: Vec<f32>,
    pub products: ProductBuffers,
}

/// Memory for the operands of products.
#[derive(Debug, Default)]
pub(super) struct ProductBuffers {
    query_rows: Vec<u32>,
    keys: Aligned<f32>,
    values: Aligned<f32>,
    packed_queries: Aligned<i16>,
    packed_keys: Aligned<i16>,
    value_pairs: Aligned<i16>,
    value_rows: Aligned<i16>,
    packed_weights: Aligned<i16>,
    query_scales: Vec<f32>,
    key_scales: Vec<f32>,
    value_scales: Vec<f32>,
    weight_scales: Vec<f32>,
}

/// What the softmax of a tile is made of.
pub(super) trait TileProducts {
    /// Values of keys (and of values) that a task should have in hand at a time.
    const BLOCK_VALUES: usize;

    /// Takes these cached rows in hand, a block of them or less.
    fn load(&mut self, cached: Range<usize>);

    /// Writes the products of all query rows with the keys in hand, scaled: `[query rows, positions of a block]`;
    /// what lies behind the positions in hand is unspecified.
    fn logits(&mut self, logits: &mut [f32]);

    /// Adds the values in hand times `weights` (`[rows, positions of a block]`) to `sums` (`[rows, value_length]`);
    /// of each row of weights only the part `seen` is looked at.
    fn mix(&mut self, weights: &mut [f32], seen: Range<usize>, sums: &mut [f32]);
}

/// Products in floats.
pub(super) struct FloatTile<'a> {
    kernels: Kernels,
    attention: &'a Attention<'a>,
    kv_head: usize,
    block: usize,
    query_rows: &'a [u32],
    keys: Block<'a>,
    /// Unless they are part of the keys.
    values: Option<Block<'a>>,
    /// The rows in hand.
    cached: Range<usize>,
}

impl<'a> FloatTile<'a> {
    pub fn new(
        kernels: Kernels,
        attention: &'a Attention<'a>,
        kv_head: usize,
        query_rows: impl Iterator<Item = usize>,
        block: usize,
        buffers: &'a mut ProductBuffers,
    ) -> FloatTile<'a> {
        buffers.query_rows.clear();
        buffers.query_rows.extend(query_rows.map(|row| row as u32));
        let keys = Block::new(attention.keys, attention.key_length, attention.key_stride, &mut buffers.keys);
        let values = (!attention.is_latent()).then(|| {
            Block::new(attention.values, attention.value_length, attention.value_stride, &mut buffers.values)
        });
        let query_rows = &buffers.query_rows;
        FloatTile { kernels, attention, kv_head, block, query_rows, keys, values, cached: 0..0 }
    }
}

impl TileProducts for FloatTile<'_> {
    /// Half of a first-level cache.
    const BLOCK_VALUES: usize = 8192;

    fn load(&mut self, cached: Range<usize>) {
        self.keys.load(self.kernels, cached.clone(), self.kv_head);
        if let Some(values) = &mut self.values {
            values.load(self.kernels, cached.clone(), self.kv_head);
        }
        self.cached = cached;
    }

    fn logits(&mut self, logits: &mut [f32]) {
        let (keys, count) = (self.keys.rows(&self.cached, self.kv_head), self.cached.len());
        let queries = FloatRows { values: self.attention.queries, stride: self.attention.key_length };
        logits.fill(0.0);
        let length = self.attention.key_length;
        self.kernels.dots(keys, count, length, queries, self.query_rows, logits, self.block);
        self.kernels.multiply(logits, self.attention.scale);
    }

    fn mix(&mut self, weights: &mut [f32], seen: Range<usize>, sums: &mut [f32]) {
        let values = self.values.as_ref().unwrap_or(&self.keys).rows(&self.cached, self.kv_head);
        let length = self.attention.value_length;
        self.kernels.accumulate(
            FloatRows { values: &weights[seen.start..], stride: self.block },
            weights.len() / self.block,
            seen.len(),
            FloatRows { values: &values.values[seen.start * values.stride..], ..values },
            length,
            sums,
            length,
        );
    }
}

/// Some cached rows of one key or value head, as floats.
struct Block<'a> {
    rows: &'a CacheRows,
    length: usize,
    stride: usize,
    /// Where rows are widened to, if they are not floats already.
    widened: &'a mut Aligned<f32>,
}

impl<'a> Block<'a> {
    fn new(rows: &'a CacheRows, length: usize, stride: usize, widened: &'a mut Aligned<f32>) -> Block<'a> {
        Block { rows, length, stride, widened }
    }

    fn load(&mut self, kernels: Kernels, cached: Range<usize>, head: usize) {
        if let CacheRows::F16(rows) = self.rows {
            self.widened.resize(cached.len() * self.length);
            for (row, values) in cached.zip(self.widened.chunks_exact_mut(self.length.max(1))) {
                let first = row * self.stride + head * self.length;
                kernels.widen(&rows[first..][..self.length], values);
            }
        }
    }

    /// The rows that were loaded.
    fn rows(&self, cached: &Range<usize>, head: usize) -> FloatRows<'_> {
        match self.rows {
            CacheRows::F32(rows) => {
                let first = cached.start * self.stride + head * self.length;
                FloatRows { values: &rows[first..], stride: self.stride }
            }
            CacheRows::F16(_) => FloatRows { values: self.widened, stride: self.length },
        }
    }
}

/// How many rows ahead of the one that is rounded memory is asked for.
const AHEAD: usize = 4;

/// Products in 16-bit integers, which the CPU multiplies in pairs. Rows are filled up with zeros to whole vectors.
pub(super) struct Int16Tile<'a> {
    kernels: Int16Kernels,
    attention: &'a Attention<'a>,
    kv_head: usize,
    block: usize,
    /// Integers of a row of keys and queries, and of a row of values.
    key_width: usize,
    value_width: usize,
    /// `[query rows, key_width]`: one, or a multiple of four.
    queries: &'a [i16],
    query_scales: &'a [f32],
    /// `[positions of a block, key_width]`.
    keys: &'a mut [i16],
    key_scales: &'a mut [f32],
    /// `[2, value_width]`.
    value_rows: &'a mut [i16],
    /// `[pairs of positions, value_width, 2]`.
    values: &'a mut [i16],
    /// Of each position; of latent attention those of the keys.
    value_scales: &'a mut [f32],
    /// `[query rows, positions of a block]`.
    weights: &'a mut Aligned<i16>,
    weight_scales: &'a mut Vec<f32>,
}

impl<'a> Int16Tile<'a> {
    pub fn new(
        kernels: Int16Kernels,
        attention: &'a Attention<'a>,
        kv_head: usize,
        query_rows: impl Iterator<Item = usize>,
        block: usize,
        buffers: &'a mut ProductBuffers,
    ) -> Int16Tile<'a> {
        let key_width = attention.key_length.next_multiple_of(INT16_VALUES);
        let value_width = attention.value_length.next_multiple_of(INT16_VALUES);
        buffers.query_rows.clear();
        buffers.query_rows.extend(query_rows.map(|row| row as u32));
        let rows = buffers.query_rows.len();
        let whole = if rows > 1 { rows.next_multiple_of(4) } else { rows };
        buffers.packed_queries.resize(whole * key_width);
        buffers.query_scales.clear();
        let (packed, beyond) = buffers.packed_queries.split_at_mut(rows * key_width);
        for (&row, packed) in buffers.query_rows.iter().zip(packed.chunks_exact_mut(key_width.max(1))) {
            let query = &attention.queries[row as usize * attention.key_length..][..attention.key_length];
            buffers.query_scales.push(kernels.pack_floats(query, packed) * attention.scale);
        }
        beyond.fill(0);
        buffers.query_scales.resize(whole, 0.0);
        buffers.packed_keys.resize(block * key_width);
        buffers.key_scales.resize(block, 0.0);
        buffers.value_pairs.resize(block.next_multiple_of(2) * value_width);
        buffers.value_scales.resize(block, 0.0);
        buffers.value_rows.resize(2 * value_width);
        Int16Tile {
            kernels,
            attention,
            kv_head,
            block,
            key_width,
            value_width,
            queries: &buffers.packed_queries,
            query_scales: &buffers.query_scales,
            keys: &mut buffers.packed_keys,
            key_scales: &mut buffers.key_scales,
            value_rows: &mut buffers.value_rows,
            values: &mut buffers.value_pairs,
            value_scales: &mut buffers.value_scales,
            weights: &mut buffers.packed_weights,
            weight_scales: &mut buffers.weight_scales,
        }
    }
}

impl<'a> TileProducts for Int16Tile<'a> {
    /// With the pairs of values, an eighth of a second-level cache.
    const BLOCK_VALUES: usize = 32768;

    fn load(&mut self, cached: Range<usize>) {
        let (CacheRows::F16(keys), CacheRows::F16(values)) = (self.attention.keys, self.attention.values)
        else {
            unreachable!("caches of floats are multiplied as floats");
        };
        let Attention { key_length, key_stride, value_length, value_stride, .. } = *self.attention;
        // Nothing where a row that lies ahead is not there.
        let row = |rows: &'a [f16], index: usize, stride: usize, length: usize| -> &'a [f16] {
            let first = index * stride + self.kv_head * length;
            rows.get(first..first + length).unwrap_or_default()
        };
        let packed = self.keys.chunks_exact_mut(self.key_width).zip(&mut *self.key_scales);
        for (index, (key, scale)) in cached.clone().zip(packed) {
            hint::prefetch(row(keys, index + AHEAD, key_stride, key_length));
            *scale = self.kernels.pack_halves(row(keys, index, key_stride, key_length), key);
        }
        let pairs = self.values.chunks_exact_mut(2 * self.value_width).zip(self.value_scales.chunks_mut(2));
        for ((place, index), (pair, scales)) in cached.clone().enumerate().step_by(2).zip(pairs) {
            let is_whole = index + 1 < cached.end;
            if self.attention.is_latent() {
                // The values are the first part of the keys.
                let keys = &self.keys[place * self.key_width..];
                let second = if is_whole { &keys[self.key_width..][..self.value_width] } else { &[] };
                self.kernels.interleave(&keys[..self.value_width], second, pair);
                scales.copy_from_slice(&self.key_scales[place..][..scales.len()]);
                continue;
            }
            let (first, second) = self.value_rows.split_at_mut(self.value_width);
            for ((index, packed), scale) in (index..cached.end).zip([&mut *first, &mut *second]).zip(scales) {
                hint::prefetch(row(values, index + AHEAD, value_stride, value_length));
                *scale = self.kernels.pack_halves(row(values, index, value_stride, value_length), packed);
            }
            self.kernels.interleave(first, if is_whole { second } else { &[] }, pair);
        }
    }

    fn logits(&mut self, logits: &mut [f32]) {
        let stride = self.key_width;
        let keys = PackedRows { values: self.keys, scales: self.key_scales, stride };
        let queries = PackedRows { values: self.queries, scales: self.query_scales, stride };
        self.kernels.dots(keys, queries, logits);
    }

    fn mix(&mut self, weights: &mut [f32], seen: Range<usize>, sums: &mut [f32]) {
        // The other half of a pair that is seen in part weighs nothing.
        let whole = seen.start / 2 * 2..seen.end.next_multiple_of(2);
        self.weights.resize(weights.len());
        self.weight_scales.clear();
        let packed = self.weights.chunks_exact_mut(self.block);
        for (weights, packed) in weights.chunks_exact_mut(self.block).zip(packed) {
            weights[whole.start..seen.start].fill(0.0);
            let scales = &self.value_scales[whole.start..seen.end];
            let packed = &mut packed[..whole.len().next_multiple_of(INT16_VALUES)];
            let scale = self.kernels.pack_weights(&weights[whole.start..seen.end], scales, packed);
            self.weight_scales.push(scale);
        }
        let values = &self.values[whole.start * self.value_width..whole.end * self.value_width];
        let weights = PackedRows { values: self.weights, scales: self.weight_scales, stride: self.block };
        self.kernels.mix(weights, values, self.value_width, self.attention.value_length, sums);
    }
}
