//! Matrix products: the one driver for tiling, threads and experts.
//!
//! Every product is cut into tasks of some rows of weights times all its rows of activations. A task
//! computes its outputs in an order of its own that depends on the shapes alone: results are the same,
//! bit for bit, for every number of threads.

use super::activations::Activations;
use super::block::CHUNK;
use super::matrix::RowBuffer;
use super::table::{
    FloatRows, IntegerKernels, Kernels, PairKernels, PairPanel, Panel, QuantisedRows, Rows, MOST_DOT_INPUTS,
    PANEL_ROWS,
};
use super::team::{SharedMut, Team};
use super::{Arithmetic, Interrupt, Matrix};
use crate::quant::Format;
use half::bf16;

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

/// The most and the fewest bytes of weights that a task reads, where a few tokens take each weight once. Every
/// task starts with a wait for memory, so that many small ones lose a quarter of the bandwidth; and the fewer
/// they are, the longer some threads may wait for the last one.
const MOST_TASK_BYTES: usize = 256 * 1024;
/// See `MOST_TASK_BYTES`.
const FEWEST_TASK_BYTES: usize = 32 * 1024;
/// Tasks that a pass should give each thread, if they are not too small then.
const TASKS_A_THREAD: usize = 8;
/// Products of a row of weights with a row of activations that a task has at least, where there are many tokens.
const TASK_PRODUCTS: usize = 16384;
/// The most rows of activations that count as few: they take each row of weights as it lies, and each of them gets,
/// bit for bit, what it would get alone. Beyond that, unpacking the weights once for all rows pays.
pub(crate) const FEW_TOKENS: usize = MOST_DOT_INPUTS;
/// Rows of activations whose running sums a task keeps at hand while it goes through the columns.
const TOKEN_BLOCK: usize = 128;
/// The same for panels, whose unpacking is worth sharing among more.
const PANEL_TOKENS: usize = 512;
/// Columns of weights that the float path decodes at a time, for `FLOAT_ROWS` rows.
const FLOAT_COLUMNS: usize = 512;
/// See `FLOAT_COLUMNS`; together they fill half of a first-level cache.
const FLOAT_ROWS: usize = 8;
/// Inputs and outputs of a tile of weights that are stored by input; it fills half of a first-level cache.
const INPUT_TILE: usize = 64;
/// See `INPUT_TILE`.
const OUTPUT_TILE: usize = 64;

impl Selection<'_> {
    /// How many rows are selected out of `rows`.
    fn count(&self, rows: usize) -> usize {
        match *self {
            Selection::All => rows,
            Selection::Range(_, count) => count,
            Selection::Rows(rows) => rows.len(),
        }
    }

    /// Writes the indices of the selected rows `first..first + indices.len()`.
    fn indices(&self, first: usize, indices: &mut [u32]) {
        let start = match *self {
            Selection::All => first,
            Selection::Range(start, _) => start + first,
            Selection::Rows(rows) => {
                indices.copy_from_slice(&rows[first..first + indices.len()]);
                return;
            }
        };
        for (i, index) in indices.iter_mut().enumerate() {
            *index = (start + i) as u32;
        }
    }

    /// Whether all selected rows are among `rows`.
    fn fits(&self, rows: usize) -> bool {
        match *self {
            Selection::All => true,
            Selection::Range(first, count) => first <= rows && count <= rows - first,
            Selection::Rows(selected) => selected.iter().all(|&row| (row as usize) < rows),
        }
    }
}

/// A product as the tasks see it.
struct Job<'a> {
    weights: &'a Matrix,
    input: &'a Activations,
    selection: Selection<'a>,
    bias: Option<&'a [f32]>,
    output: SharedMut<'a, f32>,
    /// Selected rows of activations.
    tokens: usize,
    /// Rows of weights in a task.
    task_rows: usize,
    /// The number of tasks of this product and all before it.
    tasks_end: usize,
    /// The 8-bit kernels, if the product uses them.
    integer: Option<IntegerKernels>,
    /// The kernels for brain floats, likewise.
    pairs: Option<PairKernels>,
}

