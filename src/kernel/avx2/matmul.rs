//! Products with weights: 8-bit integers and floats.

use super::blocks::{Unpacked, VectorBlock};
use super::elementwise::{largest_lane, load, load_floats, store, sum_lanes, Float, LANES};
use crate::kernel::activations::{QuantisedRowMut, ACTIVATION_BLOCK, SUM_BLOCK};
use crate::kernel::block::{chunk_bytes, CHUNK, MOST_CHUNK_BYTES, MOST_GROUPS};
use crate::kernel::hint::prefetch_ahead;
use crate::kernel::table::{
    FloatRows, Panel, QuantisedRows, Rows, SelectedRows, PANEL_ROWS, STREAMS, STREAM_VALUES,
};
use crate::quant::fp8::SCALE_BLOCK;
use std::arch::x86_64::*;

/// Vectors of the 8-bit values of a chunk.
const CHUNK_VECTORS: usize = CHUNK / 32;
/// The largest magnitude of an activation in 8 bits.
const LARGEST_ACTIVATION: i32 = 127;

/// See `Kernels::quantise`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn quantise(input: &[[f32; ACTIVATION_BLOCK]], mut row: QuantisedRowMut<'_>) {
    let (sign, zero) = (_mm256_set1_ps(-0.0), _mm256_setzero_ps());
    for (index, block) in input.iter().enumerate() {
        let vectors: [__m256; 4] = std::array::from_fn(|vector| load(&block[LANES * vector..]));
        let (mut largest, mut nothing) = (zero, zero);
        for x in vectors {
            largest = _mm256_max_ps(_mm256_andnot_ps(sign, x), largest);
            // Zero times a finite number is zero, times any other a NaN: this is the only way to see a
            // NaN, which the maximum may have lost.
            nothing = _mm256_fmadd_ps(x, zero, nothing);
        }
        let largest = largest_lane(largest);
        let finite = _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_NEQ_UQ>(nothing, zero)) == 0;
        let inverse = 127.0 / largest;
        let (values, scale) = if finite && inverse.is_finite() {
            let inverse = _mm256_set1_ps(inverse);
            (vectors.map(|x| _mm256_cvtps_epi32(_mm256_mul_ps(x, inverse))), largest / 127.0)
        } else {
            ([_mm256_setzero_si256(); 4], if finite { 0.0 } else { f32::NAN })
        };
        let [a, b, c, d] = values;
        let sums = [_mm256_add_epi32(a, b), _mm256_add_epi32(c, d)].map(|sum| sum_words(sum));
        row.put(index, scale, sums);
        // Packing works within each half of a vector: words of four values come out as a0 b0 c0 d0 a1 b1 c1 d1.
        let packed = _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
        let packed = _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
        let output = &mut row.values[index * ACTIVATION_BLOCK..][..ACTIVATION_BLOCK];
        // SAFETY: 32 values.
        unsafe { _mm256_storeu_si256(output.as_mut_ptr().cast(), packed) };
    }
}

/// The sum of eight 32-bit numbers.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn sum_words(x: __m256i) -> i32 {
    let four = _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256::<1>(x));
    let two = _mm_add_epi32(four, _mm_unpackhi_epi64(four, four));
    _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32::<1>(two)))
}

/// Products of 32 weights with 32 activations, each two neighbours added, in 16 bits: at most
/// `2 * 128 * 127`, which fits (see `VectorBlock::SIGNED`).
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn pair_products<B: VectorBlock>(weights: __m256i, activations: __m256i) -> __m256i {
    const { assert!(2 * B::LARGEST * LARGEST_ACTIVATION <= i16::MAX as i32) }
    match B::SIGNED {
        true => {
            let activations = _mm256_sign_epi8(activations, weights);
            _mm256_maddubs_epi16(_mm256_abs_epi8(weights), activations)
        }
        false => _mm256_maddubs_epi16(weights, activations),
    }
}

/// Sums of two neighbours, in 32 bits.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn add_pairs(pairs: __m256i) -> __m256i {
    _mm256_madd_epi16(pairs, _mm256_set1_epi16(1))
}

