//! Arithmetic value by value, and the few operations on vectors that AVX2 has no instruction for.

use crate::kernel::scalar::elementwise as scalar;
use std::arch::x86_64::*;

/// Floats in a vector.
pub(super) const LANES: usize = 8;

/// The lanes that hold values when `count` are left: ones there, zeros elsewhere.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn lane_mask(count: usize) -> __m256i {
    let count = _mm256_set1_epi32(count.min(LANES) as i32);
    _mm256_cmpgt_epi32(count, _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
}

/// The first eight values; zeros for those that are not there.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn load(values: &[f32]) -> __m256 {
    match values.first_chunk::<LANES>() {
        // SAFETY: eight values.
        Some(values) => unsafe { _mm256_loadu_ps(values.as_ptr()) },
        // SAFETY: lanes that are loaded lie inside the slice.
        None => unsafe { _mm256_maskload_ps(values.as_ptr(), lane_mask(values.len())) },
    }
}

/// Writes the first eight values, or as many as there are.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn store(values: &mut [f32], vector: __m256) {
    match values.first_chunk_mut::<LANES>() {
        // SAFETY: eight values.
        Some(values) => unsafe { _mm256_storeu_ps(values.as_mut_ptr(), vector) },
        None => {
            let mask = lane_mask(values.len());
            // SAFETY: lanes that are stored lie inside the slice.
            unsafe { _mm256_maskstore_ps(values.as_mut_ptr(), mask, vector) };
        }
    }
}

/// The sum of all lanes.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn sum_lanes(x: __m256) -> f32 {
    let four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x));
    let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
}

/// The largest lane, none of which is a NaN.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn largest_lane(x: __m256) -> f32 {
    let four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x));
    let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)))
}

/// A format of plain floats.
pub(super) trait Float {
    /// Bytes of a number.
    const BYTES: usize;

    /// Eight numbers as single-precision floats.
    ///
    /// # Safety
    /// The CPU has the features of this folder; the numbers are there.
    unsafe fn widen(at: *const u8) -> __m256;
}

/// Single-precision floats.
pub(super) enum F32 {}
impl Float for F32 {
    const BYTES: usize = 4;
    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn widen(at: *const u8) -> __m256 {
        // SAFETY: the caller's promise.
        unsafe { _mm256_loadu_ps(at.cast()) }
    }
}

/// Half-precision floats.
pub(super) enum F16 {}
impl Float for F16 {
    const BYTES: usize = 2;
    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn widen(at: *const u8) -> __m256 {
        // SAFETY: the caller's promise.
        _mm256_cvtph_ps(unsafe { _mm_loadu_si128(at.cast()) })
    }
}

/// The upper halves of single-precision floats.
pub(super) enum BF16 {}
impl Float for BF16 {
    const BYTES: usize = 2;
    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn widen(at: *const u8) -> __m256 {
        // SAFETY: the caller's promise.
        let halves = unsafe { _mm_loadu_si128(at.cast()) };
        _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(halves)))
    }
}

/// 8-bit floats, without their scales.
pub(super) enum F8 {}
impl Float for F8 {
    const BYTES: usize = 1;
    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn widen(at: *const u8) -> __m256 {
        // SAFETY: the caller's promise.
        let bytes = unsafe { _mm_loadl_epi64(at.cast()) };
        // As half-precision floats: the sign, which the extension put into both upper bits, a zero, the
        // magnitude. Their exponent's bias is larger by 8.
        let halves = _mm_slli_epi16::<7>(_mm_cvtepi8_epi16(bytes));
        let halves = _mm_and_si128(halves, _mm_set1_epi16(0xbf80_u16 as i16));
        // A magnitude of all ones is a NaN.
        let magnitude = _mm_set1_epi16(0x3f80);
        let all_ones = _mm_cmpeq_epi16(_mm_and_si128(halves, magnitude), magnitude);
        let halves = _mm_or_si128(halves, _mm_and_si128(all_ones, _mm_set1_epi16(0x7e00)));
        _mm256_mul_ps(_mm256_cvtph_ps(halves), _mm256_set1_ps(256.0))
    }
}

/// The first eight numbers as single-precision floats; zeros for those that are not there.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn load_floats<F: Float>(bytes: &[u8]) -> __m256 {
    let size = const { F::BYTES * LANES };
    if bytes.len() >= size {
        // SAFETY: eight numbers.
        return unsafe { F::widen(bytes.as_ptr()) };
    }
    let mut copy = [0_u8; 4 * LANES];
    copy[..bytes.len()].copy_from_slice(bytes);
    // SAFETY: eight numbers of at most four bytes.
    unsafe { F::widen(copy.as_ptr()) }
}

/// Plain floats of any format as single-precision ones.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn widen<F: Float>(bytes: &[u8], values: &mut [f32]) {
    let numbers = bytes.chunks(const { F::BYTES * LANES });
    for (values, bytes) in values.chunks_mut(LANES).zip(numbers) {
        store(values, load_floats::<F>(bytes));
    }
}

/// See `Kernels::pack_int16`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn pack_int16(input: &[f32], output: &mut [i16]) -> f32 {
    scalar::pack_int16(input, output)
}

/// See `Kernels::widen_int16`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn widen_int16(input: &[i16], scale: f32, output: &mut [f32]) {
    scalar::widen_int16(input, scale, output);
}

