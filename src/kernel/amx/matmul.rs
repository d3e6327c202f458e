//! Products of many rows of activations with weights of every format, as brain floats.
//!
//! Weights are unpacked row by row, as they lie, and are the left operand: it is the activations that have to be
//! transposed, once for all rows of weights. Integers would not be faster: products of 8-bit integers are, but the scales
//! of each group of weights would meet them in vectors, and while tiles are in use a core's vectors multiply half as fast.

use super::registers;
use crate::kernel::avx512::blocks::VectorBlock;
use crate::kernel::avx512::matmul::{transpose, unpack_part};
use crate::kernel::block::{chunk_bytes, for_block, CHUNK, MOST_GROUPS};
use crate::kernel::table::{
    FloatRows, InputTile, Rows, TileSums, TileTable, UnpackTile, WeightTile, TILE_COLUMNS, TILE_ROWS,
};
use crate::quant::Format;
use half::bf16;
use std::arch::x86_64::*;
use std::mem::MaybeUninit;

/// The kernels for products by tile.
pub(super) static TABLE: TileTable = TileTable {
    unpack: unpack_of,
    begin: registers::begin,
    end: registers::end,
    pack,
    multiply,
    transpose: turn,
};

/// How weights of a format are unpacked, and the bytes of a chunk of them.
fn unpack_of(format: Format) -> Option<(UnpackTile, usize)> {
    match format {
        Format::BF16 => Some((unpack_brain_floats, 2 * CHUNK)),
        _ => for_block!(format, B => (unpack::<B> as UnpackTile, chunk_bytes::<B>())),
    }
}

/// Values and scales of a row's chunk, which are read again in other parts than they were written.
#[repr(C, align(64))]
struct Unpacked {
    /// Less the format's zero.
    values: [i8; CHUNK],
    scales: [f32; MOST_GROUPS],
    minimums: [f32; MOST_GROUPS],
}

/// See `TileKernels::unpack`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn unpack<B: VectorBlock>(rows: Rows<'_>, bytes: usize, tile: &mut WeightTile) {
    const HALF: usize = TILE_COLUMNS / 2;
    let mut unpacked = MaybeUninit::<Unpacked>::uninit();
    let unpacked = unpacked.as_mut_ptr();
    for (row, tile) in tile.values.iter_mut().enumerate().take(rows.count) {
        let (values, scales) = unpack_part::<B>(&rows.bytes[row * rows.stride..], bytes);
        // SAFETY: vectors of 64 bytes and of 16 floats in arrays of as many, aligned ones; what is read was written.
        unsafe {
            let at = (&raw mut (*unpacked).values).cast::<i8>();
            for (index, values) in values.into_iter().enumerate() {
                let values = _mm512_sub_epi8(values, _mm512_set1_epi8(B::ZERO as i8));
                _mm512_store_si512(at.add(64 * index).cast(), values);
            }
            _mm512_store_ps((&raw mut (*unpacked).scales).cast(), scales.scales);
            if B::MINIMUMS {
                _mm512_store_ps((&raw mut (*unpacked).minimums).cast(), scales.minimums);
            }
            let half = |first: usize| {
                let group = first / B::GROUP;
                let values = _mm512_cvtepi8_epi32(_mm_load_si128(at.add(first).cast()));
                let values = _mm512_cvtepi32_ps(values);
                let scale = _mm512_set1_ps(*(&raw const (*unpacked).scales).cast::<f32>().add(group));
                match B::MINIMUMS {
                    true => {
                        let minimum = (&raw const (*unpacked).minimums).cast::<f32>().add(group);
                        _mm512_fmsub_ps(values, scale, _mm512_set1_ps(*minimum))
                    }
                    false => _mm512_mul_ps(values, scale),
                }
            };
            for (index, tile) in tile.as_chunks_mut::<TILE_COLUMNS>().0.iter_mut().enumerate() {
                let first = index * TILE_COLUMNS;
                let both = _mm512_cvtne2ps_pbh(half(first + HALF), half(first));
                _mm512_store_si512(tile.as_mut_ptr().cast(), std::mem::transmute::<__m512bh, __m512i>(both));
            }
        }
    }
}

/// See `TileKernels::unpack`.
fn unpack_brain_floats(rows: Rows<'_>, bytes: usize, tile: &mut WeightTile) {
    for (row, tile) in tile.values.iter_mut().enumerate().take(rows.count) {
        let bytes = &rows.bytes[row * rows.stride..][..bytes];
        for (value, bytes) in tile.iter_mut().zip(bytes.as_chunks().0) {
            *value = bf16::from_le_bytes(*bytes);
        }
        let length = bytes.len() / 2;
        tile[length..length.next_multiple_of(TILE_COLUMNS)].fill(bf16::ZERO);
    }
}

/// Rounds floats to brain floats, and fills up with zeros to the next multiple of 32.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn round(input: &[f32], output: &mut [bf16; CHUNK]) {
    for (index, output) in output.as_chunks_mut::<TILE_COLUMNS>().0.iter_mut().enumerate() {
        let Some(left) = input.len().checked_sub(TILE_COLUMNS * index).filter(|&left| left > 0) else {
            break;
        };
        let mask: u32 = if left >= TILE_COLUMNS { !0 } else { (1 << left) - 1 };
        // SAFETY: lanes that are loaded lie inside the input; a vector of 32 brain floats is 64 bytes.
        unsafe {
            let at = input.as_ptr().add(TILE_COLUMNS * index);
            let low = _mm512_maskz_loadu_ps(mask as u16, at);
            let high = _mm512_maskz_loadu_ps((mask >> 16) as u16, at.wrapping_add(16));
            let both = _mm512_cvtne2ps_pbh(high, low);
            _mm512_storeu_si512(output.as_mut_ptr().cast(), std::mem::transmute::<__m512bh, __m512i>(both));
        }
    }
}

