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

/// Chooses `scale`, `minimum` and quants so that `scale * quant - minimum` approximates the values.
///
/// Minimises the squared error, weighted by each value's magnitude plus the group's root mean square. For each
/// candidate scale the values are rounded to quants, and the best scale and offset for these
/// quants follow from linear regression; an offset above zero is replaced by zero, since minima are
/// stored unsigned.
pub(super) fn fit_affine(values: &[f32; 32], search: &AffineSearch, quants: &mut [u8; 32]) -> (f32, f32) {
    let mut squares = 0.0;
    for value in values {
        squares += value * value;
    }
    let root_mean_square = (squares / 32.0).sqrt();
    let weights = values.map(|value| root_mean_square + value.abs());

    let mut sum_w = weights[0];
    let mut sum_x = sum_w * values[0];
    for (w, x) in weights.iter().zip(values).skip(1) {
        sum_w += w;
        sum_x += w * x;
    }
    let lowest = values.iter().copied().fold(values[0], f32::min).min(0.0);
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

/// Chooses a scale and 6-bit quants so that `scale * (quant - 32)` approximates the values.
///
/// Minimises the squared error weighted by the square of each value. A candidate maps the value of largest
/// magnitude to a step near -32; the best scale for the rounded values follows from regression.
/// Returns the scale, which is negative where the largest value is positive; not finite if the sums
/// overflow.
pub(super) fn fit_symmetric(values: &[f32; 16], quants: &mut [u8; 16]) -> f32 {
    const LEVELS: i32 = 32;
    let largest = largest(values);
    if largest.abs() < NEGLIGIBLE {
        *quants = [0; 16];
        return 0.0;
    }
    let round = |inverse: f32| values.map(|x| nearest(inverse * x).clamp(-LEVELS, LEVELS - 1));
    let sums = |rounded: &[i32; 16]| {
        let (mut sum_lx, mut sum_l2) = (0.0f32, 0.0f32);
        for (&x, &l) in values.iter().zip(rounded) {
            let w = x * x;
            let l = l as f32;
            sum_lx += w * x * l;
            sum_l2 += w * l * l;
        }
        (sum_lx, sum_l2)
    };

    let mut chosen = round(-(LEVELS as f32) / largest);
    let (sum_lx, sum_l2) = sums(&chosen);
    let mut scale = if sum_l2 != 0.0 { sum_lx / sum_l2 } else { 0.0 };
    let mut best = scale * sum_lx;
    for i in (-9..=9i8).filter(|&i| i != 0) {
        let candidate = round(-(LEVELS as f32 + 0.1 * f32::from(i)) / largest);
        let (sum_lx, sum_l2) = sums(&candidate);
        if sum_l2 > 0.0 && sum_lx * sum_lx > best * sum_l2 {
            scale = sum_lx / sum_l2;
            best = scale * sum_lx;
            chosen = candidate;
        }
    }
    *quants = chosen.map(|l| (l + LEVELS) as u8);
    scale
}
