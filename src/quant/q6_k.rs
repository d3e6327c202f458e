//! Q6_K: blocks of 256 values in 16 groups of 16, `(d * scale) * (quant - 32)`.
//!
//! | bytes | |
//! | --- | --- |
//! | 0..128 | the lower four bits: 64 bytes hold 128 values, the first 64 in the low nibbles |
//! | 128..192 | the upper two bits: 32 bytes hold 128 values, the lowest two bits the first 32 of them |
//! | 192..208 | scales, signed bytes |
//! | 208..210 | d, the scale of the scales, binary16 |

use super::bytes::{field, finite_half, half_at, half_to_float, join_nibbles, set_field, split_nibbles};
use super::fit::{all_finite, fit_symmetric, nearest, NEGLIGIBLE};
use super::{Block, Encode, EncodeImportant};

const HIGH: usize = 128;
const SCALES: usize = 192;
const D: usize = 208;

#[allow(non_camel_case_types)]
pub(super) struct Q6_K;

impl Block<256, 210> for Q6_K {
    const NAME: &'static str = "Q6_K";
    const GGUF_ID: u32 = 14;
    const ENCODE: Option<Encode<256, 210>> =
        Some(|values| encode(values, &values.map(|value| value * value)));
    const ENCODE_IMPORTANT: Option<EncodeImportant<256, 210>> = Some(|values, importance, _| {
        let (groups, mut weights) = (values.as_chunks::<16>().0, *importance);
        for (weights, group) in weights.as_chunks_mut::<16>().0.iter_mut().zip(groups) {
            // Nothing is known of a group without importance: it is no reason to store zeros.
            if weights.iter().all(|weight| *weight == 0.0) {
                *weights = group.map(|value| value * value);
            }
        }
        encode(values, &weights)
    });

    fn decode(block: &[u8; 210], values: &mut [f32; 256]) {
        let scales: &[u8; 16] = field(block, SCALES);
        let d = half_at(block, D);
        let groups = values.as_chunks_mut::<16>().0;
        for half in 0..2 {
            let (low, high) = split_nibbles::<64>(field(block, 64 * half));
            let upper: &[u8; 32] = field(block, HIGH + 32 * half);
            for i in 0..8 {
                let nibbles: &[u8; 16] = field(if i < 4 { &low } else { &high }, i % 4 * 16);
                let upper: &[u8; 16] = field(upper, i % 2 * 16);
                let scale = d * f32::from(scales[8 * half + i] as i8);
                for (j, value) in groups[8 * half + i].iter_mut().enumerate() {
                    let quant = nibbles[j] | (upper[j] >> (i / 2 * 2) & 3) << 4;
                    *value = scale * f32::from(quant as i8 - 32);
                }
            }
        }
    }
}

/// Each group is fitted on its own; the scales are then rounded to 8 bits so that the largest becomes
/// -128, and the quants chosen again for the scales that the decoder will see.
fn encode(values: &[f32; 256], weights: &[f32; 256]) -> Option<[u8; 210]> {
    all_finite(values)?;
    let mut quants = [0; 256];
    let (groups, weights) = (values.as_chunks::<16>().0, weights.as_chunks::<16>().0);
    let group_quants = quants.as_chunks_mut::<16>().0;
    let mut group_scales = [0.0f32; 16];
    let mut largest = 0.0f32;
    for i in 0..16 {
        group_scales[i] = fit_symmetric(&groups[i], &weights[i], 32, &mut group_quants[i]);
        if !group_scales[i].is_finite() {
            return None;
        }
        if group_scales[i].abs() > largest.abs() {
            largest = group_scales[i];
        }
    }
    let mut block = [0; 210];
    if largest.abs() < NEGLIGIBLE {
        return Some(block);
    }

    let inverse = -128.0 / largest;
    let d = finite_half(1.0 / inverse)?;
    let scales = group_scales.map(|scale| nearest(inverse * scale).min(127) as i8);
    for i in 0..16 {
        // A scale that rounded to zero keeps the quants of the fit: the decoder ignores them.
        let scale = half_to_float(u16::from_le_bytes(d)) * f32::from(scales[i]);
        if scale != 0.0 {
            for (quant, value) in group_quants[i].iter_mut().zip(&groups[i]) {
                *quant = (nearest(value / scale).clamp(-32, 31) + 32) as u8;
            }
        }
    }

    set_field(&mut block, SCALES, &scales.map(|scale| scale as u8));
    set_field(&mut block, D, &d);
    for (half, quants) in quants.as_chunks::<128>().0.iter().enumerate() {
        let low = quants.map(|quant| quant & 15);
        let bytes = join_nibbles::<64>(field(&low, 0), field(&low, 64));
        set_field(&mut block, 64 * half, &bytes);
        let upper: [u8; 32] =
            std::array::from_fn(|l| (0..4).fold(0, |byte, k| byte | quants[32 * k + l] >> 4 << (2 * k)));
        set_field(&mut block, HIGH + 32 * half, &upper);
    }
    Some(block)
}
