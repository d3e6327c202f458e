//! How every block format unpacks to vectors: the uniform form of `block`, 256 values at a time.

use crate::kernel::block::{
    Block, IQ4_NL, IQ4_VALUES, IQ4_XS, MXFP4, MXFP4_VALUES, Q2_K, Q3_K, Q4_0, Q4_1, Q4_K, Q5_0, Q5_1, Q5_K,
    Q6_K, Q8_0,
};
use std::arch::x86_64::*;

/// A chunk of 256 weights of one row.
pub(super) struct Unpacked {
    /// The bytes, in order: unsigned, or `value - 128` in formats that are `SIGNED`.
    pub(super) values: [__m256i; 8],
    /// One for each group, from the front: the second vector is in use where groups are 16 values.
    pub(super) scales: [__m256; 2],
    /// Likewise; unspecified in formats without minimums.
    pub(super) minimums: [__m256; 2],
}

/// A block format that unpacks to vectors.
pub(super) trait VectorBlock: Block {
    /// The largest byte that a value can be, or its largest magnitude in formats that are `SIGNED`.
    const LARGEST: i32;
    /// Whether values unpack to signed bytes. The one multiplication of bytes that AVX2 has takes unsigned
    /// bytes times signed ones and adds two products in 16 bits: too few where values reach 255. Such
    /// values have a `ZERO` of 128, and as signed bytes their products fit.
    const SIGNED: bool = Self::ZERO == 128;

    /// Unpacks 256 values.
    ///
    /// # Safety
    /// The CPU has the features of this folder; `chunk` points to the bytes of a whole chunk.
    unsafe fn unpack_chunk(chunk: *const u8) -> Unpacked;
}

/// Implements [`VectorBlock`], naming the features once.
macro_rules! vector_block {
    ($block:ty, $largest:literal, |$chunk:ident| $body:block) => {
        impl VectorBlock for $block {
            const LARGEST: i32 = $largest;

            #[inline]
            #[target_feature(enable = "avx2,fma,f16c")]
            unsafe fn unpack_chunk($chunk: *const u8) -> Unpacked {
                // SAFETY: `chunk` holds a whole chunk, and the offsets below are the layout's.
                unsafe { $body }
            }
        }
    };
}

/// The 16 bytes at `at`.
///
/// # Safety
/// They must be readable.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn load_16(at: *const u8) -> __m128i {
    // SAFETY: the caller's promise.
    unsafe { _mm_loadu_si128(at.cast()) }
}

/// The 32 bytes at `at`.
///
/// # Safety
/// They must be readable.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn load_32(at: *const u8) -> __m256i {
    // SAFETY: the caller's promise.
    unsafe { _mm256_loadu_si256(at.cast()) }
}

/// The little-endian number at `at`.
///
/// # Safety
/// Its bytes must be readable.
#[inline]
unsafe fn u16_at(at: *const u8) -> u16 {
    // SAFETY: the caller's promise.
    u16::from_le(unsafe { at.cast::<u16>().read_unaligned() })
}

/// The little-endian number at `at`.
///
/// # Safety
/// Its bytes must be readable.
#[inline]
unsafe fn u32_at(at: *const u8) -> u32 {
    // SAFETY: the caller's promise.
    u32::from_le(unsafe { at.cast::<u32>().read_unaligned() })
}

/// Two vectors of which only the first is in use: formats with groups of 32.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn eight(first: __m256) -> [__m256; 2] {
    [first, _mm256_setzero_ps()]
}

/// What formats without minimums or with groups of 32 leave empty.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn none() -> [__m256; 2] {
    [_mm256_setzero_ps(); 2]
}

/// A half-precision number in every lane.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn splat_half(bits: u16) -> __m256 {
    _mm256_broadcastss_ps(_mm_cvtph_ps(_mm_cvtsi32_si128(i32::from(bits))))
}

/// Eight half-precision numbers `STRIDE` bytes apart.
///
/// # Safety
/// They must be readable.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn eight_halves<const STRIDE: usize>(first: *const u8) -> __m256 {
    // SAFETY: the caller's promise.
    let half = |index: usize| unsafe { u16_at(first.add(index * STRIDE)) } as i16;
    _mm256_cvtph_ps(_mm_set_epi16(half(7), half(6), half(5), half(4), half(3), half(2), half(1), half(0)))
}

/// `-x`.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn negate(x: __m256) -> __m256 {
    _mm256_xor_ps(x, _mm256_set1_ps(-0.0))
}

/// `factor` times the signed numbers in the lower eight bytes of `bytes`.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn scale_eight(factor: __m256, bytes: __m128i) -> __m256 {
    _mm256_mul_ps(factor, _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes)))
}

