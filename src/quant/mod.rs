//! Block formats: how the bytes of a tensor become floats, and for some formats the way back.
//!
//! One file per block family. This file only knows which formats there are; it does no arithmetic
//! on whole matrices (that is `kernel`).
//!
//! A new format is one file with an `impl Block`, and one line in the list at `formats!`.

mod affine;
mod bytes;
mod fit;
mod float;
mod iq4_nl;
mod iq4_xs;
pub(crate) mod mxfp4;
mod q2_k;
mod q3_k;
mod q4_0;
mod q4_1;
mod q4_k;
mod q5_0;
mod q5_1;
mod q5_k;
mod q6_k;
mod q8_0;

use crate::{Error, Result};

/// A block format: `LEN` values in `BYTES` bytes. Implemented once for each format.
trait Block<const LEN: usize, const BYTES: usize> {
    /// The name that GGUF tools print.
    const NAME: &'static str;
    /// The number of the format in GGUF files (`ggml_type`).
    const GGUF_ID: u32;
    /// The encoder, where there is one.
    const ENCODE: Option<Encode<LEN, BYTES>> = None;
    /// The encoder that is told how much the error of each value matters, where there is one.
    const ENCODE_IMPORTANT: Option<EncodeImportant<LEN, BYTES>> = None;

    /// The values of a block, with the same roundings as ggml's `to_float`.
    fn decode(block: &[u8; BYTES], values: &mut [f32; LEN]);
}

/// Encodes the values of a block. `None` if they cannot be stored: one of them is NaN or infinite,
/// or so large that a scale does not fit in its 16-bit float.
type Encode<const LEN: usize, const BYTES: usize> = fn(&[f32; LEN]) -> Option<[u8; BYTES]>;

/// As [`Encode`], with the importance of each value, and the mean square of the values of the row.
type EncodeImportant<const LEN: usize, const BYTES: usize> =
    fn(&[f32; LEN], &[f32; LEN], f32) -> Option<[u8; BYTES]>;

/// What `Format`'s methods look up.
struct Entry {
    name: &'static str,
    gguf_id: u32,
    block_len: usize,
    block_bytes: usize,
    decode: fn(&[u8], &mut [f32]),
    encode: Option<EncodeBlocks>,
    encode_important: Option<EncodeImportantBlocks>,
}

/// Appends the blocks of the values; fails with the index of the first block that cannot be stored.
type EncodeBlocks = fn(&[f32], &mut Vec<u8>) -> Result<(), usize>;

/// As [`EncodeBlocks`] for one row, with the importance of each of its values.
type EncodeImportantBlocks = fn(&[f32], &[f32], &mut Vec<u8>) -> Result<(), usize>;

impl Entry {
    const fn new<B: Block<LEN, BYTES>, const LEN: usize, const BYTES: usize>() -> Entry {
        Entry {
            name: B::NAME,
            gguf_id: B::GGUF_ID,
            block_len: LEN,
            block_bytes: BYTES,
            decode: decode_blocks::<B, LEN, BYTES>,
            encode: match B::ENCODE {
                Some(_) => Some(encode_blocks::<B, LEN, BYTES>),
                None => None,
            },
            encode_important: match B::ENCODE_IMPORTANT {
                Some(_) => Some(encode_important_blocks::<B, LEN, BYTES>),
                None => None,
            },
        }
    }
}

/// Decodes the whole blocks of `bytes`; the caller has checked that both slices hold the same number.
fn decode_blocks<B: Block<LEN, BYTES>, const LEN: usize, const BYTES: usize>(
    bytes: &[u8],
    values: &mut [f32],
) {
    let (blocks, _) = bytes.as_chunks::<BYTES>();
    let (values, _) = values.as_chunks_mut::<LEN>();
    for (block, values) in blocks.iter().zip(values) {
        B::decode(block, values);
    }
}

/// An [`EncodeBlocks`] for one format.
fn encode_blocks<B: Block<LEN, BYTES>, const LEN: usize, const BYTES: usize>(
    values: &[f32],
    bytes: &mut Vec<u8>,
) -> Result<(), usize> {
    // The table holds this function only for formats with an encoder.
    let Some(encode) = B::ENCODE else {
        return Ok(());
    };
    let (blocks, _) = values.as_chunks::<LEN>();
    for (index, values) in blocks.iter().enumerate() {
        bytes.extend_from_slice(&encode(values).ok_or(index)?);
    }
    Ok(())
}

