//! Every instruction set against exact sums and against the portable kernels: random, odd-sized and
//! adversarial input.
//!
//! Tolerances are bounds, not guesses. A sum of `n` rounded products in any order is off by at most
//! `n * 2^-24` times the sum of their magnitudes (Higham, Accuracy and Stability of Numerical Algorithms,
//! 3.1), to first order.

use super::activations::{QuantisedRow, QuantisedRowMut, ACTIVATION_BLOCK};
use super::attention::{attention, AttentionBuffers};
use super::block::{for_block, Block, Chunk, CHUNK};
use super::matmul::FEW_TOKENS;
use super::table::{
    FloatRows, IntegerKernels, Kernels, Panel, QuantisedRows, Rows, WeightTile, MOST_DOT_INPUTS, MOST_PANELS,
    PANEL_ROWS, TILE_COLUMNS,
};
use crate::kernel::{
    Activation, Activations, Arithmetic, Attention, CacheFormat, CacheRows, Compute, Gated, InstructionSet,
    Interrupt, Matrix, Output, Product, Selection, Team, Term, Transposed,
};
use crate::quant::Format;
use crate::storage::{Exponents, Scales, Source, Tensor};
use half::{bf16, f16};
use std::sync::Arc;

/// The rounding of one operation.
const UNIT: f64 = 1.0 / (1 << 24) as f64;

/// The norm of a row of 16-bit integers.
const INT16_NORM: f64 = i16::MAX as f64;

/// Numbers that look random, the same in every run (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// Roughly normal, deviation 1.
    fn normal(&mut self) -> f32 {
        (0..12).map(|_| (self.next() >> 40) as f32 / (1 << 24) as f32).sum::<f32>() - 6.0
    }

    fn normals(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.normal()).collect()
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}

/// Every instruction set that this CPU has, the portable one first.
fn sets() -> Vec<Kernels> {
    Kernels::available().collect()
}

/// Owned rows of quantised activations.
struct Quantised {
    values: Vec<i8>,
    scales: Vec<f32>,
    sums: Vec<f32>,
    block_sums: Vec<f32>,
    starts: Vec<i32>,
    block_starts: Vec<i32>,
    columns: usize,
}

impl Quantised {
    fn new(kernels: Kernels, input: &[f32], columns: usize) -> Quantised {
        let rows = input.len() / columns;
        let padded = columns.next_multiple_of(CHUNK);
        let blocks = padded / ACTIVATION_BLOCK;
        let mut quantised = Quantised {
            values: vec![1; rows * padded],
            scales: vec![1.0; rows * blocks],
            sums: vec![1.0; rows * blocks * 2],
            block_sums: vec![1.0; rows * blocks],
            starts: vec![1; rows * blocks * 2],
            block_starts: vec![1; rows * blocks],
            columns: padded,
        };
        for (row, input) in input.chunks_exact(columns).enumerate() {
            for (chunk, input) in input.chunks(CHUNK).enumerate() {
                let place = chunk * rows + row;
                let blocks = CHUNK / ACTIVATION_BLOCK;
                let target = QuantisedRowMut {
                    values: &mut quantised.values[place * CHUNK..][..CHUNK],
                    scales: &mut quantised.scales[place * blocks..][..blocks],
                    sums: &mut quantised.sums[place * blocks * 2..][..blocks * 2],
                    block_sums: &mut quantised.block_sums[place * blocks..][..blocks],
                    starts: &mut quantised.starts[place * blocks * 2..][..blocks * 2],
                    block_starts: &mut quantised.block_starts[place * blocks..][..blocks],
                };
                kernels.quantise(input, target);
            }
        }
        quantised
    }

    /// A copy of one row.
    fn row(&self, row: u32) -> Quantised {
        let all = self.rows();
        let chunks = || (0..self.columns / CHUNK).map(|chunk| all.chunk(row, chunk));
        Quantised {
            values: chunks().flat_map(|chunk| chunk.values.to_vec()).collect(),
            scales: chunks().flat_map(|chunk| chunk.scales.to_vec()).collect(),
            sums: chunks().flat_map(|chunk| chunk.sums.to_vec()).collect(),
            block_sums: chunks().flat_map(|chunk| chunk.block_sums.to_vec()).collect(),
            starts: chunks().flat_map(|chunk| chunk.starts.to_vec()).collect(),
            block_starts: chunks().flat_map(|chunk| chunk.block_starts.to_vec()).collect(),
            columns: self.columns,
        }
    }

    fn rows(&self) -> QuantisedRows<'_> {
        let data = QuantisedRow {
            values: &self.values,
            scales: &self.scales,
            sums: &self.sums,
            block_sums: &self.block_sums,
            starts: &self.starts,
            block_starts: &self.block_starts,
        };
        QuantisedRows { data, count: self.values.len() / self.columns, columns: self.columns }
    }
}

/// Activations of several kinds: ordinary, with outliers, all of one sign, tiny, zero.
fn activations(random: &mut Random, rows: usize, columns: usize) -> Vec<f32> {
    let mut values = random.normals(rows * columns);
    for (index, row) in values.chunks_exact_mut(columns).enumerate() {
        match index % 5 {
            1 => row.iter_mut().step_by(37).for_each(|x| *x *= 300.0),
            2 => row.iter_mut().for_each(|x| *x = x.abs() + 1.0),
            3 => row.iter_mut().for_each(|x| *x *= 1e-41),
            4 => row.iter_mut().step_by(3).for_each(|x| *x = 0.0),
            _ => {}
        }
    }
    values
}

#[test]
fn quantising_is_the_same_bit_for_bit() {
    let mut random = Random(1);
    for columns in [1, 15, 16, 31, 32, 33, 64, 255, 256, 257, 1000] {
        let mut input = activations(&mut random, 10, columns);
        // Blocks that hold what no scale can express, at both ends and in the middle.
        let specials =
            [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, -f32::MAX, -0.0, 1e-45, 3e-39];
        for (index, special) in specials.into_iter().enumerate() {
            let at = index * columns + [0, columns / 2, columns - 1][index % 3];
            input[at] = special;
        }
        let reference = Quantised::new(sets()[0], &input, columns);
        let bits =
            |x: &[f32]| x.iter().map(|x| if x.is_nan() { !0 } else { x.to_bits() }).collect::<Vec<_>>();
        for kernels in sets() {
            let quantised = Quantised::new(kernels, &input, columns);
            assert_eq!(quantised.values, reference.values, "{kernels:?}");
            assert_eq!(bits(&quantised.scales), bits(&reference.scales), "{kernels:?}");
            assert_eq!(bits(&quantised.sums), bits(&reference.sums), "{kernels:?}");
            assert_eq!(bits(&quantised.block_sums), bits(&reference.block_sums), "{kernels:?}");
            assert_eq!(quantised.starts, reference.starts, "{kernels:?}");
            assert_eq!(quantised.block_starts, reference.block_starts, "{kernels:?}");
        }
    }
}

/// How scales and minimums meet the sums of products.
#[derive(Clone, Copy, PartialEq)]
enum Scaling {
    Floats,
    /// As pairs of 16-bit integers, in units of the largest of a chunk; see `VectorBlock::PAIRS`.
    Pairs,
}

/// How the panels of a format are scaled.
fn panel_scaling<B: Block>(kernels: Kernels) -> Scaling {
    match (kernels.instruction_set(), B::FORMAT) {
        (InstructionSet::Avx512 | InstructionSet::Amx, Format::Q4_K) => Scaling::Pairs,
        _ => Scaling::Floats,
    }
}

/// The exact product of a row of blocks with a row of activations, and how far a kernel may be off;
/// `None` if it is not finite.
fn exact<B: Block>(row: &[u8], input: &QuantisedRow<'_>, scaling: Scaling) -> Option<(f64, f64)> {
    // The peak is that of a group's products before they are scaled.
    let (mut sum, mut magnitude, mut peak) = (0.0, 0.0, 0.0);
    let mut chunk = Chunk::ZERO;
    let mut groups = 0;
    let mut of_pairs = 0.0;
    for (index, blocks) in row.chunks(CHUNK / B::LEN * B::BYTES).enumerate() {
        chunk.unpack::<B>(blocks);
        let input = input.chunk(index);
        let centre = |scale: f32, minimum: f32| minimum - 8.0 * scale;
        let pairs = chunk.scales.iter().zip(&chunk.minimums);
        let largest = pairs.fold(0.0, |largest, (s, m)| f32::max(largest, s.abs().max(centre(*s, *m).abs())));
        for group in 0..blocks.len() / B::BYTES * B::LEN / B::GROUP {
            if scaling == Scaling::Pairs {
                let range = group * B::GROUP..(group + 1) * B::GROUP;
                let values = || chunk.values[range.clone()].iter().zip(&input.values[range.clone()]);
                let products: i32 = values().map(|(&q, &x)| (i32::from(q) - 8) * i32::from(x)).sum();
                let sum: i32 = values().map(|(_, &x)| i32::from(x)).sum();
                let input_scale = f64::from(input.scales[range.start / ACTIVATION_BLOCK]);
                // Both numbers of a pair are off by half a unit, and by a little as they are floats before.
                let off = 0.51 * f64::from(largest) / 32767.0;
                of_pairs += off * input_scale * f64::from(products.abs() + sum.abs());
            }
            let range = group * B::GROUP..(group + 1) * B::GROUP;
            let input_scale = f64::from(input.scales[range.start / ACTIVATION_BLOCK]);
            let (scale, minimum) = (f64::from(chunk.scales[group]), f64::from(chunk.minimums[group]));
            let minimum = if B::MINIMUMS { minimum } else { scale * f64::from(B::ZERO) };
            peak = f64::max(peak, minimum.abs());
            let pairs = chunk.values[range.clone()].iter().zip(&input.values[range]);
            for (&value, &activation) in pairs {
                let whole = (scale.abs() * f64::from(value) + minimum.abs()) * f64::from(activation).abs();
                peak = f64::max(peak, whole * B::GROUP as f64);
                let activation = f64::from(activation) * input_scale;
                sum += (scale * f64::from(value) - minimum) * activation;
                magnitude += (scale.abs() * f64::from(value) + minimum.abs()) * activation.abs();
            }
            groups += 1;
        }
    }
    // Each group's product and minimum are added, with three roundings inside each; then 16 lanes.
    let roundings = f64::from(2 * groups + 16 + 3);
    // Below the smallest normal number roundings are absolute.
    let bound = roundings * (UNIT * magnitude + f64::from(f32::MIN_POSITIVE) * UNIT) + of_pairs;
    let is_finite = f64::max(magnitude, peak) < f64::from(f32::MAX) / 4.0 && sum.is_finite();
    is_finite.then_some((sum, bound))
}