/// The input's part of a chunk, for one row of activations.
struct Input {
    values: *const i8,
    /// One for each group of the weights.
    scales: [__m256; 2],
    /// What the rows' minimums (or scales, in formats without) are multiplied with.
    sums: [__m256; 2],
}

impl Input {
    /// # Safety
    /// The CPU has the features of this folder, and `inputs` holds the chunk.
    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn load<B: VectorBlock>(inputs: &QuantisedRows<'_>, row: usize, chunk: usize) -> Input {
        let first = inputs.place(row, chunk);
        // SAFETY: a chunk has 256 values, 8 scales, 16 sums and 8 sums of blocks; the caller promises that
        // it is there.
        unsafe {
            let values = inputs.data.values.as_ptr().add(first);
            let scales = _mm256_loadu_ps(inputs.data.scales.as_ptr().add(first / ACTIVATION_BLOCK));
            let (scales, sums) = match B::GROUP {
                SUM_BLOCK => {
                    let sums = inputs.data.sums.as_ptr().add(first / SUM_BLOCK);
                    let low = _mm256_permutevar8x32_ps(scales, _mm256_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3));
                    let high = _mm256_permutevar8x32_ps(scales, _mm256_setr_epi32(4, 4, 5, 5, 6, 6, 7, 7));
                    ([low, high], [_mm256_loadu_ps(sums), _mm256_loadu_ps(sums.add(LANES))])
                }
                _ => {
                    let sums = inputs.data.block_sums.as_ptr().add(first / ACTIVATION_BLOCK);
                    ([scales, _mm256_setzero_ps()], [_mm256_loadu_ps(sums), _mm256_setzero_ps()])
                }
            };
            let sums = match B::MINIMUMS {
                true => sums,
                false => sums.map(|sums| _mm256_mul_ps(sums, _mm256_set1_ps(B::ZERO as f32))),
            };
            Input { values, scales, sums }
        }
    }

    /// `sum` plus the products with 256 weights, in 8 parts.
    ///
    /// # Safety
    /// The chunk that `self` was loaded from is still there.
    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn add_products<B: VectorBlock>(&self, weights: &Unpacked, sum: __m256) -> __m256 {
        let scales = [0, 1].map(|half| _mm256_mul_ps(weights.scales[half], self.scales[half]));
        // Summed on its own, so that the chunk does not wait for the one before.
        let mut part = _mm256_setzero_ps();
        for vector in 0..CHUNK_VECTORS {
            // SAFETY: one of the chunk's eight vectors.
            let values = unsafe { _mm256_loadu_si256(self.values.add(32 * vector).cast()) };
            let products = add_pairs(pair_products::<B>(weights.values[vector], values));
            // The lower four lanes of products belong to the first 16 values.
            let scales = match B::GROUP {
                SUM_BLOCK => {
                    let first = (2 * vector % LANES) as i32;
                    let low = _mm256_set1_epi32(first);
                    let lanes = _mm256_blend_epi32::<0xf0>(low, _mm256_set1_epi32(first + 1));
                    _mm256_permutevar8x32_ps(scales[2 * vector / LANES], lanes)
                }
                _ => _mm256_permutevar8x32_ps(scales[0], _mm256_set1_epi32(vector as i32)),
            };
            part = _mm256_fmadd_ps(_mm256_cvtepi32_ps(products), scales, part);
        }
        if !B::SIGNED {
            let corrections = if B::MINIMUMS { weights.minimums } else { weights.scales };
            part = _mm256_fnmadd_ps(corrections[0], self.sums[0], part);
            if B::GROUP == SUM_BLOCK {
                part = _mm256_fnmadd_ps(corrections[1], self.sums[1], part);
            }
        }
        _mm256_add_ps(sum, part)
    }
}

