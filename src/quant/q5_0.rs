//! Q5_0: blocks of 32 values, `scale * (quant - 16)`.
//!
//! | bytes | |
//! | --- | --- |
//! | 0..2 | scale, binary16 |
//! | 2..6 | the fifth bits: bit `j` of the little-endian number belongs to value `j` |
//! | 6..22 | the lower four bits: low nibbles are values 0..16, high ones values 16..32 |

use super::bytes::{field, five_bits_of_32, half_at};
use super::Block;

#[allow(non_camel_case_types)]
pub(super) struct Q5_0;

impl Block<32, 22> for Q5_0 {
    const NAME: &'static str = "Q5_0";
    const GGUF_ID: u32 = 6;

    fn decode(block: &[u8; 22], values: &mut [f32; 32]) {
        let scale = half_at(block, 0);
        let quants = five_bits_of_32(field(block, 6), field(block, 2));
        for (value, quant) in values.iter_mut().zip(quants) {
            *value = f32::from(quant as i8 - 16) * scale;
        }
    }
}
