//! The key/value cache of one sequence: what attention needs of the tokens that went before.
//!
//! Layers with a window drop rows that their windows have left behind. All of them drop at the same time, so that one
//! number says which rows there are; [`Cache::reusable`] says what can be gone on from.

use super::config::{Attention, Layer};
use crate::kernel::{self, CacheFormat, CacheRows, Compute};
use crate::{Error, Result};
use std::ops::Range;

/// How far a cache can go back at least without losing more, in positions. Chat templates take back an answer's reasoning
/// when the next question comes; this is a long one.
const REWIND: usize = 4096;

/// The most tokens of a pass for which memory is there already: those of a chunk of a prompt. Rows are dropped when there
/// is no room for another one, so that a row moves about `REWIND / PASS` times in its life.
const PASS: usize = 512;

/// How many rows checkpoints may hold together, in each layer with a window.
const CHECKPOINT_ROWS: usize = 4096;

/// Positions between the first checkpoints.
const CHECKPOINT_DISTANCE: usize = 1024;

/// The key/value cache of one sequence. Made by [`Model::cache`](super::Model::cache), of use to that
/// model only.
///
/// Layers with a window drop the rows that it has left behind, so that a cache cannot go back to everywhere: see
/// [`reusable`](Self::reusable).
#[derive(Debug)]
pub struct Cache {
    capacity: usize,
    len: usize,
    format: CacheFormat,
    /// The widest window, if there is one.
    window: Option<usize>,
    /// The first position of which layers with a window hold rows.
    first: usize,
    pub(super) layers: Vec<LayerCache>,
    /// In the order of their ends.
    checkpoints: Vec<Checkpoint>,
    /// Positions between checkpoints.
    distance: usize,
}

/// The cached rows of one layer.
#[derive(Debug)]
pub(super) struct LayerCache {
    pub keys: CacheRows,
    /// None for latent attention, whose values are part of the keys' rows.
    pub values: Option<CacheRows>,
    shape: RowShape,
    has_window: bool,
}

/// What a layer's rows are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RowShape {
    /// Values of a key row.
    keys: usize,
    /// Values of a value row.
    values: usize,
    /// Values of a head of them.
    head_length: usize,
}

/// Rows that layers with a window have dropped, kept so that a cache can go back to the position where they end.
#[derive(Debug)]
struct Checkpoint {
    rows: Range<usize>,
    /// Of the layers with a window.
    layers: Vec<LayerCache>,
}

impl RowShape {
    fn new(attention: &Attention) -> RowShape {
        match attention {
            Attention::Grouped(grouped) => {
                let width = grouped.kv_heads * grouped.head_length;
                RowShape { keys: width, values: width, head_length: grouped.head_length }
            }
            Attention::Latent(latent) => {
                let width = latent.latent_length + latent.rope_length;
                RowShape { keys: width, values: 0, head_length: width }
            }
        }
    }

    /// The bytes of so many rows.
    fn bytes(self, rows: usize, format: CacheFormat) -> u128 {
        format.bytes((self.keys as u128 + self.values as u128) * rows as u128, self.head_length)
    }
}

/// The window of a layer.
fn window(attention: &Attention) -> Option<usize> {
    match attention {
        Attention::Grouped(grouped) => grouped.window,
        Attention::Latent(_) => None,
    }
}

fn widest_window(layers: &[Layer]) -> Option<usize> {
    layers.iter().filter_map(|layer| window(&layer.attention)).max()
}

/// The rows that layers with a window hold after some were dropped.
fn kept_rows(window: usize) -> usize {
    kernel::Attention::reach(window).saturating_add(REWIND)
}

/// The most rows of a layer with a window, in a cache of more positions than that. Where there is room for another
/// pass of the same size when rows are dropped, dropping does not have to happen in every pass.
fn most_rows(window: usize) -> usize {
    kept_rows(window).saturating_add(2 * PASS)
}

/// How many checkpoints a cache keeps.
fn most_checkpoints(window: usize) -> usize {
    (CHECKPOINT_ROWS / kernel::Attention::reach(window)).max(1)
}

