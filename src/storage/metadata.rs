//! A GGUF file's metadata: values of thirteen types by key, and getters that say what was expected.
//! It must not know what any key means.

use crate::{Error, Result};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A metadata value, of exactly the type that it has in the file.
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

/// An array of metadata values, all of the type that they have in the file.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Array {
    U8(Vec<u8>),
    I8(Vec<i8>),
    U16(Vec<u16>),
    I16(Vec<i16>),
    U32(Vec<u32>),
    I32(Vec<i32>),
    F32(Vec<f32>),
    Bools(Vec<bool>),
    Strings(Vec<String>),
    Arrays(Vec<Array>),
    U64(Vec<u64>),
    I64(Vec<i64>),
    F64(Vec<f64>),
}

impl Value {
    /// The value as an integer, if its type is one.
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

    /// What the value is, for error messages; short whatever it holds.
    pub(super) fn description(&self) -> String {
        match self {
            Value::Bool(value) => value.to_string(),
            Value::F32(value) => value.to_string(),
            Value::F64(value) => value.to_string(),
            Value::String(_) => "a string".into(),
            Value::Array(array) => format!("an array of {} {}", array.len(), array.element_name()),
            _ => self.integer().unwrap_or_default().to_string(),
        }
    }
}

impl Array {
    /// How many elements it has.
    pub fn len(&self) -> usize {
        match self {
            Array::U8(values) => values.len(),
            Array::I8(values) => values.len(),
            Array::U16(values) => values.len(),
            Array::I16(values) => values.len(),
            Array::U32(values) => values.len(),
            Array::I32(values) => values.len(),
            Array::F32(values) => values.len(),
            Array::Bools(values) => values.len(),
            Array::Strings(values) => values.len(),
            Array::Arrays(values) => values.len(),
            Array::U64(values) => values.len(),
            Array::I64(values) => values.len(),
            Array::F64(values) => values.len(),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements as `i64`; `None` if they are not integers or one of them does not fit.
    fn integers(&self) -> Option<Vec<i64>> {
        fn widen<T: Copy + TryInto<i64>>(values: &[T]) -> Option<Vec<i64>> {
            values.iter().map(|&value| value.try_into().ok()).collect()
        }
        match self {
            Array::U8(values) => widen(values),
            Array::I8(values) => widen(values),
            Array::U16(values) => widen(values),
            Array::I16(values) => widen(values),
            Array::U32(values) => widen(values),
            Array::I32(values) => widen(values),
            Array::U64(values) => widen(values),
            Array::I64(values) => widen(values),
            _ => None,
        }
    }

    fn element_name(&self) -> &'static str {
        match self {
            Array::U8(_) => "8-bit unsigned integers",
            Array::I8(_) => "8-bit integers",
            Array::U16(_) => "16-bit unsigned integers",
            Array::I16(_) => "16-bit integers",
            Array::U32(_) => "32-bit unsigned integers",
            Array::I32(_) => "32-bit integers",
            Array::F32(_) => "32-bit floats",
            Array::Bools(_) => "bools",
            Array::Strings(_) => "strings",
            Array::Arrays(_) => "arrays",
            Array::U64(_) => "64-bit unsigned integers",
            Array::I64(_) => "64-bit integers",
            Array::F64(_) => "64-bit floats",
        }
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

    /// Sets a key and answers the value that it had before. A new key goes to the end.
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
        self.typed(key, "a number in the range of f32", |value| match *value {
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

    /// An array of integers of any width, or one integer as an array of one. A value past `i64` is an
    /// error.
    pub fn integers(&self, key: &str) -> Result<Option<Vec<i64>>> {
        self.typed(key, "integers in the range of i64", |value| match value {
            Value::Array(array) => array.integers(),
            _ => Some(vec![i64::try_from(value.integer()?).ok()?]),
        })
    }

    /// An array of floats or integers as `f32`. A finite value that `f32` cannot hold is an error.
    pub fn floats(&self, key: &str) -> Result<Option<Vec<f32>>> {
        self.typed(key, "an array of numbers in the range of f32", |value| match value {
            Value::Array(Array::F32(values)) => Some(values.clone()),
            Value::Array(Array::F64(values)) => values.iter().map(|&value| narrow(value)).collect(),
            Value::Array(array) => Some(array.integers()?.into_iter().map(|value| value as f32).collect()),
            _ => None,
        })
    }

    /// The keys, in the file's order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(key, _)| key)
    }

    /// The keys with their values, in the file's order.
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
            None => Err(self.error(key, format!("expected {expected}, found {}", value.description()))),
        }
    }
}

/// The nearest `f32`; `None` where a finite value would become infinite.
fn narrow(value: f64) -> Option<f32> {
    let narrowed = value as f32;
    (narrowed.is_finite() || !value.is_finite()).then_some(narrowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(value: Value) -> Metadata {
        let mut metadata = Metadata::new("model.gguf");
        metadata.insert("key", value);
        metadata
    }

    fn message<T: std::fmt::Debug>(result: Result<T>) -> String {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Metadata { .. }));
        error.to_string()
    }

