//! safetensors with a `config.json` beside it: one file, or a Hugging Face folder whose shards are named
//! by `model.safetensors.index.json`. It must not interpret `config.json` and must not touch the
//! tensors' bytes.
//!
//! A file is the header's length (`u64`, little-endian), the header in JSON, and the data. The crate
//! `safetensors` gives the types of the header's entries. Its own check of a whole header is not used:
//! it keeps one of two tensors of the same name without a word, does not always say which tensor is at
//! fault, and adds up the file's length unchecked.

mod fp8;

use super::mmap::read_small;
use super::tensor::Exponents;
use super::{check_name, explain_absence, printable, Access, Source, Tensor, TENSOR_LIMIT};
use crate::quant::Format;
use crate::{Error, Result};
use safetensors::tensor::{Dtype, TensorInfo};
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::Deserialize;
use std::collections::btree_map::Entry;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const CONFIG: &str = "config.json";
const SINGLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

/// Real ones take kilobytes; a parsed one may take thirty times its bytes.
const CONFIG_LIMIT: usize = 4 << 20;

/// The largest real ones (DeepSeek V3: 91,991 names) take 9 MB.
const INDEX_LIMIT: usize = 64 << 20;

/// Ten times what a file with the tensors of the largest models would need. The crate `safetensors` stops at
/// 100 MB.
const HEADER_LIMIT: usize = 64 << 20;

/// The bytes before the header: its length.
const LENGTH_BYTES: usize = 8;

/// What a folder or a file with its `config.json` holds.
pub(super) struct Contents {
    pub config: serde_json::Value,
    pub tensors: BTreeMap<String, Tensor>,
    pub undecoded: BTreeMap<String, Undecoded>,
}

/// A tensor that a file holds but that has no [`Tensor`], because no [`Format`] describes it.
#[derive(Clone, Debug)]
pub struct Undecoded {
    path: PathBuf,
    what: String,
    /// The bytes, if it is a tensor of bytes: half of one in MXFP4 (see `join_halves`), perhaps.
    raw: Option<Raw>,
}

/// A tensor of bytes.
#[derive(Clone, Debug)]
struct Raw {
    shape: Vec<usize>,
    source: Arc<Source>,
    range: Range<usize>,
}

impl Undecoded {
    /// The error for whoever needs the tensor of this name.
    pub(super) fn error(&self, name: &str) -> Error {
        Error::Tensor { path: self.path.clone(), tensor: name.into(), what: self.what.clone() }
    }
}

impl Contents {
    fn new(config: serde_json::Value, mut file: File) -> Result<Contents> {
        join_halves(&mut file)?;
        fp8::join_scales(&config, &mut file)?;
        Ok(Contents { config, tensors: file.tensors, undecoded: file.undecoded })
    }
}

/// Makes one tensor of each pair that MXFP4 is stored as: `NAME_blocks` with the elements, 16 bytes a
/// block, and `NAME_scales` with the exponents, a byte a block (transformers' `integrations/mxfp4.py`).
/// It is called `NAME`, and its blocks stay where they are.
fn join_halves(file: &mut File) -> Result<()> {
    let names: Vec<String> =
        file.undecoded.keys().filter_map(|name| name.strip_suffix("_blocks")).map(str::to_string).collect();
    for name in names {
        let (blocks, scales) = (format!("{name}_blocks"), format!("{name}_scales"));
        let raw = |half: &str| file.undecoded.get(half).and_then(|undecoded| undecoded.raw.clone());
        let (Some(elements), Some(exponents)) = (raw(&blocks), raw(&scales)) else { continue };
        let wrong = |what: String| Error::Tensor {
            path: elements.source.path().to_path_buf(),
            tensor: blocks.clone(),
            what,
        };
        let [outer @ .., 16] = &elements.shape[..] else {
            let what = format!("has the shape {:?}, but a block of MXFP4 takes 16 bytes", elements.shape);
            return Err(wrong(what));
        };
        if outer.is_empty() || *outer != exponents.shape[..] {
            return Err(wrong(format!(
                "has the shape {:?}, which does not fit that of {scales}, {:?}",
                elements.shape, exponents.shape
            )));
        }
        // Half as many bytes are in the file, so this cannot overflow.
        let mut shape = outer.to_vec();
        if let Some(blocks) = shape.last_mut() {
            *blocks *= Format::MXFP4.block_len();
        }
        let tensor = Tensor {
            name: name.clone(),
            format: Format::MXFP4,
            shape,
            source: elements.source.clone(),
            range: elements.range.clone(),
            exponents: Some(Exponents { source: exponents.source, range: exponents.range }),
            scales: None,
        };
        if file.tensors.insert(name.clone(), tensor).is_some() {
            return Err(wrong(format!("is there beside {name}; which of the two is meant cannot be known")));
        }
        file.undecoded.remove(&blocks);
        file.undecoded.remove(&scales);
    }
    Ok(())
}

