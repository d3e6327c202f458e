//! Products with weights: 8-bit integers (VNNI) and floats.

use super::blocks::{twice, with_offset, ChunkRows, Scales, VectorBlock};
use super::elementwise::{tail_mask, Float};
use crate::kernel::activations::{QuantisedRowMut, ACTIVATION_BLOCK, OFFSET};
use crate::kernel::block::{chunk_bytes, CHUNK, MOST_CHUNK_BYTES, MOST_GROUPS};
use crate::kernel::hint::{prefetch_ahead, prefetch_line};
use crate::kernel::table::{
    FloatRows, Panel, QuantisedRows, Rows, SelectedRows, PANEL_ROWS, STREAMS, STREAM_VALUES,
};
use crate::quant::fp8::SCALE_BLOCK;
use std::arch::x86_64::*;
use std::mem::MaybeUninit;
use std::ops::Range;

/// Blocks of activations that are quantised together.
const BLOCKS: usize = 4;

/// See `Kernels::quantise`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn quantise(input: &[[f32; ACTIVATION_BLOCK]], mut row: QuantisedRowMut<'_>) {
    let (many, rest) = input.as_chunks::<BLOCKS>();
    for (index, blocks) in many.iter().enumerate() {
        // SAFETY: `Kernels` checked that the row has as many blocks.
        unsafe { quantise_blocks::<true>(blocks, &mut row, index * BLOCKS, BLOCKS) };
    }
    if !rest.is_empty() {
        let mut blocks = [[0.0; ACTIVATION_BLOCK]; BLOCKS];
        blocks[..rest.len()].copy_from_slice(rest);
        // SAFETY: as above.
        unsafe { quantise_blocks::<false>(&blocks, &mut row, many.len() * BLOCKS, rest.len()) };
    }
}

/// Writes the first `count` of these blocks, or `ALL` of them, from block `first` of the row on.
///
/// # Safety
/// The CPU has the features of this folder; the row has the blocks.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn quantise_blocks<const ALL: bool>(
    blocks: &[[f32; ACTIVATION_BLOCK]; BLOCKS],
    row: &mut QuantisedRowMut<'_>,
    first: usize,
    count: usize,
) {
    let count = if ALL { BLOCKS } else { count };
    let sign = _mm512_set1_ps(-0.0);
    // SAFETY: a block is two vectors.
    let halves = blocks
        .map(|block| unsafe { [_mm512_loadu_ps(block.as_ptr()), _mm512_loadu_ps(block.as_ptr().add(16))] });
    let largest = halves.map(|[a, b]| _mm512_max_ps(_mm512_andnot_ps(sign, a), _mm512_andnot_ps(sign, b)));
    let largest = lanes_by_block(largest, |a, b| _mm512_max_ps(a, b));
    let quarters = |x| _mm_max_ps(_mm512_castps512_ps128(x), _mm512_extractf32x4_ps::<1>(x));
    let upper = _mm512_shuffle_f32x4::<0x0e>(largest, largest);
    let largest = _mm_max_ps(quarters(largest), quarters(upper));
    // Zero times a finite number is zero, times any other a NaN: this is the only way to see a NaN, which the
    // maximum may have lost.
    let zero = _mm512_setzero_ps();
    let mut not_finite = 0;
    for (index, [a, b]) in halves.into_iter().enumerate() {
        let nothing = _mm512_fmadd_ps(a, zero, _mm512_mul_ps(b, zero));
        not_finite |= u8::from(_mm512_cmpneq_ps_mask(nothing, zero) != 0) << index;
    }
    let divisor = _mm_set1_ps(127.0);
    let inverse = _mm_div_ps(divisor, largest);
    // An infinite inverse is as good as none.
    let is_normal = _mm_cmp_ps_mask::<_CMP_LT_OQ>(inverse, _mm_set1_ps(f32::INFINITY)) & !not_finite;
    let inverse = _mm512_castps128_ps512(_mm_maskz_mov_ps(is_normal, inverse));
    let scale = _mm_maskz_div_ps(is_normal, largest, divisor);
    let scale = _mm_mask_mov_ps(scale, not_finite, _mm_set1_ps(f32::NAN));

    let mut sums = [_mm512_setzero_si512(); BLOCKS];
    for (index, [a, b]) in halves.into_iter().enumerate() {
        let inverse = _mm512_permutexvar_ps(_mm512_set1_epi32(index as i32), inverse);
        let is_normal = if is_normal >> index & 1 == 1 { !0 } else { 0 };
        // Infinities times zero would not become zeros.
        let whole = |x| _mm512_cvtps_epi32(_mm512_maskz_mul_ps(is_normal, x, inverse));
        let (a, b) = (whole(a), whole(b));
        if index < count {
            // SAFETY: the row has the block's 32 values, by the caller's promise.
            unsafe {
                let values = row.values.as_mut_ptr().add((first + index) * ACTIVATION_BLOCK);
                _mm_storeu_si128(values.cast(), _mm512_cvtepi32_epi8(a));
                _mm_storeu_si128(values.add(16).cast(), _mm512_cvtepi32_epi8(b));
            }
        }
        // Each half in eight lanes.
        let low = _mm512_shuffle_i32x4::<0x44>(a, b);
        let high = _mm512_shuffle_i32x4::<0xee>(a, b);
        sums[index] = _mm512_add_epi32(low, high);
    }
    let sums = lanes_by_block(sums.map(|x| _mm512_castsi512_ps(x)), |a, b| {
        _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(a), _mm512_castps_si512(b)))
    });
    // The quarters hold two parts of the first halves of all blocks, and two of the second.
    let sums = _mm512_castps_si512(sums);
    let first_halves = _mm_add_epi32(_mm512_castsi512_si128(sums), _mm512_extracti32x4_epi32::<1>(sums));
    let second_halves =
        _mm_add_epi32(_mm512_extracti32x4_epi32::<2>(sums), _mm512_extracti32x4_epi32::<3>(sums));
    let total = _mm_add_epi32(first_halves, second_halves);
    let mut put = QuantisedBlocks::default();
    // SAFETY: four blocks, two sums of halves each.
    unsafe {
        _mm_storeu_ps(put.scales.as_mut_ptr(), scale);
        _mm_storeu_ps(put.block_sums.as_mut_ptr(), _mm_mul_ps(_mm_cvtepi32_ps(total), scale));
        let low = _mm_unpacklo_epi32(first_halves, second_halves);
        let high = _mm_unpackhi_epi32(first_halves, second_halves);
        let (low_scale, high_scale) = (_mm_unpacklo_ps(scale, scale), _mm_unpackhi_ps(scale, scale));
        _mm_storeu_ps(put.sums.as_mut_ptr(), _mm_mul_ps(_mm_cvtepi32_ps(low), low_scale));
        _mm_storeu_ps(put.sums.as_mut_ptr().add(4), _mm_mul_ps(_mm_cvtepi32_ps(high), high_scale));
        let start = |sums| {
            const { assert!(OFFSET == 1 << 7) };
            _mm_sub_epi32(_mm_setzero_si128(), _mm_slli_epi32::<7>(sums))
        };
        _mm_storeu_si128(put.starts.as_mut_ptr().cast(), start(low));
        _mm_storeu_si128(put.starts.as_mut_ptr().add(4).cast(), start(high));
        _mm_storeu_si128(put.block_starts.as_mut_ptr().cast(), start(total));
    }
    row.scales[first..first + count].copy_from_slice(&put.scales[..count]);
    row.block_sums[first..first + count].copy_from_slice(&put.block_sums[..count]);
    row.block_starts[first..first + count].copy_from_slice(&put.block_starts[..count]);
    let halves = 2 * first..2 * (first + count);
    row.sums[halves.clone()].copy_from_slice(&put.sums[..2 * count]);
    row.starts[halves].copy_from_slice(&put.starts[..2 * count]);
}

