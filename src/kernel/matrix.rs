//! A weight matrix: rows of blocks where they lie in the file.

use super::hint;
use super::table::{Kernels, Rows};
use crate::quant::mxfp4::{self, ELEMENTS};
use crate::quant::{fp8, Format};
use crate::storage::{Scales, Source, Tensor};
use crate::{Error, Result};
use std::ops::Range;
use std::sync::Arc;

/// A matrix of `rows` x `columns` weights, row-major, in blocks along the rows: `y = W x` has `rows` outputs.
#[derive(Clone, Debug)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    format: Format,
    /// Bytes of a row of blocks.
    row_bytes: usize,
    layout: Layout,
    source: Arc<Source>,
    /// Where the first row begins (`ByInput`: its first weight).
    offset: usize,
    /// See [`Matrix::keeping_activations`].
    keeps_activations: bool,
}

/// How the weights lie in the source.
#[derive(Clone, Debug)]
enum Layout {
    /// Rows of blocks, as kernels read them.
    Rows {
        /// Bytes from one row to the next.
        stride: usize,
    },
    /// Rows of MXFP4 elements, `ELEMENTS` bytes a block, and rows of their exponents, a byte a block.
    Apart {
        /// Blocks from one row to the next, in both.
        stride: usize,
        exponents: Arc<Source>,
        exponents_offset: usize,
    },
    /// Rows of 8-bit floats, whose scales lie apart.
    Scaled {
        /// Bytes from one row to the next.
        stride: usize,
        scales: Scales,
        /// The first row, as the scales count.
        first: usize,
        /// Rows as the scales count from one row to the next.
        step: usize,
    },
    /// Plain floats with a row for each *input*, for `y = x W`: a column of the source is a row here.
    ByInput {
        /// Bytes from one input to the next.
        stride: usize,
        /// Weights from one output to the next.
        step: usize,
    },
}

/// What [`Matrix::load_rows`] may need memory for.
#[derive(Default)]
pub(super) struct RowBuffer {
    blocks: Vec<u8>,
    scales: Vec<f32>,
}

impl Matrix {
    /// The tensor as matrices: a 2-D tensor is one, a 3-D tensor (stacked experts or heads) is one per
    /// outermost index; a 1-D tensor is one matrix of one row.
    pub fn from_tensor(tensor: &Tensor) -> Vec<Matrix> {
        let (columns, outer) = tensor.shape.split_last().map_or((1, &[][..]), |(c, o)| (*c, o));
        let (rows, stacked) = outer.split_last().map_or((1, &[][..]), |(r, s)| (*r, s));
        // The tensor's bytes are checked to be there; a tensor without values has no bytes to slice.
        let row_bytes = tensor.format.row_bytes(columns).unwrap_or(0);
        let matrix = |index: usize| {
            let blocks = index * rows * (columns / tensor.format.block_len());
            let bytes = blocks * tensor.format.block_bytes();
            let (layout, offset) = match (&tensor.exponents, &tensor.scales) {
                (None, None) => (Layout::Rows { stride: row_bytes }, bytes),
                (None, Some(scales)) => {
                    let (scales, first) = (scales.clone(), index * rows);
                    (Layout::Scaled { stride: row_bytes, scales, first, step: 1 }, bytes)
                }
                (Some(exponents), _) => {
                    let layout = Layout::Apart {
                        stride: columns / tensor.format.block_len(),
                        exponents: Arc::clone(&exponents.source),
                        exponents_offset: exponents.range.start + blocks,
                    };
                    (layout, blocks * ELEMENTS)
                }
            };
            Matrix {
                rows,
                columns,
                format: tensor.format,
                row_bytes,
                layout,
                source: Arc::clone(&tensor.source),
                offset: tensor.range.start + offset,
                keeps_activations: false,
            }
        };
        (0..stacked.iter().product()).map(matrix).collect()
    }