/// Holds a kernel's result against the exact one.
fn compare<B: Block>(label: &str, row: &[u8], input: &QuantisedRow<'_>, scaling: Scaling, result: f32) {
    match exact::<B>(row, input, scaling) {
        Some((expected, bound)) => {
            let error = (f64::from(result) - expected).abs();
            assert!(error <= bound, "{label}: {result} is {error} from {expected}, bound {bound}");
        }
        // A scale of 2^127 may leave a sum finite that goes through larger numbers: nothing to hold it to.
        None if B::LEN == 32 && B::BYTES == 17 => {}
        None => assert!(!result.is_finite(), "{label}: {result} should not be finite"),
    }
}

/// All products of `count` rows with all inputs, through both ways of multiplying.
fn check_format<B: Block>(random: &mut Random, kernels: Kernels, integer: IntegerKernels, wild: bool) {
    let columns = B::LEN * (1 + random.below(if B::LEN == 256 { 4 } else { 40 }));
    // Mostly some rows of a panel, sometimes several panels for each stream.
    let most = [PANEL_ROWS, 10 * PANEL_ROWS][usize::from(random.below(8) == 0)];
    let count = 1 + random.below(most);
    let row_bytes = columns / B::LEN * B::BYTES;
    let stride = row_bytes + random.below(3);
    let mut bytes = random.bytes(count * stride);
    if !wild {
        tame::<B>(&mut bytes, stride, row_bytes, random);
    } else if random.below(4) == 0 {
        bytes.fill([0, 255][random.below(2)]);
    }
    let inputs = 1 + random.below(9);
    let mut values = activations(random, inputs, columns);
    if wild && random.below(4) == 0 {
        let at = random.below(values.len());
        values[at] = [f32::NAN, f32::INFINITY][random.below(2)];
    }
    let quantised = Quantised::new(kernels, &values, columns);
    let all = quantised.rows();
    let rows = Rows { bytes: &bytes, stride, count, scales: &[] };
    let row = |index: usize| &bytes[index * stride..][..row_bytes];
    let label = format!("{kernels:?}, blocks of {} bytes, {count} x {columns}", B::BYTES);

    let chosen: Vec<u32> = (0..1 + random.below(4)).map(|_| random.below(inputs) as u32).collect();
    let mut output = vec![[0.0; PANEL_ROWS]; count.div_ceil(PANEL_ROWS) * chosen.len()];
    integer.dot_rows(rows, row_bytes, all, &chosen, &mut output);
    for (i, &input) in chosen.iter().enumerate() {
        for r in 0..count {
            compare::<B>(
                &label,
                row(r),
                &quantised.row(input).rows().data,
                Scaling::Floats,
                output[r / PANEL_ROWS * chosen.len() + i][r % PANEL_ROWS],
            );
        }
    }

    let chosen: Vec<u32> = (0..1 + random.below(20)).map(|_| random.below(inputs) as u32).collect();
    // One panel, or two: then the second one's first row is the last.
    let firsts = &[0, count - 1][..1 + random.below(MOST_PANELS)];
    let mut sums = vec![[0.0; PANEL_ROWS]; firsts.len() * chosen.len()];
    let mut panels = [Panel::ZERO; MOST_PANELS];
    let panels = &mut panels[..firsts.len()];
    for (chunk, start) in (0..row_bytes).step_by(integer.chunk_bytes()).enumerate() {
        for (panel, first) in panels.iter_mut().zip(firsts) {
            let count = PANEL_ROWS.min(count - first);
            let rows = Rows { bytes: &bytes[first * stride + start..], count, ..rows };
            integer.unpack(rows, integer.chunk_bytes().min(row_bytes - start), panel);
        }
        integer.multiply(panels, &all.select(&chosen), chunk, &mut sums);
    }
    for (sums, first) in sums.chunks_exact(chosen.len()).zip(firsts) {
        for (sums, &chosen) in sums.iter().zip(&chosen) {
            for (r, &sum) in sums.iter().enumerate().take(count - first) {
                compare::<B>(
                    &label,
                    row(first + r),
                    &quantised.row(chosen).rows().data,
                    panel_scaling::<B>(kernels),
                    sum,
                );
            }
        }
    }
}

/// Gives every block finite scales of ordinary size.
fn tame<B: Block>(bytes: &mut [u8], stride: usize, row_bytes: usize, random: &mut Random) {
    let halves: &[usize] = match B::BYTES {
        18 | 22 | 34 | 136 => &[0],
        20 | 24 | 144 | 176 => &[0, 2],
        84 => &[80, 82],
        110 => &[108],
        210 => &[208],
        _ => &[],
    };
    for row in bytes.chunks_exact_mut(stride) {
        for block in row[..row_bytes].chunks_exact_mut(B::BYTES) {
            for &offset in halves {
                let scale = f16::from_f32(random.normal() * 0.01);
                block[offset..offset + 2].copy_from_slice(&scale.to_le_bytes());
            }
            if halves.is_empty() {
                block[0] = 110 + random.below(20) as u8;
            }
        }
    }
}

#[test]
fn products_of_every_format_are_exact_up_to_rounding() {
    for kernels in sets() {
        for (seed, format) in Format::ALL.into_iter().enumerate() {
            let mut random = Random(seed as u64);
            let Some(integer) = kernels.integer(format) else { continue };
            for _ in 0..40 {
                for_block!(format, B => check_format::<B>(&mut random, kernels, integer, false));
                for_block!(format, B => check_format::<B>(&mut random, kernels, integer, true));
            }
        }
    }
}

#[test]
fn decoding_is_the_same_bit_for_bit() {
    let mut random = Random(11);
    let bits = |x: &[f32]| x.iter().map(|x| if x.is_nan() { !0 } else { x.to_bits() }).collect::<Vec<_>>();
    for kernels in sets() {
        for format in Format::ALL {
            for blocks in [0, 1, 2, 3, 7, 8, 9, 30] {
                let mut bytes = random.bytes(blocks * format.block_bytes());
                if blocks == 3 {
                    bytes.fill([0, 255][random.below(2)]);
                }
                let mut expected = vec![0.0; blocks * format.block_len()];
                let mut values = expected.clone();
                format.decode(&bytes, &mut expected);
                kernels.decode(format, &bytes, &mut values);
                assert_eq!(bits(&values), bits(&expected), "{kernels:?}, {format:?}, {blocks} blocks");
            }
        }
    }
}

/// Sums of products in few bits: the largest values of every format times the largest activations.
#[test]
fn the_largest_products_do_not_overflow() {
    fn check<B: Block>(random: &mut Random, kernels: Kernels, integer: IntegerKernels) {
        let row_bytes = CHUNK / B::LEN * B::BYTES;
        for fill in [0x00, 0xff, 0x80, 0x7f, 0xf0, 0x0f] {
            let mut bytes = vec![fill; row_bytes];
            tame::<B>(&mut bytes, row_bytes, row_bytes, random);
            // All of one sign, and signs that alternate: each activation is as large as they get.
            let values: Vec<f32> = [[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]]
                .into_iter()
                .flat_map(|pair| pair.into_iter().cycle().take(CHUNK))
                .collect();
            let quantised = Quantised::new(kernels, &values, CHUNK);
            assert!(quantised.values.iter().all(|value| value.abs() == 127));
            let (all, chosen) = (quantised.rows(), [0, 1, 2]);
            let rows = Rows { bytes: &bytes, stride: row_bytes, count: 1, scales: &[] };
            let mut output = [[0.0; PANEL_ROWS]; 3];
            integer.dot_rows(rows, row_bytes, all, &chosen, &mut output);
            let (mut panel, mut sums) = (Panel::ZERO, [[0.0; PANEL_ROWS]; 3]);
            integer.unpack(rows, row_bytes, &mut panel);
            integer.multiply(std::slice::from_ref(&panel), &all.select(&chosen), 0, &mut sums);
            for input in 0..3 {
                let label = format!("{kernels:?}, blocks of {} bytes of {fill}, input {input}", B::BYTES);
                compare::<B>(
                    &label,
                    &bytes,
                    &all.chunk(input, 0),
                    Scaling::Floats,
                    output[input as usize][0],
                );
                let scaling = panel_scaling::<B>(kernels);
                compare::<B>(&label, &bytes, &all.chunk(input, 0), scaling, sums[input as usize][0]);
            }
        }
    }
    let mut random = Random(11);
    for kernels in sets() {
        for format in Format::ALL {
            let Some(integer) = kernels.integer(format) else { continue };
            for_block!(format, B => check::<B>(&mut random, kernels, integer));
        }
    }
}

