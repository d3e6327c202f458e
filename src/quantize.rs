//! A model file becomes a smaller one: every weight is decoded and encoded again in the format that a
//! [`Mix`] has for it. Which bytes a format has is `quant`'s; how a file is laid out is `storage`'s.

use crate::quant::Format;
use crate::storage::{Archive, Description, GgufWriter, Metadata, Partial, Tensor, Value};
use crate::{Error, Result};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io::BufWriter;
use std::ops::Range;
use std::path::Path;

/// About how many values are decoded at once; four bytes each, and what they encode to.
const CHUNK_VALUES: usize = 1 << 22;

/// Which format each kind of tensor gets. The names, and what they stand for, are those that published
/// files use (llama.cpp's `llama_ftype`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(non_camel_case_types)]
pub enum Mix {
    /// 32-bit floats: for reference.
    F32,
    /// 16-bit floats.
    F16,
    /// 16-bit brain floats: the form in which models are published.
    BF16,
    /// 8.5 bits a weight: hardly to be told from the original.
    Q8_0,
    /// 6.6 bits a weight.
    Q6_K,
    /// 5.5 bits a weight, 6.6 for what suffers most.
    Q5_K_M,
    /// 4.5 bits a weight, 6.6 for what suffers most: the usual choice.
    Q4_K_M,
    /// 4.5 bits a weight, scales for 32: the simplest form of 4 bits.
    Q4_0,
}

impl Mix {
    /// Every mix.
    pub const ALL: [Mix; 8] =
        [Mix::Q4_K_M, Mix::Q5_K_M, Mix::Q6_K, Mix::Q8_0, Mix::Q4_0, Mix::BF16, Mix::F16, Mix::F32];

    /// The name, as in the names of published files.
    pub fn name(self) -> &'static str {
        match self {
            Mix::F32 => "F32",
            Mix::F16 => "F16",
            Mix::BF16 => "BF16",
            Mix::Q8_0 => "Q8_0",
            Mix::Q6_K => "Q6_K",
            Mix::Q5_K_M => "Q5_K_M",
            Mix::Q4_K_M => "Q4_K_M",
            Mix::Q4_0 => "Q4_0",
        }
    }

    /// The number of the mix in the metadata key `general.file_type` (`llama_ftype`).
    fn file_type(self) -> u32 {
        match self {
            Mix::F32 => 0,
            Mix::F16 => 1,
            Mix::Q4_0 => 2,
            Mix::Q8_0 => 7,
            Mix::Q4_K_M => 15,
            Mix::Q5_K_M => 17,
            Mix::Q6_K => 18,
            Mix::BF16 => 32,
        }
    }

    /// The format of most tensors.
    fn usual(self) -> Format {
        match self {
            Mix::F32 => Format::F32,
            Mix::F16 => Format::F16,
            Mix::BF16 => Format::BF16,
            Mix::Q8_0 => Format::Q8_0,
            Mix::Q6_K => Format::Q6_K,
            Mix::Q5_K_M => Format::Q5_K,
            Mix::Q4_K_M => Format::Q4_K,
            Mix::Q4_0 => Format::Q4_0,
        }
    }

    /// Whether some tensors get more bits than the others.
    fn is_medium(self) -> bool {
        matches!(self, Mix::Q5_K_M | Mix::Q4_K_M)
    }
}

/// What quantising did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quantized {
    /// Bytes of the tensors before.
    pub bytes_before: u64,
    /// Bytes of the tensors now.
    pub bytes_after: u64,
}

