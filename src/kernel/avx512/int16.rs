//! Products in 16-bit integers by VNNI: two multiply-adds in each word.

use super::elementwise::tail_mask;
use crate::kernel::hint;
use crate::kernel::table::{int16_scales, Int16Table, PackedRows, INT16_VALUES};
use std::arch::asm;
use std::arch::x86_64::*;

/// The kernels for 16-bit integers.
pub(super) static TABLE: Int16Table = Int16Table { pack_weights, dots, mix };

/// How many rows before its use memory is asked for.
const ROWS_AHEAD: usize = 16;

/// What a tile asks for beside its own work.
const NONE: usize = 0;
/// Rows `ROWS_AHEAD`, to be in the second-level cache.
const FAR: usize = 1;
/// The rows of the next tile, to be in the first-level cache.
const NEXT: usize = 2;

/// 32 numbers, of which there are `left`.
///
/// # Safety
/// The CPU has the features of this folder; the numbers are there.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn load(at: *const f32, left: usize) -> [__m512; 2] {
    // SAFETY: the caller's promise.
    unsafe {
        [
            _mm512_maskz_loadu_ps(tail_mask(left), at),
            _mm512_maskz_loadu_ps(tail_mask(left.saturating_sub(16)), at.wrapping_add(16)),
        ]
    }
}

/// The lanes of a vector of 32 integers that hold values when `left` are left.
#[inline]
fn tail_mask_32(left: usize) -> __mmask32 {
    match left {
        0..32 => (1 << left) - 1,
        _ => !0,
    }
}

/// Adds the products of both integers in each word.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn add_products(sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
    let mut sum = sum;
    // SAFETY: an instruction that the CPU has, of registers alone. The compiler's own function for it becomes two
    // instructions where that makes a chain of sums shorter, for which these loops do not wait: half as fast.
    unsafe {
        asm!(
            "vpdpwssd {sum}, {a}, {b}",
            sum = inout(zmm_reg) sum,
            a = in(zmm_reg) a,
            b = in(zmm_reg) b,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sum
}

/// See `Kernels::pack_int16`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn pack_int16(input: &[f32], output: &mut [i16]) -> f32 {
    let at = |start: usize| (input.as_ptr().wrapping_add(start), input.len() - start);
    let mut squares = [_mm512_setzero_ps(); 2];
    for start in (0..input.len()).step_by(INT16_VALUES) {
        let (values, left) = at(start);
        // SAFETY: the numbers that are left of the row.
        let values = unsafe { load(values, left) };
        squares[0] = _mm512_fmadd_ps(values[0], values[0], squares[0]);
        squares[1] = _mm512_fmadd_ps(values[1], values[1], squares[1]);
    }
    let norm = _mm512_reduce_add_ps(_mm512_add_ps(squares[0], squares[1])).sqrt();
    let (scale, inverse) = int16_scales(norm);
    let inverse = _mm512_set1_ps(inverse);
    // Narrowing two vectors of words puts quarters of theirs side by side.
    let order = _mm512_set_epi64(7, 5, 3, 1, 6, 4, 2, 0);
    for start in (0..input.len()).step_by(INT16_VALUES) {
        let (values, left) = at(start);
        // SAFETY: the numbers that are left of the row, and room for as many.
        unsafe {
            let values = load(values, left);
            let low = _mm512_cvtps_epi32(_mm512_mul_ps(values[0], inverse));
            let high = _mm512_cvtps_epi32(_mm512_mul_ps(values[1], inverse));
            let packed = _mm512_permutexvar_epi64(order, _mm512_packs_epi32(low, high));
            _mm512_mask_storeu_epi16(output.as_mut_ptr().add(start), tail_mask_32(left), packed);
        }
    }
    output[input.len()..].fill(0);
    scale
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
    let (scale, inverse) = int16_scales(_mm512_reduce_add_ps(sum));
    let inverse = _mm512_set1_ps(inverse);
    for (index, output) in output.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        let words = _mm512_cvtps_epi32(_mm512_mul_ps(load(16 * index), inverse));
        // SAFETY: half a vector of 16 values.
        unsafe { _mm256_storeu_si256(output.as_mut_ptr().cast(), _mm512_cvtsepi32_epi16(words)) };
    }
    scale
}

