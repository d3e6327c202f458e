//! Arithmetic value by value.

use crate::kernel::scalar::elementwise as scalar;
use std::arch::x86_64::*;

/// The lanes of a vector that hold values when `left` are left.
#[inline]
pub(super) fn tail_mask(left: usize) -> __mmask16 {
    match left {
        0..16 => (1 << left) - 1,
        _ => !0,
    }
}

/// Calls `$body` with the start of every 16 values of a slice and the mask of those that are there.
macro_rules! for_each_vector {
    ($length:expr, |$start:ident, $mask:ident| $body:block) => {
        for $start in (0..$length).step_by(16) {
            let $mask = tail_mask($length - $start);
            // SAFETY: lanes that are loaded or stored lie inside the slices, whose lengths `Kernels` checked.
            unsafe { $body }
        }
    };
}
pub(super) use for_each_vector;

/// A format of plain floats.
pub(super) trait Float {
    /// Bytes of a number.
    const BYTES: usize;

    /// 16 numbers as single-precision floats; those that the mask leaves out are not read, and are 0.
    ///
    /// # Safety
    /// The CPU has the features of this folder; the numbers that the mask names are there.
    unsafe fn load(at: *const u8, mask: __mmask16) -> __m512;
}

/// Single-precision floats.
pub(super) enum F32 {}
impl Float for F32 {
    const BYTES: usize = 4;
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
    unsafe fn load(at: *const u8, mask: __mmask16) -> __m512 {
        // SAFETY: the caller's promise.
        unsafe { _mm512_maskz_loadu_ps(mask, at.cast()) }
    }
}

/// Half-precision floats.
pub(super) enum F16 {}
impl Float for F16 {
    const BYTES: usize = 2;
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
    unsafe fn load(at: *const u8, mask: __mmask16) -> __m512 {
        // SAFETY: the caller's promise.
        _mm512_cvtph_ps(unsafe { _mm256_maskz_loadu_epi16(mask, at.cast()) })
    }
}

/// The upper halves of single-precision floats.
pub(super) enum BF16 {}
impl Float for BF16 {
    const BYTES: usize = 2;
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
    unsafe fn load(at: *const u8, mask: __mmask16) -> __m512 {
        // SAFETY: the caller's promise.
        let half = unsafe { _mm256_maskz_loadu_epi16(mask, at.cast()) };
        _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(half)))
    }
}

/// 8-bit floats, without their scales.
pub(super) enum F8 {}
impl Float for F8 {
    const BYTES: usize = 1;
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
    unsafe fn load(at: *const u8, mask: __mmask16) -> __m512 {
        // SAFETY: the caller's promise.
        let bytes = unsafe { _mm_maskz_loadu_epi8(mask, at.cast()) };
        // As half-precision floats: the sign, which the extension put into both upper bits, a zero, the
        // magnitude. Their exponent's bias is larger by 8.
        let halves = _mm256_slli_epi16::<7>(_mm256_cvtepi8_epi16(bytes));
        let halves = _mm256_and_si256(halves, _mm256_set1_epi16(0xbf80_u16 as i16));
        // A magnitude of all ones is a NaN.
        let all_ones = _mm_cmpeq_epi8_mask(_mm_or_si128(bytes, _mm_set1_epi8(-128)), _mm_set1_epi8(-1));
        let halves = _mm256_mask_mov_epi16(halves, all_ones, _mm256_set1_epi16(0x7e00));
        _mm512_mul_ps(_mm512_cvtph_ps(halves), _mm512_set1_ps(256.0))
    }
}

/// Plain floats of any format as single-precision ones.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn widen<F: Float>(bytes: &[u8], values: &mut [f32]) {
    for_each_vector!(values.len(), |start, mask| {
        let wide = F::load(bytes.as_ptr().add(F::BYTES * start), mask);
        _mm512_mask_storeu_ps(values.as_mut_ptr().add(start), mask, wide);
    });
}

/// See `Kernels::widen_int16`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn widen_int16(input: &[i16], scale: f32, output: &mut [f32]) {
    scalar::widen_int16(input, scale, output);
}

/// See `Kernels::sum_of_squares`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn sum_of_squares(x: &[f32]) -> f32 {
    let mut sum = _mm512_setzero_ps();
    for_each_vector!(x.len(), |start, mask| {
        let x = _mm512_maskz_loadu_ps(mask, x.as_ptr().add(start));
        sum = _mm512_fmadd_ps(x, x, sum);
    });
    _mm512_reduce_add_ps(sum)
}

/// See `Kernels::scale_by`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn scale_by(x: &[f32], weight: &[f32], factor: f32, output: &mut [f32]) {
    let factor = _mm512_set1_ps(factor);
    for_each_vector!(x.len(), |start, mask| {
        let x = _mm512_maskz_loadu_ps(mask, x.as_ptr().add(start));
        let weight = _mm512_maskz_loadu_ps(mask, weight.as_ptr().add(start));
        let product = _mm512_mul_ps(weight, _mm512_mul_ps(x, factor));
        _mm512_mask_storeu_ps(output.as_mut_ptr().add(start), mask, product);
    });
}

