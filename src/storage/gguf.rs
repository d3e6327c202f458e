//! GGUF v2 and v3, little-endian: the header becomes metadata and checked tensor views, and a split
//! set becomes one archive. It must not interpret any key beyond `general.alignment` and `split.*`,
//! and must not touch the tensors' bytes.
//!
//! Every byte is hostile until checked. Counts, lengths and offsets are `u64` in the file and may be
//! anything; sums and products are taken in `u128` or checked, each count is compared with the bytes
//! that remain before anything is allocated for it, and the work is linear in the header (sorting
//! aside).
//!
//! The layout is the one in ggml's `docs/gguf.md`: magic, version, tensor count, key count, keys with
//! their values, tensor descriptions, padding, data.

use super::{Access, Source, Tensor};
use crate::quant::Format;
use crate::{Error, Result};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The first four bytes of every GGUF file.
pub(super) const MAGIC: [u8; 4] = *b"GGUF";

/// The alignment of the data section and of each tensor in it where `general.alignment` is absent.
pub(super) const DEFAULT_ALIGNMENT: u64 = 32;

/// The key that overrides [`DEFAULT_ALIGNMENT`].
pub(super) const ALIGNMENT_KEY: &str = "general.alignment";

/// The largest alignment that is believed: a large page. Real files use 32 to 4096.
pub(super) const MAXIMUM_ALIGNMENT: u64 = 2 << 20;

/// The most bytes that a header may take. The largest real ones (a vocabulary of 260,000 tokens, tens
/// of thousands of tensors) stay below a tenth of it; without a limit, a sparse file of a few bytes on
/// disk could ask for as much memory as its length pretends.
const HEADER_LIMIT: usize = 256 << 20;

/// The format's own limit for keys. Its limit for tensor names is 64, which some writers exceed; they
/// get this one too.
const NAME_LIMIT: usize = u16::MAX as usize;

/// How deep arrays may nest. No known file nests them at all.
const ARRAY_DEPTH_LIMIT: usize = 8;

/// The most dimensions of a tensor.
pub(super) const DIMENSION_LIMIT: usize = 4;

/// The types of metadata values, by their number in the file.
pub(super) mod value_type {
    pub const U8: u32 = 0;
    pub const I8: u32 = 1;
    pub const U16: u32 = 2;
    pub const I16: u32 = 3;
    pub const U32: u32 = 4;
    pub const I32: u32 = 5;
    pub const F32: u32 = 6;
    pub const BOOL: u32 = 7;
    pub const STRING: u32 = 8;
    pub const ARRAY: u32 = 9;
    pub const U64: u32 = 10;
    pub const I64: u32 = 11;
    pub const F64: u32 = 12;
}

/// A metadata value.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Value {
    U8(u8),
    I8(i8),
    U16(u16),
    I16(i16),
    U32(u32),
    I32(i32),
    F32(f32),
    Bool(bool),
    String(String),
    Array(Array),
    U64(u64),
    I64(i64),
    F64(f64),
}

impl Value {
    /// What the value is, for error messages.
    fn kind(&self) -> &'static str {
        match self {
            Value::Bool(_) => "a bool",
            Value::String(_) => "a string",
            Value::F32(_) | Value::F64(_) => "a float",
            Value::Array(Array::Integers(_) | Array::U64(_)) => "an array of integers",
            Value::Array(Array::Floats(_)) => "an array of floats",
            Value::Array(Array::Bools(_)) => "an array of bools",
            Value::Array(Array::Strings(_)) => "an array of strings",
            Value::Array(Array::Arrays(_)) => "an array of arrays",
            _ => "an integer",
        }
    }

    /// The value of any integer type.
    fn integer(&self) -> Option<i128> {
        Some(match *self {
            Value::U8(value) => value.into(),
            Value::I8(value) => value.into(),
            Value::U16(value) => value.into(),
            Value::I16(value) => value.into(),
            Value::U32(value) => value.into(),
            Value::I32(value) => value.into(),
            Value::U64(value) => value.into(),
            Value::I64(value) => value.into(),
            _ => return None,
        })
    }
}