/// Writes the model of a GGUF file (or split set) to `output`, its tensors in the formats of `mix`.
///
/// Metadata, tokenizer and chat template go along. Norms, biases, routers and other small tensors keep
/// their formats. The file appears under its name when it is whole, and not before: it is written beside
/// it and renamed. Memory stays below some hundred megabytes whatever the model's size. `progress` is told
/// the bytes of tensors that were read, of how many; it answers whether to go on.
///
/// # Errors
/// If the model is not a GGUF file, a tensor holds NaN or infinite values or ones too large for its format,
/// `output` is (a part of) the model or cannot be written, or `progress` answers `false`
/// ([`Error::Cancelled`]). No file is left behind then.
pub fn quantize(
    archive: &Archive,
    output: &Path,
    mix: Mix,
    threads: usize,
    progress: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Quantized> {
    let Description::Gguf(metadata) = &archive.description else {
        return Err(Error::Unsupported {
            path: archive.path.clone(),
            what: "quantising reads GGUF files, split sets included, and not yet folders".into(),
        });
    };
    let mut tensors: Vec<&Tensor> = archive.tensors.values().collect();
    // The order in which they lie: reading is sequential then, and layers stay neighbours.
    tensors.sort_by(|a, b| (a.path(), a.range().start).cmp(&(b.path(), b.range().start)));
    let mut files = tensors.chunk_by(|a, b| a.path() == b.path()).map(|of_file| of_file[0].path());
    if files.any(|file| same_file(file, output)) {
        let what = "this is the model that is read; give the result another name";
        return Err(Error::input(format!("{}: {what}", output.display())));
    }
    let plan = Plan::new(metadata, &archive.tensors, mix)?;
    let formats = tensors.iter().map(|tensor| plan.format(tensor)).collect::<Result<Vec<Format>>>()?;

    let mut writer = GgufWriter::new();
    for (key, value) in metadata.iter() {
        // The result is one file, whatever the model came in.
        if !key.starts_with("split.") && !matches!(key, FILE_TYPE | QUANTIZATION_VERSION) {
            writer.metadata(key, value.clone())?;
        }
    }
    writer.metadata(FILE_TYPE, Value::U32(mix.file_type()))?;
    // The version of ggml's block layouts.
    writer.metadata(QUANTIZATION_VERSION, Value::U32(2))?;
    for (tensor, format) in tensors.iter().zip(&formats) {
        writer.tensor(tensor.name(), tensor.shape(), *format)?;
    }

    let failed = |source| Error::Io { path: output.to_path_buf(), source };
    let partial = Partial::create(output).map_err(failed)?;
    let mut data = writer.begin(BufWriter::with_capacity(1 << 20, partial.file())).map_err(failed)?;
    let total = tensors.iter().map(|tensor| tensor.bytes().len() as u64).sum();
    let (mut done, mut bytes_after) = (0, 0);
    for (tensor, format) in tensors.iter().zip(formats) {
        for rows in chunks(tensor) {
            if !progress(done, total) {
                return Err(Error::Cancelled);
            }
            done += rows.len() as u64;
            for part in encode_rows(tensor, rows, format, threads)? {
                data.write(&part).map_err(failed)?;
                bytes_after += part.len() as u64;
            }
        }
    }
    progress(done, total);
    drop(data.finish().map_err(failed)?);
    partial.finish().map_err(failed)?;
    Ok(Quantized { bytes_before: total, bytes_after })
}

const FILE_TYPE: &str = "general.file_type";
const QUANTIZATION_VERSION: &str = "general.quantization_version";

/// What the choice of a tensor's format depends on beside the tensor.
struct Plan {
    mix: Mix,
    layers: usize,
    experts: u64,
    tied: bool,
}

impl Plan {
    fn new(metadata: &Metadata, tensors: &BTreeMap<String, Tensor>, mix: Mix) -> Result<Plan> {
        let architecture = metadata.string("general.architecture")?.unwrap_or_default();
        let count = |name: &str| metadata.unsigned(&format!("{architecture}.{name}"));
        Ok(Plan {
            mix,
            layers: count("block_count")?.and_then(|count| usize::try_from(count).ok()).unwrap_or(0),
            experts: count("expert_count")?.unwrap_or(0),
            tied: !tensors.contains_key("output.weight"),
        })
    }

    /// The format that this tensor gets.
    fn format(&self, tensor: &Tensor) -> Result<Format> {
        let name = tensor.name();
        let columns = tensor.shape().last().copied().unwrap_or(0);
        if !is_large(tensor) {
            return Ok(tensor.format());
        }
        let usual = self.mix.usual();
        let wanted = match usual {
            Format::F32 | Format::F16 | Format::BF16 => usual,
            _ if name == "output.weight" || (self.tied && name == "token_embd.weight") => match usual {
                Format::Q8_0 => Format::Q8_0,
                _ => Format::Q6_K,
            },
            // Mixtral: with eight experts these are a hundredth of the model.
            _ if self.experts == 8 && is_any(name, &["attn_k.weight", "attn_v.weight"]) => Format::Q8_0,
            _ if self.mix.is_medium()
                && is_any(name, &["attn_v.weight", "attn_kv_b.weight", "ffn_down"])
                && self.needs_more_bits(name) =>
            {
                Format::Q6_K
            }
            _ if self.mix == Mix::Q4_K_M && self.experts == 8 && name.contains("attn_output.weight") => {
                Format::Q5_K
            }
            _ => usual,
        };
        Ok(fitting(wanted, columns))
    }

    /// The first and last eighth of the layers, and every third between.
    fn needs_more_bits(&self, name: &str) -> bool {
        let number = name.strip_prefix("blk.").and_then(|rest| rest.split('.').next());
        let Some(layer) = number.and_then(|number| number.parse::<usize>().ok()) else {
            return false;
        };
        let eighth = self.layers / 8;
        layer < eighth || layer >= 7 * self.layers / 8 || (layer - eighth) % 3 == 2
    }
}

/// Whether the tensor is one of those that make a model large: not a norm, a bias or a router.
fn is_large(tensor: &Tensor) -> bool {
    let name = tensor.name();
    let flat = tensor.shape().iter().filter(|size| **size > 1).count() < 2;
    !flat && name.ends_with("weight") && !is_any(name, &["_norm.weight", "ffn_gate_inp"])
}

fn is_any(name: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| name.contains(part))
}