/// The most rows that a cache holds for each layer with a window, those of checkpoints included.
fn rows_and_checkpoints(window: usize) -> usize {
    most_rows(window)
        .saturating_add(most_checkpoints(window).saturating_mul(kernel::Attention::reach(window)))
}

/// Whether a cache drops rows. A small one does not: all of its rows take less than what it would keep.
fn drops_rows(window: usize, capacity: usize) -> bool {
    rows_and_checkpoints(window) < capacity
}

impl Cache {
    /// Reserves the memory for `capacity` positions; the operating system hands it out as they fill.
    pub(super) fn new(layers: &[Layer], capacity: usize, format: CacheFormat) -> Result<Cache> {
        let bytes = bytes(layers, capacity, format);
        let refuse = || Error::OutOfMemory {
            bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
            what: format!("the cache of {capacity} tokens; ask for a shorter context"),
        };
        let window = widest_window(layers);
        let windowed_rows = match window.filter(|window| drops_rows(*window, capacity)) {
            Some(window) => most_rows(window),
            None => capacity,
        };
        let layers = layers
            .iter()
            .map(|layer| {
                let has_window = self::window(&layer.attention).is_some();
                let mut cache = LayerCache::new(RowShape::new(&layer.attention), has_window, format);
                let rows = if has_window { windowed_rows } else { capacity };
                if cache.reserve(rows) {
                    Ok(cache)
                } else {
                    Err(refuse())
                }
            })
            .collect::<Result<Vec<LayerCache>>>()?;
        let (checkpoints, distance) = (Vec::new(), CHECKPOINT_DISTANCE);
        Ok(Cache { capacity, len: 0, format, window, first: 0, layers, checkpoints, distance })
    }

    /// How many positions it holds.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many positions it can hold.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many of the first `len` positions it can go on from: all of them, or fewer where layers with a window have
    /// dropped the rows before them. That never happens within the last 4,096 positions that it has held.
    pub fn reusable(&self, len: usize) -> usize {
        let len = len.min(self.len);
        if self.holds_window(len) {
            return len;
        }
        self.checkpoint(len).map_or(0, |checkpoint| checkpoint.rows.end)
    }

    /// Forgets every position from `len` on, and those before them that it can no longer go on from: it then holds
    /// [`reusable(len)`](Self::reusable) positions, and returns how many these are. Does nothing if it holds no more.
    pub fn truncate(&mut self, len: usize) -> usize {
        let kept = self.reusable(len);
        if self.holds_window(kept) {
            let first = self.first;
            for layer in &mut self.layers {
                layer.truncate(if layer.has_window { kept - first } else { kept });
            }
        } else if let Some(index) = self.checkpoints.iter().position(|held| held.rows.end == kept) {
            let Checkpoint { rows, layers } = &self.checkpoints[index];
            self.first = rows.start;
            let mut copies = layers.iter();
            for layer in &mut self.layers {
                match if layer.has_window { copies.next() } else { None } {
                    Some(copy) => layer.copy(copy, 0..rows.len()),
                    None => layer.truncate(kept),
                }
            }
        } else {
            self.clear();
        }
        self.checkpoints.retain(|checkpoint| checkpoint.rows.end <= kept);
        if self.checkpoints.is_empty() {
            self.distance = CHECKPOINT_DISTANCE;
        }
        self.len = kept;
        kept
    }

