//! Writes GGUF v3: metadata and tensors are declared first, then the tensors' data follows in order. It
//! must not change any value: what it writes is what the reader answers.

use super::gguf::{check_alignment, data_size};
use super::gguf_types::{value_type, ALIGNMENT_KEY, DEFAULT_ALIGNMENT, MAGIC};
use super::{check_name, Array, Metadata, Value};
use crate::quant::Format;
use crate::{Error, Result};
use std::collections::HashSet;
use std::io::{self, Write};

/// ggml's `GGML_MAX_NAME` less the zero byte: it refuses files with longer tensor names.
const TENSOR_NAME_LIMIT: usize = 63;

/// What a GGUF file will hold: declare it all, then [`GgufWriter::begin`].
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use moesaic::{quant::Format, storage::{GgufWriter, Value}};
///
/// let mut writer = GgufWriter::new();
/// writer.metadata("general.architecture", Value::String("llama".into()))?;
/// writer.tensor("output_norm.weight", &[2], Format::F32)?;
/// let mut data = writer.begin(Vec::new())?; // or a buffered file
/// data.write(&1.0f32.to_le_bytes())?;
/// data.write(&2.0f32.to_le_bytes())?;
/// let file: Vec<u8> = data.finish()?;
/// # assert_eq!(file.len() % 32, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct GgufWriter {
    metadata: Metadata,
    tensors: Vec<Declared>,
    names: HashSet<String>,
}

#[derive(Debug)]
struct Declared {
    name: String,
    /// Outermost dimension first.
    shape: Vec<u64>,
    /// Its number.
    format: u32,
    bytes: u64,
}

impl GgufWriter {
    /// Of a file that holds nothing yet.
    pub fn new() -> GgufWriter {
        GgufWriter::default()
    }

    /// Adds a metadata key. `general.alignment`, a `U32`, also sets the alignment of the tensors, which
    /// is 32 without it.
    ///
    /// # Errors
    /// If the key is empty, longer than 65,535 bytes, has control characters or is there already; if the
    /// alignment is no power of two up to 2 MiB.
    pub fn metadata(&mut self, key: &str, value: Value) -> Result<()> {
        check_name(key).map_err(|wrong| Error::input(format!("the name of a metadata key {wrong}")))?;
        if self.metadata.get(key).is_some() {
            return Err(Error::input(format!("the metadata key {key} is there already")));
        }
        if key == ALIGNMENT_KEY {
            check_alignment(&value).map_err(|what| Error::input(format!("{key}: {what}")))?;
        }
        self.metadata.insert(key, value);
        Ok(())
    }

    /// Adds a tensor. `shape` is outermost dimension first; the last one is contiguous.
    ///
    /// # Errors
    /// If the name is empty, longer than 63 bytes (ggml refuses such files), has control characters or is
    /// there already; if the shape does not have 1 to 4 dimensions, holds no values, its rows do not divide into blocks, or GGUF files
    /// cannot hold the format.
    pub fn tensor(&mut self, name: &str, shape: &[usize], format: Format) -> Result<()> {
        let wrong = |what: String| Error::input(format!("tensor {name}: {what}"));
        check_name(name).map_err(|what| wrong(format!("its name {what}")))?;
        if name.len() > TENSOR_NAME_LIMIT {
            return Err(wrong(format!(
                "its name takes {} bytes; ggml reads at most {TENSOR_NAME_LIMIT}",
                name.len()
            )));
        }
        let shape: Vec<u64> = shape.iter().map(|&size| size as u64).collect();
        let bytes = data_size(&shape, format).map_err(wrong)? as u64;
        let Some(id) = format.gguf_id() else {
            return Err(wrong(format!(
                "GGUF files cannot hold {}; encode it in another format",
                format.name()
            )));
        };
        if !self.names.insert(name.into()) {
            return Err(wrong("it is there already".into()));
        }
        self.tensors.push(Declared { name: name.into(), shape, format: id, bytes });
        Ok(())
    }

