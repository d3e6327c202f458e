//! What attention needs beside `dots`.

use super::elementwise::{exponential, for_each_vector, tail_mask};
use crate::kernel::table::FloatRows;
use std::arch::x86_64::*;

/// Vectors of an output row that are summed at a time.
const VECTORS: usize = 4;

/// See `Kernels::accumulate`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
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
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn accumulate_rows<const OUTPUTS: usize>(
    weights: FloatRows<'_>,
    count: usize,
    rows: FloatRows<'_>,
    length: usize,
    output: &mut [f32],
    output_stride: usize,
) -> usize {
    for start in (0..length).step_by(16 * VECTORS) {
        let masks: [__mmask16; VECTORS] =
            std::array::from_fn(|vector| tail_mask(length.saturating_sub(start + 16 * vector)));
        let column = |vector: usize| (start + 16 * vector).min(length);
        let mut sums = [[_mm512_setzero_ps(); VECTORS]; OUTPUTS];
        for (index, sums) in sums.iter_mut().enumerate() {
            for (vector, sum) in sums.iter_mut().enumerate() {
                // SAFETY: lanes that are loaded lie inside the output.
                *sum = unsafe {
                    let output = output.as_ptr().add(index * output_stride + column(vector));
                    _mm512_maskz_loadu_ps(masks[vector], output)
                };
            }
        }
        for row in 0..count {
            let values: [__m512; VECTORS] = std::array::from_fn(|vector| {
                // SAFETY: lanes that are loaded lie inside the row.
                unsafe {
                    let values = rows.values.as_ptr().add(row * rows.stride + column(vector));
                    _mm512_maskz_loadu_ps(masks[vector], values)
                }
            });
            for (index, sums) in sums.iter_mut().enumerate() {
                let weight = _mm512_set1_ps(weights.values[index * weights.stride + row]);
                for (sum, values) in sums.iter_mut().zip(values) {
                    *sum = _mm512_fmadd_ps(weight, values, *sum);
                }
            }
        }
        for (index, sums) in sums.into_iter().enumerate() {
            for (vector, sum) in sums.into_iter().enumerate() {
                // SAFETY: lanes that are stored lie inside the output.
                unsafe {
                    let output = output.as_mut_ptr().add(index * output_stride + column(vector));
                    _mm512_mask_storeu_ps(output, masks[vector], sum);
                }
            }
        }
    }
    OUTPUTS
}

/// See `Kernels::maximum`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn maximum(x: &[f32]) -> f32 {
    let lowest = _mm512_set1_ps(f32::NEG_INFINITY);
    let mut largest = lowest;
    for_each_vector!(x.len(), |start, mask| {
        let x = _mm512_mask_loadu_ps(lowest, mask, x.as_ptr().add(start));
        // For a NaN the second operand is returned.
        largest = _mm512_max_ps(x, largest);
    });
    _mm512_reduce_max_ps(largest)
}

/// See `Kernels::exponentials`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn exponentials(x: &mut [f32], maximum: f32) -> f32 {
    let maximum = _mm512_set1_ps(maximum);
    let mut sum = _mm512_setzero_ps();
    for_each_vector!(x.len(), |start, mask| {
        let values = _mm512_maskz_loadu_ps(mask, x.as_ptr().add(start));
        let values = exponential(_mm512_sub_ps(values, maximum));
        _mm512_mask_storeu_ps(x.as_mut_ptr().add(start), mask, values);
        sum = _mm512_add_ps(sum, _mm512_maskz_mov_ps(mask, values));
    });
    _mm512_reduce_add_ps(sum)
}
