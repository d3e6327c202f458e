//! Products with weights, in portable Rust: 8-bit integers and floats.

use crate::kernel::activations::{QuantisedRow, QuantisedRowMut, ACTIVATION_BLOCK, SUM_BLOCK};
use crate::kernel::block::{chunk_bytes, Block, Chunk, CHUNK};
use crate::kernel::table::{FloatRows, Panel, QuantisedRows, Rows, SelectedRows, PANEL_ROWS};
use crate::quant::{fp8, Format};

/// See `Kernels::quantise`.
pub(super) fn quantise(input: &[[f32; ACTIVATION_BLOCK]], mut row: QuantisedRowMut<'_>) {
    for (index, input) in input.iter().enumerate() {
        let values = &mut row.values[index * ACTIVATION_BLOCK..][..ACTIVATION_BLOCK];
        let (maximum, finite) = input
            .iter()
            .fold((0.0_f32, true), |(maximum, finite), x| (maximum.max(x.abs()), finite && x.is_finite()));
        // Below this the reciprocal of the scale is not a number any more: such a block is zero.
        let inverse = 127.0 / maximum;
        let scale = if finite && inverse.is_finite() {
            for (value, x) in values.iter_mut().zip(input) {
                *value = (x * inverse).round_ties_even() as i8;
            }
            maximum / 127.0
        } else {
            values.fill(0);
            if finite {
                0.0
            } else {
                f32::NAN
            }
        };
        let sum = |values: &[i8]| values.iter().map(|&value| i32::from(value)).sum::<i32>();
        let halves = [sum(&values[..SUM_BLOCK]), sum(&values[SUM_BLOCK..])];
        row.put(index, scale, halves);
    }
}

/// Adds the products of one group to `sum`: `products` is `Σ (value - ZERO) * b` (see `block`).
fn add_group<B: Block>(
    sum: &mut f32,
    group: usize,
    products: i32,
    scale: f32,
    minimum: f32,
    input: &QuantisedRow<'_>,
) {
    let input_scale = input.scales[group * B::GROUP / ACTIVATION_BLOCK];
    *sum += scale * products as f32 * input_scale;
    if B::MINIMUMS {
        *sum -= minimum
            * match B::GROUP {
                SUM_BLOCK => input.sums[group],
                _ => input.block_sums[group],
            };
    }
}

/// `Σ (weights[i] - ZERO) * activations[i]`.
fn products<B: Block>(weights: &[u8], activations: &[i8]) -> i32 {
    let pairs = weights.iter().zip(activations);
    pairs.map(|(&weight, &activation)| (i32::from(weight) - B::ZERO) * i32::from(activation)).sum()
}

/// See `Kernels::decode`.
pub(super) fn decode<B: Block>(bytes: &[u8], values: &mut [f32]) {
    B::FORMAT.decode(bytes, values);
}

/// See `IntegerKernels::dot_rows`.
pub(super) fn dot_rows<B: Block>(
    rows: Rows<'_>,
    row_bytes: usize,
    inputs: QuantisedRows<'_>,
    input_rows: &[u32],
    output: &mut [[f32; PANEL_ROWS]],
) {
    let mut chunk = Chunk::ZERO;
    for row in 0..rows.count {
        let bytes = &rows.bytes[row * rows.stride..][..row_bytes];
        let mut sums = vec![0.0; input_rows.len()];
        for (index, blocks) in bytes.chunks(chunk_bytes::<B>()).enumerate() {
            chunk.unpack::<B>(blocks);
            for (sum, &input_row) in sums.iter_mut().zip(input_rows) {
                let input = inputs.chunk(input_row, index);
                let values = chunk.values.chunks_exact(B::GROUP);
                let groups = values.zip(input.values.chunks_exact(B::GROUP));
                for (group, (weights, activations)) in groups.enumerate() {
                    let products = products::<B>(weights, activations);
                    let (scale, minimum) = (chunk.scales[group], chunk.minimums[group]);
                    add_group::<B>(sum, group, products, scale, minimum, &input);
                }
            }
        }
        for (i, sum) in sums.into_iter().enumerate() {
            output[row / PANEL_ROWS * input_rows.len() + i][row % PANEL_ROWS] = sum;
        }
    }
}

