//! Arithmetic value by value, in portable Rust.

use crate::kernel::table::int16_scales;
use half::{bf16, f16};

/// Half-precision floats as single ones.
pub(super) fn widen_f16(bytes: &[u8], values: &mut [f32]) {
    for (value, bytes) in values.iter_mut().zip(bytes.chunks_exact(2)) {
        *value = f16::from_le_bytes([bytes[0], bytes[1]]).to_f32();
    }
}

/// The upper halves of single-precision floats as such.
pub(super) fn widen_bf16(bytes: &[u8], values: &mut [f32]) {
    for (value, bytes) in values.iter_mut().zip(bytes.chunks_exact(2)) {
        *value = bf16::from_le_bytes([bytes[0], bytes[1]]).to_f32();
    }
}

/// See `Kernels::pack_int16`. Inlined, for the vectors of whoever calls it.
#[inline(always)]
pub(in crate::kernel) fn pack_int16(input: &[f32], output: &mut [i16]) -> f32 {
    let (parts, rest) = input.as_chunks::<16>();
    let mut squares = [0.0; 16];
    for values in parts {
        for (sum, value) in squares.iter_mut().zip(values) {
            *sum += value * value;
        }
    }
    let sum = squares.iter().sum::<f32>() + rest.iter().map(|value| value * value).sum::<f32>();
    let (scale, inverse) = int16_scales(sum.sqrt());
    let (packed, beyond) = output.split_at_mut(input.len());
    for (packed, value) in packed.iter_mut().zip(input) {
        *packed = (value * inverse).round_ties_even() as i16;
    }
    beyond.fill(0);
    scale
}

/// See `Kernels::widen_int16`. Inlined, as above.
#[inline(always)]
pub(in crate::kernel) fn widen_int16(input: &[i16], scale: f32, output: &mut [f32]) {
    for (output, value) in output.iter_mut().zip(input) {
        *output = f32::from(*value) * scale;
    }
}

/// See `Kernels::sum_of_squares`.
pub(super) fn sum_of_squares(x: &[f32]) -> f32 {
    x.iter().map(|x| x * x).sum()
}

/// See `Kernels::scale_by`.
pub(super) fn scale_by(x: &[f32], weight: &[f32], factor: f32, output: &mut [f32]) {
    for ((output, x), weight) in output.iter_mut().zip(x).zip(weight) {
        *output = weight * (x * factor);
    }
}

/// See `Kernels::swiglu`.
pub(super) fn swiglu(gate: &mut [f32], up: &[f32]) {
    for (gate, up) in gate.iter_mut().zip(up) {
        *gate = *gate / (1.0 + (-*gate).exp()) * up;
    }
}

/// See `Kernels::clamped_swiglu`.
pub(super) fn clamped_swiglu(gate: &mut [f32], up: &[f32], alpha: f32, limit: f32) {
    // Comparisons, because `f32::min` would lose a NaN.
    let at_most = |x: f32| if x > limit { limit } else { x };
    for (gate, up) in gate.iter_mut().zip(up) {
        let g = at_most(*gate);
        let u = if *up < -limit { -limit } else { at_most(*up) };
        *gate = g / (1.0 + (-alpha * g).exp()) * (u + 1.0);
    }
}

/// See `Kernels::add_scaled`.
pub(super) fn add_scaled(x: &mut [f32], y: &[f32], scale: f32) {
    for (x, y) in x.iter_mut().zip(y) {
        *x += y * scale;
    }
}

/// See `Kernels::multiply`.
pub(super) fn multiply(x: &mut [f32], factor: f32) {
    for x in x {
        *x *= factor;
    }
}

/// See `Kernels::read`.
pub(super) fn read(bytes: &[u8]) -> u64 {
    let words = bytes.chunks_exact(8);
    words.fold(0, |sum, word| sum ^ u64::from_le_bytes(word.try_into().unwrap_or_default()))
}
