//! One matrix of weights in a product: how the sums of some of its rows with some rows of activations are computed.

use super::tiles::InputTiles;
use super::{FEW_SUMS, FEW_TOKENS};
use crate::kernel::activations::Activations;
use crate::kernel::aligned::Aligned;
use crate::kernel::block::CHUNK;
use crate::kernel::matrix::{Matrix, RowBuffer};
use crate::kernel::table::{
    FloatRows, IntegerKernels, Kernels, PairKernels, PairPanel, Panel, Rows, TileKernels, TileSums,
    WeightTile, MOST_PANELS, MOST_WEIGHT_TILES, PANEL_ROWS, TILE_ROWS,
};
use crate::kernel::{Arithmetic, Compute};
use crate::quant::Format;
use half::bf16;
use std::ops::Range;

/// The most rows of activations that any way of multiplying takes at a time: panels, whose unpacking is worth sharing. A
/// chunk of them stays in a second-level cache.
pub(super) const MOST_TOKENS: usize = 512;
/// Panels that a chunk of the activations meets one after the other while it is there, and twice as many where their sums
/// are fewer: with up to `TOKEN_BLOCK` tokens.
pub(super) const PANELS_TOGETHER: usize = 8;
/// What the others take, whose running sums are to be at hand while a task goes through the columns.
const TOKEN_BLOCK: usize = 128;
/// So many rows of activations do not make up for unpacking blocks to tiles, which takes three times as long as to panels.
const FEW_TILE_TOKENS: usize = 32;
/// Columns of weights that the float path decodes at a time, for `FLOAT_ROWS` rows.
const FLOAT_COLUMNS: usize = 512;
/// See `FLOAT_COLUMNS`; together they fill half of a first-level cache.
const FLOAT_ROWS: usize = 8;
/// Inputs and outputs of a tile of weights that are stored by input; it fills half of a first-level cache.
const INPUT_TILE: usize = 64;
/// See `INPUT_TILE`.
const OUTPUT_TILE: usize = 64;

/// The sums of 16 rows of weights with a row of activations.
pub(super) type Sums = [f32; PANEL_ROWS];

/// Panels or tiles to unpack weights to, once they are needed, and the sums of tiles.
#[derive(Default)]
pub(super) struct Panels {
    panels: Option<Box<[Panel; MOST_PANELS]>>,
    tiles: Option<Box<[WeightTile; MOST_WEIGHT_TILES]>>,
    /// `[panels][tiles of activations]`.
    tile_sums: Aligned<f32>,
}

/// A matrix of weights, and the way in which it is multiplied.
pub(super) struct Operand<'a> {
    weights: &'a Matrix,
    /// Added to the sums.
    bias: Option<&'a [f32]>,
    way: Way,
}

/// Ways of multiplying.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// Few tokens: each row of blocks is read once and multiplied as it lies.
    BlockRows(IntegerKernels),
    /// The same for plain floats.
    FloatRows,
    /// Many tokens: chunks of 16 rows are unpacked to a panel, which all tokens use.
    Panels(IntegerKernels),
    /// Many tokens, where the CPU has tiles: chunks of 16 rows are unpacked to a tile of brain floats, which all tokens use.
    Tiles(TileKernels),
    /// Many tokens and brain floats: chunk by chunk, the activations of all tokens are rounded once for all rows of
    /// weights, and these are unpacked to panels, which all tokens use.
    Pairs(PairKernels),
    /// Floats: tiles of weights are decoded once for all tokens.
    FloatTiles,
    /// Plain floats with a row for each input: tiles of weights are decoded once for all tokens, and each input adds
    /// its share to the sums of all outputs.
    InputTiles,
}

/// What is multiplied at a time.
#[derive(Clone)]
pub(super) struct Part<'a> {
    pub input: &'a Activations,
    /// The selected rows of the activations as tiles, if the operands need them, and which of them is the first here.
    pub tiles: Option<InputTiles<'a>>,
    pub first_token: usize,
    /// The rows of the activations.
    pub indices: &'a [u32],
    /// Whether these tokens are the first to meet the weights, so that memory is to be asked for.
    pub is_first: bool,
    /// The rows of weights; all but the last 16 are whole panels.
    pub rows: Range<usize>,
    /// Whose rows, the same ones, are multiplied next, if that is known.
    pub then: Option<&'a Operand<'a>>,
}

