//! A weight matrix: rows of blocks where they lie in the file.

use crate::quant::Format;
use crate::storage::{Source, Tensor};
use crate::{Error, Result};
use std::ops::Range;
use std::sync::Arc;

/// A matrix of `rows` x `columns` weights, row-major, in blocks along the rows: `y = W x` has `rows` outputs.
#[derive(Clone, Debug)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    format: Format,
    row_bytes: usize,
    source: Arc<Source>,
    offset: usize,
}

impl Matrix {
    /// The tensor as matrices: a 2-D tensor is one, a 3-D tensor (stacked experts or heads) is one per
    /// outermost index; a 1-D tensor is one matrix of one row.
    pub fn from_tensor(tensor: &Tensor) -> Vec<Matrix> {
        let (columns, outer) = tensor.shape.split_last().map_or((1, &[][..]), |(c, o)| (*c, o));
        let (rows, stacked) = outer.split_last().map_or((1, &[][..]), |(r, s)| (*r, s));
        // The tensor's bytes are checked to be there; a tensor without values has no bytes to slice.
        let row_bytes = tensor.format.row_bytes(columns).unwrap_or(0);
        let matrix = |index: usize| Matrix {
            rows,
            columns,
            format: tensor.format,
            row_bytes,
            source: Arc::clone(&tensor.source),
            offset: tensor.range.start + index * rows * row_bytes,
        };
        (0..stacked.iter().product()).map(matrix).collect()
    }

    /// A matrix in memory of its own.
    ///
    /// # Errors
    /// If `bytes` is not as long as `rows` rows of `columns` values.
    pub fn from_bytes(format: Format, rows: usize, columns: usize, bytes: Vec<u8>) -> Result<Matrix> {
        let row_bytes = format.row_bytes(columns);
        match row_bytes {
            Some(row_bytes) if row_bytes.checked_mul(rows) == Some(bytes.len()) => Ok(Matrix {
                rows,
                columns,
                format,
                row_bytes,
                source: Arc::new(Source::from_bytes("memory", bytes)),
                offset: 0,
            }),
            _ => Err(Error::input(format!(
                "{} bytes are not a matrix of {rows} x {columns} values in {format:?}",
                bytes.len()
            ))),
        }
    }

    /// The rows `range` of this matrix, sharing its bytes.
    ///
    /// # Panics
    /// If the range reaches past the last row.
    pub fn slice_rows(&self, range: Range<usize>) -> Matrix {
        assert!(range.start <= range.end && range.end <= self.rows);
        Matrix { rows: range.len(), offset: self.offset + range.start * self.row_bytes, ..self.clone() }
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

    /// The bytes of one row.
    pub(super) fn row_bytes(&self) -> usize {
        self.row_bytes
    }

    /// All bytes, row after row.
    pub fn bytes(&self) -> &[u8] {
        &self.source.bytes()[self.offset..self.offset + self.row_bytes * self.rows]
    }

    /// Decodes one row into `values` (`columns` floats).
    pub fn decode_row(&self, row: usize, values: &mut [f32]) {
        let bytes = &self.bytes()[row * self.row_bytes..(row + 1) * self.row_bytes];
        self.format.decode(bytes, values);
    }
}
