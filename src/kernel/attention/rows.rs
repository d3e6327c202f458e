//! Cached rows of keys and values, in the formats that they are kept in.

use crate::kernel::table::Kernels;
use crate::kernel::team::SharedMut;
use crate::kernel::Compute;
use crate::quant::Format;
use crate::Result;
use half::f16;
use half::slice::HalfFloatSliceExt;
use std::ops::Range;

/// How cached keys and values are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheFormat {
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
    /// 16-bit integers; those of each head times a 32-bit float, their row's Euclidean norm over 32,767.
    Int16,
    /// Blocks of 32 8-bit integers, each times a 16-bit float: [`Format::Q8_0`]. Heads have a multiple of 32 values. Half
    /// of the memory of 16 bits; rows are widened to floats before they are multiplied, which takes longer.
    Q8_0,
}

/// Values and bytes of a block of [`Format::Q8_0`].
const BLOCK: usize = 32;
/// See `BLOCK`.
const BLOCK_BYTES: usize = 34;

impl CacheFormat {
    /// All of them.
    pub const ALL: [CacheFormat; 4] =
        [CacheFormat::F32, CacheFormat::F16, CacheFormat::Int16, CacheFormat::Q8_0];

    /// What users call it.
    pub fn name(self) -> &'static str {
        match self {
            CacheFormat::F32 => "f32",
            CacheFormat::F16 => "f16",
            CacheFormat::Int16 => "int16",
            CacheFormat::Q8_0 => "q8_0",
        }
    }

    /// Whether it can hold heads of so many values.
    pub(crate) fn holds(self, length: usize) -> bool {
        self != CacheFormat::Q8_0 || length.is_multiple_of(BLOCK)
    }

    /// What is better for rows that are read soon and dropped: the same, if it is not there to save memory.
    pub(crate) fn of_scratch(self) -> CacheFormat {
        if self == CacheFormat::Q8_0 {
            CacheFormat::Int16
        } else {
            self
        }
    }

    /// The bytes of `values` values in heads of `length`.
    pub(crate) fn bytes(self, values: u128, length: usize) -> u128 {
        match self {
            CacheFormat::F32 => 4 * values,
            CacheFormat::F16 => 2 * values,
            CacheFormat::Int16 => 2 * values + 4 * (values / length.max(1) as u128),
            CacheFormat::Q8_0 => values / BLOCK as u128 * BLOCK_BYTES as u128,
        }
    }
}

/// Rows of a key or value cache: position-major, the values of all heads of a position one after the other.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum CacheRows {
    F32(Vec<f32>),
    F16(Vec<f16>),
    Int16(Int16Rows),
    Q8_0(Vec<[u8; BLOCK_BYTES]>),
}

/// Rows of 16-bit integers.
#[derive(Debug)]
pub struct Int16Rows {
    pub(super) values: Vec<i16>,
    /// What each head's values are to be multiplied with.
    pub(super) scales: Vec<f32>,
    /// Values of a head, at least 1.
    pub(super) length: usize,
}

/// How many values become bytes, or the other way round, at a time.
const CHUNK: usize = 1 << 14;

impl CacheRows {
    /// No rows, whose heads are to have `length` values.
    pub fn new(format: CacheFormat, length: usize) -> CacheRows {
        match format {
            CacheFormat::F32 => CacheRows::F32(Vec::new()),
            CacheFormat::F16 => CacheRows::F16(Vec::new()),
            CacheFormat::Int16 => {
                CacheRows::Int16(Int16Rows { values: Vec::new(), scales: Vec::new(), length: length.max(1) })
            }
            CacheFormat::Q8_0 => CacheRows::Q8_0(Vec::new()),
        }
    }