/// `block` and `quant` read the layouts on their own: they have to agree.
#[test]
fn blocks_unpack_to_what_they_decode_to() {
    fn check<B: Block>(random: &mut Random) {
        let format = B::FORMAT;
        for _ in 0..50 {
            let mut bytes = random.bytes(B::BYTES);
            let length = bytes.len();
            tame::<B>(&mut bytes, length, length, random);
            let mut decoded = vec![0.0; B::LEN];
            format.decode(&bytes, &mut decoded);
            let mut chunk = Chunk::ZERO;
            chunk.unpack::<B>(&bytes);
            for (index, &decoded) in decoded.iter().enumerate() {
                let group = index / B::GROUP;
                let (scale, minimum) = (f64::from(chunk.scales[group]), f64::from(chunk.minimums[group]));
                let value = scale * f64::from(i32::from(chunk.values[index]) - B::ZERO) - minimum;
                let bound = 4.0 * UNIT * (value.abs() + 2.0 * minimum.abs());
                assert!((value - f64::from(decoded)).abs() <= bound, "{format:?}: {value} and {decoded}");
            }
        }
    }
    let mut random = Random(7);
    for format in Format::ALL {
        for_block!(format, B => check::<B>(&mut random));
    }
}

/// Whether two numbers are as close as `bound` says, or both NaN, or the same infinity.
fn close(a: f32, b: f64, bound: f64) -> bool {
    (a.is_nan() && b.is_nan()) || f64::from(a) == b || (f64::from(a) - b).abs() <= bound
}

#[test]
fn float_products_are_exact_up_to_rounding() {
    let mut random = Random(3);
    for kernels in sets() {
        for _ in 0..200 {
            let most = [10, 10 * PANEL_ROWS][usize::from(random.below(8) == 0)];
            let (count, length, inputs) = (1 + random.below(most), random.below(140), 1 + random.below(9));
            let (row_stride, input_stride) = (length + random.below(5), length + random.below(5));
            let rows = random.normals(count * row_stride);
            let values = random.normals(inputs * input_stride);
            let chosen: Vec<u32> = (0..1 + random.below(10)).map(|_| random.below(inputs) as u32).collect();
            let stride = count + random.below(3);
            let before = random.normals(chosen.len() * stride);

            let mut output = before.clone();
            kernels.dots(
                FloatRows { values: &rows, stride: row_stride },
                count,
                length,
                FloatRows { values: &values, stride: input_stride },
                &chosen,
                &mut output,
                stride,
            );
            for (i, &input) in chosen.iter().enumerate() {
                for r in 0..stride {
                    let at = i * stride + r;
                    let terms: Vec<f64> = (0..if r < count { length } else { 0 })
                        .map(|c| {
                            let input = values[input as usize * input_stride + c];
                            f64::from(rows[r * row_stride + c]) * f64::from(input)
                        })
                        .chain([f64::from(before[at])])
                        .collect();
                    check_sum(&format!("{kernels:?}"), output[at], &terms);
                }
            }

            // The same rows as bytes of every format of plain floats, with few inputs.
            let few = &chosen[..chosen.len().min(4)];
            for format in [Format::F32, Format::F16, Format::BF16] {
                let bytes = format.encode(&rows).unwrap();
                let mut rounded = vec![0.0; rows.len()];
                format.decode(&bytes, &mut rounded);
                let mut output = vec![[f32::NAN; PANEL_ROWS]; count.div_ceil(PANEL_ROWS) * few.len()];
                let stride_bytes = row_stride * format.block_bytes();
                kernels.dot_float_rows(
                    format,
                    Rows { bytes: &bytes, stride: stride_bytes, count, scales: &[] },
                    FloatRows { values: &values, stride: input_stride },
                    few,
                    length,
                    &mut output,
                );
                for (i, &input) in few.iter().enumerate() {
                    for r in 0..count {
                        let term = |c: usize| {
                            let input = values[input as usize * input_stride + c];
                            f64::from(rounded[r * row_stride + c]) * f64::from(input)
                        };
                        let terms: Vec<f64> = (0..length).map(term).collect();
                        let output = output[r / PANEL_ROWS * few.len() + i][r % PANEL_ROWS];
                        check_sum(&format!("{kernels:?}, {format:?}"), output, &terms);
                    }
                }
            }

            // The transposed product: each output row is a weighted sum of rows.
            let (outputs, weight_stride) = (1 + random.below(9), count + random.below(3));
            let weights = random.normals(outputs * weight_stride);
            let stride = length + random.below(3);
            let before = random.normals(outputs * stride);
            let mut output = before.clone();
            kernels.accumulate(
                FloatRows { values: &weights, stride: weight_stride },
                outputs,
                count,
                FloatRows { values: &rows, stride: row_stride },
                length,
                &mut output,
                stride,
            );
            for (at, &result) in output.iter().enumerate() {
                let (i, c) = (at / stride, at % stride);
                let terms: Vec<f64> = (0..if c < length { count } else { 0 })
                    .map(|r| f64::from(weights[i * weight_stride + r]) * f64::from(rows[r * row_stride + c]))
                    .chain([f64::from(before[at])])
                    .collect();
                check_sum(&format!("{kernels:?}"), result, &terms);
            }
        }
    }
}

fn check_sum(label: &str, result: f32, terms: &[f64]) {
    check_sum_within(label, result, terms, 0.0);
}

/// `lost`: how much each term may be off beside, relative to itself.
fn check_rounded_sum(label: &str, result: f32, terms: &[f64], lost: f64) {
    check_sum_within(label, result, terms, lost * terms.iter().map(|term| term.abs()).sum::<f64>());
}

/// `error`: what the sum may be off by beside.
fn check_sum_within(label: &str, result: f32, terms: &[f64], error: f64) {
    let sum: f64 = terms.iter().sum();
    let magnitude: f64 = terms.iter().map(|term| term.abs()).sum();
    let bound = (terms.len() + 20) as f64 * UNIT * magnitude + error;
    assert!(close(result, sum, bound), "{label}: {result} instead of {sum}, bound {bound}");
}

#[test]
fn elementwise_kernels_are_exact_up_to_rounding() {
    let mut random = Random(5);
    let specials =
        [0.0, -0.0, 1e-45, f32::MIN_POSITIVE, 87.0, -87.0, 89.0, -89.0, 104.0, -104.0, 1e30, -1e30];
    for kernels in sets() {
        for length in [0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 63, 64, 65, 200] {
            let mut x: Vec<f32> = random.normals(length).into_iter().map(|x| x * 4.0).collect();
            for (index, x) in x.iter_mut().enumerate().skip(3).step_by(5) {
                *x = specials[index / 5 % specials.len()];
            }
            let y = random.normals(length);
            let label = format!("{kernels:?}, {length} values");
            // `least` is what comes out as zero at worst.
            let check = |results: &[f32], expected: &dyn Fn(usize) -> f64, units: f64, least: f64| {
                for (index, &result) in results.iter().enumerate() {
                    let expected = expected(index);
                    // Beyond the largest float the result is infinite, below the smallest it is anything there.
                    let expected = f64::from(expected as f32);
                    let bound = units * UNIT * expected.abs() + least;
                    assert!(close(result, expected, bound), "{label}: {result} instead of {expected}");
                }
            };
            let at = |values: &[f32], index: usize| f64::from(values[index]);
            let subnormal = f64::from(f32::MIN_POSITIVE) * 2.0 * UNIT;

            let squares: Vec<f64> = x.iter().map(|&x| f64::from(x) * f64::from(x)).collect();
            let sum: f64 = squares.iter().sum();
            if sum < f64::from(f32::MAX) {
                check_sum(&label, kernels.sum_of_squares(&x), &squares);
            }
            assert_eq!(kernels.maximum(&x), x.iter().copied().fold(f32::NEG_INFINITY, f32::max), "{label}");

            let mut output = vec![0.0; length];
            kernels.scale_by(&x, &y, 0.37, &mut output);
            check(&output, &|i| at(&y, i) * (at(&x, i) * f64::from(0.37_f32)), 2.0, subnormal);

            let mut output = x.clone();
            kernels.multiply(&mut output, -1.7);
            check(&output, &|i| at(&x, i) * f64::from(-1.7_f32), 1.0, subnormal);

            let mut output = y.clone();
            kernels.add_scaled(&mut output, &x, 0.7);
            for (index, &result) in output.iter().enumerate() {
                check_sum(&label, result, &[at(&y, index), at(&x, index) * f64::from(0.7_f32)]);
            }

            // The exponential is off by two units, and so is what it is added to and divided by. Where it is
            // infinite, from x = -88.7 on, zero comes out for less than 89 / 2^128 in magnitude.
            let mut output = x.clone();
            kernels.swiglu(&mut output, &y);
            let least = 89.0 / 2_f64.powi(128) * 6.0;
            check(&output, &|i| at(&x, i) / (1.0 + (-at(&x, i)).exp()) * at(&y, i), 10.0, least);

            // A unit more each for the argument of the exponential, the bounds and the sum; the argument's own
            // rounding is multiplied by its magnitude, at most `1.7 * 7` where the gate counts.
            let (alpha, limit) = (1.7_f32, 7.0_f32);
            let mut output = x.clone();
            kernels.clamped_swiglu(&mut output, &y, alpha, limit);
            let expected = |i: usize| {
                let (gate, limit) = (at(&x, i).min(f64::from(limit)), f64::from(limit));
                let up = at(&y, i).clamp(-limit, limit);
                gate / (1.0 + (-f64::from(alpha) * gate).exp()) * (up + 1.0)
            };
            for (index, &result) in output.iter().enumerate() {
                let gate = at(&x, index).min(7.0);
                let units = 14.0 + 2.0 * f64::from(alpha) * gate.abs().min(104.0);
                // `up + 1` may cancel, and the sigmoid underflow.
                let bound =
                    units * UNIT * (expected(index).abs() + 2.0 * UNIT * gate.abs().min(89.0)) + least;
                assert!(
                    close(result, expected(index), bound),
                    "{label}: {result} instead of {}",
                    expected(index)
                );
            }

            let finite: Vec<f32> = x.iter().map(|x| x.clamp(-200.0, 80.0)).collect();
            let mut output = finite.clone();
            let sum = kernels.exponentials(&mut output, 1.5);
            // The argument is off by half a unit of its own, which the exponential multiplies.
            check(&output, &|i| (at(&finite, i) - 1.5).exp(), 6.0 + 82.0, 2.0 * subnormal);
            check_sum(&label, sum, &output.iter().map(|&x| f64::from(x)).collect::<Vec<_>>());
        }
    }
}

