//! FP8: 8-bit floats with 4 bits of exponent and 3 of mantissa, and their scales (DeepSeek-V3, section 3.3,
//! <https://arxiv.org/abs/2412.19437>; the format is E4M3 of <https://arxiv.org/abs/2209.05433>).
//!
//! | bits | |
//! | --- | --- |
//! | 7 | sign |
//! | 3..7 | exponent, bias 7; 0 is for subnormal numbers |
//! | 0..3 | mantissa |
//!
//! There are no infinities: all ones is a NaN, and the largest number is 448. A matrix has a factor for
//! each block of 128 rows and 128 columns, which safetensors keep in a tensor of its own.

use super::bytes::half_to_float;
use super::Block;

/// Rows, and columns, of a block of weights that share a scale.
pub(crate) const SCALE_BLOCK: usize = 128;

/// One number. Its scale is not part of it.
#[allow(non_camel_case_types)]
pub(super) struct F8_E4M3;

impl Block<1, 1> for F8_E4M3 {
    const NAME: &'static str = "F8_E4M3";
    const GGUF_ID: Option<u32> = None;

    #[inline(always)]
    fn decode([byte]: &[u8; 1], [value]: &mut [f32; 1]) {
        let (sign, magnitude) = (u16::from(byte >> 7), u16::from(byte & 0x7f));
        *value = match magnitude {
            0x7f => f32::NAN,
            // As a half-precision float, whose exponent has one bit more and a bias that is larger by 8.
            _ => half_to_float(sign << 15 | magnitude << 7) * 256.0,
        };
    }
}

/// Multiplies a row of decoded numbers, or a part of it that begins with a block, with the scales of its
/// blocks.
pub(crate) fn scale(values: &mut [f32], scales: &[f32]) {
    for (values, scale) in values.chunks_mut(SCALE_BLOCK).zip(scales) {
        values.iter_mut().for_each(|value| *value *= scale);
    }
}
