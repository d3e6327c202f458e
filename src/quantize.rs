//! A model file or folder becomes a GGUF file, most often a smaller one: every weight is decoded and encoded again in
//! the format that a [`Mix`] has for it. Which bytes a format has is `quant`'s; how a file is laid out is `storage`'s;
//! what a folder is called in GGUF is `model`'s and `text`'s.

mod importance;

pub use importance::ImportanceMatrix;

use crate::kernel::{default_threads, Matrix};
use crate::model::{self, Contents, RowOrder};
use crate::quant::Format;
use crate::setters::setters;
use crate::storage::{Archive, Description, GgufWriter, Metadata, Partial, Tensor, Value};
use crate::{text, Error, Result};
use std::fs;
use std::io::BufWriter;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    /// 4.25 bits a weight of the experts, 8.5 of all others (llama.cpp's `MXFP4_MOE`).
    MXFP4,
}

impl Mix {
    /// Every mix.
    pub const ALL: [Mix; 9] = [
        Mix::Q4_K_M,
        Mix::Q5_K_M,
        Mix::Q6_K,
        Mix::Q8_0,
        Mix::Q4_0,
        Mix::MXFP4,
        Mix::BF16,
        Mix::F16,
        Mix::F32,
    ];

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
            Mix::MXFP4 => "MXFP4",
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
            Mix::MXFP4 => 38,
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
            Mix::MXFP4 => Format::MXFP4,
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

/// How to quantise.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct QuantizeOptions {
    /// Which format each kind of tensor gets.
    pub mix: Mix,
    /// Threads that encode.
    pub threads: usize,
    /// What matters most, if it was measured: errors in important columns become smaller at the same size.
    pub importance: Option<Arc<ImportanceMatrix>>,
}

impl QuantizeOptions {
    /// This mix, with as many threads as there are cores to use.
    pub fn new(mix: Mix) -> QuantizeOptions {
        QuantizeOptions { mix, threads: default_threads(), importance: None }
    }
}

setters!(QuantizeOptions {
    with_mix: mix, Mix;
    with_threads: threads, usize;
    with_importance: importance, Option<Arc<ImportanceMatrix>>;
});