/// An [`EncodeImportantBlocks`] for one format.
fn encode_important_blocks<B: Block<LEN, BYTES>, const LEN: usize, const BYTES: usize>(
    values: &[f32],
    importance: &[f32],
    bytes: &mut Vec<u8>,
) -> Result<(), usize> {
    let Some(encode) = B::ENCODE_IMPORTANT else {
        return Ok(());
    };
    let mut squares = 0.0;
    for value in values {
        squares += value * value;
    }
    let mean_square = squares / values.len().max(1) as f32;
    let blocks = values.as_chunks::<LEN>().0.iter().zip(importance.as_chunks::<LEN>().0);
    for (index, (values, importance)) in blocks.enumerate() {
        bytes.extend_from_slice(&encode(values, importance, mean_square).ok_or(index)?);
    }
    Ok(())
}

/// Declares `Format` and the table behind its methods from one list.
macro_rules! formats {
    ($($(#[$documentation:meta])* $format:ident => $block:ty,)*) => {
        /// How a tensor's values are stored: plain floats, or blocks of quantised values with their
        /// scales. The layouts are ggml's, so that a GGUF file's bytes are read where they lie.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        #[allow(non_camel_case_types)]
        pub enum Format {
            $($(#[$documentation])* $format,)*
        }

        impl Format {
            /// Every format that this version decodes.
            pub const ALL: [Format; [$(Format::$format),*].len()] = [$(Format::$format),*];
        }

        /// What is known of each format, in the order of the enum.
        static TABLE: [Entry; Format::ALL.len()] = [$(Entry::new::<$block, _, _>()),*];
    };
}

formats! {
    /// 32-bit floats.
    F32 => float::F32,
    /// 16-bit floats (IEEE 754 binary16).
    F16 => float::F16,
    /// 16-bit brain floats: the upper half of a 32-bit float.
    BF16 => float::BF16,
    /// 4 bits a value, a scale for 32.
    Q4_0 => q4_0::Q4_0,
    /// 4 bits a value, a scale and a minimum for 32.
    Q4_1 => q4_1::Q4_1,
    /// 5 bits a value, a scale for 32.
    Q5_0 => q5_0::Q5_0,
    /// 5 bits a value, a scale and a minimum for 32.
    Q5_1 => q5_1::Q5_1,
    /// 8 bits a value, a scale for 32.
    Q8_0 => q8_0::Q8_0,
    /// 2 bits a value, a 4-bit scale and minimum for 16, scales of the scales for 256.
    Q2_K => q2_k::Q2_K,
    /// 3 bits a value, a 6-bit scale for 16, a scale of the scales for 256.
    Q3_K => q3_k::Q3_K,
    /// 4 bits a value, a 6-bit scale and minimum for 32, scales of the scales for 256.
    Q4_K => q4_k::Q4_K,
    /// 5 bits a value, a 6-bit scale and minimum for 32, scales of the scales for 256.
    Q5_K => q5_k::Q5_K,
    /// 6 bits a value, an 8-bit scale for 16, a scale of the scales for 256.
    Q6_K => q6_k::Q6_K,
    /// 4 bits a value that index 16 unevenly spaced levels, a scale for 32.
    IQ4_NL => iq4_nl::IQ4_NL,
    /// The levels of `IQ4_NL`, a 6-bit scale for 32, a scale of the scales for 256.
    IQ4_XS => iq4_xs::IQ4_XS,
    /// 4-bit floats (E2M1), a power-of-two scale for 32 (the OCP microscaling format).
    MXFP4 => mxfp4::MXFP4,
}

impl Format {
    fn entry(self) -> &'static Entry {
        &TABLE[self as usize]
    }

    /// The format with this number in GGUF files (`ggml_type`), if this version decodes it.
    pub fn from_gguf(id: u32) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.gguf_id() == id)
    }

    /// The format's number in GGUF files (`ggml_type`).
    pub fn gguf_id(self) -> u32 {
        self.entry().gguf_id
    }

    /// The name that GGUF tools print: `Q4_K`, `F16`, ...
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// How many values one block holds (1 for plain floats).
    pub fn block_len(self) -> usize {
        self.entry().block_len
    }

    /// How many bytes one block takes.
    pub fn block_bytes(self) -> usize {
        self.entry().block_bytes
    }

    /// The bytes of a row of `columns` values; `None` if the row does not divide into blocks or the
    /// size overflows.
    pub fn row_bytes(self, columns: usize) -> Option<usize> {
        if !columns.is_multiple_of(self.block_len()) {
            return None;
        }
        (columns / self.block_len()).checked_mul(self.block_bytes())
    }

    /// Decodes whole blocks into floats, bit for bit as ggml does.
    ///
    /// `bytes` holds `values.len() / block_len` blocks. Any bytes decode: a block whose scale is
    /// infinite or NaN gives the infinities and NaNs that ggml gives; only the sign and payload of
    /// a computed NaN are left open, because neither language fixes them.
    ///
    /// # Panics
    /// If the lengths do not fit each other.
    pub fn decode(self, bytes: &[u8], values: &mut [f32]) {
        assert_eq!(
            self.row_bytes(values.len()),
            Some(bytes.len()),
            "{} values of {} do not take {} bytes",
            values.len(),
            self.name(),
            bytes.len()
        );
        (self.entry().decode)(bytes, values);
    }

    /// Whether [`Format::encode`] can write this format.
    pub fn has_encoder(self) -> bool {
        self.entry().encode.is_some()
    }

    /// Encodes floats into whole blocks (Q8_0, Q4_0, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K, MXFP4, F32, F16, BF16), bit
    /// for bit as ggml does without an importance matrix, but for MXFP4, whose scales are chosen better.
    ///
    /// The plain floats keep infinities and NaNs (a value too large for F16 or BF16 becomes infinite).
    ///
    /// # Errors
    /// For a format that has no encoder, for a length that does not divide into blocks, and for a
    /// value that the format cannot hold: NaN, infinite, or so large that its block's scale does not
    /// fit in 16 bits.
    pub fn encode(self, values: &[f32]) -> Result<Vec<u8>> {
        let (encode, mut bytes) = self.begin_encoding(values.len())?;
        encode(values, &mut bytes).map_err(|block| self.not_stored(values, block))?;
        Ok(bytes)
    }

    /// Encodes whole rows of floats as [`encode`](Format::encode) does, but so that errors of important columns are
    /// smaller: `importance` has a number for each column, not negative, such as the mean square of what the column
    /// is multiplied with (llama.cpp's importance matrix). Bit for bit as ggml does with one, but for MXFP4 and for
    /// parts of rows without any importance.
    /// Q8_0 and the plain floats take no notice of it.
    ///
    /// # Errors
    /// As [`encode`](Format::encode), and if the values are not whole rows of as many columns, or an importance is
    /// negative or not finite.
    pub fn encode_important(self, values: &[f32], importance: &[f32]) -> Result<Vec<u8>> {
        let columns = importance.len();
        if columns == 0 || !values.len().is_multiple_of(columns) || !columns.is_multiple_of(self.block_len())
        {
            return Err(Error::input(format!(
                "{} values are not whole rows of {columns} columns, for which the importance is given, in blocks of {}",
                values.len(),
                self.block_len()
            )));
        }
        if let Some(column) = importance.iter().position(|value| !value.is_finite() || *value < 0.0) {
            let value = importance[column];
            return Err(Error::input(format!(
                "the importance of column {column} is {value}; it must be 0 or above"
            )));
        }
        let Some(encode_important) = self.entry().encode_important else {
            return self.encode(values);
        };
        let (_, mut bytes) = self.begin_encoding(values.len())?;
        for (row, values_of_row) in values.chunks_exact(columns).enumerate() {
            encode_important(values_of_row, importance, &mut bytes)
                .map_err(|block| self.not_stored(values, row * (columns / self.block_len()) + block))?;
        }
        Ok(bytes)
    }

    /// The encoder, and room for what it makes of this many values.
    fn begin_encoding(self, count: usize) -> Result<(EncodeBlocks, Vec<u8>)> {
        let name = self.name();
        let Some(encode) = self.entry().encode else {
            let encodable: Vec<_> =
                Format::ALL.into_iter().filter(|format| format.has_encoder()).map(Format::name).collect();
            return Err(Error::input(format!("{name} has no encoder; these have: {}", encodable.join(", "))));
        };
        let Some(size) = self.row_bytes(count) else {
            return Err(Error::input(format!(
                "{count} values cannot be encoded as {name}: it stores blocks of {}",
                self.block_len()
            )));
        };
        Ok((encode, Vec::with_capacity(size)))
    }

    /// The error of a block that cannot be stored.
    fn not_stored(self, values: &[f32], block: usize) -> Error {
        let name = self.name();
        let start = block * self.block_len();
        let block = &values[start..start + self.block_len()];
        Error::input(match block.iter().position(|value| !value.is_finite()) {
            Some(index) => {
                format!("value {} is {}: {name} stores finite values only", start + index, block[index])
            }
            None => format!(
                "values {start} to {} are too large for {name}: their scale does not fit in a 16-bit float",
                start + self.block_len() - 1
            ),
        })
    }
}

#[cfg(test)]
mod tests;