/// Opens a Hugging Face folder.
pub(super) fn open_folder(folder: &Path, access: Access) -> Result<Contents> {
    let single = folder.join(SINGLE);
    let index = folder.join(INDEX);
    if single.exists() {
        let config = read_config(folder)?;
        Contents::new(config, parse(Source::open(&single, access)?)?)
    } else if index.exists() {
        open_shards(folder, &index, access)
    } else {
        Err(nothing_to_open(folder))
    }
}

/// Opens a `.safetensors` file with a `config.json` beside it.
pub(super) fn open_file(source: Source) -> Result<Contents> {
    let path = source.path();
    if is_shard(path) {
        return Err(Error::Unsupported {
            path: path.to_path_buf(),
            what: "this is one shard of several; open the folder that holds them all".into(),
        });
    }
    let config = read_config(path.parent().unwrap_or(Path::new("")))?;
    Contents::new(config, parse(source)?)
}

/// Opens what the index maps to each shard. Tensors of a shard that the index does not map to it are
/// left out: the index decides.
fn open_shards(folder: &Path, index: &Path, access: Access) -> Result<Contents> {
    let config = read_config(folder)?;
    let mut whole = File::default();
    let mut shards: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (tensor, shard) in read_index(index)? {
        shards.entry(shard).or_default().push(tensor);
    }
    for (shard, names) in shards {
        let path = shard_path(folder, index, &shard)?;
        let source = Source::open(&path, access).map_err(|error| {
            let what = format!("the shard is missing; {INDEX} names it for {}", names[0]);
            explain_absence(error, what)
        })?;
        let mut file = parse(source)?;
        for name in names {
            if let Some(tensor) = file.tensors.remove(&name) {
                whole.tensors.insert(name, tensor);
            } else if let Some(undecoded) = file.undecoded.remove(&name) {
                whole.undecoded.insert(name, undecoded);
            } else {
                return Err(Error::Tensor {
                    path,
                    tensor: name,
                    what: format!("{INDEX} says that it is in this shard, but it is not"),
                });
            }
        }
    }
    // Halves may lie in different shards.
    Contents::new(config, whole)
}

/// The path of a shard, which must lie in the folder itself.
fn shard_path(folder: &Path, index: &Path, shard: &str) -> Result<PathBuf> {
    // Both separators are refused everywhere, so that a folder means the same on every system.
    let plain = !shard.is_empty() && shard != "." && shard != ".." && !shard.contains(['/', '\\', ':', '\0']);
    if plain {
        return Ok(folder.join(shard));
    }
    Err(Error::Unsupported {
        path: index.to_path_buf(),
        what: format!(
            "it names the shard \"{}\", which is not a file name within the folder",
            printable(shard)
        ),
    })
}

/// Whether this is a name such as `model-00001-of-00002.safetensors`.
fn is_shard(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    let Some((rest, count)) = stem.and_then(|stem| stem.rsplit_once("-of-")) else {
        return false;
    };
    let number = rest.rsplit('-').next().unwrap_or_default();
    let decimal = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    decimal(number) && decimal(count) && count.trim_start_matches('0') != "1"
}

/// Says what is in a folder that is no Hugging Face folder, and what to open instead.
fn nothing_to_open(folder: &Path) -> Error {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(source) => return Error::Io { path: folder.to_path_buf(), source },
    };
    let mut names: Vec<String> =
        entries.take(10_000).filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort_unstable();
    let ending = |ending: &str| names.iter().find(|name| name.ends_with(ending));
    let what = if let Some(name) = ending(".gguf") {
        format!("the folder holds GGUF files; open the file itself, such as {name}")
    } else if let Some(name) = ending(".safetensors") {
        if is_shard(Path::new(name)) {
            format!("the folder holds shards such as {name}, but no {INDEX} that lists them")
        } else {
            format!("the folder holds no {SINGLE}; open the file itself: {name}")
        }
    } else if let Some(name) = ending(".bin").or(ending(".pth")).or(ending(".pt")) {
        format!("the folder holds no safetensors; convert its PyTorch weights ({name}) first")
    } else {
        format!("the folder holds no model: neither {SINGLE} nor {INDEX} nor a .gguf file")
    };
    Error::Unsupported { path: folder.to_path_buf(), what }
}