/// Writes a model to the GGUF file `output`, its tensors in the formats of the mix.
///
/// The model is a GGUF file or split set, whose metadata, tokenizer and chat template go along, or a Hugging Face
/// folder, whose `config.json`, tokenizer and chat template become metadata as llama.cpp's converter writes it. Norms,
/// biases, routers and other small tensors keep their formats, or become 32-bit floats if they come from a folder.
/// Weights in MXFP4 stay as they are in every mix that is not of plain floats: another format of that size would lose
/// something and gain nothing.
///
/// The file appears under its name when it is whole, and not before: it is written beside it and renamed. Memory stays
/// below some hundred megabytes whatever the model's size. `progress` is told the bytes of tensors that were read, of
/// how many; it answers whether to go on.
///
/// # Errors
/// If a folder's model or tokenizer cannot be said in GGUF, the importance matrix is of another model, a tensor holds
/// NaN or infinite values or ones too large for its format, `output` is (a part of) the model or cannot be written, or
/// `progress` answers `false` ([`Error::Cancelled`]). No file is left behind then.
pub fn quantize(
    archive: &Archive,
    output: &Path,
    options: &QuantizeOptions,
    progress: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Quantized> {
    let mix = options.mix;
    let mut files = archive.tensors.values().map(Tensor::path).collect::<Vec<_>>();
    files.sort();
    files.dedup();
    if files.into_iter().any(|file| same_file(file, output)) {
        let what = "this is the model that is read; give the result another name";
        return Err(Error::input(format!("{}: {what}", output.display())));
    }
    let (metadata, inputs) = inputs(archive)?;
    let plan = Plan::new(&metadata, &inputs, mix)?;
    let formats: Vec<Format> = inputs.iter().map(|input| plan.format(input)).collect();

    let mut writer = GgufWriter::new();
    for (key, value) in metadata.iter() {
        // The result is one file, whatever the model came in.
        let replaced = matches!(key, FILE_TYPE | QUANTIZATION_VERSION) || key.starts_with(IMPORTANCE_KEYS);
        if !key.starts_with("split.") && !replaced {
            writer.metadata(key, value.clone())?;
        }
    }
    writer.metadata(FILE_TYPE, Value::U32(mix.file_type()))?;
    // The version of ggml's block layouts.
    writer.metadata(QUANTIZATION_VERSION, Value::U32(2))?;
    if let Some(importance) = &options.importance {
        check_importance(importance, &inputs)?;
        for (key, value) in keys_of_importance(importance) {
            writer.metadata(key, value)?;
        }
    }
    for (input, format) in inputs.iter().zip(&formats) {
        writer.tensor(&input.name, &input.shape, *format)?;
    }

    let failed = |source| Error::Io { path: output.to_path_buf(), source };
    let partial = Partial::create(output).map_err(failed)?;
    let mut data = writer.begin(BufWriter::with_capacity(1 << 20, partial.file())).map_err(failed)?;
    let total = inputs.iter().map(Input::size).sum();
    let mut counts = Counts { done: 0, total, written: 0 };
    for (input, format) in inputs.iter().zip(formats) {
        let importance = match &options.importance {
            Some(matrix) => input.importance(matrix)?,
            None => None,
        };
        let encoder = Encoder { input, format, importance, threads: options.threads };
        encoder.run(&mut |bytes_read, part| {
            if !progress(counts.done, counts.total) {
                return Err(Error::Cancelled);
            }
            counts.done += bytes_read;
            counts.written += part.len() as u64;
            data.write(part).map_err(failed)
        })?;
    }
    progress(counts.done, total);
    drop(data.finish().map_err(failed)?);
    partial.finish().map_err(failed)?;
    Ok(Quantized { bytes_before: total, bytes_after: counts.written })
}

/// Bytes of tensors.
struct Counts {
    done: u64,
    total: u64,
    written: u64,
}

/// A tensor to be written.
struct Input {
    name: String,
    /// Outermost dimension first.
    shape: Vec<usize>,
    contents: Contents,
    /// The format that it has if it is to stay as it is.
    format: Format,
    /// For error messages.
    path: PathBuf,
}

impl Input {
    /// Bytes that are read for it.
    fn size(&self) -> u64 {
        match &self.contents {
            Contents::Floats(values) => 4 * values.len() as u64,
            Contents::Matrices(matrices, _) => matrices.iter().map(|matrix| matrix.size() as u64).sum(),
        }
    }

    fn columns(&self) -> usize {
        self.shape.last().copied().unwrap_or(1).max(1)
    }

    /// How much its columns matter, for each of its matrices or for all of them.
    fn importance(&self, matrix: &ImportanceMatrix) -> Result<Option<Vec<f32>>> {
        if !self.is_large() {
            return Ok(None);
        }
        let matrices = self.shape.iter().rev().skip(2).product();
        matrix.of(&self.name, matrices, self.columns())
    }

    /// Whether it is one of those that make a model large: not a norm, a bias or a router.
    fn is_large(&self) -> bool {
        let flat = self.shape.iter().filter(|size| **size > 1).count() < 2;
        !flat && self.name.ends_with("weight") && !is_any(&self.name, &["_norm.weight", "ffn_gate_inp"])
    }
}

/// What the file will hold: metadata and tensors.
fn inputs(archive: &Archive) -> Result<(Metadata, Vec<Input>)> {
    let Description::Gguf(metadata) = &archive.description else {
        let mut export = model::export(archive)?;
        text::export(archive, export.vocabulary_size, &mut export.metadata)?;
        let input = |tensor: model::ExportedTensor| Input {
            // What is small is not worth a rounding; llama.cpp asks for norms and routers in these.
            format: match &tensor.contents {
                Contents::Matrices(matrices, _)
                    if matrices.iter().all(|matrix| matrix.format() == Format::MXFP4) =>
                {
                    Format::MXFP4
                }
                _ => Format::F32,
            },
            name: tensor.name,
            shape: tensor.shape,
            contents: tensor.contents,
            path: archive.path.clone(),
        };
        return Ok((export.metadata, export.tensors.into_iter().map(input).collect()));
    };
    let mut tensors: Vec<&Tensor> = archive.tensors.values().collect();
    // The order in which they lie: reading is sequential then, and layers stay neighbours.
    tensors.sort_by(|a, b| (a.path(), a.range().start).cmp(&(b.path(), b.range().start)));
    let input = |tensor: &Tensor| Input {
        name: tensor.name().into(),
        shape: tensor.shape().to_vec(),
        contents: Contents::Matrices(Matrix::from_tensor(tensor), RowOrder::Stored),
        format: tensor.format(),
        path: tensor.path().to_path_buf(),
    };
    Ok((metadata.clone(), tensors.into_iter().map(input).collect()))
}

const FILE_TYPE: &str = "general.file_type";
const QUANTIZATION_VERSION: &str = "general.quantization_version";
/// What llama.cpp's tool says about the importance matrix that a file was made with.
const IMPORTANCE_KEYS: &str = "quantize.imatrix.";

fn keys_of_importance(importance: &ImportanceMatrix) -> Vec<(&'static str, Value)> {
    let name = importance.path().file_name().map(|name| name.to_string_lossy().into_owned());
    let mut keys = vec![
        ("quantize.imatrix.file", Value::String(name.unwrap_or_default())),
        ("quantize.imatrix.entries_count", Value::I32(i32::try_from(importance.len()).unwrap_or(i32::MAX))),
    ];
    if let Some(chunks) = importance.chunks() {
        keys.push(("quantize.imatrix.chunks_count", Value::I32(i32::try_from(chunks).unwrap_or(i32::MAX))));
    }
    keys
}

/// Refuses an importance matrix of another model, before hours of work.
fn check_importance(importance: &ImportanceMatrix, inputs: &[Input]) -> Result<()> {
    let mut known = 0;
    for input in inputs {
        known += usize::from(input.importance(importance)?.is_some());
    }
    match known {
        0 => Err(Error::Unsupported {
            path: importance.path().to_path_buf(),
            what: "it knows no tensor of this model; make one with this model's GGUF file".into(),
        }),
        _ => Ok(()),
    }
}

/// What the choice of a tensor's format depends on beside the tensor.
struct Plan {
    mix: Mix,
    layers: usize,
    experts: u64,
    tied: bool,
}

impl Plan {
    fn new(metadata: &Metadata, inputs: &[Input], mix: Mix) -> Result<Plan> {
        let architecture = metadata.string("general.architecture")?.unwrap_or_default();
        let count = |name: &str| metadata.unsigned(&format!("{architecture}.{name}"));
        Ok(Plan {
            mix,
            layers: count("block_count")?.and_then(|count| usize::try_from(count).ok()).unwrap_or(0),
            experts: count("expert_count")?.unwrap_or(0),
            tied: !inputs.iter().any(|input| input.name == "output.weight"),
        })
    }

    /// The format that this tensor gets.
    fn format(&self, input: &Input) -> Format {
        let name = input.name.as_str();
        let usual = self.mix.usual();
        let plain = matches!(usual, Format::F32 | Format::F16 | Format::BF16);
        if !input.is_large() || (input.format == Format::MXFP4 && !plain) {
            return input.format;
        }
        let wanted = match usual {
            _ if plain => usual,
            Format::MXFP4 => match name.contains("_exps.weight") {
                true => Format::MXFP4,
                false => Format::Q8_0,
            },
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
        fitting(wanted, input.columns())
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

fn is_any(name: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| name.contains(part))
}

/// The wanted format, or the next better one whose blocks rows of this many values divide into.
fn fitting(wanted: Format, columns: usize) -> Format {
    let smaller_blocks = match wanted {
        Format::Q4_K => Format::Q5_0,
        Format::Q5_K => Format::Q5_1,
        Format::Q6_K => Format::Q8_0,
        Format::MXFP4 => Format::Q8_0,
        other => other,
    };
    [wanted, smaller_blocks]
        .into_iter()
        .find(|format| columns.is_multiple_of(format.block_len()))
        .unwrap_or(Format::F16)
}

/// Makes the bytes of one tensor.
struct Encoder<'a> {
    input: &'a Input,
    format: Format,
    /// Of the columns of each of its matrices, or of all of them.
    importance: Option<Vec<f32>>,
    threads: usize,
}

impl Encoder<'_> {
    /// Hands out the tensor's bytes in parts that follow one another, each with how many bytes were read for it.
    fn run(&self, write: &mut dyn FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
        match &self.input.contents {
            Contents::Floats(values) => self.encode(
                0,
                values.len() / self.input.columns(),
                4 * values.len(),
                write,
                &|rows, buffer| {
                    let columns = self.input.columns();
                    buffer.copy_from_slice(&values[rows.start * columns..rows.end * columns]);
                },
            ),
            Contents::Matrices(matrices, order) => {
                for (number, matrix) in matrices.iter().enumerate() {
                    self.matrix(number, matrix, *order, write)?;
                    matrix.release();
                }
                Ok(())
            }
        }
    }

    fn matrix(
        &self,
        number: usize,
        matrix: &Matrix,
        order: RowOrder,
        write: &mut dyn FnMut(u64, &[u8]) -> Result<()>,
    ) -> Result<()> {
        if order == RowOrder::Transposed {
            // A head's keys: a few ten thousand values.
            let (rows, columns) = (matrix.columns(), matrix.rows());
            let mut stored = vec![0.0; rows * columns];
            for (row, values) in stored.chunks_exact_mut(rows.max(1)).enumerate() {
                matrix.decode_row(row, values);
            }
            return self.encode(number, rows, matrix.size(), write, &|range, buffer| {
                for (row, values) in range.zip(buffer.chunks_exact_mut(columns)) {
                    for (column, value) in values.iter_mut().enumerate() {
                        *value = stored[column * rows + row];
                    }
                }
            });
        }
        if matrix.format() == self.format {
            let mut bytes = Vec::new();
            let mut whole = true;
            for rows in chunks(matrix.rows(), matrix.columns()) {
                bytes.clear();
                for row in rows.clone() {
                    let stored = order.stored_row(row);
                    whole &= matrix.append_rows(stored..stored + 1, &mut bytes);
                }
                if !whole {
                    break;
                }
                write(bytes.len() as u64, &bytes)?;
            }
            if whole {
                return Ok(());
            }
        }
        self.encode(number, matrix.rows(), matrix.size(), write, &|rows, buffer| {
            for (row, values) in rows.zip(buffer.chunks_exact_mut(matrix.columns().max(1))) {
                matrix.decode_row(order.stored_row(row), values);
            }
        })
    }

    /// Encodes `rows` rows of matrix `number` of the tensor, which take `size` bytes where they come from; `decode`
    /// fills in the values of some of them.
    fn encode(
        &self,
        number: usize,
        rows: usize,
        size: usize,
        write: &mut dyn FnMut(u64, &[u8]) -> Result<()>,
        decode: &(dyn Fn(Range<usize>, &mut [f32]) + Sync),
    ) -> Result<()> {
        let columns = self.input.columns();
        for chunk in chunks(rows, columns) {
            // A thread encodes whole rows.
            let share = chunk.len().div_ceil(self.threads.max(1)).max(1);
            let encode = |rows: Range<usize>| {
                let mut values = vec![0.0; rows.len() * columns];
                decode(rows.clone(), &mut values);
                let encoded = match &self.importance {
                    None => self.format.encode(&values),
                    Some(importance) => {
                        let first = if importance.len() > columns { number * columns } else { 0 };
                        self.format.encode_important(&values, &importance[first..first + columns])
                    }
                };
                encoded.map_err(|error| self.named(error, number, rows.start))
            };
            let parts: Vec<Result<Vec<u8>>> = std::thread::scope(|scope| {
                let starts = chunk.clone().step_by(share);
                let shares = starts.map(|start| start..chunk.end.min(start + share));
                let running: Vec<_> = shares.map(|rows| scope.spawn(|| encode(rows))).collect();
                let panicked = || Error::Internal { what: "a panic while encoding".into() };
                running.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(panicked()))).collect()
            });
            let read = (size as u64 * chunk.end as u64 / rows.max(1) as u64)
                - (size as u64 * chunk.start as u64 / rows.max(1) as u64);
            for (index, part) in parts.into_iter().enumerate() {
                write(if index == 0 { read } else { 0 }, &part?)?;
            }
        }
        Ok(())
    }

    /// The error of some values, with the tensor that they are in.
    fn named(&self, error: Error, number: usize, row: usize) -> Error {
        match error {
            Error::Input { what } => Error::Tensor {
                path: self.input.path.clone(),
                tensor: self.input.name.clone(),
                what: format!("in matrix {number} of it, from row {row} on: {what}"),
            },
            other => other,
        }
    }
}

/// Rows in parts of about [`CHUNK_VALUES`] values.
fn chunks(rows: usize, columns: usize) -> impl Iterator<Item = Range<usize>> {
    let step = (CHUNK_VALUES / columns.max(1)).max(1);
    (0..rows).step_by(step).map(move |start| start..rows.min(start + step))
}

/// Whether both paths lead to one file that exists.
fn same_file(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