/// What belongs to some blocks beside their values.
#[derive(Default)]
struct QuantisedBlocks {
    scales: [f32; BLOCKS],
    block_sums: [f32; BLOCKS],
    sums: [f32; 2 * BLOCKS],
    starts: [i32; 2 * BLOCKS],
    block_starts: [i32; BLOCKS],
}

/// Brings the four lanes of each quarter of four vectors together by `join`: lane `i` of a quarter is then what
/// the quarter of vector `i` comes to.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn lanes_by_block(vectors: [__m512; 4], join: impl Fn(__m512, __m512) -> __m512) -> __m512 {
    let [a, b, c, d] = vectors;
    let pair = |a, b| join(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
    let (ab, cd) = (_mm512_castps_pd(pair(a, b)), _mm512_castps_pd(pair(c, d)));
    join(_mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd)), _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd)))
}

/// Where a row of activations lies.
#[derive(Clone, Copy)]
struct Input {
    values: *const i8,
    /// One for each 32 values.
    scales: *const f32,
    /// Likewise, or one for each 16 values, as the format's groups are.
    sums: *const f32,
    /// Values from one chunk to the next.
    stride: usize,
}

impl Input {
    /// Row `row` for the format `B`.
    #[inline]
    fn new<B: VectorBlock>(inputs: &QuantisedRows<'_>, row: usize) -> Input {
        let first = inputs.place(row, 0);
        let sums = match B::GROUP {
            16 => inputs.data.sums.as_ptr(),
            _ => inputs.data.block_sums.as_ptr(),
        };
        Input {
            values: inputs.data.values.as_ptr().wrapping_add(first),
            scales: inputs.data.scales.as_ptr().wrapping_add(first / ACTIVATION_BLOCK),
            sums: sums.wrapping_add(first / B::GROUP),
            stride: inputs.place(row, 1) - first,
        }
    }
}

/// Vectors that a row is added up in: sums that do not wait for each other.
const SUMS: usize = 4;

/// What a row is added up in.
#[derive(Clone, Copy)]
struct Sums {
    products: [__m512; SUMS],
    /// Minimums times sums of activations, or scales times them where the format has a zero instead.
    minimums: __m512,
}

impl Sums {
    /// All in one vector, whose lanes are yet to be added.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
    fn total<B: VectorBlock>(&self) -> __m512 {
        let [a, b, c, d] = self.products;
        let zero = if B::MINIMUMS { 1.0 } else { B::ZERO as f32 };
        let products = _mm512_add_ps(_mm512_add_ps(a, b), _mm512_add_ps(c, d));
        _mm512_fnmadd_ps(self.minimums, _mm512_set1_ps(zero), products)
    }
}

/// Chunks whose scales are made ready before their values are multiplied, if they are.
const CHUNKS_TOGETHER: usize = 8;

/// The scales of some chunks, times those of the activations.
#[repr(C, align(64))]
struct Scaled([[f32; CHUNK / ACTIVATION_BLOCK]; CHUNKS_TOGETHER]);

/// See `IntegerKernels::dot_rows`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
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

