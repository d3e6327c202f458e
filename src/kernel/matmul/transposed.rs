//! Products with transposed matrices: each row of weights times a value of the input, added up.

use super::FEW_TOKENS;
use crate::kernel::aligned::Aligned;
use crate::kernel::matrix::{Matrix, RowBuffer};
use crate::kernel::table::{FloatRows, Int16Kernels, Kernels, PackedRows, INT16_VALUES};
use crate::kernel::team::Team;

/// One product with a transposed matrix: `output[i][c] = Σ_j input[i][j] * weights[j][c]`.
#[derive(Debug)]
pub struct Transposed<'a> {
    /// The weights.
    pub weights: &'a Matrix,
    /// `[rows, weights.rows]`.
    pub input: &'a [f32],
    /// `[rows, weights.columns]`.
    pub output: &'a mut [f32],
}

/// Rows of the input that are one task.
const TASK_ROWS: usize = 256;
/// Rows of weights that are decoded at a time for many rows of the input, and for few; an even number.
const MANY: usize = 128;
/// See `MANY`.
const FEW: usize = 8;

/// Computes several products in one pass of the team.
pub(in crate::kernel) fn matmul(
    kernels: Kernels,
    may_round: bool,
    team: &Team,
    products: &mut [Transposed<'_>],
) {
    let mut tasks = Vec::with_capacity(products.len());
    for Transposed { weights, input, output } in products {
        let rows = input.len() / weights.rows().max(1);
        assert!(rows * weights.rows() == input.len() && rows * weights.columns() == output.len(), "shapes");
        let inputs = input.chunks(TASK_ROWS * weights.rows().max(1));
        let outputs = output.chunks_mut(TASK_ROWS * weights.columns().max(1));
        let int16 = kernels.int16().filter(|_| may_round && rows > FEW_TOKENS);
        tasks.extend(inputs.zip(outputs).map(|(input, output)| Task { weights, int16, input, output }));
    }
    team.for_each_chunk(&mut tasks, 1, |_, tasks| tasks.iter_mut().for_each(|task| task.run(kernels)));
}

/// A product of up to `TASK_ROWS` rows.
struct Task<'a> {
    weights: &'a Matrix,
    /// The kernels for 16-bit integers, if weights and input are rounded to them.
    int16: Option<Int16Kernels>,
    input: &'a [f32],
    output: &'a mut [f32],
}

impl Task<'_> {
    fn run(&mut self, kernels: Kernels) {
        let (length, columns) = (self.weights.rows(), self.weights.columns());
        let rows = self.input.len() / length;
        let together = if rows <= FEW_TOKENS { FEW } else { MANY };
        let mut decoded = vec![0.0; together.min(length) * columns];
        let mut buffer = RowBuffer::default();
        let mut packed = Packed::default();
        self.output.fill(0.0);
        for first in (0..length).step_by(together) {
            let count = together.min(length - first);
            let stored = self.weights.load_rows(first..first + count, &mut buffer);
            for (row, values) in decoded.chunks_exact_mut(columns).take(count).enumerate() {
                kernels.decode_part(self.weights.format(), stored, row, 0, values);
            }
            let weights = &decoded[..count * columns];
            let inputs = FloatRows { values: &self.input[first..], stride: length };
            match self.int16 {
                Some(int16) => packed.accumulate(kernels, int16, inputs, count, weights, self.output),
                None => {
                    let weights = FloatRows { values: weights, stride: columns };
                    kernels.accumulate(inputs, rows, count, weights, columns, self.output, columns);
                }
            }
        }
    }
}

/// Operands as 16-bit integers.
#[derive(Default)]
struct Packed {
    inputs: Aligned<i16>,
    input_scales: Vec<f32>,
    weights: Aligned<i16>,
    scales: Vec<f32>,
}

impl Packed {
    /// Adds the first `count` values of each row of `inputs` times the rows of `weights`, as many.
    fn accumulate(
        &mut self,
        kernels: Kernels,
        int16: Int16Kernels,
        inputs: FloatRows<'_>,
        count: usize,
        weights: &[f32],
        output: &mut [f32],
    ) {
        let columns = weights.len() / count;
        self.weights.resize(weights.len());
        self.scales.clear();
        let packed = self.weights.chunks_exact_mut(columns).zip(weights.chunks_exact(columns));
        self.scales.extend(packed.map(|(packed, weights)| kernels.pack_int16(weights, packed)));
        let stride = count.next_multiple_of(INT16_VALUES);
        self.inputs.resize(output.len() / columns * stride);
        self.input_scales.clear();
        for (row, packed) in self.inputs.chunks_exact_mut(stride).enumerate() {
            let input = &inputs.values[row * inputs.stride..][..count];
            self.input_scales.push(int16.pack_weights(input, &self.scales, packed));
        }
        let inputs = PackedRows { values: &self.inputs, scales: &self.input_scales, stride };
        let weights = PackedRows { values: &self.weights, scales: &self.scales, stride: columns };
        int16.mix(inputs, weights, columns, output);
    }
}