/// See `Int16Kernels::dots`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn dots(
    rows: PackedRows<'_>,
    length: usize,
    inputs: PackedRows<'_>,
    output: &mut [f32],
    output_stride: usize,
) {
    let (count, input_count) = (rows.scales.len(), inputs.scales.len());
    // Of a tile that is not whole the last row stands for those that are not there.
    let row_at = |row: usize| rows.values.as_ptr().wrapping_add(row.min(count - 1) * rows.stride);
    let input_at = |input: usize| inputs.values.as_ptr().wrapping_add(input * inputs.stride);
    // SAFETY: `Int16Kernels` checked that rows, inputs and outputs are there; scales that are not there are not
    // loaded.
    unsafe {
        if input_count == 1 {
            for row in (0..count).step_by(16) {
                let mut sums = [_mm512_setzero_si512(); 16];
                for quarter in 0..4 {
                    let first = row + 4 * quarter;
                    let places = [row_at(first), row_at(first + 1), row_at(first + 2), row_at(first + 3)];
                    let tile = dot_tile::<1, FAR>(places, [input_at(0)], rows.stride, length);
                    for (sum, [product]) in sums[4 * quarter..].iter_mut().zip(tile) {
                        *sum = product;
                    }
                }
                let scales = _mm512_maskz_loadu_ps(tail_mask(count - row), rows.scales.as_ptr().add(row));
                let scales = _mm512_mul_ps(scales, _mm512_set1_ps(inputs.scales[0]));
                _mm512_storeu_ps(
                    output.as_mut_ptr().add(row),
                    _mm512_mul_ps(_mm512_cvtepi32_ps(sum_lanes(&sums)), scales),
                );
            }
            return;
        }
        // Each quarter of a vector is of one input.
        let quarters = _mm512_set_epi32(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0);
        for row in (0..count).step_by(4) {
            let places = [row_at(row), row_at(row + 1), row_at(row + 2), row_at(row + 3)];
            let row_scales =
                _mm_maskz_loadu_ps(tail_mask(count - row) as __mmask8, rows.scales.as_ptr().add(row));
            let row_scales = _mm512_broadcast_f32x4(row_scales);
            for input in (0..input_count).step_by(4) {
                let inputs_at =
                    [input_at(input), input_at(input + 1), input_at(input + 2), input_at(input + 3)];
                // While the first inputs are multiplied, rows far ahead are asked for; then the next ones.
                let tile = match input {
                    0 => dot_tile::<4, FAR>(places, inputs_at, rows.stride, length),
                    4 => dot_tile::<4, NEXT>(places, inputs_at, rows.stride, length),
                    _ => dot_tile::<4, NONE>(places, inputs_at, rows.stride, length),
                };
                let mut sums = [_mm512_setzero_si512(); 16];
                for (row, products) in tile.into_iter().enumerate() {
                    for (input, product) in products.into_iter().enumerate() {
                        sums[4 * input + row] = product;
                    }
                }
                let input_scales = _mm512_castps128_ps512(_mm_loadu_ps(inputs.scales.as_ptr().add(input)));
                let scales = _mm512_mul_ps(_mm512_permutexvar_ps(quarters, input_scales), row_scales);
                let sums = _mm512_mul_ps(_mm512_cvtepi32_ps(sum_lanes(&sums)), scales);
                let output =
                    |index: usize| output.as_ptr().add((input + index) * output_stride + row).cast_mut();
                _mm_storeu_ps(output(0), _mm512_castps512_ps128(sums));
                _mm_storeu_ps(output(1), _mm512_extractf32x4_ps::<1>(sums));
                _mm_storeu_ps(output(2), _mm512_extractf32x4_ps::<2>(sums));
                _mm_storeu_ps(output(3), _mm512_extractf32x4_ps::<3>(sums));
            }
        }
    }
}

/// The products of four rows with `INPUTS` inputs, whose lanes are yet to be added.
///
/// # Safety
/// The CPU has the features of this folder; the rows are there, `length` values each, and the inputs, whole vectors.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn dot_tile<const INPUTS: usize, const ASKED: usize>(
    rows: [*const i16; 4],
    inputs: [*const i16; INPUTS],
    stride: usize,
    length: usize,
) -> [[__m512i; INPUTS]; 4] {
    let mut sums = [[_mm512_setzero_si512(); INPUTS]; 4];
    let whole = length / INT16_VALUES * INT16_VALUES;
    // SAFETY: whole vectors, and of rows the values that are left, by the caller's promise.
    unsafe {
        for start in (0..whole).step_by(INT16_VALUES) {
            let inputs = inputs.map(|input| _mm512_loadu_si512(input.add(start).cast()));
            for (row, sums) in rows.into_iter().zip(&mut sums) {
                match ASKED {
                    FAR => hint::prefetch_second(row.wrapping_add(start + ROWS_AHEAD * stride)),
                    NEXT => hint::prefetch_line(row.wrapping_add(start + 4 * stride)),
                    _ => (),
                }
                let values = _mm512_loadu_si512(row.add(start).cast());
                for (sum, input) in sums.iter_mut().zip(inputs) {
                    *sum = add_products(*sum, values, input);
                }
            }
        }
        if whole < length {
            let mask = tail_mask_32(length - whole);
            for (row, sums) in rows.into_iter().zip(&mut sums) {
                let values = _mm512_maskz_loadu_epi16(mask, row.add(whole));
                for (sum, input) in sums.iter_mut().zip(inputs) {
                    *sum = add_products(*sum, values, _mm512_loadu_si512(input.add(whole).cast()));
                }
            }
        }
    }
    sums
}