/// Writes the products of all rows with `INPUTS` inputs.
///
/// # Safety
/// The CPU has the features of this folder; the inputs are there, with as many chunks as the rows.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn dot_inputs<B: VectorBlock, const INPUTS: usize>(
    rows: Rows<'_>,
    row_bytes: usize,
    inputs: QuantisedRows<'_>,
    input_rows: &[u32],
    output: &mut [[f32; PANEL_ROWS]],
) {
    let size = const { chunk_bytes::<B>() };
    let inputs: [Input; INPUTS] =
        std::array::from_fn(|index| Input::new::<B>(&inputs, input_rows[index] as usize));
    let (whole, rest) = (row_bytes / size, row_bytes % size);
    let mut copy = [0; MOST_CHUNK_BYTES];
    for panels in rows.streams() {
        let mut totals = [[[_mm512_setzero_ps(); PANEL_ROWS]; INPUTS]; STREAMS];
        for (row, streams) in panels.rows() {
            let zero = _mm512_setzero_ps();
            let mut sums = [[Sums { products: [zero; SUMS], minimums: zero }; INPUTS]; STREAMS];
            let blocks = |stream| &rows.bytes[panels.row(stream, row) * rows.stride..];
            for chunk in (0..whole).step_by(CHUNKS_TOGETHER) {
                let count = CHUNKS_TOGETHER.min(whole - chunk);
                for stream in streams.clone() {
                    let blocks = blocks(stream);
                    debug_assert!(blocks.len() >= row_bytes);
                    // SAFETY: `Kernels` checked that all rows are there; the row has these chunks, and so have the inputs.
                    unsafe {
                        let some = blocks.as_ptr().add(chunk * size);
                        add_chunks::<B, INPUTS, 8>(some, count, !0, &inputs, chunk, &mut sums[stream]);
                    }
                }
            }
            for stream in streams.clone().filter(|_| rest > 0) {
                // What follows a row in memory does no harm: copying would make loads wait for stores.
                let left = &blocks(stream)[row_bytes - rest..];
                let chunk = match left.get(..size) {
                    Some(chunk) => chunk.as_ptr(),
                    None => {
                        copy[..rest].copy_from_slice(&left[..rest]);
                        copy.as_ptr()
                    }
                };
                let groups = tail_mask(rest / B::BYTES * const { B::LEN / B::GROUP });
                let sums = &mut sums[stream];
                // SAFETY: a whole chunk; the inputs have this one too.
                unsafe {
                    match rest <= const { chunk_bytes::<B>() / 2 } {
                        true => add_chunks::<B, INPUTS, 4>(chunk, 1, groups, &inputs, whole, sums),
                        false => add_chunks::<B, INPUTS, 8>(chunk, 1, groups, &inputs, whole, sums),
                    }
                }
            }
            for stream in streams {
                for (totals, sums) in totals[stream].iter_mut().zip(&sums[stream]) {
                    totals[row] = sums.total::<B>();
                }
            }
        }
        for (stream, totals) in totals.iter().enumerate().take(panels.streams(0)) {
            let output = &mut output[panels.panel(stream) * INPUTS..][..INPUTS];
            for (output, totals) in output.iter_mut().zip(totals) {
                // SAFETY: as many lanes as the output has values.
                unsafe { _mm512_storeu_ps(output.as_mut_ptr(), sum_lanes(totals)) };
            }
        }
    }
}

/// Adds the products of `count` chunks of a row, of each the first `PARTS` times 32 weights, with chunk
/// `first` of `INPUTS` inputs and those behind it. Only some `groups` of weights count.
///
/// # Safety
/// The CPU has the features of this folder; there are as many whole `chunks`, no more than `CHUNKS_TOGETHER`, and the
/// inputs have them too.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn add_chunks<B: VectorBlock, const INPUTS: usize, const PARTS: usize>(
    chunks: *const u8,
    count: usize,
    groups: __mmask16,
    inputs: &[Input; INPUTS],
    first: usize,
    sums: &mut [Sums; INPUTS],
) {
    let size = const { chunk_bytes::<B>() };
    if B::SCALES_FIRST {
        // SAFETY: the caller's promise.
        return unsafe { add_scaled_chunks::<B, INPUTS, PARTS>(chunks, count, groups, inputs, first, sums) };
    }
    for index in 0..count {
        // SAFETY: a whole chunk, which the inputs have too; a chunk has eight scales and blocks.
        unsafe {
            let chunk = chunks.add(index * size);
            prefetch_ahead(chunk, size);
            let (weights, values) = (B::unpack_scales(chunk), B::unpack_values(chunk));
            let weights = weights.only(groups);
            for (input, sums) in inputs.iter().zip(&mut *sums) {
                let first = (first + index) * input.stride;
                let (scales, input_sums) =
                    (input.scales.add(first / ACTIVATION_BLOCK), input.sums.add(first / B::GROUP));
                let (scales, input_sums) = match B::GROUP {
                    16 => (twice(_mm256_loadu_ps(scales)), _mm512_loadu_ps(input_sums)),
                    _ => {
                        let eight = |at| _mm512_zextps256_ps512(_mm256_loadu_ps(at));
                        (eight(scales), eight(input_sums))
                    }
                };
                sums.minimums = _mm512_fmadd_ps(weights.of_sums::<B>(), input_sums, sums.minimums);
                let scales = _mm512_mul_ps(weights.scales, scales);
                // Four lanes of products belong to a group of 16, eight to one of 32.
                let (groups, step) = match B::GROUP {
                    16 => (_mm512_set_epi32(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0), 4),
                    _ => (_mm512_set_epi32(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0), 2),
                };
                let input = input.values.add(first);
                for (part, &values) in values.iter().enumerate().take(PARTS / 2) {
                    let activations = _mm512_loadu_si512(input.add(64 * part).cast());
                    let products = _mm512_dpbusd_epi32(_mm512_setzero_si512(), values, activations);
                    let groups = _mm512_add_epi32(groups, _mm512_set1_epi32(step * part as i32));
                    let scales = _mm512_permutexvar_ps(groups, scales);
                    let sum = &mut sums.products[part];
                    *sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(products), scales, *sum);
                }
            }
        }
    }
}