#[test]
fn what_is_not_a_number_stays_so() {
    for kernels in sets() {
        for length in [1, 5, 8, 16, 19, 33] {
            for at in [0, length / 2, length - 1] {
                let label = format!("{kernels:?}, {length} values, {at}");
                let ones = vec![1.0; length];
                let with = |special: f32| {
                    let mut values = ones.clone();
                    values[at] = special;
                    values
                };
                let mut gate = with(f32::NAN);
                kernels.swiglu(&mut gate, &ones);
                assert!(gate[at].is_nan(), "{label}");
                assert_eq!(gate.iter().filter(|x| x.is_nan()).count(), 1, "{label}");
                for (mut gate, up) in [(with(f32::NAN), ones.clone()), (ones.clone(), with(f32::NAN))] {
                    kernels.clamped_swiglu(&mut gate, &up, 1.7, 7.0);
                    assert!(gate[at].is_nan(), "{label}");
                    assert_eq!(gate.iter().filter(|x| x.is_nan()).count(), 1, "{label}");
                }

                let mut logits = with(f32::NAN);
                assert!(kernels.exponentials(&mut logits, 1.0).is_nan(), "{label}");
                let expected = if length == 1 { f32::NEG_INFINITY } else { 1.0 };
                assert_eq!(kernels.maximum(&with(f32::NAN)), expected, "{label}");
                assert!(kernels.sum_of_squares(&with(f32::NAN)).is_nan(), "{label}");

                let mut logits = with(f32::NEG_INFINITY);
                let sum = kernels.exponentials(&mut logits, 1.0);
                assert_eq!((logits[at], sum), (0.0, (length - 1) as f32), "{label}");

                // Large gates: silu(x) tends to x and to 0.
                let mut gate = with(-1000.0);
                kernels.swiglu(&mut gate, &ones);
                assert_eq!(gate[at], 0.0, "{label}");
                let mut gate = with(1000.0);
                kernels.swiglu(&mut gate, &ones);
                assert_eq!(gate[at], 1000.0, "{label}");
            }
        }
    }
}

#[test]
fn half_precision_widens_bit_for_bit() {
    // All 65,536 numbers, and lengths that do not fill a vector.
    let all: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
    let reference = sets()[0];
    let bits = |x: &[f32]| x.iter().map(|x| if x.is_nan() { !0 } else { x.to_bits() }).collect::<Vec<_>>();
    for kernels in sets() {
        for format in [Format::F16, Format::BF16] {
            for count in [0, 1, 7, 8, 15, 17, 33, 65_536] {
                let (mut expected, mut values) = (vec![0.0; count], vec![0.0; count]);
                reference.decode(format, &all[..2 * count], &mut expected);
                kernels.decode(format, &all[..2 * count], &mut values);
                assert_eq!(bits(&values), bits(&expected), "{kernels:?}, {format:?}");
            }
        }
    }
}

#[test]
fn every_set_measures_itself() {
    for kernels in sets() {
        let (_, multiply_adds) = kernels.int8_peak(10);
        assert!(multiply_adds > 0 && multiply_adds.is_multiple_of(10), "{kernels:?}");
        kernels.read(&vec![3; 4096]);
    }
}

#[test]
fn a_set_that_the_cpu_lacks_is_an_error_that_names_those_it_has() {
    for set in InstructionSet::ALL {
        match Kernels::new(set) {
            Ok(kernels) => assert_eq!(kernels.instruction_set(), set),
            Err(error) => assert!(error.to_string().contains("it has scalar"), "{error}"),
        }
    }
}

/// One token's attention of one head in 64-bit floats: the values, and a bound for the error of each.
///
/// A logit is off by its rounding as a sum of `key_length` products, `logit`. The arguments of exponentials
/// are rounded twice, and so are those of the factors by which sums are rescaled, once for each block of
/// positions and split. All that goes into numerator and denominator alike, to which the roundings of their
/// sums come. `is_packed`: queries and weights are rounded to 16-bit integers.
fn exact_attention(
    attention: &Attention<'_>,
    is_packed: bool,
    rows: [&[f64]; 2],
    token: usize,
    head: usize,
) -> Vec<(f64, f64)> {
    let [keys, values] = rows;
    let (key_length, value_length) = (attention.key_length, attention.value_length);
    let kv_head = head / (attention.heads / attention.kv_heads);
    let query = &attention.queries[(token * attention.heads + head) * key_length..][..key_length];
    let last = attention.first_position + token;
    let first = attention.window.map_or(0, |window| (last + 1).saturating_sub(window));
    let scale = f64::from(attention.scale);
    let (mut logits, mut logit_error) = (Vec::new(), 0.0_f64);
    for position in first..=last {
        let key = &keys[position * attention.key_stride + kv_head * key_length..][..key_length];
        let products: Vec<f64> = query.iter().zip(key).map(|(q, k)| f64::from(*q) * k).collect();
        logits.push(products.iter().sum::<f64>() * scale);
        let magnitude: f64 = products.iter().map(|product| product.abs()).sum();
        let mut error = (key_length + 6) as f64 * UNIT * magnitude;
        if is_packed {
            let query: Vec<f64> = query.iter().map(|q| f64::from(*q)).collect();
            let sum = |x: &[f64]| x.iter().map(|x| x.abs()).sum::<f64>();
            error += packing_error(&query) * sum(key);
        }
        logit_error = logit_error.max(error * scale);
    }
    let sink = attention.sinks.map_or(f64::NEG_INFINITY, |sinks| f64::from(sinks[head]));
    let maximum = logits.iter().copied().fold(sink, f64::max);
    let spread =
        logits.iter().chain([&sink]).filter(|z| z.is_finite()).fold(0.0_f64, |most, z| most.max(z.abs()));
    let sum: f64 = logits.iter().map(|z| (z - maximum).exp()).sum::<f64>() + (sink - maximum).exp();
    let rescalings = (logits.len() / 16 + 3) as f64;
    let relative =
        2.0 * logit_error + rescalings * UNIT * (4.0 * spread + 10.0) + (logits.len() + 20) as f64 * UNIT;
    (0..value_length)
        .map(|index| {
            // As long as a key: of latent attention that is what is packed, and else values are as long.
            let row = |position: usize| {
                &values[position * attention.value_stride + kv_head * value_length..][..key_length]
            };
            let weights = logits.iter().map(|z| (z - maximum).exp() / sum);
            let terms: Vec<f64> = weights
                .clone()
                .zip(first..)
                .map(|(weight, position)| weight * row(position)[index])
                .collect();
            let magnitude: f64 = terms.iter().map(|term| term.abs()).sum();
            let mut error = 2.0 * relative * magnitude + f64::from(f32::MIN_POSITIVE);
            if is_packed {
                // Weights are off by their relative error, by which the scale of their block is, too.
                let rows = weights.zip(first..).map(|(weight, position)| (weight, row(position)));
                error += (1.0 + 2.0 * relative) * mixing_error(rows, false, index);
            }
            (terms.iter().sum(), error)
        })
        .collect()
}

/// What each value of a row is off by as a 16-bit integer: half of the scale, which is rounded itself.
fn packing_error(row: &[f64]) -> f64 {
    (0.5 + 1e-3) * row.iter().map(|x| x * x).sum::<f64>().sqrt() / INT16_NORM
}

/// What column `column` of `Σ weight * row` may be off by, where rows are integers, or are `rounded` to them, and weights
/// times the scales of rows are in blocks of up to 128: each row by its own error, and each weight by half of a scale
/// that is at most the sum of all.
///
/// Products of both errors are in the last factor.
fn mixing_error<'a>(rows: impl Iterator<Item = (f64, &'a [f64])>, are_rounded: bool, column: usize) -> f64 {
    let (mut scaled, mut largest) = (0.0, 0.0_f64);
    for (weight, row) in rows {
        let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        scaled += weight.abs() * norm / INT16_NORM;
        // A row's largest integer, over that of all.
        largest = largest.max((row[column].abs() / norm.max(f64::MIN_POSITIVE)) + 1.0 / INT16_NORM);
    }
    scaled * (f64::from(are_rounded) / 2.0 + 64.0 * largest) * (1.0 + 1e-3)
}

/// Integers are the nearest ones, what is not there becomes zero, and a row with a number that is none has no scale.
#[test]
fn rows_become_the_nearest_integers() {
    let mut random = Random(41);
    for kernels in sets() {
        for length in [1, 7, 15, 16, 17, 31, 32, 33, 63, 64, 80, 576] {
            let row = random.normals(length);
            let mut packed = vec![-1; length.next_multiple_of(32)];
            let scale = kernels.pack_int16(&row, &mut packed);
            let mut widened = vec![f32::NAN; length];
            kernels.widen_int16(&packed[..length], scale, &mut widened);
            let error = packing_error(&row.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>());
            for (index, value) in row.iter().enumerate() {
                assert_eq!(
                    widened[index],
                    f32::from(packed[index]) * scale,
                    "{kernels:?}, {length}, {index}"
                );
                let off = f64::from(widened[index]) - f64::from(*value);
                assert!(off.abs() <= error, "{kernels:?}, {length}: {} is off by {off}", widened[index]);
            }
            assert!(packed[length..].iter().all(|x| *x == 0), "{kernels:?}, {length}");
            for special in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut row = row.clone();
                row[length / 2] = special;
                assert!(kernels.pack_int16(&row, &mut packed).is_nan(), "{kernels:?}, {length}, {special}");
            }
            for small in [0.0, -0.0, 1e-40, 1e-33] {
                let scale = kernels.pack_int16(&vec![small; length], &mut packed);
                assert!(scale == 0.0 && packed.iter().all(|x| *x == 0), "{kernels:?}, {length}, {small}");
            }
        }
    }
}