/// An array of metadata values of one type. Integers of up to 64 bits are widened to `i64` (`U64` stands
/// apart, because it does not fit), floats to `f64`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Array {
    Integers(Vec<i64>),
    U64(Vec<u64>),
    Floats(Vec<f64>),
    Bools(Vec<bool>),
    Strings(Vec<String>),
    Arrays(Vec<Array>),
}

impl Array {
    /// How many elements it has.
    pub fn len(&self) -> usize {
        match self {
            Array::Integers(values) => values.len(),
            Array::U64(values) => values.len(),
            Array::Floats(values) => values.len(),
            Array::Bools(values) => values.len(),
            Array::Strings(values) => values.len(),
            Array::Arrays(values) => values.len(),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A GGUF file's metadata. The typed getters answer `None` for an absent key and an error that names
/// file and key for a value of the wrong type or out of range.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    path: PathBuf,
    entries: Vec<(String, Value)>,
    index: HashMap<String, usize>,
}

impl Metadata {
    /// Metadata without keys, of a file of this name.
    pub fn new(path: impl Into<PathBuf>) -> Metadata {
        Metadata { path: path.into(), ..Metadata::default() }
    }

    /// Sets a key, and answers the value it had before.
    pub fn insert(&mut self, key: impl Into<String>, value: Value) -> Option<Value> {
        let key = key.into();
        match self.index.get(&key) {
            Some(&at) => Some(std::mem::replace(&mut self.entries[at].1, value)),
            None => {
                self.index.insert(key.clone(), self.entries.len());
                self.entries.push((key, value));
                None
            }
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The raw value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.index.get(key).map(|&at| &self.entries[at].1)
    }

    /// An integer of any width that fits `u64`; negative is an error.
    pub fn unsigned(&self, key: &str) -> Result<Option<u64>> {
        self.typed(key, "an integer that is not negative", |value| u64::try_from(value.integer()?).ok())
    }

    /// Any float or integer as `f32`. A finite value that `f32` cannot hold is an error.
    pub fn float(&self, key: &str) -> Result<Option<f32>> {
        self.typed(key, "a number within the range of f32", |value| match *value {
            Value::F32(value) => Some(value),
            Value::F64(value) => narrow(value),
            _ => value.integer().map(|value| value as f32),
        })
    }

    /// A bool.
    pub fn bool(&self, key: &str) -> Result<Option<bool>> {
        self.typed(key, "a bool", |value| match *value {
            Value::Bool(value) => Some(value),
            _ => None,
        })
    }

    /// A string.
    pub fn string(&self, key: &str) -> Result<Option<&str>> {
        self.typed(key, "a string", |value| match value {
            Value::String(value) => Some(value.as_str()),
            _ => None,
        })
    }

    /// An array of strings.
    pub fn strings(&self, key: &str) -> Result<Option<&[String]>> {
        self.typed(key, "an array of strings", |value| match value {
            Value::Array(Array::Strings(values)) => Some(values.as_slice()),
            _ => None,
        })
    }

    /// An array of integers, or one integer as an array of one. A value past `i64` is an error.
    pub fn integers(&self, key: &str) -> Result<Option<Vec<i64>>> {
        self.typed(key, "integers within the range of i64", |value| match value {
            Value::Array(Array::Integers(values)) => Some(values.clone()),
            Value::Array(Array::U64(values)) => {
                values.iter().map(|&value| i64::try_from(value).ok()).collect()
            }
            _ => Some(vec![i64::try_from(value.integer()?).ok()?]),
        })
    }

    /// An array of floats or integers as `f32`. A finite value that `f32` cannot hold is an error.
    pub fn floats(&self, key: &str) -> Result<Option<Vec<f32>>> {
        self.typed(key, "an array of numbers within the range of f32", |value| match value {
            Value::Array(Array::Floats(values)) => values.iter().map(|&value| narrow(value)).collect(),
            Value::Array(Array::Integers(values)) => Some(values.iter().map(|&value| value as f32).collect()),
            Value::Array(Array::U64(values)) => Some(values.iter().map(|&value| value as f32).collect()),
            _ => None,
        })
    }

    /// The keys, in the file's order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(key, _)| key.as_str())
    }

    /// The keys and their values, in the file's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// An error about this key that names the file.
    pub fn error(&self, key: &str, what: impl Into<String>) -> Error {
        Error::Metadata { path: self.path.clone(), key: key.into(), what: what.into() }
    }

    /// The value of a key as `convert` understands it.
    fn typed<'a, T>(
        &'a self,
        key: &str,
        expected: &str,
        convert: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        match convert(value) {
            Some(converted) => Ok(Some(converted)),
            None => {
                let found = match value.integer() {
                    Some(number) => number.to_string(),
                    None => value.kind().to_string(),
                };
                Err(self.error(key, format!("expected {expected}, found {found}")))
            }
        }
    }
}

/// The nearest `f32`; `None` where a finite value becomes infinite.
fn narrow(value: f64) -> Option<f32> {
    let narrowed = value as f32;
    (narrowed.is_finite() || !value.is_finite()).then_some(narrowed)
}

/// Opens a GGUF file, or a split set through its first part.
pub(super) fn open(source: Source, access: Access) -> Result<(Metadata, BTreeMap<String, Tensor>)> {
    let first = Arc::new(source);
    let (metadata, tensors) = parse(&first)?;
    let Some(set) = SplitSet::of(&metadata)? else {
        return Ok((metadata, tensors));
    };
    let mut tensors = tensors;
    for number in 1..set.count {
        let path = set.part(number);
        let part = Arc::new(set.open_part(&path, number, access)?);
        let (part_metadata, part_tensors) = parse(&part)?;
        set.check_part(&part_metadata, number)?;
        for (name, tensor) in part_tensors {
            match tensors.entry(name) {
                Entry::Vacant(entry) => entry.insert(tensor),
                Entry::Occupied(entry) => {
                    return Err(Error::Tensor {
                        path,
                        tensor: entry.key().clone(),
                        what: format!(
                            "it is in {} too; the parts do not belong together",
                            entry.get().path().display()
                        ),
                    })
                }
            };
        }
    }
    if let Some(expected) = metadata.unsigned(SPLIT_TENSORS)? {
        if expected != tensors.len() as u64 {
            return Err(metadata.error(
                SPLIT_TENSORS,
                format!(
                    "the set should hold {expected} tensors but its {} parts hold {}; \
                     the parts do not belong together",
                    set.count,
                    tensors.len()
                ),
            ));
        }
    }
    Ok((metadata, tensors))
}

const SPLIT_NUMBER: &str = "split.no";
const SPLIT_COUNT: &str = "split.count";
const SPLIT_TENSORS: &str = "split.tensors.count";

/// A set of files `PREFIX-00001-of-0000N.gguf` that make up one model. The first holds the metadata.
struct SplitSet {
    first: PathBuf,
    prefix: String,
    count: u64,
}

impl SplitSet {
    /// The set whose first part has this metadata; `None` if the file stands alone.
    fn of(metadata: &Metadata) -> Result<Option<SplitSet>> {
        let count = metadata.unsigned(SPLIT_COUNT)?.unwrap_or(0);
        if count < 2 {
            return Ok(None);
        }
        let path = metadata.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let Some((prefix, number, name_count)) = name.and_then(split_file_name) else {
            return Err(metadata.error(
                SPLIT_COUNT,
                format!(
                    "this is one of {count} parts, so its name has to end in \
                     -00001-of-{count:05}.gguf for the others to be found; it was renamed"
                ),
            ));
        };
        let set = SplitSet { first: path.to_path_buf(), prefix: prefix.to_string(), count };
        if name_count != count {
            return Err(metadata.error(
                SPLIT_COUNT,
                format!("the set has {count} parts, but the file's name says {name_count}"),
            ));
        }
        let stored = metadata.unsigned(SPLIT_NUMBER)?.unwrap_or(0);
        if number.checked_sub(1) != Some(stored) {
            return Err(metadata.error(SPLIT_NUMBER, misplaced(stored, number, count)));
        }
        if stored != 0 {
            return Err(Error::Unsupported {
                path: path.to_path_buf(),
                what: format!(
                    "this is part {number} of {count}; open the first part, {}",
                    set.part(0).display()
                ),
            });
        }
        Ok(Some(set))
    }

