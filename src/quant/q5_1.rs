//! Q5_1: blocks of 32 values, `scale * quant + minimum`.
//!
//! | bytes | |
//! | --- | --- |
//! | 0..2 | scale, binary16 |
//! | 2..4 | minimum, binary16 |
//! | 4..8 | the fifth bits: bit `j` of the little-endian number belongs to value `j` |
//! | 8..24 | the lower four bits: low nibbles are values 0..16, high ones values 16..32 |

use super::affine::fine_search;
use super::bytes::{field, finite_half, five_bits_of_32, half_at, join_five_bits, set_field};
use super::fit::{all_finite, fit_affine, inverse_or_zero, weights_by_importance};
use super::{Block, Encode, EncodeImportant};

#[allow(non_camel_case_types)]
pub(super) struct Q5_1;

impl Block<32, 24> for Q5_1 {
    const NAME: &'static str = "Q5_1";
    const GGUF_ID: u32 = 7;
    const ENCODE: Option<Encode<32, 24>> = Some(encode);
    const ENCODE_IMPORTANT: Option<EncodeImportant<32, 24>> = Some(encode_important);

    fn decode(block: &[u8; 24], values: &mut [f32; 32]) {
        let scale = half_at(block, 0);
        let minimum = half_at(block, 2);
        let quants = five_bits_of_32(field(block, 8), field(block, 4));
        for (value, quant) in values.iter_mut().zip(quants) {
            *value = f32::from(quant) * scale + minimum;
        }
    }
}

/// The least value becomes 0 and the greatest 31; the others are rounded to the nearest quant (ties
/// upwards).
fn encode(values: &[f32; 32]) -> Option<[u8; 24]> {
    all_finite(values)?;
    let minimum = values.iter().copied().fold(f32::MAX, f32::min);
    let maximum = values.iter().copied().fold(f32::MIN, f32::max);
    let scale = (maximum - minimum) / 31.0;
    let inverse = inverse_or_zero(scale);
    // The conversion truncates, and the half makes that a rounding.
    pack(scale, minimum, values.map(|value| (((value - minimum) * inverse + 0.5) as u8).min(31)))
}

fn encode_important(values: &[f32; 32], importance: &[f32; 32], mean_square: f32) -> Option<[u8; 24]> {
    all_finite(values)?;
    let weights = weights_by_importance(values, importance, mean_square);
    let mut quants = [0; 32];
    let (scale, minimum) = fit_affine(values, &weights, &fine_search(31), &mut quants);
    pack(scale, -minimum, quants)
}

fn pack(scale: f32, minimum: f32, quants: [u8; 32]) -> Option<[u8; 24]> {
    let (high, low) = join_five_bits(&quants);
    let mut block = [0; 24];
    set_field(&mut block, 0, &finite_half(scale)?);
    set_field(&mut block, 2, &finite_half(minimum)?);
    set_field(&mut block, 4, &high);
    set_field(&mut block, 8, &low);
    Some(block)
}
