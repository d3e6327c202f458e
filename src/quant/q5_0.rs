//! Q5_0: blocks of 32 values, `scale * (quant - 16)`.
//!
//! | bytes | |
//! | --- | --- |
//! | 0..2 | scale, binary16 |
//! | 2..6 | the fifth bits: bit `j` of the little-endian number belongs to value `j` |
//! | 6..22 | the lower four bits: low nibbles are values 0..16, high ones values 16..32 |

use super::bytes::{field, finite_half, five_bits_of_32, half_at, join_five_bits, set_field};
use super::fit::{all_finite, fit_important, inverse_or_zero, largest};
use super::{Block, Encode, EncodeImportant};

#[allow(non_camel_case_types)]
pub(super) struct Q5_0;

impl Block<32, 22> for Q5_0 {
    const NAME: &'static str = "Q5_0";
    const GGUF_ID: u32 = 6;
    const ENCODE: Option<Encode<32, 22>> = Some(encode);
    const ENCODE_IMPORTANT: Option<EncodeImportant<32, 22>> = Some(encode_important);

    fn decode(block: &[u8; 22], values: &mut [f32; 32]) {
        let scale = half_at(block, 0);
        let quants = five_bits_of_32(field(block, 6), field(block, 2));
        for (value, quant) in values.iter_mut().zip(quants) {
            *value = f32::from(quant as i8 - 16) * scale;
        }
    }
}

/// The value of largest magnitude becomes -16 exactly; the others are rounded to the nearest quant
/// (ties upwards), at most 15.
fn encode(values: &[f32; 32]) -> Option<[u8; 22]> {
    all_finite(values)?;
    let scale = largest(values) / -16.0;
    let inverse = inverse_or_zero(scale);
    // The conversion truncates, and the half makes that a rounding.
    pack(scale, values.map(|value| ((value * inverse + 16.5) as u8).min(31)))
}

fn encode_important(values: &[f32; 32], importance: &[f32; 32], mean_square: f32) -> Option<[u8; 22]> {
    let (scale, quants) = fit_important(values, importance, mean_square, 16)?;
    pack(scale, quants)
}

fn pack(scale: f32, quants: [u8; 32]) -> Option<[u8; 22]> {
    let (high, low) = join_five_bits(&quants);
    let mut block = [0; 22];
    set_field(&mut block, 0, &finite_half(scale)?);
    set_field(&mut block, 2, &high);
    set_field(&mut block, 6, &low);
    Some(block)
}