/// See `IntegerKernels::dot_rows`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn dot_rows<B: VectorBlock>(
    rows: Rows<'_>,
    row_bytes: usize,
    inputs: QuantisedRows<'_>,
    input_rows: &[u32],
    output: &mut [[f32; PANEL_ROWS]],
) {
    // SAFETY: `Kernels` checked that all inputs are there, and as long as the rows.
    unsafe {
        match input_rows.len() {
            1 => dot_inputs::<B, 1>(rows, row_bytes, inputs, input_rows, output),
            2 => dot_inputs::<B, 2>(rows, row_bytes, inputs, input_rows, output),
            3 => dot_inputs::<B, 3>(rows, row_bytes, inputs, input_rows, output),
            _ => dot_inputs::<B, 4>(rows, row_bytes, inputs, input_rows, output),
        }
    }
}

/// Chunks of one row that are multiplied before those of a row elsewhere.
const CHUNKS_TOGETHER: usize = 8;

/// Writes the products of all rows with `INPUTS` inputs.
///
/// # Safety
/// The CPU has the features of this folder; the inputs are there, with as many chunks as the rows.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn dot_inputs<B: VectorBlock, const INPUTS: usize>(
    rows: Rows<'_>,
    row_bytes: usize,
    inputs: QuantisedRows<'_>,
    input_rows: &[u32],
    output: &mut [[f32; PANEL_ROWS]],
) {
    let input_rows: [usize; INPUTS] = std::array::from_fn(|index| input_rows[index] as usize);
    let size = const { chunk_bytes::<B>() };
    for panels in rows.streams() {
        for (row, streams) in panels.rows() {
            let mut sums = [[_mm256_setzero_ps(); INPUTS]; STREAMS];
            for first in (0..row_bytes).step_by(CHUNKS_TOGETHER * size) {
                for stream in streams.clone() {
                    let blocks = &rows.bytes[panels.row(stream, row) * rows.stride..][first..row_bytes];
                    let blocks = &blocks[..blocks.len().min(CHUNKS_TOGETHER * size)];
                    // SAFETY: the inputs have these chunks.
                    unsafe {
                        add_chunks::<B, INPUTS>(blocks, &inputs, input_rows, first / size, &mut sums[stream])
                    };
                }
            }
            for stream in streams {
                for (index, &sum) in sums[stream].iter().enumerate() {
                    output[panels.panel(stream) * INPUTS + index][row] = sum_lanes(sum);
                }
            }
        }
    }
}

/// Adds the products of `blocks`, those of chunk `first` of a row and behind it, with `INPUTS` inputs.
///
/// # Safety
/// The CPU has the features of this folder; the inputs have as many chunks.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn add_chunks<B: VectorBlock, const INPUTS: usize>(
    blocks: &[u8],
    inputs: &QuantisedRows<'_>,
    input_rows: [usize; INPUTS],
    first: usize,
    sums: &mut [__m256; INPUTS],
) {
    // SAFETY: the caller of `add` gives a whole chunk, which the inputs have too.
    let mut add = |bytes: *const u8, chunk: usize| unsafe {
        let weights = B::unpack_chunk(bytes);
        for (sum, input_row) in sums.iter_mut().zip(input_rows) {
            *sum = Input::load::<B>(inputs, input_row, chunk).add_products::<B>(&weights, *sum);
        }
    };
    let chunks = blocks.chunks_exact(const { chunk_bytes::<B>() });
    let (rest, whole) = (chunks.remainder(), chunks.len());
    for (index, chunk) in chunks.enumerate() {
        prefetch_ahead(chunk.as_ptr(), chunk.len());
        add(chunk.as_ptr(), first + index);
    }
    if !rest.is_empty() {
        let mut copy = [0; MOST_CHUNK_BYTES];
        copy[..rest.len()].copy_from_slice(rest);
        add(copy.as_ptr(), first + whole);
    }
}

