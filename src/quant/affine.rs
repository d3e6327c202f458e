//! What Q4_K and Q5_K share: blocks of 256 values in 8 groups of 32, `(d * scale) * quant - dmin * minimum`
//! with unsigned 6-bit scales and minima, and their encoder. The quants' bits are each format's own.

use super::bytes::{field, finite_half, half_at, set_field};
use super::fit::{all_finite, fit_affine, fit_multiples, nearest, weights_by_importance, AffineSearch};

/// The head of a block.
///
/// | bytes | |
/// | --- | --- |
/// | 0..2 | d, the scale of the scales, binary16 |
/// | 2..4 | dmin, the scale of the minima, binary16 |
/// | 4..16 | 6-bit scales and minima, see [`scales_and_minima`] |
pub(super) const HEAD: usize = 16;

/// The 8 scales and the 8 minima of a block from their 12 bytes.
///
/// Groups 0..4: the lower six bits of bytes 0..4 (scales) and 4..8 (minima). Groups 4..8: the lower
/// four bits are the low (scales) and high (minima) nibbles of bytes 8..12; the upper two are the
/// upper two bits of bytes 0..4 (scales) and 4..8 (minima).
#[inline(always)]
pub(super) fn scales_and_minima(packed: &[u8; 12]) -> ([u8; 8], [u8; 8]) {
    let mut scales = [0; 8];
    let mut minima = [0; 8];
    for i in 0..4 {
        scales[i] = packed[i] & 63;
        minima[i] = packed[4 + i] & 63;
        scales[4 + i] = packed[8 + i] & 15 | packed[i] >> 6 << 4;
        minima[4 + i] = packed[8 + i] >> 4 | packed[4 + i] >> 6 << 4;
    }
    (scales, minima)
}

/// The inverse of [`scales_and_minima`].
fn pack_scales_and_minima(scales: &[u8; 8], minima: &[u8; 8]) -> [u8; 12] {
    let mut packed = [0; 12];
    for i in 0..4 {
        packed[i] = scales[i] | scales[4 + i] >> 4 << 6;
        packed[4 + i] = minima[i] | minima[4 + i] >> 4 << 6;
        packed[8 + i] = scales[4 + i] & 15 | (minima[4 + i] & 15) << 4;
    }
    packed
}

/// The multiplier and the subtrahend of each of the 8 groups: a value is `quant * multiplier - subtrahend`.
#[inline(always)]
pub(super) fn group_scales(block: &[u8]) -> [(f32, f32); 8] {
    let d = half_at(block, 0);
    let dmin = half_at(block, 2);
    let (scales, minima) = scales_and_minima(field(block, 4));
    std::array::from_fn(|i| (d * f32::from(scales[i]), dmin * f32::from(minima[i])))
}

/// Chooses scales, minima and quants for 256 values; returns the head of the block and the quants.
///
/// Each group is fitted on its own; the scales and minima are then rounded to 6 bits of the largest
/// one, and the quants chosen again for the scales that the decoder will see. An error weighs as much as its value's
/// magnitude plus the root mean square of its group.
pub(super) fn encode(values: &[f32; 256], search: &AffineSearch) -> Option<([u8; HEAD], [u8; 256])> {
    let groups = values.as_chunks::<32>().0;
    let weights: [[f32; 32]; 8] = std::array::from_fn(|i| {
        let mut squares = 0.0;
        for value in &groups[i] {
            squares += value * value;
        }
        let root_mean_square = (squares / 32.0).sqrt();
        groups[i].map(|value| root_mean_square + value.abs())
    });
    encode_weighted(values, &weights, search, |numbers, _| to_six_bits(numbers))
}

/// As [`encode`], where errors weigh as much as their values' importance says.
pub(super) fn encode_important(
    values: &[f32; 256],
    importance: &[f32; 256],
    levels: i32,
) -> Option<([u8; HEAD], [u8; 256])> {
    let mut squares = 0.0;
    for value in values {
        squares += value * value;
    }
    let (groups, importance) = (values.as_chunks::<32>().0, importance.as_chunks::<32>().0);
    let weights: [[f32; 32]; 8] =
        std::array::from_fn(|i| weights_by_importance(&groups[i], &importance[i], 2.0 * squares / 256.0));
    encode_weighted(values, &weights, &fine_search(levels), |numbers, weights| {
        let mut multiples = [0; 8];
        (fit_multiples(numbers, weights, 63, &mut multiples), multiples)
    })
}

/// The finer search of encoders that know what is important.
pub(super) fn fine_search(levels: i32) -> AffineSearch {
    AffineSearch { levels, first: -0.9, step: 0.05, steps: 36 }
}

/// `six_bits` makes a step and 6-bit multiples of the groups' scales, and of their minima; it is told the groups'
/// weights.
fn encode_weighted(
    values: &[f32; 256],
    weights: &[[f32; 32]; 8],
    search: &AffineSearch,
    six_bits: impl Fn(&[f32; 8], &[f32; 8]) -> (f32, [u8; 8]),
) -> Option<([u8; HEAD], [u8; 256])> {
    all_finite(values)?;
    let mut quants = [0; 256];
    let mut scales = [0.0f32; 8];
    let mut minima = [0.0f32; 8];
    let groups = values.as_chunks::<32>().0;
    let group_quants = quants.as_chunks_mut::<32>().0;
    for i in 0..8 {
        (scales[i], minima[i]) = fit_affine(&groups[i], &weights[i], search, &mut group_quants[i]);
    }

    let mut of_groups = [0.0f32; 8];
    for (sum, weights) in of_groups.iter_mut().zip(weights) {
        weights.iter().for_each(|weight| *sum += weight);
    }
    let (d, scales) = six_bits(&scales, &of_groups);
    let (dmin, minima) = six_bits(&minima, &of_groups);
    let mut head = [0; HEAD];
    set_field(&mut head, 0, &finite_half(d)?);
    set_field(&mut head, 2, &finite_half(dmin)?);
    set_field(&mut head, 4, &pack_scales_and_minima(&scales, &minima));

    for (i, (scale, minimum)) in group_scales(&head).into_iter().enumerate() {
        // A scale that rounded to zero keeps the quants of the fit: the decoder ignores them.
        if scale != 0.0 {
            for (quant, value) in group_quants[i].iter_mut().zip(&groups[i]) {
                *quant = nearest((value + minimum) / scale).clamp(0, search.levels) as u8;
            }
        }
    }
    Some((head, quants))
}

/// Eight non-negative numbers as 6-bit multiples of a step.
fn to_six_bits(numbers: &[f32; 8]) -> (f32, [u8; 8]) {
    let largest = numbers.iter().copied().fold(0.0, f32::max);
    let inverse = if largest > 0.0 { 63.0 / largest } else { 0.0 };
    let multiples = numbers.map(|number| nearest(inverse * number).clamp(0, 63) as u8);
    (largest / 63.0, multiples)
}
