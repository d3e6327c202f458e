//! MXFP4: blocks of 32 values, `2^(exponent - 127) * element` with 4-bit float elements (E2M1), the OCP
//! microscaling format.
//!
//! | bytes | |
//! | --- | --- |
//! | 0 | exponent |
//! | 1..17 | elements: the low nibbles are values 0..16, the high ones values 16..32 |
//!
//! The standard makes exponent 255 a NaN; ggml does not, and neither does this file: it is 2^128,
//! which overflows for elements of two and more and gives finite values for the others.
//!
//! safetensors keep elements and exponents in two tensors; [`join`] makes blocks of them.

use super::bytes::{field, join_nibbles, nibbles_of_32, set_field};
use super::fit::{all_finite, largest};
use super::{Block, Encode, EncodeImportant};

/// The elements, doubled so that they are whole numbers. The upper bit is the sign (and there is no
/// negative zero: ggml decodes it to zero).
pub(crate) const DOUBLED_ELEMENTS: [i8; 16] = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

pub(super) struct MXFP4;

impl Block<32, 17> for MXFP4 {
    const NAME: &'static str = "MXFP4";
    const GGUF_ID: u32 = 39;
    const ENCODE: Option<Encode<32, 17>> = Some(|values| encode(values, &[1.0; 32]));
    const ENCODE_IMPORTANT: Option<EncodeImportant<32, 17>> =
        Some(|values, importance, _| encode(values, importance));

    fn decode(block: &[u8; 17], values: &mut [f32; 32]) {
        let scale = half_scale(block[0]);
        let elements = nibbles_of_32(field(block, 1));
        for (value, element) in values.iter_mut().zip(elements) {
            *value = f32::from(DOUBLED_ELEMENTS[usize::from(element)]) * scale;
        }
    }
}

/// Chooses the exponent of least weighted squared error among three: the one with which the largest magnitude is at
/// least four and below eight, of which elements reach six, and its neighbours. (ggml takes the first.)
fn encode(values: &[f32; 32], weights: &[f32; 32]) -> Option<[u8; 17]> {
    all_finite(values)?;
    // The exponent of a float, in its own bias, which the format shares; four is two more.
    let usual = (largest(values).abs().to_bits() >> 23) as i32 - 2;
    let mut least = f64::INFINITY;
    let mut block = [0; 17];
    for exponent in [usual, usual + 1, usual - 1] {
        let exponent = exponent.clamp(0, 254) as u8;
        // Exact in 64 bits, as are all elements times it.
        let half_scale = f64::from(half_scale(exponent));
        let elements = values.map(|value| nearest_element(f64::from(value) / half_scale));
        let mut error = 0.0;
        for ((value, weight), element) in values.iter().zip(weights).zip(&elements) {
            let stored = f64::from(DOUBLED_ELEMENTS[usize::from(*element)]) * half_scale;
            error += f64::from(*weight) * (f64::from(*value) - stored).powi(2);
        }
        if error < least {
            least = error;
            block[0] = exponent;
            set_field::<16>(&mut block, 1, &join_nibbles(field(&elements, 0), field(&elements, 16)));
        }
    }
    Some(block)
}

/// The element nearest to half of `doubled`; of two the smaller one.
fn nearest_element(doubled: f64) -> u8 {
    // Half way between neighbours among the doubled elements.
    const BORDERS: [f64; 7] = [0.5, 1.5, 2.5, 3.5, 5.0, 7.0, 10.0];
    let magnitude = BORDERS.iter().filter(|border| doubled.abs() > **border).count() as u8;
    // There is no negative zero.
    if doubled < 0.0 && magnitude > 0 {
        magnitude | 8
    } else {
        magnitude
    }
}

/// Joins blocks whose exponents are stored apart from their elements, as gpt-oss does in safetensors:
/// 16 bytes of elements a block with neighbours in one byte, the even one in the low nibble.
pub(crate) fn join(elements: &[u8], exponents: &[u8], blocks: &mut [u8]) {
    let (elements, _) = elements.as_chunks::<16>();
    let (blocks, _) = blocks.as_chunks_mut::<17>();
    for ((block, elements), exponent) in blocks.iter_mut().zip(elements).zip(exponents) {
        block[0] = *exponent;
        for pair in 0..8 {
            // Values `2 * pair` and the next, and those 16 further on.
            let (near, far) = (elements[pair], elements[pair + 8]);
            block[1 + 2 * pair] = near & 15 | far << 4;
            block[2 + 2 * pair] = near >> 4 | far & 0xf0;
        }
    }
}

/// `2^(exponent - 128)`: half the block's scale, for the doubled elements. The two smallest are
/// subnormal floats.
#[inline(always)]
pub(crate) fn half_scale(exponent: u8) -> f32 {
    f32::from_bits(match exponent {
        0 | 1 => 1 << (21 + exponent),
        _ => u32::from(exponent - 1) << 23,
    })
}
