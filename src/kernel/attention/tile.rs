//! The products of a task's queries with blocks of cached rows: in floats, which is exact, or in 16-bit integers,
//! where the cache holds them and the CPU has instructions for them.

use super::rows::Int16Rows;
use super::{Attention, CacheRows, Softmax};
use crate::kernel::aligned::Aligned;
use crate::kernel::table::{FloatRows, Int16Kernels, Kernels, PackedRows, INT16_VALUES};
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
    /// The part of a block that each query row sees.
    pub seen: Vec<Range<usize>>,
    pub products: ProductBuffers,
}

/// Memory for the operands of products.
#[derive(Debug, Default)]
pub(super) struct ProductBuffers {
    query_rows: Vec<u32>,
    keys: Aligned<f32>,
    values: Aligned<f32>,
    packed_queries: Aligned<i16>,
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
    /// of each row of weights only its part of `seen` is looked at, which may be empty.
    fn mix(&mut self, weights: &[f32], seen: &[Range<usize>], sums: &mut [f32]);
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

    fn mix(&mut self, weights: &[f32], seen: &[Range<usize>], sums: &mut [f32]) {
        let values = self.values.as_ref().unwrap_or(&self.keys).rows(&self.cached, self.kv_head);
        let length = self.attention.value_length;
        let mut row = 0;
        // Those that see the same are multiplied together: all of them, mostly.
        for alike in seen.chunk_by(|a, b| a == b) {
            let (first, seen) = (row, alike[0].clone());
            row += alike.len();
            if seen.is_empty() {
                continue;
            }
            self.kernels.accumulate(
                FloatRows { values: &weights[first * self.block + seen.start..], stride: self.block },
                alike.len(),
                seen.len(),
                FloatRows { values: &values.values[seen.start * values.stride..], ..values },
                length,
                &mut sums[first * length..row * length],
                length,
            );
        }
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
        if matches!(self.rows, CacheRows::F32(_)) {
            return;
        }
        self.widened.resize(cached.len() * self.length);
        for (row, values) in cached.zip(self.widened.chunks_exact_mut(self.length.max(1))) {
            self.rows.widen_head(kernels, row * self.stride + head * self.length, values);
        }
    }

    /// The rows that were loaded.
    fn rows(&self, cached: &Range<usize>, head: usize) -> FloatRows<'_> {
        match self.rows {
            CacheRows::F32(rows) => {
                let first = cached.start * self.stride + head * self.length;
                FloatRows { values: &rows[first..], stride: self.stride }
            }
            CacheRows::F16(_) | CacheRows::Int16(_) | CacheRows::Q8_0(_) => {
                FloatRows { values: self.widened, stride: self.length }
            }
        }
    }
}

/// Products in 16-bit integers, which the CPU multiplies in pairs.
pub(super) struct Int16Tile<'a> {
    kernels: Int16Kernels,
    keys: Int16Heads<'a>,
    /// Of latent attention the first part of the keys.
    values: Int16Heads<'a>,
    block: usize,
    /// `[query rows, key_width]`: one, or a multiple of four. Rows are filled up with zeros to whole vectors.
    queries: &'a [i16],
    query_scales: &'a [f32],
    key_width: usize,
    /// `[query rows, positions of a block]`.
    weights: &'a mut Aligned<i16>,
    weight_scales: &'a mut Vec<f32>,
    /// The rows in hand.
    cached: Range<usize>,
    /// Their scales.
    key_scales: &'a mut Vec<f32>,
    value_scales: &'a mut Vec<f32>,
}

/// The rows of one head in a cache of 16-bit integers.
#[derive(Clone, Copy)]
struct Int16Heads<'a> {
    rows: &'a Int16Rows,
    head: usize,
    length: usize,
    stride: usize,
}

impl<'a> Int16Heads<'a> {
    fn new(rows: &'a CacheRows, head: usize, length: usize, stride: usize) -> Int16Heads<'a> {
        let CacheRows::Int16(rows) = rows else {
            unreachable!("caches of floats are multiplied as floats");
        };
        Int16Heads { rows, head, length, stride }
    }

    /// How many heads a row has.
    fn heads(self) -> usize {
        self.stride / self.rows.length
    }

    /// Leaves the scales of some rows in `scales`.
    fn load_scales(self, cached: Range<usize>, scales: &mut Vec<f32>) {
        let places = self.rows.scales.iter().skip(cached.start * self.heads() + self.head);
        scales.clear();
        scales.extend(places.step_by(self.heads()).take(cached.len()));
    }

    /// Some rows, whose scales these are.
    fn rows<'s>(self, first: usize, scales: &'s [f32]) -> PackedRows<'s>
    where
        'a: 's,
    {
        let values = &self.rows.values[first * self.stride + self.head * self.length..];
        PackedRows { values, scales, stride: self.stride }
    }
}

