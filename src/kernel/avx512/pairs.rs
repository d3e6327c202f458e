//! Products of brain floats with many rows of activations, by AVX-512 BF16: two multiply-adds in each word.

use super::matmul::transpose;
use crate::kernel::block::CHUNK;
use crate::kernel::table::{PairInput, PairPanel, PairTable, Rows, PANEL_ROWS};
use std::arch::x86_64::*;

/// Whether this CPU has the instruction that this file is about.
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx512bf16")
}

/// The kernels for brain floats.
pub(super) static TABLE: PairTable = PairTable { round, unpack, multiply };

/// Words of a chunk.
const WORDS: usize = CHUNK / 2;

/// See `PairKernels::round`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn round(values: &[f32; CHUNK], input: &mut PairInput) {
    for (index, values) in values.as_chunks::<32>().0.iter().enumerate() {
        // SAFETY: two vectors of values, for which a chunk has 16 words; vectors of brain floats are 64 bytes.
        unsafe {
            let [low, high] = [0, 16].map(|at| _mm512_loadu_ps(values.as_ptr().add(at)));
            let words = std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low));
            _mm512_storeu_si512(input.as_mut_ptr().add(16 * index).cast(), words);
        }
    }
}

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
            let pair = |word: u32| std::mem::transmute::<__m512i, __m512bh>(_mm512_set1_epi32(word as i32));
            let weights = _mm512_load_si512(panel.words.as_ptr().add(word * PANEL_ROWS).cast());
            let weights = std::mem::transmute::<__m512i, __m512bh>(weights);
            for (products, input) in products.iter_mut().zip(inputs) {
                *products = _mm512_dpbf16_ps(*products, weights, pair(*input.as_ptr().add(word)));
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
