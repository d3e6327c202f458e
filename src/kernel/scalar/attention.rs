//! What attention needs beside `dots`, in portable Rust.

use crate::kernel::table::FloatRows;

/// See `Kernels::accumulate`.
pub(super) fn accumulate(
    weights: FloatRows<'_>,
    outputs: usize,
    count: usize,
    rows: FloatRows<'_>,
    length: usize,
    output: &mut [f32],
    output_stride: usize,
) {
    for i in 0..outputs {
        let output = &mut output[i * output_stride..][..length];
        for row in 0..count {
            let weight = weights.values[i * weights.stride + row];
            let values = &rows.values[row * rows.stride..][..length];
            for (output, value) in output.iter_mut().zip(values) {
                *output += weight * value;
            }
        }
    }
}

/// See `Kernels::maximum`.
pub(super) fn maximum(x: &[f32]) -> f32 {
    x.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// See `Kernels::exponentials`.
pub(super) fn exponentials(x: &mut [f32], maximum: f32) -> f32 {
    let mut sum = 0.0;
    for x in x {
        *x = (*x - maximum).exp();
        sum += *x;
    }
    sum
}
