//! IQ4_XS: blocks of 256 values in 8 groups of 32, `(d * (scale - 32)) * LEVELS[quant]`.
//!
//! | bytes | |
//! | --- | --- |
//! | 0..2 | d, the scale of the scales, binary16 |
//! | 2..4 | the upper two bits of the scales: bits 2k and 2k+1 of the little-endian number are group `k`'s |
//! | 4..8 | the lower four bits of the scales: a byte holds two groups, the first in its low nibble |
//! | 8..136 | quants: 16 bytes hold a group as in IQ4_NL |

use super::bytes::{field, half_at};
use super::iq4_nl::decode_levels;
use super::Block;

#[allow(non_camel_case_types)]
pub(super) struct IQ4_XS;

impl Block<256, 136> for IQ4_XS {
    const NAME: &'static str = "IQ4_XS";
    const GGUF_ID: Option<u32> = Some(23);

    fn decode(block: &[u8; 136], values: &mut [f32; 256]) {
        let d = half_at(block, 0);
        let scales = scales(field(block, 2), field(block, 4));
        for (i, values) in values.as_chunks_mut::<32>().0.iter_mut().enumerate() {
            decode_levels(d * f32::from(scales[i]), field(block, 8 + 16 * i), values);
        }
    }
}

/// The scales of the 8 groups, each from -32 to 31, from their upper two and lower four bits.
pub(super) fn scales(upper: &[u8; 2], lower: &[u8; 4]) -> [i8; 8] {
    let upper = u16::from_le_bytes(*upper);
    std::array::from_fn(|i| {
        let low = lower[i / 2] >> (i % 2 * 4) & 15;
        let high = (upper >> (2 * i) & 3) as u8;
        (low | high << 4) as i8 - 32
    })
}
