//! IQ4_NL: blocks of 32 values, `scale * LEVELS[quant]`.
//!
//! | bytes | |
//! | --- | --- |
//! | 0..2 | scale, binary16 |
//! | 2..18 | quants: the low nibbles are values 0..16, the high ones values 16..32 |

use super::bytes::{field, half_at, nibbles_of_32};
use super::Block;

/// The levels of the 4-bit quants of IQ4_NL and IQ4_XS: denser near zero, where weights are.
pub(crate) const LEVELS: [i8; 16] =
    [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

#[allow(non_camel_case_types)]
pub(super) struct IQ4_NL;

impl Block<32, 18> for IQ4_NL {
    const NAME: &'static str = "IQ4_NL";
    const GGUF_ID: Option<u32> = Some(20);

    fn decode(block: &[u8; 18], values: &mut [f32; 32]) {
        let scale = half_at(block, 0);
        decode_levels(scale, field(block, 2), values);
    }
}

/// 32 values of one scale.
#[inline(always)]
pub(super) fn decode_levels(scale: f32, quants: &[u8; 16], values: &mut [f32; 32]) {
    for (value, quant) in values.iter_mut().zip(nibbles_of_32(quants)) {
        *value = scale * f32::from(LEVELS[usize::from(quant)]);
    }
}