/// See `IntegerKernels::unpack`.
pub(super) fn unpack<B: Block>(rows: Rows<'_>, bytes: usize, panel: &mut Panel) {
    let mut chunk = Chunk::ZERO;
    for row in 0..PANEL_ROWS {
        let blocks = match row < rows.count {
            true => &rows.bytes[row * rows.stride..][..bytes],
            false => &[],
        };
        chunk.unpack::<B>(blocks);
        for (k, values) in chunk.values.chunks_exact(4).enumerate() {
            panel.values[(k * PANEL_ROWS + row) * 4..][..4].copy_from_slice(values);
        }
        for group in 0..CHUNK / B::GROUP {
            panel.scales[group * PANEL_ROWS + row] = chunk.scales[group];
            panel.minimums[group * PANEL_ROWS + row] = match B::MINIMUMS {
                true => chunk.minimums[group],
                false => chunk.scales[group] * B::ZERO as f32,
            };
        }
    }
}

/// See `IntegerKernels::multiply`.
pub(super) fn multiply<B: Block>(
    panels: &[Panel],
    inputs: &SelectedRows<'_>,
    chunk: usize,
    sums: &mut [[f32; PANEL_ROWS]],
) {
    if chunk == 0 {
        sums.fill([0.0; PANEL_ROWS]);
    }
    let all = panels.iter().flat_map(|panel| inputs.indices.iter().map(move |&row| (panel, row)));
    for (sums, (panel, input_row)) in sums.iter_mut().zip(all) {
        let input = inputs.rows.chunk(input_row, chunk);
        for group in 0..panel.blocks * ACTIVATION_BLOCK / B::GROUP {
            let mut products = [0; PANEL_ROWS];
            for k in group * B::GROUP / 4..(group + 1) * B::GROUP / 4 {
                let activations = &input.values[k * 4..][..4];
                let weights = panel.values[k * 4 * PANEL_ROWS..].chunks_exact(4);
                for (product, weights) in products.iter_mut().zip(weights) {
                    *product += self::products::<B>(weights, activations);
                }
            }
            for (row, sum) in sums.iter_mut().enumerate() {
                let scale = panel.scales[group * PANEL_ROWS + row];
                let minimum = panel.minimums[group * PANEL_ROWS + row];
                add_group::<B>(sum, group, products[row], scale, minimum, &input);
            }
        }
    }
}

/// See `Kernels::dots`.
pub(super) fn dots(
    rows: FloatRows<'_>,
    count: usize,
    length: usize,
    inputs: FloatRows<'_>,
    input_rows: &[u32],
    output: &mut [f32],
    output_stride: usize,
) {
    for row in 0..count {
        let weights = &rows.values[row * rows.stride..][..length];
        for (i, &input_row) in input_rows.iter().enumerate() {
            let input = &inputs.values[input_row as usize * inputs.stride..][..length];
            output[i * output_stride + row] += dot(weights, input);
        }
    }
}

/// See `Kernels::dot_float_rows`.
pub(super) fn dot_float_rows(
    format: Format,
    rows: Rows<'_>,
    inputs: FloatRows<'_>,
    input_rows: &[u32],
    length: usize,
    output: &mut [[f32; PANEL_ROWS]],
) {
    let mut weights = vec![0.0; length];
    for row in 0..rows.count {
        format.decode(&rows.bytes[row * rows.stride..][..length * format.block_bytes()], &mut weights);
        fp8::scale(&mut weights, rows.scales_of(row));
        for (i, &input_row) in input_rows.iter().enumerate() {
            let input = &inputs.values[input_row as usize * inputs.stride..][..length];
            output[row / PANEL_ROWS * input_rows.len() + i][row % PANEL_ROWS] = dot(&weights, input);
        }
    }
}

/// `Σ a[i] * b[i]` in 16 partial sums: more exact than one, and the compiler can use vectors.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 16];
    let (a_lanes, b_lanes) = (a.chunks_exact(16), b.chunks_exact(16));
    let tail = a_lanes.remainder().iter().zip(b_lanes.remainder());
    let tail: f32 = tail.map(|(a, b)| a * b).sum();
    for (a, b) in a_lanes.zip(b_lanes) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + tail
}

/// See `Kernels::int8_peak`.
pub(super) fn int8_peak(rounds: usize) -> (i32, u64) {
    let (a, b) = std::hint::black_box(([3_u8; 64], [5_i8; 64]));
    let mut sum = 0_i32;
    for _ in 0..rounds {
        let (a, b) = std::hint::black_box((&a, &b));
        let products = a.iter().zip(b).map(|(&a, &b)| i32::from(a) * i32::from(b));
        sum = sum.wrapping_add(products.sum());
    }
    (sum, 64 * rounds as u64)
}