    /// The tensor as matrices like [`from_tensor`](Matrix::from_tensor), but transposed: its last dimension
    /// counts outputs, and the one before it inputs. `None` unless it holds plain floats, because blocks
    /// run along the inputs.
    pub fn from_tensor_by_input(tensor: &Tensor) -> Option<Vec<Matrix>> {
        let [stacked @ .., columns, rows] = &tensor.shape[..] else { return None };
        let (columns, rows) = (*columns, *rows);
        if !tensor.format.is_float() || tensor.scales.is_some() {
            return None;
        }
        let value_bytes = tensor.format.block_bytes();
        let matrix = |index: usize| Matrix {
            rows,
            columns,
            format: tensor.format,
            row_bytes: columns * value_bytes,
            layout: Layout::ByInput { stride: rows * value_bytes, step: 1 },
            source: Arc::clone(&tensor.source),
            offset: tensor.range.start + index * rows * columns * value_bytes,
            keeps_activations: false,
        };
        Some((0..stacked.iter().product()).map(matrix).collect())
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
                layout: Layout::Rows { stride: row_bytes },
                source: Arc::new(Source::from_bytes("memory", bytes)),
                offset: 0,
                keeps_activations: false,
            }),
            _ => Err(Error::input(format!(
                "{} bytes are not a matrix of {rows} x {columns} values in {format:?}",
                bytes.len()
            ))),
        }
    }

    /// The matrix as one for whose products activations are not rounded to brain floats, whatever the arithmetic: for
    /// routers, whose smallest errors may choose other experts.
    pub fn keeping_activations(self) -> Matrix {
        Matrix { keeps_activations: true, ..self }
    }

    /// See [`keeping_activations`](Matrix::keeping_activations).
    pub(super) fn keeps_activations(&self) -> bool {
        self.keeps_activations
    }

    /// The rows `range` of this matrix, sharing its bytes.
    ///
    /// # Panics
    /// If the range reaches past the last row.
    pub fn slice_rows(&self, range: Range<usize>) -> Matrix {
        assert!(range.start <= range.end && range.end <= self.rows);
        let mut slice = Matrix { rows: range.len(), ..self.clone() };
        match &mut slice.layout {
            Layout::Rows { stride } => slice.offset += range.start * *stride,
            Layout::Apart { stride, exponents_offset, .. } => {
                slice.offset += range.start * *stride * ELEMENTS;
                *exponents_offset += range.start * *stride;
            }
            Layout::Scaled { stride, first, step, .. } => {
                slice.offset += range.start * *stride;
                *first += range.start * *step;
            }
            Layout::ByInput { step, .. } => {
                slice.offset += range.start * *step * self.format.block_bytes();
            }
        }
        slice
    }

    /// The even rows and the odd rows of this matrix, sharing its bytes.
    pub fn split_alternating(&self) -> [Matrix; 2] {
        [0, 1].map(|first| {
            let mut half = self.slice_rows(first.min(self.rows)..self.rows);
            half.rows = half.rows.div_ceil(2);
            match &mut half.layout {
                Layout::Rows { stride } | Layout::Apart { stride, .. } => *stride *= 2,
                Layout::Scaled { stride, step, .. } => {
                    *stride *= 2;
                    *step *= 2;
                }
                Layout::ByInput { step, .. } => *step *= 2,
            }
            half
        })
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

    /// The bytes of one row of blocks.
    pub(super) fn row_bytes(&self) -> usize {
        self.row_bytes
    }

    /// The bytes that its weights take, and their scales, if they are its own.
    pub fn size(&self) -> usize {
        let scales = match &self.layout {
            Layout::Scaled { scales, .. } => {
                self.rows.div_ceil(fp8::SCALE_BLOCK) * scales.blocks() * scales.format.block_bytes()
            }
            _ => 0,
        };
        self.rows * self.row_bytes + scales
    }

    /// Whether both are the same weights in the same place.
    pub fn is_same(&self, other: &Matrix) -> bool {
        Arc::ptr_eq(&self.source, &other.source) && self.offset == other.offset && self.rows == other.rows
    }

    /// Whether the weights have a row for each input: there are no rows of blocks to load then.
    pub(super) fn is_by_input(&self) -> bool {
        matches!(self.layout, Layout::ByInput { .. })
    }

    /// The rows `rows` as kernels read them: where they lie, or joined in `buffer` if the exponents are
    /// stored apart from the elements. There the scales of 8-bit floats are gathered too.
    ///
    /// # Panics
    /// If the range reaches past the last row, or the matrix is by input.
    pub(super) fn load_rows<'a>(&'a self, rows: Range<usize>, buffer: &'a mut RowBuffer) -> Rows<'a> {
        assert!(rows.start < rows.end && rows.end <= self.rows);
        let count = rows.len();
        match &self.layout {
            Layout::Rows { stride } | Layout::Scaled { stride, .. } => {
                let at = self.offset + rows.start * stride;
                let bytes = &self.source.bytes()[at..][..(count - 1) * stride + self.row_bytes];
                buffer.scales.clear();
                if let Layout::Scaled { scales, first, step, .. } = &self.layout {
                    buffer.scales.resize(count * scales.blocks(), 0.0);
                    for (row, of_row) in rows.zip(buffer.scales.chunks_exact_mut(scales.blocks().max(1))) {
                        scales.of_row(first + row * step, of_row);
                    }
                }
                Rows { bytes, stride: *stride, count, scales: &buffer.scales }
            }
            Layout::Apart { .. } => {
                buffer.blocks.resize(count * self.row_bytes, 0);
                for (row, blocks) in rows.zip(buffer.blocks.chunks_exact_mut(self.row_bytes)) {
                    // Joining keeps pace with memory only if it does not wait for it.
                    hint::prefetch(self.stored_row((row + JOIN_AHEAD).min(self.rows - 1)).0);
                    let (elements, exponents) = self.stored_row(row);
                    mxfp4::join(elements, exponents, blocks);
                }
                Rows { bytes: &buffer.blocks, stride: self.row_bytes, count, scales: &[] }
            }
            Layout::ByInput { .. } => panic!("a matrix by input has no rows of blocks"),
        }
    }

    /// Asks for up to `length` bytes of row `row` from byte `start` on, if rows are read where they lie.
    pub(super) fn prefetch(&self, row: usize, start: usize, length: usize) {
        if self.lies_in_rows() {
            let bytes = self.stored_row(row).0.get(start..).unwrap_or_default();
            hint::prefetch(&bytes[..length.min(bytes.len())]);
        }
    }

    /// Whether the source has rows of blocks, so that [`load_rows`](Matrix::load_rows) copies nothing.
    pub(super) fn lies_in_rows(&self) -> bool {
        matches!(self.layout, Layout::Rows { .. })
    }

    /// The bytes of a row in the source: blocks, or elements and exponents.
    fn stored_row(&self, row: usize) -> (&[u8], &[u8]) {
        let source = self.source.bytes();
        match &self.layout {
            Layout::Rows { stride } | Layout::Scaled { stride, .. } => {
                (&source[self.offset + row * stride..][..self.row_bytes], &[])
            }
            Layout::Apart { stride, exponents, exponents_offset } => {
                let blocks = self.columns / self.format.block_len();
                let elements = &source[self.offset + row * stride * ELEMENTS..][..blocks * ELEMENTS];
                (elements, &exponents.bytes()[exponents_offset + row * stride..][..blocks])
            }
            Layout::ByInput { .. } => (&[], &[]),
        }
    }

    /// The weights of one input for the outputs `outputs`, for a matrix by input: `outputs.len()` floats,
    /// decoded by way of `wide`.
    ///
    /// # Panics
    /// If the matrix is not by input, or something reaches past its end.
    pub(super) fn decode_input(
        &self,
        kernels: Kernels,
        input: usize,
        outputs: Range<usize>,
        wide: &mut Vec<f32>,
        values: &mut [f32],
    ) {
        let Layout::ByInput { stride, step } = self.layout else { panic!("the matrix has rows of blocks") };
        assert!(input < self.columns && outputs.end <= self.rows && outputs.len() == values.len());
        let size = self.format.block_bytes();
        wide.resize((outputs.len() * step).saturating_sub(step - 1), 0.0);
        let first = self.offset + input * stride + outputs.start * step * size;
        kernels.decode(self.format, &self.source.bytes()[first..][..wide.len() * size], wide);
        for (value, wide) in values.iter_mut().zip(wide.iter().step_by(step)) {
            *value = *wide;
        }
    }

    /// Appends the rows `rows` in blocks, as they are stored or joined; `false` if they are not whole
    /// so: if the weights have a row for each input, or scales apart.
    ///
    /// # Panics
    /// If the range reaches past the last row.
    pub fn append_rows(&self, rows: Range<usize>, bytes: &mut Vec<u8>) -> bool {
        assert!(rows.start <= rows.end && rows.end <= self.rows);
        match &self.layout {
            Layout::Rows { .. } => rows.for_each(|row| bytes.extend_from_slice(self.stored_row(row).0)),
            Layout::Apart { .. } => {
                for row in rows {
                    let (elements, exponents) = self.stored_row(row);
                    let begin = bytes.len();
                    bytes.resize(begin + self.row_bytes, 0);
                    mxfp4::join(elements, exponents, &mut bytes[begin..]);
                }
            }
            Layout::Scaled { .. } | Layout::ByInput { .. } => return false,
        }
        true
    }

    /// Says that the weights will not be read again soon, so that their pages need not stay in memory.
    pub fn release(&self) {
        match &self.layout {
            Layout::Rows { stride } | Layout::Scaled { stride, .. } => {
                self.source.release(self.offset, self.rows * stride);
            }
            Layout::Apart { stride, exponents, exponents_offset } => {
                self.source.release(self.offset, self.rows * stride * ELEMENTS);
                exponents.release(*exponents_offset, self.rows * stride);
            }
            Layout::ByInput { stride, .. } => self.source.release(self.offset, self.columns * stride),
        }
    }

    /// Decodes one row into `values` (`columns` floats).
    ///
    /// # Panics
    /// If there is no such row, or `values` is of another length.
    pub fn decode_row(&self, row: usize, values: &mut [f32]) {
        assert!(row < self.rows && values.len() == self.columns);
        match &self.layout {
            Layout::Rows { .. } => self.format.decode(self.stored_row(row).0, values),
            Layout::Scaled { scales, first, step, .. } => {
                let mut of_row = vec![0.0; scales.blocks()];
                scales.of_row(first + row * step, &mut of_row);
                self.format.decode(self.stored_row(row).0, values);
                fp8::scale(values, &of_row);
            }
            Layout::Apart { .. } => {
                let (elements, exponents) = self.stored_row(row);
                let mut blocks = vec![0; self.row_bytes];
                mxfp4::join(elements, exponents, &mut blocks);
                self.format.decode(&blocks, values);
            }
            Layout::ByInput { stride, step } => {
                let size = self.format.block_bytes();
                for (input, value) in values.iter_mut().enumerate() {
                    let at = self.offset + input * stride + row * step * size;
                    self.format.decode(&self.source.bytes()[at..][..size], std::slice::from_mut(value));
                }
            }
        }
    }
}

/// How many rows ahead of the one that is joined memory is asked for: about the 2 KiB that kernels ask ahead.
const JOIN_AHEAD: usize = 2;
