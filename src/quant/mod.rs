//! Block formats: how the bytes of a tensor become floats, and for some formats the way back.
//!
//! One file per block family. This file only knows which formats there are; it does no arithmetic
//! on whole matrices (that is `kernel`).

use crate::Result;

/// How a tensor's values are stored: plain floats, or blocks of quantised values with their scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[allow(non_camel_case_types, missing_docs)]
pub enum Format {
    F32,
    F16,
    BF16,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2_K,
    Q3_K,
    Q4_K,
    Q5_K,
    Q6_K,
    IQ4_NL,
    IQ4_XS,
    MXFP4,
}

impl Format {
    /// Every format that this version decodes.
    pub const ALL: [Format; 16] = [
        Format::F32,
        Format::F16,
        Format::BF16,
        Format::Q4_0,
        Format::Q4_1,
        Format::Q5_0,
        Format::Q5_1,
        Format::Q8_0,
        Format::Q2_K,
        Format::Q3_K,
        Format::Q4_K,
        Format::Q5_K,
        Format::Q6_K,
        Format::IQ4_NL,
        Format::IQ4_XS,
        Format::MXFP4,
    ];

    /// The format with this number in GGUF files (`ggml_type`), if this version decodes it.
    pub fn from_gguf(id: u32) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.gguf_id() == id)
    }

    /// The format's number in GGUF files (`ggml_type`).
    pub fn gguf_id(self) -> u32 {
        todo!()
    }

    /// The name that GGUF tools print: `Q4_K`, `F16`, ...
    pub fn name(self) -> &'static str {
        todo!()
    }

    /// How many values one block holds (1 for plain floats).
    pub fn block_len(self) -> usize {
        todo!()
    }

    /// How many bytes one block takes.
    pub fn block_bytes(self) -> usize {
        todo!()
    }

    /// The bytes of a row of `columns` values; `None` if the row does not divide into blocks or the
    /// size overflows.
    pub fn row_bytes(self, columns: usize) -> Option<usize> {
        if columns % self.block_len() != 0 {
            return None;
        }
        (columns / self.block_len()).checked_mul(self.block_bytes())
    }

    /// Decodes whole blocks into floats, bit for bit as ggml does.
    ///
    /// `bytes` holds `values.len() / block_len` blocks.
    ///
    /// # Panics
    /// If the lengths do not fit each other.
    pub fn decode(self, _bytes: &[u8], _values: &mut [f32]) {
        todo!()
    }

    /// Encodes floats into whole blocks (Q8_0, Q4_0, Q4_K, Q5_K, Q6_K, F32, F16, BF16).
    ///
    /// # Errors
    /// For a format that has no encoder, or a length that does not divide into blocks.
    pub fn encode(self, _values: &[f32]) -> Result<Vec<u8>> {
        todo!()
    }
}
