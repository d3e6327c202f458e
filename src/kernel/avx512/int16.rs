//! Products in 16-bit integers by VNNI: two multiply-adds in each word.
//!
//! Packing narrows two vectors of 16 words to one of 32 integers, quarter by quarter: in a packed row each quarter
//! holds four values of the first and four of the second. Interleaving undoes that by the way.

use super::elementwise::{tail_mask, Float, F16, F32};
use super::matmul::sum_lanes;
use crate::kernel::table::{Int16Table, PackedRows, INT16_VALUES};
use half::f16;
use std::arch::x86_64::*;

/// The kernels for 16-bit integers.
pub(super) static TABLE: Int16Table =
    Int16Table { pack_floats, pack_halves, pack_weights, interleave, dots, mix };

/// The largest integer.
const LARGEST: f32 = i16::MAX as f32;

/// What numbers of this size are divided by and multiplied with to become integers. The size is at least that of each.
fn scales(size: f32) -> (f32, f32) {
    // Its inverse would be infinite.
    const SMALLEST: f32 = 1e-30;
    if size < SMALLEST {
        (0.0, 0.0)
    } else if size.is_finite() {
        (size / LARGEST, LARGEST / size)
    } else {
        (f32::NAN, 0.0)
    }
}

/// 32 numbers, of which the masks name those that are there.
///
/// # Safety
/// The CPU has the features of this folder; the numbers are there.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn load<F: Float>(at: *const u8, masks: [__mmask16; 2]) -> [__m512; 2] {
    // SAFETY: the caller's promise.
    unsafe { [F::load(at, masks[0]), F::load(at.wrapping_add(16 * F::BYTES), masks[1])] }
}

/// Adds the squares of 32 numbers.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn add_squares(squares: [__m512; 2], values: [__m512; 2]) -> [__m512; 2] {
    [_mm512_fmadd_ps(values[0], values[0], squares[0]), _mm512_fmadd_ps(values[1], values[1], squares[1])]
}

/// 32 integers, in the order of packed rows.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn round(values: [__m512; 2], inverse: __m512) -> __m512i {
    let low = _mm512_cvtps_epi32(_mm512_mul_ps(values[0], inverse));
    _mm512_packs_epi32(low, _mm512_cvtps_epi32(_mm512_mul_ps(values[1], inverse)))
}

/// Packs a row of `length` numbers.
///
/// # Safety
/// The CPU has the features of this folder; the numbers are there, and room for them in whole vectors.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn pack<F: Float>(input: *const u8, length: usize, output: &mut [i16]) -> f32 {
    const WHOLE: [__mmask16; 2] = [!0; 2];
    let (whole, rest) = (length / INT16_VALUES, length % INT16_VALUES);
    let masks = [tail_mask(rest), tail_mask(rest.saturating_sub(16))];
    let at = |vector: usize| input.wrapping_add(F::BYTES * INT16_VALUES * vector);
    let mut squares = [_mm512_setzero_ps(); 2];
    for vector in 0..whole {
        // SAFETY: whole vectors of the row.
        squares = add_squares(squares, unsafe { load::<F>(at(vector), WHOLE) });
    }
    if rest > 0 {
        // SAFETY: the numbers of the row's last vector.
        squares = add_squares(squares, unsafe { load::<F>(at(whole), masks) });
    }
    let norm = _mm512_reduce_add_ps(_mm512_add_ps(squares[0], squares[1])).sqrt();
    let (scale, inverse) = scales(norm);
    let inverse = _mm512_set1_ps(inverse);
    let (whole_output, rest_output) = output.as_chunks_mut::<INT16_VALUES>().0.split_at_mut(whole);
    for (vector, output) in whole_output.iter_mut().enumerate() {
        // SAFETY: whole vectors of the row and of the output.
        unsafe {
            let values = round(load::<F>(at(vector), WHOLE), inverse);
            _mm512_storeu_si512(output.as_mut_ptr().cast(), values);
        }
    }
    rest_output.as_flattened_mut().fill(0);
    if let (1.., Some(output)) = (rest, rest_output.first_mut()) {
        // SAFETY: the numbers of the row's last vector, and a whole one of the output.
        unsafe {
            let values = round(load::<F>(at(whole), masks), inverse);
            _mm512_storeu_si512(output.as_mut_ptr().cast(), values);
        }
    }
    scale
}

/// See `Int16Kernels::pack_floats`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn pack_floats(input: &[f32], output: &mut [i16]) -> f32 {
    // SAFETY: the CPU has the features of this folder; `Int16Kernels` checked that there is room.
    unsafe { pack::<F32>(input.as_ptr().cast(), input.len(), output) }
}