impl<'a> Int16Tile<'a> {
    pub fn new(
        kernels: Kernels,
        int16: Int16Kernels,
        attention: &'a Attention<'a>,
        kv_head: usize,
        query_rows: impl Iterator<Item = usize>,
        block: usize,
        buffers: &'a mut ProductBuffers,
    ) -> Int16Tile<'a> {
        let key_width = attention.key_length.next_multiple_of(INT16_VALUES);
        buffers.query_rows.clear();
        buffers.query_rows.extend(query_rows.map(|row| row as u32));
        let rows = buffers.query_rows.len();
        let whole = if rows > 1 { rows.next_multiple_of(4) } else { rows };
        buffers.packed_queries.resize(whole * key_width);
        buffers.query_scales.clear();
        let (packed, beyond) = buffers.packed_queries.split_at_mut(rows * key_width);
        for (&row, packed) in buffers.query_rows.iter().zip(packed.chunks_exact_mut(key_width.max(1))) {
            let query = &attention.queries[row as usize * attention.key_length..][..attention.key_length];
            buffers.query_scales.push(kernels.pack_int16(query, packed) * attention.scale);
        }
        beyond.fill(0);
        buffers.query_scales.resize(whole, 0.0);
        let heads = |rows: &'a CacheRows, length, stride| Int16Heads::new(rows, kv_head, length, stride);
        Int16Tile {
            kernels: int16,
            keys: heads(attention.keys, attention.key_length, attention.key_stride),
            values: heads(attention.values, attention.value_length, attention.value_stride),
            block,
            queries: &buffers.packed_queries,
            query_scales: &buffers.query_scales,
            key_width,
            weights: &mut buffers.packed_weights,
            weight_scales: &mut buffers.weight_scales,
            cached: 0..0,
            key_scales: &mut buffers.key_scales,
            value_scales: &mut buffers.value_scales,
        }
    }
}

impl TileProducts for Int16Tile<'_> {
    /// Rows of 576 values, 128 of them, are a small part of a second-level cache. The fewer there are, the more often all
    /// sums are read and written.
    const BLOCK_VALUES: usize = 81920;

    fn load(&mut self, cached: Range<usize>) {
        self.keys.load_scales(cached.clone(), self.key_scales);
        self.values.load_scales(cached.clone(), self.value_scales);
        self.cached = cached;
    }

    fn logits(&mut self, logits: &mut [f32]) {
        let keys = self.keys.rows(self.cached.start, self.key_scales);
        let queries = PackedRows { values: self.queries, scales: self.query_scales, stride: self.key_width };
        self.kernels.dots(keys, self.keys.length, queries, logits, self.block);
    }

    fn mix(&mut self, weights: &[f32], seen: &[Range<usize>], sums: &mut [f32]) {
        // All rows together, since sums of integers are exact and a weight of zero adds nothing to them. What a row
        // does not see has no part in its scale either.
        let seen_by_some = seen.iter().filter(|seen| !seen.is_empty());
        let first = seen_by_some.clone().map(|seen| seen.start).min().unwrap_or(0);
        let end = seen_by_some.map(|seen| seen.end).max().unwrap_or(0);
        let whole = |count: usize| count.next_multiple_of(INT16_VALUES);
        // Rows may begin anywhere, and are packed in whole vectors.
        let stride = whole(end - first) + INT16_VALUES;
        self.weights.resize(seen.len() * stride);
        self.weight_scales.clear();
        let packed = self.weights.chunks_exact_mut(stride);
        for ((weights, packed), seen) in weights.chunks_exact(self.block).zip(packed).zip(seen) {
            packed.fill(0);
            let (weights, scales) = (&weights[seen.clone()], &self.value_scales[seen.clone()]);
            let packed = &mut packed[seen.start.saturating_sub(first)..][..whole(seen.len())];
            self.weight_scales.push(self.kernels.pack_weights(weights, scales, packed));
        }
        let weights = PackedRows { values: self.weights, scales: self.weight_scales, stride };
        let values = self.values.rows(self.cached.start + first, &self.value_scales[first..end]);
        self.kernels.mix(weights, values, self.values.length, sums);
    }
}
