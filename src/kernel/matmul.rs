//! Matrix products: the one driver for tiling, threads and experts.
//!
//! Every product is cut into tasks of some rows of weights times all its rows of activations. A task
//! computes its outputs in an order of its own that depends on the shapes alone: results are the same,
//! bit for bit, for every number of threads.

mod mixture;
mod operand;
mod tiles;
mod transposed;

use super::activations::{ActivationRows, Activations, Form, ACTIVATION_BLOCK};
use super::aligned::Aligned;
use super::block::CHUNK;
use super::pool::Pool;
use super::table::{Kernels, MOST_DOT_INPUTS, PANEL_ROWS};
use super::team::SharedMut;
use super::{Activation, Compute, Interrupt, Matrix};
pub(super) use mixture::add_up;
pub use mixture::Term;
use operand::{Operand, Panels, Part, Sums, MOST_TOKENS, PANELS_TOGETHER};
use std::ops::Range;
pub(super) use tiles::TileBuffer;
use tiles::{InputTiles, Wanted};
pub(super) use transposed::matmul as matmul_transposed;
pub use transposed::Transposed;

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

/// One product: `output[i][r] = Σ_c weights[r][c] * input[selection[i]][c] (+ bias[r])`, or what gates make of two of
/// them; `output` is row-major `[selected rows, weights.rows]`.
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
    /// A second product with the same input: the first is its gate.
    pub gated: Option<Gated<'a>>,
    /// `[selected rows, weights.rows]`.
    pub output: Output<'a>,
}

/// Where a product writes.
#[derive(Debug)]
pub enum Output<'a> {
    /// Row-major floats.
    Floats(&'a mut [f32]),
    /// As many rows of activations as are selected, of `weights.rows` columns.
    Activations(ActivationRows<'a>),
}

impl<'a> From<&'a mut [f32]> for Output<'a> {
    fn from(floats: &'a mut [f32]) -> Output<'a> {
        Output::Floats(floats)
    }
}

impl<'a> From<ActivationRows<'a>> for Output<'a> {
    fn from(rows: ActivationRows<'a>) -> Output<'a> {
        Output::Activations(rows)
    }
}

impl<'a> From<&'a mut Vec<f32>> for Output<'a> {
    fn from(floats: &'a mut Vec<f32>) -> Output<'a> {
        Output::Floats(floats)
    }
}

/// What the outputs of a product are the gates of: `activation(gate, weights input + bias)`.
#[derive(Debug)]
pub struct Gated<'a> {
    /// The weights, of the same shape as those of the gate.
    pub weights: &'a Matrix,
    /// As in [`Product`].
    pub bias: Option<&'a [f32]>,
    /// What brings the two together.
    pub activation: Activation,
}

/// The most and the fewest bytes of weights that a task reads, where a few tokens take each weight once. Every
/// task starts with a wait for memory, so that many small ones lose a quarter of the bandwidth; and the fewer
/// they are, the longer some threads may wait for the last one.
const MOST_TASK_BYTES: usize = 1024 * 1024;
/// See `MOST_TASK_BYTES`.
const FEWEST_TASK_BYTES: usize = 32 * 1024;
/// Tasks that a pass should give each thread, if they are not too small then.
const TASKS_A_THREAD: usize = 4;
/// Products of a row of weights with a row of activations that a task has at least, where there are many tokens.
const TASK_PRODUCTS: usize = 16384;
/// Tasks of a pass with many tokens for each thread: enough to share them fairly.
const MANY_TASKS: usize = 16;
/// The most panels in such a task: rows that are a chunk of the next product's activations, whose scales are in lines of the
/// cache that two threads should not write at once.
const MOST_TASK_PANELS: usize = CHUNK / PANEL_ROWS;
/// The most rows of activations that count as few: they take each row of weights as it lies, and each of them gets,
/// bit for bit, what it would get alone. Beyond that, unpacking the weights once for all rows pays.
pub(crate) const FEW_TOKENS: usize = MOST_DOT_INPUTS;
/// So many sums of panels need no memory of their own: of eight panels and the most tokens that are few.
const FEW_SUMS: usize = 8 * FEW_TOKENS;

impl Selection<'_> {
    /// How many rows are selected out of `rows`.
    pub(super) fn count(&self, rows: usize) -> usize {
        match *self {
            Selection::All => rows,
            Selection::Range(_, count) => count,
            Selection::Rows(rows) => rows.len(),
        }
    }

    /// Writes the indices of the selected rows `first..first + indices.len()`.
    pub(super) fn indices(&self, first: usize, indices: &mut [u32]) {
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

/// What a task needs memory for.
#[derive(Default)]
pub(super) struct TaskBuffers {
    /// Its sums, and those behind its gate.
    sums: [Aligned<f32>; 2],
    panels: Panels,
}

/// A product as the tasks see it.
struct Job<'a> {
    operand: Operand<'a>,
    gated: Option<(Operand<'a>, Activation)>,
    input: &'a Activations,
    tiles: Option<InputTiles<'a>>,
    selection: Selection<'a>,
    output: Form<'a>,
    /// Which row of the output is that of the first selected row.
    first_output: usize,
    buffers: &'a Pool<TaskBuffers>,
    /// Rows of weights.
    rows: usize,
    /// Selected rows of activations.
    tokens: usize,
    /// Rows of weights in a task.
    task_rows: usize,
    /// Rows of weights, and of activations, that a task works on at a time.
    part_rows: usize,
    part_tokens: usize,
    /// The number of tasks of this product and all before it.
    tasks_end: usize,
}

/// Computes several products in one pass of the team, until the interrupt is raised.
pub(super) fn matmul(compute: &Compute, interrupt: &Interrupt<'_>, products: &mut [Product<'_>]) {
    compute.tile_buffers.lend(|buffer| {
        let wanted: Vec<_> = products.iter().map(|product| product.wanted(compute)).collect();
        let tiles = buffer.pack(&compute.team, interrupt, &wanted);
        drop(wanted);
        matmul_packed(compute, interrupt, products, tiles);
    });
}

