//! Rows of activations: the floats, and their 8-bit blocks beside them.
//!
//! This file holds the data and says what it means; the arithmetic of quantising is a kernel.

use super::aligned::Aligned;
use super::block::CHUNK;
use super::table::QuantisedRows;
use super::team::SharedMut;
use std::ops::Range;

/// Values that share one scale in the 8-bit form.
pub(super) const ACTIVATION_BLOCK: usize = 32;
/// Values that share one sum in the 8-bit form: the smallest group of any weight format.
pub(super) const SUM_BLOCK: usize = 16;
/// What makes every signed weight of 8 bits an unsigned one.
pub(super) const OFFSET: i32 = 128;

/// Rows of activations: the floats, and once `Compute::quantise` has run their 8-bit blocks.
///
/// A block is 32 values `x`, kept as `round(x / scale)` with `scale = max|x| / 127`, rounded to nearest,
/// ties to even. A block that holds a NaN or an infinity has the scale NaN and values of 0, so that
/// every product with it is NaN. Rows are filled up with zero blocks to a multiple of 256 values.
#[derive(Debug, Default)]
pub struct Activations {
    rows: usize,
    columns: usize,
    values: Aligned<f32>,
    /// Whether the floats are there: not where products wrote the 8-bit form alone.
    has_values: bool,
    is_quantised: bool,
    quantised: Quantised,
}

/// The 8-bit form of all rows; of old values until `Compute::quantise` has run. Chunk by chunk of 256 columns: what a
/// panel of weights is multiplied with, one row after the other, lies side by side.
#[derive(Debug, Default)]
pub(super) struct Quantised {
    /// `[chunks, rows, 256]`.
    pub(super) values: Aligned<i8>,
    /// `[chunks, rows, 256 / 32]`.
    pub(super) scales: Aligned<f32>,
    /// `[chunks, rows, 256 / 16]`: scaled sums of `values`.
    pub(super) sums: Aligned<f32>,
    /// `[chunks, rows, 256 / 32]`: the same for each block.
    pub(super) block_sums: Aligned<f32>,
    /// `[chunks, rows, 256 / 16]`: see [`QuantisedRow::starts`].
    pub(super) starts: Aligned<i32>,
    /// `[chunks, rows, 256 / 32]`: likewise.
    pub(super) block_starts: Aligned<i32>,
}

/// Activations in their 8-bit form: all rows chunk by chunk, or one chunk of one row.
#[derive(Clone, Copy, Debug)]
pub(super) struct QuantisedRow<'a> {
    /// `round(x / scale)`, each within ±127.
    pub(super) values: &'a [i8],
    /// One for each 32 values.
    pub(super) scales: &'a [f32],
    /// `scale * Σ values`, one for each 16.
    pub(super) sums: &'a [f32],
    /// `scale * Σ values`, one for each 32.
    pub(super) block_sums: &'a [f32],
    /// `-OFFSET * Σ values`, one for each 16: what sums of products with weights that are larger by [`OFFSET`] begin at.
    pub(super) starts: &'a [i32],
    /// The same, one for each 32.
    pub(super) block_starts: &'a [i32],
}

/// A part of a row of activations in its 8-bit form, to be filled; see [`QuantisedRow`].
#[derive(Debug)]
pub(super) struct QuantisedRowMut<'a> {
    pub(super) values: &'a mut [i8],
    pub(super) scales: &'a mut [f32],
    pub(super) sums: &'a mut [f32],
    pub(super) block_sums: &'a mut [f32],
    pub(super) starts: &'a mut [i32],
    pub(super) block_starts: &'a mut [i32],
}

/// The 8-bit form of all rows, of which several threads fill parts of their own.
#[derive(Clone, Copy)]
pub(super) struct SharedQuantised<'a> {
    values: SharedMut<'a, i8>,
    scales: SharedMut<'a, f32>,
    sums: SharedMut<'a, f32>,
    block_sums: SharedMut<'a, f32>,
    starts: SharedMut<'a, i32>,
    block_starts: SharedMut<'a, i32>,
    rows: usize,
}

