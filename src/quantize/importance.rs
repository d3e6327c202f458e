//! Importance matrices: how much the errors of each column of each matrix matter, as llama.cpp's `llama-imatrix`
//! measures it (the mean square of what the column is multiplied with, over some text). Reads its GGUF form and the
//! older binary one; knows nothing of formats.

use crate::quant::Format;
use crate::storage::{check_name, printable, Access, Archive, Description, Source};
use crate::{Error, Result};
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

const SUMS: &str = ".in_sum2";
const COUNTS: &str = ".counts";

/// An importance matrix, made by llama.cpp's `llama-imatrix` with the model's GGUF file.
#[derive(Debug)]
pub struct ImportanceMatrix {
    path: PathBuf,
    form: Form,
    /// How many pieces of text it was measured with, if it says.
    chunks: Option<u64>,
}

#[derive(Debug)]
enum Form {
    /// Sums of squares and numbers of tokens, in tensors of their own.
    Gguf(Archive),
    /// `.dat` files: where each tensor's values are, 32-bit floats.
    Binary { source: Source, entries: HashMap<String, Range<usize>> },
}

impl ImportanceMatrix {
    /// Opens a file of either form; its numbers are read when they are needed.
    ///
    /// # Errors
    /// If it cannot be opened or is not an importance matrix.
    pub fn open(path: &Path) -> Result<ImportanceMatrix> {
        let source = Source::open(path, Access::Map)?;
        match source.bytes().starts_with(b"GGUF") {
            true => ImportanceMatrix::from_gguf(Archive::from_source(source, Access::Map)?),
            false => ImportanceMatrix::from_binary(source),
        }
    }

    fn from_gguf(archive: Archive) -> Result<ImportanceMatrix> {
        let path = archive.path.clone();
        let not_one = || Error::Unsupported {
            path: path.clone(),
            what: "this GGUF file is no importance matrix; llama.cpp's llama-imatrix makes them".into(),
        };
        let Description::Gguf(metadata) = &archive.description else { return Err(not_one()) };
        if metadata.string("general.type")? != Some("imatrix") {
            return Err(not_one());
        }
        let chunks = metadata.unsigned("imatrix.chunk_count")?;
        for tensor in archive.tensors.values() {
            if tensor.format() != Format::F32 {
                let what = format!("is stored as {}; importance is kept in F32", tensor.format().name());
                return Err(Error::Tensor { path, tensor: tensor.name().into(), what });
            }
        }
        Ok(ImportanceMatrix { path, form: Form::Gguf(archive), chunks })
    }

    /// The binary form: how many entries; of each its name's length and name, how many calls it was measured in, how
    /// many values it has, and the values, 32 bits each.
    fn from_binary(source: Source) -> Result<ImportanceMatrix> {
        let path = source.path().to_path_buf();
        let mut reader = Reader { bytes: source.bytes(), position: 0 };
        let malformed = |(position, what): (usize, String)| Error::Malformed {
            path: path.clone(),
            offset: position as u64,
            what: format!("not an importance matrix in GGUF or in llama.cpp's older binary form: {what}"),
        };
        let mut entries = HashMap::new();
        let count = reader.number("the number of entries").map_err(malformed)?;
        for _ in 0..count {
            let (name, range) = reader.entry().map_err(malformed)?;
            let begin = range.start;
            if entries.insert(name, range).is_some() {
                return Err(malformed((begin, "a tensor is there twice".into())));
            }
        }
        // Older files end here.
        let chunks = reader.number("").ok().map(|chunks| chunks as u64);
        Ok(ImportanceMatrix { path, form: Form::Binary { source, entries }, chunks })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many matrices, or stacks of them, it knows.
    pub fn len(&self) -> usize {
        match &self.form {
            Form::Gguf(archive) => archive.tensors.keys().filter(|name| name.ends_with(SUMS)).count(),
            Form::Binary { entries, .. } => entries.len(),
        }
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many pieces of text it was measured with, if it says.
    pub fn chunks(&self) -> Option<u64> {
        self.chunks
    }

    /// The importance of the columns of a tensor's matrices, `columns` numbers for each or for all of them; `None` if
    /// it does not know the tensor.
    ///
    /// # Errors
    /// If it was made for a tensor of another shape.
    pub(super) fn of(&self, tensor: &str, matrices: usize, columns: usize) -> Result<Option<Vec<f32>>> {
        let wrong = |what: String| Error::Tensor { path: self.path.clone(), tensor: tensor.into(), what };
        let values = match &self.form {
            Form::Gguf(archive) => {
                let (name, counts) = (format!("{tensor}{SUMS}"), format!("{tensor}{COUNTS}"));
                let Some(sums) = archive.tensors.get(&name) else { return Ok(None) };
                let counts =
                    archive.tensors.get(&counts).ok_or_else(|| wrong(format!("{counts} is missing")))?;
                let (mut values, counts) = (sums.to_f32(), counts.to_f32());
                if counts.is_empty() || !values.len().is_multiple_of(counts.len()) {
                    return Err(wrong(format!("has {} sums for {} counts", values.len(), counts.len())));
                }
                let each = values.len() / counts.len();
                for (values, count) in values.chunks_exact_mut(each.max(1)).zip(counts) {
                    match count > 0.0 {
                        true => values.iter_mut().for_each(|value| *value /= count),
                        // An expert that no token came to.
                        false => values.fill(1.0),
                    }
                }
                values
            }
            Form::Binary { source, entries } => {
                let Some(range) = entries.get(tensor) else { return Ok(None) };
                let (words, _) = source.bytes()[range.clone()].as_chunks::<4>();
                words.iter().map(|word| f32::from_le_bytes(*word)).collect()
            }
        };
        if values.len() != columns && Some(values.len()) != columns.checked_mul(matrices) {
            return Err(wrong(format!(
                "it has {} numbers, but the model's tensor has {columns} columns in each of {matrices} matrices: \
                 it was made for another model",
                values.len()
            )));
        }
        Ok(Some(values))
    }
}

/// Reads the binary form.
struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    /// The next bytes; an error with their position if there are fewer.
    fn take(&mut self, count: usize, what: &str) -> Result<&'a [u8], (usize, String)> {
        let rest = &self.bytes[self.position..];
        if count > rest.len() {
            return Err((
                self.position,
                format!("{what} should take {count} bytes, but {} are left", rest.len()),
            ));
        }
        self.position += count;
        Ok(&rest[..count])
    }

    /// A number of 32 bits that is not negative.
    fn number(&mut self, what: &str) -> Result<usize, (usize, String)> {
        let position = self.position;
        let bytes = self.take(4, what)?;
        let number = i32::from_le_bytes(bytes.try_into().unwrap_or_default());
        usize::try_from(number).map_err(|_| (position, format!("{what} is {number}")))
    }

    /// A tensor's name, and where its values are.
    fn entry(&mut self) -> Result<(String, Range<usize>), (usize, String)> {
        let position = self.position;
        let length = self.number("the length of a name")?;
        let name = String::from_utf8_lossy(self.take(length, "a name")?).into_owned();
        check_name(&name).map_err(|wrong| (position, format!("a tensor's name {wrong}")))?;
        self.number("the number of calls")?;
        let count = self.number("the number of values")?;
        let bytes = count.saturating_mul(4);
        let begin = self.position;
        self.take(bytes, &format!("the values of {}", printable(&name)))?;
        Ok((name, begin..begin + bytes))
    }
}