    /// Appends the values of some rows. Numbers that are infinite or none, or a norm beyond 32-bit floats, make the
    /// whole head of 16-bit integers none, and a block of 8-bit integers, where it is numbers beyond 16-bit floats.
    ///
    /// # Panics
    /// If they are not whole heads.
    pub fn append(&mut self, compute: &Compute, values: &[f32]) {
        match self {
            CacheRows::F32(rows) => rows.extend_from_slice(values),
            CacheRows::F16(rows) => {
                let start = rows.len();
                rows.resize(start + values.len(), f16::ZERO);
                rows[start..].convert_from_f32_slice(values);
            }
            CacheRows::Int16(rows) => {
                assert!(values.len().is_multiple_of(rows.length), "whole heads");
                let start = rows.values.len();
                rows.values.resize(start + values.len(), 0);
                let heads = rows.values[start..].chunks_exact_mut(rows.length);
                let packed = heads.zip(values.chunks_exact(rows.length));
                rows.scales.extend(packed.map(|(head, values)| compute.kernels.pack_int16(values, head)));
            }
            CacheRows::Q8_0(rows) => {
                assert!(values.len().is_multiple_of(BLOCK), "whole blocks");
                rows.extend(values.chunks_exact(BLOCK).map(block));
            }
        }
    }

    /// How many values there are, of all positions together.
    pub(crate) fn len(&self) -> usize {
        match self {
            CacheRows::F32(rows) => rows.len(),
            CacheRows::F16(rows) => rows.len(),
            CacheRows::Int16(rows) => rows.values.len(),
            CacheRows::Q8_0(rows) => BLOCK * rows.len(),
        }
    }

    /// How they are stored.
    pub(crate) fn format(&self) -> CacheFormat {
        match self {
            CacheRows::F32(_) => CacheFormat::F32,
            CacheRows::F16(_) => CacheFormat::F16,
            CacheRows::Int16(_) => CacheFormat::Int16,
            CacheRows::Q8_0(_) => CacheFormat::Q8_0,
        }
    }

    /// Whether heads of so many values can be kept in it: of integers their length matters.
    fn suits(&self, format: CacheFormat, length: usize) -> bool {
        self.format() == format && self.are_scaled_by(length, length)
    }

    /// Whether rows `stride` apart can be taken for heads of `length` values: each integer belongs to one scale.
    pub(super) fn are_scaled_by(&self, length: usize, stride: usize) -> bool {
        let length = length.max(1);
        match self {
            CacheRows::F32(_) | CacheRows::F16(_) => true,
            CacheRows::Int16(rows) => rows.length == length && stride.is_multiple_of(length),
            CacheRows::Q8_0(_) => length.is_multiple_of(BLOCK) && stride.is_multiple_of(BLOCK),
        }
    }

    /// Makes sure that there is memory for so many more values; whether it could be had.
    pub(crate) fn reserve(&mut self, count: usize) -> bool {
        match self {
            CacheRows::F32(rows) => rows.try_reserve_exact(count).is_ok(),
            CacheRows::F16(rows) => rows.try_reserve_exact(count).is_ok(),
            CacheRows::Int16(Int16Rows { values, scales, length }) => {
                values.try_reserve_exact(count).is_ok() && scales.try_reserve_exact(count / *length).is_ok()
            }
            CacheRows::Q8_0(rows) => rows.try_reserve_exact(count / BLOCK).is_ok(),
        }
    }

    /// Keeps the first `count` values, which are whole rows.
    pub(crate) fn truncate(&mut self, count: usize) {
        match self {
            CacheRows::F32(rows) => rows.truncate(count),
            CacheRows::F16(rows) => rows.truncate(count),
            CacheRows::Int16(Int16Rows { values, scales, length }) => {
                values.truncate(count);
                scales.truncate(count / *length);
            }
            CacheRows::Q8_0(rows) => rows.truncate(count / BLOCK),
        }
    }