impl<'a> SharedQuantised<'a> {
    fn new(quantised: &'a mut Quantised, rows: usize) -> SharedQuantised<'a> {
        SharedQuantised {
            values: SharedMut::new(&mut quantised.values),
            scales: SharedMut::new(&mut quantised.scales),
            sums: SharedMut::new(&mut quantised.sums),
            block_sums: SharedMut::new(&mut quantised.block_sums),
            starts: SharedMut::new(&mut quantised.starts),
            block_starts: SharedMut::new(&mut quantised.block_starts),
            rows,
        }
    }

    /// Some blocks of a chunk of a row.
    ///
    /// # Safety
    /// No two threads may hold the same blocks at the same time.
    ///
    /// # Panics
    /// If they are not there.
    pub(super) unsafe fn blocks(
        &self,
        row: usize,
        chunk: usize,
        blocks: Range<usize>,
    ) -> QuantisedRowMut<'_> {
        assert!(row < self.rows && blocks.end <= CHUNK / ACTIVATION_BLOCK);
        let first = (chunk * self.rows + row) * (CHUNK / ACTIVATION_BLOCK) + blocks.start;
        let (count, halves) = (blocks.len(), ACTIVATION_BLOCK / SUM_BLOCK);
        // SAFETY: the caller's promise.
        unsafe {
            QuantisedRowMut {
                values: self.values.slice(first * ACTIVATION_BLOCK, count * ACTIVATION_BLOCK),
                scales: self.scales.slice(first, count),
                sums: self.sums.slice(first * halves, count * halves),
                block_sums: self.block_sums.slice(first, count),
                starts: self.starts.slice(first * halves, count * halves),
                block_starts: self.block_starts.slice(first, count),
            }
        }
    }
}

/// Some rows of activations, which a product writes.
pub struct ActivationRows<'a> {
    pub(super) form: Form<'a>,
    /// Values of a row.
    pub(super) columns: usize,
    /// The first of them.
    pub(super) first: usize,
    pub(super) count: usize,
}

impl std::fmt::Debug for ActivationRows<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ActivationRows { columns, first, count, .. } = self;
        write!(formatter, "rows {first}..{} of {columns} values", first + count)
    }
}