/// As `add_chunks`, of which it is a part: all scales, times those of the activations, then the values.
///
/// # Safety
/// As of `add_chunks`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn add_scaled_chunks<B: VectorBlock, const INPUTS: usize, const PARTS: usize>(
    chunks: *const u8,
    count: usize,
    groups: __mmask16,
    inputs: &[Input; INPUTS],
    first: usize,
    sums: &mut [Sums; INPUTS],
) {
    let size = const { chunk_bytes::<B>() };
    const { assert!(B::MINIMUMS || B::MULTIPLE == 1.0, "sums of activations meet the scales as they are") };
    let half = |vector| _mm512_castps512_ps256(vector);
    let mut scaled = [const { MaybeUninit::<Scaled>::uninit() }; INPUTS];
    let mut scale = |index: usize, weights: Scales, sums: &mut [Sums; INPUTS]| {
        let groups = groups as __mmask8;
        for ((input, sums), scaled) in inputs.iter().zip(sums).zip(&mut scaled) {
            let first = (first + index) * input.stride;
            // SAFETY: the inputs have the chunk; there are no more of them than there is room for.
            unsafe {
                let scales = _mm256_loadu_ps(input.scales.add(first / ACTIVATION_BLOCK));
                let scales = _mm256_maskz_mul_ps(groups, half(weights.scales), scales);
                _mm256_store_ps((*scaled.as_mut_ptr()).0[index].as_mut_ptr(), scales);
                let input_sums = _mm256_loadu_ps(input.sums.add(first / B::GROUP));
                let of_sums = half(weights.of_sums::<B>());
                let sum = _mm256_mask3_fmadd_ps(of_sums, input_sums, half(sums.minimums), groups);
                sums.minimums = _mm512_castps256_ps512(sum);
            }
        }
    };
    let fours = count / 4 * 4;
    for index in (0..fours).step_by(4) {
        // SAFETY: four of the chunks.
        let four = unsafe { B::unpack_four_scales(chunks.add(index * size)) };
        for (part, weights) in four.into_iter().enumerate() {
            scale(index + part, weights, sums);
        }
    }
    for index in fours..count {
        // SAFETY: a whole chunk.
        let mut weights = unsafe { B::unpack_scales(chunks.add(index * size)) };
        if B::MULTIPLE != 1.0 {
            let odd = _mm512_set1_ps(1.0 / B::MULTIPLE);
            weights.scales = _mm512_mask_mul_ps(weights.scales, 0xaaaa, weights.scales, odd);
        }
        scale(index, weights, sums);
    }
    // The first eight lanes of products belong to one group, the others to the next.
    let lanes = _mm512_set_epi32(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    for index in 0..count {
        // SAFETY: as above; the scales were just written.
        unsafe {
            let chunk = chunks.add(index * size);
            // Here, since memory should be asked for steadily: scales take a fifth of the time.
            prefetch_ahead(chunk, size);
            let values = B::unpack_multiples(chunk);
            for ((input, sums), scaled) in inputs.iter().zip(&mut *sums).zip(&scaled) {
                let scales = _mm256_load_ps((*scaled.as_ptr()).0[index].as_ptr());
                let input = input.values.add((first + index) * input.stride);
                for (part, &values) in values.iter().enumerate().take(PARTS / 2) {
                    let activations = _mm512_loadu_si512(input.add(64 * part).cast());
                    let products = _mm512_dpbusd_epi32(_mm512_setzero_si512(), values, activations);
                    let lanes = _mm512_add_epi32(lanes, _mm512_set1_epi32(2 * part as i32));
                    let scales = _mm512_permutexvar_ps(lanes, _mm512_castps256_ps512(scales));
                    let sum = &mut sums.products[part];
                    *sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(products), scales, *sum);
                }
            }
        }
    }
}

/// The values and scales of the `length` bytes at the front of `bytes`, blocks that may not fill a chunk. The values
/// behind them are unspecified, their scales and minimums zero.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(in crate::kernel) fn unpack_part<B: VectorBlock>(bytes: &[u8], length: usize) -> ([__m512i; 4], Scales) {
    let chunk = const { chunk_bytes::<B>() };
    let mut copy = [0; MOST_CHUNK_BYTES];
    // What follows in memory does no harm: copying would make the loads wait for the stores.
    let at = if bytes.len() >= chunk {
        bytes.as_ptr()
    } else {
        copy[..length].copy_from_slice(&bytes[..length]);
        copy.as_ptr()
    };
    let groups = tail_mask(length / B::BYTES * const { B::LEN / B::GROUP });
    // SAFETY: a whole chunk.
    let (values, scales) = unsafe { (B::unpack_values(at), B::unpack_scales(at)) };
    (values, scales.only(groups))
}

/// The sum of the lanes of each of 16 vectors: one lane for each.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn sum_lanes(vectors: &[__m512; 16]) -> __m512 {
    // Every step adds halves of two vectors and leaves them side by side.
    let pair = |a, b| _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
    let four = |first: usize| {
        let ab = _mm512_castps_pd(pair(vectors[first], vectors[first + 1]));
        let cd = _mm512_castps_pd(pair(vectors[first + 2], vectors[first + 3]));
        _mm512_add_ps(
            _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd)),
            _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd)),
        )
    };
    let quarters =
        |a, b| _mm512_add_ps(_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0xdd>(a, b));
    quarters(quarters(four(0), four(4)), quarters(four(8), four(12)))
}

/// See `Kernels::decode`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn decode<B: VectorBlock>(bytes: &[u8], values: &mut [f32]) {
    let chunks = bytes.chunks(const { chunk_bytes::<B>() });
    for (blocks, values) in chunks.zip(values.chunks_mut(CHUNK)) {
        let mut copy = [0; MOST_CHUNK_BYTES];
        let mut rest = [0.0; CHUNK];
        if values.len() == CHUNK {
            // SAFETY: a whole chunk, and as many values.
            unsafe { decode_chunk::<B>(blocks.as_ptr(), values.as_mut_ptr()) };
        } else {
            copy[..blocks.len()].copy_from_slice(blocks);
            // SAFETY: the copies hold a whole chunk.
            unsafe { decode_chunk::<B>(copy.as_ptr(), rest.as_mut_ptr()) };
            values.copy_from_slice(&rest[..values.len()]);
        }
    }
}