    /// Drops the first `count` values, which are whole rows, and memory for more than `most`.
    pub(crate) fn drop_first(&mut self, count: usize, most: usize) {
        fn drop_first<T>(values: &mut Vec<T>, count: usize, most: usize) {
            values.drain(..count);
            values.shrink_to(most);
        }
        match self {
            CacheRows::F32(rows) => drop_first(rows, count, most),
            CacheRows::F16(rows) => drop_first(rows, count, most),
            CacheRows::Int16(Int16Rows { values, scales, length }) => {
                drop_first(values, count, most);
                drop_first(scales, count / *length, most / *length);
            }
            CacheRows::Q8_0(rows) => drop_first(rows, count / BLOCK, most / BLOCK),
        }
    }

    /// Becomes a part of `from`, whole rows of the same format.
    pub(crate) fn copy(&mut self, from: &CacheRows, part: Range<usize>) {
        fn copy<T: Copy>(to: &mut Vec<T>, from: &[T]) {
            to.clear();
            to.extend_from_slice(from);
        }
        match (self, from) {
            (CacheRows::F32(to), CacheRows::F32(from)) => copy(to, &from[part]),
            (CacheRows::F16(to), CacheRows::F16(from)) => copy(to, &from[part]),
            (CacheRows::Int16(to), CacheRows::Int16(from)) => {
                let length = from.length;
                copy(&mut to.scales, &from.scales[part.start / length..part.end / length]);
                copy(&mut to.values, &from.values[part]);
            }
            (CacheRows::Q8_0(to), CacheRows::Q8_0(from)) => copy(to, &from[blocks(&part)]),
            _ => unreachable!("the formats were compared"),
        }
    }

    /// Gives out the values as bytes in little-endian order, and behind them their scales, if there are any.
    pub(crate) fn write(&self, write: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match self {
            CacheRows::F32(rows) => write_values(rows, |value| value.to_le_bytes(), write),
            CacheRows::F16(rows) => write_values(rows, |value| value.to_le_bytes(), write),
            CacheRows::Int16(rows) => {
                write_values(&rows.values, |value| value.to_le_bytes(), write)?;
                write_values(&rows.scales, |scale| scale.to_le_bytes(), write)
            }
            CacheRows::Q8_0(rows) => write_values(rows, |block| block, write),
        }
    }

    /// Appends `count` values, which are whole rows, that [`write`](Self::write) gave out. `read` fills the buffer that it is
    /// given; memory grows as they come, and not before.
    pub(crate) fn read(&mut self, count: usize, read: &mut dyn FnMut(&mut [u8]) -> Result<()>) -> Result<()> {
        match self {
            CacheRows::F32(rows) => read_values(rows, count, f32::from_le_bytes, read),
            CacheRows::F16(rows) => read_values(rows, count, f16::from_le_bytes, read),
            CacheRows::Int16(rows) => {
                read_values(&mut rows.values, count, i16::from_le_bytes, read)?;
                read_values(&mut rows.scales, count / rows.length, f32::from_le_bytes, read)
            }
            CacheRows::Q8_0(rows) => read_values(rows, count / BLOCK, |block| block, read),
        }
    }

    /// Writes the values from `first` on, of one head, as 32-bit floats.
    pub(crate) fn widen(&self, compute: &Compute, first: usize, output: &mut [f32]) {
        self.widen_head(compute.kernels, first, output);
    }

    /// As [`widen`](Self::widen).
    pub(super) fn widen_head(&self, kernels: Kernels, first: usize, output: &mut [f32]) {
        let part = first..first + output.len();
        match self {
            CacheRows::F32(rows) => output.copy_from_slice(&rows[part]),
            CacheRows::F16(rows) => kernels.widen(&rows[part], output),
            CacheRows::Int16(rows) => {
                let scale = rows.scales[first / rows.length];
                kernels.widen_int16(&rows.values[part], scale, output);
            }
            CacheRows::Q8_0(rows) => {
                kernels.decode(Format::Q8_0, rows[blocks(&part)].as_flattened(), output);
            }
        }
    }