    /// Becomes a copy of the first `len` positions of another cache of the same model: for sequences that begin
    /// alike.
    ///
    /// # Errors
    /// [`Error::Input`] if the other holds fewer or can no longer go on from them (ask [`reusable`](Self::reusable)
    /// before), this one has no room for them, or they belong to different models; [`Error::OutOfMemory`], after which
    /// it holds nothing.
    pub fn copy_beginning(&mut self, other: &Cache, len: usize) -> Result<()> {
        let alike = self.format == other.format
            && self.window == other.window
            && self.layers.len() == other.layers.len()
            && self
                .layers
                .iter()
                .zip(&other.layers)
                .all(|(to, from)| to.shape == from.shape && to.has_window == from.has_window);
        if !alike || len > other.len || len > self.capacity {
            return Err(Error::input(format!(
                "{len} positions cannot be copied from a cache of {} to one with room for {}, or the caches belong \
                 to different models",
                other.len, self.capacity
            )));
        }
        if other.reusable(len) < len {
            return Err(Error::input(format!(
                "{len} positions cannot be copied: layers with a window have dropped the rows before position {}; \
                 copy {}",
                other.first,
                other.reusable(len)
            )));
        }
        let checkpoint = if other.holds_window(len) { None } else { other.checkpoint(len) };
        // Of nothing there is a beginning everywhere.
        let first = checkpoint.map_or(other.first.min(len), |checkpoint| checkpoint.rows.start);
        self.clear();
        self.reserve_rows(len, len - first)?;
        let mut copies = checkpoint.iter().flat_map(|checkpoint| &checkpoint.layers);
        for (to, from) in self.layers.iter_mut().zip(&other.layers) {
            match to.has_window {
                true => to.copy(copies.next().unwrap_or(from), 0..len - first),
                false => to.copy(from, 0..len),
            }
        }
        (self.first, self.len) = (first, len);
        self.distance = other.distance;
        for held in other.checkpoints.iter().filter(|held| held.rows.end <= len) {
            self.checkpoints.extend(Checkpoint::new(&held.layers, held.rows.start, held.rows.clone()));
        }
        Ok(())
    }