/// Computes products whose activations are packed, if they need it.
fn matmul_packed(
    compute: &Compute,
    interrupt: &Interrupt<'_>,
    products: &mut [Product<'_>],
    tiles: Vec<Option<InputTiles<'_>>>,
) {
    let Compute { kernels, ref team, .. } = *compute;
    let mut tasks_end = 0;
    let bytes: usize = products.iter().map(Product::bytes).sum();
    let panels: usize = products.iter().map(|product| product.weights.rows() / PANEL_ROWS).sum();
    let panels = (panels / (team.threads() * MANY_TASKS)).min(MOST_TASK_PANELS);
    let sizes = TaskSizes {
        bytes: (bytes / (team.threads() * TASKS_A_THREAD)).clamp(FEWEST_TASK_BYTES, MOST_TASK_BYTES),
        // Parts that share chunks of activations, if there are so many.
        panels: if panels >= PANELS_TOGETHER { panels / PANELS_TOGETHER * PANELS_TOGETHER } else { panels },
    };
    let jobs: Vec<Job<'_>> = products
        .iter_mut()
        .zip(tiles)
        .map(|(product, tiles)| {
            let job = Job::new(compute, sizes, tasks_end, tiles, product);
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

/// How large the tasks of a pass are.
#[derive(Clone, Copy)]
struct TaskSizes {
    /// Bytes of weights, where there are few tokens.
    bytes: usize,
    /// Panels, where there are many.
    panels: usize,
}

impl Product<'_> {
    /// What it needs of its activations as tiles.
    fn wanted(&self, compute: &Compute) -> Option<Wanted<'_>> {
        let weights = [self.weights].into_iter().chain(self.gated.as_ref().map(|gated| gated.weights));
        Wanted::new(compute, weights, self.input, self.selection)
    }

    /// Bytes of weights.
    fn bytes(&self) -> usize {
        self.weights.size() + self.gated.as_ref().map_or(0, |gated| gated.weights.size())
    }
}

impl<'a> Job<'a> {
    fn new(
        compute: &'a Compute,
        sizes: TaskSizes,
        tasks_before: usize,
        tiles: Option<InputTiles<'a>>,
        product: &'a mut Product<'_>,
    ) -> Job<'a> {
        let (weights, input) = (product.weights, product.input);
        let tokens = product.selection.count(input.rows());
        let (rows, bytes) = (weights.rows(), product.bytes());
        let (output, first_output) = match &mut product.output {
            Output::Floats(output) => {
                assert_eq!(output.len(), tokens * rows, "length of the output");
                (Form::Floats(SharedMut::new(output)), 0)
            }
            Output::Activations(output) => {
                assert!(output.count == tokens && output.columns == rows, "shape of the output");
                (output.form, output.first)
            }
        };
        assert!(product.selection.fits(input.rows()), "selected rows of activations");
        let operand = |weights, bias| Operand::new(compute, input, tokens, weights, bias);
        let first = operand(weights, product.bias);
        let gated = product.gated.as_ref().map(|Gated { weights, bias, activation }| {
            assert_eq!(weights.rows(), rows, "rows of weights behind a gate");
            (operand(*weights, *bias), *activation)
        });
        let operands = || gated.iter().map(|(operand, _)| operand).chain([&first]);
        let part_tokens = operands().map(Operand::most_tokens).min().unwrap_or(1).min(tokens);
        let panels = match tokens {
            0..=FEW_TOKENS => sizes.bytes * rows / (PANEL_ROWS * bytes).max(1),
            _ => {
                let fewest = TASK_PRODUCTS / (PANEL_ROWS * part_tokens * operands().count());
                fewest.max(sizes.panels)
            }
        };
        // Two panels make a block of activations, which one task must have as a whole.
        let task_rows = PANEL_ROWS * panels.next_multiple_of(2).max(2);
        let together = operands().map(|operand| operand.panels_together(tokens)).max().unwrap_or(1);
        let tasks = match tokens {
            0 => 0,
            _ => rows.div_ceil(task_rows),
        };
        Job {
            part_rows: task_rows.min(together.saturating_mul(PANEL_ROWS)).next_multiple_of(2 * PANEL_ROWS),
            part_tokens,
            operand: first,
            gated,
            input,
            tiles,
            selection: product.selection,
            output,
            first_output,
            buffers: &compute.task_buffers,
            rows,
            tokens,
            task_rows,
            tasks_end: tasks_before + tasks,
        }
    }

    fn run(&self, kernels: Kernels, task: usize) {
        let rows = task * self.task_rows..((task + 1) * self.task_rows).min(self.rows);
        let length = self.part_tokens * self.part_rows.div_ceil(PANEL_ROWS);
        let mut operands = self.gated.iter().map(|(operand, _)| operand).chain([&self.operand]);
        if length <= FEW_SUMS && self.tokens <= FEW_TOKENS && !operands.any(Operand::needs_panels) {
            let mut sums = [[[0.0; PANEL_ROWS]; FEW_SUMS]; 2];
            let sums = sums.each_mut().map(|sums| &mut sums[..]);
            return self.run_parts(kernels, rows, &mut Panels::default(), sums);
        }
        self.buffers.lend(|buffers| {
            let lengths = [length, if self.gated.is_some() { length } else { 0 }];
            for (sums, length) in buffers.sums.iter_mut().zip(lengths) {
                sums.resize(length * PANEL_ROWS);
            }
            let sums = buffers.sums.each_mut().map(|sums| sums.as_chunks_mut().0);
            self.run_parts(kernels, rows, &mut buffers.panels, sums);
        });
    }

    /// Computes the outputs of these rows of weights.
    fn run_parts(
        &self,
        kernels: Kernels,
        rows: Range<usize>,
        panels: &mut Panels,
        [sums, gated_sums]: [&mut [Sums]; 2],
    ) {
        let mut indices = [0; MOST_TOKENS];
        for first_token in (0..self.tokens).step_by(self.part_tokens) {
            let tokens = self.part_tokens.min(self.tokens - first_token);
            let indices = &mut indices[..tokens];
            self.selection.indices(first_token, indices);
            for first in rows.clone().step_by(self.part_rows) {
                let rows = first..(first + self.part_rows).min(rows.end);
                let sums = &mut sums[..tokens * rows.len().div_ceil(PANEL_ROWS)];
                let is_first = first_token == 0;
                let then = self.gated.as_ref().map(|(operand, _)| operand);
                let (input, tiles) = (self.input, self.tiles);
                let part = Part { input, tiles, first_token, indices, is_first, rows, then };
                self.operand.multiply(kernels, &part, panels, sums);
                if let Some((operand, activation)) = &self.gated {
                    let part = Part { then: None, ..part.clone() };
                    let gated_sums = &mut gated_sums[..sums.len()];
                    operand.multiply(kernels, &part, panels, gated_sums);
                    let (gates, gated) = (sums.as_flattened_mut(), gated_sums.as_flattened());
                    match *activation {
                        Activation::Swiglu => kernels.swiglu(gates, gated),
                        Activation::ClampedSwiglu { alpha, limit } => {
                            kernels.clamped_swiglu(gates, gated, alpha, limit);
                        }
                    }
                }
                // Token by token, since the outputs of a token lie side by side.
                for token in 0..tokens {
                    let sums = sums[token..].iter().step_by(tokens);
                    self.write(kernels, self.first_output + first_token + token, part.rows.clone(), sums);
                }
            }
        }
    }

    /// Writes some outputs of a row of the output, those of `rows` of the weights: 16 and then the next ones.
    fn write<'s>(
        &self,
        kernels: Kernels,
        row: usize,
        rows: Range<usize>,
        mut sums: impl Iterator<Item = &'s Sums>,
    ) {
        match &self.output {
            Form::Floats(output) => {
                // SAFETY: a task writes outputs of its own rows of weights only.
                let output = unsafe { output.slice(row * self.rows + rows.start, rows.len()) };
                let (whole, rest) = output.as_chunks_mut();
                for (output, sums) in whole.iter_mut().zip(&mut sums) {
                    *output = *sums;
                }
                if let Some(sums) = sums.next() {
                    rest.copy_from_slice(&sums[..rest.len()]);
                }
            }
            Form::Quantised(output) => {
                let mut start = rows.start;
                while start < rows.end {
                    let chunk = start / CHUNK;
                    let end = rows.end.min((chunk + 1) * CHUNK);
                    let mut values = [[0.0; PANEL_ROWS]; CHUNK / PANEL_ROWS];
                    for (values, sums) in
                        values.iter_mut().zip((&mut sums).take((end - start).div_ceil(PANEL_ROWS)))
                    {
                        *values = *sums;
                    }
                    // What follows the last value are zeros, to the end of a chunk.
                    let last = if end == self.rows { CHUNK } else { end - chunk * CHUNK };
                    let blocks = start % CHUNK / ACTIVATION_BLOCK..last / ACTIVATION_BLOCK;
                    // SAFETY: as above, and tasks have whole blocks.
                    let target = unsafe { output.blocks(row, chunk, blocks) };
                    kernels.quantise(&values.as_flattened()[..end - start], target);
                    start = end;
                }
            }
        }
    }
}