/// Rows in a cache.
fn cached(format: CacheFormat, length: usize, values: &[f32]) -> CacheRows {
    let mut rows = CacheRows::new(format, length);
    rows.append(&Compute::new(1, None, Arithmetic::Int8).unwrap(), values);
    rows
}

/// What a cache holds.
fn widened(rows: &CacheRows, length: usize) -> Vec<f32> {
    let compute = Compute::new(1, None, Arithmetic::Int8).unwrap();
    let mut values = vec![0.0; rows.len()];
    for (head, values) in values.chunks_exact_mut(length).enumerate() {
        rows.widen(&compute, head * length, values);
    }
    values
}

#[test]
fn attention_with_windows_and_sinks_is_exact_up_to_rounding() {
    let mut random = Random(11);
    let (team, buffers) = (Team::new(2).unwrap(), AttentionBuffers::default());
    // Tokens, earlier positions, heads, key heads, the length of a head, and that of its values: where it is another
    // one, they are the first part of the keys.
    let shapes = [
        (1, 0, 1, 1, 8, 8),
        (1, 700, 6, 2, 16, 16),
        (3, 1500, 5, 5, 20, 20),
        (70, 0, 3, 1, 64, 64),
        (40, 33, 4, 2, 12, 12),
        (1, 333, 5, 1, 40, 33),
        (19, 50, 4, 1, 72, 64),
        (2, 90, 6, 3, 32, 32),
        (7, 150, 4, 1, 96, 64),
    ];
    for (tokens, first_position, heads, kv_heads, length, value_length) in shapes {
        let positions = first_position + tokens;
        let width = kv_heads * length;
        let queries = random.normals(tokens * heads * length);
        let (keys, values) = (random.normals(positions * width), random.normals(positions * width));
        let formats = CacheFormat::ALL.into_iter().filter(|format| format.holds(length));
        let caches = formats.map(|format| [cached(format, length, &keys), cached(format, length, &values)]);
        let mut sinks = random.normals(heads);
        sinks[0] = 9.0;
        sinks[heads / 2] = f32::NEG_INFINITY;
        for [keys, values] in &caches.collect::<Vec<_>>() {
            let wide =
                |rows: &CacheRows| -> Vec<f64> { widened(rows, length).into_iter().map(f64::from).collect() };
            let values = if value_length == length { values } else { keys };
            let (wide_keys, wide_values) = (wide(keys), wide(values));
            for window in [None, Some(1), Some(7), Some(64), Some(positions + 5)] {
                for sinks in [None, Some(&sinks[..])] {
                    let problem = Attention {
                        queries: &queries,
                        keys,
                        values,
                        first_row: 0,
                        key_stride: width,
                        value_stride: width,
                        tokens,
                        first_position,
                        heads,
                        kv_heads,
                        key_length: length,
                        value_length,
                        scale: 1.0 / (length as f32).sqrt(),
                        window,
                        sinks,
                    };
                    let expected = |is_packed: bool| -> Vec<(f64, f64)> {
                        let rows = [&wide_keys[..], &wide_values[..]];
                        let of_row =
                            |row: usize| exact_attention(&problem, is_packed, rows, row / heads, row % heads);
                        (0..tokens * heads).flat_map(of_row).collect()
                    };
                    let (in_floats, in_integers) = (expected(false), expected(true));
                    for kernels in sets() {
                        let is_packed = keys.format() == CacheFormat::Int16 && kernels.int16().is_some();
                        let expected = if is_packed { &in_integers } else { &in_floats };
                        let mut output = vec![f32::NAN; tokens * heads * value_length];
                        attention(
                            kernels,
                            &team,
                            &buffers,
                            &problem,
                            &Interrupt::new(&|| false),
                            &mut output,
                        );
                        for (index, (&result, &(expected, bound))) in output.iter().zip(expected).enumerate()
                        {
                            assert!(
                                close(result, expected, bound),
                                "{kernels:?}, {tokens} tokens behind {first_position}, {heads} heads, window \
                                 {window:?}, sinks {}: {result} instead of {expected}, bound {bound}, at {index}",
                                sinks.is_some()
                            );
                        }

                        // Without the rows that the window has left behind: the same, bit for bit.
                        let Some(window) = window else { continue };
                        let first_row = first_position.saturating_sub(Attention::reach(window));
                        let without = |rows: &CacheRows| {
                            let mut rest = CacheRows::new(rows.format(), length);
                            rest.copy(rows, first_row * width..positions * width);
                            rest
                        };
                        let (keys, values) = (&without(keys), &without(values));
                        let values = if value_length == length { values } else { keys };
                        let mut again = vec![f32::NAN; tokens * heads * value_length];
                        let problem = Attention { keys, values, first_row, ..problem };
                        attention(kernels, &team, &buffers, &problem, &Interrupt::new(&|| false), &mut again);
                        assert!(again == output, "{kernels:?}, window {window}, from row {first_row} on");
                    }
                }
            }
        }
    }
}

/// Keys and values that are no numbers reach the tokens that see them and no others; the largest ones, whose products in
/// integers are the largest sums, and zeros give what they should.
#[test]
fn attention_to_extremes_stays_where_it_belongs() {
    CacheFormat::ALL.into_iter().for_each(attend_to_extremes);
}

fn attend_to_extremes(format: CacheFormat) {
    let (team, buffers) = (Team::new(1).unwrap(), AttentionBuffers::default());
    let (tokens, first_position, heads, length) = (6, 20, 2, if format.holds(40) { 40 } else { 64 });
    let mut random = Random(12);
    let queries = random.normals(tokens * heads * length);
    let positions = first_position + tokens;
    let rows: Vec<f32> = random.normals(positions * length).into_iter().map(|x| x / 8.0).collect();
    let flat = |value: f32| vec![value; positions * length];
    for kernels in sets() {
        let run = |queries: &[f32], keys: &[f32], values: &[f32]| {
            let mut output = vec![7.0; tokens * heads * length];
            let (keys, values) = (&cached(format, length, keys), &cached(format, length, values));
            let problem = Attention {
                queries,
                keys,
                values,
                first_row: 0,
                key_stride: length,
                value_stride: length,
                tokens,
                first_position,
                heads,
                kv_heads: 1,
                key_length: length,
                value_length: length,
                scale: 1.0,
                window: None,
                sinks: None,
            };
            attention(kernels, &team, &buffers, &problem, &Interrupt::new(&|| false), &mut output);
            output
        };
        let plain = run(&queries, &rows, &rows);
        // The fourth token is the first to see it.
        let (seen_from, column) = (3, 5);
        let mut odd = rows.clone();
        for special in [f32::NAN, f32::INFINITY] {
            odd[(first_position + seen_from) * length + column] = special;
            let outputs = [run(&queries, &rows, &odd), run(&queries, &odd, &rows)];
            for (index, output) in outputs.iter().enumerate() {
                let (before, after) = output.split_at(seen_from * heads * length);
                assert!(before == &plain[..before.len()], "{kernels:?}, {special}, {index}");
                let is_finite = after.iter().skip(column).step_by(length).any(|x| x.is_finite());
                // Where a key is infinite, its logit may be -inf, which is not seen.
                assert!(
                    !is_finite || index == 1 && special == f32::INFINITY,
                    "{kernels:?}, {format:?}, {special}, {index}"
                );
            }
        }
        // All weights are equal.
        for (query, key, value) in [(3.0, 65504.0, 65504.0), (-3.0, 65504.0, -65504.0), (1.0, 0.0, 6e-8)] {
            let output = run(&vec![query; queries.len()], &flat(key), &flat(value));
            // What the cache holds of it.
            let value = widened(&cached(format, length, &vec![value; length]), length)[0];
            let worst = output.iter().map(|x| ((x - value) / value).abs()).fold(0.0, f32::max);
            // Twice `mixing_error` of rows of 40 equal values.
            assert!(worst < 4.2e-3, "{kernels:?}, {query}, {key}, {value}: {worst}");
        }
        assert!(run(&queries, &flat(0.0), &flat(0.0)).iter().all(|x| *x == 0.0), "{kernels:?}");
    }
}

/// The product of some rows of random activations with a matrix, perhaps as the gate of another.
fn multiplied_behind(
    compute: &Compute,
    matrix: &Matrix,
    gated: Option<(&Matrix, Activation)>,
    input: &[f32],
    selected: &[u32],
) -> Vec<f32> {
    let mut activations = Activations::default();
    activations.resize(input.len() / matrix.columns(), matrix.columns());
    activations.values_mut().copy_from_slice(input);
    compute.quantise(&mut activations);
    let bias: Vec<f32> = (0..matrix.rows()).map(|row| row as f32).collect();
    let gated = gated.map(|(weights, activation)| Gated { weights, bias: Some(&bias), activation });
    let mut output = vec![f32::NAN; selected.len() * matrix.rows()];
    compute.matmul(&mut [Product {
        weights: matrix,
        input: &activations,
        selection: Selection::Rows(selected),
        bias: Some(&bias),
        gated,
        output: (&mut output).into(),
    }]);
    output
}

/// The product of some rows of random activations with a matrix.
fn multiplied(compute: &Compute, matrix: &Matrix, input: &[f32], selected: &[u32]) -> Vec<f32> {
    multiplied_behind(compute, matrix, None, input, selected)
}

