//! Q2_K: blocks of 256 values in 16 groups of 16, `(d * scale) * quant - dmin * minimum`.
//!
//! | bytes | |
//! | --- | --- |
//! | 0..16 | for each group its scale (low nibble) and minimum (high nibble) |
//! | 16..80 | quants: 32 bytes hold 128 values, the lowest two bits of each byte the first 32 of them |
//! | 80..82 | d, the scale of the scales, binary16 |
//! | 82..84 | dmin, the scale of the minima, binary16 |

use super::bytes::{field, half_at};
use super::Block;

#[allow(non_camel_case_types)]
pub(super) struct Q2_K;

impl Block<256, 84> for Q2_K {
    const NAME: &'static str = "Q2_K";
    const GGUF_ID: Option<u32> = Some(10);

    fn decode(block: &[u8; 84], values: &mut [f32; 256]) {
        let scales: &[u8; 16] = field(block, 0);
        let quants: &[u8; 64] = field(block, 16);
        let d = half_at(block, 80);
        let dmin = half_at(block, 82);
        for (group, values) in values.as_chunks_mut::<16>().0.iter_mut().enumerate() {
            let scale = d * f32::from(scales[group] & 15);
            let minimum = dmin * f32::from(scales[group] >> 4);
            let (start, shift) = two_bit_place(group);
            for (value, byte) in values.iter_mut().zip(&quants[start..start + 16]) {
                *value = scale * f32::from(byte >> shift & 3) - minimum;
            }
        }
    }
}

/// Where the two-bit quants of a group of 16 lie, in Q2_K and Q3_K: the first of their 16 bytes, and
/// the shift. 8 groups share 32 bytes; each pair of groups has its two bits in all of them.
#[inline(always)]
pub(super) fn two_bit_place(group: usize) -> (usize, usize) {
    (group / 8 * 32 + group % 2 * 16, group % 8 / 2 * 2)
}