/// `factor` times 16 signed bytes.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn scale_sixteen(factor: __m256, bytes: __m128i) -> [__m256; 2] {
    [scale_eight(factor, bytes), scale_eight(factor, _mm_unpackhi_epi64(bytes, bytes))]
}

/// Bits `SHIFT..SHIFT + 4` of each byte, `SHIFT` at most 4.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn nibbles<const SHIFT: i32>(bytes: __m256i) -> __m256i {
    _mm256_and_si256(_mm256_srli_epi16::<SHIFT>(bytes), _mm256_set1_epi8(15))
}

/// Eight blocks of 32 nibbles, `STRIDE` bytes apart: in each block the low nibbles of 16 bytes come first.
///
/// # Safety
/// They must be readable.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn eight_nibble_blocks<const STRIDE: usize>(first: *const u8) -> [__m256i; 8] {
    let shift = _mm256_setr_epi64x(0, 0, 4, 4);
    let block = |index: usize| {
        // SAFETY: the caller's promise.
        let twice = _mm256_broadcastsi128_si256(unsafe { load_16(first.add(index * STRIDE)) });
        _mm256_and_si256(_mm256_srlv_epi64(twice, shift), _mm256_set1_epi8(15))
    };
    [block(0), block(1), block(2), block(3), block(4), block(5), block(6), block(7)]
}

/// Adds 16 to the values of eight blocks whose 32 bits each are `STRIDE` bytes apart.
///
/// # Safety
/// The bits must be readable.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn add_fifth_bits<const STRIDE: usize>(mut values: [__m256i; 8], first: *const u8) -> [__m256i; 8] {
    // Each byte of the bits goes to the eight lanes that it belongs to, each of which tests its own bit.
    let spread = _mm256_setr_epi64x(0, 0x0101_0101_0101_0101, 0x0202_0202_0202_0202, 0x0303_0303_0303_0303);
    let own = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64 as i64);
    for (index, values) in values.iter_mut().enumerate() {
        // SAFETY: the caller's promise.
        let bits = _mm256_set1_epi32(unsafe { u32_at(first.add(index * STRIDE)) } as i32);
        let bits = _mm256_and_si256(_mm256_shuffle_epi8(bits, spread), own);
        let sixteen = _mm256_and_si256(_mm256_cmpeq_epi8(bits, own), _mm256_set1_epi8(16));
        *values = _mm256_or_si256(*values, sixteen);
    }
    values
}

/// Replaces each nibble by its entry of the table.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn look_up(table: &[u8; 16], mut values: [__m256i; 8]) -> [__m256i; 8] {
    // SAFETY: the table has 16 bytes.
    let table = _mm256_broadcastsi128_si256(unsafe { load_16(table.as_ptr()) });
    for values in &mut values {
        *values = _mm256_shuffle_epi8(table, *values);
    }
    values
}

/// The values of the IQ4 formats as signed bytes.
const SIGNED_IQ4_VALUES: [u8; 16] = {
    let mut values = IQ4_VALUES;
    let mut index = 0;
    while index < values.len() {
        values[index] ^= 0x80;
        index += 1;
    }
    values
};

vector_block!(Q4_0, 15, |chunk| {
    Unpacked {
        values: eight_nibble_blocks::<18>(chunk.add(2)),
        scales: eight(eight_halves::<18>(chunk)),
        minimums: none(),
    }
});

vector_block!(Q4_1, 15, |chunk| {
    Unpacked {
        values: eight_nibble_blocks::<20>(chunk.add(4)),
        scales: eight(eight_halves::<20>(chunk)),
        minimums: eight(negate(eight_halves::<20>(chunk.add(2)))),
    }
});

vector_block!(Q5_0, 31, |chunk| {
    Unpacked {
        values: add_fifth_bits::<22>(eight_nibble_blocks::<22>(chunk.add(6)), chunk.add(2)),
        scales: eight(eight_halves::<22>(chunk)),
        minimums: none(),
    }
});

vector_block!(Q5_1, 31, |chunk| {
    Unpacked {
        values: add_fifth_bits::<24>(eight_nibble_blocks::<24>(chunk.add(8)), chunk.add(4)),
        scales: eight(eight_halves::<24>(chunk)),
        minimums: eight(negate(eight_halves::<24>(chunk.add(2)))),
    }
});

vector_block!(Q8_0, 128, |chunk| {
    let block = |index: usize| load_32(chunk.add(34 * index + 2));
    Unpacked {
        values: [block(0), block(1), block(2), block(3), block(4), block(5), block(6), block(7)],
        scales: eight(eight_halves::<34>(chunk)),
        minimums: none(),
    }
});