/// See `Kernels::decode`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn decode<B: VectorBlock>(bytes: &[u8], values: &mut [f32]) {
    let chunks = bytes.chunks(const { chunk_bytes::<B>() });
    for (blocks, values) in chunks.zip(values.chunks_mut(CHUNK)) {
        if values.len() == CHUNK {
            // SAFETY: a whole chunk.
            decode_chunk::<B>(&unsafe { B::unpack_chunk(blocks.as_ptr()) }, values);
        } else {
            let mut copy = [0; MOST_CHUNK_BYTES];
            copy[..blocks.len()].copy_from_slice(blocks);
            // SAFETY: the copy holds a whole chunk.
            decode_chunk::<B>(&unsafe { B::unpack_chunk(copy.as_ptr()) }, values);
        }
    }
}

/// Decodes up to 256 values, rounding as `quant` does: bit for bit the same.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn decode_chunk<B: VectorBlock>(unpacked: &Unpacked, output: &mut [f32]) {
    let mut bytes = [0_u8; CHUNK];
    let (mut scales, mut minimums) = ([0.0; MOST_GROUPS], [0.0; MOST_GROUPS]);
    for (bytes, values) in bytes.chunks_exact_mut(32).zip(unpacked.values) {
        // SAFETY: 32 bytes.
        unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), values) };
    }
    for half in 0..CHUNK / B::GROUP / LANES {
        store(&mut scales[LANES * half..], unpacked.scales[half]);
        store(&mut minimums[LANES * half..], unpacked.minimums[half]);
    }
    for (index, output) in output.chunks_mut(LANES).enumerate() {
        // SAFETY: eight of the bytes.
        let bytes = unsafe { _mm_loadl_epi64(bytes.as_ptr().add(LANES * index).cast()) };
        let whole = match B::SIGNED {
            true => _mm256_cvtepi8_epi32(bytes),
            false => _mm256_sub_epi32(_mm256_cvtepu8_epi32(bytes), _mm256_set1_epi32(B::ZERO)),
        };
        let group = LANES * index / B::GROUP;
        let mut value = _mm256_mul_ps(_mm256_set1_ps(scales[group]), _mm256_cvtepi32_ps(whole));
        if B::MINIMUMS {
            value = _mm256_sub_ps(value, _mm256_set1_ps(minimums[group]));
        }
        store(output, value);
    }
}

/// A row-major buffer that panels are transposed from.
#[repr(C, align(32))]
struct Unpacking {
    values: [[u8; CHUNK]; PANEL_ROWS],
    scales: [[f32; MOST_GROUPS]; PANEL_ROWS],
    minimums: [[f32; MOST_GROUPS]; PANEL_ROWS],
}

/// See `IntegerKernels::unpack`. The panel's values are what the format unpacks to: signed bytes in formats
/// that are `SIGNED`, whose minimums are left at zero.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn unpack<B: VectorBlock>(rows: Rows<'_>, bytes: usize, panel: &mut Panel) {
    let mut buffer = Unpacking {
        values: [[0; CHUNK]; PANEL_ROWS],
        scales: [[0.0; MOST_GROUPS]; PANEL_ROWS],
        minimums: [[0.0; MOST_GROUPS]; PANEL_ROWS],
    };
    let is_whole = bytes == const { chunk_bytes::<B>() };
    for row in 0..rows.count.min(PANEL_ROWS) {
        let blocks = &rows.bytes[row * rows.stride..][..bytes];
        let mut copy = [0; MOST_CHUNK_BYTES];
        let chunk = if is_whole {
            blocks.as_ptr()
        } else {
            copy[..bytes].copy_from_slice(blocks);
            copy.as_ptr()
        };
        // SAFETY: a whole chunk; the buffer's rows have the lengths of the vectors.
        unsafe {
            let unpacked = B::unpack_chunk(chunk);
            for (index, values) in unpacked.values.into_iter().enumerate() {
                _mm256_store_si256(buffer.values[row].as_mut_ptr().add(32 * index).cast(), values);
            }
            for half in 0..CHUNK / B::GROUP / LANES {
                let scales = unpacked.scales[half];
                _mm256_store_ps(buffer.scales[row].as_mut_ptr().add(LANES * half), scales);
                if !B::SIGNED {
                    let minimums = match B::MINIMUMS {
                        true => unpacked.minimums[half],
                        false => _mm256_mul_ps(scales, _mm256_set1_ps(B::ZERO as f32)),
                    };
                    _mm256_store_ps(buffer.minimums[row].as_mut_ptr().add(LANES * half), minimums);
                }
            }
        }
    }
    let groups = CHUNK / B::GROUP;
    // SAFETY: the buffer has 16 rows of 64 words, 16 scales and 16 minimums; the panel has room for the
    // columns of as many.
    unsafe {
        transpose(buffer.values.as_ptr().cast(), CHUNK / 4, CHUNK / 4, panel.values.as_mut_ptr().cast());
        transpose(buffer.scales.as_ptr().cast(), MOST_GROUPS, groups, panel.scales.as_mut_ptr().cast());
        transpose(buffer.minimums.as_ptr().cast(), MOST_GROUPS, groups, panel.minimums.as_mut_ptr().cast());
    }
}