/// A matrix of random blocks, without a byte that makes a half-precision number infinite, or no number.
fn random_matrix(random: &mut Random, format: Format, rows: usize, columns: usize) -> Matrix {
    let size = rows * format.row_bytes(columns).unwrap();
    let bytes = (0..size).map(|_| random.next() as u8 & 0xbb).collect();
    Matrix::from_bytes(format, rows, columns, bytes).unwrap()
}

/// What tiles are made of: every weight is the brain float next to it, or the next one where scaling it in one operation
/// rounds the other way.
#[test]
fn tiles_hold_the_nearest_brain_floats() {
    let mut random = Random(81);
    for kernels in sets() {
        for format in Format::ALL {
            let Some(tiles) = kernels.tiles(format) else { continue };
            for _ in 0..40 {
                let count = 1 + random.below(PANEL_ROWS);
                let columns = (1 + random.below(CHUNK / format.block_len())) * format.block_len();
                let row_bytes = format.row_bytes(columns).unwrap();
                let stride = row_bytes + random.below(3);
                let bytes: Vec<u8> = (0..count * stride)
                    .map(|_| random.next() as u8 & [0xbb, 0xff][random.below(2)])
                    .collect();
                let rows = Rows { bytes: &bytes, stride, count, scales: &[] };
                let mut tile = WeightTile::ZERO;
                tiles.begin().unpack(rows, row_bytes, &mut tile);
                let mut values = vec![0.0; columns];
                for (row, tile) in tile.values.iter().enumerate().take(count) {
                    format.decode(&bytes[row * stride..][..row_bytes], &mut values);
                    for (&value, found) in values.iter().zip(tile) {
                        let nearest = bf16::from_f32(value);
                        let label = format!("{kernels:?}, {format:?}: {found} for {value}");
                        if value.is_nan() || format == Format::BF16 {
                            assert!(found.is_nan() || *found == nearest, "{label}");
                            continue;
                        }
                        // Subnormal numbers become zeros; what is left of two large numbers may be off by their last bits.
                        let off = f32::from(*found) - value;
                        let largest = values.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
                        let bound = value.abs() / 256.0 + largest * 64.0 * UNIT as f32 + f32::MIN_POSITIVE;
                        let is_off = off.abs() > bound && *found != nearest;
                        assert!(!is_off || !largest.is_finite(), "{label}");
                    }
                    let filled = columns.next_multiple_of(TILE_COLUMNS);
                    assert!(
                        tile[columns..filled].iter().all(|x| *x == bf16::ZERO),
                        "{kernels:?}, {format:?}"
                    );
                }
            }
        }
    }
}

/// Products by tile, through every kind of selection, with numbers of rows, tokens and columns that fill no tile.
#[test]
fn products_by_tile_are_exact_up_to_rounding() {
    let mut random = Random(82);
    let compute = |set| Compute::new(2, Some(set), Arithmetic::Int8);
    let Ok(compute) = compute(InstructionSet::Amx) else { return };
    let rows = 37;
    for format in Format::ALL.into_iter().filter(|format| !format.is_float() || *format == Format::BF16) {
        for blocks in [1, 2, 9] {
            let columns = blocks * format.block_len().max(31);
            let row_bytes = format.row_bytes(columns).unwrap();
            let mut matrix = random_matrix(&mut random, format, rows, columns);
            if blocks == 2 && !format.is_float() {
                // What a router asks for that is stored in blocks.
                matrix = matrix.keeping_activations();
            }
            let mut bytes = Vec::new();
            assert!(matrix.append_rows(0..rows, &mut bytes));
            let mut weights = vec![0.0; rows * columns];
            format.decode(&bytes, &mut weights);
            assert_eq!(bytes.len(), rows * row_bytes);
            // Too many for the 8-bit form, so that even few of them take tiles.
            let tokens = 300;
            let mut input = activations(&mut random, tokens, columns);
            // Of these nothing is left but what they are: no other token's products may see it.
            let (not_a_number, infinite) = (7, 23);
            input[not_a_number * columns + random.below(columns)] = f32::NAN;
            input[infinite * columns + random.below(columns)] = f32::INFINITY;
            let mut activations = Activations::default();
            activations.resize(tokens, columns);
            activations.values_mut().copy_from_slice(&input);
            compute.quantise(&mut activations);
            let backwards: Vec<u32> = (0..tokens as u32).rev().collect();
            let selections = [
                Selection::All,
                Selection::Range(5, 17),
                Selection::Range(30, 3),
                Selection::Rows(&backwards[..33]),
                Selection::Rows(&backwards[70..75]),
                Selection::Rows(&backwards[90..91]),
            ];
            let mut outputs: Vec<Vec<f32>> =
                selections.iter().map(|selection| vec![f32::NAN; selection.count(tokens) * rows]).collect();
            let mut products: Vec<Product<'_>> = selections
                .iter()
                .zip(&mut outputs)
                .map(|(&selection, output)| Product {
                    weights: &matrix,
                    input: &activations,
                    selection,
                    bias: None,
                    gated: None,
                    output: output.into(),
                })
                .collect();
            compute.matmul(&mut products);
            for (selection, output) in selections.iter().zip(&outputs) {
                let mut indices = vec![0; selection.count(tokens)];
                selection.indices(0, &mut indices);
                for (&token, output) in indices.iter().zip(output.chunks_exact(rows)) {
                    let input = &input[token as usize * columns..][..columns];
                    for (row, &result) in output.iter().enumerate() {
                        let label = format!("{format:?}, {columns} columns, {selection:?}: {row} of {token}");
                        if [not_a_number, infinite].contains(&(token as usize)) {
                            let is_zero = weights[row * columns..][..columns].iter().all(|x| *x == 0.0);
                            assert!(!result.is_finite() || is_zero, "{label}: {result}");
                            continue;
                        }
                        let weights = &weights[row * columns..][..columns];
                        let terms = weights.iter().zip(input).map(|(w, x)| f64::from(*w) * f64::from(*x));
                        let terms: Vec<f64> = terms.collect();
                        // Both are rounded by up to 2^-8 of themselves; subnormal numbers become zeros, before they are multiplied and after.
                        let lost = terms.iter().map(|term| 2.01 / 256.0 * term.abs()).sum::<f64>();
                        let smallest = f64::from(f32::MIN_POSITIVE);
                        let small =
                            weights.iter().zip(input).map(|(w, x)| f64::from(w.abs() + x.abs() + 3.0));
                        let small = smallest * small.sum::<f64>();
                        // Weights that are left of two larger numbers are off by what those are rounded by.
                        let largest = weights.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
                        let inputs = input.iter().map(|x| f64::from(x.abs())).sum::<f64>();
                        let of_weights = 64.0 * UNIT * f64::from(largest) * inputs;
                        check_sum_within(&label, result, &terms, lost + small + of_weights);
                    }
                }
            }
        }
    }
}

/// Activations that products write are, bit for bit, what quantising their floats makes of them.
#[test]
fn activations_are_written_as_they_are_quantised() {
    let mut random = Random(79);
    let columns = 256;
    for compute in all_computes() {
        for (gate, up) in
            [(Format::Q4_K, Format::Q4_K), (Format::Q8_0, Format::F16), (Format::BF16, Format::F32)]
        {
            for (tokens, rows) in [(1, 300), (3, 37), (9, 1000), (40, 53), (530, 48)] {
                let weights = random_matrix(&mut random, gate, rows, columns);
                let ups = random_matrix(&mut random, up, rows, columns);
                let mut input = Activations::default();
                input.resize(tokens, columns);
                input.values_mut().copy_from_slice(&random.normals(tokens * columns));
                compute.quantise(&mut input);
                let product = |first: usize, count: usize, output: Output<'_>| {
                    compute.matmul(&mut [Product {
                        weights: &weights,
                        input: &input,
                        selection: Selection::Range(first, count),
                        bias: None,
                        gated: Some(Gated { weights: &ups, bias: None, activation: Activation::Swiglu }),
                        output,
                    }]);
                };
                let counts = [tokens / 3, tokens - tokens / 3];
                let mut expected = Activations::default();
                expected.resize(tokens, rows);
                let (first, second) = expected.values_mut().split_at_mut(counts[0] * rows);
                product(0, counts[0], first.into());
                product(counts[0], counts[1], second.into());
                let floats = expected.values().to_vec();
                compute.quantise(&mut expected);
                for quantised in [false, true] {
                    let mut written = Activations::default();
                    written.resize(tokens, rows);
                    for (part, (first, count)) in compute
                        .parts(&mut written, counts, quantised)
                        .into_iter()
                        .zip([(0, counts[0]), (counts[0], counts[1])])
                    {
                        product(first, count, part.into());
                    }
                    let label = format!("{gate:?}, {up:?}, {tokens} x {rows}, {compute:?}");
                    let is_by_tile = compute.instruction_set() == InstructionSet::Amx && tokens > FEW_TOKENS;
                    if !quantised || is_by_tile || compute.arithmetic() == Arithmetic::Float32 {
                        assert!(written.values() == floats, "{label}");
                        continue;
                    }
                    let (written, expected) = (written.quantised_rows().data, expected.quantised_rows().data);
                    let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                    assert!(written.values == expected.values, "{label}");
                    assert!(written.starts == expected.starts, "{label}");
                    assert!(written.block_starts == expected.block_starts, "{label}");
                    assert_eq!(bits(written.scales), bits(expected.scales), "{label}");
                    assert_eq!(bits(written.sums), bits(expected.sums), "{label}");
                    assert_eq!(bits(written.block_sums), bits(expected.block_sums), "{label}");
                }
            }
        }
    }
}

