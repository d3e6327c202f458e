//! Q4_0: blocks of 32 values, `scale * (quant - 8)`.
//!
//! | bytes | |
//! | --- | --- |
//! | 0..2 | scale, binary16 |
//! | 2..18 | quants: the low nibbles are values 0..16, the high ones values 16..32 |

use super::bytes::{field, finite_half, half_at, join_nibbles, nibbles_of_32, set_field};
use super::fit::{all_finite, fit_important, inverse_or_zero, largest};
use super::{Block, Encode, EncodeImportant};

#[allow(non_camel_case_types)]
pub(super) struct Q4_0;

impl Block<32, 18> for Q4_0 {
    const NAME: &'static str = "Q4_0";
    const GGUF_ID: u32 = 2;
    const ENCODE: Option<Encode<32, 18>> = Some(encode);
    const ENCODE_IMPORTANT: Option<EncodeImportant<32, 18>> = Some(encode_important);

    fn decode(block: &[u8; 18], values: &mut [f32; 32]) {
        let scale = half_at(block, 0);
        let quants = nibbles_of_32(field(block, 2));
        for (value, quant) in values.iter_mut().zip(quants) {
            *value = f32::from(quant as i8 - 8) * scale;
        }
    }
}

/// The value of largest magnitude becomes -8 exactly; the others are rounded to the nearest quant
/// (ties upwards), at most 7.
fn encode(values: &[f32; 32]) -> Option<[u8; 18]> {
    all_finite(values)?;
    let scale = largest(values) / -8.0;
    let inverse = inverse_or_zero(scale);
    // The conversion truncates, and the half makes that a rounding.
    pack(scale, values.map(|value| ((value * inverse + 8.5) as u8).min(15)))
}

fn encode_important(values: &[f32; 32], importance: &[f32; 32], mean_square: f32) -> Option<[u8; 18]> {
    let (scale, quants) = fit_important(values, importance, mean_square, 8)?;
    pack(scale, quants)
}

fn pack(scale: f32, quants: [u8; 32]) -> Option<[u8; 18]> {
    let mut block = [0; 18];
    set_field(&mut block, 0, &finite_half(scale)?);
    set_field::<16>(&mut block, 2, &join_nibbles(field(&quants, 0), field(&quants, 16)));
    Some(block)
}
