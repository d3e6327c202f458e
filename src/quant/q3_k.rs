//! Q3_K: blocks of 256 values in 16 groups of 16, `(d * (scale - 32)) * (quant - 4)`.
//!
//! | bytes | |
//! | --- | --- |
//! | 0..32 | the third bits: bit `k` of byte `l` belongs to value `32 * k + l` |
//! | 32..96 | the lower two bits, in the order of Q2_K |
//! | 96..108 | 6-bit scales, see `scales` |
//! | 108..110 | d, the scale of the scales, binary16 |

use super::bytes::{field, half_at};
use super::q2_k::two_bit_place;
use super::Block;

#[allow(non_camel_case_types)]
pub(super) struct Q3_K;

impl Block<256, 110> for Q3_K {
    const NAME: &'static str = "Q3_K";
    const GGUF_ID: Option<u32> = Some(11);

    fn decode(block: &[u8; 110], values: &mut [f32; 256]) {
        let high: &[u8; 32] = field(block, 0);
        let low: &[u8; 64] = field(block, 32);
        let scales = scales(field(block, 96));
        let d = half_at(block, 108);
        for (group, values) in values.as_chunks_mut::<16>().0.iter_mut().enumerate() {
            let scale = d * f32::from(scales[group]);
            let (start, shift) = two_bit_place(group);
            let low: &[u8; 16] = field(low, start);
            let high: &[u8; 16] = field(high, start % 32);
            for (i, value) in values.iter_mut().enumerate() {
                let quant = (low[i] >> shift & 3) | (high[i] >> (group / 2) & 1) << 2;
                *value = scale * f32::from(quant as i8 - 4);
            }
        }
    }
}

/// The 16 scales, each from -32 to 31. The lower four bits of scales 0..8 are the low nibbles of bytes
/// 0..8, those of scales 8..16 the high nibbles; the upper two bits of scales 4k..4k+4 are bits
/// 2k and 2k+1 of bytes 8..12.
pub(super) fn scales(packed: &[u8; 12]) -> [i8; 16] {
    std::array::from_fn(|i| {
        let low = packed[i % 8] >> (i / 8 * 4) & 15;
        let high = packed[8 + i % 4] >> (i / 4 * 2) & 3;
        (low | high << 4) as i8 - 32
    })
}
