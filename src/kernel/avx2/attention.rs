//! What attention needs beside `dots`.

use super::elementwise::{exponential, largest_lane, load, store, sum_lanes, LANES};
use crate::kernel::table::FloatRows;
use std::arch::x86_64::*;

/// Vectors of an output row that are summed at a time: with four outputs, as many sums as registers hold
/// beside the rows' values.
const VECTORS: usize = 2;

/// See `Kernels::accumulate`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn accumulate(
    weights: FloatRows<'_>,
    outputs: usize,
    count: usize,
    rows: FloatRows<'_>,
    length: usize,
    output: &mut [f32],
    output_stride: usize,
) {
    let mut index = 0;
    while index < outputs {
        let weights = FloatRows { values: &weights.values[index * weights.stride..], ..weights };
        let output = &mut output[index * output_stride..];
        // SAFETY: `Kernels` checked that all rows and outputs are there.
        index += unsafe {
            match outputs - index {
                4.. => accumulate_rows::<4>(weights, count, rows, length, output, output_stride),
                _ => accumulate_rows::<1>(weights, count, rows, length, output, output_stride),
            }
        };
    }
}

/// Does the first `OUTPUTS` outputs; returns `OUTPUTS`.
///
/// # Safety
/// The CPU has the features of this folder; the rows and outputs are there.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn accumulate_rows<const OUTPUTS: usize>(
    weights: FloatRows<'_>,
    count: usize,
    rows: FloatRows<'_>,
    length: usize,
    output: &mut [f32],
    output_stride: usize,
) -> usize {
    let whole = length - length % (LANES * VECTORS);
    for start in (0..whole).step_by(LANES * VECTORS) {
        let mut sums = [[_mm256_setzero_ps(); VECTORS]; OUTPUTS];
        for (index, sums) in sums.iter_mut().enumerate() {
            for (vector, sum) in sums.iter_mut().enumerate() {
                // SAFETY: inside the output.
                *sum = unsafe {
                    _mm256_loadu_ps(output.as_ptr().add(index * output_stride + start + LANES * vector))
                };
            }
        }
        for row in 0..count {
            let values: [__m256; VECTORS] = std::array::from_fn(|vector| {
                // SAFETY: inside the row.
                unsafe {
                    _mm256_loadu_ps(rows.values.as_ptr().add(row * rows.stride + start + LANES * vector))
                }
            });
            for (index, sums) in sums.iter_mut().enumerate() {
                // SAFETY: each output has a weight for each row.
                let weight =
                    unsafe { _mm256_set1_ps(*weights.values.get_unchecked(index * weights.stride + row)) };
                for (sum, values) in sums.iter_mut().zip(values) {
                    *sum = _mm256_fmadd_ps(weight, values, *sum);
                }
            }
        }
        for (index, sums) in sums.into_iter().enumerate() {
            for (vector, sum) in sums.into_iter().enumerate() {
                // SAFETY: inside the output.
                unsafe {
                    let output = output.as_mut_ptr().add(index * output_stride + start + LANES * vector);
                    _mm256_storeu_ps(output, sum);
                }
            }
        }
    }
    // The columns that do not fill all vectors, one vector at a time.
    for start in (whole..length).step_by(LANES) {
        let columns = start..length.min(start + LANES);
        for index in 0..OUTPUTS {
            let output = &mut output[index * output_stride..][columns.clone()];
            let mut sum = load(output);
            for row in 0..count {
                let weight = _mm256_set1_ps(weights.values[index * weights.stride + row]);
                let values = &rows.values[row * rows.stride..][columns.clone()];
                sum = _mm256_fmadd_ps(weight, load(values), sum);
            }
            store(output, sum);
        }
    }
    OUTPUTS
}

/// See `Kernels::maximum`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn maximum(x: &[f32]) -> f32 {
    let mut largest = _mm256_set1_ps(f32::NEG_INFINITY);
    let (vectors, rest) = x.as_chunks::<LANES>();
    for x in vectors {
        // For a NaN the second operand is returned.
        largest = _mm256_max_ps(load(x), largest);
    }
    rest.iter().copied().fold(largest_lane(largest), f32::max)
}

/// See `Kernels::exponentials`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn exponentials(x: &mut [f32], maximum: f32) -> f32 {
    let maximum = _mm256_set1_ps(maximum);
    let mut sum = _mm256_setzero_ps();
    for x in x.chunks_mut(LANES) {
        store(x, exponential(_mm256_sub_ps(load(x), maximum)));
        // Loaded again, so that lanes beyond the end count as zero.
        sum = _mm256_add_ps(sum, load(x));
    }
    sum_lanes(sum)
}
