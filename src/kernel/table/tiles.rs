//! Kernels for products of many rows of activations by tile: 16 rows of weights with 16 rows of activations, both as brain
//! floats, whose sums are floats. What rounding loses of each number is 2^-8 of it at most.

use super::{FloatRows, Rows, PANEL_ROWS};
use crate::kernel::block::CHUNK;
use crate::quant::Format;
use half::bf16;
use std::marker::PhantomData;

/// Rows of activations in a tile, and of weights.
pub(in crate::kernel) const TILE_ROWS: usize = 16;
/// Columns that one instruction multiplies.
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))] // Portable Rust has no tiles.
pub(in crate::kernel) const TILE_COLUMNS: usize = 32;

/// The most tiles of weights that are multiplied at a time: so many sums have to be on their way where there is but one tile of
/// activations.
pub(in crate::kernel) const MOST_WEIGHT_TILES: usize = 4;

/// A chunk of 16 rows of weights.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(in crate::kernel) struct WeightTile {
    /// `[16 rows][256]`.
    pub(in crate::kernel) values: [[bf16; CHUNK]; PANEL_ROWS],
}

impl WeightTile {
    /// All zeros.
    pub(in crate::kernel) const ZERO: WeightTile = WeightTile { values: [[bf16::ZERO; CHUNK]; PANEL_ROWS] };
}

/// Words of a chunk of 16 rows of activations.
pub(in crate::kernel) const INPUT_TILE_WORDS: usize = CHUNK / 2 * TILE_ROWS;

/// A chunk of 16 rows of activations: `[256 / 2][16 rows]` pairs of neighbours.
pub(in crate::kernel) type InputTile = [u32; INPUT_TILE_WORDS];

/// Sums: `[16 rows of weights][16 rows of activations]`.
pub(in crate::kernel) type TileSums = [[f32; TILE_ROWS]; PANEL_ROWS];

/// See `Tiles::unpack`.
pub(in crate::kernel) type UnpackTile = unsafe fn(Rows<'_>, usize, &mut WeightTile);

/// The kernels for products by tile.
pub(in crate::kernel) struct TileTable {
    pub(in crate::kernel) unpack: fn(Format) -> Option<(UnpackTile, usize)>,
    pub(in crate::kernel) begin: unsafe fn(),
    pub(in crate::kernel) end: unsafe fn(),
    pub(in crate::kernel) pack: unsafe fn(FloatRows<'_>, &[u32], usize, &mut InputTile),
    pub(in crate::kernel) multiply: unsafe fn(&[WeightTile], usize, &[InputTile], bool, &mut [TileSums]),
    pub(in crate::kernel) transpose: unsafe fn(&TileSums, &mut TileSums),
}

/// The kernels of a [`TileTable`] whose instructions this CPU has, for one format of weights.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct TileKernels {
    table: &'static TileTable,
    unpack: UnpackTile,
    chunk_bytes: usize,
}

/// A thread that is ready for products by tile, until this is dropped.
pub(in crate::kernel) struct Tiles {
    kernels: TileKernels,
    of_this_thread: PhantomData<*const ()>,
}

impl TileKernels {
    /// The kernels for a format, if it has any.
    pub(super) fn new(table: &'static TileTable, format: Format) -> Option<TileKernels> {
        let (unpack, chunk_bytes) = (table.unpack)(format)?;
        Some(TileKernels { table, unpack, chunk_bytes })
    }

    /// Bytes of a chunk of 256 weights.
    pub(in crate::kernel) fn chunk_bytes(self) -> usize {
        self.chunk_bytes
    }

    /// Rounds the first `length` values, at most a chunk, of up to 16 rows; rows that are not there, and what fills up the
    /// columns of a product, become zeros.
    pub(in crate::kernel) fn pack(
        self,
        rows: FloatRows<'_>,
        indices: &[u32],
        length: usize,
        tile: &mut InputTile,
    ) {
        assert!(length <= CHUNK && indices.len() <= TILE_ROWS);
        assert!(indices.iter().all(|&row| rows.holds(row as usize, length)));
        // SAFETY: the set was detected; all rows are inside their slice.
        unsafe { (self.table.pack)(rows, indices, length, tile) }
    }

    /// Makes this thread ready for products.
    pub(in crate::kernel) fn begin(self) -> Tiles {
        // SAFETY: the set was detected.
        unsafe { (self.table.begin)() };
        Tiles { kernels: self, of_this_thread: PhantomData }
    }
}

impl Tiles {
    /// Unpacks one chunk of up to 16 rows, `bytes` bytes of each (fewer than a whole chunk at a row's end). What fills up
    /// the columns of a product becomes zeros; rows that are not there stay as they are.
    pub(in crate::kernel) fn unpack(&self, rows: Rows<'_>, bytes: usize, tile: &mut WeightTile) {
        assert!((1..=PANEL_ROWS).contains(&rows.count) && bytes <= self.kernels.chunk_bytes);
        assert!((rows.count - 1) * rows.stride + bytes <= rows.bytes.len());
        // SAFETY: the set was detected; the rows are inside their slice.
        unsafe { (self.kernels.unpack)(rows, bytes, tile) }
    }

    /// `sums[w][i][r][t] += Σ_c weights[w][r][c] * inputs[i][c][t]` for the first `length` columns of a chunk, and up to
    /// [`MOST_WEIGHT_TILES`] tiles of weights; `sums` is `[weights][inputs]`. With `begins` the products begin the sums, whatever
    /// was there.
    pub(in crate::kernel) fn multiply(
        &self,
        weights: &[WeightTile],
        length: usize,
        inputs: &[InputTile],
        begins: bool,
        sums: &mut [TileSums],
    ) {
        assert!((1..=MOST_WEIGHT_TILES).contains(&weights.len()) && length <= CHUNK);
        assert_eq!(weights.len() * inputs.len(), sums.len());
        // SAFETY: the set was detected, and this thread is ready; there is a sum for each pair.
        unsafe { (self.kernels.table.multiply)(weights, length, inputs, begins, sums) }
    }

    /// Writes sums row of activations by row.
    pub(in crate::kernel) fn transpose(&self, sums: &TileSums, output: &mut TileSums) {
        // SAFETY: the set was detected.
        unsafe { (self.kernels.table.transpose)(sums, output) }
    }
}

impl Drop for Tiles {
    fn drop(&mut self) {
        // SAFETY: the set was detected; this thread began.
        unsafe { (self.kernels.table.end)() };
    }
}
