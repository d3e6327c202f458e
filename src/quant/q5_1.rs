//! Q5_1: blocks of 32 values, `scale * quant + minimum`.
//!
//! | bytes | |
//! | --- | --- |
//! | 0..2 | scale, binary16 |
//! | 2..4 | minimum, binary16 |
//! | 4..8 | the fifth bits: bit `j` of the little-endian number belongs to value `j` |
//! | 8..24 | the lower four bits: low nibbles are values 0..16, high ones values 16..32 |

use super::bytes::{field, five_bits_of_32, half_at};
use super::Block;

#[allow(non_camel_case_types)]
pub(super) struct Q5_1;

impl Block<32, 24> for Q5_1 {
    const NAME: &'static str = "Q5_1";
    const GGUF_ID: u32 = 7;

    fn decode(block: &[u8; 24], values: &mut [f32; 32]) {
        let scale = half_at(block, 0);
        let minimum = half_at(block, 2);
        let quants = five_bits_of_32(field(block, 8), field(block, 4));
        for (value, quant) in values.iter_mut().zip(quants) {
            *value = f32::from(quant) * scale + minimum;
        }
    }
}
