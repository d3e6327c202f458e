//! The key/value cache of one sequence: what attention needs of the tokens that went before.

use super::config::{Attention, Config};
use crate::kernel::{CacheFormat, CacheRows};
use crate::{Error, Result};
use half::f16;
use half::slice::HalfFloatSliceExt;

/// The key/value cache of one sequence. Made by [`Model::cache`](super::Model::cache), of use to that
/// model only.
#[derive(Debug)]
pub struct Cache {
    capacity: usize,
    len: usize,
    format: CacheFormat,
    pub(super) layers: Vec<LayerCache>,
}

/// The cached rows of one layer.
#[derive(Debug)]
pub(super) struct LayerCache {
    pub keys: CacheRows,
    pub key_width: usize,
    /// None for latent attention, whose values are part of the keys' rows.
    pub values: Option<CacheRows>,
    pub value_width: usize,
}

/// Values of a layer's key row and value row.
pub(super) fn widths(attention: &Attention) -> (usize, usize) {
    match attention {
        Attention::Grouped(grouped) => {
            let width = grouped.kv_heads * grouped.head_length;
            (width, width)
        }
        Attention::Latent(latent) => (latent.latent_length + latent.rope_length, 0),
    }
}

impl Cache {
    /// Reserves the memory for `capacity` positions; the operating system hands it out as they fill.
    pub(super) fn new(config: &Config, capacity: usize, format: CacheFormat) -> Result<Cache> {
        let bytes = bytes(config, capacity, format);
        let refuse = || Error::OutOfMemory {
            bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
            what: format!("the cache of {capacity} tokens; ask for a shorter context"),
        };
        let rows = |width: usize| {
            let length = width.checked_mul(capacity).ok_or_else(refuse)?;
            let mut rows = match format {
                CacheFormat::F32 => CacheRows::F32(Vec::new()),
                CacheFormat::F16 => CacheRows::F16(Vec::new()),
            };
            let reserved = match &mut rows {
                CacheRows::F32(values) => values.try_reserve_exact(length),
                CacheRows::F16(values) => values.try_reserve_exact(length),
            };
            reserved.map_err(|_| refuse())?;
            Ok(rows)
        };
        let layers = config
            .layers
            .iter()
            .map(|layer| {
                let (key_width, value_width) = widths(&layer.attention);
                Ok(LayerCache {
                    keys: rows(key_width)?,
                    key_width,
                    values: if value_width > 0 { Some(rows(value_width)?) } else { None },
                    value_width,
                })
            })
            .collect::<Result<Vec<LayerCache>>>()?;
        Ok(Cache { capacity, len: 0, format, layers })
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

    /// Forgets every position from `len` on; does nothing if it holds no more.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        for layer in &mut self.layers {
            cut(&mut layer.keys, self.len * layer.key_width);
            if let Some(values) = &mut layer.values {
                cut(values, self.len * layer.value_width);
            }
        }
    }

    /// Becomes a copy of the first `len` positions of another cache of the same model: for sequences that begin
    /// alike.
    ///
    /// # Errors
    /// [`Error::Input`] if the other holds fewer, this one has no room for them, or they belong to different models.
    pub fn copy_beginning(&mut self, other: &Cache, len: usize) -> Result<()> {
        let alike = self.format == other.format
            && self.layers.len() == other.layers.len()
            && self
                .layers
                .iter()
                .zip(&other.layers)
                .all(|(to, from)| (to.key_width, to.value_width) == (from.key_width, from.value_width));
        if !alike || len > other.len || len > self.capacity {
            return Err(Error::input(format!(
                "{len} positions cannot be copied from a cache of {} to one with room for {}, or the caches belong \
                 to different models",
                other.len, self.capacity
            )));
        }
        for (to, from) in self.layers.iter_mut().zip(&other.layers) {
            copy(&mut to.keys, &from.keys, len * to.key_width);
            if let (Some(to_values), Some(from_values)) = (&mut to.values, &from.values) {
                copy(to_values, from_values, len * to.value_width);
            }
        }
        self.len = len;
        Ok(())
    }

    /// The memory it takes when it is full, in bytes.
    pub fn bytes(&self) -> usize {
        let row: usize = self.layers.iter().map(|layer| layer.key_width + layer.value_width).sum();
        row * self.capacity * value_bytes(self.format)
    }

    pub(super) fn format(&self) -> CacheFormat {
        self.format
    }

    /// Whether it was made for a model of this description.
    pub(super) fn fits(&self, config: &Config) -> bool {
        self.layers.len() == config.layers.len()
            && self
                .layers
                .iter()
                .zip(&config.layers)
                .all(|(cache, layer)| (cache.key_width, cache.value_width) == widths(&layer.attention))
    }

    /// Gives out the rows of every layer, keys before values, as bytes in little-endian order.
    pub(crate) fn write(&self, write: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        for layer in &self.layers {
            for rows in std::iter::once(&layer.keys).chain(&layer.values) {
                match rows {
                    CacheRows::F32(values) => write_values(values, |value| value.to_le_bytes(), write)?,
                    CacheRows::F16(values) => write_values(values, |value| value.to_le_bytes(), write)?,
                }
            }
        }
        Ok(())
    }

    /// Takes in the rows of `positions` positions that [`write`](Self::write) gave out, in place of what it held.
    /// `read` fills the buffer that it is given. After an error it holds nothing.
    pub(crate) fn read(
        &mut self,
        positions: usize,
        read: &mut dyn FnMut(&mut [u8]) -> Result<()>,
    ) -> Result<()> {
        self.truncate(0);
        let outcome = self.layers.iter_mut().try_for_each(|layer| {
            let values = layer.values.iter_mut().map(|rows| (rows, layer.value_width));
            for (rows, width) in std::iter::once((&mut layer.keys, layer.key_width)).chain(values) {
                let count = positions * width;
                match rows {
                    CacheRows::F32(values) => read_values(values, count, f32::from_le_bytes, read)?,
                    CacheRows::F16(values) => read_values(values, count, f16::from_le_bytes, read)?,
                }
            }
            Ok(())
        });
        match &outcome {
            Ok(()) => self.len = positions,
            Err(_) => self.truncate(0),
        }
        outcome
    }

    /// Makes the rows that every layer has appended count.
    pub(super) fn advance(&mut self, tokens: usize) {
        self.len += tokens;
    }
}

