//! Reading and writing the fields of a block: little-endian 16-bit floats and packed bits.
//!
//! What the bits mean is each format's business.

/// The `N` bytes of a block from `offset` on.
#[inline(always)]
pub(super) fn field<const N: usize>(block: &[u8], offset: usize) -> &[u8; N] {
    block[offset..].first_chunk().expect("a field lies inside its block")
}

/// Writes a field of a block.
#[inline(always)]
pub(super) fn set_field<const N: usize>(block: &mut [u8], offset: usize, value: &[u8; N]) {
    block[offset..offset + N].copy_from_slice(value);
}

/// The 16-bit float of a block at `offset`.
#[inline(always)]
pub(super) fn half_at(block: &[u8], offset: usize) -> f32 {
    half_to_float(u16::from_le_bytes(*field(block, offset)))
}

/// A 16-bit float (IEEE 754 binary16) as a 32-bit float, exactly. A signalling NaN becomes quiet and
/// keeps its payload.
///
/// Without branches and without the CPU's half instructions, so that loops over it vectorise
/// everywhere, and without arithmetic on subnormals, so that a host which flushes those to zero
/// gets the same values.
#[inline(always)]
pub(super) fn half_to_float(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let magnitude = u32::from(half & 0x7fff);
    // The exponent's bias is 15 in a half and 127 in a float.
    let normal = (magnitude << 13) + ((127 - 15) << 23);
    // A subnormal counts units of 2^-24, which is the last place of a float in [0.5, 1).
    let subnormal = (f32::from_bits(0.5f32.to_bits() | magnitude) - 0.5).to_bits();
    let infinite = 0x7f80_0000 | (magnitude << 13);
    let quiet = if magnitude > 0x7c00 { 1 << 22 } else { 0 };
    let bits = if magnitude < 0x0400 {
        subnormal
    } else if magnitude < 0x7c00 {
        normal
    } else {
        infinite | quiet
    };
    f32::from_bits(sign | bits)
}

/// The nearest 16-bit float, ties to even; a value too large becomes infinite. Every NaN becomes the
/// quiet NaN without payload, as in ggml.
#[inline]
pub(super) fn float_to_half(value: f32) -> u16 {
    if value.is_nan() {
        let sign = (value.to_bits() >> 16) as u16 & 0x8000;
        return sign | 0x7e00;
    }
    half::f16::from_f32(value).to_bits()
}

/// The nearest 16-bit float as a block stores it; `None` if it would not be finite.
#[inline]
pub(super) fn finite_half(value: f32) -> Option<[u8; 2]> {
    let half = float_to_half(value);
    (half & 0x7c00 != 0x7c00).then(|| half.to_le_bytes())
}

/// Splits packed pairs of 4 bits into the low ones and the high ones.
#[inline(always)]
pub(super) fn split_nibbles<const N: usize>(packed: &[u8; N]) -> ([u8; N], [u8; N]) {
    (packed.map(|byte| byte & 15), packed.map(|byte| byte >> 4))
}

/// Packs pairs of 4 bits, the inverse of [`split_nibbles`].
#[inline(always)]
pub(super) fn join_nibbles<const N: usize>(low: &[u8; N], high: &[u8; N]) -> [u8; N] {
    std::array::from_fn(|i| low[i] | high[i] << 4)
}

/// 32 nibbles in the order of all formats with blocks of 32: the first 16 values are the low halves
/// of the bytes, the others the high halves.
#[inline(always)]
pub(super) fn nibbles_of_32(packed: &[u8; 16]) -> [u8; 32] {
    let (low, high) = split_nibbles(packed);
    let mut nibbles = [0; 32];
    nibbles[..16].copy_from_slice(&low);
    nibbles[16..].copy_from_slice(&high);
    nibbles
}

/// 32 values of 5 bits: the lower four as in [`nibbles_of_32`], the fifth of value `j` is bit `j` of
/// the little-endian `high`.
#[inline(always)]
pub(super) fn five_bits_of_32(packed: &[u8; 16], high: &[u8; 4]) -> [u8; 32] {
    let mut quants = nibbles_of_32(packed);
    for (quants, &high) in quants.as_chunks_mut::<8>().0.iter_mut().zip(high) {
        for (bit, quant) in quants.iter_mut().enumerate() {
            *quant |= (high >> bit & 1) << 4;
        }
    }
    quants
}

/// Packs 32 values of 5 bits: the fifth bits and the lower four, the inverse of [`five_bits_of_32`].
pub(super) fn join_five_bits(quants: &[u8; 32]) -> ([u8; 4], [u8; 16]) {
    let high =
        quants.iter().enumerate().fold(0u32, |bits, (index, quant)| bits | u32::from(quant >> 4) << index);
    let low = quants.map(|quant| quant & 15);
    (high.to_le_bytes(), join_nibbles(field(&low, 0), field(&low, 16)))
}
