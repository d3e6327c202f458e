//! GGUF v2 and v3, little-endian: the header of one file becomes metadata and checked tensor views. It must
//! not interpret any key but `general.alignment` and must not touch the tensors' bytes.
//!
//! Every byte is hostile until checked. Counts, lengths and offsets are `u64` in the file and may be
//! anything; sums and products are taken in `u128` or checked, each count is compared with the bytes
//! that remain before anything is allocated for it, and the work is linear in the header (sorting
//! aside).
//!
//! The layout is the one in ggml's `docs/gguf.md`: magic, version, tensor count, key count, keys with
//! their values, tensor descriptions, padding, data.

use super::gguf_types::{
    unknown_format, value_type, ALIGNMENT_KEY, DEFAULT_ALIGNMENT, DIMENSION_LIMIT, MAGIC, MAXIMUM_ALIGNMENT,
};
use super::{check_name, Array, Metadata, Source, Tensor, Value, TENSOR_LIMIT};
use crate::quant::Format;
use crate::{Error, Result};
use std::collections::btree_map::Entry;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

/// The most bytes that a header may take. The largest real ones (a vocabulary of 262,144 tokens with its
/// merges) take a tenth of it. Without a limit, a sparse file of a few bytes on disk could ask for as much
/// memory as its length pretends.
const HEADER_LIMIT: usize = 128 << 20;

/// The most metadata keys. Real files have less than a hundred.
const KEY_LIMIT: usize = 1 << 16;

/// How deep arrays may nest. No known file nests them at all.
const ARRAY_DEPTH_LIMIT: usize = 8;

/// Parses the header of one file.
pub(super) fn parse(source: &Arc<Source>) -> Result<(Metadata, BTreeMap<String, Tensor>)> {
    let mut reader = Reader::new(source);
    reader.magic_and_version()?;
    let tensor_count = reader.u64("the tensor count")?;
    let key_count = reader.u64("the key count")?;
    // A key takes at least its length, one byte of name, its type and one byte of value; a tensor its
    // length, one byte of name, one dimension, type and offset.
    reader.check_count(key_count, 8 + 1 + 4 + 1, &"keys")?;
    reader.check_count(tensor_count, 8 + 1 + 4 + 8 + 4 + 8, &"tensors")?;
    for (count, limit, what) in [(key_count, KEY_LIMIT, "keys"), (tensor_count, TENSOR_LIMIT, "tensors")] {
        if count > limit as u64 {
            return Err(reader.malformed(8, format!("{count} {what} are too many; at most {limit} are read")));
        }
    }

    let mut metadata = Metadata::new(source.path());
    for number in 0..key_count {
        let at = reader.position;
        let key = reader.name(&format_args!("key number {number}"))?;
        let value = reader.value(&key)?;
        if metadata.get(&key).is_some() {
            return Err(reader.malformed(at, format!("the key {key} is there twice")));
        }
        metadata.insert(key, value);
    }
    let alignment = match metadata.get(ALIGNMENT_KEY) {
        None => DEFAULT_ALIGNMENT,
        Some(value) => check_alignment(value).map_err(|what| metadata.error(ALIGNMENT_KEY, what))?,
    };

    let mut infos = BTreeMap::new();
    for number in 0..tensor_count {
        let at = reader.position;
        let name = reader.name(&format_args!("tensor number {number}"))?;
        let info = reader.tensor_info(&name)?;
        match infos.entry(name) {
            Entry::Vacant(entry) => entry.insert(info),
            Entry::Occupied(entry) => {
                return Err(reader.malformed(at, format!("the tensor {} is there twice", entry.key())));
            }
        };
    }
    let data_start = (reader.position as u64).next_multiple_of(u64::from(alignment));
    let mut tensors = BTreeMap::new();
    for (name, info) in infos {
        let tensor = place(source, name.clone(), info, data_start, alignment)?;
        tensors.insert(name, tensor);
    }
    check_overlaps(&tensors)?;
    Ok((metadata, tensors))
}

/// The alignment that this value of `general.alignment` sets, or what is wrong with it.
pub(super) fn check_alignment(value: &Value) -> Result<u32, String> {
    match *value {
        Value::U32(alignment) if alignment.is_power_of_two() && alignment <= MAXIMUM_ALIGNMENT => {
            Ok(alignment)
        }
        _ => Err(format!(
            "expected a 32-bit unsigned power of two from 1 to {MAXIMUM_ALIGNMENT}, found {}",
            value.description()
        )),
    }
}