/// Where the `config.json` of a folder or a `.safetensors` file lies.
pub(super) fn config_path(model: &Path) -> PathBuf {
    match model.extension().is_some_and(|extension| extension == "safetensors") && !model.is_dir() {
        true => model.with_file_name(CONFIG),
        false => model.join(CONFIG),
    }
}

fn read_config(folder: &Path) -> Result<serde_json::Value> {
    let path = folder.join(CONFIG);
    let bytes = read_small(&path, CONFIG_LIMIT).map_err(|error| {
        explain_absence(error, "the file is missing; it has to lie beside the tensors".into())
    })?;
    let config: serde_json::Value = parse_json(&path, &bytes, 0)?;
    if config.is_object() {
        return Ok(config);
    }
    Err(Error::Malformed { path, offset: 0, what: "expected a JSON object".into() })
}

/// Which tensor is in which shard.
fn read_index(path: &Path) -> Result<BTreeMap<String, String>> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: UniqueKeys<String>,
    }
    let bytes = read_small(path, INDEX_LIMIT)?;
    let index: Index = parse_json(path, &bytes, 0)?;
    Ok(index.weight_map.0)
}

/// Parses JSON that begins at byte `start` of a file.
fn parse_json<'a, T: Deserialize<'a>>(path: &Path, bytes: &'a [u8], start: usize) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| {
        // serde_json counts lines and columns from 1, and says line 0 where it does not know.
        let line: usize = bytes
            .split_inclusive(|&byte| byte == b'\n')
            .take(error.line().saturating_sub(1))
            .map(<[u8]>::len)
            .sum();
        let offset = (line + error.column().saturating_sub(1)).min(bytes.len());
        Error::Malformed {
            path: path.to_path_buf(),
            offset: (start + offset) as u64,
            what: format!("not the JSON that belongs here: {}", printable(&error.to_string())),
        }
    })
}

/// A JSON object as a map. A key that is there twice is an error, where serde's own maps keep the last.
struct UniqueKeys<T>(BTreeMap<String, T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for UniqueKeys<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Keys<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Keys<T> {
            type Value = UniqueKeys<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut object: A,
            ) -> std::result::Result<UniqueKeys<T>, A::Error> {
                let mut map = BTreeMap::new();
                while let Some(key) = object.next_key::<String>()? {
                    // Free text of the writer's; the only entry of a header that is no tensor.
                    if key == "__metadata__" {
                        object.next_value::<IgnoredAny>()?;
                        continue;
                    }
                    check_name(&key).map_err(|wrong| A::Error::custom(format_args!("a name {wrong}")))?;
                    if map.len() == TENSOR_LIMIT {
                        return Err(A::Error::custom(format_args!("more than {TENSOR_LIMIT} names")));
                    }
                    match map.entry(key) {
                        Entry::Vacant(entry) => {
                            let value = object.next_value().map_err(|error| {
                                A::Error::custom(format_args!("{}: {error}", entry.key()))
                            })?;
                            entry.insert(value);
                        }
                        Entry::Occupied(entry) => {
                            return Err(A::Error::custom(format_args!("{} is there twice", entry.key())))
                        }
                    }
                }
                Ok(UniqueKeys(map))
            }
        }
        deserializer.deserialize_map(Keys(PhantomData))
    }
}

/// One parsed file.
#[derive(Default)]
struct File {
    tensors: BTreeMap<String, Tensor>,
    undecoded: BTreeMap<String, Undecoded>,
}