    /// Makes sure that there are rows of `count` values in heads of `length`, of which `memory` may bring the memory.
    pub(crate) fn sized(
        memory: &mut Option<CacheRows>,
        format: CacheFormat,
        length: usize,
        count: usize,
    ) -> &mut CacheRows {
        if memory.as_ref().is_some_and(|rows| !rows.suits(format, length)) {
            *memory = None;
        }
        let rows = memory.get_or_insert_with(|| CacheRows::new(format, length));
        match rows {
            CacheRows::F32(rows) => rows.resize(count, 0.0),
            CacheRows::F16(rows) => rows.resize(count, f16::ZERO),
            CacheRows::Int16(Int16Rows { values, scales, length }) => {
                values.resize(count, 0);
                scales.resize(count / *length, 0.0);
            }
            CacheRows::Q8_0(rows) => rows.resize(count / BLOCK, [0; BLOCK_BYTES]),
        }
        rows
    }

    /// Fills the heads of `length` values in a part, whole rows: `make` writes the one with an index, counted from the
    /// beginning of the part. Runs on the whole team.
    pub(crate) fn fill(
        &mut self,
        compute: &Compute,
        part: Range<usize>,
        length: usize,
        make: impl Fn(usize, &mut [f32]) + Sync,
    ) {
        let (team, scratch) = (&compute.team, || vec![0.0; length]);
        match self {
            CacheRows::F32(rows) => team.for_each_row(&mut rows[part], length, make),
            CacheRows::F16(rows) => {
                team.for_each_row_with(&mut rows[part], length, scratch, |made, index, head| {
                    make(index, made);
                    head.convert_from_f32_slice(made);
                });
            }
            CacheRows::Int16(rows) => {
                assert_eq!(rows.length, length, "length of a head");
                let scales = SharedMut::new(&mut rows.scales[part.start / length..part.end / length]);
                team.for_each_row_with(&mut rows.values[part], length, scratch, |made, index, head| {
                    make(index, made);
                    // SAFETY: each head has a scale of its own.
                    unsafe { scales.slice(index, 1)[0] = compute.kernels.pack_int16(made, head) };
                });
            }
            CacheRows::Q8_0(rows) => {
                team.for_each_row_with(
                    &mut rows[blocks(&part)],
                    length / BLOCK,
                    scratch,
                    |made, index, head| {
                        make(index, made);
                        head.iter_mut()
                            .zip(made.chunks_exact(BLOCK))
                            .for_each(|(to, values)| *to = block(values));
                    },
                );
            }
        }
    }
}

/// The blocks that hold some values, which are whole blocks.
fn blocks(values: &Range<usize>) -> Range<usize> {
    values.start / BLOCK..values.end / BLOCK
}

/// A block of values; a scale that is no number makes all of it none.
fn block(values: &[f32]) -> [u8; BLOCK_BYTES] {
    let mut block = [0; BLOCK_BYTES];
    match Format::Q8_0.encode(values) {
        Ok(bytes) => block.copy_from_slice(&bytes),
        Err(_) => block[..2].copy_from_slice(&f16::NAN.to_le_bytes()),
    }
    block
}

fn write_values<T: Copy, const N: usize>(
    values: &[T],
    bytes: impl Fn(T) -> [u8; N],
    write: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let mut buffer = vec![[0; N]; CHUNK.min(values.len())];
    for values in values.chunks(CHUNK) {
        let buffer = &mut buffer[..values.len()];
        buffer.iter_mut().zip(values).for_each(|(into, value)| *into = bytes(*value));
        write(buffer.as_flattened())?;
    }
    Ok(())
}

fn read_values<T, const N: usize>(
    values: &mut Vec<T>,
    count: usize,
    value: impl Fn([u8; N]) -> T,
    read: &mut dyn FnMut(&mut [u8]) -> Result<()>,
) -> Result<()> {
    let mut buffer = vec![[0; N]; CHUNK.min(count)];
    let mut left = count;
    while left > 0 {
        let buffer = &mut buffer[..left.min(CHUNK)];
        read(buffer.as_flattened_mut())?;
        values.extend(buffer.iter().map(|bytes| value(*bytes)));
        left -= buffer.len();
    }
    Ok(())
}