/// How many bytes a tensor takes, or what is wrong with its shape. `shape` is outermost first.
pub(super) fn data_size(shape: &[u64], format: Format) -> Result<usize, String> {
    if !(1..=DIMENSION_LIMIT).contains(&shape.len()) {
        return Err(format!("it has {} dimensions; 1 to {DIMENSION_LIMIT} are allowed", shape.len()));
    }
    if shape.contains(&0) {
        return Err(format!("its shape {shape:?} holds no values"));
    }
    let columns = shape[shape.len() - 1];
    if !columns.is_multiple_of(format.block_len() as u64) {
        return Err(format!(
            "its rows of {columns} values do not divide into the blocks of {} of {}",
            format.block_len(),
            format.name()
        ));
    }
    // Four factors of up to 2^64 overflow u128 too. The count of values is bounded as the bytes are:
    // formats of less than a byte a value have more of them.
    shape
        .iter()
        .try_fold(1u128, |product, &size| product.checked_mul(size.into()))
        .filter(|&values| isize::try_from(values).is_ok())
        .map(|values| values / format.block_len() as u128 * format.block_bytes() as u128)
        .and_then(|bytes| isize::try_from(bytes).ok())
        .map(|bytes| bytes as usize)
        .ok_or_else(|| format!("its shape {shape:?} holds more than this machine can address"))
}

/// What the header says about a tensor; the place is not checked yet.
struct TensorInfo {
    format: Format,
    /// Outermost dimension first.
    shape: Vec<usize>,
    /// From the beginning of the data section.
    offset: u64,
    bytes: usize,
}

/// Checks that a tensor's bytes are aligned and lie within the file.
fn place(
    source: &Arc<Source>,
    name: String,
    info: TensorInfo,
    data_start: u64,
    alignment: u32,
) -> Result<Tensor> {
    let length = source.bytes().len();
    let start = u128::from(data_start) + u128::from(info.offset);
    let end = start + info.bytes as u128;
    let what = if !info.offset.is_multiple_of(u64::from(alignment)) {
        format!("its offset {} is not a multiple of the file's alignment {alignment}", info.offset)
    } else if end > length as u128 {
        format!(
            "it should lie at bytes {start} to {end}, but the file ends at {length}; \
             the file is truncated or damaged"
        )
    } else {
        let range = start as usize..end as usize;
        return Ok(Tensor {
            name,
            format: info.format,
            shape: info.shape,
            source: source.clone(),
            range,
            exponents: None,
            scales: None,
        });
    };
    Err(Error::Tensor { path: source.path().to_path_buf(), tensor: name, what })
}

/// Checks that no two tensors of a file share bytes.
fn check_overlaps(tensors: &BTreeMap<String, Tensor>) -> Result<()> {
    let mut ordered: Vec<&Tensor> = tensors.values().collect();
    ordered.sort_unstable_by_key(|tensor| tensor.range.start);
    for (before, after) in ordered.iter().zip(ordered.iter().skip(1)) {
        if before.range.end > after.range.start {
            return Err(Error::Tensor {
                path: after.path().to_path_buf(),
                tensor: after.name.clone(),
                what: format!(
                    "its bytes {} to {} overlap those of {} ({} to {})",
                    after.range.start, after.range.end, before.name, before.range.start, before.range.end
                ),
            });
        }
    }
    Ok(())
}