impl Way {
    /// How so many tokens are multiplied with these weights.
    ///
    /// # Panics
    /// If activations are not ready.
    pub fn of(compute: &Compute, input: &Activations, tokens: usize, weights: &Matrix) -> Way {
        let Compute { kernels, arithmetic, .. } = *compute;
        let format = weights.format();
        let is_rounded = arithmetic == Arithmetic::Int8;
        let integer = kernels.integer(format).filter(|_| is_rounded);
        // Activations that meet blocks are rounded one way or the other.
        let is_rounded = is_rounded && (integer.is_some() || !weights.keeps_activations());
        let pairs = kernels.pairs().filter(|_| is_rounded && format == Format::BF16);
        let tiles = kernels.tiles(format).filter(|_| is_rounded);
        let are_few = tokens <= FEW_TOKENS;
        match (integer, tiles) {
            _ if weights.is_by_input() => Way::InputTiles,
            (Some(integer), _) if are_few && input.is_quantised() => Way::BlockRows(integer),
            (None, _) if are_few && format.is_float() => Way::FloatRows,
            (Some(_), Some(tiles)) if tokens > FEW_TILE_TOKENS || !input.is_quantised() => Way::Tiles(tiles),
            (None, Some(tiles)) => Way::Tiles(tiles),
            (Some(integer), _) => {
                assert!(input.is_quantised(), "activations must be quantised after they were written");
                Way::Panels(integer)
            }
            (None, None) => pairs.map_or(Way::FloatTiles, Way::Pairs),
        }
    }
}