    /// The memory it takes when it is full, in bytes.
    pub fn bytes(&self) -> usize {
        let rows = |has_window| rows(self.window.filter(|_| has_window), self.capacity);
        let bytes: u128 =
            self.layers.iter().map(|layer| layer.shape.bytes(rows(layer.has_window), self.format)).sum();
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    /// The memory that is filled, in bytes.
    pub fn filled_bytes(&self) -> usize {
        let kept_aside = self.checkpoints.iter().flat_map(|checkpoint| &checkpoint.layers);
        let bytes: u128 = self.layers.iter().chain(kept_aside).map(LayerCache::filled_bytes).sum();
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    /// The first position of which layers with a window hold rows.
    pub(crate) fn first(&self) -> usize {
        self.first
    }

    /// The position of the first row that a layer holds.
    pub(super) fn first_row(&self, layer: usize) -> usize {
        if self.layers[layer].has_window {
            self.first
        } else {
            0
        }
    }

    pub(super) fn format(&self) -> CacheFormat {
        self.format
    }

    /// Whether it was made for layers of this description.
    pub(super) fn fits(&self, layers: &[Layer]) -> bool {
        self.layers.len() == layers.len()
            && self.layers.iter().zip(layers).all(|(cache, layer)| {
                cache.shape == RowShape::new(&layer.attention)
                    && cache.has_window == window(&layer.attention).is_some()
            })
            && self.window == widest_window(layers)
    }

    /// Gives out the rows of every layer, keys before values, as bytes in little-endian order: of layers with a window
    /// those from [`first`](Self::first) on. Checkpoints stay behind.
    pub(crate) fn write(&self, write: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        for layer in &self.layers {
            for rows in std::iter::once(&layer.keys).chain(&layer.values) {
                rows.write(write)?;
            }
        }
        Ok(())
    }

    /// Whether a cache like this can hold so many positions with the rows of its windows from `first` on.
    pub(crate) fn can_hold(&self, positions: usize, first: usize) -> bool {
        let Some(window) = self.window else { return first == 0 && positions <= self.capacity };
        let is_enough = first == 0 || positions.saturating_sub(kernel::Attention::reach(window)) >= first;
        // A cache that drops rows may take over those of one that does not.
        let most = rows_and_checkpoints(window);
        positions <= self.capacity && is_enough && positions - first <= most
    }

    /// Takes in the rows of `positions` positions that [`write`](Self::write) gave out, in place of what it held; those of
    /// layers with a window begin at `first`. `read` fills the buffer that it is given. After an error it holds nothing.
    pub(crate) fn read(
        &mut self,
        positions: usize,
        first: usize,
        read: &mut dyn FnMut(&mut [u8]) -> Result<()>,
    ) -> Result<()> {
        self.truncate(0);
        if !self.can_hold(positions, first) {
            return Err(Error::input(format!(
                "{positions} positions, of windows those from {first} on, do not fit a cache of {}",
                self.capacity
            )));
        }
        self.reserve_rows(positions, positions - first)?;
        let outcome = self.layers.iter_mut().try_for_each(|layer| {
            let positions = if layer.has_window { positions - first } else { positions };
            layer.keys.read(positions * layer.shape.keys, read)?;
            layer.values.iter_mut().try_for_each(|rows| rows.read(positions * layer.shape.values, read))
        });
        match &outcome {
            Ok(()) => (self.len, self.first) = (positions, first),
            Err(_) => self.clear(),
        }
        outcome
    }

    /// Makes sure that there is memory for the rows of so many more tokens, which must fit the capacity.
    pub(super) fn reserve(&mut self, tokens: usize) -> Result<()> {
        self.reserve_rows(tokens, tokens)
    }

    /// Makes sure that there is memory for so many more rows of layers without and with a window.
    fn reserve_rows(&mut self, rows: usize, windowed: usize) -> Result<()> {
        let mut bytes = 0;
        let mut is_there = true;
        for layer in &mut self.layers {
            let rows = if layer.has_window { windowed } else { rows };
            bytes += layer.shape.bytes(rows, self.format);
            is_there &= layer.reserve(rows);
        }
        match is_there {
            true => Ok(()),
            false => Err(Error::OutOfMemory {
                bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
                what: format!("the rows of {rows} tokens in the cache; give fewer tokens at a time"),
            }),
        }
    }

    /// Makes the rows that every layer has appended count. Where layers with a window have no room for another chunk,
    /// they drop rows: not before, since a pass that fails leaves everything as it was.
    pub(super) fn advance(&mut self, tokens: usize) {
        self.len += tokens;
        let Some(window) = self.window else { return };
        let most = most_rows(window);
        if !drops_rows(window, self.capacity) || self.len - self.first + PASS <= most {
            return;
        }
        let first = self.len - kept_rows(window);
        self.make_checkpoints(first, window);
        for layer in self.layers.iter_mut().filter(|layer| layer.has_window) {
            layer.drop_rows(first - self.first, most);
        }
        self.first = first;
    }

    /// Keeps some of the rows before `first`, which are about to be dropped.
    fn make_checkpoints(&mut self, first: usize, window: usize) {
        let reach = kernel::Attention::reach(window);
        // Behind the last one, and where the rows are still there; but not where they stay.
        let last = self.checkpoints.last().map_or(0, |checkpoint| checkpoint.rows.end);
        let held = if self.first == 0 { 0 } else { self.first + reach };
        let mut end = last.max(held.saturating_sub(1)) / self.distance * self.distance + self.distance;
        while end < first + reach {
            let rows = end.saturating_sub(reach)..end;
            let windowed = self.layers.iter().filter(|layer| layer.has_window);
            self.checkpoints.extend(Checkpoint::new(windowed, self.first, rows));
            while self.checkpoints.len() > most_checkpoints(window) {
                self.distance *= 2;
                let distance = self.distance;
                self.checkpoints.retain(|checkpoint| checkpoint.rows.end.is_multiple_of(distance));
            }
            end = end / self.distance * self.distance + self.distance;
        }
    }

    /// Forgets everything.
    fn clear(&mut self) {
        (self.len, self.first) = (0, 0);
        self.layers.iter_mut().for_each(|layer| layer.truncate(0));
        self.checkpoints.clear();
        self.distance = CHECKPOINT_DISTANCE;
    }

    /// Whether the layers with a window hold all rows that a token at position `len` may read.
    fn holds_window(&self, len: usize) -> bool {
        match self.window {
            Some(window) if self.first > 0 => len >= self.first + kernel::Attention::reach(window),
            _ => true,
        }
    }

    /// The last checkpoint at or before `len`.
    fn checkpoint(&self, len: usize) -> Option<&Checkpoint> {
        self.checkpoints.iter().rev().find(|checkpoint| checkpoint.rows.end <= len)
    }
}

impl Checkpoint {
    /// Copies of rows that start at position `first`; `None` if there is no memory for them, in which case one does
    /// without.
    fn new<'a>(
        layers: impl IntoIterator<Item = &'a LayerCache>,
        first: usize,
        rows: Range<usize>,
    ) -> Option<Checkpoint> {
        let copies = layers.into_iter().map(|layer| {
            let mut copy = LayerCache::new(layer.shape, true, layer.keys.format());
            if !copy.reserve(rows.len()) {
                return None;
            }
            copy.copy(layer, rows.start - first..rows.end - first);
            Some(copy)
        });
        Some(Checkpoint { layers: copies.collect::<Option<_>>()?, rows })
    }
}

impl LayerCache {
    /// One without rows.
    fn new(shape: RowShape, has_window: bool, format: CacheFormat) -> LayerCache {
        let rows = || CacheRows::new(format, shape.head_length);
        LayerCache { keys: rows(), values: (shape.values > 0).then(rows), shape, has_window }
    }