/// The sum of the lanes of each of 16 vectors: one lane for each.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn sum_lanes(vectors: &[__m512i; 16]) -> __m512i {
    // Every step adds halves of two vectors and leaves them side by side.
    let pair = |a, b| _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    let four = |first: usize| {
        let ab = pair(vectors[first], vectors[first + 1]);
        let cd = pair(vectors[first + 2], vectors[first + 3]);
        _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd))
    };
    let quarters =
        |a, b| _mm512_add_epi32(_mm512_shuffle_i32x4::<0x88>(a, b), _mm512_shuffle_i32x4::<0xdd>(a, b));
    quarters(quarters(four(0), four(4)), quarters(four(8), four(12)))
}

/// See `Int16Kernels::mix`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn mix(weights: PackedRows<'_>, rows: PackedRows<'_>, length: usize, sums: &mut [f32]) {
    let outputs = weights.scales.len();
    for column in (0..length).step_by(INT16_VALUES) {
        let mut output = 0;
        while output < outputs {
            let weights = PackedRows {
                values: &weights.values[output * weights.stride..],
                scales: &weights.scales[output..],
                ..weights
            };
            // SAFETY: `Int16Kernels` checked that weights, rows and sums are there; the column is inside the rows.
            unsafe {
                let values = rows.values.as_ptr().add(column);
                let sums = sums.as_mut_ptr().add(output * length + column);
                output += match (outputs - output, output) {
                    (8.., 0) => mix_rows::<8, true>(weights, values, rows, sums, length, length - column),
                    (8.., _) => mix_rows::<8, false>(weights, values, rows, sums, length, length - column),
                    (4.., _) => mix_rows::<4, true>(weights, values, rows, sums, length, length - column),
                    (2.., _) => mix_rows::<2, true>(weights, values, rows, sums, length, length - column),
                    _ => mix_rows::<1, true>(weights, values, rows, sums, length, length - column),
                };
            }
        }
    }
}

/// Does up to 32 columns, of `left`, of the first `OUTPUTS` outputs; returns `OUTPUTS`. `AHEAD`: as above.
///
/// # Safety
/// The CPU has the features of this folder; weights, rows (from `values` on) and sums are there.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn mix_rows<const OUTPUTS: usize, const AHEAD: bool>(
    weights: PackedRows<'_>,
    values: *const i16,
    rows: PackedRows<'_>,
    sums: *mut f32,
    sum_stride: usize,
    left: usize,
) -> usize {
    let mask = tail_mask_32(left);
    let (count, stride) = (rows.scales.len(), rows.stride);
    let mut weight_at = [weights.values.as_ptr(); OUTPUTS];
    for (output, place) in weight_at.iter_mut().enumerate() {
        *place = place.wrapping_add(output * weights.stride);
    }
    // Each half of a vector of pairs has quarters of the columns.
    let mut totals = [[_mm512_setzero_si512(); 2]; OUTPUTS];
    let mut add = |row: usize, first: __m512i, second: __m512i| {
        let low = _mm512_unpacklo_epi16(first, second);
        let high = _mm512_unpackhi_epi16(first, second);
        for (place, totals) in weight_at.iter().zip(&mut totals) {
            // SAFETY: a pair of weights.
            let pair = _mm512_set1_epi32(unsafe { place.add(row).cast::<i32>().read_unaligned() });
            totals[0] = add_products(totals[0], low, pair);
            totals[1] = add_products(totals[1], high, pair);
        }
    };
    // SAFETY: lanes that are loaded and stored lie inside the rows, the weights and the sums.
    unsafe {
        let mut first = values;
        for row in (0..count / 2 * 2).step_by(2) {
            let second = first.add(stride);
            if AHEAD {
                hint::prefetch_second(first.wrapping_add(ROWS_AHEAD * stride));
                hint::prefetch_second(second.wrapping_add(ROWS_AHEAD * stride));
            }
            add(row, _mm512_maskz_loadu_epi16(mask, first), _mm512_maskz_loadu_epi16(mask, second));
            first = second.wrapping_add(stride);
        }
        if !count.is_multiple_of(2) {
            add(count - 1, _mm512_maskz_loadu_epi16(mask, first), _mm512_setzero_si512());
        }
        let low = _mm512_set_epi32(23, 22, 21, 20, 7, 6, 5, 4, 19, 18, 17, 16, 3, 2, 1, 0);
        let high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
        let masks = [tail_mask(left), tail_mask(left.saturating_sub(16))];
        for (output, totals) in totals.into_iter().enumerate() {
            let scale = _mm512_set1_ps(*weights.scales.as_ptr().add(output));
            let ordered = [
                _mm512_permutex2var_epi32(totals[0], low, totals[1]),
                _mm512_permutex2var_epi32(totals[0], high, totals[1]),
            ];
            for (vector, total) in ordered.into_iter().enumerate() {
                let place = sums.wrapping_add(output * sum_stride + 16 * vector);
                let sum = _mm512_maskz_loadu_ps(masks[vector], place);
                let sum = _mm512_fmadd_ps(scale, _mm512_cvtepi32_ps(total), sum);
                _mm512_mask_storeu_ps(place, masks[vector], sum);
            }
        }
    }
    OUTPUTS
}
