//! Rows of activations as tiles: packed once for all products of a pass that take the same ones.

use super::operand::Way;
use super::Selection;
use crate::kernel::activations::Activations;
use crate::kernel::aligned::Aligned;
use crate::kernel::block::CHUNK;
use crate::kernel::table::{FloatRows, InputTile, TileKernels, INPUT_TILE_WORDS, TILE_ROWS};
use crate::kernel::team::{SharedMut, Team};
use crate::kernel::{Compute, Interrupt, Matrix};

/// Some rows of activations, as tiles.
#[derive(Clone, Copy)]
pub(super) struct InputTiles<'a> {
    /// `[chunks][tiles]`.
    tiles: &'a [InputTile],
    /// Tiles of each chunk.
    count: usize,
}

impl<'a> InputTiles<'a> {
    /// One chunk of the rows from `first`, where a tile begins, to `first + count`.
    pub fn chunk(&self, chunk: usize, first: usize, count: usize) -> &'a [InputTile] {
        assert!(first.is_multiple_of(TILE_ROWS));
        let first = first / TILE_ROWS;
        &self.tiles[chunk * self.count..][..self.count][first..first + count.div_ceil(TILE_ROWS)]
    }
}

/// Rows of activations that are wanted as tiles.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    input: &'a Activations,
    selection: Selection<'a>,
    /// Of any format: how activations are packed does not depend on it.
    kernels: TileKernels,
}

impl<'a> Wanted<'a> {
    /// What products of these `weights` with selected rows need as tiles, if they need them.
    pub fn new(
        compute: &Compute,
        weights: impl IntoIterator<Item = &'a Matrix>,
        input: &'a Activations,
        selection: Selection<'a>,
    ) -> Option<Wanted<'a>> {
        let tokens = selection.count(input.rows());
        weights.into_iter().find_map(|weights| match Way::of(compute, input, tokens, weights) {
            Way::Tiles(kernels) if tokens > 0 => Some(Wanted { input, selection, kernels }),
            _ => None,
        })
    }

    fn is_same(&self, other: &Wanted<'_>) -> bool {
        std::ptr::eq(self.input, other.input)
            && match (self.selection, other.selection) {
                (Selection::All, Selection::All) => true,
                (Selection::Range(first, count), Selection::Range(other, length)) => {
                    (first, count) == (other, length)
                }
                (Selection::Rows(rows), Selection::Rows(others)) => std::ptr::eq(rows, others),
                _ => false,
            }
    }

    fn tiles(&self) -> usize {
        self.selection.count(self.input.rows()).div_ceil(TILE_ROWS)
    }

    fn chunks(&self) -> usize {
        self.input.columns().div_ceil(CHUNK)
    }
}

/// Memory for tiles of activations.
#[derive(Default)]
pub(in crate::kernel) struct TileBuffer(Aligned<u32>);

impl TileBuffer {
    /// Packs what is wanted, on the team, until the interrupt is raised: a result for each, or `None` where nothing is.
    pub(super) fn pack(
        &mut self,
        team: &Team,
        interrupt: &Interrupt<'_>,
        wanted: &[Option<Wanted<'_>>],
    ) -> Vec<Option<InputTiles<'_>>> {
        // Where each begins; the same ones are packed once.
        let mut places: Vec<Option<usize>> = Vec::with_capacity(wanted.len());
        // Of each that is packed: where it begins, and the number of tasks up to its end.
        let mut packed: Vec<(&Wanted<'_>, usize, usize)> = Vec::new();
        let (mut length, mut tasks) = (0, 0);
        for wanted in wanted {
            places.push(wanted.as_ref().map(|wanted| {
                match packed.iter().rev().find(|(other, ..)| other.is_same(wanted)) {
                    Some(&(_, place, _)) => place,
                    None => {
                        let place = length;
                        length += wanted.tiles() * wanted.chunks();
                        tasks += wanted.tiles();
                        packed.push((wanted, place, tasks));
                        place
                    }
                }
            }));
        }
        self.0.resize(length * INPUT_TILE_WORDS);
        let (target, _) = self.0.as_chunks_mut::<INPUT_TILE_WORDS>();
        let target = SharedMut::new(target);
        team.for_each_until(tasks, interrupt, |task| {
            let index = packed.partition_point(|&(.., end)| end <= task);
            let (wanted, place, end) = packed[index];
            let tile = task - (end - wanted.tiles());
            let columns = wanted.input.columns();
            let mut indices = [0; TILE_ROWS];
            let count = TILE_ROWS.min(wanted.selection.count(wanted.input.rows()) - tile * TILE_ROWS);
            let indices = &mut indices[..count];
            wanted.selection.indices(tile * TILE_ROWS, indices);
            for (chunk, column) in (0..columns).step_by(CHUNK).enumerate() {
                let rows = FloatRows { values: &wanted.input.values()[column..], stride: columns };
                // SAFETY: each task has tiles of its own.
                let target = unsafe { target.slice(place + chunk * wanted.tiles() + tile, 1) };
                wanted.kernels.pack(rows, indices, CHUNK.min(columns - column), &mut target[0]);
            }
        });
        let tiles = self.0.as_chunks::<INPUT_TILE_WORDS>().0;
        let results = wanted.iter().zip(places).map(|(wanted, place)| {
            let (wanted, place) = (wanted.as_ref()?, place?);
            let count = wanted.tiles();
            Some(InputTiles { tiles: &tiles[place..][..count * wanted.chunks()], count })
        });
        results.collect()
    }
}
