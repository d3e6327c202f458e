//! GGUF v2 and v3: the header becomes metadata and tensor views.

use crate::Result;

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

/// An array of metadata values of one type.
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

/// A GGUF file's metadata. The typed getters answer `None` for an absent key and an error that names
/// file and key for a value of the wrong type or out of range.
#[derive(Debug, Default)]
pub struct Metadata {}

impl Metadata {
    /// The raw value of a key.
    pub fn get(&self, _key: &str) -> Option<&Value> {
        todo!()
    }
    /// An integer of any width that fits `u64`; negative is an error.
    pub fn unsigned(&self, _key: &str) -> Result<Option<u64>> {
        todo!()
    }
    /// Any float or integer as `f32`.
    pub fn float(&self, _key: &str) -> Result<Option<f32>> {
        todo!()
    }
    /// A bool.
    pub fn bool(&self, _key: &str) -> Result<Option<bool>> {
        todo!()
    }
    /// A string.
    pub fn string(&self, _key: &str) -> Result<Option<&str>> {
        todo!()
    }
    /// An array of strings.
    pub fn strings(&self, _key: &str) -> Result<Option<&[String]>> {
        todo!()
    }
    /// An array of integers, or one integer as an array of one.
    pub fn integers(&self, _key: &str) -> Result<Option<Vec<i64>>> {
        todo!()
    }
    /// An array of floats.
    pub fn floats(&self, _key: &str) -> Result<Option<Vec<f32>>> {
        todo!()
    }
    /// The keys, in the file's order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }
    /// An error about this key that names the file.
    pub fn error(&self, _key: &str, _what: impl Into<String>) -> crate::Error {
        todo!()
    }
}