/// `exp(x)` with an error of about two units in the last place: `2^n * exp(r)`, `|r| <= ln(2) / 2`, with a
/// polynomial of degree 6 (the Taylor series, whose rest is below 2^-26 there). Overflows to infinity,
/// underflows to zero through the subnormal numbers; NaN stays NaN.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn exponential(x: __m512) -> __m512 {
    // Beyond these the result is infinite or zero anyway. The operand that `min` and `max` return for a
    // NaN is the second.
    let x = _mm512_max_ps(_mm512_set1_ps(-150.0), _mm512_min_ps(_mm512_set1_ps(150.0), x));
    let n = _mm512_roundscale_ps::<8>(_mm512_mul_ps(x, _mm512_set1_ps(std::f32::consts::LOG2_E)));
    // ln(2) in two parts: the products with the first, which has few bits, are exact.
    let r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693_359_4), x);
    let r = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.121_944_4e-4), r);
    let mut sum = _mm512_set1_ps(1.0 / 720.0);
    for coefficient in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(coefficient));
    }
    _mm512_scalef_ps(sum, n)
}

/// See `Kernels::swiglu`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn swiglu(gate: &mut [f32], up: &[f32]) {
    let one = _mm512_set1_ps(1.0);
    for_each_vector!(gate.len(), |start, mask| {
        let x = _mm512_maskz_loadu_ps(mask, gate.as_ptr().add(start));
        let up = _mm512_maskz_loadu_ps(mask, up.as_ptr().add(start));
        let negative = _mm512_xor_ps(x, _mm512_set1_ps(-0.0));
        let silu = _mm512_div_ps(x, _mm512_add_ps(one, exponential(negative)));
        _mm512_mask_storeu_ps(gate.as_mut_ptr().add(start), mask, _mm512_mul_ps(silu, up));
    });
}

/// See `Kernels::clamped_swiglu`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn clamped_swiglu(gate: &mut [f32], up: &[f32], alpha: f32, limit: f32) {
    let one = _mm512_set1_ps(1.0);
    let (alpha, least, most) = (_mm512_set1_ps(-alpha), _mm512_set1_ps(-limit), _mm512_set1_ps(limit));
    for_each_vector!(gate.len(), |start, mask| {
        // The operand that `min` and `max` return for a NaN is the second.
        let g = _mm512_min_ps(most, _mm512_maskz_loadu_ps(mask, gate.as_ptr().add(start)));
        let u = _mm512_min_ps(most, _mm512_maskz_loadu_ps(mask, up.as_ptr().add(start)));
        let u = _mm512_max_ps(least, u);
        let gated = _mm512_div_ps(g, _mm512_add_ps(one, exponential(_mm512_mul_ps(alpha, g))));
        let result = _mm512_mul_ps(gated, _mm512_add_ps(u, one));
        _mm512_mask_storeu_ps(gate.as_mut_ptr().add(start), mask, result);
    });
}

/// See `Kernels::add_scaled`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn add_scaled(x: &mut [f32], y: &[f32], scale: f32) {
    let scale = _mm512_set1_ps(scale);
    for_each_vector!(x.len(), |start, mask| {
        let sum = _mm512_maskz_loadu_ps(mask, x.as_ptr().add(start));
        let y = _mm512_maskz_loadu_ps(mask, y.as_ptr().add(start));
        _mm512_mask_storeu_ps(x.as_mut_ptr().add(start), mask, _mm512_fmadd_ps(y, scale, sum));
    });
}

/// See `Kernels::multiply`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn multiply(x: &mut [f32], factor: f32) {
    let factor = _mm512_set1_ps(factor);
    for_each_vector!(x.len(), |start, mask| {
        let product = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x.as_ptr().add(start)), factor);
        _mm512_mask_storeu_ps(x.as_mut_ptr().add(start), mask, product);
    });
}

/// See `Kernels::read`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn read(bytes: &[u8]) -> u64 {
    let mut sums = [_mm512_setzero_si512(); 4];
    let quarter = bytes.len() / 256 * 64;
    for start in (0..quarter).step_by(64) {
        for (index, sum) in sums.iter_mut().enumerate() {
            // SAFETY: inside a quarter of the bytes.
            let word = unsafe { _mm512_loadu_si512(bytes.as_ptr().add(index * quarter + start).cast()) };
            *sum = _mm512_xor_si512(*sum, word);
        }
    }
    let [a, b, c, d] = sums;
    let sum = _mm512_xor_si512(_mm512_xor_si512(a, b), _mm512_xor_si512(c, d));
    _mm512_reduce_or_epi64(sum) as u64
}
