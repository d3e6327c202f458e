//! Products of brain floats, with many rows of activations and of attention, by AVX-512 BF16: two multiply-adds in
//! each word.

use super::elementwise::tail_mask;
use super::matmul::{sum_lanes, transpose};
use crate::kernel::block::CHUNK;
use crate::kernel::table::{PairInput, PairPanel, PairTable, Rows, PAIR_VALUES, PANEL_ROWS};
use half::{bf16, f16};
use std::arch::x86_64::*;

/// Whether this CPU has the instruction that this file is about.
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx512bf16")
}

/// The kernels for brain floats.
pub(super) static TABLE: PairTable =
    PairTable { round_floats, round_halves, interleave, dots, mix, unpack, multiply };

/// Words of a chunk.
const WORDS: usize = CHUNK / 2;

/// See `PairKernels::unpack`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn unpack(rows: Rows<'_>, length: usize, panel: &mut PairPanel) {
    let mut words = [[0_u32; WORDS]; PANEL_ROWS];
    for (row, words) in words.iter_mut().enumerate().take(rows.count) {
        let bytes = &rows.bytes[row * rows.stride..][..2 * length];
        // SAFETY: a chunk of words holds as many bytes as a chunk of brain floats.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), words.as_mut_ptr().cast(), bytes.len()) };
    }
    // SAFETY: 16 rows of words, and room for as many columns.
    unsafe { transpose(words.as_ptr().cast(), WORDS, WORDS, panel.words.as_mut_ptr().cast()) };
}

/// See `PairKernels::multiply`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn multiply(panel: &PairPanel, inputs: &[PairInput], words: usize, sums: &mut [[f32; PANEL_ROWS]]) {
    /// Rows of activations whose sums do not wait for each other, while a word of weights stays in a register.
    const TOGETHER: usize = 8;
    let (many, rest) = inputs.as_chunks::<TOGETHER>();
    let (many_sums, rest_sums) = sums.as_chunks_mut::<TOGETHER>();
    for (inputs, sums) in many.iter().zip(many_sums) {
        multiply_some(panel, inputs, words, sums);
    }
    for (input, sums) in rest.iter().zip(rest_sums) {
        multiply_some(panel, std::array::from_ref(input), words, std::array::from_mut(sums));
    }
}

/// Adds the products of a panel with some rows of activations.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn multiply_some<const INPUTS: usize>(
    panel: &PairPanel,
    inputs: &[PairInput; INPUTS],
    words: usize,
    sums: &mut [[f32; PANEL_ROWS]; INPUTS],
) {
    let mut products = [_mm512_setzero_ps(); INPUTS];
    for word in 0..words.min(WORDS) {
        // SAFETY: the panel and the inputs have `WORDS` words; vectors of brain floats are 64 bytes.
        unsafe {
            let weights = _mm512_load_si512(panel.words.as_ptr().add(word * PANEL_ROWS).cast());
            for (products, input) in products.iter_mut().zip(inputs) {
                let pair = input.as_ptr().cast::<i32>().add(word).read_unaligned();
                *products = add_products(*products, weights, _mm512_set1_epi32(pair));
            }
        }
    }
    for (sums, products) in sums.iter_mut().zip(products) {
        // SAFETY: 16 sums.
        unsafe {
            _mm512_storeu_ps(sums.as_mut_ptr(), _mm512_add_ps(products, _mm512_loadu_ps(sums.as_ptr())))
        };
    }
}

/// A vector of brain floats as words.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn words(low: __m512, high: __m512) -> __m512i {
    // SAFETY: vectors of brain floats are 64 bytes.
    unsafe { std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low)) }
}

/// Adds the products of the pairs in each word.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn add_products(sum: __m512, a: __m512i, b: __m512i) -> __m512 {
    // SAFETY: vectors of brain floats are 64 bytes.
    unsafe {
        let pair = |words| std::mem::transmute::<__m512i, __m512bh>(words);
        _mm512_dpbf16_ps(sum, pair(a), pair(b))
    }
}

/// See `PairKernels::round_floats`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn round_floats(input: &[f32], output: &mut [bf16]) {
    for (index, output) in output.as_chunks_mut::<PAIR_VALUES>().0.iter_mut().enumerate() {
        let [low, high] = [0, 16].map(|half| {
            let start = (PAIR_VALUES * index + half).min(input.len());
            // SAFETY: lanes that are loaded lie inside the input.
            unsafe { _mm512_maskz_loadu_ps(tail_mask(input.len() - start), input.as_ptr().add(start)) }
        });
        // SAFETY: a vector of 32 values.
        unsafe { _mm512_storeu_si512(output.as_mut_ptr().cast(), words(low, high)) };
    }
}

/// The 32 half-precision floats from `start` on, rounded; zeros where there are none.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn rounded(input: &[f16], start: usize) -> __m512i {
    let start = start.min(input.len());
    let mask = match input.len() - start {
        left @ 0..PAIR_VALUES => (1 << left) - 1,
        _ => !0,
    };
    // SAFETY: lanes that are loaded lie inside the input.
    let halves = unsafe { _mm512_maskz_loadu_epi16(mask, input.as_ptr().add(start).cast()) };
    let low = _mm512_cvtph_ps(_mm512_castsi512_si256(halves));
    words(low, _mm512_cvtph_ps(_mm512_extracti64x4_epi64::<1>(halves)))
}

/// See `PairKernels::round_halves`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn round_halves(input: &[f16], output: &mut [bf16]) {
    for (index, output) in output.as_chunks_mut::<PAIR_VALUES>().0.iter_mut().enumerate() {
        // SAFETY: a vector of 32 values.
        unsafe { _mm512_storeu_si512(output.as_mut_ptr().cast(), rounded(input, PAIR_VALUES * index)) };
    }
}