    /// Writes the header; the data comes next.
    ///
    /// # Errors
    /// If `output` fails, or the tensors together are too large for a file.
    pub fn begin<W: Write>(self, mut output: W) -> io::Result<GgufData<W>> {
        let alignment = match self.metadata.get(ALIGNMENT_KEY) {
            Some(&Value::U32(alignment)) => u64::from(alignment),
            // Absent: `metadata` has refused other types.
            _ => u64::from(DEFAULT_ALIGNMENT),
        };
        let mut header = Vec::new();
        header.extend(MAGIC);
        header.extend(3u32.to_le_bytes());
        header.extend((self.tensors.len() as u64).to_le_bytes());
        header.extend((self.metadata.keys().count() as u64).to_le_bytes());
        for (key, value) in self.metadata.iter() {
            put_string(&mut header, key);
            put_value(&mut header, value);
        }
        let mut offset = 0u64;
        for tensor in &self.tensors {
            put_string(&mut header, &tensor.name);
            header.extend((tensor.shape.len() as u32).to_le_bytes());
            for size in tensor.shape.iter().rev() {
                header.extend(size.to_le_bytes());
            }
            header.extend(tensor.format.to_le_bytes());
            header.extend(offset.to_le_bytes());
            offset = offset
                .checked_add(tensor.bytes)
                .and_then(|end| end.checked_next_multiple_of(alignment))
                .ok_or_else(|| misuse("the tensors are too large for one file".into()))?;
        }
        output.write_all(&header)?;
        let mut data = GgufData { output, tensors: self.tensors, current: 0, written: 0, alignment };
        data.pad(header.len() as u64)?;
        Ok(data)
    }
}

/// A GGUF file whose header is written and whose tensors' data is being written.
#[derive(Debug)]
pub struct GgufData<W: Write> {
    output: W,
    tensors: Vec<Declared>,
    /// The tensor whose data comes next, or has begun.
    current: usize,
    /// How many of its bytes are written.
    written: u64,
    alignment: u64,
}

impl<W: Write> GgufData<W> {
    /// Writes the next bytes of the data: the declared tensors one after the other, each in pieces of any
    /// size. Padding between them is added here.
    ///
    /// # Errors
    /// If the output fails, or (`InvalidInput`) the piece reaches past the end of its tensor.
    pub fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        if piece.is_empty() {
            return Ok(());
        }
        let Some(tensor) = self.tensors.get(self.current) else {
            return Err(misuse("the data of all tensors is written already".into()));
        };
        let missing = tensor.bytes - self.written;
        if piece.len() as u64 > missing {
            return Err(misuse(format!(
                "tensor {}: {missing} bytes are missing, not {}",
                tensor.name,
                piece.len()
            )));
        }
        self.output.write_all(piece)?;
        self.written += piece.len() as u64;
        if self.written == tensor.bytes {
            // ggml pads the last tensor too.
            self.pad(self.written)?;
            self.current += 1;
            self.written = 0;
        }
        Ok(())
    }

    /// Flushes the output and gives it back.
    ///
    /// # Errors
    /// If the output fails, or (`InvalidInput`) data is missing.
    pub fn finish(mut self) -> io::Result<W> {
        if let Some(tensor) = self.tensors.get(self.current) {
            return Err(misuse(format!(
                "tensor {}: {} bytes are missing",
                tensor.name,
                tensor.bytes - self.written
            )));
        }
        self.output.flush()?;
        Ok(self.output)
    }

    /// Fills up to the alignment behind `length` bytes that began at a multiple of it.
    fn pad(&mut self, length: u64) -> io::Result<()> {
        let mut missing = length.next_multiple_of(self.alignment) - length;
        let zeros = [0; 4096];
        while missing > 0 {
            let count = missing.min(zeros.len() as u64);
            self.output.write_all(&zeros[..count as usize])?;
            missing -= count;
        }
        Ok(())
    }
}