/// Computes several products in one pass of the team, until the interrupt is raised.
pub(super) fn matmul(
    kernels: Kernels,
    arithmetic: Arithmetic,
    team: &Team,
    interrupt: &Interrupt<'_>,
    products: &mut [Product<'_>],
) {
    let mut tasks_end = 0;
    let bytes: usize = products.iter().map(|product| product.weights.size()).sum();
    let task_bytes = (bytes / (team.threads() * TASKS_A_THREAD)).clamp(FEWEST_TASK_BYTES, MOST_TASK_BYTES);
    let jobs: Vec<Job<'_>> = products
        .iter_mut()
        .map(|product| {
            let job = Job::new(kernels, arithmetic, task_bytes, tasks_end, product);
            tasks_end = job.tasks_end;
            job
        })
        .collect();
    team.for_each_until(tasks_end, interrupt, |task| {
        let index = jobs.partition_point(|job| job.tasks_end <= task);
        let first_task = index.checked_sub(1).map_or(0, |i| jobs[i].tasks_end);
        jobs[index].run(kernels, task - first_task);
    });
}

impl<'a> Job<'a> {
    fn new(
        kernels: Kernels,
        arithmetic: Arithmetic,
        task_bytes: usize,
        tasks_before: usize,
        product: &'a mut Product<'_>,
    ) -> Job<'a> {
        let (weights, input) = (product.weights, product.input);
        let tokens = product.selection.count(input.rows());
        assert_eq!(weights.columns(), input.columns(), "columns of weights and activations");
        assert_eq!(product.output.len(), tokens * weights.rows(), "length of the output");
        assert!(product.selection.fits(input.rows()), "selected rows of activations");
        let bias_fits = product.bias.is_none_or(|bias| bias.len() == weights.rows());
        assert!(bias_fits, "length of the bias");
        let (integer, pairs) = match (arithmetic, weights.format()) {
            (Arithmetic::Int8, Format::BF16) if !weights.keeps_activations() => (None, kernels.pairs()),
            (Arithmetic::Int8, format) => (kernels.integer(format), None),
            (Arithmetic::Float32, _) => (None, None),
        };
        assert!(
            integer.is_none() || input.is_quantised(),
            "activations must be quantised after they were written"
        );
        let panels = match tokens {
            0..=FEW_TOKENS => task_bytes / (PANEL_ROWS * weights.row_bytes()).max(1),
            _ => TASK_PRODUCTS / (PANEL_ROWS * tokens),
        };
        let task_rows = PANEL_ROWS * panels.max(1);
        let tasks = match tokens {
            0 => 0,
            _ => weights.rows().div_ceil(task_rows),
        };
        Job {
            weights,
            input,
            selection: product.selection,
            bias: product.bias,
            output: SharedMut::new(product.output),
            tokens,
            task_rows,
            tasks_end: tasks_before + tasks,
            integer,
            pairs,
        }
    }

    fn run(&self, kernels: Kernels, task: usize) {
        let first = task * self.task_rows;
        let end = (first + self.task_rows).min(self.weights.rows());
        match self.integer {
            _ if self.weights.is_by_input() => self.multiply_by_input(kernels, first, end),
            Some(integer) if self.tokens <= FEW_TOKENS => self.dot_rows(kernels, Some(integer), first, end),
            Some(integer) => self.multiply_panels(kernels, integer, first, end),
            None if self.tokens <= FEW_TOKENS && self.weights.format().is_float() => {
                self.dot_rows(kernels, None, first, end);
            }
            None => match self.pairs {
                Some(pairs) => self.multiply_pairs(kernels, pairs, first, end),
                None => self.multiply_floats(kernels, first, end),
            },
        }
    }

    /// The activations in their 8-bit form.
    fn quantised(&self) -> QuantisedRows<'_> {
        self.input.quantised_rows()
    }

    /// Few tokens: each row of weights, integers or plain floats, is read once and multiplied as it lies.
    fn dot_rows(&self, kernels: Kernels, integer: Option<IntegerKernels>, first: usize, end: usize) {
        let mut indices = [0; FEW_TOKENS];
        let indices = &mut indices[..self.tokens];
        self.selection.indices(0, indices);
        let mut sums = [0.0; FEW_TOKENS * PANEL_ROWS];
        let mut buffer = RowBuffer::default();
        for first in (first..end).step_by(PANEL_ROWS) {
            let count = PANEL_ROWS.min(end - first);
            let rows = self.weights.load_rows(kernels, first..first + count, &mut buffer);
            match integer {
                Some(integer) => {
                    let row_bytes = self.weights.row_bytes();
                    integer.dot_rows(rows, row_bytes, self.quantised(), indices, &mut sums, PANEL_ROWS);
                }
                None => {
                    let (format, columns) = (self.weights.format(), self.weights.columns());
                    let input = FloatRows { values: self.input.values(), stride: columns };
                    kernels.dot_float_rows(format, rows, input, indices, columns, &mut sums, PANEL_ROWS);
                }
            }
            for (token, sums) in sums.chunks_exact(PANEL_ROWS).take(self.tokens).enumerate() {
                self.write(token, first, &sums[..count]);
            }
        }
    }

    /// Many tokens: chunks of 16 rows are unpacked to a panel, which all tokens use.
    fn multiply_panels(&self, kernels: Kernels, integer: IntegerKernels, first: usize, end: usize) {
        let mut panel = Panel::ZERO;
        let mut indices = [0; PANEL_TOKENS];
        let mut sums = vec![[0.0; PANEL_ROWS]; PANEL_TOKENS.min(self.tokens)];
        let (row_bytes, chunk_bytes) = (self.weights.row_bytes(), integer.chunk_bytes());
        let mut buffer = RowBuffer::default();
        for first_token in (0..self.tokens).step_by(PANEL_TOKENS) {
            let indices = &mut indices[..PANEL_TOKENS.min(self.tokens - first_token)];
            self.selection.indices(first_token, indices);
            for first in (first..end).step_by(PANEL_ROWS) {
                let count = PANEL_ROWS.min(end - first);
                let sums = &mut sums[..indices.len()];
                sums.fill([0.0; PANEL_ROWS]);
                let rows = self.weights.load_rows(kernels, first..first + count, &mut buffer);
                // While a panel is multiplied the next one comes from memory, part by part.
                let next = (first + count).min(self.weights.rows());
                let next = self.weights.stored_rows(next..(next + PANEL_ROWS).min(self.weights.rows()));
                let mut next = next.flat_map(|row| row.chunks(chunk_bytes));
                // So do the places where its sums go, each of them a line of its own.
                let mut outputs = first_token..first_token + indices.len();
                let share = indices.len().div_ceil(row_bytes.div_ceil(chunk_bytes));
                for (chunk, start) in (0..row_bytes).step_by(chunk_bytes).enumerate() {
                    if first_token == 0 {
                        next.by_ref().take(PANEL_ROWS).for_each(|part| kernels.prefetch(part));
                    }
                    for token in outputs.by_ref().take(share) {
                        // The line of its last value; that of the first one, if another, was the last panel's.
                        let last = token * self.weights.rows() + first + count - 1;
                        kernels.prefetch_line(self.output.address(last));
                    }
                    let rows = Rows { bytes: &rows.bytes[start..], ..rows };
                    integer.unpack(rows, chunk_bytes.min(row_bytes - start), &mut panel);
                    integer.multiply(&panel, self.quantised(), indices, chunk, sums);
                }
                for (i, sums) in sums.iter().enumerate() {
                    self.write(first_token + i, first, &sums[..count]);
                }
            }
        }
    }

    /// Many tokens and brain floats: chunk by chunk, the activations of all tokens are rounded
    /// once for all rows of weights, and these are unpacked to panels, which all tokens use.
    fn multiply_pairs(&self, kernels: Kernels, pairs: PairKernels, first: usize, end: usize) {
        let (columns, size) = (self.weights.columns(), self.weights.format().block_bytes());
        let mut panel = PairPanel::ZERO;
        let mut indices = [0; TOKEN_BLOCK];
        let mut buffer = RowBuffer::default();
        let panels = (end - first).div_ceil(PANEL_ROWS);
        let mut inputs = vec![[bf16::ZERO; CHUNK]; TOKEN_BLOCK.min(self.tokens)];
        let mut sums = Vec::new();
        for first_token in (0..self.tokens).step_by(TOKEN_BLOCK) {
            let indices = &mut indices[..TOKEN_BLOCK.min(self.tokens - first_token)];
            self.selection.indices(first_token, indices);
            let inputs = &mut inputs[..indices.len()];
            sums.clear();
            sums.resize(panels * indices.len(), [0.0; PANEL_ROWS]);
            for column in (0..columns).step_by(CHUNK) {
                let length = CHUNK.min(columns - column);
                for (input, &row) in inputs.iter_mut().zip(&*indices) {
                    let start = row as usize * columns + column;
                    pairs.round_floats(&self.input.values()[start..start + length], input);
                }
                let of_panels = sums.chunks_exact_mut(indices.len());
                for (sums, first) in of_panels.zip((first..end).step_by(PANEL_ROWS)) {
                    let count = PANEL_ROWS.min(end - first);
                    let rows = self.weights.load_rows(kernels, first..first + count, &mut buffer);
                    let rows = Rows { bytes: &rows.bytes[column * size..], ..rows };
                    pairs.unpack(rows, length, &mut panel);
                    pairs.multiply(&panel, inputs, length.div_ceil(2), sums);
                }
            }
            let of_panels = sums.chunks_exact(indices.len());
            for (sums, first) in of_panels.zip((first..end).step_by(PANEL_ROWS)) {
                let count = PANEL_ROWS.min(end - first);
                for (i, sums) in sums.iter().enumerate() {
                    self.write(first_token + i, first, &sums[..count]);
                }
            }
        }
    }

    /// Floats: tiles of weights are decoded once for all tokens.
    fn multiply_floats(&self, kernels: Kernels, first: usize, end: usize) {
        let (columns, format) = (self.weights.columns(), self.weights.format());
        let mut buffer = RowBuffer::default();
        let mut tile = [0.0; FLOAT_ROWS * FLOAT_COLUMNS];
        let mut indices = [0; TOKEN_BLOCK];
        for first_token in (0..self.tokens).step_by(TOKEN_BLOCK) {
            let indices = &mut indices[..TOKEN_BLOCK.min(self.tokens - first_token)];
            self.selection.indices(first_token, indices);
            for first in (first..end).step_by(FLOAT_ROWS) {
                let count = FLOAT_ROWS.min(end - first);
                let rows = self.weights.load_rows(kernels, first..first + count, &mut buffer);
                let mut sums = [0.0; FLOAT_ROWS * TOKEN_BLOCK];
                for column in (0..columns).step_by(FLOAT_COLUMNS) {
                    let length = FLOAT_COLUMNS.min(columns - column);
                    // A tile begins and ends between blocks: 512 is a multiple of every block length.
                    for row in 0..count {
                        let values = &mut tile[row * FLOAT_COLUMNS..][..length];
                        kernels.decode_part(format, rows, row, column, values);
                    }
                    kernels.dots(
                        FloatRows { values: &tile, stride: FLOAT_COLUMNS },
                        count,
                        length,
                        FloatRows { values: &self.input.values()[column..], stride: columns },
                        indices,
                        &mut sums,
                        FLOAT_ROWS,
                    );
                }
                for (i, sums) in sums.chunks_exact(FLOAT_ROWS).take(indices.len()).enumerate() {
                    self.write(first_token + i, first, &sums[..count]);
                }
            }
        }
    }

    /// Plain floats with a row for each input: tiles of weights are decoded once for all tokens, and each
    /// input adds its share to the sums of all outputs.
    fn multiply_by_input(&self, kernels: Kernels, first: usize, end: usize) {
        let columns = self.weights.columns();
        let mut tile = [0.0; INPUT_TILE * OUTPUT_TILE];
        let mut gathered = vec![0.0; TOKEN_BLOCK * INPUT_TILE];
        let mut sums = vec![0.0; TOKEN_BLOCK * OUTPUT_TILE];
        let mut wide = Vec::new();
        let mut indices = [0; TOKEN_BLOCK];
        for first_token in (0..self.tokens).step_by(TOKEN_BLOCK) {
            let indices = &mut indices[..TOKEN_BLOCK.min(self.tokens - first_token)];
            self.selection.indices(first_token, indices);
            for first in (first..end).step_by(OUTPUT_TILE) {
                let count = OUTPUT_TILE.min(end - first);
                sums.fill(0.0);
                for column in (0..columns).step_by(INPUT_TILE) {
                    let length = INPUT_TILE.min(columns - column);
                    for (input, values) in tile.chunks_exact_mut(OUTPUT_TILE).take(length).enumerate() {
                        let outputs = first..first + count;
                        self.weights.decode_input(
                            kernels,
                            column + input,
                            outputs,
                            &mut wide,
                            &mut values[..count],
                        );
                    }
                    for (inputs, &row) in gathered.chunks_exact_mut(INPUT_TILE).zip(&*indices) {
                        let start = row as usize * columns + column;
                        inputs[..length].copy_from_slice(&self.input.values()[start..start + length]);
                    }
                    kernels.accumulate(
                        FloatRows { values: &gathered, stride: INPUT_TILE },
                        indices.len(),
                        length,
                        FloatRows { values: &tile, stride: OUTPUT_TILE },
                        count,
                        &mut sums,
                        OUTPUT_TILE,
                    );
                }
                for (i, sums) in sums.chunks_exact(OUTPUT_TILE).take(indices.len()).enumerate() {
                    self.write(first_token + i, first, &sums[..count]);
                }
            }
        }
    }

    /// Writes some outputs of a token, from row `first` of the weights on.
    fn write(&self, token: usize, first: usize, sums: &[f32]) {
        let start = token * self.weights.rows() + first;
        // SAFETY: a task writes outputs of its own rows of weights only.
        let output = unsafe { self.output.slice(start, sums.len()) };
        match (output.as_chunks_mut::<PANEL_ROWS>(), sums.as_chunks::<PANEL_ROWS>()) {
            // Of a length that the compiler knows.
            (([output], []), ([sums], [])) => *output = *sums,
            _ => output.copy_from_slice(sums),
        }
        if let Some(bias) = self.bias {
            for (output, bias) in output.iter_mut().zip(&bias[first..]) {
                *output += bias;
            }
        }
    }
}