/// A sum of terms is what their products come to, one after the other, whatever the number of threads.
#[test]
fn sums_of_terms_are_sums_of_products() {
    let mut random = Random(80);
    let (columns, tokens) = (512, 70);
    let never = || false;
    for compute in all_computes() {
        for rows in [16, 200] {
            let matrices = [Format::Q4_K, Format::F16, Format::Q8_0, Format::MXFP4]
                .map(|format| random_matrix(&mut random, format, rows, columns));
            let input = random.normals(tokens * columns);
            let mut activations = Activations::default();
            activations.resize(tokens, columns);
            activations.values_mut().copy_from_slice(&input);
            compute.quantise(&mut activations);
            let bias: Vec<f32> = (0..rows).map(|row| row as f32).collect();
            // Few rows, many, one that comes twice, and all.
            let selections: Vec<Vec<u32>> =
                vec![vec![5, 1], (10..60).collect(), vec![3; 9], (0..tokens as u32).collect()];
            let targets: Vec<Vec<u32>> =
                selections.iter().map(|rows| rows.iter().rev().copied().collect()).collect();
            let factors: Vec<Vec<f32>> = selections.iter().map(|rows| random.normals(rows.len())).collect();
            let (mut expected, mut magnitudes) = (vec![0.0_f32; tokens * rows], vec![0.0_f32; tokens * rows]);
            for (index, matrix) in matrices.iter().enumerate() {
                let products = multiplied(&compute, matrix, &input, &selections[index]);
                for ((product, target), factor) in
                    products.chunks_exact(rows).zip(&targets[index]).zip(&factors[index])
                {
                    for (row, value) in product.iter().enumerate() {
                        expected[*target as usize * rows + row] += value * factor;
                        magnitudes[*target as usize * rows + row] += (value * factor).abs();
                    }
                }
            }
            let terms: Vec<Term<'_>> = (matrices.iter().enumerate())
                .map(|(index, weights)| Term {
                    weights,
                    input: &activations,
                    selection: Selection::Rows(&selections[index]),
                    bias: Some(&bias),
                    targets: Selection::Rows(&targets[index]),
                    factors: &factors[index],
                })
                .collect();
            let mut output = vec![f32::NAN; tokens * rows];
            compute.add_up_until(&terms, tokens, &Interrupt::new(&never), &mut output);
            for ((value, expected), magnitude) in output.iter().zip(&expected).zip(&magnitudes) {
                // Two roundings of each of up to twelve terms.
                let bound = 24.0 * f32::EPSILON * magnitude;
                assert!(
                    (value - expected).abs() <= bound,
                    "{value} is not {expected}, {rows} rows, {compute:?}"
                );
            }
        }
    }
}

/// What a gate lets through is what it makes of two products that are computed alone, bit for bit, of formats that
/// are multiplied in every way, and of two different ones.
#[test]
fn gates_are_two_products_and_an_activation() {
    let mut random = Random(77);
    let formats =
        [Format::Q4_K, Format::Q6_K, Format::Q8_0, Format::MXFP4, Format::BF16, Format::F16, Format::F32];
    let columns = 512;
    for compute in all_computes() {
        for (index, format) in formats.into_iter().enumerate() {
            let other = [format, formats[(index + 1) % formats.len()]][random.below(2)];
            for (tokens, rows) in [(1, 300), (3, 37), (7, 300), (40, 53), (530, 18)] {
                let mut matrix = |format: Format| random_matrix(&mut random, format, rows, columns);
                let (gate, up) = (matrix(format), matrix(other));
                let input = random.normals(tokens * columns);
                let selected: Vec<u32> = (0..tokens as u32).rev().collect();
                for activation in [Activation::Swiglu, Activation::ClampedSwiglu { alpha: 1.7, limit: 7.0 }] {
                    let gated = Some((&up, activation));
                    let output = multiplied_behind(&compute, &gate, gated, &input, &selected);
                    let mut expected = multiplied(&compute, &gate, &input, &selected);
                    let ups = multiplied(&compute, &up, &input, &selected);
                    match activation {
                        Activation::Swiglu => compute.kernels.swiglu(&mut expected, &ups),
                        Activation::ClampedSwiglu { alpha, limit } => {
                            compute.kernels.clamped_swiglu(&mut expected, &ups, alpha, limit);
                        }
                    }
                    let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                    assert!(
                        bits(&output) == bits(&expected),
                        "{format:?}, {other:?}, {tokens} tokens, {compute:?}"
                    );
                }
            }
        }
    }
}

/// The product of rows of the input with a transposed matrix.
fn multiplied_transposed(compute: &Compute, matrix: &Matrix, input: &[f32], may_round: bool) -> Vec<f32> {
    let mut output = vec![f32::NAN; input.len() / matrix.rows() * matrix.columns()];
    compute.multiply_transposed(&mut [Transposed { weights: matrix, input, output: &mut output }], may_round);
    output
}

/// Any number of rows times any shape; where operands are rounded, against products of what they are rounded to.
#[test]
fn transposed_products_are_exact_up_to_rounding() {
    let mut random = Random(78);
    for compute in all_computes() {
        for (format, length, columns) in
            [(Format::Q8_0, 300, 96), (Format::Q4_K, 33, 256), (Format::BF16, 131, 37), (Format::F32, 1, 5)]
        {
            let bytes: Vec<u8> = match format {
                Format::F32 => {
                    random.normals(length * columns).iter().flat_map(|x| x.to_le_bytes()).collect()
                }
                Format::BF16 => (random.normals(length * columns).iter())
                    .flat_map(|x| half::bf16::from_f32(*x).to_le_bytes())
                    .collect(),
                // Not a byte that makes a half-precision number infinite, or none.
                _ => (0..length * format.row_bytes(columns).unwrap())
                    .map(|_| random.next() as u8 & 0xbb)
                    .collect(),
            };
            let matrix = Matrix::from_bytes(format, length, columns, bytes).unwrap();
            let mut weights = vec![0.0; length * columns];
            for (row, values) in weights.chunks_exact_mut(columns).enumerate() {
                matrix.decode_row(row, values);
            }
            for (rows, may_round) in [(1, true), (3, false), (6, true), (6, false), (300, true)] {
                let input = random.normals(rows * length);
                let is_rounded = may_round
                    && rows > 4
                    && compute.arithmetic() == Arithmetic::Int8
                    && compute.kernels.int16().is_some();
                let wide: Vec<f64> = weights.iter().map(|x| f64::from(*x)).collect();
                let output = multiplied_transposed(&compute, &matrix, &input, may_round);
                for index in (0..output.len()).step_by(7) {
                    let (row, column) = (index / columns, index % columns);
                    let input = input[row * length..][..length].iter().map(|x| f64::from(*x));
                    let rows_of_weights = input.clone().zip(wide.chunks_exact(columns));
                    let terms: Vec<f64> = rows_of_weights.clone().map(|(x, row)| x * row[column]).collect();
                    let error = if is_rounded { mixing_error(rows_of_weights, true, column) } else { 0.0 };
                    let label = format!("{compute:?}, {format:?}, {rows} rows");
                    check_sum_within(&label, output[index], &terms, error);
                }
            }
        }
    }
}

/// Computes with every instruction set in both arithmetics.
fn all_computes() -> Vec<Compute> {
    let sets = sets().into_iter().map(Kernels::instruction_set);
    sets.flat_map(|set| {
        [Arithmetic::Int8, Arithmetic::Float32]
            .map(|arithmetic| Compute::new(2, Some(set), arithmetic).unwrap())
    })
    .collect()
}

/// Two experts of 74 rows whose even rows are gates, with exponents apart from elements: each half multiplies
/// as if its blocks lay whole in memory of their own, bit for bit.
#[test]
fn exponents_apart_and_alternating_rows_change_nothing() {
    const BLOCKS: usize = 9;
    let mut random = Random(12);
    let (stacked, rows, columns) = (2, 74, 32 * BLOCKS);
    let elements = random.bytes(stacked * rows * BLOCKS * 16);
    let exponents: Vec<u8> = (0..stacked * rows * BLOCKS).map(|_| 120 + random.below(8) as u8).collect();
    let nibble = |block: usize, value: usize| elements[block * 16 + value / 2] >> (4 * (value % 2)) & 15;
    let joined: Vec<u8> = (0..exponents.len())
        .flat_map(|block| {
            let pairs = (0..16).map(move |value| nibble(block, value) | nibble(block, value + 16) << 4);
            std::iter::once(exponents[block]).chain(pairs)
        })
        .collect();
    let tensor = Tensor {
        name: "experts".into(),
        format: Format::MXFP4,
        shape: vec![stacked, rows, columns],
        range: 3..3 + elements.len(),
        source: Arc::new(Source::from_bytes("elements", [&[0; 3], &elements[..]].concat())),
        exponents: Some(Exponents {
            range: 5..5 + exponents.len(),
            source: Arc::new(Source::from_bytes("exponents", [&[0; 5], &exponents[..]].concat())),
        }),
        scales: None,
    };
    let mut whole = vec![0.0; stacked * rows * columns];
    Format::MXFP4.decode(&joined, &mut whole);
    assert_eq!(tensor.to_f32(), whole);
    assert_eq!(tensor.size(), joined.len());

    let input = random.normals(25 * columns);
    for (expert, matrix) in Matrix::from_tensor(&tensor).iter().enumerate() {
        for (first, half) in matrix.split_alternating().into_iter().enumerate() {
            let row = |row: usize| expert * rows + 2 * row + first;
            let row_bytes = BLOCKS * 17;
            let bytes =
                (0..rows / 2).flat_map(|index| joined[row(index) * row_bytes..][..row_bytes].to_vec());
            let copy = Matrix::from_bytes(Format::MXFP4, rows / 2, columns, bytes.collect()).unwrap();
            assert_eq!((half.rows(), half.size()), (copy.rows(), copy.size()));
            let mut decoded = vec![0.0; columns];
            half.decode_row(5, &mut decoded);
            assert_eq!(decoded, whole[row(5) * columns..][..columns]);
            for compute in all_computes() {
                for selected in [&[7][..], &[0, 3, 24], &[9, 8, 7, 6, 5, 4, 3, 2, 1]] {
                    let results = [&half, &copy].map(|matrix| multiplied(&compute, matrix, &input, selected));
                    assert_eq!(results[0], results[1], "{compute:?}, {selected:?}");
                }
                let results = [&half, &copy]
                    .map(|matrix| multiplied_transposed(&compute, matrix, &input[..rows / 2], false));
                assert_eq!(results[0], results[1], "{compute:?}");
            }
        }
    }
}

