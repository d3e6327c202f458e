//! Q4_1: blocks of 32 values, `scale * quant + minimum`.
//!
//! | bytes | |
//! | --- | --- |
//! | 0..2 | scale, binary16 |
//! | 2..4 | minimum, binary16 |
//! | 4..20 | quants: the low nibbles are values 0..16, the high ones values 16..32 |

use super::bytes::{field, half_at, nibbles_of_32};
use super::Block;

#[allow(non_camel_case_types)]
pub(super) struct Q4_1;

impl Block<32, 20> for Q4_1 {
    const NAME: &'static str = "Q4_1";
    const GGUF_ID: Option<u32> = Some(3);

    fn decode(block: &[u8; 20], values: &mut [f32; 32]) {
        let scale = half_at(block, 0);
        let minimum = half_at(block, 2);
        let quants = nibbles_of_32(field(block, 4));
        for (value, quant) in values.iter_mut().zip(quants) {
            *value = f32::from(quant) * scale + minimum;
        }
    }
}