/// Writes the first `columns` (a multiple of 4) columns of 16 rows of words, `stride` words apart, as rows.
///
/// # Safety
/// The CPU has the features of this folder; both places are there.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn transpose(rows: *const i32, stride: usize, columns: usize, output: *mut i32) {
    for first in (0..PANEL_ROWS).step_by(LANES) {
        for column in (0..columns).step_by(4) {
            // Four columns of the rows `row` and `row + 4`.
            // SAFETY: inside the rows, by the caller's promise.
            let two = |row: usize| unsafe {
                let part = |row: usize| _mm_loadu_si128(rows.add(row * stride + column).cast());
                _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(part(row)), part(row + 4))
            };
            let (a, b, c, d) = (two(first), two(first + 1), two(first + 2), two(first + 3));
            let (ab_low, ab_high) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
            let (cd_low, cd_high) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
            let columns = [
                _mm256_unpacklo_epi64(ab_low, cd_low),
                _mm256_unpackhi_epi64(ab_low, cd_low),
                _mm256_unpacklo_epi64(ab_high, cd_high),
                _mm256_unpackhi_epi64(ab_high, cd_high),
            ];
            for (index, values) in columns.into_iter().enumerate() {
                // SAFETY: inside the output, by the caller's promise.
                unsafe {
                    let output = output.add((column + index) * PANEL_ROWS + first);
                    _mm256_storeu_si256(output.cast(), values);
                }
            }
        }
    }
}

/// Vectors that hold a value of each row of a panel.
const PANEL_VECTORS: usize = PANEL_ROWS / LANES;

/// How many words of four products may be added in 16 bits before they are widened: as many as the format's
/// largest value allows, a power of two within a group.
const fn words_in_16_bits<B: VectorBlock>() -> usize {
    let fitting = i16::MAX as i32 / (2 * B::LARGEST * LARGEST_ACTIVATION);
    let mut words = 1;
    while 2 * words <= fitting as usize && 2 * words <= B::GROUP / 4 {
        words *= 2;
    }
    words
}

/// Runs `$body` for each input and each vector of a panel's rows: loops by index over arrays, which the
/// compiler unrolls until every element is a register.
macro_rules! each {
    ($input:ident, $vector:ident, $inputs:ident => $body:block) => {
        #[allow(clippy::needless_range_loop)] // Several arrays share the index.
        for $input in 0..$inputs {
            for $vector in 0..PANEL_VECTORS {
                $body
            }
        }
    };
}

/// See `IntegerKernels::multiply`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn multiply<B: VectorBlock>(
    panels: &[Panel],
    inputs: &SelectedRows<'_>,
    chunk: usize,
    sums: &mut [[f32; PANEL_ROWS]],
) {
    let SelectedRows { rows: inputs, indices: input_rows, .. } = *inputs;
    if chunk == 0 {
        sums.fill([0.0; PANEL_ROWS]);
    }
    for (panel, sums) in panels.iter().zip(sums.chunks_exact_mut(input_rows.len().max(1))) {
        let mut index = 0;
        while index < input_rows.len() {
            let (rows, sums) = (&input_rows[index..], &mut sums[index..]);
            // SAFETY: `Kernels` checked that the inputs have this chunk, and a sum for each.
            index += unsafe {
                match rows.len() {
                    4.. => multiply_tile::<B, 4>(panel, inputs, rows, chunk, sums),
                    2.. => multiply_tile::<B, 2>(panel, inputs, rows, chunk, sums),
                    _ => multiply_tile::<B, 1>(panel, inputs, rows, chunk, sums),
                }
            };
        }
    }
}

