//! Products of brain floats with many rows of activations, by AVX-512 BF16: two multiply-adds in each word.

use super::elementwise::tail_mask;
use super::matmul::transpose;
use crate::kernel::block::CHUNK;
use crate::kernel::table::{PairInput, PairPanel, PairTable, Rows, PAIR_VALUES, PANEL_ROWS};
use half::bf16;
use std::arch::x86_64::*;

/// Whether this CPU has the instruction that this file is about.
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx512bf16")
}

/// The kernels for brain floats.
pub(super) static TABLE: PairTable = PairTable { round_floats, unpack, multiply };

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
pub(in crate::kernel) fn words(low: __m512, high: __m512) -> __m512i {
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
pub(in crate::kernel) fn round_floats(input: &[f32], output: &mut [bf16]) {
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