/// Decodes 256 values, rounding as `quant` does: bit for bit the same.
///
/// # Safety
/// The CPU has the features of this folder; a whole chunk and room for its values are there.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn decode_chunk<B: VectorBlock>(chunk: *const u8, output: *mut f32) {
    // SAFETY: the caller's promise.
    let (values, unpacked) = unsafe { (B::unpack_values(chunk), B::unpack_scales(chunk)) };
    for (index, values) in values.into_iter().enumerate() {
        let quarters = [
            _mm512_castsi512_si128(values),
            _mm512_extracti32x4_epi32::<1>(values),
            _mm512_extracti32x4_epi32::<2>(values),
            _mm512_extracti32x4_epi32::<3>(values),
        ];
        for (quarter, values) in quarters.into_iter().enumerate() {
            let first = 64 * index + 16 * quarter;
            let whole = _mm512_sub_epi32(_mm512_cvtepu8_epi32(values), _mm512_set1_epi32(B::ZERO));
            let group = _mm512_set1_epi32((first / B::GROUP) as i32);
            let scale = _mm512_permutexvar_ps(group, unpacked.scales);
            let mut value = _mm512_mul_ps(scale, _mm512_cvtepi32_ps(whole));
            if B::MINIMUMS {
                value = _mm512_sub_ps(value, _mm512_permutexvar_ps(group, unpacked.minimums));
            }
            // SAFETY: 16 of the 256 values.
            unsafe { _mm512_storeu_ps(output.add(first), value) };
        }
    }
}

/// The sum of all lanes of all vectors.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn sum_all<const VECTORS: usize>(vectors: [__m512; VECTORS]) -> f32 {
    _mm512_reduce_add_ps(vectors.into_iter().fold(_mm512_setzero_ps(), |sum, part| _mm512_add_ps(sum, part)))
}

/// A row-major buffer that panels are transposed from.
#[repr(C, align(64))]
struct Unpacking {
    values: [[u8; CHUNK]; PANEL_ROWS],
    scales: [[f32; MOST_GROUPS]; PANEL_ROWS],
    minimums: [[f32; MOST_GROUPS]; PANEL_ROWS],
}

/// See `IntegerKernels::unpack`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn unpack<B: VectorBlock>(rows: Rows<'_>, bytes: usize, panel: &mut Panel) {
    // SAFETY: 16 rows of whole blocks, whose lengths `Kernels` checked; a panel has 64 vectors of values.
    let is_unpacked = rows.count == PANEL_ROWS
        && unsafe {
            let blocks = bytes / B::BYTES;
            let chunk = ChunkRows { first: rows.bytes.as_ptr(), stride: rows.stride, blocks };
            B::unpack_words(chunk, panel.values.as_mut_ptr().cast())
        };
    match is_unpacked {
        true => unpack_rows::<B, false>(rows, bytes, panel),
        false => unpack_rows::<B, true>(rows, bytes, panel),
    }
}

/// Unpacks row by row to a buffer that is then transposed: scales, minimums, and values if they are wanted.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn unpack_rows<B: VectorBlock, const VALUES: bool>(rows: Rows<'_>, bytes: usize, panel: &mut Panel) {
    // Clearing it would take as long as a few tokens: every row is written instead.
    let mut buffer = MaybeUninit::<Unpacking>::uninit();
    let buffer = buffer.as_mut_ptr();
    for row in 0..PANEL_ROWS {
        // Rows that are not there have the first one's values, and scales of zero.
        let is_there = row < rows.count;
        let row_bytes = &rows.bytes[if is_there { row * rows.stride } else { 0 }..];
        let (values, unpacked) = unpack_part::<B>(row_bytes, bytes);
        let there = if is_there { !0 } else { 0 };
        // SAFETY: the buffer's rows have the lengths of the vectors.
        unsafe {
            if VALUES {
                let target = (&raw mut (*buffer).values[row]).cast::<u8>();
                for (index, values) in values.into_iter().enumerate() {
                    _mm512_store_si512(target.add(64 * index).cast(), with_offset::<B>(values));
                }
            }
            let scales = _mm512_maskz_mov_ps(there, unpacked.scales);
            _mm512_store_ps((&raw mut (*buffer).scales[row]).cast(), scales);
            if B::MINIMUMS {
                let minimums = _mm512_maskz_mov_ps(there, unpacked.minimums);
                _mm512_store_ps((&raw mut (*buffer).minimums[row]).cast(), minimums);
            }
        }
    }
    let groups = CHUNK / B::GROUP;
    // SAFETY: the buffer has 16 rows of 64 words, 16 scales and 16 minimums, and those that are read here are
    // written; the panel has room for the columns of as many.
    unsafe {
        let (values, scales, minimums) =
            (&raw const (*buffer).values, &raw const (*buffer).scales, &raw const (*buffer).minimums);
        if VALUES {
            transpose(values.cast(), CHUNK / 4, CHUNK / 4, panel.values.as_mut_ptr().cast());
        }
        transpose(scales.cast(), MOST_GROUPS, groups, panel.scales.as_mut_ptr().cast());
        if B::MINIMUMS {
            transpose(minimums.cast(), MOST_GROUPS, groups, panel.minimums.as_mut_ptr().cast());
        }
    }
    if B::PAIRS {
        join_pairs::<B>(panel);
    }
}