/// See `PairKernels::interleave`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn interleave(first: &[bf16], second: &[bf16], output: &mut [bf16]) {
    // 0, 32, 1, 33, ...: from 32 on the second row's.
    let even = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    let low = _mm512_or_si512(even, _mm512_slli_epi32::<16>(_mm512_add_epi32(even, _mm512_set1_epi32(32))));
    let high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
    let there = if second.is_empty() { 0 } else { !0 };
    for (index, output) in output.as_chunks_mut::<{ 2 * PAIR_VALUES }>().0.iter_mut().enumerate() {
        // SAFETY: a vector of each row, if it is there, and two of the output.
        unsafe {
            let first = _mm512_loadu_si512(first.as_ptr().add(PAIR_VALUES * index).cast());
            let at = second.as_ptr().wrapping_add(PAIR_VALUES * index);
            let second = _mm512_maskz_loadu_epi16(there, at.cast());
            let output = output.as_mut_ptr().cast::<__m512i>();
            _mm512_storeu_si512(output, _mm512_permutex2var_epi16(first, low, second));
            _mm512_storeu_si512(output.add(1), _mm512_permutex2var_epi16(first, high, second));
        }
    }
}

/// See `PairKernels::dots`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn dots(rows: &[bf16], inputs: &[bf16], width: usize, output: &mut [f32]) {
    let (count, inputs_count) = (rows.len() / width, inputs.len() / width);
    // SAFETY: `PairKernels` checked that rows and inputs come in whole tiles, and that there are as many outputs.
    unsafe {
        if inputs_count == 1 {
            for row in (0..count).step_by(16) {
                let sums =
                    sum_lanes(&dot_tile::<16, 1>(rows.as_ptr().add(row * width), inputs.as_ptr(), width));
                _mm512_storeu_ps(output.as_mut_ptr().add(row), sums);
            }
            return;
        }
        for row in (0..count).step_by(4) {
            for input in (0..inputs_count).step_by(4) {
                let inputs = inputs.as_ptr().add(input * width);
                let sums = sum_lanes(&dot_tile::<4, 4>(rows.as_ptr().add(row * width), inputs, width));
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
/// The CPU has the features of this file; the rows and inputs are there, `width` values each.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
unsafe fn dot_tile<const ROWS: usize, const INPUTS: usize>(
    rows: *const bf16,
    inputs: *const bf16,
    width: usize,
) -> [__m512; 16] {
    let mut sums = [_mm512_setzero_ps(); 16];
    for start in (0..width).step_by(PAIR_VALUES) {
        // SAFETY: whole vectors, by the caller's promise.
        let load = |values: *const bf16, row: usize| unsafe {
            _mm512_loadu_si512(values.add(row * width + start).cast())
        };
        let weights: [__m512i; ROWS] = std::array::from_fn(|row| load(rows, row));
        for (input, sums) in sums.chunks_exact_mut(ROWS).take(INPUTS).enumerate() {
            let input = load(inputs, input);
            for (sum, weights) in sums.iter_mut().zip(weights) {
                *sum = add_products(*sum, weights, input);
            }
        }
    }
    sums
}

/// See `PairKernels::mix`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn mix(
    weights: &[bf16],
    stride: usize,
    rows: usize,
    values: &[bf16],
    width: usize,
    length: usize,
    sums: &mut [f32],
) {
    let pairs = values.len() / (2 * width);
    for column in (0..length).step_by(64) {
        let masks = std::array::from_fn(|vector| tail_mask(length.saturating_sub(column + 16 * vector)));
        let mut row = 0;
        while row < rows {
            // SAFETY: `PairKernels` checked that weights, values and sums are there; rows of values are whole
            // vectors of 32, and what lies behind the last one is not loaded.
            unsafe {
                let weights = weights.as_ptr().add(row * stride).cast::<i32>();
                let values = values.as_ptr().add(2 * column).cast::<i32>();
                let sums = sums.as_mut_ptr().add(row * length + column);
                row += match rows - row {
                    4.. => mix_rows::<4>(weights, stride / 2, values, width, pairs, sums, length, masks),
                    _ => mix_rows::<1>(weights, stride / 2, values, width, pairs, sums, length, masks),
                };
            }
        }
    }
}

/// Does up to 64 columns of `ROWS` rows; returns `ROWS`.
///
/// # Safety
/// The CPU has the features of this file; weights and values are there, and the sums that the masks name.
#[allow(clippy::too_many_arguments)] // A matrix product has three matrices and their sizes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
unsafe fn mix_rows<const ROWS: usize>(
    weights: *const i32,
    weight_stride: usize,
    values: *const i32,
    value_stride: usize,
    pairs: usize,
    sums: *mut f32,
    sum_stride: usize,
    masks: [__mmask16; 4],
) -> usize {
    // SAFETY: lanes that are loaded and stored lie inside the sums, the values and the weights.
    unsafe {
        let place = |row: usize, vector: usize| sums.wrapping_add(row * sum_stride + 16 * vector);
        let mut totals: [[__m512; 4]; ROWS] = std::array::from_fn(|row| {
            std::array::from_fn(|vector| _mm512_maskz_loadu_ps(masks[vector], place(row, vector)))
        });
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
                    *total = add_products(*total, values, weight);
                }
            }
        }
        for (row, totals) in totals.into_iter().enumerate() {
            for (vector, total) in totals.into_iter().enumerate() {
                _mm512_mask_storeu_ps(place(row, vector), masks[vector], total);
            }
        }
    }
    ROWS
}