/// Floats with a row for each input multiply as their transpose would.
#[test]
fn matrices_by_input_are_exact_up_to_rounding() {
    let mut random = Random(13);
    let (stacked, columns, rows) = (2, 70, 90);
    for format in [Format::F32, Format::F16, Format::BF16] {
        let bytes = format.encode(&random.normals(stacked * columns * rows)).unwrap();
        let tensor = Tensor {
            name: "experts".into(),
            format,
            shape: vec![stacked, columns, rows],
            range: 0..bytes.len(),
            source: Arc::new(Source::from_bytes("weights", bytes)),
            exponents: None,
            scales: None,
        };
        let weights = tensor.to_f32();
        let input = random.normals(140 * columns);
        let many: Vec<u32> = (0..135).rev().collect();
        for (expert, matrix) in Matrix::from_tensor_by_input(&tensor).unwrap().iter().enumerate() {
            let whole = matrix.slice_rows(2..rows);
            let [even, odd] = matrix.split_alternating();
            for (matrix, first, step) in [(&whole, 2, 1), (&even, 0, 2), (&odd, 1, 2)] {
                let weight = |row: usize, input: usize| {
                    weights[(expert * columns + input) * rows + first + row * step]
                };
                let mut decoded = vec![0.0; columns];
                matrix.decode_row(3, &mut decoded);
                assert!(decoded.iter().enumerate().all(|(input, value)| *value == weight(3, input)));
                for compute in all_computes() {
                    for selected in [&[7][..], &many] {
                        let results = multiplied(&compute, matrix, &input, selected);
                        for (index, &result) in results.iter().enumerate() {
                            let (token, row) =
                                (selected[index / matrix.rows()] as usize, index % matrix.rows());
                            let products = (0..columns).map(|column| {
                                f64::from(input[token * columns + column]) * f64::from(weight(row, column))
                            });
                            let terms: Vec<f64> = products.chain([row as f64]).collect();
                            check_sum(&format!("{compute:?}, {format:?}"), result, &terms);
                        }
                    }
                }
            }
        }
    }
    let blocks = Tensor {
        name: "blocks".into(),
        format: Format::Q8_0,
        shape: vec![32, 32],
        range: 0..32 * 34,
        source: Arc::new(Source::from_bytes("weights", vec![0; 32 * 34])),
        exponents: None,
        scales: None,
    };
    assert!(Matrix::from_tensor_by_input(&blocks).is_none(), "blocks run along the inputs");
}

/// Two experts of 8-bit floats, whose shape is no multiple of the blocks that share a scale: whole, in part and
/// every other row, they multiply as the floats that they decode to. A row with a NaN gives NaNs and no other does.
#[test]
fn scaled_8_bit_floats_are_exact_up_to_rounding() {
    let mut random = Random(17);
    let (stacked, rows, columns) = (2, 150, 700);
    let (row_blocks, column_blocks) = (2, 6);
    // Half of the numbers small, so that subnormal ones are among them; no NaN but one.
    let mut bytes: Vec<u8> = (random.bytes(stacked * rows * columns).into_iter().enumerate())
        .map(|(index, byte)| if index % 2 == 0 { byte & 0x8f } else { byte & 0xf7 })
        .collect();
    let broken = 131;
    bytes[broken * columns + 699] = 0xff;
    for format in [Format::F32, Format::BF16] {
        let scales: Vec<f32> =
            (0..stacked * row_blocks * column_blocks).map(|_| random.normal() * 0.01).collect();
        let encoded = format.encode(&scales).unwrap();
        let mut scales_read = vec![0.0; scales.len()];
        format.decode(&encoded, &mut scales_read);
        let tensor = Tensor {
            name: "experts".into(),
            format: Format::F8_E4M3,
            shape: vec![stacked, rows, columns],
            range: 3..3 + bytes.len(),
            source: Arc::new(Source::from_bytes("weights", [&[0; 3], &bytes[..]].concat())),
            exponents: None,
            scales: Some(Scales {
                range: 1..1 + encoded.len(),
                source: Arc::new(Source::from_bytes("scales", [&[0; 1], &encoded[..]].concat())),
                format,
                rows,
                columns,
            }),
        };
        let weights = tensor.to_f32();
        for (index, weight) in weights.iter().enumerate() {
            let (row, column) = (index / columns % rows, index % columns);
            let block = (index / columns / rows * row_blocks + row / 128) * column_blocks + column / 128;
            let mut number = [0.0];
            Format::F8_E4M3.decode(&bytes[index..=index], &mut number);
            let expected = number[0] * scales_read[block];
            assert!(
                *weight == expected || weight.is_nan() && expected.is_nan(),
                "{index}: {weight}, {expected}"
            );
        }
        let input = random.normals(25 * columns);
        for (expert, matrix) in Matrix::from_tensor(&tensor).iter().enumerate() {
            let part = matrix.slice_rows(120..149);
            let [even, odd] = matrix.split_alternating();
            for (matrix, first, step) in [(matrix, 0, 1), (&part, 120, 1), (&even, 0, 2), (&odd, 1, 2)] {
                let row = |row: usize| &weights[(expert * rows + first + row * step) * columns..][..columns];
                let is_broken = |row: usize| expert == 0 && first + row * step == broken;
                let mut decoded = vec![0.0; columns];
                matrix.decode_row(9, &mut decoded);
                assert_eq!(decoded, row(9));
                for compute in all_computes() {
                    for selected in [&[7][..], &[0, 3, 24], &[9, 8, 7, 6, 5, 4, 3, 2, 1]] {
                        let results = multiplied(&compute, matrix, &input, selected);
                        for (index, &result) in results.iter().enumerate() {
                            let (token, output) =
                                (selected[index / matrix.rows()] as usize, index % matrix.rows());
                            let label = format!("{compute:?}, row {output}");
                            if is_broken(output) {
                                assert!(result.is_nan(), "{label}: {result}");
                                continue;
                            }
                            let inputs = &input[token * columns..][..columns];
                            let products = inputs.iter().zip(row(output));
                            let products = products.map(|(x, weight)| f64::from(*x) * f64::from(*weight));
                            let terms: Vec<f64> = products.chain([output as f64]).collect();
                            check_sum(&label, result, &terms);
                        }
                    }
                    let result = multiplied_transposed(&compute, matrix, &input[..matrix.rows()], false);
                    for (column, &result) in result.iter().enumerate() {
                        let products =
                            (0..matrix.rows()).map(|r| f64::from(input[r]) * f64::from(row(r)[column]));
                        let terms: Vec<f64> = products.collect();
                        check_sum(&format!("{compute:?}, column {column}"), result, &terms);
                    }
                }
            }
        }
        assert!(
            Matrix::from_tensor_by_input(&tensor).is_none(),
            "scales are for blocks of outputs and inputs"
        );
    }
}

/// What products of brain floats may lose of each activation, which are rounded to 8 bits: half of the last one. Few
/// tokens, and float arithmetic, take whole activations.
fn lost(compute: &Compute, format: Format, selected: &[u32]) -> f64 {
    match (compute.arithmetic(), format) {
        (Arithmetic::Int8, Format::BF16) if selected.len() > MOST_DOT_INPUTS => 1.0 / (1 << 8) as f64,
        _ => 0.0,
    }
}

/// Matrices of plain floats, of odd sizes, with few tokens and with many.
#[test]
fn matrices_of_floats_are_exact_up_to_rounding() {
    let mut random = Random(19);
    let (rows, tokens) = (37, 140);
    for columns in [1, 30, 301] {
        for format in [Format::F32, Format::F16, Format::BF16] {
            let bytes = format.encode(&random.normals(rows * columns)).unwrap();
            let mut weights = vec![0.0; rows * columns];
            format.decode(&bytes, &mut weights);
            let matrix = Matrix::from_bytes(format, rows, columns, bytes).unwrap().slice_rows(3..rows);
            let input = random.normals(tokens * columns);
            let many: Vec<u32> = (0..tokens as u32).rev().collect();
            let kept = matrix.clone().keeping_activations();
            for compute in all_computes() {
                for selected in [&[7][..], &many[..4], &many[..5], &many[..21], &many] {
                    let exact = multiplied(&compute, &kept, &input, selected);
                    let results = multiplied(&compute, &matrix, &input, selected);
                    for (index, &result) in results.iter().enumerate() {
                        let (token, row) = (selected[index / matrix.rows()] as usize, index % matrix.rows());
                        let inputs = &input[token * columns..][..columns];
                        let products = inputs.iter().zip(&weights[(row + 3) * columns..]);
                        let products = products.map(|(x, weight)| f64::from(*x) * f64::from(*weight));
                        let terms: Vec<f64> = products.chain([row as f64]).collect();
                        let label = format!("{compute:?}, {format:?}, {columns} columns");
                        check_rounded_sum(&label, result, &terms, lost(&compute, format, selected));
                        check_sum(&label, exact[index], &terms);
                    }
                }
            }
        }
    }
}