/// The wanted format, or the next better one whose blocks rows of this many values divide into.
fn fitting(wanted: Format, columns: usize) -> Format {
    let smaller_blocks = match wanted {
        Format::Q4_K => Format::Q5_0,
        Format::Q5_K => Format::Q5_1,
        Format::Q6_K => Format::Q8_0,
        other => other,
    };
    [wanted, smaller_blocks]
        .into_iter()
        .find(|format| columns.is_multiple_of(format.block_len()))
        .unwrap_or(Format::F16)
}

/// The tensor's bytes in parts of whole rows.
fn chunks(tensor: &Tensor) -> impl Iterator<Item = Range<usize>> {
    let columns = tensor.shape().last().copied().unwrap_or(1).max(1);
    let total = tensor.bytes().len();
    // The reader has checked that rows divide into blocks; the fallback cannot happen.
    let row = tensor.format().row_bytes(columns).unwrap_or(total).max(1);
    let step = row * (CHUNK_VALUES / columns).max(1);
    (0..total).step_by(step).map(move |start| start..total.min(start + step))
}

/// Some bytes of a tensor as `format`, in parts that follow one another.
fn encode_rows(
    tensor: &Tensor,
    rows: Range<usize>,
    format: Format,
    threads: usize,
) -> Result<Vec<Cow<'_, [u8]>>> {
    let bytes = &tensor.bytes()[rows.clone()];
    if tensor.format() == format {
        return Ok(vec![Cow::Borrowed(bytes)]);
    }
    let mut values = vec![0.0; bytes.len() / tensor.format().block_bytes() * tensor.format().block_len()];
    tensor.format().decode(bytes, &mut values);
    // A thread encodes whole blocks.
    let blocks = values.len() / format.block_len();
    let part = blocks.div_ceil(threads.max(1)).max(1) * format.block_len();
    let parts: Vec<Result<Vec<u8>>> = std::thread::scope(|scope| {
        let running: Vec<_> = values.chunks(part).map(|part| scope.spawn(|| format.encode(part))).collect();
        let panicked = || Error::Internal { what: "a panic while encoding".into() };
        running.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(panicked()))).collect()
    });
    let named = |error| match error {
        Error::Input { what } => Error::Tensor {
            path: tensor.path().to_path_buf(),
            tensor: tensor.name().into(),
            what: format!("in its part at byte {}: {what}", rows.start),
        },
        other => other,
    };
    parts.into_iter().map(|part| part.map(Cow::Owned).map_err(named)).collect()
}

/// Whether both paths lead to one file that exists.
fn same_file(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
