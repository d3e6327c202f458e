//! A weight matrix: rows of blocks where they lie in the file.

use crate::quant::Format;
use crate::storage::{Source, Tensor};
use std::sync::Arc;

/// A matrix of `rows` x `columns` weights, row-major, in blocks along the rows: `y = W x` has `rows` outputs.
#[derive(Clone, Debug)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    format: Format,
    source: Arc<Source>,
    offset: usize,
}

impl Matrix {
    /// The tensor as matrices: a 2-D tensor is one, a 3-D tensor (stacked experts or heads) is one per
    /// outermost index; a 1-D tensor is one matrix of one row.
    pub fn from_tensor(_tensor: &Tensor) -> Vec<Matrix> {
        todo!()
    }

    /// The rows `range` of this matrix, sharing its bytes.
    pub fn slice_rows(&self, _range: std::ops::Range<usize>) -> Matrix {
        todo!()
    }

    /// The number of outputs.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of inputs.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// How the weights are stored.
    pub fn format(&self) -> Format {
        self.format
    }

    /// All bytes, row after row.
    pub fn bytes(&self) -> &[u8] {
        let length = self.format.row_bytes(self.columns).unwrap_or(0) * self.rows;
        &self.source.bytes()[self.offset..self.offset + length]
    }

    /// Decodes one row into `values` (`columns` floats).
    pub fn decode_row(&self, row: usize, values: &mut [f32]) {
        let length = self.format.row_bytes(self.columns).unwrap_or(0);
        self.format.decode(&self.bytes()[row * length..(row + 1) * length], values);
    }
}