impl LayerCache {
    /// Appends rows of keys, and of values where they are kept apart.
    pub fn append(&mut self, keys: &[f32], values: &[f32]) {
        append(&mut self.keys, keys);
        if let Some(rows) = &mut self.values {
            append(rows, values);
        }
    }
}

/// The memory that the cache of `capacity` positions takes, in bytes.
pub(super) fn bytes(config: &Config, capacity: usize, format: CacheFormat) -> u128 {
    config.layers.iter().map(|layer| layer_bytes(&layer.attention, capacity, format)).sum()
}

/// The memory that one layer's rows of `positions` positions take, in bytes.
pub(super) fn layer_bytes(attention: &Attention, positions: usize, format: CacheFormat) -> u128 {
    let (keys, values) = widths(attention);
    (keys as u128 + values as u128) * positions as u128 * value_bytes(format) as u128
}

fn value_bytes(format: CacheFormat) -> usize {
    match format {
        CacheFormat::F32 => 4,
        CacheFormat::F16 => 2,
    }
}

fn append(rows: &mut CacheRows, values: &[f32]) {
    match rows {
        CacheRows::F32(rows) => rows.extend_from_slice(values),
        CacheRows::F16(rows) => {
            let start = rows.len();
            rows.resize(start + values.len(), f16::ZERO);
            rows[start..].convert_from_f32_slice(values);
        }
    }
}

/// How many values become bytes, or the other way round, at a time.
const CHUNK: usize = 1 << 14;

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

/// Appends `count` values. Memory grows as they come, and not before.
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

fn cut(rows: &mut CacheRows, length: usize) {
    match rows {
        CacheRows::F32(rows) => rows.truncate(length),
        CacheRows::F16(rows) => rows.truncate(length),
    }
}

/// `to` becomes the beginning of `from`, which is of the same format.
fn copy(to: &mut CacheRows, from: &CacheRows, length: usize) {
    match (to, from) {
        (CacheRows::F32(to), CacheRows::F32(from)) => {
            to.clear();
            to.extend_from_slice(&from[..length]);
        }
        (CacheRows::F16(to), CacheRows::F16(from)) => {
            to.clear();
            to.extend_from_slice(&from[..length]);
        }
        _ => unreachable!("the formats were compared"),
    }
}
