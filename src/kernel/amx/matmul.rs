//! Products of many rows of activations with weights of every format, as brain floats.
//!
//! Weights are unpacked row by row, as they lie, and are the left operand: it is the activations that have to be
//! transposed, once for all rows of weights. Integers would not be faster: products of 8-bit integers are, but the scales
//! of each group of weights would meet them in vectors, and while tiles are in use a core's vectors multiply half as fast.

use super::registers;
use crate::kernel::avx512::blocks::VectorBlock;
use crate::kernel::avx512::matmul::{transpose, unpack_part};
use crate::kernel::avx512::pairs::{round_floats, words};
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

/// See `Tiles::unpack`.
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
                _mm512_store_si512(tile.as_mut_ptr().cast(), words(half(first), half(first + HALF)));
            }
        }
    }
}

/// See `Tiles::unpack`.
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

/// See `TileKernels::pack`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn pack(rows: FloatRows<'_>, indices: &[u32], length: usize, tile: &mut InputTile) {
    let mut rounded = WeightTile::ZERO;
    let filled = length.next_multiple_of(TILE_COLUMNS);
    for (target, &row) in rounded.values.iter_mut().zip(indices) {
        round_floats(&rows.values[row as usize * rows.stride..][..length], &mut target[..filled]);
    }
    // SAFETY: 16 rows of 128 words, and a tile of as many.
    unsafe { transpose(rounded.values.as_ptr().cast(), CHUNK / 2, filled / 2, tile.as_mut_ptr().cast()) };
}

/// See `Tiles::transpose`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,avx512bf16")]
fn turn(sums: &TileSums, output: &mut TileSums) {
    // SAFETY: 16 rows of 16 words each.
    unsafe { transpose(sums.as_ptr().cast(), TILE_ROWS, TILE_ROWS, output.as_mut_ptr().cast()) };
}

/// See `Tiles::multiply`.
fn multiply(
    weights: &[WeightTile],
    length: usize,
    inputs: &[InputTile],
    begins: bool,
    sums: &mut [TileSums],
) {
    let steps = length.div_ceil(TILE_COLUMNS).min(CHUNK / TILE_COLUMNS);
    let count = inputs.len();
    let (pairs, last) = inputs.as_chunks();
    let sums = sums.as_mut_ptr();
    // SAFETY: `Tiles` made the thread ready, and checked that there is a sum for each pair of tiles.
    unsafe {
        for (index, weights) in weights.chunks(2).enumerate() {
            for (pair, inputs) in pairs.iter().enumerate() {
                let sums = |weight, input| sums.add((2 * index + weight) * count + 2 * pair + input);
                match weights {
                    [a, b] => multiply_tiles::<2, 2>([a, b], steps, inputs, begins, sums),
                    [a] => multiply_tiles::<1, 2>([a], steps, inputs, begins, sums),
                    _ => unreachable!("a chunk of two"),
                }
            }
        }
        // Two sums alone would wait for themselves.
        if let [last] = last {
            let inputs = std::array::from_ref(last);
            let sums = |weight, _| sums.add(weight * count + count - 1);
            match weights {
                [a] => multiply_tiles::<1, 1>([a], steps, inputs, begins, sums),
                [a, b] => multiply_tiles::<2, 1>([a, b], steps, inputs, begins, sums),
                [a, b, c] => multiply_tiles::<3, 1>([a, b, c], steps, inputs, begins, sums),
                [a, b, c, d] => multiply_tiles::<4, 1>([a, b, c, d], steps, inputs, begins, sums),
                _ => unreachable!("no more than MOST_WEIGHT_TILES"),
            }
        }
    }
}

/// Multiplies tiles of weights with tiles of activations, no more than four sums: `sums` says where those of a pair are.
///
/// # Safety
/// This thread has its tiles; all sums are there, and `steps` times 32 columns are a chunk at most.
#[inline(always)]
unsafe fn multiply_tiles<const WEIGHTS: usize, const INPUTS: usize>(
    weights: [&WeightTile; WEIGHTS],
    steps: usize,
    inputs: &[InputTile; INPUTS],
    begins: bool,
    sums: impl Fn(usize, usize) -> *mut TileSums,
) {
    const ROW: usize = size_of::<[f32; TILE_ROWS]>();
    // A macro, since registers cannot be counted by a loop: sums are in those from 0 on, weights in 4 and 5, activations in
    // 6 and 7.
    macro_rules! for_sums {
        ($register:ident, $weight:ident, $input:ident => $body:expr) => {
            for_sums!(@one 0, $register, $weight, $input, $body);
            for_sums!(@one 1, $register, $weight, $input, $body);
            for_sums!(@one 2, $register, $weight, $input, $body);
            for_sums!(@one 3, $register, $weight, $input, $body);
        };
        (@one $number:literal, $register:ident, $weight:ident, $input:ident, $body:expr) => {
            if $number < WEIGHTS * INPUTS {
                const $register: usize = $number;
                let ($weight, $input) = const { ($number / INPUTS, $number % INPUTS) };
                $body
            }
        };
    }
    // SAFETY: the caller's promise; steps are inside of a chunk.
    unsafe {
        for_sums!(SUMS, weight, input => match begins {
            true => registers::clear::<SUMS>(),
            false => registers::load::<SUMS, _>(sums(weight, input), ROW),
        });
        for step in 0..steps {
            let load_weights = |weight: usize| {
                let values = weights[weight].values.as_ptr().cast::<bf16>().add(step * TILE_COLUMNS);
                match weight % 2 {
                    0 => registers::load::<4, _>(values, size_of::<[bf16; CHUNK]>()),
                    _ => registers::load::<5, _>(values, size_of::<[bf16; CHUNK]>()),
                }
            };
            let load_input = |input: usize| {
                let words = inputs[input].as_ptr().add(step * TILE_COLUMNS / 2 * TILE_ROWS);
                match input {
                    0 => registers::load::<6, _>(words, ROW),
                    _ => registers::load::<7, _>(words, ROW),
                }
            };
            for_sums!(SUMS, weight, input => {
                if input == 0 {
                    load_weights(weight);
                }
                if weight == 0 {
                    load_input(input);
                }
                match (weight % 2, input) {
                    (0, 0) => registers::multiply::<SUMS, 4, 6>(),
                    (0, _) => registers::multiply::<SUMS, 4, 7>(),
                    (_, 0) => registers::multiply::<SUMS, 5, 6>(),
                    (_, _) => registers::multiply::<SUMS, 5, 7>(),
                }
            });
        }
        for_sums!(SUMS, weight, input => registers::store::<SUMS, _>(sums(weight, input), ROW));
    }
}
