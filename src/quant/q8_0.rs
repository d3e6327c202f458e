//! Q8_0: blocks of 32 values, `scale * quant`.
//!
//! | bytes | |
//! | --- | --- |
//! | 0..2 | scale, binary16 |
//! | 2..34 | quants, signed bytes |

use super::bytes::{field, finite_half, half_at, set_field};
use super::fit::{all_finite, inverse_or_zero, largest};
use super::{Block, Encode};

#[allow(non_camel_case_types)]
pub(super) struct Q8_0;

impl Block<32, 34> for Q8_0 {
    const NAME: &'static str = "Q8_0";
    const GGUF_ID: Option<u32> = Some(8);
    const ENCODE: Option<Encode<32, 34>> = Some(encode);

    fn decode(block: &[u8; 34], values: &mut [f32; 32]) {
        let scale = half_at(block, 0);
        let quants: &[u8; 32] = field(block, 2);
        for (value, &quant) in values.iter_mut().zip(quants) {
            *value = f32::from(quant as i8) * scale;
        }
    }
}

/// The largest magnitude becomes 127; ties are rounded away from zero.
fn encode(values: &[f32; 32]) -> Option<[u8; 34]> {
    all_finite(values)?;
    let scale = largest(values).abs() / 127.0;
    let inverse = inverse_or_zero(scale);
    let mut block = [0; 34];
    set_field(&mut block, 0, &finite_half(scale)?);
    let quants = values.map(|value| (value * inverse).round() as i8 as u8);
    set_field(&mut block, 2, &quants);
    Some(block)
}