    /// The path of part `number`, counted from 0 as `split.no` does; names count from 1.
    fn part(&self, number: u64) -> PathBuf {
        self.first.with_file_name(format!("{}-{:05}-of-{:05}.gguf", self.prefix, number + 1, self.count))
    }

    fn open_part(&self, path: &Path, number: u64, access: Access) -> Result<Source> {
        Source::open(path, access).map_err(|error| match error {
            Error::Io { path, source } if source.kind() == io::ErrorKind::NotFound => Error::Io {
                path,
                source: io::Error::new(
                    io::ErrorKind::NotFound,
                    format!(
                        "part {} of {} is missing; all parts have to lie in one folder",
                        number + 1,
                        self.count
                    ),
                ),
            },
            error => error,
        })
    }

    fn check_part(&self, metadata: &Metadata, number: u64) -> Result<()> {
        let count = metadata.unsigned(SPLIT_COUNT)?;
        if count != Some(self.count) {
            let found = match count {
                Some(count) => format!("it says that it belongs to a set of {count}"),
                None => "it does not say that it belongs to a set".into(),
            };
            return Err(metadata
                .error(SPLIT_COUNT, format!("expected a part of a set of {}, but {found}", self.count)));
        }
        match metadata.unsigned(SPLIT_NUMBER)? {
            Some(stored) if stored == number => Ok(()),
            Some(stored) => Err(metadata.error(SPLIT_NUMBER, misplaced(stored, number + 1, self.count))),
            None => Err(metadata.error(SPLIT_NUMBER, "the key is missing")),
        }
    }
}

/// Says that part `stored` (counted from 0) lies under the name of part `number` (counted from 1).
fn misplaced(stored: u64, number: u64, count: u64) -> String {
    format!(
        "the file's name says part {number} of {count}, but it holds part {}; \
         the parts were renamed or mixed up",
        u128::from(stored) + 1
    )
}

/// `PREFIX-00002-of-00003.gguf` as prefix, number and count.
fn split_file_name(name: &str) -> Option<(&str, u64, u64)> {
    let stem = name.strip_suffix(".gguf")?;
    let (rest, count) = stem.rsplit_once("-of-")?;
    let (prefix, number) = rest.rsplit_once('-')?;
    let digits = |text: &str| {
        let decimal = text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
        decimal.then(|| text.parse::<u64>().ok()).flatten()
    };
    Some((prefix, digits(number)?, digits(count)?))
}

/// Parses the header of one file.
fn parse(source: &Arc<Source>) -> Result<(Metadata, BTreeMap<String, Tensor>)> {
    let mut reader = Reader::new(source);
    let version = reader.magic_and_version()?;
    debug_assert!((2..=3).contains(&version));
    let tensor_count = reader.u64("the tensor count")?;
    let key_count = reader.u64("the key count")?;
    // A key takes at least its length, one byte of name, its type and one byte of value; a tensor its
    // length, one byte of name, one dimension, type and offset.
    reader.check_count(key_count, 8 + 1 + 4 + 1, &"keys")?;
    reader.check_count(tensor_count, 8 + 1 + 4 + 8 + 4 + 8, &"tensors")?;

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
    let alignment = alignment(&metadata)?;

    let mut infos = Vec::new();
    for number in 0..tensor_count {
        infos.push(reader.tensor_info(number)?);
    }
    let tensors = reader.place(source, infos, alignment)?;
    Ok((metadata, tensors))
}

/// The file's alignment, a power of two.
fn alignment(metadata: &Metadata) -> Result<u64> {
    let alignment = match metadata.get(ALIGNMENT_KEY) {
        None => return Ok(DEFAULT_ALIGNMENT),
        Some(Value::U32(alignment)) => u64::from(*alignment),
        Some(other) => {
            let what = format!("expected a 32-bit unsigned integer, found {}", other.kind());
            return Err(metadata.error(ALIGNMENT_KEY, what));
        }
    };
    if !alignment.is_power_of_two() || alignment > MAXIMUM_ALIGNMENT {
        return Err(metadata.error(
            ALIGNMENT_KEY,
            format!("{alignment} is not a power of two from 1 to {MAXIMUM_ALIGNMENT}"),
        ));
    }
    Ok(alignment)
}

/// What the header says about a tensor; the place is not checked yet.
struct TensorInfo {
    name: String,
    format: Format,
    /// Outermost dimension first.
    shape: Vec<usize>,
    /// From the beginning of the data section.
    offset: u64,
    bytes: usize,
    /// Where the header says so, for errors.
    described_at: usize,
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
            "the largest header that is accepted (256 MiB)"
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
        if name.is_empty() {
            return Err(self.malformed(at, format!("the name of {what} is empty")));
        }
        if name.len() > NAME_LIMIT {
            return Err(self.malformed(
                at,
                format!("the name of {what} takes {} bytes, at most {NAME_LIMIT} are allowed", name.len()),
            ));
        }
        Ok(name)
    }