/// Makes pairs of integers of scales and minimums, in place of the scales, and puts their unit, one for each row, in place of
/// the first group's minimums; see [`VectorBlock::PAIRS`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn join_pairs<B: VectorBlock>(panel: &mut Panel) {
    const GROUPS: usize = CHUNK / ACTIVATION_BLOCK;
    let (scales, minimums) = (panel.scales.as_mut_ptr(), panel.minimums.as_mut_ptr());
    let zero = _mm512_setzero_ps();
    let sign = _mm512_set1_ps(-0.0);
    let (mut largest, mut nothing) = (zero, zero);
    let mut both = [[zero; 2]; GROUPS];
    for (group, both) in both.iter_mut().enumerate() {
        // SAFETY: a vector of each for every group.
        let (scales, minimums) = unsafe {
            (_mm512_load_ps(scales.add(group * PANEL_ROWS)), _mm512_load_ps(minimums.add(group * PANEL_ROWS)))
        };
        let minimums = _mm512_fnmadd_ps(_mm512_set1_ps(B::CENTRE as f32), scales, minimums);
        *both = [scales, minimums];
        for number in *both {
            largest = _mm512_max_ps(largest, _mm512_andnot_ps(sign, number));
            // Zero, or none where a number is infinite or none: the unit is none then.
            nothing = _mm512_fmadd_ps(number, zero, nothing);
        }
    }
    let most = _mm512_set1_ps(32767.0);
    let inverse = _mm512_div_ps(most, largest);
    // An infinite inverse is as good as none.
    let is_normal = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(inverse, _mm512_set1_ps(f32::INFINITY));
    let inverse = _mm512_maskz_mov_ps(is_normal, inverse);
    for (group, both) in both.into_iter().enumerate() {
        let [scale, minimum] = both.map(|number| _mm512_cvtps_epi32(_mm512_mul_ps(number, inverse)));
        let pair = _mm512_mask_blend_epi16(0xaaaa_aaaa, scale, _mm512_slli_epi32::<16>(minimum));
        // SAFETY: as above.
        unsafe { _mm512_store_si512(scales.add(group * PANEL_ROWS).cast(), pair) };
    }
    let unit = _mm512_add_ps(_mm512_maskz_div_ps(is_normal, largest, most), nothing);
    // SAFETY: as above.
    unsafe { _mm512_store_ps(minimums, unit) };
}

/// Writes the first `columns` (a multiple of 4) columns of 16 rows of words, `stride` words apart, as rows.
///
/// # Safety
/// The CPU has the features of this folder; both places are there.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(in crate::kernel) unsafe fn transpose(rows: *const i32, stride: usize, columns: usize, output: *mut i32) {
    let rows = ChunkRows { first: rows.cast(), stride: 4 * stride, blocks: 1 };
    for column in (0..columns).step_by(4) {
        // SAFETY: inside the rows and the output, by the caller's promise.
        unsafe {
            for (index, values) in rows.columns(4 * column).into_iter().enumerate() {
                _mm512_storeu_si512(output.add((column + index) * PANEL_ROWS).cast(), values);
            }
        }
    }
}

/// Words (four values each) of a block of activations.
const BLOCK_WORDS: usize = ACTIVATION_BLOCK / 4;
/// Rows of activations whose sums with two panels are kept in registers: as many as there are products that have to be on
/// their way at a time.
const INPUTS_TOGETHER: usize = 4;

/// The same address, of which the compiler knows nothing: it would else add a base and an index in every instruction
/// that reads there, and those with three operands are then split in two.
#[inline]
#[allow(clippy::pointers_in_nomem_asm_block)] // Nothing is read through it there.
fn in_register<T>(mut at: *const T) -> *const T {
    // SAFETY: no instruction at all.
    unsafe { std::arch::asm!("/* {0} */", inout(reg) at, options(pure, nomem, nostack, preserves_flags)) };
    at
}

/// See `IntegerKernels::multiply`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn multiply<B: VectorBlock>(
    panels: &[Panel],
    inputs: &SelectedRows<'_>,
    chunk: usize,
    sums: &mut [[f32; PANEL_ROWS]],
) {
    // SAFETY: `Kernels` checked that the inputs have this chunk, and that there is a sum for each and each panel.
    unsafe {
        match panels {
            [panel] => multiply_panels::<B, 1>([panel], inputs, chunk, sums),
            [first, second] => multiply_panels::<B, 2>([first, second], inputs, chunk, sums),
            _ => unreachable!("more than MOST_PANELS"),
        }
    }
}

/// Multiplies one panel or two with all inputs.
///
/// # Safety
/// The CPU has the features of this folder; the inputs have the chunk; `sums` has one for each input and panel.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn multiply_panels<B: VectorBlock, const PANELS: usize>(
    panels: [&Panel; PANELS],
    inputs: &SelectedRows<'_>,
    chunk: usize,
    sums: &mut [[f32; PANEL_ROWS]],
) {
    let count = sums.len() / PANELS;
    let sums: [*mut [f32; PANEL_ROWS]; PANELS] =
        std::array::from_fn(|panel| sums.as_mut_ptr().wrapping_add(panel * count));
    let mut first = 0;
    while first < count {
        let rows = &inputs.indices[first..];
        let sums = sums.map(|sums| sums.wrapping_add(first));
        // One or two alone would wait for their own products: five or six at the end stay together. With groups of 16
        // there are no registers for that.
        let together = match (count - first, B::GROUP) {
            (left @ (1..=3 | 5..=6), 32) | (left @ 1..=3, _) => left,
            (5..=6, _) => 3,
            _ => INPUTS_TOGETHER,
        };
        // SAFETY: as many inputs are left, by the caller's promise.
        unsafe {
            match together {
                1 => multiply_tile::<B, PANELS, 1>(panels, inputs.rows, rows, chunk, sums),
                2 => multiply_tile::<B, PANELS, 2>(panels, inputs.rows, rows, chunk, sums),
                3 => multiply_tile::<B, PANELS, 3>(panels, inputs.rows, rows, chunk, sums),
                5 => multiply_tile::<B, PANELS, 5>(panels, inputs.rows, rows, chunk, sums),
                6 => multiply_tile::<B, PANELS, 6>(panels, inputs.rows, rows, chunk, sums),
                _ => multiply_tile::<B, PANELS, INPUTS_TOGETHER>(panels, inputs.rows, rows, chunk, sums),
            }
        }
        first += together;
    }
}