    #[test]
    fn absent_keys_are_none() {
        let metadata = metadata(Value::U8(1));
        assert!(metadata.get("other").is_none());
        assert_eq!(metadata.unsigned("other").unwrap(), None);
        assert_eq!(metadata.float("other").unwrap(), None);
        assert_eq!(metadata.bool("other").unwrap(), None);
        assert_eq!(metadata.string("other").unwrap(), None);
        assert_eq!(metadata.strings("other").unwrap(), None);
        assert_eq!(metadata.integers("other").unwrap(), None);
        assert_eq!(metadata.floats("other").unwrap(), None);
    }

    #[test]
    fn integers_of_every_width_convert() {
        for value in [
            Value::U8(7),
            Value::I8(7),
            Value::U16(7),
            Value::I16(7),
            Value::U32(7),
            Value::I32(7),
            Value::U64(7),
            Value::I64(7),
        ] {
            let metadata = metadata(value);
            assert_eq!(metadata.unsigned("key").unwrap(), Some(7));
            assert_eq!(metadata.float("key").unwrap(), Some(7.0));
            assert_eq!(metadata.integers("key").unwrap(), Some(vec![7]));
        }
        for array in [
            Array::U8(vec![7]),
            Array::I8(vec![7]),
            Array::U16(vec![7]),
            Array::I16(vec![7]),
            Array::U32(vec![7]),
            Array::I32(vec![7]),
            Array::U64(vec![7]),
            Array::I64(vec![7]),
        ] {
            let metadata = metadata(Value::Array(array));
            assert_eq!(metadata.integers("key").unwrap(), Some(vec![7]));
            assert_eq!(metadata.floats("key").unwrap(), Some(vec![7.0]));
        }
        assert_eq!(metadata(Value::U64(u64::MAX)).unsigned("key").unwrap(), Some(u64::MAX));
    }

    #[test]
    fn numbers_out_of_range_are_errors_that_name_file_key_and_number() {
        let text = message(metadata(Value::I32(-3)).unsigned("key"));
        assert_eq!(text, "model.gguf: metadata key: expected an integer that is not negative, found -3");
        assert!(message(metadata(Value::U64(u64::MAX)).integers("key")).contains("18446744073709551615"));
        let array = Value::Array(Array::U64(vec![1, u64::MAX]));
        assert!(message(metadata(array).integers("key")).contains("an array of 2 64-bit unsigned integers"));
        assert!(message(metadata(Value::F64(1e300)).float("key")).contains("f32"));
        assert!(message(metadata(Value::Array(Array::F64(vec![1e300]))).floats("key")).contains("f32"));
        assert_eq!(metadata(Value::F64(f64::INFINITY)).float("key").unwrap(), Some(f32::INFINITY));
        assert_eq!(metadata(Value::F64(0.25)).float("key").unwrap(), Some(0.25));
    }

    #[test]
    fn wrong_types_are_errors() {
        let string = metadata(Value::String("x".into()));
        assert!(message(string.unsigned("key")).contains("found a string"));
        assert!(message(string.float("key")).contains("found a string"));
        assert!(message(string.bool("key")).contains("found a string"));
        assert!(message(string.strings("key")).contains("expected an array of strings"));
        assert!(message(string.integers("key")).contains("found a string"));
        assert!(message(string.floats("key")).contains("found a string"));
        assert!(message(metadata(Value::Bool(true)).unsigned("key")).contains("found true"));
        assert!(message(metadata(Value::U32(5)).bool("key")).contains("found 5"));
        assert!(message(metadata(Value::F32(0.5)).string("key")).contains("found 0.5"));
        // The element types that a hostile vocabulary would use.
        let integers = metadata(Value::Array(Array::I32(vec![1, 2])));
        assert!(message(integers.strings("key")).contains("found an array of 2 32-bit integers"));
        let strings = metadata(Value::Array(Array::Strings(vec![String::new()])));
        assert!(message(strings.floats("key")).contains("found an array of 1 strings"));
        assert!(message(strings.integers("key")).contains("found an array of 1 strings"));
        let nested = metadata(Value::Array(Array::Arrays(vec![])));
        assert!(message(nested.integers("key")).contains("found an array of 0 arrays"));
    }

    #[test]
    fn keys_keep_their_order_and_inserting_replaces() {
        let mut metadata = Metadata::new("x");
        for (number, key) in ["b", "a", "c"].into_iter().enumerate() {
            assert_eq!(metadata.insert(key, Value::U64(number as u64)), None);
        }
        assert_eq!(metadata.insert("a", Value::Bool(true)), Some(Value::U64(1)));
        assert_eq!(metadata.keys().collect::<Vec<_>>(), ["b", "a", "c"]);
        assert_eq!(metadata.iter().nth(1), Some(("a", &Value::Bool(true))));
    }
}