/// See `Compute::transposed_matvec`.
pub(super) fn transposed_matvec(kernels: Kernels, weights: &Matrix, x: &[f32], output: &mut [f32]) {
    assert_eq!(x.len(), weights.rows(), "rows of weights");
    assert_eq!(output.len(), weights.columns(), "columns of weights");
    let format = weights.format();
    let mut buffer = RowBuffer::default();
    let mut tile = [0.0; FLOAT_ROWS * FLOAT_COLUMNS];
    for (index, output) in output.chunks_mut(FLOAT_COLUMNS).enumerate() {
        for (tile_index, x) in x.chunks(FLOAT_ROWS).enumerate() {
            let first = tile_index * FLOAT_ROWS;
            let rows = weights.load_rows(kernels, first..first + x.len(), &mut buffer);
            for (row, values) in tile.chunks_exact_mut(FLOAT_COLUMNS).take(x.len()).enumerate() {
                let values = &mut values[..output.len()];
                kernels.decode_part(format, rows, row, index * FLOAT_COLUMNS, values);
            }
            let rows = FloatRows { values: &tile, stride: FLOAT_COLUMNS };
            let weights = FloatRows { values: x, stride: x.len() };
            let (count, length) = (x.len(), output.len());
            kernels.accumulate(weights, 1, count, rows, length, output, length);
        }
    }
}