/// Multiplies with the first `INPUTS` inputs; returns `INPUTS`.
///
/// # Safety
/// The CPU has the features of this folder; the inputs have this chunk, and `sums` is as long as they are
/// many.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn multiply_tile<B: VectorBlock, const INPUTS: usize>(
    panel: &Panel,
    inputs: QuantisedRows<'_>,
    input_rows: &[u32],
    chunk: usize,
    sums: &mut [[f32; PANEL_ROWS]],
) -> usize {
    let run = const { words_in_16_bits::<B>() };
    let group_words = const { B::GROUP / 4 };
    let input_sums = match B::GROUP {
        SUM_BLOCK => inputs.data.sums,
        _ => inputs.data.block_sums,
    };
    let zero = _mm256_setzero_si256();
    // SAFETY: inside the inputs, by the caller's promise; the panel has 64 words, 16 scales and 16 minimums of
    // 16 rows; `sums` holds 16 values for each input.
    unsafe {
        let first: [usize; INPUTS] =
            std::array::from_fn(|input| inputs.place(input_rows[input] as usize, chunk));
        let values = first.map(|first| inputs.data.values.as_ptr().add(first));
        let input_scales = first.map(|first| inputs.data.scales.as_ptr().add(first / ACTIVATION_BLOCK));
        let input_sums = first.map(|first| input_sums.as_ptr().add(first / B::GROUP));
        let sums = sums.as_mut_ptr().cast::<f32>();
        let mut totals = [[_mm256_setzero_ps(); PANEL_VECTORS]; INPUTS];
        each!(input, vector, INPUTS => {
            totals[input][vector] = _mm256_loadu_ps(sums.add(input * PANEL_ROWS + vector * LANES));
        });
        for group in 0..panel.blocks * ACTIVATION_BLOCK / B::GROUP {
            let mut products = [[zero; PANEL_VECTORS]; INPUTS];
            for start in (0..group_words).step_by(run) {
                let mut pairs = [[zero; PANEL_VECTORS]; INPUTS];
                for word in 0..run {
                    let word = group * group_words + start + word;
                    let weights = panel.values.as_ptr().add(word * PANEL_ROWS * 4).cast::<__m256i>();
                    let weights = [_mm256_load_si256(weights), _mm256_load_si256(weights.add(1))];
                    let activations = values
                        .map(|values| _mm256_set1_epi32(values.cast::<i32>().add(word).read_unaligned()));
                    each!(input, vector, INPUTS => {
                        let more = pair_products::<B>(weights[vector], activations[input]);
                        pairs[input][vector] = _mm256_add_epi16(pairs[input][vector], more);
                    });
                }
                each!(input, vector, INPUTS => {
                    products[input][vector] =
                        _mm256_add_epi32(products[input][vector], add_pairs(pairs[input][vector]));
                });
            }
            let scales = panel.scales.as_ptr().add(group * PANEL_ROWS);
            let minimums = panel.minimums.as_ptr().add(group * PANEL_ROWS);
            each!(input, vector, INPUTS => {
                let input_scale = _mm256_set1_ps(*input_scales[input].add(group * B::GROUP / ACTIVATION_BLOCK));
                let products = _mm256_mul_ps(_mm256_cvtepi32_ps(products[input][vector]), input_scale);
                let mut total = totals[input][vector];
                total = _mm256_fmadd_ps(products, _mm256_load_ps(scales.add(vector * LANES)), total);
                if !B::SIGNED {
                    let input_sum = _mm256_set1_ps(*input_sums[input].add(group));
                    total = _mm256_fnmadd_ps(_mm256_load_ps(minimums.add(vector * LANES)), input_sum, total);
                }
                totals[input][vector] = total;
            });
        }
        each!(input, vector, INPUTS => {
            _mm256_storeu_ps(sums.add(input * PANEL_ROWS + vector * LANES), totals[input][vector]);
        });
    }
    INPUTS
}

