//! How the encoders choose scales: searches by weighted least squares over a few candidate scales.
//!
//! The searches are those that ggml published with its formats, and the order of every sum and
//! product is theirs, so that the blocks come out equal bit for bit. This file knows no layouts.

/// `None` if a value is NaN or infinite: no block can hold it.
pub(super) fn all_finite(values: &[f32]) -> Option<()> {
    values.iter().all(|value| value.is_finite()).then_some(())
}

/// The value of largest magnitude, with its sign; the first of equals; 0 if there is none but zero.
pub(super) fn largest(values: &[f32]) -> f32 {
    let mut largest = 0.0f32;
    for &value in values {
        if value.abs() > largest.abs() {
            largest = value;
        }
    }
    largest
}

/// `1 / scale`; 0 where that is not finite, for a scale of zero or one so small that 16 bits make it
/// zero anyway.
pub(super) fn inverse_or_zero(scale: f32) -> f32 {
    let inverse = 1.0 / scale;
    if inverse.is_finite() {
        inverse
    } else {
        0.0
    }
}

/// The nearest integer, ties to even, for magnitudes below 2^22.
///
/// Adding 1.5 * 2^23 leaves no bits for a fraction, so the addition itself rounds, and the integer
/// is in the low bits. It is far faster than a rounding function where the CPU is not known to have
/// one. A larger magnitude, an infinity or a NaN (a range so small that its inverse overflows)
/// gives some integer of 23 bits, which callers clamp.
#[inline(always)]
pub(super) fn nearest(value: f32) -> i32 {
    const MIDDLE: f32 = 12_582_912.0;
    ((value + MIDDLE).to_bits() & 0x007f_ffff) as i32 - 0x0040_0000
}

/// Groups whose magnitudes all lie below this are stored as zeros.
pub(super) const NEGLIGIBLE: f32 = 1e-15;

/// Which scales [`fit_affine`] tries: those that map the group's range onto
/// `levels + first + step * i` steps, `i` from 0 to `steps`.
pub(super) struct AffineSearch {
    /// The largest quant.
    pub levels: i32,
    pub first: f32,
    pub step: f32,
    pub steps: u8,
}

/// The weights of values whose importance is known: errors of large values matter more. `mean_square`: of the
/// values around them, as far as the format looks.
pub(super) fn weights_by_importance<const N: usize>(
    values: &[f32; N],
    importance: &[f32; N],
    mean_square: f32,
) -> [f32; N] {
    std::array::from_fn(|i| importance[i] * (mean_square + values[i] * values[i]).sqrt())
}

/// Chooses `scale`, `minimum` and quants so that `scale * quant - minimum` approximates the values.
///
/// Minimises the weighted squared error. For each candidate scale the values are rounded to quants, and the best
/// scale and offset for these quants follow from linear regression; an offset above zero is replaced by zero, since
/// minima are stored unsigned.
pub(super) fn fit_affine(
    values: &[f32; 32],
    weights: &[f32; 32],
    search: &AffineSearch,
    quants: &mut [u8; 32],
) -> (f32, f32) {
    let mut sum_w = weights[0];
    let mut sum_x = sum_w * values[0];
    for (w, x) in weights.iter().zip(values).skip(1) {
        sum_w += w;
        sum_x += w * x;
    }
    // The first of equals, for the sign of zero.
    let lowest = values.iter().copied().fold(values[0], |lowest, x| if x < lowest { x } else { lowest });
    let lowest = if lowest > 0.0 { 0.0 } else { lowest };
    let highest = values.iter().copied().fold(values[0], f32::max);
    if highest == lowest {
        *quants = [0; 32];
        return (0.0, -lowest);
    }
    let round = |inverse: f32, offset: f32| {
        values.map(|x| nearest(inverse * (x - offset)).clamp(0, search.levels) as u8)
    };
    let error = |scale: f32, offset: f32, quants: &[u8; 32]| {
        let mut error = 0.0;
        for ((w, x), &q) in weights.iter().zip(values).zip(quants) {
            let difference = scale * f32::from(q) + offset - x;
            error += w * (difference * difference);
        }
        error
    };

    let levels = search.levels as f32;
    let inverse = levels / (highest - lowest);
    *quants = round(inverse, lowest);
    let mut scale = 1.0 / inverse;
    let mut offset = lowest;
    let mut best = error(scale, offset, quants);
    for i in 0..=search.steps {
        // The range starts at the best offset so far, which need not be the lowest value any more.
        let inverse = (search.first + search.step * f32::from(i) + levels) / (highest - offset);
        let candidate = round(inverse, offset);
        let (mut sum_l, mut sum_l2, mut sum_xl) = (0.0, 0.0, 0.0);
        for ((w, x), &q) in weights.iter().zip(values).zip(&candidate) {
            let l = f32::from(q);
            sum_l += w * l;
            sum_l2 += w * l * l;
            sum_xl += w * l * x;
        }
        let determinant = sum_w * sum_l2 - sum_l * sum_l;
        // It is NaN when the sums overflowed.
        if determinant.is_nan() || determinant <= 0.0 {
            continue;
        }
        let mut this_scale = (sum_w * sum_xl - sum_x * sum_l) / determinant;
        let mut this_offset = (sum_l2 * sum_x - sum_l * sum_xl) / determinant;
        if this_offset > 0.0 {
            this_offset = 0.0;
            this_scale = sum_xl / sum_l2;
        }
        let this_error = error(this_scale, this_offset, &candidate);
        if this_error < best {
            best = this_error;
            scale = this_scale;
            offset = this_offset;
            *quants = candidate;
        }
    }
    (scale, -offset)
}

