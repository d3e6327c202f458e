//! The table of kernels: what an instruction set provides, chosen once from the CPU's features.
//!
//! A [`Table`] holds bare functions that may use instructions which the CPU lacks and that trust their
//! arguments. [`Kernels`] can only be made for a set that was detected, and its methods check the
//! lengths: everything outside the folders of instruction sets calls kernels through it, safely.

mod int16;
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))] // Portable kernels take one row after the other.
mod streams;
mod tiles;

use super::activations::{QuantisedRow, QuantisedRowMut, ACTIVATION_BLOCK, SUM_BLOCK};
use super::block::{chunk_bytes, Block, CHUNK, MOST_GROUPS};
use super::InstructionSet;
use crate::quant::fp8::SCALE_BLOCK;
use crate::quant::Format;
use crate::{Error, Result};
use half::{bf16, f16};
use std::fmt;

pub(super) use int16::{int16_scales, Int16Kernels, Int16Table, PackedRows, INT16_VALUES};
#[cfg_attr(not(target_arch = "x86_64"), allow(unused_imports))] // As above.
pub(super) use streams::{STREAMS, STREAM_VALUES};
#[cfg_attr(not(target_arch = "x86_64"), allow(unused_imports))] // Portable Rust has no tiles.
pub(super) use tiles::{
    InputTile, TileKernels, TileSums, TileTable, UnpackTile, WeightTile, INPUT_TILE_WORDS, MOST_WEIGHT_TILES,
    TILE_COLUMNS, TILE_ROWS,
};

/// Rows of weights in a panel.
pub(super) const PANEL_ROWS: usize = 16;
/// The most panels that `multiply` takes at a time: they share what is read of the activations.
pub(super) const MOST_PANELS: usize = 2;
/// The most rows of activations that `dot_rows` takes at a time.
pub(super) const MOST_DOT_INPUTS: usize = 4;

/// One chunk of 16 rows of weights in the uniform form (see `block`), laid out for products with many
/// rows of activations.
#[repr(C, align(64))]
pub(super) struct Panel {
    /// `[256 / 4][16 rows][4 bytes]`.
    pub(super) values: [u8; CHUNK * PANEL_ROWS],
    /// `[groups][16 rows]`.
    pub(super) scales: [f32; MOST_GROUPS * PANEL_ROWS],
    /// `[groups][16 rows]`: what times the sum of the activations is subtracted. Of formats without minimums
    /// an instruction set may make it their zero (`scale * ZERO`), or leave it unspecified. It may also keep scales and
    /// minimums in a form of its own (AVX-512: `VectorBlock::PAIRS`): a panel is unpacked and multiplied by the same set.
    pub(super) minimums: [f32; MOST_GROUPS * PANEL_ROWS],
    /// Blocks of 32 columns that are there; a row may end with fewer than a chunk has.
    pub(super) blocks: usize,
}

impl Panel {
    /// All zeros.
    pub(super) const ZERO: Panel = Panel {
        values: [0; CHUNK * PANEL_ROWS],
        scales: [0.0; MOST_GROUPS * PANEL_ROWS],
        minimums: [0.0; MOST_GROUPS * PANEL_ROWS],
        blocks: 0,
    };
}

/// One chunk of 16 rows of weights as brain floats, two neighbours in a word, laid out for products with many
/// rows of activations.
#[repr(C, align(64))]
pub(super) struct PairPanel {
    /// `[256 / 2][16 rows]`.
    pub(super) words: [u32; CHUNK / 2 * PANEL_ROWS],
}

impl PairPanel {
    /// All zeros.
    pub(super) const ZERO: PairPanel = PairPanel { words: [0; CHUNK / 2 * PANEL_ROWS] };
}

/// One chunk of a row of activations as brain floats.
pub(super) type PairInput = [bf16; CHUNK];

/// Rows of blocks: the part of a matrix that one call works on.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    /// Row after row.
    pub(super) bytes: &'a [u8],
    /// Bytes from one row to the next, at least those of a row.
    pub(super) stride: usize,
    /// How many rows.
    pub(super) count: usize,
    /// Of 8-bit floats, row after row the factor for each block of `SCALE_BLOCK` values; empty where there
    /// is none.
    pub(super) scales: &'a [f32],
}

impl<'a> Rows<'a> {
    /// The scales of a row.
    pub(super) fn scales_of(&self, row: usize) -> &'a [f32] {
        let blocks = self.scales.len() / self.count.max(1);
        &self.scales[row * blocks..][..blocks]
    }
}

