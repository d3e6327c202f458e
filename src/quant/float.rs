//! Plain floats: F32, F16 and BF16, a "block" of one value each. They do no scaling.

use super::bytes::{float_to_half, half_to_float};
use super::{Block, Encode};

/// 4 bytes, little-endian.
pub(super) struct F32;

impl Block<1, 4> for F32 {
    const NAME: &'static str = "F32";
    const GGUF_ID: Option<u32> = Some(0);
    const ENCODE: Option<Encode<1, 4>> = Some(|[value]| Some(value.to_le_bytes()));

    #[inline(always)]
    fn decode(block: &[u8; 4], [value]: &mut [f32; 1]) {
        *value = f32::from_le_bytes(*block);
    }
}

/// IEEE 754 binary16, little-endian.
pub(super) struct F16;

impl Block<1, 2> for F16 {
    const NAME: &'static str = "F16";
    const GGUF_ID: Option<u32> = Some(1);
    const ENCODE: Option<Encode<1, 2>> = Some(|[value]| Some(float_to_half(*value).to_le_bytes()));

    #[inline(always)]
    fn decode(block: &[u8; 2], [value]: &mut [f32; 1]) {
        *value = half_to_float(u16::from_le_bytes(*block));
    }
}

/// The upper 16 bits of a 32-bit float, little-endian.
pub(super) struct BF16;

impl Block<1, 2> for BF16 {
    const NAME: &'static str = "BF16";
    const GGUF_ID: Option<u32> = Some(30);
    const ENCODE: Option<Encode<1, 2>> = Some(|[value]| Some(encode_bf16(*value).to_le_bytes()));

    #[inline(always)]
    fn decode(block: &[u8; 2], [value]: &mut [f32; 1]) {
        *value = f32::from_bits(u32::from(u16::from_le_bytes(*block)) << 16);
    }
}

/// Rounds to nearest, ties to even. A NaN keeps its sign and the upper bits of its payload, made quiet.
fn encode_bf16(value: f32) -> u16 {
    let bits = value.to_bits();
    if value.is_nan() {
        return (bits >> 16) as u16 | 1 << 6;
    }
    // The rounding may carry into the exponent, up to infinity: that is the correct result. No
    // overflow: the bits of a number are at most 0xff80_0000.
    let last_kept = bits >> 16 & 1;
    ((bits + 0x7fff + last_kept) >> 16) as u16
}