/// See `Int16Kernels::pack_halves`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn pack_halves(input: &[f16], output: &mut [i16]) -> f32 {
    // SAFETY: as above.
    unsafe { pack::<F16>(input.as_ptr().cast(), input.len(), output) }
}

/// See `Int16Kernels::pack_weights`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn pack_weights(weights: &[f32], scales: &[f32], output: &mut [i16]) -> f32 {
    let load = |start: usize| {
        let start = start.min(weights.len());
        let mask = tail_mask(weights.len() - start);
        // SAFETY: lanes that are loaded lie inside the weights and the scales, which are as many.
        unsafe {
            _mm512_mul_ps(
                _mm512_maskz_loadu_ps(mask, weights.as_ptr().add(start)),
                _mm512_maskz_loadu_ps(mask, scales.as_ptr().add(start)),
            )
        }
    };
    let mut sum = _mm512_setzero_ps();
    for start in (0..weights.len()).step_by(16) {
        sum = _mm512_add_ps(sum, _mm512_abs_ps(load(start)));
    }
    let (scale, inverse) = self::scales(_mm512_reduce_add_ps(sum));
    let inverse = _mm512_set1_ps(inverse);
    for (index, output) in output.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        let words = _mm512_cvtps_epi32(_mm512_mul_ps(load(16 * index), inverse));
        // SAFETY: half a vector of 16 values.
        unsafe { _mm256_storeu_si256(output.as_mut_ptr().cast(), _mm512_cvtsepi32_epi16(words)) };
    }
    scale
}

/// See `Int16Kernels::interleave`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn interleave(first: &[i16], second: &[i16], output: &mut [i16]) {
    let there = if second.is_empty() { 0 } else { !0 };
    for (index, output) in output.as_chunks_mut::<{ 2 * INT16_VALUES }>().0.iter_mut().enumerate() {
        // SAFETY: a vector of each row, if it is there, and two of the output.
        unsafe {
            let first = _mm512_loadu_si512(first.as_ptr().add(INT16_VALUES * index).cast());
            let at = second.as_ptr().wrapping_add(INT16_VALUES * index);
            let second = _mm512_maskz_loadu_epi16(there, at.cast());
            let output = output.as_mut_ptr().cast::<__m512i>();
            _mm512_storeu_si512(output, _mm512_unpacklo_epi16(first, second));
            _mm512_storeu_si512(output.add(1), _mm512_unpackhi_epi16(first, second));
        }
    }
}

/// See `Int16Kernels::dots`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn dots(rows: PackedRows<'_>, inputs: PackedRows<'_>, output: &mut [f32]) {
    let PackedRows { values: rows, scales: row_scales, stride: width } = rows;
    let PackedRows { values: inputs, scales: input_scales, .. } = inputs;
    let count = row_scales.len();
    // SAFETY: `Int16Kernels` checked that rows and inputs come in whole tiles, and that there are as many scales and
    // outputs.
    unsafe {
        if let [input_scale] = input_scales {
            for row in (0..count).step_by(16) {
                let sums =
                    sum_lanes(&dot_tile::<16, 1>(rows.as_ptr().add(row * width), inputs.as_ptr(), width));
                let scales = _mm512_mul_ps(
                    _mm512_loadu_ps(row_scales.as_ptr().add(row)),
                    _mm512_set1_ps(*input_scale),
                );
                _mm512_storeu_ps(output.as_mut_ptr().add(row), _mm512_mul_ps(sums, scales));
            }
            return;
        }
        // Each quarter of a vector is of one input.
        let quarters = _mm512_set_epi32(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0);
        for row in (0..count).step_by(4) {
            let row_scales = _mm512_broadcast_f32x4(_mm_loadu_ps(row_scales.as_ptr().add(row)));
            for input in (0..input_scales.len()).step_by(4) {
                let inputs = inputs.as_ptr().add(input * width);
                let sums = sum_lanes(&dot_tile::<4, 4>(rows.as_ptr().add(row * width), inputs, width));
                let input_scales = _mm512_castps128_ps512(_mm_loadu_ps(input_scales.as_ptr().add(input)));
                let scales = _mm512_mul_ps(_mm512_permutexvar_ps(quarters, input_scales), row_scales);
                let sums = _mm512_mul_ps(sums, scales);
                let output = |index: usize| output.as_ptr().add((input + index) * count + row).cast_mut();
                _mm_storeu_ps(output(0), _mm512_castps512_ps128(sums));
                _mm_storeu_ps(output(1), _mm512_extractf32x4_ps::<1>(sums));
                _mm_storeu_ps(output(2), _mm512_extractf32x4_ps::<2>(sums));
                _mm_storeu_ps(output(3), _mm512_extractf32x4_ps::<3>(sums));
            }
        }
    }
}