    fn magic_and_version(&mut self) -> Result<u32> {
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
            2 | 3 => return Ok(version),
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

    /// An array, `depth` levels of arrays deep. Its memory is at most eight times its bytes in the file.
    fn value_array(&mut self, key: &str, depth: usize) -> Result<Array> {
        let at = self.position;
        let element = self.u32(format_args!("the element type of {key}"))?;
        let count = self.u64(format_args!("the element count of {key}"))?;
        Ok(match element {
            value_type::U8 => Array::Integers(self.numbers(key, count, u8::from_le_bytes)?),
            value_type::I8 => Array::Integers(self.numbers(key, count, i8::from_le_bytes)?),
            value_type::U16 => Array::Integers(self.numbers(key, count, u16::from_le_bytes)?),
            value_type::I16 => Array::Integers(self.numbers(key, count, i16::from_le_bytes)?),
            value_type::U32 => Array::Integers(self.numbers(key, count, u32::from_le_bytes)?),
            value_type::I32 => Array::Integers(self.numbers(key, count, i32::from_le_bytes)?),
            value_type::I64 => Array::Integers(self.numbers(key, count, i64::from_le_bytes)?),
            value_type::U64 => Array::U64(self.numbers(key, count, u64::from_le_bytes)?),
            value_type::F32 => Array::Floats(self.numbers(key, count, f32::from_le_bytes)?),
            value_type::F64 => Array::Floats(self.numbers(key, count, f64::from_le_bytes)?),
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

    /// `count` numbers of `N` bytes each, widened.
    fn numbers<const N: usize, Narrow, Wide: From<Narrow>>(
        &mut self,
        key: &str,
        count: u64,
        decode: impl Fn([u8; N]) -> Narrow,
    ) -> Result<Vec<Wide>> {
        let what = format_args!("the elements of {key}");
        let count = self.check_count(count, N, &what)?;
        let bytes = self.take(count * N, &what)?;
        let mut values = self.vector(count, key)?;
        values.extend(bytes.chunks_exact(N).map(|chunk| {
            let mut element = [0; N];
            element.copy_from_slice(chunk);
            Wide::from(decode(element))
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

    fn tensor_info(&mut self, number: u64) -> Result<TensorInfo> {
        let described_at = self.position;
        let name = self.name(&format_args!("tensor number {number}"))?;
        let wrong =
            |what: String| Error::Tensor { path: self.path.to_path_buf(), tensor: name.clone(), what };

        let dimensions = self.u32(format_args!("the dimension count of tensor {name}"))? as usize;
        if !(1..=DIMENSION_LIMIT).contains(&dimensions) {
            return Err(wrong(format!("it has {dimensions} dimensions; 1 to {DIMENSION_LIMIT} are allowed")));
        }
        let mut sizes = [0u64; DIMENSION_LIMIT];
        for size in &mut sizes[..dimensions] {
            *size = self.u64(format_args!("the dimensions of tensor {name}"))?;
        }
        let sizes = &sizes[..dimensions];
        let type_id = self.u32(format_args!("the type of tensor {name}"))?;
        let offset = self.u64(format_args!("the offset of tensor {name}"))?;

        let format = Format::from_gguf(type_id).ok_or_else(|| wrong(unknown_format(type_id)))?;
        if sizes.contains(&0) {
            return Err(wrong(format!("its dimensions {sizes:?} hold no values")));
        }
        // Four factors of up to 2^64 overflow u128 too.
        let bytes = sizes
            .iter()
            .try_fold(1u128, |product, &size| product.checked_mul(size.into()))
            .filter(|&values| usize::try_from(values).is_ok())
            .map(|values| (values / format.block_len() as u128) * format.block_bytes() as u128)
            .and_then(|bytes| usize::try_from(bytes).ok())
            .ok_or_else(|| {
                wrong(format!("its dimensions {sizes:?} hold more than this machine can address"))
            })?;
        if sizes[0] % format.block_len() as u64 != 0 {
            return Err(wrong(format!(
                "its rows of {} values do not divide into blocks of {} ({})",
                sizes[0],
                format.block_len(),
                format.name()
            )));
        }
        // The product fits usize and no factor is zero, so every factor fits.
        let shape = sizes.iter().rev().map(|&size| size as usize).collect();
        Ok(TensorInfo { name, format, shape, offset, bytes, described_at })
    }

    /// Checks where the tensors lie: each aligned and within the file, no two overlapping, no name twice.
    fn place(
        &self,
        source: &Arc<Source>,
        infos: Vec<TensorInfo>,
        alignment: u64,
    ) -> Result<BTreeMap<String, Tensor>> {
        let data_start = (self.position as u64).next_multiple_of(alignment);
        let mut tensors = BTreeMap::new();
        let mut order: Vec<(Range<usize>, usize)> = Vec::with_capacity(infos.len());
        for info in &infos {
            let wrong = |what: String| Error::Tensor {
                path: self.path.to_path_buf(),
                tensor: info.name.clone(),
                what,
            };
            if info.offset % alignment != 0 {
                return Err(wrong(format!(
                    "its offset {} is not a multiple of the file's alignment {alignment}",
                    info.offset
                )));
            }
            let start = u128::from(data_start) + u128::from(info.offset);
            let end = start + info.bytes as u128;
            if end > self.bytes.len() as u128 {
                return Err(wrong(format!(
                    "it should lie at bytes {start} to {end}, but the file ends at {}; \
                     the file is truncated or damaged",
                    self.bytes.len()
                )));
            }
            order.push((start as usize..end as usize, order.len()));
        }
        order.sort_unstable_by_key(|(range, _)| range.start);
        for pair in order.windows(2) {
            let [(before, first), (after, second)] = pair else {
                continue;
            };
            if before.end > after.start {
                return Err(Error::Tensor {
                    path: self.path.to_path_buf(),
                    tensor: infos[*second].name.clone(),
                    what: format!(
                        "its bytes {} to {} overlap those of {} ({} to {})",
                        after.start, after.end, infos[*first].name, before.start, before.end
                    ),
                });
            }
        }
        let mut ranges = vec![0..0; infos.len()];
        for (range, number) in order {
            ranges[number] = range;
        }
        for (info, range) in infos.into_iter().zip(ranges) {
            let tensor = Tensor {
                name: info.name.clone(),
                format: info.format,
                shape: info.shape,
                source: source.clone(),
                range,
            };
            match tensors.entry(info.name) {
                Entry::Vacant(entry) => entry.insert(tensor),
                Entry::Occupied(entry) => {
                    let what = format!("the tensor name {} is there twice", entry.key());
                    return Err(self.malformed(info.described_at, what));
                }
            };
        }
        Ok(tensors)
    }
}

/// Says that a tensor's type is not decoded, by its name where ggml or ik_llama.cpp gave it one.
fn unknown_format(id: u32) -> String {
    let decoded: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
    let decoded = decoded.join(", ");
    match format_name(id) {
        Some(name) => format!(
            "it is stored as {name} (type {id}), which this version does not decode; it decodes {decoded}"
        ),
        None => format!("its type {id} is unknown; this version decodes {decoded}"),
    }
}

/// The names of the types that `Format` does not have: ggml's own and those of ik_llama.cpp.
fn format_name(id: u32) -> Option<&'static str> {
    Some(match id {
        4 => "Q4_2",
        5 => "Q4_3",
        9 => "Q8_1",
        15 => "Q8_K",
        16 => "IQ2_XXS",
        17 => "IQ2_XS",
        18 => "IQ3_XXS",
        19 => "IQ1_S",
        21 => "IQ3_S",
        22 => "IQ2_S",
        24 => "I8",
        25 => "I16",
        26 => "I32",
        27 => "I64",
        28 => "F64",
        29 => "IQ1_M",
        31 => "Q4_0_4_4",
        32 => "Q4_0_4_8",
        33 => "Q4_0_8_8",
        34 => "TQ1_0",
        35 => "TQ2_0",
        // ggml removed IQ4_NL_4_4 under this number; ik_llama.cpp uses it for BitNet.
        36 => "I2_S",
        37 => "IQ4_NL_4_8",
        38 => "IQ4_NL_8_8",
        40 => "NVFP4",
        41 => "Q1_0",
        42 => "Q2_0",
        97 => "Q8_0_X4",
        98 => "Q8_1_X4",
        99 => "Q8_2_X4",
        133 => "Q6_0",
        134 => "IQ1_BN",
        135 => "IQ2_BN",
        136 => "Q8_K64",
        137 => "IQ2_K",
        138 => "IQ3_K",
        139 => "IQ4_K",
        140 => "IQ5_K",
        141 => "IQ6_K",
        142 => "IQ2_TN",
        143 => "IQ1_TN",
        144 => "IQ4_KS",
        145 => "IQ2_KS",
        146 => "IQ4_KSS",
        147 => "Q8_K16",
        148 => "Q8_K32",
        149 => "Q8_KR8",
        150 => "Q8_K128",
        151 => "Q8_KV",
        152 => "IQ5_KS",
        153 => "IQ2_KT",
        154 => "IQ3_KT",
        155 => "IQ4_KT",
        156 => "IQ3_KS",
        157 => "IQ2_KL",
        158 => "IQ1_KT",
        202 => "Q4_0_R8",
        206 => "Q5_0_R4",
        208 => "Q8_0_R8",
        210 => "Q2_K_R4",
        211 => "Q3_K_R4",
        212 => "Q4_K_R4",
        213 => "Q5_K_R4",
        214 => "Q6_K_R4",
        216 => "IQ2_XXS_R4",
        217 => "IQ2_XS_R4",
        218 => "IQ3_XXS_R4",
        219 => "IQ1_S_R4",
        220 => "IQ4_NL_R4",
        221 => "IQ3_S_R4",
        222 => "IQ2_S_R4",
        223 => "IQ4_XS_R8",
        229 => "IQ1_M_R4",
        230 => "BF16_R16",
        233 => "Q6_0_R4",
        335 => "IQ2_BN_R4",
        337 => "IQ2_K_R4",
        338 => "IQ3_K_R4",
        339 => "IQ4_K_R4",
        340 => "IQ5_K_R4",
        344 => "IQ4_KS_R4",
        352 => "IQ5_KS_R4",
        397 => "Q8_K_R16",
        398 => "Q8_KV_R8",
        399 => "Q8_K_R8",
        _ => return None,
    })
}
