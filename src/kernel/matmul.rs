//! Matrix products: the one driver for tiling, threads and experts.

use super::Matrix;

/// Rows of activations: the floats, and once `Compute::quantise` has run their 8-bit blocks.
#[derive(Debug, Default)]
pub struct Activations {
    rows: usize,
    columns: usize,
    values: Vec<f32>,
}

impl Activations {
    /// Makes room for `rows` x `columns` values (contents unspecified) and forgets the 8-bit blocks.
    pub fn resize(&mut self, rows: usize, columns: usize) {
        self.rows = rows;
        self.columns = columns;
        self.values.resize(rows * columns, 0.0);
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
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The values, to be written.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }
}

/// Which rows of the activations a product takes.
#[derive(Clone, Copy, Debug)]
pub enum Selection<'a> {
    /// All of them.
    All,
    /// A contiguous range, first and count.
    Range(usize, usize),
    /// These rows in this order (an expert's tokens).
    Rows(&'a [u32]),
}

/// One product: `output[i][r] = Σ_c weights[r][c] * input[selection[i]][c] (+ bias[r])`,
/// `output` is row-major `[selected rows, weights.rows]`.
#[derive(Debug)]
pub struct Product<'a> {
    /// The weights.
    pub weights: &'a Matrix,
    /// The activations; their columns equal the weights' columns.
    pub input: &'a Activations,
    /// Which rows of the activations.
    pub selection: Selection<'a>,
    /// Added to every output row, `weights.rows` values.
    pub bias: Option<&'a [f32]>,
    /// `[selected rows, weights.rows]`.
    pub output: &'a mut [f32],
}