    /// Appends rows of keys, and of values where they are kept apart.
    pub fn append(&mut self, compute: &Compute, keys: &[f32], values: &[f32]) {
        self.keys.append(compute, keys);
        if let Some(rows) = &mut self.values {
            rows.append(compute, values);
        }
    }

    /// The memory that is filled, in bytes.
    fn filled_bytes(&self) -> u128 {
        let values = self.keys.len() + self.values.as_ref().map_or(0, CacheRows::len);
        self.keys.format().bytes(values as u128, self.shape.head_length)
    }

    /// Calls `change` with keys and values, and the values of a row of them.
    fn for_each(&mut self, mut change: impl FnMut(&mut CacheRows, usize)) {
        change(&mut self.keys, self.shape.keys);
        if let Some(values) = &mut self.values {
            change(values, self.shape.values);
        }
    }

    /// Makes sure that there is memory for so many more rows; whether it could be had.
    fn reserve(&mut self, rows: usize) -> bool {
        let mut is_there = true;
        self.for_each(|values, width| {
            is_there &= rows.checked_mul(width).is_some_and(|count| values.reserve(count));
        });
        is_there
    }

    /// Keeps the first `rows` rows.
    fn truncate(&mut self, rows: usize) {
        self.for_each(|values, width| values.truncate(rows * width));
    }

    /// Drops the first `rows` rows, and memory for more than `most` rows, which a long pass has taken.
    fn drop_rows(&mut self, rows: usize, most: usize) {
        self.for_each(|values, width| values.drop_first(rows * width, most * width));
    }