/// See `Kernels::dots`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn dots(
    rows: FloatRows<'_>,
    count: usize,
    length: usize,
    inputs: FloatRows<'_>,
    input_rows: &[u32],
    output: &mut [f32],
    output_stride: usize,
) {
    let mut row = 0;
    while row < count {
        let some = FloatRows { values: &rows.values[row * rows.stride..], ..rows };
        let together = if count - row >= 4 { 4 } else { 1 };
        let mut index = 0;
        while index < input_rows.len() {
            let output = &mut output[index * output_stride + row..];
            let input_rows = &input_rows[index..];
            // SAFETY: `Kernels` checked that all rows, inputs and outputs are there.
            index += unsafe {
                match (together, input_rows.len()) {
                    (4, 2..) => dot_tile::<4, 2>(some, length, inputs, input_rows, output, output_stride),
                    (4, _) => dot_tile::<4, 1>(some, length, inputs, input_rows, output, output_stride),
                    (_, 4..) => dot_tile::<1, 4>(some, length, inputs, input_rows, output, output_stride),
                    _ => dot_tile::<1, 1>(some, length, inputs, input_rows, output, output_stride),
                }
            };
        }
        row += together;
    }
}

/// Adds the products of the first `ROWS` rows with the first `INPUTS` inputs; returns `INPUTS`.
///
/// # Safety
/// The CPU has the features of this folder; the rows, inputs and outputs are there.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn dot_tile<const ROWS: usize, const INPUTS: usize>(
    rows: FloatRows<'_>,
    length: usize,
    inputs: FloatRows<'_>,
    input_rows: &[u32],
    output: &mut [f32],
    output_stride: usize,
) -> usize {
    let mut sums = [[_mm256_setzero_ps(); ROWS]; INPUTS];
    // SAFETY: the rows and inputs have `length` values, of which `count` from `start` on are loaded.
    let mut add = |start: usize, count: usize| unsafe {
        let part = |row: FloatRows<'_>, index: usize| {
            let values = row.values.as_ptr().add(index * row.stride + start);
            load(std::slice::from_raw_parts(values, count))
        };
        let weights: [__m256; ROWS] = std::array::from_fn(|row| part(rows, row));
        for (sums, &input_row) in sums.iter_mut().zip(input_rows) {
            let input = part(inputs, input_row as usize);
            for (sum, weights) in sums.iter_mut().zip(weights) {
                *sum = _mm256_fmadd_ps(weights, input, *sum);
            }
        }
    };
    let rest = length % LANES;
    for start in (0..length - rest).step_by(LANES) {
        add(start, LANES);
    }
    if rest > 0 {
        add(length - rest, rest);
    }
    for (index, sums) in sums.into_iter().enumerate() {
        for (output, sum) in output[index * output_stride..].iter_mut().zip(sums) {
            *output += sum_lanes(sum);
        }
    }
    INPUTS
}

/// See `Kernels::dot_float_rows`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn dot_float_rows<F: Float>(
    rows: Rows<'_>,
    inputs: FloatRows<'_>,
    input_rows: &[u32],
    length: usize,
    output: &mut [[f32; PANEL_ROWS]],
) {
    match input_rows.len() {
        1 => dot_float_inputs::<F, 1>(rows, inputs, input_rows, length, output),
        2 => dot_float_inputs::<F, 2>(rows, inputs, input_rows, length, output),
        3 => dot_float_inputs::<F, 3>(rows, inputs, input_rows, length, output),
        _ => dot_float_inputs::<F, 4>(rows, inputs, input_rows, length, output),
    }
}