/// Chooses a scale and quants so that `scale * (quant - levels)` approximates the values; quants are below
/// `2 * levels`.
///
/// Minimises the weighted squared error. A candidate maps the value of largest magnitude to a step near `-levels`;
/// the best scale for the rounded values follows from regression.
/// Returns the scale, which is negative where the largest value is positive; not finite if the sums
/// overflow.
pub(super) fn fit_symmetric<const N: usize>(
    values: &[f32; N],
    weights: &[f32; N],
    levels: i32,
    quants: &mut [u8; N],
) -> f32 {
    let largest = largest(values);
    if largest.abs() < NEGLIGIBLE {
        *quants = [0; N];
        return 0.0;
    }
    let round = |inverse: f32| values.map(|x| nearest(inverse * x).clamp(-levels, levels - 1));
    let sums = |rounded: &[i32; N]| {
        let (mut sum_lx, mut sum_l2) = (0.0f32, 0.0f32);
        for ((&w, &x), &l) in weights.iter().zip(values).zip(rounded) {
            let l = l as f32;
            sum_lx += w * x * l;
            sum_l2 += w * l * l;
        }
        (sum_lx, sum_l2)
    };

    let mut chosen = round(-(levels as f32) / largest);
    let (sum_lx, sum_l2) = sums(&chosen);
    let mut scale = if sum_l2 != 0.0 { sum_lx / sum_l2 } else { 0.0 };
    let mut best = scale * sum_lx;
    for i in (-9..=9i8).filter(|&i| i != 0) {
        let candidate = round(-(levels as f32 + 0.1 * f32::from(i)) / largest);
        let (sum_lx, sum_l2) = sums(&candidate);
        if sum_l2 > 0.0 && sum_lx * sum_lx > best * sum_l2 {
            scale = sum_lx / sum_l2;
            best = scale * sum_lx;
            chosen = candidate;
        }
    }
    *quants = chosen.map(|l| (l + levels) as u8);
    scale
}

/// The scale and the quants of a block of 32 values whose importance is known, as [`fit_symmetric`] chooses them;
/// `None` if a value is NaN or infinite.
pub(super) fn fit_important(
    values: &[f32; 32],
    importance: &[f32; 32],
    mean_square: f32,
    levels: i32,
) -> Option<(f32, [u8; 32])> {
    all_finite(values)?;
    let mut weights = weights_by_importance(values, importance, mean_square);
    // Nothing is known of a block without importance: it is no reason to store zeros.
    if weights.iter().all(|weight| *weight == 0.0) {
        weights = values.map(|value| value * value);
    }
    let mut quants = [0; 32];
    let scale = fit_symmetric(values, &weights, levels, &mut quants);
    Some((scale, quants))
}

/// Chooses a step and multiples of it up to `highest` that approximate numbers which are not negative.
///
/// Minimises the weighted squared error: first over a few steps that map the largest number near `highest`, then by
/// moving one multiple at a time while that helps, the step following from regression.
pub(super) fn fit_multiples<const N: usize>(
    numbers: &[f32; N],
    weights: &[f32; N],
    highest: i32,
    multiples: &mut [u8; N],
) -> f32 {
    *multiples = [0; N];
    let largest = numbers.iter().copied().fold(0.0, f32::max);
    if largest < NEGLIGIBLE {
        return 0.0;
    }
    let round = |inverse: f32| numbers.map(|x| nearest(inverse * x).clamp(0, highest));
    let error = |inverse: f32| {
        let step = 1.0 / inverse;
        let mut error = 0.0;
        for ((&w, &x), l) in weights.iter().zip(numbers).zip(round(inverse)) {
            let difference = x - step * l as f32;
            error += w * difference * difference;
        }
        error
    };
    let mut inverse = highest as f32 / largest;
    let mut least = error(inverse);
    for i in (-4..=4i8).filter(|&i| i != 0) {
        let candidate = (0.1 * f32::from(i) + highest as f32) / largest;
        let this_error = error(candidate);
        if this_error < least {
            least = this_error;
            inverse = candidate;
        }
    }
    let mut chosen = round(inverse);
    let (mut sum_lx, mut sum_l2) = (0.0f32, 0.0f32);
    for ((&w, &x), &l) in weights.iter().zip(numbers).zip(&chosen) {
        sum_lx += w * x * l as f32;
        sum_l2 += w * l as f32 * l as f32;
    }
    for _ in 0..5 {
        let mut changed = false;
        for i in 0..N {
            let (w, x, l) = (weights[i], numbers[i], chosen[i] as f32);
            let (mut others_lx, mut others_l2) = (sum_lx - w * x * l, sum_l2 - w * l * l);
            if others_lx > 0.0 && others_l2 > 0.0 {
                let candidate = nearest(x * others_l2 / others_lx).clamp(0, highest);
                if candidate != chosen[i] {
                    let l = candidate as f32;
                    others_lx += w * x * l;
                    others_l2 += w * l * l;
                    if others_lx * others_lx * sum_l2 > sum_lx * sum_lx * others_l2 {
                        chosen[i] = candidate;
                        (sum_lx, sum_l2) = (others_lx, others_l2);
                        changed = true;
                    }
                }
            }
        }
        if !changed {
            break;
        }
    }
    *multiples = chosen.map(|l| l as u8);
    if sum_l2 > 0.0 {
        sum_lx / sum_l2
    } else {
        // Nothing is known of numbers without weight: it is no reason to store zeros.
        1.0 / inverse
    }
}