    /// Becomes a copy of some rows of another one of the same shape and format.
    fn copy(&mut self, from: &LayerCache, rows: Range<usize>) {
        let values = |width: usize| rows.start * width..rows.end * width;
        self.keys.copy(&from.keys, values(self.shape.keys));
        if let (Some(to), Some(from)) = (&mut self.values, &from.values) {
            to.copy(from, values(self.shape.values));
        }
    }
}

/// Makes sure that the heads of all layers can be kept in this form.
pub(super) fn check(layers: &[Layer], format: CacheFormat) -> Result<()> {
    let lengths = layers.iter().map(|layer| RowShape::new(&layer.attention).head_length);
    match lengths.into_iter().find(|length| !format.holds(*length)) {
        Some(length) => Err(Error::input(format!(
            "a cache of q8_0 holds blocks of 32 values, and this model's heads have {length}; leave the form of the \
             cache to moesaic, or choose f16"
        ))),
        None => Ok(()),
    }
}

/// The memory that the cache of `capacity` positions takes, in bytes.
pub(super) fn bytes(layers: &[Layer], capacity: usize, format: CacheFormat) -> u128 {
    let widest = widest_window(layers);
    let of_layer = |attention: &Attention| {
        layer_bytes(attention, rows(widest.filter(|_| window(attention).is_some()), capacity), format)
    };
    layers.iter().map(|layer| of_layer(&layer.attention)).sum()
}

/// The most rows that a layer holds in a cache of `capacity` positions, checkpoints included.
fn rows(window: Option<usize>, capacity: usize) -> usize {
    window.map_or(capacity, |window| rows_and_checkpoints(window).min(capacity))
}

/// The memory that one layer's rows of `positions` positions take, in bytes.
pub(super) fn layer_bytes(attention: &Attention, positions: usize, format: CacheFormat) -> u128 {
    RowShape::new(attention).bytes(positions, format)
}

#[cfg(test)]
mod tests {
    use super::super::config::{FeedForward, GroupedAttention, QueryKeyNorm};
    use super::*;
    use crate::kernel::Arithmetic;

    fn layer(kv_heads: usize, head_length: usize, window: Option<usize>) -> Layer {
        let norm = QueryKeyNorm::None;
        let attention = GroupedAttention {
            heads: kv_heads,
            kv_heads,
            head_length,
            norm,
            scale: 1.0,
            window,
            sinks: false,
        };
        Layer { attention: Attention::Grouped(attention), feed_forward: FeedForward::Dense { width: 1 } }
    }

    /// The figures of docs/design.md.
    #[test]
    fn the_memory_of_gpt_oss_is_what_is_said_of_it() {
        let model = |layers: usize| -> Vec<Layer> {
            (0..layers).map(|index| layer(8, 64, (index % 2 == 0).then_some(128))).collect()
        };
        let (small, large) = (model(24), model(36));
        let bytes = |layers: &[Layer], positions| bytes(layers, positions, CacheFormat::Int16);
        // Of a head of 64 values the scale is a thirty-second part more.
        assert_eq!(bytes(&small, 131_072), 3_453_173_760 / 32 * 33);
        assert_eq!(bytes(&small, 32_768), 1_037_254_656 / 32 * 33);
        assert_eq!(bytes(&small, 8192), 8192 * 24 * (2048 + 64));
        assert_eq!(bytes(&large, 131_072), 5_179_760_640 / 32 * 33);
        assert_eq!((rows(Some(128), usize::MAX), kept_rows(128)), (9438, 4350));
    }

    #[test]
    fn any_window_can_be() {
        for window in [1, 2, 4096, 1 << 20, usize::MAX] {
            let layers = [layer(1, 1, Some(window)), layer(1, 1, None)];
            let mut cache = Cache::new(&layers, 12_000, CacheFormat::F32).unwrap();
            for _ in 0..24 {
                grow(&mut cache, 500).unwrap();
                check(&cache);
            }
            assert_eq!(cache.first > 0, window <= 2, "a window of {window}");
            assert_eq!(cache.truncate(12_000 - REWIND), 12_000 - REWIND);
            check(&cache);
        }
    }

    /// Appends rows that hold their positions.
    fn grow(cache: &mut Cache, tokens: usize) -> Result<()> {
        cache.reserve(tokens)?;
        append_to(cache, usize::MAX, tokens);
        cache.advance(tokens);
        Ok(())
    }

    fn append_to(cache: &mut Cache, layers: usize, tokens: usize) {
        let compute = Compute::new(1, None, Arithmetic::Float32).unwrap();
        let positions: Vec<f32> = (cache.len..cache.len + tokens).map(|position| position as f32).collect();
        cache.layers.iter_mut().take(layers).for_each(|layer| layer.append(&compute, &positions, &positions));
    }

