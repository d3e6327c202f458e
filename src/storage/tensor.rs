//! A named, checked view of a tensor's bytes.

use super::Source;
use crate::quant::{fp8, mxfp4, Format};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// A tensor in a file: its bytes are checked to lie inside the file and to have the size that its
/// shape and format imply.
#[derive(Clone, Debug)]
pub struct Tensor {
    pub(crate) name: String,
    pub(crate) format: Format,
    /// Outermost dimension first, as PyTorch and safetensors say it; GGUF's `ne` is the reverse.
    pub(crate) shape: Vec<usize>,
    pub(crate) source: Arc<Source>,
    pub(crate) range: Range<usize>,
    /// Of MXFP4 in safetensors, which stores them apart; `range` holds only the elements then.
    pub(crate) exponents: Option<Exponents>,
    /// Of 8-bit floats.
    pub(crate) scales: Option<Scales>,
}

/// The exponents of a tensor of MXFP4 blocks, a byte for each block: as many as the elements need.
#[derive(Clone, Debug)]
pub(crate) struct Exponents {
    pub(crate) source: Arc<Source>,
    pub(crate) range: Range<usize>,
}

impl Exponents {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.source.bytes()[self.range.clone()]
    }
}

/// The scales of a tensor of 8-bit floats: for each of its matrices, a factor for each block of
/// [`fp8::SCALE_BLOCK`] rows and columns, blocks of one row of blocks after each other.
#[derive(Clone, Debug)]
pub(crate) struct Scales {
    pub(crate) source: Arc<Source>,
    pub(crate) range: Range<usize>,
    /// Of the scales themselves: plain floats.
    pub(crate) format: Format,
    /// Rows of one of the tensor's matrices.
    pub(crate) rows: usize,
    /// Columns of the tensor.
    pub(crate) columns: usize,
}

impl Scales {
    /// How many blocks a row of the tensor goes through.
    pub(crate) fn blocks(&self) -> usize {
        self.columns.div_ceil(fp8::SCALE_BLOCK)
    }

    /// The scales of the blocks that row `row` goes through, counted through all matrices of the tensor.
    pub(crate) fn of_row(&self, row: usize, scales: &mut [f32]) {
        let matrix = row / self.rows * self.rows.div_ceil(fp8::SCALE_BLOCK);
        let first = (matrix + row % self.rows / fp8::SCALE_BLOCK) * self.blocks();
        let size = self.format.block_bytes();
        let bytes = &self.source.bytes()[self.range.clone()][first * size..][..self.blocks() * size];
        self.format.decode(bytes, scales);
    }
}

impl Tensor {
    /// The name in the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file that holds it.
    pub fn path(&self) -> &Path {
        self.source.path()
    }

    /// How its values are stored.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Its shape, outermost dimension first; the last one is contiguous.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Where its bytes lie in its file (those of the elements, if exponents or scales are stored apart).
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Its bytes. They may begin at any address: neither format promises an alignment that suits `f32`.
    /// If its exponents are [stored apart](Tensor::exponents), these are the elements: 16 bytes a block,
    /// neighbours in one byte. Of 8-bit floats, these are the numbers without their scales;
    /// [`decode_rows`](Tensor::decode_rows) knows of all that.
    pub fn bytes(&self) -> &[u8] {
        &self.source.bytes()[self.range.clone()]
    }

    /// The exponents of MXFP4 blocks, a byte each, where they are stored apart from the elements: in
    /// safetensors. `None` for every other tensor.
    pub fn exponents(&self) -> Option<&[u8]> {
        self.exponents.as_ref().map(Exponents::bytes)
    }

    /// How many bytes it takes in its files.
    pub fn size(&self) -> usize {
        let scales = self.scales.as_ref().map_or(0, |scales| scales.range.len());
        self.range.len() + self.exponents().map_or(0, <[u8]>::len) + scales
    }

    /// How many rows it has: the product of its dimensions but the last.
    pub fn rows(&self) -> usize {
        self.shape.iter().rev().skip(1).product()
    }

    /// All values as floats.
    pub fn to_f32(&self) -> Vec<f32> {
        let mut values = vec![0.0; self.shape.iter().product()];
        self.decode_rows(0..self.rows(), &mut values);
        values
    }

    /// The values of some of its [rows](Tensor::rows) as floats, whatever lies apart from them.
    ///
    /// # Panics
    /// If the range reaches past the last row, or `values` is not as long as those rows.
    pub fn decode_rows(&self, rows: Range<usize>, values: &mut [f32]) {
        let columns = self.shape.last().copied().unwrap_or(1);
        assert!(rows.start <= rows.end && rows.end <= self.rows(), "rows {rows:?} of {}", self.rows());
        assert_eq!(values.len(), rows.len() * columns, "values of {} rows", rows.len());
        let blocks = columns / self.format.block_len();
        let part = |bytes_of_block: usize| {
            let row_bytes = blocks * bytes_of_block;
            rows.start * row_bytes..rows.end * row_bytes
        };
        match self.exponents() {
            None => self.format.decode(&self.bytes()[part(self.format.block_bytes())], values),
            Some(exponents) => {
                let mut joined = vec![0; rows.len() * blocks * self.format.block_bytes()];
                mxfp4::join(&self.bytes()[part(mxfp4::ELEMENTS)], &exponents[part(1)], &mut joined);
                self.format.decode(&joined, values);
            }
        }
        if let Some(scales) = &self.scales {
            let mut of_row = vec![0.0; scales.blocks()];
            for (row, values) in rows.zip(values.chunks_exact_mut(columns.max(1))) {
                scales.of_row(row, &mut of_row);
                fp8::scale(values, &of_row);
            }
        }
    }
}