/// What is written of activations.
#[derive(Clone, Copy)]
pub(super) enum Form<'a> {
    /// All rows, row-major.
    Floats(SharedMut<'a, f32>),
    Quantised(SharedQuantised<'a>),
}

impl<'a> QuantisedRowMut<'a> {
    /// The first `blocks` blocks, and the rest.
    pub(super) fn split_at(self, blocks: usize) -> (QuantisedRowMut<'a>, QuantisedRowMut<'a>) {
        let halves = blocks * (ACTIVATION_BLOCK / SUM_BLOCK);
        let (values, values_rest) = self.values.split_at_mut(blocks * ACTIVATION_BLOCK);
        let (scales, scales_rest) = self.scales.split_at_mut(blocks);
        let (sums, sums_rest) = self.sums.split_at_mut(halves);
        let (block_sums, block_sums_rest) = self.block_sums.split_at_mut(blocks);
        let (starts, starts_rest) = self.starts.split_at_mut(halves);
        let (block_starts, block_starts_rest) = self.block_starts.split_at_mut(blocks);
        (
            QuantisedRowMut { values, scales, sums, block_sums, starts, block_starts },
            QuantisedRowMut {
                values: values_rest,
                scales: scales_rest,
                sums: sums_rest,
                block_sums: block_sums_rest,
                starts: starts_rest,
                block_starts: block_starts_rest,
            },
        )
    }

    /// Writes everything of block `index` but its values: the scale, and the sums of its two halves.
    #[inline]
    pub(super) fn put(&mut self, index: usize, scale: f32, halves: [i32; 2]) {
        let total = halves[0] + halves[1];
        self.scales[index] = scale;
        self.sums[2 * index] = halves[0] as f32 * scale;
        self.sums[2 * index + 1] = halves[1] as f32 * scale;
        self.block_sums[index] = total as f32 * scale;
        self.starts[2 * index..2 * index + 2].copy_from_slice(&halves.map(|half| -OFFSET * half));
        self.block_starts[index] = -OFFSET * total;
    }

    /// Makes all blocks zero.
    pub(super) fn clear(&mut self) {
        self.values.fill(0);
        for index in 0..self.scales.len() {
            self.put(index, 0.0, [0; 2]);
        }
    }

    /// Whether all parts are of the same length, in whole blocks.
    pub(super) fn is_whole(&self) -> bool {
        let blocks = self.scales.len();
        self.values.len() == blocks * ACTIVATION_BLOCK
            && self.sums.len() * SUM_BLOCK == self.values.len()
            && self.block_sums.len() == blocks
            && self.starts.len() == self.sums.len()
            && self.block_starts.len() == blocks
    }
}

impl Activations {
    /// Makes room for `rows` x `columns` values (contents unspecified) and forgets the 8-bit blocks.
    pub fn resize(&mut self, rows: usize, columns: usize) {
        self.rows = rows;
        self.columns = columns;
        self.values.resize(rows * columns);
        self.has_values = true;
        self.is_quantised = false;
    }

    /// How many rows (tokens).
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many values a row has.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The values, row-major.
    ///
    /// # Panics
    /// If products wrote the 8-bit form alone.
    pub fn values(&self) -> &[f32] {
        assert!(self.has_values, "these activations are kept in 8 bits only");
        &self.values
    }

    /// The values, to be written; forgets the 8-bit blocks.
    pub fn values_mut(&mut self) -> &mut [f32] {
        self.has_values = true;
        self.is_quantised = false;
        &mut self.values
    }

    /// The length of a row of the 8-bit form.
    pub(super) fn padded_columns(&self) -> usize {
        self.columns.next_multiple_of(CHUNK)
    }

    /// Whether the 8-bit form is there.
    pub(super) fn is_quantised(&self) -> bool {
        self.is_quantised
    }

    /// The rows, of which the first `counts[0]` are one part, and so on, to be written by products: as floats, or in the
    /// 8-bit form alone.
    pub(super) fn parts(
        &mut self,
        counts: impl IntoIterator<Item = usize>,
        in_8_bits: bool,
    ) -> Vec<ActivationRows<'_>> {
        let (rows, columns) = (self.rows, self.columns);
        let form = if in_8_bits {
            self.has_values = false;
            Form::Quantised(self.quantised_mut().1)
        } else {
            Form::Floats(SharedMut::new(self.values_mut()))
        };
        let mut first = 0;
        let parts = counts.into_iter().map(|count| {
            let part = ActivationRows { form, columns, first, count };
            first += count;
            part
        });
        let parts = parts.collect();
        assert!(first <= rows, "more rows in parts than there are");
        parts
    }

    /// The floats, and the 8-bit form with its room made, to be filled now.
    pub(super) fn quantised_mut(&mut self) -> (&[f32], SharedQuantised<'_>) {
        let length = self.rows * self.padded_columns();
        self.is_quantised = true;
        self.quantised.values.resize(length);
        self.quantised.scales.resize(length / ACTIVATION_BLOCK);
        self.quantised.sums.resize(length / SUM_BLOCK);
        self.quantised.block_sums.resize(length / ACTIVATION_BLOCK);
        self.quantised.starts.resize(length / SUM_BLOCK);
        self.quantised.block_starts.resize(length / ACTIVATION_BLOCK);
        (&self.values, SharedQuantised::new(&mut self.quantised, self.rows))
    }

    /// All rows in their 8-bit form.
    pub(super) fn quantised_rows(&self) -> QuantisedRows<'_> {
        QuantisedRows {
            data: QuantisedRow {
                values: &self.quantised.values,
                scales: &self.quantised.scales,
                sums: &self.quantised.sums,
                block_sums: &self.quantised.block_sums,
                starts: &self.quantised.starts,
                block_starts: &self.quantised.block_starts,
            },
            count: self.rows,
            columns: self.padded_columns(),
        }
    }
}

impl<'a> QuantisedRow<'a> {
    /// The chunk with this index.
    pub(super) fn chunk(&self, index: usize) -> QuantisedRow<'a> {
        fn part<T>(data: &[T], index: usize, length: usize) -> &[T] {
            &data[index * length..(index + 1) * length]
        }
        QuantisedRow {
            values: part(self.values, index, CHUNK),
            scales: part(self.scales, index, CHUNK / ACTIVATION_BLOCK),
            sums: part(self.sums, index, CHUNK / SUM_BLOCK),
            block_sums: part(self.block_sums, index, CHUNK / ACTIVATION_BLOCK),
            starts: part(self.starts, index, CHUNK / SUM_BLOCK),
            block_starts: part(self.block_starts, index, CHUNK / ACTIVATION_BLOCK),
        }
    }
}