/// See `Kernels::sum_of_squares`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn sum_of_squares(x: &[f32]) -> f32 {
    let mut sum = _mm256_setzero_ps();
    for x in x.chunks(LANES) {
        let x = load(x);
        sum = _mm256_fmadd_ps(x, x, sum);
    }
    sum_lanes(sum)
}

/// See `Kernels::scale_by`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn scale_by(x: &[f32], weight: &[f32], factor: f32, output: &mut [f32]) {
    let factor = _mm256_set1_ps(factor);
    let inputs = x.chunks(LANES).zip(weight.chunks(LANES));
    for (output, (x, weight)) in output.chunks_mut(LANES).zip(inputs) {
        store(output, _mm256_mul_ps(load(weight), _mm256_mul_ps(load(x), factor)));
    }
}

/// `exp(x)` with an error of about two units in the last place: `2^n * exp(r)`, `|r| <= ln(2) / 2`, with a
/// polynomial of degree 6 (the Taylor series, whose rest is below 2^-26 there). Overflows to infinity,
/// underflows to zero through the subnormal numbers; NaN stays NaN.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn exponential(x: __m256) -> __m256 {
    // Beyond these the result is infinite or zero anyway. The operand that `min` and `max` return for a
    // NaN is the second.
    let x = _mm256_max_ps(_mm256_set1_ps(-150.0), _mm256_min_ps(_mm256_set1_ps(150.0), x));
    let n = _mm256_round_ps::<8>(_mm256_mul_ps(x, _mm256_set1_ps(std::f32::consts::LOG2_E)));
    // ln(2) in two parts: the products with the first, which has few bits, are exact.
    let r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693_359_4), x);
    let r = _mm256_fnmadd_ps(n, _mm256_set1_ps(-2.121_944_4e-4), r);
    let mut sum = _mm256_set1_ps(1.0 / 720.0);
    for coefficient in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(coefficient));
    }
    // `n` is within ±217, more than an exponent holds. Each half of it is a normal power of two, and so is
    // the first product: only the second one rounds, to a subnormal number or to infinity.
    let n = _mm256_cvtps_epi32(n);
    let half = _mm256_srai_epi32::<1>(n);
    let power = |n| _mm256_castsi256_ps(_mm256_slli_epi32::<23>(_mm256_add_epi32(n, _mm256_set1_epi32(127))));
    _mm256_mul_ps(_mm256_mul_ps(sum, power(half)), power(_mm256_sub_epi32(n, half)))
}

/// See `Kernels::swiglu`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn swiglu(gate: &mut [f32], up: &[f32]) {
    let one = _mm256_set1_ps(1.0);
    for (gate, up) in gate.chunks_mut(LANES).zip(up.chunks(LANES)) {
        let x = load(gate);
        let negative = _mm256_xor_ps(x, _mm256_set1_ps(-0.0));
        let silu = _mm256_div_ps(x, _mm256_add_ps(one, exponential(negative)));
        store(gate, _mm256_mul_ps(silu, load(up)));
    }
}

/// See `Kernels::clamped_swiglu`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn clamped_swiglu(gate: &mut [f32], up: &[f32], alpha: f32, limit: f32) {
    let one = _mm256_set1_ps(1.0);
    let (alpha, least, most) = (_mm256_set1_ps(-alpha), _mm256_set1_ps(-limit), _mm256_set1_ps(limit));
    for (gate, up) in gate.chunks_mut(LANES).zip(up.chunks(LANES)) {
        // The operand that `min` and `max` return for a NaN is the second.
        let g = _mm256_min_ps(most, load(gate));
        let u = _mm256_max_ps(least, _mm256_min_ps(most, load(up)));
        let gated = _mm256_div_ps(g, _mm256_add_ps(one, exponential(_mm256_mul_ps(alpha, g))));
        store(gate, _mm256_mul_ps(gated, _mm256_add_ps(u, one)));
    }
}

/// See `Kernels::add_scaled`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn add_scaled(x: &mut [f32], y: &[f32], scale: f32) {
    let scale = _mm256_set1_ps(scale);
    for (x, y) in x.chunks_mut(LANES).zip(y.chunks(LANES)) {
        store(x, _mm256_fmadd_ps(load(y), scale, load(x)));
    }
}

/// See `Kernels::multiply`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn multiply(x: &mut [f32], factor: f32) {
    let factor = _mm256_set1_ps(factor);
    for x in x.chunks_mut(LANES) {
        store(x, _mm256_mul_ps(load(x), factor));
    }
}

/// See `Kernels::read`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn read(bytes: &[u8]) -> u64 {
    let mut sums = [_mm256_setzero_si256(); 4];
    let quarter = bytes.len() / 128 * 32;
    for start in (0..quarter).step_by(32) {
        for (index, sum) in sums.iter_mut().enumerate() {
            // SAFETY: inside a quarter of the bytes.
            let word = unsafe { _mm256_loadu_si256(bytes.as_ptr().add(index * quarter + start).cast()) };
            *sum = _mm256_xor_si256(*sum, word);
        }
    }
    let [a, b, c, d] = sums;
    let sum = _mm256_xor_si256(_mm256_xor_si256(a, b), _mm256_xor_si256(c, d));
    let sum = _mm_xor_si128(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
    (_mm_extract_epi64::<0>(sum) ^ _mm_extract_epi64::<1>(sum)) as u64
}