/// See `TileKernels::pack`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn pack(rows: FloatRows<'_>, indices: &[u32], length: usize, tile: &mut InputTile) {
    let mut rounded = WeightTile::ZERO;
    for (target, &row) in rounded.values.iter_mut().zip(indices) {
        round(&rows.values[row as usize * rows.stride..][..length], target);
    }
    let words = length.next_multiple_of(TILE_COLUMNS) / 2;
    // SAFETY: 16 rows of 128 words, and a tile of as many.
    unsafe { transpose(rounded.values.as_ptr().cast(), CHUNK / 2, words, tile.as_mut_ptr().cast()) };
}

/// See `TileKernels::transpose`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn turn(sums: &TileSums, output: &mut TileSums) {
    // SAFETY: 16 rows of 16 words each.
    unsafe { transpose(sums.as_ptr().cast(), TILE_ROWS, TILE_ROWS, output.as_mut_ptr().cast()) };
}

/// See `TileKernels::multiply`.
fn multiply(
    weights: &[WeightTile],
    length: usize,
    inputs: &[InputTile],
    begins: bool,
    sums: &mut [TileSums],
) {
    let steps = length.div_ceil(TILE_COLUMNS);
    for first in (0..inputs.len()).step_by(2) {
        let together = inputs.len() - first;
        // SAFETY: `TileKernels` made the tiles ready, and checked that there is a sum for each pair.
        unsafe {
            match (weights, together) {
                ([a], 1) => multiply_tiles::<1, 1>([a], steps, &inputs[first..], begins, sums, first),
                ([a], _) => multiply_tiles::<1, 2>([a], steps, &inputs[first..], begins, sums, first),
                ([a, b], 1) => multiply_tiles::<2, 1>([a, b], steps, &inputs[first..], begins, sums, first),
                ([a, b], _) => multiply_tiles::<2, 2>([a, b], steps, &inputs[first..], begins, sums, first),
                _ => unreachable!("more than MOST_PANELS"),
            }
        }
    }
}

/// Multiplies `WEIGHTS` tiles of weights with the first `INPUTS` tiles of activations; `sums` has those of input `first` and
/// the ones behind it, for one tile of weights after the other.
///
/// # Safety
/// This thread has its tiles; all that is named is there.
#[inline(always)]
unsafe fn multiply_tiles<const WEIGHTS: usize, const INPUTS: usize>(
    weights: [&WeightTile; WEIGHTS],
    steps: usize,
    inputs: &[InputTile],
    begins: bool,
    sums: &mut [TileSums],
    first: usize,
) {
    const ROW: usize = size_of::<[f32; TILE_ROWS]>();
    let count = sums.len() / WEIGHTS;
    let mut at = |weight: usize, input: usize| sums[weight * count + first + input].as_mut_ptr();
    // A macro, since registers cannot be counted by a loop.
    macro_rules! for_sums {
        ($register:ident, $weight:ident, $input:ident => $body:expr) => {
            for_sums!(@one 0, 0, 0, $register, $weight, $input, $body);
            for_sums!(@one 1, 0, 1, $register, $weight, $input, $body);
            for_sums!(@one 2, 1, 0, $register, $weight, $input, $body);
            for_sums!(@one 3, 1, 1, $register, $weight, $input, $body);
        };
        (@one $number:literal, $row:literal, $column:literal, $register:ident, $weight:ident, $input:ident, $body:expr) => {
            if $row < WEIGHTS && $column < INPUTS {
                const $register: usize = $number;
                const $weight: usize = $row;
                const $input: usize = $column;
                $body
            }
        };
    }
    // SAFETY: the caller's promise; steps are inside of a chunk.
    unsafe {
        for_sums!(SUMS, WEIGHT, INPUT => match begins {
            true => registers::clear::<SUMS>(),
            false => registers::load::<SUMS, _>(at(WEIGHT, INPUT), ROW),
        });
        for step in 0..steps.min(CHUNK / TILE_COLUMNS) {
            for_sums!(SUMS, WEIGHT, INPUT => {
                if INPUT == 0 {
                    let values = weights[WEIGHT].values.as_ptr().cast::<bf16>().add(step * TILE_COLUMNS);
                    registers::load::<{ 4 + WEIGHT }, _>(values, size_of::<[bf16; CHUNK]>());
                }
                if WEIGHT == 0 {
                    let words = inputs[INPUT].as_ptr().add(step * TILE_COLUMNS / 2 * TILE_ROWS);
                    registers::load::<{ 6 + INPUT }, _>(words, ROW);
                }
                registers::multiply::<SUMS, { 4 + WEIGHT }, { 6 + INPUT }>();
            });
        }
        for_sums!(SUMS, WEIGHT, INPUT => registers::store::<SUMS, _>(at(WEIGHT, INPUT), ROW));
    }
}