impl<'a> Operand<'a> {
    /// # Panics
    /// If shapes do not fit each other, or activations are not ready.
    pub fn new(
        compute: &Compute,
        input: &Activations,
        tokens: usize,
        weights: &'a Matrix,
        bias: Option<&'a [f32]>,
    ) -> Operand<'a> {
        assert_eq!(weights.columns(), input.columns(), "columns of weights and activations");
        assert!(bias.is_none_or(|bias| bias.len() == weights.rows()), "length of the bias");
        let way = Way::of(compute, input, tokens, weights);
        Operand { weights, bias, way }
    }

    /// The most rows of activations that it takes at a time.
    pub fn most_tokens(&self) -> usize {
        match self.way {
            Way::Panels(_) | Way::Tiles(_) => MOST_TOKENS,
            _ => TOKEN_BLOCK,
        }
    }

    /// Whether weights are unpacked before they are multiplied.
    pub fn needs_panels(&self) -> bool {
        matches!(self.way, Way::Panels(_) | Way::Tiles(_))
    }

    /// How many panels of rows it is best given at a time with so many tokens, if there are so many.
    pub fn panels_together(&self, tokens: usize) -> usize {
        match self.way {
            // What is asked for ahead goes past the end of a part.
            Way::BlockRows(_) | Way::FloatRows => FEW_SUMS / tokens.max(1),
            // A task's activations are rounded once.
            Way::Pairs(_) => usize::MAX,
            Way::InputTiles => OUTPUT_TILE / PANEL_ROWS,
            Way::Panels(_) | Way::Tiles(_) if tokens <= TOKEN_BLOCK => 2 * PANELS_TOGETHER,
            Way::Panels(_) | Way::Tiles(_) => PANELS_TOGETHER,
            Way::FloatTiles => 1,
        }
    }

    /// Writes the products of a part: `[panels of its rows][its tokens]`. Sums of rows that are not there are
    /// unspecified.
    pub fn multiply(&self, kernels: Kernels, part: &Part<'_>, panels: &mut Panels, sums: &mut [Sums]) {
        if matches!(self.way, Way::Pairs(_) | Way::InputTiles | Way::FloatTiles) {
            sums.fill([0.0; PANEL_ROWS]);
        }
        match self.way {
            Way::Pairs(pairs) => self.multiply_pairs(pairs, part, sums),
            Way::InputTiles => self.multiply_by_input(kernels, part, sums),
            Way::BlockRows(integer) => self.dot_rows(kernels, Some(integer), part, sums),
            Way::FloatRows => self.dot_rows(kernels, None, part, sums),
            Way::Panels(integer) => self.multiply_panels(integer, part, panels, sums),
            Way::Tiles(tiles) => self.multiply_by_tile(tiles, part, panels, sums),
            Way::FloatTiles => self.multiply_tiles(kernels, part, sums),
        }
        if let Some(bias) = self.bias {
            for (sums, bias) in
                sums.chunks_exact_mut(part.indices.len()).zip(bias[part.rows.clone()].chunks(PANEL_ROWS))
            {
                for (sum, bias) in sums.iter_mut().flat_map(|sums| sums.iter_mut().zip(bias)) {
                    *sum += bias;
                }
            }
        }
    }

    fn dot_rows(
        &self,
        kernels: Kernels,
        integer: Option<IntegerKernels>,
        part: &Part<'_>,
        sums: &mut [Sums],
    ) {
        let mut buffer = RowBuffer::default();
        // All rows at once, if they need not be put together first.
        let together = if self.weights.lies_in_rows() { part.rows.len() } else { PANEL_ROWS };
        let sums = sums.chunks_mut(together.div_ceil(PANEL_ROWS) * part.indices.len());
        for (first, sums) in part.rows.clone().step_by(together).zip(sums) {
            let rows = self.weights.load_rows(first..part.rows.end.min(first + together), &mut buffer);
            match integer {
                Some(integer) => {
                    let (row_bytes, input) = (self.weights.row_bytes(), part.input.quantised_rows());
                    integer.dot_rows(rows, row_bytes, input, part.indices, sums);
                }
                None => {
                    let (format, columns) = (self.weights.format(), self.weights.columns());
                    let input = FloatRows { values: part.input.values(), stride: columns };
                    kernels.dot_float_rows(format, rows, input, part.indices, columns, sums);
                }
            }
        }
    }

    fn multiply_panels(
        &self,
        integer: IntegerKernels,
        part: &Part<'_>,
        memory: &mut Panels,
        sums: &mut [Sums],
    ) {
        let panels = memory.panels.get_or_insert_with(|| Box::new([Panel::ZERO; MOST_PANELS]));
        let input = part.input.quantised_rows().select(part.indices);
        self.for_each_panels::<MOST_PANELS>(integer.chunk_bytes(), part, |chunk, first, rows, bytes| {
            let sums = &mut sums[first * part.indices.len()..][..rows.len() * part.indices.len()];
            let panels = &mut panels[..rows.len()];
            for (panel, rows) in panels.iter_mut().zip(rows) {
                integer.unpack(*rows, bytes, panel);
            }
            integer.multiply(panels, &input, chunk, sums);
        });
    }

    fn multiply_by_tile(
        &self,
        kernels: TileKernels,
        part: &Part<'_>,
        memory: &mut Panels,
        sums: &mut [Sums],
    ) {
        let (tokens, columns) = (part.indices.len(), self.weights.columns());
        let Some(inputs) = part.tiles else { panic!("activations were not packed") };
        let weights = memory.tiles.get_or_insert_with(|| Box::new([WeightTile::ZERO; MOST_WEIGHT_TILES]));
        let tiles = tokens.div_ceil(TILE_ROWS);
        memory.tile_sums.resize(sums.len() / tokens * tiles * TILE_ROWS * PANEL_ROWS);
        let tile_sums: &mut [TileSums] =
            memory.tile_sums.as_chunks_mut::<TILE_ROWS>().0.as_chunks_mut::<PANEL_ROWS>().0;
        let thread = kernels.begin();
        self.for_each_panels::<MOST_WEIGHT_TILES>(
            kernels.chunk_bytes(),
            part,
            |chunk, first, rows, bytes| {
                let weights = &mut weights[..rows.len()];
                for (weights, rows) in weights.iter_mut().zip(rows) {
                    thread.unpack(*rows, bytes, weights);
                }
                let inputs = inputs.chunk(chunk, part.first_token, tokens);
                let sums = &mut tile_sums[first * tiles..][..rows.len() * tiles];
                thread.multiply(weights, CHUNK.min(columns - chunk * CHUNK), inputs, chunk == 0, sums);
            },
        );
        for (tile_sums, sums) in tile_sums.chunks_exact(tiles).zip(sums.chunks_exact_mut(tokens)) {
            let (whole, rest) = sums.as_chunks_mut::<TILE_ROWS>();
            let (whole_sums, rest_sums) = tile_sums.split_at(whole.len());
            for (sums, output) in whole_sums.iter().zip(whole) {
                thread.transpose(sums, output);
            }
            for sums in rest_sums {
                let mut output = [[0.0; PANEL_ROWS]; TILE_ROWS];
                thread.transpose(sums, &mut output);
                rest.copy_from_slice(&output[..rest.len()]);
            }
        }
    }

    /// Goes through the weights of a part chunk by chunk, and in each by `TOGETHER` times 16 rows: `work` is given the index of
    /// the chunk, that of the first 16 rows, the rows from the chunk on, and the bytes of the chunk in each of them.
    fn for_each_panels<const TOGETHER: usize>(
        &self,
        chunk_bytes: usize,
        part: &Part<'_>,
        mut work: impl FnMut(usize, usize, &[Rows<'_>], usize),
    ) {
        let row_bytes = self.weights.row_bytes();
        let mut buffer = RowBuffer::default();
        let all = self.weights.load_rows(part.rows.clone(), &mut buffer);
        for (chunk, start) in (0..row_bytes).step_by(chunk_bytes).enumerate() {
            for first in (0..all.count).step_by(TOGETHER * PANEL_ROWS) {
                // While some panels are multiplied the next ones come from memory.
                let next = first + TOGETHER * PANEL_ROWS;
                let (next, next_start) =
                    if next < all.count { (next, start) } else { (0, start + chunk_bytes) };
                if next_start >= row_bytes {
                    if let Some(operand) = part.then {
                        operand.prefetch_panels(&part.rows, 0, 0);
                    }
                } else if part.is_first {
                    self.prefetch_panels(&part.rows, next, next_start);
                }
                let rows: [Rows<'_>; TOGETHER] = std::array::from_fn(|panel| {
                    let first = (first + panel * PANEL_ROWS).min(all.count - 1);
                    let bytes = &all.bytes[first * all.stride + start..];
                    Rows { bytes, count: PANEL_ROWS.min(all.count - first), ..all }
                });
                let panels = (all.count - first).div_ceil(PANEL_ROWS).min(TOGETHER);
                work(chunk, first / PANEL_ROWS, &rows[..panels], chunk_bytes.min(row_bytes - start));
            }
        }
    }

    /// Asks for what the panels from row `first` of `rows` on are made of, a chunk from byte `start` of each row on.
    fn prefetch_panels(&self, rows: &Range<usize>, first: usize, start: usize) {
        let (chunk_bytes, together) = match self.way {
            Way::Panels(integer) => (integer.chunk_bytes(), MOST_PANELS),
            Way::Tiles(tiles) => (tiles.chunk_bytes(), MOST_WEIGHT_TILES),
            _ => return,
        };
        let first = rows.start + first;
        for row in first..rows.end.min(first + together * PANEL_ROWS) {
            self.weights.prefetch(row, start, chunk_bytes);
        }
    }

    fn multiply_pairs(&self, pairs: PairKernels, part: &Part<'_>, sums: &mut [Sums]) {
        let (columns, size) = (self.weights.columns(), self.weights.format().block_bytes());
        let mut panel = PairPanel::ZERO;
        let mut buffer = RowBuffer::default();
        let mut inputs = vec![[bf16::ZERO; CHUNK]; part.indices.len()];
        for column in (0..columns).step_by(CHUNK) {
            let length = CHUNK.min(columns - column);
            for (input, &row) in inputs.iter_mut().zip(part.indices) {
                let start = row as usize * columns + column;
                pairs.round_floats(&part.input.values()[start..start + length], input);
            }
            for (rows, sums) in part.panels().zip(sums.chunks_exact_mut(inputs.len())) {
                let rows = self.weights.load_rows(rows, &mut buffer);
                let rows = Rows { bytes: &rows.bytes[column * size..], ..rows };
                pairs.unpack(rows, length, &mut panel);
                pairs.multiply(&panel, &inputs, length.div_ceil(2), sums);
            }
        }
    }

    fn multiply_tiles(&self, kernels: Kernels, part: &Part<'_>, sums: &mut [Sums]) {
        let (columns, format) = (self.weights.columns(), self.weights.format());
        let mut buffer = RowBuffer::default();
        let mut tile = [0.0; FLOAT_ROWS * FLOAT_COLUMNS];
        for (rows, sums) in part.panels().zip(sums.chunks_exact_mut(part.indices.len())) {
            for first in rows.clone().step_by(FLOAT_ROWS) {
                let count = FLOAT_ROWS.min(rows.end - first);
                let sums = &mut sums.as_flattened_mut()[first - rows.start..];
                let rows = self.weights.load_rows(first..first + count, &mut buffer);
                for column in (0..columns).step_by(FLOAT_COLUMNS) {
                    let length = FLOAT_COLUMNS.min(columns - column);
                    // A tile begins and ends between blocks: 512 is a multiple of every block length.
                    for row in 0..count {
                        let values = &mut tile[row * FLOAT_COLUMNS..][..length];
                        kernels.decode_part(format, rows, row, column, values);
                    }
                    kernels.dots(
                        FloatRows { values: &tile, stride: FLOAT_COLUMNS },
                        count,
                        length,
                        FloatRows { values: &part.input.values()[column..], stride: columns },
                        part.indices,
                        sums,
                        PANEL_ROWS,
                    );
                }
            }
        }
    }

    fn multiply_by_input(&self, kernels: Kernels, part: &Part<'_>, sums: &mut [Sums]) {
        let (columns, tokens) = (self.weights.columns(), part.indices.len());
        let mut tile = [0.0; INPUT_TILE * OUTPUT_TILE];
        let mut gathered = vec![0.0; tokens * INPUT_TILE];
        let mut wide = Vec::new();
        let tiles = sums.chunks_mut(tokens * (OUTPUT_TILE / PANEL_ROWS));
        for (first, sums) in part.rows.clone().step_by(OUTPUT_TILE).zip(tiles) {
            let count = OUTPUT_TILE.min(part.rows.end - first);
            for column in (0..columns).step_by(INPUT_TILE) {
                let length = INPUT_TILE.min(columns - column);
                for (input, values) in tile.chunks_exact_mut(OUTPUT_TILE).take(length).enumerate() {
                    let (outputs, values) = (first..first + count, &mut values[..count]);
                    self.weights.decode_input(kernels, column + input, outputs, &mut wide, values);
                }
                for (inputs, &row) in gathered.chunks_exact_mut(INPUT_TILE).zip(part.indices) {
                    let start = row as usize * columns + column;
                    inputs[..length].copy_from_slice(&part.input.values()[start..start + length]);
                }
                for (first, sums) in (0..count).step_by(PANEL_ROWS).zip(sums.chunks_exact_mut(tokens)) {
                    kernels.accumulate(
                        FloatRows { values: &gathered, stride: INPUT_TILE },
                        tokens,
                        length,
                        FloatRows { values: &tile[first..], stride: OUTPUT_TILE },
                        PANEL_ROWS.min(count - first),
                        sums.as_flattened_mut(),
                        PANEL_ROWS,
                    );
                }
            }
        }
    }
}

impl Part<'_> {
    /// The rows of weights, 16 at a time.
    fn panels(&self) -> impl Iterator<Item = Range<usize>> {
        let rows = self.rows.clone();
        rows.clone().step_by(PANEL_ROWS).map(move |first| first..rows.end.min(first + PANEL_ROWS))
    }
}