/// Multiplies with the first `INPUTS` of `input_rows`.
///
/// # Safety
/// The CPU has the features of this folder; the inputs have the chunk; there are as many sums for each panel.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn multiply_tile<B: VectorBlock, const PANELS: usize, const INPUTS: usize>(
    panels: [&Panel; PANELS],
    inputs: QuantisedRows<'_>,
    input_rows: &[u32],
    chunk: usize,
    sums: [*mut [f32; PANEL_ROWS]; PANELS],
) {
    let data = inputs.data;
    let groups = const { ACTIVATION_BLOCK / B::GROUP };
    let group_words = const { B::GROUP / 4 };
    let (input_sums, starts) = match B::GROUP {
        16 => (data.sums, data.starts),
        _ => (data.block_sums, data.block_starts),
    };
    let place = |input: usize| inputs.place(input_rows[input.min(input_rows.len() - 1)] as usize, chunk);
    let at = |input: usize| data.values.as_ptr().wrapping_add(place(input));
    let values: [*const i8; INPUTS] = std::array::from_fn(|input| in_register(at(input)));
    let next: [*const i8; INPUTS] = std::array::from_fn(|input| at(INPUTS + input));
    let first_block: [usize; INPUTS] = std::array::from_fn(|input| place(input) / ACTIVATION_BLOCK);
    // SAFETY: the panel has eight vectors of values for each block, and a scale and a minimum for each group; the inputs
    // have the chunk's blocks; each sum is a vector.
    unsafe {
        let mut totals = [[_mm512_setzero_ps(); INPUTS]; PANELS];
        if chunk > 0 && !B::PAIRS {
            totals = sums.map(|sums| std::array::from_fn(|input| _mm512_loadu_ps(sums.add(input).cast())));
        }
        for block in 0..panels[0].blocks {
            if block.is_multiple_of(2) {
                for next in next {
                    prefetch_line(next.wrapping_add(block * ACTIVATION_BLOCK));
                }
            }
            let mut weighted = [[_mm512_setzero_ps(); INPUTS]; PANELS];
            for group in 0..groups {
                let mut products = [[_mm512_setzero_si512(); INPUTS]; PANELS];
                if B::HAS_CENTRE {
                    for input in 0..INPUTS {
                        let at = starts.as_ptr().add((first_block[input] + block) * groups + group);
                        let start = _mm512_set1_epi32(*at);
                        for products in &mut products {
                            products[input] = start;
                        }
                    }
                }
                for word in group * group_words..(group + 1) * group_words {
                    let weights = panels.map(|panel| {
                        let first = panel.values.as_ptr().cast::<__m512i>();
                        _mm512_load_si512(first.add(block * BLOCK_WORDS + word))
                    });
                    for input in 0..INPUTS {
                        let at = values[input].add(block * ACTIVATION_BLOCK).cast::<i32>().add(word);
                        let activations = _mm512_set1_epi32(at.read_unaligned());
                        for (products, weights) in products.iter_mut().zip(weights) {
                            products[input] = _mm512_dpbusd_epi32(products[input], weights, activations);
                        }
                    }
                }
                if B::PAIRS {
                    for input in 0..INPUTS {
                        // A start is the sum of the activations times -2^7, and in the upper half of a word here times -1.
                        const { assert!(OFFSET == 1 << 7) };
                        let start = _mm512_set1_epi32(*starts.as_ptr().add(first_block[input] + block));
                        let upper = _mm512_slli_epi32::<9>(start);
                        for ((panel, products), weighted) in panels.iter().zip(products).zip(&mut weighted) {
                            // products & 0xffff | upper
                            let lower = _mm512_set1_epi32(0xffff);
                            let sums = _mm512_ternarylogic_epi32::<0xea>(products[input], lower, upper);
                            let pairs =
                                _mm512_load_si512(panel.scales.as_ptr().add(block * PANEL_ROWS).cast());
                            let products = _mm512_dpwssd_epi32(_mm512_setzero_si512(), sums, pairs);
                            weighted[input] = _mm512_cvtepi32_ps(products);
                        }
                    }
                    continue;
                }
                for ((panel, products), weighted) in panels.iter().zip(products).zip(&mut weighted) {
                    let scales =
                        _mm512_load_ps(panel.scales.as_ptr().add((block * groups + group) * PANEL_ROWS));
                    for (products, weighted) in products.into_iter().zip(weighted) {
                        let products = _mm512_cvtepi32_ps(products);
                        *weighted = match group {
                            0 => _mm512_mul_ps(products, scales),
                            _ => _mm512_fmadd_ps(products, scales, *weighted),
                        };
                    }
                }
                if B::MINIMUMS {
                    for input in 0..INPUTS {
                        let at = input_sums.as_ptr().add((first_block[input] + block) * groups + group);
                        let input_sum = _mm512_set1_ps(*at);
                        for (panel, totals) in panels.iter().zip(&mut totals) {
                            let first = panel.minimums.as_ptr().add((block * groups + group) * PANEL_ROWS);
                            totals[input] = _mm512_fnmadd_ps(_mm512_load_ps(first), input_sum, totals[input]);
                        }
                    }
                }
            }
            for input in 0..INPUTS {
                let input_scale = _mm512_set1_ps(*data.scales.as_ptr().add(first_block[input] + block));
                for (totals, weighted) in totals.iter_mut().zip(&weighted) {
                    totals[input] = _mm512_fmadd_ps(weighted[input], input_scale, totals[input]);
                }
            }
        }
        for ((panel, sums), totals) in panels.into_iter().zip(sums).zip(totals) {
            for (input, mut total) in totals.into_iter().enumerate() {
                let sum = sums.add(input).cast::<f32>();
                if B::PAIRS {
                    let before = if chunk > 0 { _mm512_loadu_ps(sum) } else { _mm512_setzero_ps() };
                    total = _mm512_fmadd_ps(total, _mm512_load_ps(panel.minimums.as_ptr()), before);
                }
                _mm512_storeu_ps(sum, total);
            }
        }
    }
}

