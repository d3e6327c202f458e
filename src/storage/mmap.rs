//! Bytes that live in a memory-mapped file or in private memory.

/// A file's bytes, mapped or read.
#[derive(Debug)]
pub struct Source {}

impl Source {
    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        todo!()
    }
}