/// The 256 two-bit values that Q2_K and Q3_K keep in 64 bytes.
///
/// # Safety
/// They must be readable.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn crumbs(bytes: *const u8) -> [__m256i; 8] {
    // SAFETY: the caller's promise.
    let (first, second) = unsafe { (load_32(bytes), load_32(bytes.add(32))) };
    let three = |bytes| _mm256_and_si256(bytes, _mm256_set1_epi8(3));
    [
        three(first),
        three(_mm256_srli_epi16::<2>(first)),
        three(_mm256_srli_epi16::<4>(first)),
        three(_mm256_srli_epi16::<6>(first)),
        three(second),
        three(_mm256_srli_epi16::<2>(second)),
        three(_mm256_srli_epi16::<4>(second)),
        three(_mm256_srli_epi16::<6>(second)),
    ]
}

/// Adds `2^BIT`, which no value has yet, where a bit of the 32 bytes at `bits` is set; each of their eight
/// planes belongs to 32 values.
///
/// # Safety
/// The bits must be readable.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn add_planes<const BIT: i32>(mut values: [__m256i; 8], bits: *const u8) -> [__m256i; 8] {
    // SAFETY: the caller's promise.
    let bits = unsafe { load_32(bits) };
    let weight = _mm256_set1_epi8(1 << BIT);
    // Plane after plane is moved to `BIT`; what comes over from the neighbouring byte is masked away.
    let mut plane = _mm256_slli_epi16::<BIT>(bits);
    for (index, values) in values.iter_mut().enumerate() {
        if index == BIT as usize {
            plane = bits;
        }
        *values = _mm256_or_si256(*values, _mm256_and_si256(plane, weight));
        plane = _mm256_srli_epi16::<1>(plane);
    }
    values
}

vector_block!(Q2_K, 3, |chunk| {
    let packed = load_16(chunk);
    let fifteen = _mm_set1_epi8(15);
    let (low, high) = (_mm_and_si128(packed, fifteen), _mm_and_si128(_mm_srli_epi16::<4>(packed), fifteen));
    Unpacked {
        values: crumbs(chunk.add(16)),
        scales: scale_sixteen(splat_half(u16_at(chunk.add(80))), low),
        minimums: scale_sixteen(splat_half(u16_at(chunk.add(82))), high),
    }
});

vector_block!(Q3_K, 7, |chunk| {
    let (a, b, c) = (u32_at(chunk.add(96)), u32_at(chunk.add(100)), u32_at(chunk.add(104)));
    let packed = _mm_setr_epi32(
        (a & 0x0f0f_0f0f | (c & 0x0303_0303) << 4) as i32,
        (b & 0x0f0f_0f0f | (c >> 2 & 0x0303_0303) << 4) as i32,
        (a >> 4 & 0x0f0f_0f0f | (c >> 4 & 0x0303_0303) << 4) as i32,
        (b >> 4 & 0x0f0f_0f0f | (c >> 6 & 0x0303_0303) << 4) as i32,
    );
    let scales = _mm_sub_epi8(packed, _mm_set1_epi8(32));
    Unpacked {
        values: add_planes::<2>(crumbs(chunk.add(32)), chunk),
        scales: scale_sixteen(splat_half(u16_at(chunk.add(108))), scales),
        minimums: none(),
    }
});

/// The scales and minimums of a Q4_K or Q5_K block.
///
/// # Safety
/// The block's first 16 bytes must be readable.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn scales_and_minimums(block: *const u8) -> (__m256, __m256) {
    // SAFETY: the caller's promise.
    let (scale, minimum, a, b, c) = unsafe {
        let word = |index: usize| u32_at(block.add(4 + 4 * index));
        (u16_at(block), u16_at(block.add(2)), word(0), word(1), word(2))
    };
    let eight = |low: u32, high: u32, top: u32| {
        let (low, high) = (low & 0x3f3f_3f3f, high & 0x0f0f_0f0f | (top >> 2 & 0x3030_3030));
        _mm_cvtsi64_si128((u64::from(low) | u64::from(high) << 32) as i64)
    };
    (scale_eight(splat_half(scale), eight(a, c, a)), scale_eight(splat_half(minimum), eight(b, c >> 4, b)))
}