/// Vectors whose sums do not wait for each other.
const CHAINS: usize = 2;

/// Writes the products of all rows of floats with `INPUTS` inputs.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn dot_float_inputs<F: Float, const INPUTS: usize>(
    rows: Rows<'_>,
    inputs: FloatRows<'_>,
    input_rows: &[u32],
    length: usize,
    output: &mut [[f32; PANEL_ROWS]],
) {
    let inputs: [&[f32]; INPUTS] =
        std::array::from_fn(|index| &inputs.values[input_rows[index] as usize * inputs.stride..][..length]);
    for panels in rows.streams() {
        for (row, streams) in panels.rows() {
            let mut totals = [[[_mm256_setzero_ps(); CHAINS]; INPUTS]; STREAMS];
            for start in (0..length).step_by(STREAM_VALUES) {
                let end = length.min(start + STREAM_VALUES);
                for stream in streams.clone() {
                    let (row, totals) = (panels.row(stream, row), &mut totals[stream]);
                    let weights = &rows.bytes[row * rows.stride..][start * F::BYTES..end * F::BYTES];
                    if rows.scales.is_empty() {
                        add_floats::<F, INPUTS>(weights, inputs.map(|input| &input[start..]), totals);
                        continue;
                    }
                    let blocks = weights.chunks(const { F::BYTES * SCALE_BLOCK });
                    let scales = &rows.scales_of(row)[start / SCALE_BLOCK..];
                    for ((weights, &scale), start) in blocks.zip(scales).zip((start..).step_by(SCALE_BLOCK)) {
                        let mut sums = [[_mm256_setzero_ps(); CHAINS]; INPUTS];
                        add_floats::<F, INPUTS>(weights, inputs.map(|input| &input[start..]), &mut sums);
                        for (total, sum) in totals.as_flattened_mut().iter_mut().zip(sums.as_flattened()) {
                            *total = _mm256_fmadd_ps(*sum, _mm256_set1_ps(scale), *total);
                        }
                    }
                }
            }
            for stream in streams {
                for (index, &[first, second]) in totals[stream].iter().enumerate() {
                    output[panels.panel(stream) * INPUTS + index][row] =
                        sum_lanes(_mm256_add_ps(first, second));
                }
            }
        }
    }
}

/// Adds the products of floats with the first values of `INPUTS` inputs, which have at least as many.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn add_floats<F: Float, const INPUTS: usize>(
    weights: &[u8],
    inputs: [&[f32]; INPUTS],
    sums: &mut [[__m256; CHAINS]; INPUTS],
) {
    for (index, weights) in weights.chunks(const { F::BYTES * LANES * CHAINS }).enumerate() {
        prefetch_ahead(weights.as_ptr(), weights.len());
        for (chain, weights) in weights.chunks(const { F::BYTES * LANES }).enumerate() {
            let weights = load_floats::<F>(weights);
            for (sums, input) in sums.iter_mut().zip(inputs) {
                let input = load(&input[(index * CHAINS + chain) * LANES..]);
                sums[chain] = _mm256_fmadd_ps(weights, input, sums[chain]);
            }
        }
    }
}

/// See `Kernels::int8_peak`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn int8_peak(rounds: usize) -> (i32, u64) {
    /// Products that do not wait for each other: enough to hide their latency.
    const PRODUCTS: usize = 12;
    let weights = std::hint::black_box(_mm256_set1_epi8(3));
    let mut sums = [std::hint::black_box(_mm256_set1_epi8(5)); PRODUCTS];
    for _ in 0..rounds {
        for sum in &mut sums {
            // The sum's own bytes are what is multiplied: a product of constants would be computed once.
            *sum = _mm256_add_epi32(*sum, add_pairs(_mm256_maddubs_epi16(weights, *sum)));
        }
    }
    let sum = sums.into_iter().fold(_mm256_setzero_si256(), |x, y| _mm256_add_epi32(x, y));
    (sum_words(sum), (32 * PRODUCTS * rounds) as u64)
}