/// See `Kernels::dots`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
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
                    (4, 4..) => dot_tile::<4, 4>(some, length, inputs, input_rows, output, output_stride),
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
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn dot_tile<const ROWS: usize, const INPUTS: usize>(
    rows: FloatRows<'_>,
    length: usize,
    inputs: FloatRows<'_>,
    input_rows: &[u32],
    output: &mut [f32],
    output_stride: usize,
) -> usize {
    let mut sums = [[_mm512_setzero_ps(); ROWS]; INPUTS];
    for start in (0..length).step_by(16) {
        let mask = tail_mask(length - start);
        // SAFETY: lanes that are loaded lie inside their rows.
        let load = |row: FloatRows<'_>, index: usize| unsafe {
            _mm512_maskz_loadu_ps(mask, row.values.as_ptr().add(index * row.stride + start))
        };
        let weights: [__m512; ROWS] = std::array::from_fn(|row| load(rows, row));
        for (sums, &input_row) in sums.iter_mut().zip(input_rows) {
            let input = load(inputs, input_row as usize);
            for (sum, weights) in sums.iter_mut().zip(weights) {
                *sum = _mm512_fmadd_ps(weights, input, *sum);
            }
        }
    }
    for (index, sums) in sums.into_iter().enumerate() {
        for (output, sum) in output[index * output_stride..].iter_mut().zip(sums) {
            *output += _mm512_reduce_add_ps(sum);
        }
    }
    INPUTS
}

/// See `Kernels::dot_float_rows`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn dot_float_rows<F: Float>(
    rows: Rows<'_>,
    inputs: FloatRows<'_>,
    input_rows: &[u32],
    length: usize,
    output: &mut [[f32; PANEL_ROWS]],
) {
    // SAFETY: `Kernels` checked that all inputs are there, and as long as the rows.
    unsafe {
        match input_rows.len() {
            1 => dot_float_inputs::<F, 1>(rows, inputs, input_rows, length, output),
            2 => dot_float_inputs::<F, 2>(rows, inputs, input_rows, length, output),
            3 => dot_float_inputs::<F, 3>(rows, inputs, input_rows, length, output),
            _ => dot_float_inputs::<F, 4>(rows, inputs, input_rows, length, output),
        }
    }
}

/// Vectors whose sums do not wait for each other: enough to hide the latency of an addition.
const CHAINS: usize = 4;

/// Writes the products of all rows of floats with `INPUTS` inputs.
///
/// # Safety
/// The CPU has the features of this folder; the inputs are there, as long as the rows.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn dot_float_inputs<F: Float, const INPUTS: usize>(
    rows: Rows<'_>,
    inputs: FloatRows<'_>,
    input_rows: &[u32],
    length: usize,
    output: &mut [[f32; PANEL_ROWS]],
) {
    let input: [*const f32; INPUTS] = std::array::from_fn(|index| {
        inputs.values.as_ptr().wrapping_add(input_rows[index] as usize * inputs.stride)
    });
    for panels in rows.streams() {
        for (row, streams) in panels.rows() {
            let mut totals = [[[_mm512_setzero_ps(); CHAINS]; INPUTS]; STREAMS];
            for start in (0..length).step_by(STREAM_VALUES) {
                let range = start..length.min(start + STREAM_VALUES);
                for stream in streams.clone() {
                    let (row, totals) = (panels.row(stream, row), &mut totals[stream]);
                    let weights = rows.bytes[row * rows.stride..][..length * F::BYTES].as_ptr();
                    if rows.scales.is_empty() {
                        // SAFETY: the row and the inputs have `length` values.
                        unsafe { add_floats::<F, INPUTS>(weights, input, range.clone(), totals) };
                        continue;
                    }
                    let scales = rows.scales_of(row)[start / SCALE_BLOCK..].iter();
                    for (start, &scale) in range.clone().step_by(SCALE_BLOCK).zip(scales) {
                        let block = start..length.min(start + SCALE_BLOCK);
                        let mut sums = [[_mm512_setzero_ps(); CHAINS]; INPUTS];
                        // SAFETY: as above.
                        unsafe { add_floats::<F, INPUTS>(weights, input, block, &mut sums) };
                        for (total, sum) in totals.as_flattened_mut().iter_mut().zip(sums.as_flattened()) {
                            *total = _mm512_fmadd_ps(*sum, _mm512_set1_ps(scale), *total);
                        }
                    }
                }
            }
            for stream in streams {
                for (index, totals) in totals[stream].into_iter().enumerate() {
                    output[panels.panel(stream) * INPUTS + index][row] = sum_all(totals);
                }
            }
        }
    }
}

/// Adds the products of the values `range` of a row of floats with those of `INPUTS` inputs.
///
/// # Safety
/// The CPU has the features of this folder; the row and the inputs have the values.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn add_floats<F: Float, const INPUTS: usize>(
    row: *const u8,
    inputs: [*const f32; INPUTS],
    range: Range<usize>,
    sums: &mut [[__m512; CHAINS]; INPUTS],
) {
    for start in range.clone().step_by(16 * CHAINS) {
        prefetch_ahead(row.wrapping_add(start * F::BYTES), 16 * CHAINS * F::BYTES);
        for chain in 0..CHAINS {
            let mask = tail_mask(range.end.saturating_sub(start + 16 * chain));
            // Where nothing is left nothing is read; the address stays inside all the same.
            let start = (start + 16 * chain).min(range.end);
            // SAFETY: lanes that are loaded lie inside the row and the inputs.
            unsafe {
                let weights = F::load(row.add(start * F::BYTES), mask);
                for (sums, input) in sums.iter_mut().zip(inputs) {
                    let input = _mm512_maskz_loadu_ps(mask, input.add(start));
                    sums[chain] = _mm512_fmadd_ps(weights, input, sums[chain]);
                }
            }
        }
    }
}

/// See `Kernels::int8_peak`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn int8_peak(rounds: usize) -> (i32, u64) {
    /// Products that do not wait for each other: enough to hide their latency.
    const PRODUCTS: usize = 16;
    let (a, b) = std::hint::black_box((_mm512_set1_epi8(3), _mm512_set1_epi8(5)));
    let mut sums = [_mm512_setzero_si512(); PRODUCTS];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = _mm512_dpbusd_epi32(*sum, a, b);
        }
    }
    let sum = sums.into_iter().fold(_mm512_setzero_si512(), |x, y| _mm512_add_epi32(x, y));
    (_mm512_reduce_add_epi32(sum), (64 * PRODUCTS * rounds) as u64)
}