fn parse(source: Source) -> Result<File> {
    let source = Arc::new(source);
    let path = source.path();
    let bytes = source.bytes();
    let malformed = |offset: usize, what: String| Error::Malformed {
        path: path.to_path_buf(),
        offset: offset as u64,
        what,
    };

    let Some(length) = bytes.first_chunk::<LENGTH_BYTES>() else {
        let what = format!("{} bytes are too few for safetensors", bytes.len());
        return Err(malformed(0, what));
    };
    let length = u64::from_le_bytes(*length);
    let room = (bytes.len() - LENGTH_BYTES).min(HEADER_LIMIT);
    if length > room as u64 {
        return Err(malformed(
            0,
            format!(
                "the header should take {length} bytes, but at most {room} are possible; \
                 the file is truncated, damaged or not a safetensors file"
            ),
        ));
    }
    let data_start = LENGTH_BYTES + length as usize;
    let header: UniqueKeys<TensorInfo> = parse_json(path, &bytes[LENGTH_BYTES..data_start], LENGTH_BYTES)?;

    // In the order of the data each tensor has to begin where the one before ends.
    let mut entries: Vec<(String, TensorInfo)> = header.0.into_iter().collect();
    entries.sort_by_key(|(_, info)| info.data_offsets);
    let mut file = File::default();
    let mut position = 0;
    for (name, info) in entries {
        let wrong = |what: String| Error::Tensor { path: path.to_path_buf(), tensor: name.clone(), what };
        let (start, end) = info.data_offsets;
        if start != position || end < start {
            return Err(wrong(format!(
                "it lies at bytes {start} to {end} of the data, but should begin where the one \
                 before it ends, at {position}"
            )));
        }
        if byte_size(&info) != Some(end - start) {
            return Err(wrong(format!(
                "its shape {:?} of {:?} does not take the {} bytes at {start} to {end} of the data",
                info.shape,
                info.dtype,
                end - start
            )));
        }
        // Checked for each tensor, so that the sum below cannot overflow.
        if end > bytes.len() - data_start {
            return Err(wrong(format!(
                "it should end at byte {end} of the data, but only {} bytes follow the header; \
                 the file is truncated or damaged",
                bytes.len() - data_start
            )));
        }
        position = end;

        let range = data_start + start..data_start + end;
        match format_of(&info) {
            Kind::Decoded(format) => {
                let tensor = Tensor {
                    name: name.clone(),
                    format,
                    shape: info.shape,
                    source: source.clone(),
                    range,
                    exponents: None,
                    scales: None,
                };
                file.tensors.insert(name, tensor);
            }
            Kind::Ignorable(what) => {
                let path = path.to_path_buf();
                let is_raw = info.dtype == Dtype::U8 && !range.is_empty();
                let raw = is_raw.then(|| Raw { shape: info.shape, source: source.clone(), range });
                file.undecoded.insert(name, Undecoded { path, what, raw });
            }
            Kind::Unsupported(what) => return Err(wrong(what)),
        }
    }
    if data_start + position != bytes.len() {
        return Err(malformed(
            data_start + position,
            "the tensors end here, but the file goes on; it is damaged".into(),
        ));
    }
    Ok(file)
}

/// The bytes that a tensor's shape and type imply; `None` if they overflow or are not whole.
fn byte_size(info: &TensorInfo) -> Option<usize> {
    // A zero may come after factors that overflow; an empty tensor is empty whatever they are.
    if info.shape.contains(&0) {
        return Some(0);
    }
    let values = info.shape.iter().try_fold(1usize, |product, &size| product.checked_mul(size))?;
    let bits = values.checked_mul(info.dtype.bitsize())?;
    (bits % 8 == 0).then_some(bits / 8)
}

enum Kind {
    Decoded(Format),
    /// Buffers that models keep beside their weights and mostly do not need: an error only for whoever
    /// asks for this tensor.
    Ignorable(String),
    /// Weights for sure, so that the model cannot run.
    Unsupported(String),
}

fn format_of(info: &TensorInfo) -> Kind {
    if info.shape.contains(&0) {
        return Kind::Ignorable(format!("its shape {:?} holds no values", info.shape));
    }
    let what = || {
        format!(
            "it is stored as {:?}, which this version does not decode; \
             it decodes F32, F16, BF16 and F8_E4M3 in safetensors",
            info.dtype
        )
    };
    match info.dtype {
        Dtype::F32 => Kind::Decoded(Format::F32),
        Dtype::F16 => Kind::Decoded(Format::F16),
        Dtype::BF16 => Kind::Decoded(Format::BF16),
        Dtype::F8_E4M3 => Kind::Decoded(Format::F8_E4M3),
        Dtype::BOOL
        | Dtype::U8
        | Dtype::I8
        | Dtype::U16
        | Dtype::I16
        | Dtype::U32
        | Dtype::I32
        | Dtype::U64
        | Dtype::I64 => Kind::Ignorable(what()),
        _ => Kind::Unsupported(what()),
    }
}

#[cfg(test)]
mod tests;