    /// Whether the rows are those that they should be.
    fn check(cache: &Cache) {
        let compute = Compute::new(1, None, Arithmetic::Float32).unwrap();
        let holds = |layer: &LayerCache, rows: Range<usize>| {
            for held in std::iter::once(&layer.keys).chain(&layer.values) {
                assert_eq!(held.len(), rows.len());
                let is_right = match held {
                    CacheRows::F32(held) => held.iter().copied().eq(rows.clone().map(|row| row as f32)),
                    _ => rows.clone().enumerate().all(|(index, row)| {
                        let mut held_row = [f32::NAN];
                        held.widen(&compute, index, &mut held_row);
                        // The largest integer times the scale: two roundings, and the scale's of the norm.
                        (held_row[0] - row as f32).abs() <= 4.0 * f32::EPSILON * row as f32
                    }),
                };
                assert!(is_right, "{rows:?}");
            }
        };
        for (index, layer) in cache.layers.iter().enumerate() {
            holds(layer, cache.first_row(index)..cache.len);
        }
        for checkpoint in &cache.checkpoints {
            checkpoint.layers.iter().for_each(|layer| holds(layer, checkpoint.rows.clone()));
        }
        assert!(cache.checkpoints.is_sorted_by_key(|checkpoint| checkpoint.rows.end));
        assert_eq!(cache.reusable(cache.len), cache.len);
        assert!(cache.can_hold(cache.len, cache.first));
        if drops_rows(cache.window.unwrap_or(usize::MAX), cache.capacity) {
            assert!(cache.filled_bytes() <= cache.bytes());
        }
    }

    #[test]
    fn rows_stay_right_whatever_is_done() {
        let mut state = 1_u64;
        let mut random = |below: usize| {
            // Knuth's generator (MMIX).
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        for (window, format, steps) in [
            (1, CacheFormat::F32, 600),
            (128, CacheFormat::F32, 600),
            (700, CacheFormat::F32, 600),
            (128, CacheFormat::Int16, 30),
        ] {
            let layers = [layer(1, 1, Some(window)), layer(1, 1, None), layer(1, 1, Some(window / 2 + 1))];
            let of = |capacity| Cache::new(&layers, capacity, format).unwrap();
            let mut cache = of(60_000);
            for step in 0..steps {
                let room = cache.capacity - cache.len;
                match random(10) {
                    0 => {
                        let wanted = random(cache.len + 10);
                        let kept = cache.reusable(wanted);
                        assert!(kept <= wanted && kept <= cache.len);
                        assert_eq!(cache.truncate(wanted), kept);
                        assert_eq!((cache.len, cache.reusable(kept)), (kept, kept));
                    }
                    // What a session does most.
                    1 => {
                        let wanted = cache.len.saturating_sub(random(REWIND / 4));
                        assert!(cache.truncate(wanted) <= wanted);
                    }
                    2 => {
                        let length = cache.reusable(random(cache.len + 1));
                        let capacity = [length + 1, 9000.max(length), 60_000][random(3)];
                        let mut copy = of(capacity);
                        let some = random(capacity);
                        grow(&mut copy, some).unwrap();
                        copy.copy_beginning(&cache, length).unwrap();
                        check(&copy);
                        assert_eq!((copy.len, copy.truncate(length)), (length, length));
                        if capacity == 60_000 {
                            cache = copy;
                        }
                    }
                    3 => {
                        let (layers, tokens) = (random(4), random(300));
                        let before = (cache.len, cache.first);
                        append_to(&mut cache, layers, tokens);
                        cache.truncate(cache.len);
                        assert_eq!((cache.len, cache.first), before);
                    }
                    size => {
                        let most = if size == 4 { 6000 } else { 600 };
                        let tokens = (1 + random(most)).min(room);
                        grow(&mut cache, tokens).unwrap();
                    }
                }
                check(&cache);
                if step % 100 == 99 {
                    cache.truncate(0);
                    grow(&mut cache, 20_000).unwrap();
                    let far = 20_000 - REWIND;
                    assert!((far..20_000).all(|len| cache.reusable(len) == len));
                    assert!((12_288..far).all(|len| cache.reusable(len) > 0));
                }
            }
        }
    }
}