fn misuse(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

fn put_string(header: &mut Vec<u8>, text: &str) {
    header.extend((text.len() as u64).to_le_bytes());
    header.extend(text.as_bytes());
}

/// Type, then value.
fn put_value(header: &mut Vec<u8>, value: &Value) {
    fn put<const N: usize>(header: &mut Vec<u8>, value_type: u32, bytes: [u8; N]) {
        header.extend(value_type.to_le_bytes());
        header.extend(bytes);
    }
    match value {
        Value::U8(value) => put(header, value_type::U8, value.to_le_bytes()),
        Value::I8(value) => put(header, value_type::I8, value.to_le_bytes()),
        Value::U16(value) => put(header, value_type::U16, value.to_le_bytes()),
        Value::I16(value) => put(header, value_type::I16, value.to_le_bytes()),
        Value::U32(value) => put(header, value_type::U32, value.to_le_bytes()),
        Value::I32(value) => put(header, value_type::I32, value.to_le_bytes()),
        Value::F32(value) => put(header, value_type::F32, value.to_le_bytes()),
        Value::Bool(value) => put(header, value_type::BOOL, [u8::from(*value)]),
        Value::U64(value) => put(header, value_type::U64, value.to_le_bytes()),
        Value::I64(value) => put(header, value_type::I64, value.to_le_bytes()),
        Value::F64(value) => put(header, value_type::F64, value.to_le_bytes()),
        Value::String(text) => {
            header.extend(value_type::STRING.to_le_bytes());
            put_string(header, text);
        }
        Value::Array(array) => {
            header.extend(value_type::ARRAY.to_le_bytes());
            put_array(header, array);
        }
    }
}

/// Element type, count, then the elements.
fn put_array(header: &mut Vec<u8>, array: &Array) {
    fn begin(header: &mut Vec<u8>, element: u32, count: usize) {
        header.extend(element.to_le_bytes());
        header.extend((count as u64).to_le_bytes());
    }
    fn put<T: Copy, const N: usize>(
        header: &mut Vec<u8>,
        element: u32,
        values: &[T],
        encode: impl Fn(T) -> [u8; N],
    ) {
        begin(header, element, values.len());
        header.extend(values.iter().flat_map(|&value| encode(value)));
    }
    match array {
        Array::U8(values) => put(header, value_type::U8, values, u8::to_le_bytes),
        Array::I8(values) => put(header, value_type::I8, values, i8::to_le_bytes),
        Array::U16(values) => put(header, value_type::U16, values, u16::to_le_bytes),
        Array::I16(values) => put(header, value_type::I16, values, i16::to_le_bytes),
        Array::U32(values) => put(header, value_type::U32, values, u32::to_le_bytes),
        Array::I32(values) => put(header, value_type::I32, values, i32::to_le_bytes),
        Array::F32(values) => put(header, value_type::F32, values, f32::to_le_bytes),
        Array::Bools(values) => put(header, value_type::BOOL, values, |value| [u8::from(value)]),
        Array::U64(values) => put(header, value_type::U64, values, u64::to_le_bytes),
        Array::I64(values) => put(header, value_type::I64, values, i64::to_le_bytes),
        Array::F64(values) => put(header, value_type::F64, values, f64::to_le_bytes),
        Array::Strings(values) => {
            begin(header, value_type::STRING, values.len());
            for text in values {
                put_string(header, text);
            }
        }
        Array::Arrays(values) => {
            begin(header, value_type::ARRAY, values.len());
            for array in values {
                put_array(header, array);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{Access, Archive, Description, Source};

    fn every_value() -> Vec<(&'static str, Value)> {
        let nested = Array::Arrays(vec![
            Array::U8(vec![1, 2]),
            Array::Strings(vec!["x".into(), String::new()]),
            Array::Arrays(vec![]),
        ]);
        vec![
            ("u8", Value::U8(u8::MAX)),
            ("i8", Value::I8(i8::MIN)),
            ("u16", Value::U16(u16::MAX)),
            ("i16", Value::I16(i16::MIN)),
            ("u32", Value::U32(u32::MAX)),
            ("i32", Value::I32(i32::MIN)),
            ("f32", Value::F32(-1.5e-30)),
            ("bool", Value::Bool(true)),
            ("string", Value::String("grüße, 世界\n\0".into())),
            ("u64", Value::U64(u64::MAX)),
            ("i64", Value::I64(i64::MIN)),
            ("f64", Value::F64(1e300)),
            ("array.u8", Value::Array(Array::U8(vec![0, 255]))),
            ("array.i8", Value::Array(Array::I8(vec![-128, 127]))),
            ("array.u16", Value::Array(Array::U16(vec![0, u16::MAX]))),
            ("array.i16", Value::Array(Array::I16(vec![i16::MIN, 1]))),
            ("array.u32", Value::Array(Array::U32(vec![1, u32::MAX]))),
            ("array.i32", Value::Array(Array::I32(vec![i32::MIN]))),
            ("array.f32", Value::Array(Array::F32(vec![0.1, f32::INFINITY]))),
            ("array.bool", Value::Array(Array::Bools(vec![true, false, true]))),
            ("array.string", Value::Array(Array::Strings(vec!["a".into(), "".into(), "ö".into()]))),
            ("array.array", Value::Array(nested)),
            ("array.u64", Value::Array(Array::U64(vec![u64::MAX]))),
            ("array.i64", Value::Array(Array::I64(vec![i64::MIN]))),
            ("array.f64", Value::Array(Array::F64(vec![f64::MIN_POSITIVE]))),
            ("array.empty", Value::Array(Array::F32(vec![]))),
        ]
    }

    #[test]
    fn what_is_written_is_read() {
        for alignment in [None, Some(1), Some(64), Some(16_384)] {
            let mut writer = GgufWriter::new();
            let mut values = every_value();
            if let Some(alignment) = alignment {
                values.push((ALIGNMENT_KEY, Value::U32(alignment)));
            }
            for (key, value) in &values {
                writer.metadata(key, value.clone()).unwrap();
            }
            let tensors: [(&str, &[usize], Format); 4] = [
                ("b.1d", &[5], Format::F32),
                ("a.2d", &[3, 64], Format::Q8_0),
                ("c.3d", &[2, 3, 256], Format::Q4_K),
                ("d.4d", &[2, 1, 3, 7], Format::BF16),
            ];
            for (name, shape, format) in tensors {
                writer.tensor(name, shape, format).unwrap();
            }
            let mut data = writer.begin(Vec::new()).unwrap();
            let mut contents = Vec::new();
            for (number, (_, shape, format)) in tensors.into_iter().enumerate() {
                let rows: usize = shape[..shape.len() - 1].iter().product();
                let length = rows * format.row_bytes(shape[shape.len() - 1]).unwrap();
                contents.push((0..length).map(|at| (at * 7 + number) as u8).collect::<Vec<u8>>());
                for piece in contents[number].chunks(1 + number * 100) {
                    data.write(piece).unwrap();
                }
            }
            let file = data.finish().unwrap();
            assert_eq!(file.len() % alignment.unwrap_or(32) as usize, 0);

            let archive = Archive::from_source(Source::from_bytes("x.gguf", file), Access::Map).unwrap();
            let Description::Gguf(metadata) = &archive.description else { panic!("GGUF") };
            let read: Vec<_> = metadata.iter().map(|(key, value)| (key, value.clone())).collect();
            assert_eq!(read, values);
            assert_eq!(archive.tensors.len(), 4);
            for ((name, shape, format), contents) in tensors.into_iter().zip(contents) {
                let tensor = &archive.tensors[name];
                assert_eq!((tensor.name(), tensor.shape(), tensor.format()), (name, shape, format));
                assert_eq!(tensor.bytes(), contents);
                assert_eq!(tensor.range().start % alignment.unwrap_or(32) as usize, 0);
            }
        }
    }

    #[test]
    fn declarations_are_checked() {
        let mut writer = GgufWriter::new();
        writer.metadata("key", Value::U8(1)).unwrap();
        writer.tensor("tensor", &[2], Format::F32).unwrap();
        let mut refuse = |key: &str, value: Value, what: &str| {
            let message = writer.metadata(key, value).unwrap_err().to_string();
            assert!(message.contains(what), "{message}");
        };
        refuse("key", Value::U8(2), "key is there already");
        refuse("", Value::U8(2), "is empty");
        refuse("a\rb", Value::U8(2), "control characters");
        refuse(ALIGNMENT_KEY, Value::U32(48), "power of two");
        let mut refuse = |name: &str, shape: &[usize], format: Format, what: &str| {
            let message = writer.tensor(name, shape, format).unwrap_err().to_string();
            assert!(message.contains(what), "{message}");
        };
        refuse("tensor", &[2], Format::F32, "there already");
        refuse("", &[2], Format::F32, "is empty");
        refuse(&"x".repeat(64), &[2], Format::F32, "64 bytes");
        refuse("x", &[], Format::F32, "0 dimensions");
        refuse("x", &[1; 5], Format::F32, "5 dimensions");
        refuse("x", &[0], Format::F32, "no values");
        refuse("x", &[2, 33], Format::Q8_0, "blocks of 32");
        refuse("x", &[usize::MAX, 2], Format::F32, "can address");
    }

    #[test]
    fn a_refused_alignment_is_not_written() {
        let mut writer = GgufWriter::new();
        writer.metadata(ALIGNMENT_KEY, Value::U32(48)).unwrap_err();
        writer.metadata(ALIGNMENT_KEY, Value::U32(64)).unwrap();
        writer.metadata(ALIGNMENT_KEY, Value::U32(32)).unwrap_err();
    }

    #[test]
    fn data_must_fit_the_declarations() {
        let begin = || {
            let mut writer = GgufWriter::new();
            writer.tensor("a", &[2], Format::F32).unwrap();
            writer.tensor("b", &[1], Format::F32).unwrap();
            writer.begin(Vec::new()).unwrap()
        };
        let message = |error: io::Error| {
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            error.to_string()
        };
        assert!(message(begin().write(&[0; 9]).unwrap_err()).contains("tensor a: 8 bytes are missing, not 9"));
        let mut data = begin();
        data.write(&[0; 5]).unwrap();
        assert!(message(data.write(&[0; 4]).unwrap_err()).contains("tensor a: 3 bytes"));
        data.write(&[0; 3]).unwrap();
        assert!(message(data.finish().unwrap_err()).contains("tensor b: 4 bytes are missing"));
        let mut data = begin();
        data.write(&[0; 8]).unwrap();
        data.write(&[0; 4]).unwrap();
        data.write(&[]).unwrap();
        assert!(message(data.write(&[0]).unwrap_err()).contains("written already"));
        assert!(data.finish().is_ok());
    }
}