/// The products of `ROWS` rows with `INPUTS` inputs, input by input, whose lanes are yet to be added. There are 16.
///
/// # Safety
/// The CPU has the features of this folder; the rows and inputs are there, `width` values each.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn dot_tile<const ROWS: usize, const INPUTS: usize>(
    rows: *const i16,
    inputs: *const i16,
    width: usize,
) -> [__m512; 16] {
    let mut sums = [_mm512_setzero_si512(); 16];
    for start in (0..width).step_by(INT16_VALUES) {
        // SAFETY: whole vectors, by the caller's promise.
        let load = |values: *const i16, row: usize| unsafe {
            _mm512_loadu_si512(values.add(row * width + start).cast())
        };
        let weights: [__m512i; ROWS] = std::array::from_fn(|row| load(rows, row));
        for (input, sums) in sums.chunks_exact_mut(ROWS).take(INPUTS).enumerate() {
            let input = load(inputs, input);
            for (sum, weights) in sums.iter_mut().zip(weights) {
                *sum = _mm512_dpwssd_epi32(*sum, weights, input);
            }
        }
    }
    // Not `map`: what it calls is not always compiled for the features of this folder.
    let mut floats = [_mm512_setzero_ps(); 16];
    for (float, sum) in floats.iter_mut().zip(sums) {
        *float = _mm512_cvtepi32_ps(sum);
    }
    floats
}

/// See `Int16Kernels::mix`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn mix(weights: PackedRows<'_>, values: &[i16], width: usize, length: usize, sums: &mut [f32]) {
    let PackedRows { values: weights, scales: weight_scales, stride } = weights;
    let (rows, pairs) = (weight_scales.len(), values.len() / (2 * width));
    for column in (0..length).step_by(64) {
        let masks = std::array::from_fn(|vector| tail_mask(length.saturating_sub(column + 16 * vector)));
        let mut row = 0;
        while row < rows {
            // SAFETY: `Int16Kernels` checked that weights, scales, values and sums are there; rows of values are whole
            // vectors of 32, and what lies behind the last one is not loaded.
            unsafe {
                let weights = weights.as_ptr().add(row * stride).cast::<i32>();
                let scales = weight_scales.as_ptr().add(row);
                let values = values.as_ptr().add(2 * column).cast::<i32>();
                let sums = sums.as_mut_ptr().add(row * length + column);
                row += match rows - row {
                    4.. => {
                        mix_rows::<4>(weights, scales, stride / 2, values, width, pairs, sums, length, masks)
                    }
                    _ => {
                        mix_rows::<1>(weights, scales, stride / 2, values, width, pairs, sums, length, masks)
                    }
                };
            }
        }
    }
}

/// Does up to 64 columns of `ROWS` rows; returns `ROWS`.
///
/// # Safety
/// The CPU has the features of this folder; weights, scales and values are there, and the sums that the masks name.
#[allow(clippy::too_many_arguments)] // A matrix product has three matrices and their sizes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn mix_rows<const ROWS: usize>(
    weights: *const i32,
    weight_scales: *const f32,
    weight_stride: usize,
    values: *const i32,
    value_stride: usize,
    pairs: usize,
    sums: *mut f32,
    sum_stride: usize,
    masks: [__mmask16; 4],
) -> usize {
    let mut totals = [[_mm512_setzero_si512(); 4]; ROWS];
    // SAFETY: lanes that are loaded and stored lie inside the sums, the values and the weights.
    unsafe {
        for pair in 0..pairs {
            let values: [__m512i; 4] = std::array::from_fn(|vector| {
                _mm512_maskz_loadu_epi32(
                    masks[vector],
                    values.wrapping_add(pair * value_stride + 16 * vector),
                )
            });
            for (row, totals) in totals.iter_mut().enumerate() {
                let weight = _mm512_set1_epi32(*weights.add(row * weight_stride + pair));
                for (total, values) in totals.iter_mut().zip(values) {
                    *total = _mm512_dpwssd_epi32(*total, values, weight);
                }
            }
        }
        for (row, totals) in totals.into_iter().enumerate() {
            let scale = _mm512_set1_ps(*weight_scales.add(row));
            for (vector, total) in totals.into_iter().enumerate() {
                let place = sums.wrapping_add(row * sum_stride + 16 * vector);
                let sum = _mm512_maskz_loadu_ps(masks[vector], place);
                let sum = _mm512_fmadd_ps(scale, _mm512_cvtepi32_ps(total), sum);
                _mm512_mask_storeu_ps(place, masks[vector], sum);
            }
        }
    }
    ROWS
}