/// All rows of activations in their 8-bit form, of which a product takes some.
#[derive(Clone, Copy)]
pub(super) struct QuantisedRows<'a> {
    /// `[chunks, rows, values of a chunk]`; scales and sums likewise.
    pub(super) data: QuantisedRow<'a>,
    /// How many rows.
    pub(super) count: usize,
    /// Values of a row, whole chunks.
    pub(super) columns: usize,
}

/// Some rows of activations in their 8-bit form, which are known to be there.
pub(super) struct SelectedRows<'a> {
    pub(super) rows: QuantisedRows<'a>,
    pub(super) indices: &'a [u32],
}

/// Rows of floats, `stride` apart.
#[derive(Clone, Copy)]
pub(super) struct FloatRows<'a> {
    /// The first row starts at the front; the last one may end where its values end.
    pub(super) values: &'a [f32],
    /// Values from one row to the next.
    pub(super) stride: usize,
}

impl FloatRows<'_> {
    /// Whether row `row` has `length` values.
    fn holds(&self, row: usize, length: usize) -> bool {
        row.checked_mul(self.stride)
            .and_then(|first| first.checked_add(length))
            .is_some_and(|end| end <= self.values.len())
    }
}

/// See `Kernels::quantise`.
type Quantise = unsafe fn(&[[f32; ACTIVATION_BLOCK]], QuantisedRowMut<'_>);
/// See `Kernels::dots`.
type Dots = unsafe fn(FloatRows<'_>, usize, usize, FloatRows<'_>, &[u32], &mut [f32], usize);
/// See `Kernels::accumulate`.
type Accumulate = unsafe fn(FloatRows<'_>, usize, usize, FloatRows<'_>, usize, &mut [f32], usize);
/// See `Kernels::dot_float_rows`.
type DotFloatRows = unsafe fn(Rows<'_>, FloatRows<'_>, &[u32], usize, &mut [[f32; PANEL_ROWS]]);
/// See `IntegerKernels::dot_rows`.
type DotRows = unsafe fn(Rows<'_>, usize, QuantisedRows<'_>, &[u32], &mut [[f32; PANEL_ROWS]]);
/// See `IntegerKernels::unpack`.
type Unpack = unsafe fn(Rows<'_>, usize, &mut Panel);
/// See `IntegerKernels::multiply`.
type Multiply = unsafe fn(&[Panel], &SelectedRows<'_>, usize, &mut [[f32; PANEL_ROWS]]);
/// See `Kernels::decode`.
type Decode = unsafe fn(&[u8], &mut [f32]);

/// The kernels of one instruction set. All are unsafe to call: the CPU must have the set's
/// instructions, and lengths must be as the methods of [`Kernels`] check them.
pub(super) struct Table {
    pub(super) instruction_set: InstructionSet,
    pub(super) integer: fn(Format) -> Option<&'static IntegerTable>,
    pub(super) pairs: fn() -> Option<&'static PairTable>,
    pub(super) int16: Option<&'static Int16Table>,
    pub(super) tiles: Option<&'static TileTable>,
    pub(super) quantise: Quantise,
    pub(super) dots: Dots,
    pub(super) dot_rows_f32: DotFloatRows,
    pub(super) dot_rows_f16: DotFloatRows,
    pub(super) dot_rows_bf16: DotFloatRows,
    pub(super) dot_rows_f8: DotFloatRows,
    pub(super) accumulate: Accumulate,
    pub(super) widen_f16: Decode,
    pub(super) widen_bf16: Decode,
    pub(super) widen_f8: Decode,
    pub(super) pack_int16: unsafe fn(&[f32], &mut [i16]) -> f32,
    pub(super) widen_int16: unsafe fn(&[i16], f32, &mut [f32]),
    pub(super) maximum: unsafe fn(&[f32]) -> f32,
    pub(super) exponentials: unsafe fn(&mut [f32], f32) -> f32,
    pub(super) sum_of_squares: unsafe fn(&[f32]) -> f32,
    pub(super) scale_by: unsafe fn(&[f32], &[f32], f32, &mut [f32]),
    pub(super) swiglu: unsafe fn(&mut [f32], &[f32]),
    pub(super) clamped_swiglu: unsafe fn(&mut [f32], &[f32], f32, f32),
    pub(super) add_scaled: unsafe fn(&mut [f32], &[f32], f32),
    pub(super) multiply: unsafe fn(&mut [f32], f32),
    pub(super) read: unsafe fn(&[u8]) -> u64,
    pub(super) int8_peak: unsafe fn(usize) -> (i32, u64),
}

/// The kernels of one block format in one instruction set.
pub(super) struct IntegerTable {
    pub(super) chunk_bytes: usize,
    pub(super) dot_rows: DotRows,
    pub(super) unpack: Unpack,
    pub(super) multiply: Multiply,
    pub(super) decode: Decode,
}

impl IntegerTable {
    /// The properties of a block, with the functions that an instruction set has for it.
    pub(super) const fn new<B: Block>(
        dot_rows: DotRows,
        unpack: Unpack,
        multiply: Multiply,
        decode: Decode,
    ) -> IntegerTable {
        IntegerTable { chunk_bytes: chunk_bytes::<B>(), dot_rows, unpack, multiply, decode }
    }
}

/// Brain floats in a vector of words of two.
pub(super) const PAIR_VALUES: usize = 32;

/// The kernels for products of brain floats with many rows of activations.
pub(super) struct PairTable {
    pub(super) round_floats: unsafe fn(&[f32], &mut [bf16]),
    pub(super) unpack: unsafe fn(Rows<'_>, usize, &mut PairPanel),
    pub(super) multiply: unsafe fn(&PairPanel, &[PairInput], usize, &mut [[f32; PANEL_ROWS]]),
}

/// The kernels of an instruction set that this CPU has.
#[derive(Clone, Copy)]
pub(super) struct Kernels(&'static Table);

/// The kernels of a [`PairTable`] whose instructions this CPU has.
#[derive(Clone, Copy)]
pub(super) struct PairKernels(&'static PairTable);

/// The kernels of a block format in an instruction set that this CPU has.
#[derive(Clone, Copy)]
pub(super) struct IntegerKernels(&'static IntegerTable);

impl fmt::Debug for Kernels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.instruction_set().fmt(formatter)
    }
}

impl Kernels {
    /// The kernels of `instruction_set`.
    ///
    /// # Errors
    /// If this CPU lacks it, or this build has no kernels for it.
    pub(super) fn new(instruction_set: InstructionSet) -> Result<Kernels> {
        Kernels::find(instruction_set).ok_or_else(|| {
            let sets: Vec<&str> = Kernels::available().map(|k| k.instruction_set().name()).collect();
            Error::input(format!(
                "this CPU lacks the instruction set {}; it has {}",
                instruction_set.name(),
                sets.join(", ")
            ))
        })
    }

    /// The kernels of `instruction_set`, if this CPU has it.
    fn find(instruction_set: InstructionSet) -> Option<Kernels> {
        match instruction_set {
            InstructionSet::Scalar => Some(Kernels(&super::scalar::TABLE)),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 if super::avx2::is_available() => Some(Kernels(&super::avx2::TABLE)),
            InstructionSet::Avx2 => None,
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 if super::avx512::is_available() => Some(Kernels(&super::avx512::TABLE)),
            InstructionSet::Avx512 => None,
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            InstructionSet::Amx if super::amx::is_available() => Some(Kernels(&super::amx::TABLE)),
            InstructionSet::Amx => None,
        }
    }

    /// The kernels of every instruction set that this CPU has, best last.
    pub(super) fn available() -> impl DoubleEndedIterator<Item = Kernels> {
        InstructionSet::ALL.into_iter().filter_map(Kernels::find)
    }

    /// The best kernels that this CPU has.
    pub(super) fn best() -> Kernels {
        Kernels::available().next_back().unwrap_or(Kernels(&super::scalar::TABLE))
    }

    /// Which set it is.
    pub(super) fn instruction_set(self) -> InstructionSet {
        self.0.instruction_set
    }

    /// The kernels of a block format; `None` for plain floats.
    pub(super) fn integer(self, format: Format) -> Option<IntegerKernels> {
        (self.0.integer)(format).map(IntegerKernels)
    }

    /// The kernels for brain floats and many rows of activations; `None` if the CPU has no instruction for them.
    pub(super) fn pairs(self) -> Option<PairKernels> {
        (self.0.pairs)().map(PairKernels)
    }

    /// The kernels for products of weights of this format by tile; `None` if the set has none.
    pub(super) fn tiles(self, format: Format) -> Option<TileKernels> {
        TileKernels::new(self.0.tiles?, format)
    }

    /// Whether many rows of activations meet quantised weights by tile.
    pub(super) fn has_tiles(self) -> bool {
        self.0.tiles.is_some()
    }

    /// The kernels for products in 16-bit integers; `None` where floats are as fast.
    pub(super) fn int16(self) -> Option<Int16Kernels> {
        self.0.int16.map(Int16Kernels)
    }

    /// Quantises one row of activations to blocks of 8 bits (see `Activations`). What `input` does not
    /// fill of `row` (whole blocks) becomes zero blocks.
    pub(super) fn quantise(self, input: &[f32], row: QuantisedRowMut<'_>) {
        assert!(row.is_whole() && input.len() <= row.values.len());
        let (blocks, last) = input.as_chunks::<ACTIVATION_BLOCK>();
        if input.len() == row.values.len() {
            // SAFETY: the set was detected; the row has as many blocks as there are.
            return unsafe { (self.0.quantise)(blocks, row) };
        }
        let (whole, mut rest) = row.split_at(blocks.len());
        // SAFETY: the set was detected; the row has as many blocks as there are.
        unsafe { (self.0.quantise)(blocks, whole) };
        rest.clear();
        if !last.is_empty() {
            let mut block = [0.0; ACTIVATION_BLOCK];
            block[..last.len()].copy_from_slice(last);
            // SAFETY: as above; one block.
            unsafe { (self.0.quantise)(&[block], rest.split_at(1).0) };
        }
    }

    /// `output[i * output_stride + r] += Σ_c rows[r][c] * inputs[input_rows[i]][c]` for `r` in `0..count`
    /// and `c` in `0..length`.
    #[allow(clippy::too_many_arguments)] // A matrix product has three matrices and their sizes.
    pub(super) fn dots(
        self,
        rows: FloatRows<'_>,
        count: usize,
        length: usize,
        inputs: FloatRows<'_>,
        input_rows: &[u32],
        output: &mut [f32],
        output_stride: usize,
    ) {
        let Some(last_input) = input_rows.len().checked_sub(1) else {
            return;
        };
        if count == 0 {
            return;
        }
        assert!(rows.holds(count - 1, length));
        assert!(input_rows.iter().all(|&row| inputs.holds(row as usize, length)));
        assert!(last_input * output_stride + count <= output.len());
        // SAFETY: the set was detected; all rows and outputs are inside their slices.
        unsafe {
            (self.0.dots)(rows, count, length, inputs, input_rows, output, output_stride);
        }
    }

    /// `output[i * output_stride + c] += Σ_r weights[i][r] * rows[r][c]` for `i` in `0..outputs`, `r` in
    /// `0..count` and `c` in `0..length`.
    #[allow(clippy::too_many_arguments)] // As above.
    pub(super) fn accumulate(
        self,
        weights: FloatRows<'_>,
        outputs: usize,
        count: usize,
        rows: FloatRows<'_>,
        length: usize,
        output: &mut [f32],
        output_stride: usize,
    ) {
        if outputs == 0 || count == 0 {
            return;
        }
        assert!(weights.holds(outputs - 1, count));
        assert!(rows.holds(count - 1, length));
        assert!((outputs - 1) * output_stride + length <= output.len());
        // SAFETY: the set was detected; all rows and outputs are inside their slices.
        unsafe {
            (self.0.accumulate)(weights, outputs, count, rows, length, output, output_stride);
        }
    }

    /// `output[r / 16 * inputs + i][r % 16] = Σ_c rows[r][c] * inputs[input_rows[i]][c]` for rows of plain floats of
    /// `length` values, and up to [`MOST_DOT_INPUTS`] inputs: `[panels of the rows][inputs]`. Outputs of rows that are not
    /// there are unspecified.
    pub(super) fn dot_float_rows(
        self,
        format: Format,
        rows: Rows<'_>,
        inputs: FloatRows<'_>,
        input_rows: &[u32],
        length: usize,
        output: &mut [[f32; PANEL_ROWS]],
    ) {
        let dot_rows = match format {
            Format::F32 => self.0.dot_rows_f32,
            Format::F16 => self.0.dot_rows_f16,
            Format::BF16 => self.0.dot_rows_bf16,
            Format::F8_E4M3 => self.0.dot_rows_f8,
            _ => unreachable!("blocks have kernels of their own"),
        };
        if rows.count == 0 || input_rows.is_empty() {
            return;
        }
        assert!(input_rows.len() <= MOST_DOT_INPUTS);
        let row_bytes = length * format.block_bytes();
        assert!((rows.count - 1) * rows.stride + row_bytes <= rows.bytes.len());
        let scales = rows.count * length.div_ceil(SCALE_BLOCK);
        assert!(rows.scales.is_empty() || rows.scales.len() == scales);
        assert!(input_rows.iter().all(|&row| inputs.holds(row as usize, length)));
        assert!(rows.count.div_ceil(PANEL_ROWS) * input_rows.len() <= output.len());
        // SAFETY: the set was detected; all rows, inputs and outputs are inside their slices.
        unsafe { dot_rows(rows, inputs, input_rows, length, output) }
    }

    /// Decodes `values.len()` values of any format as `Format::decode` does; `bytes` holds as many.
    pub(super) fn decode(self, format: Format, bytes: &[u8], values: &mut [f32]) {
        assert_eq!(format.row_bytes(values.len()), Some(bytes.len()), "bytes and values");
        let decode = match format {
            Format::F16 => self.0.widen_f16,
            Format::BF16 => self.0.widen_bf16,
            Format::F8_E4M3 => self.0.widen_f8,
            _ => match self.integer(format) {
                Some(integer) => integer.0.decode,
                None => return format.decode(bytes, values),
            },
        };
        // SAFETY: the set was detected; whole blocks, as many as the values.
        unsafe { decode(bytes, values) };
    }

    /// Decodes the values of row `row` from `column` on, which begins a block of the format and of the scales.
    pub(super) fn decode_part(
        self,
        format: Format,
        rows: Rows<'_>,
        row: usize,
        column: usize,
        values: &mut [f32],
    ) {
        let start = column / format.block_len() * format.block_bytes();
        let size = values.len() / format.block_len() * format.block_bytes();
        self.decode(format, &rows.bytes[row * rows.stride + start..][..size], values);
        if !rows.scales.is_empty() {
            let scales = &rows.scales_of(row)[column / SCALE_BLOCK..];
            for (values, scale) in values.chunks_mut(SCALE_BLOCK).zip(scales) {
                self.multiply(values, *scale);
            }
        }
    }

    /// Half-precision floats as single ones.
    pub(super) fn widen(self, input: &[f16], output: &mut [f32]) {
        assert_eq!(input.len(), output.len());
        // SAFETY: an f16 is two bytes without padding, and bytes have no alignment.
        let bytes = unsafe { std::slice::from_raw_parts(input.as_ptr().cast(), 2 * input.len()) };
        // SAFETY: the set was detected; two bytes a value (on little-endian machines, which sets other
        // than the portable one imply; see there for the others).
        unsafe { (self.0.widen_f16)(bytes, output) };
    }

    /// Makes 16-bit integers of a row (see `table::int16`) and returns their scale, which is none where a number is
    /// infinite or none, and 0 for zeros and what is as good as zero, a norm below 1e-30. What they do not fill of
    /// `output` becomes zeros.
    pub(super) fn pack_int16(self, input: &[f32], output: &mut [i16]) -> f32 {
        assert!(input.len() <= output.len());
        // SAFETY: the set was detected; no more values than there is room for.
        unsafe { (self.0.pack_int16)(input, output) }
    }

    /// 16-bit integers times their scale as floats.
    pub(super) fn widen_int16(self, input: &[i16], scale: f32, output: &mut [f32]) {
        assert_eq!(input.len(), output.len());
        // SAFETY: the set was detected; as many values of both.
        unsafe { (self.0.widen_int16)(input, scale, output) }
    }

    /// The largest value, NaNs left aside; `-inf` if there is none.
    pub(super) fn maximum(self, x: &[f32]) -> f32 {
        // SAFETY: the set was detected; any slice will do.
        unsafe { (self.0.maximum)(x) }
    }

    /// `x[i] = exp(x[i] - maximum)`; returns their sum.
    pub(super) fn exponentials(self, x: &mut [f32], maximum: f32) -> f32 {
        // SAFETY: the set was detected; any slice will do.
        unsafe { (self.0.exponentials)(x, maximum) }
    }

    /// `Σ x[i]²`.
    pub(super) fn sum_of_squares(self, x: &[f32]) -> f32 {
        // SAFETY: the set was detected; any slice will do.
        unsafe { (self.0.sum_of_squares)(x) }
    }

    /// `output[i] = weight[i] * (x[i] * factor)`.
    pub(super) fn scale_by(self, x: &[f32], weight: &[f32], factor: f32, output: &mut [f32]) {
        assert!(x.len() == weight.len() && x.len() == output.len());
        // SAFETY: the set was detected; equal lengths.
        unsafe { (self.0.scale_by)(x, weight, factor, output) }
    }

    /// `gate[i] = gate[i] / (1 + exp(-gate[i])) * up[i]`.
    pub(super) fn swiglu(self, gate: &mut [f32], up: &[f32]) {
        assert_eq!(gate.len(), up.len());
        // SAFETY: the set was detected; equal lengths.
        unsafe { (self.0.swiglu)(gate, up) }
    }

    /// With `g = min(gate[i], limit)` and `u = up[i]` within ±`limit`:
    /// `gate[i] = g / (1 + exp(-alpha * g)) * (u + 1)`.
    pub(super) fn clamped_swiglu(self, gate: &mut [f32], up: &[f32], alpha: f32, limit: f32) {
        assert_eq!(gate.len(), up.len());
        // SAFETY: the set was detected; equal lengths.
        unsafe { (self.0.clamped_swiglu)(gate, up, alpha, limit) }
    }

    /// `x[i] += y[i] * scale`.
    pub(super) fn add_scaled(self, x: &mut [f32], y: &[f32], scale: f32) {
        assert_eq!(x.len(), y.len());
        // SAFETY: the set was detected; equal lengths.
        unsafe { (self.0.add_scaled)(x, y, scale) }
    }

    /// `x[i] *= factor`.
    pub(super) fn multiply(self, x: &mut [f32], factor: f32) {
        // SAFETY: the set was detected; any slice will do.
        unsafe { (self.0.multiply)(x, factor) }
    }

    /// Reads all bytes, to time the reading; the result keeps the compiler from leaving it out.
    pub(super) fn read(self, bytes: &[u8]) -> u64 {
        // SAFETY: the set was detected; any slice will do.
        unsafe { (self.0.read)(bytes) }
    }

    /// Runs the set's fastest 8-bit multiply-add `rounds` times over; returns something that depends on
    /// the products, and how many multiply-adds it was.
    pub(super) fn int8_peak(self, rounds: usize) -> (i32, u64) {
        // SAFETY: the set was detected.
        unsafe { (self.0.int8_peak)(rounds) }
    }
}

impl IntegerKernels {
    /// `output[r / 16 * inputs + i][r % 16] = Σ_c rows[r][c] * inputs[input_rows[i]][c]` for up to
    /// [`MOST_DOT_INPUTS`] inputs; `row_bytes` is the length of a row. As of [`Kernels::dot_float_rows`].
    pub(super) fn dot_rows(
        self,
        rows: Rows<'_>,
        row_bytes: usize,
        inputs: QuantisedRows<'_>,
        input_rows: &[u32],
        output: &mut [[f32; PANEL_ROWS]],
    ) {
        if rows.count == 0 || input_rows.is_empty() {
            return;
        }
        assert!(input_rows.len() <= MOST_DOT_INPUTS);
        assert!((rows.count - 1) * rows.stride + row_bytes <= rows.bytes.len());
        let chunks = row_bytes.div_ceil(self.0.chunk_bytes);
        assert!(chunks * CHUNK <= inputs.columns);
        inputs.check(input_rows);
        assert!(rows.count.div_ceil(PANEL_ROWS) * input_rows.len() <= output.len());
        // SAFETY: the set was detected; rows, inputs and outputs are inside their slices.
        unsafe { (self.0.dot_rows)(rows, row_bytes, inputs, input_rows, output) }
    }

    /// Unpacks one chunk of up to 16 rows. `rows.bytes` starts at the chunk in the first row, of which
    /// `chunk_bytes` bytes belong to it (fewer than a whole chunk at a row's end). Rows and groups that are
    /// not there get scales and minimums of 0.
    pub(super) fn unpack(self, rows: Rows<'_>, chunk_bytes: usize, panel: &mut Panel) {
        assert!(rows.count >= 1 && rows.count <= PANEL_ROWS);
        assert!(chunk_bytes <= self.0.chunk_bytes);
        assert!((rows.count - 1) * rows.stride + chunk_bytes <= rows.bytes.len());
        // SAFETY: the set was detected; the rows are inside their slice.
        unsafe { (self.0.unpack)(rows, chunk_bytes, panel) }
        panel.blocks = (chunk_bytes * (CHUNK / ACTIVATION_BLOCK)).div_ceil(self.0.chunk_bytes);
    }

    /// `sums[p][i][r] += Σ_c panels[p][r][c] * inputs[i][chunk * 256 + c]`, for up to [`MOST_PANELS`] panels of the same
    /// columns; `sums` is `[panels][inputs]`. The first chunk's products begin the sums, whatever was there.
    pub(super) fn multiply(
        self,
        panels: &[Panel],
        inputs: &SelectedRows<'_>,
        chunk: usize,
        sums: &mut [[f32; PANEL_ROWS]],
    ) {
        assert!((chunk + 1) * CHUNK <= inputs.rows.columns);
        assert!((1..=MOST_PANELS).contains(&panels.len()));
        assert!(panels.iter().all(|panel| panel.blocks == panels[0].blocks));
        assert!(panels[0].blocks <= CHUNK / ACTIVATION_BLOCK);
        assert_eq!(panels.len() * inputs.indices.len(), sums.len());
        // SAFETY: the set was detected; chunks, inputs and sums are inside their slices.
        unsafe { (self.0.multiply)(panels, inputs, chunk, sums) }
    }

    /// Bytes of a chunk of 256 values.
    pub(super) fn chunk_bytes(self) -> usize {
        self.0.chunk_bytes
    }
}

impl PairKernels {
    /// Unpacks the first `length` values of each row, at most a chunk.
    pub(super) fn unpack(self, rows: Rows<'_>, length: usize, panel: &mut PairPanel) {
        assert!((1..=PANEL_ROWS).contains(&rows.count) && length <= CHUNK);
        assert!((rows.count - 1) * rows.stride + 2 * length <= rows.bytes.len());
        // SAFETY: the instructions were detected; the rows are inside their slice.
        unsafe { (self.0.unpack)(rows, length, panel) }
    }

    /// `sums[i][r] += Σ_c panel[r][c] * inputs[i][c]` for the columns of the first `words` words.
    pub(super) fn multiply(
        self,
        panel: &PairPanel,
        inputs: &[PairInput],
        words: usize,
        sums: &mut [[f32; PANEL_ROWS]],
    ) {
        assert_eq!(inputs.len(), sums.len());
        assert!(words <= CHUNK / 2);
        // SAFETY: the instructions were detected; as many inputs as sums.
        unsafe { (self.0.multiply)(panel, inputs, words, sums) }
    }

    /// Rounds floats to the nearest brain floats, ties to even; what they do not fill of `output` (whole vectors)
    /// becomes zeros. Subnormal numbers become zeros.
    pub(super) fn round_floats(self, input: &[f32], output: &mut [bf16]) {
        assert!(output.len().is_multiple_of(PAIR_VALUES) && input.len() <= output.len());
        // SAFETY: the instructions were detected; whole vectors, and no more values than they hold.
        unsafe { (self.0.round_floats)(input, output) }
    }
}

impl<'a> QuantisedRows<'a> {
    /// The first value of one chunk of a row.
    #[inline]
    pub(super) fn place(&self, row: usize, chunk: usize) -> usize {
        (chunk * self.count + row) * CHUNK
    }

    /// One chunk of a row.
    pub(super) fn chunk(&self, row: u32, chunk: usize) -> QuantisedRow<'a> {
        self.data.chunk(self.place(row as usize, chunk) / CHUNK)
    }

    /// The rows with these indices.
    ///
    /// # Panics
    /// If one is not there.
    pub(super) fn select(self, indices: &'a [u32]) -> SelectedRows<'a> {
        self.check(indices);
        SelectedRows { rows: self, indices }
    }

    /// Panics unless all of `rows` are there, in whole chunks.
    fn check(&self, rows: &[u32]) {
        let length = self.data.values.len();
        assert!(self.columns.is_multiple_of(CHUNK));
        assert!(self.data.scales.len() * ACTIVATION_BLOCK >= length);
        assert!(self.data.sums.len() * SUM_BLOCK >= length);
        assert!(self.data.block_sums.len() * ACTIVATION_BLOCK >= length);
        assert!(self.data.starts.len() * SUM_BLOCK >= length);
        assert!(self.data.block_starts.len() * ACTIVATION_BLOCK >= length);
        assert!(self.count * self.columns <= length);
        assert!(rows.iter().all(|&row| (row as usize) < self.count));
    }
}