/// The 256 nibbles that Q4_K and Q5_K keep in 128 bytes.
///
/// # Safety
/// They must be readable.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn nibble_planes(bytes: *const u8) -> [__m256i; 8] {
    // SAFETY: the caller's promise.
    let [a, b, c, d] = unsafe { [0, 32, 64, 96].map(|offset| load_32(bytes.add(offset))) };
    [
        nibbles::<0>(a),
        nibbles::<4>(a),
        nibbles::<0>(b),
        nibbles::<4>(b),
        nibbles::<0>(c),
        nibbles::<4>(c),
        nibbles::<0>(d),
        nibbles::<4>(d),
    ]
}

vector_block!(Q4_K, 15, |chunk| {
    let (scales, minimums) = scales_and_minimums(chunk);
    Unpacked { values: nibble_planes(chunk.add(16)), scales: eight(scales), minimums: eight(minimums) }
});

vector_block!(Q5_K, 31, |chunk| {
    let (scales, minimums) = scales_and_minimums(chunk);
    let values = add_planes::<4>(nibble_planes(chunk.add(48)), chunk.add(16));
    Unpacked { values, scales: eight(scales), minimums: eight(minimums) }
});

vector_block!(Q6_K, 63, |chunk| {
    let half = |index: usize| {
        let (low, next) = (load_32(chunk.add(64 * index)), load_32(chunk.add(64 * index + 32)));
        let high = load_32(chunk.add(128 + 32 * index));
        let join = |low, high| _mm256_or_si256(low, _mm256_and_si256(high, _mm256_set1_epi8(0x30)));
        [
            join(nibbles::<0>(low), _mm256_slli_epi16::<4>(high)),
            join(nibbles::<0>(next), _mm256_slli_epi16::<2>(high)),
            join(nibbles::<4>(low), high),
            join(nibbles::<4>(next), _mm256_srli_epi16::<2>(high)),
        ]
    };
    let ([a, b, c, d], [e, f, g, h]) = (half(0), half(1));
    Unpacked {
        values: [a, b, c, d, e, f, g, h],
        scales: scale_sixteen(splat_half(u16_at(chunk.add(208))), load_16(chunk.add(192))),
        minimums: none(),
    }
});

vector_block!(IQ4_NL, 127, |chunk| {
    Unpacked {
        values: look_up(&SIGNED_IQ4_VALUES, eight_nibble_blocks::<18>(chunk.add(2))),
        scales: eight(eight_halves::<18>(chunk)),
        minimums: none(),
    }
});

vector_block!(IQ4_XS, 127, |chunk| {
    let (low, high) = (u32_at(chunk.add(4)), u16_at(chunk.add(2)));
    // Lane `i` takes its own 4 bits of `low` and its own 2 bits of `high`.
    let index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    let low = _mm256_srlv_epi32(_mm256_set1_epi32(low as i32), _mm256_slli_epi32::<2>(index));
    let high = _mm256_srlv_epi32(_mm256_set1_epi32(i32::from(high)), _mm256_slli_epi32::<1>(index));
    let low = _mm256_and_si256(low, _mm256_set1_epi32(15));
    let high = _mm256_and_si256(high, _mm256_set1_epi32(3));
    let scales = _mm256_or_si256(low, _mm256_slli_epi32::<4>(high));
    let scales = _mm256_cvtepi32_ps(_mm256_sub_epi32(scales, _mm256_set1_epi32(32)));
    Unpacked {
        values: look_up(&SIGNED_IQ4_VALUES, eight_nibble_blocks::<16>(chunk.add(8))),
        scales: eight(_mm256_mul_ps(splat_half(u16_at(chunk)), scales)),
        minimums: none(),
    }
});

/// `2^(exponent - 128)` for eight bytes, as `block::half_power_of_two` does for one.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn half_powers_of_two(exponents: u64) -> __m256 {
    let exponents = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(exponents as i64));
    let normal = _mm256_slli_epi32::<23>(_mm256_sub_epi32(exponents, _mm256_set1_epi32(1)));
    // 2^-128 and 2^-127 are below the smallest normal number: a single bit, one place further for the latter.
    let subnormal = _mm256_sllv_epi32(_mm256_set1_epi32(1 << 21), exponents);
    let is_subnormal = _mm256_cmpgt_epi32(_mm256_set1_epi32(2), exponents);
    _mm256_castsi256_ps(_mm256_blendv_epi8(normal, subnormal, is_subnormal))
}

vector_block!(MXFP4, 24, |chunk| {
    let mut exponents = [0; 8];
    for (index, exponent) in exponents.iter_mut().enumerate() {
        *exponent = *chunk.add(17 * index);
    }
    Unpacked {
        values: look_up(&MXFP4_VALUES, eight_nibble_blocks::<17>(chunk.add(1))),
        scales: eight(half_powers_of_two(u64::from_le_bytes(exponents))),
        minimums: none(),
    }
});