/// Reads a header from its beginning. All positions are from the beginning of the file.
struct Reader<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Source) -> Reader<'a> {
        Reader { path: source.path(), bytes: source.bytes(), position: 0 }
    }

    fn malformed(&self, offset: usize, what: impl Into<String>) -> Error {
        Error::Malformed { path: self.path.to_path_buf(), offset: offset as u64, what: what.into() }
    }

    /// The bytes that the header may still take.
    fn remaining(&self) -> usize {
        self.bytes.len().min(HEADER_LIMIT) - self.position
    }

    /// Says why `count` more bytes of `what` cannot be.
    fn too_long(&self, count: impl Display, what: &dyn Display) -> Error {
        let end = if self.bytes.len() > HEADER_LIMIT {
            "the largest header that is accepted (128 MiB)"
        } else {
            "the file"
        };
        self.malformed(
            self.position,
            format!(
                "{what}: {count} bytes are asked for, but only {} remain of {end}; \
                 the file is truncated or damaged",
                self.remaining()
            ),
        )
    }

    /// Refuses a count of things that each take at least `least` bytes when they cannot fit.
    fn check_count(&self, count: u64, least: usize, what: &dyn Display) -> Result<usize> {
        let least_bytes = u128::from(count) * least as u128;
        match usize::try_from(count) {
            Ok(count) if least_bytes <= self.remaining() as u128 => Ok(count),
            _ => Err(self
                .too_long(format_args!("at least {least_bytes}"), &format_args!("{what} ({count} of them)"))),
        }
    }

    fn take(&mut self, count: usize, what: &dyn Display) -> Result<&'a [u8]> {
        if count > self.remaining() {
            return Err(self.too_long(count, what));
        }
        let start = self.position;
        self.position += count;
        Ok(&self.bytes[start..self.position])
    }

    fn array<const N: usize>(&mut self, what: &dyn Display) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, what)?);
        Ok(array)
    }

    fn u32(&mut self, what: impl Display) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array(&what)?))
    }

    fn u64(&mut self, what: impl Display) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array(&what)?))
    }

    /// A string: its length in bytes, then UTF-8. Anything else than UTF-8 is an error: replacing bytes
    /// would make two tokens of a vocabulary equal without anyone noticing.
    fn string(&mut self, what: &dyn Display) -> Result<String> {
        let at = self.position;
        let length = self.u64(format_args!("the length of {what}"))?;
        let length = self.check_count(length, 1, what)?;
        match std::str::from_utf8(self.take(length, what)?) {
            Ok(text) => Ok(text.to_string()),
            Err(error) => Err(self.malformed(
                at,
                format!("{what} is not valid UTF-8 (from its byte {} on)", error.valid_up_to()),
            )),
        }
    }

    /// The name of a key or a tensor.
    fn name(&mut self, what: &dyn Display) -> Result<String> {
        let at = self.position;
        let name = self.string(&format_args!("the name of {what}"))?;
        match check_name(&name) {
            Ok(()) => Ok(name),
            Err(wrong) => Err(self.malformed(at, format!("the name of {what} {wrong}"))),
        }
    }

    /// Versions 2 and 3 have the same layout; 3 only adds that files may be big-endian.
    fn magic_and_version(&mut self) -> Result<()> {
        let magic: [u8; 4] = self.array(&"the magic number GGUF")?;
        if magic != MAGIC {
            return Err(self.malformed(
                0,
                format!(
                    "the file begins with \"{}\" instead of \"GGUF\"; it is not a GGUF file",
                    magic.escape_ascii()
                ),
            ));
        }
        let version = self.u32("the version")?;
        let what = match version {
            2 | 3 => return Ok(()),
            1 => "GGUF version 1 is too old: versions 2 and 3 are read; convert the model again".into(),
            // Versions are small numbers; one that is small only backwards was written backwards.
            _ if (1..=0xff).contains(&version.swap_bytes()) => format!(
                "this is a big-endian GGUF file (version {}); only little-endian ones are read; \
                 convert it with gguf-py's gguf_convert_endian.py",
                version.swap_bytes()
            ),
            _ => format!("GGUF version {version} is unknown: versions 2 and 3 are read"),
        };
        Err(Error::Unsupported { path: self.path.to_path_buf(), what })
    }

    fn value(&mut self, key: &str) -> Result<Value> {
        let what = format_args!("the value of {key}");
        let at = self.position;
        Ok(match self.u32(format_args!("the type of {key}"))? {
            value_type::U8 => Value::U8(u8::from_le_bytes(self.array(&what)?)),
            value_type::I8 => Value::I8(i8::from_le_bytes(self.array(&what)?)),
            value_type::U16 => Value::U16(u16::from_le_bytes(self.array(&what)?)),
            value_type::I16 => Value::I16(i16::from_le_bytes(self.array(&what)?)),
            value_type::U32 => Value::U32(u32::from_le_bytes(self.array(&what)?)),
            value_type::I32 => Value::I32(i32::from_le_bytes(self.array(&what)?)),
            value_type::F32 => Value::F32(f32::from_le_bytes(self.array(&what)?)),
            value_type::BOOL => {
                let [byte] = self.array(&what)?;
                Value::Bool(self.bool(byte, at + 4, &what)?)
            }
            value_type::STRING => Value::String(self.string(&what)?),
            value_type::ARRAY => Value::Array(self.value_array(key, 1)?),
            value_type::U64 => Value::U64(u64::from_le_bytes(self.array(&what)?)),
            value_type::I64 => Value::I64(i64::from_le_bytes(self.array(&what)?)),
            value_type::F64 => Value::F64(f64::from_le_bytes(self.array(&what)?)),
            unknown => return Err(self.unknown_type(at, unknown, key)),
        })
    }

    fn unknown_type(&self, at: usize, unknown: u32, key: &str) -> Error {
        self.malformed(at, format!("the value of {key} has the unknown type {unknown}; types are 0 to 12"))
    }

    fn bool(&self, byte: u8, at: usize, what: &dyn Display) -> Result<bool> {
        match byte {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.malformed(at, format!("{what} is a bool of {byte}; 0 and 1 are allowed"))),
        }
    }

    /// An array, `depth` levels of arrays deep. Its memory is at most a few times its bytes in the file: a
    /// string takes at least 8 bytes there, an array 12.
    fn value_array(&mut self, key: &str, depth: usize) -> Result<Array> {
        let at = self.position;
        let element = self.u32(format_args!("the element type of {key}"))?;
        let count = self.u64(format_args!("the element count of {key}"))?;
        Ok(match element {
            value_type::U8 => Array::U8(self.numbers(key, count, u8::from_le_bytes)?),
            value_type::I8 => Array::I8(self.numbers(key, count, i8::from_le_bytes)?),
            value_type::U16 => Array::U16(self.numbers(key, count, u16::from_le_bytes)?),
            value_type::I16 => Array::I16(self.numbers(key, count, i16::from_le_bytes)?),
            value_type::U32 => Array::U32(self.numbers(key, count, u32::from_le_bytes)?),
            value_type::I32 => Array::I32(self.numbers(key, count, i32::from_le_bytes)?),
            value_type::I64 => Array::I64(self.numbers(key, count, i64::from_le_bytes)?),
            value_type::U64 => Array::U64(self.numbers(key, count, u64::from_le_bytes)?),
            value_type::F32 => Array::F32(self.numbers(key, count, f32::from_le_bytes)?),
            value_type::F64 => Array::F64(self.numbers(key, count, f64::from_le_bytes)?),
            value_type::BOOL => {
                let what = format_args!("the elements of {key}");
                let count = self.check_count(count, 1, &what)?;
                let at = self.position;
                let bytes = self.take(count, &what)?;
                let mut values = self.vector(count, key)?;
                for (number, &byte) in bytes.iter().enumerate() {
                    let what = format_args!("element {number} of {key}");
                    values.push(self.bool(byte, at + number, &what)?);
                }
                Array::Bools(values)
            }
            value_type::STRING => {
                let count = self.check_count(count, 8, &format_args!("the elements of {key}"))?;
                let mut values = self.vector(count, key)?;
                for number in 0..count {
                    values.push(self.string(&format_args!("element {number} of {key}"))?);
                }
                Array::Strings(values)
            }
            value_type::ARRAY => {
                if depth == ARRAY_DEPTH_LIMIT {
                    return Err(self.malformed(
                        at,
                        format!("the arrays of {key} nest deeper than {ARRAY_DEPTH_LIMIT} levels"),
                    ));
                }
                let count = self.check_count(count, 12, &format_args!("the elements of {key}"))?;
                let mut values = self.vector(count, key)?;
                for _ in 0..count {
                    values.push(self.value_array(key, depth + 1)?);
                }
                Array::Arrays(values)
            }
            unknown => return Err(self.unknown_type(at, unknown, key)),
        })
    }

    /// `count` numbers of `N` bytes each.
    fn numbers<const N: usize, T>(
        &mut self,
        key: &str,
        count: u64,
        decode: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>> {
        let what = format_args!("the elements of {key}");
        let count = self.check_count(count, N, &what)?;
        let bytes = self.take(count * N, &what)?;
        let mut values = self.vector(count, key)?;
        values.extend(bytes.chunks_exact(N).map(|chunk| {
            let mut element = [0; N];
            element.copy_from_slice(chunk);
            decode(element)
        }));
        Ok(values)
    }

    /// An empty vector with room for `count` elements, which `check_count` has accepted.
    fn vector<T>(&self, count: usize, key: &str) -> Result<Vec<T>> {
        let mut values = Vec::new();
        match values.try_reserve_exact(count) {
            Ok(()) => Ok(values),
            Err(_) => Err(Error::OutOfMemory {
                bytes: count.saturating_mul(std::mem::size_of::<T>()),
                what: format!("the metadata {key} of {}", self.path.display()),
            }),
        }
    }

    fn tensor_info(&mut self, name: &str) -> Result<TensorInfo> {
        let path = self.path;
        let wrong = |what| Error::Tensor { path: path.to_path_buf(), tensor: name.into(), what };

        let dimensions = self.u32(format_args!("the dimension count of tensor {name}"))? as usize;
        if dimensions > DIMENSION_LIMIT {
            // Before they are read: the count may be anything. Zero is refused with the shape.
            return Err(wrong(format!("it has {dimensions} dimensions; 1 to {DIMENSION_LIMIT} are allowed")));
        }
        let mut shape = Vec::with_capacity(dimensions);
        for _ in 0..dimensions {
            shape.push(self.u64(format_args!("the dimensions of tensor {name}"))?);
        }
        // GGUF says the contiguous dimension first.
        shape.reverse();
        let type_id = self.u32(format_args!("the type of tensor {name}"))?;
        let offset = self.u64(format_args!("the offset of tensor {name}"))?;

        let format = Format::from_gguf(type_id).ok_or_else(|| wrong(unknown_format(type_id)))?;
        let bytes = data_size(&shape, format).map_err(wrong)?;
        // Their product fits and none is zero, so each of them fits.
        let shape = shape.into_iter().map(|size| size as usize).collect();
        Ok(TensorInfo { format, shape, offset, bytes })
    }
}

#[cfg(test)]
mod tests;
