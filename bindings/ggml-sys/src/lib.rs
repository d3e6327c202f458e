//! ggml through bindgen: the oracle of tests and benches. A safe layer over the few functions that they need, and
//! nothing that the library itself could come to depend on.
//!
//! Lengths are checked here, because ggml trusts its caller. Blocks go to ggml from memory that is aligned for any of
//! its structs, which a slice of bytes need not be.

#![deny(unsafe_op_in_unsafe_fn)]

use llama_cpp_sys_2 as ggml;
use moesaic::quant::Format;
use std::ffi::c_void;
use std::sync::Once;

/// Decodes whole blocks with ggml's `to_float`; plain 32-bit floats, for which it has none, are copied.
///
/// # Panics
/// If `bytes` is not a whole number of blocks.
pub fn to_float(format: Format, bytes: &[u8]) -> Vec<f32> {
    assert!(bytes.len().is_multiple_of(format.block_bytes()), "{} bytes of {}", bytes.len(), format.name());
    if format == Format::F32 {
        let (words, _) = bytes.as_chunks::<4>();
        return words.iter().map(|&word| f32::from_le_bytes(word)).collect();
    }
    initialise();
    let blocks = Blocks::from_bytes(bytes);
    let mut values = vec![0.0; bytes.len() / format.block_bytes() * format.block_len()];
    let decode = traits(format).to_float.expect("ggml decodes every format but F32");
    // SAFETY: the blocks are as many as the values take, and aligned; the function writes only the values.
    unsafe { decode(blocks.as_ptr(), values.as_mut_ptr(), length(values.len())) };
    values
}

/// Encodes rows of `columns` values as `ggml_quantize_chunk` does without an importance matrix.
///
/// # Panics
/// If the values are not whole rows, or a row is not whole blocks.
pub fn quantize(format: Format, values: &[f32], columns: usize) -> Vec<u8> {
    encode(format, values, columns, None)
}

/// Encodes rows as `ggml_quantize_chunk` does with an importance matrix, which has a number for each column.
///
/// # Panics
/// If the values are not whole rows, or a row is not whole blocks.
pub fn quantize_important(format: Format, values: &[f32], importance: &[f32]) -> Vec<u8> {
    encode(format, values, importance.len(), Some(importance))
}

fn encode(format: Format, values: &[f32], columns: usize, importance: Option<&[f32]>) -> Vec<u8> {
    assert!(
        columns > 0 && values.len().is_multiple_of(columns),
        "{} values, {columns} in a row",
        values.len()
    );
    let rows = values.len() / columns;
    let size = row_bytes(format, columns) * rows;
    initialise();
    let mut blocks = Blocks::zeros(size);
    // SAFETY: there are `rows * columns` values to read and as many bytes to write as those rows take. The importance
    // has `columns` values; null stands for none, and none of our formats requires it.
    let written = unsafe {
        ggml::ggml_quantize_chunk(
            number(format),
            values.as_ptr(),
            blocks.as_mut_ptr(),
            0,
            length(rows),
            length(columns),
            importance.map_or(std::ptr::null(), <[f32]>::as_ptr),
        )
    };
    assert_eq!(written, size, "ggml and moesaic disagree about the size of {}", format.name());
    blocks.bytes().to_vec()
}

/// The product of one encoded row with floats, as ggml computes it on a CPU: the floats are rounded to the 8-bit blocks
/// that it pairs with the format.
///
/// # Panics
/// If `row` does not hold as many values as `values`.
pub fn dot(format: Format, row: &[u8], values: &[f32]) -> f32 {
    let weights = Weights::new(format, 1, values.len(), row);
    let mut output = [0.0];
    weights.matvec(&Activations::new(format, values), &mut output);
    output[0]
}

/// The number of the format that ggml rounds activations to before it multiplies them with weights of this format
/// (`vec_dot_type`): 8 is Q8_0, 9 is Q8_1, 15 is Q8_K.
pub fn activation_format(format: Format) -> u32 {
    cpu_traits(format).vec_dot_type
}

/// Whether this ggml was compiled for AVX-512 with VNNI, which its products are fastest with. The build script compiles
/// it so only under `RUSTFLAGS="-C target-cpu=native"`.
pub fn has_avx512_vnni() -> bool {
    // SAFETY: both only report how they were compiled.
    unsafe { ggml::ggml_cpu_has_avx512() != 0 && ggml::ggml_cpu_has_avx512_vnni() != 0 }
}

/// Rows of weights in ggml's hands.
pub struct Weights {
    format: Format,
    rows: usize,
    columns: usize,
    row_bytes: usize,
    blocks: Blocks,
}

impl Weights {
    /// A copy of `rows` encoded rows of `columns` values.
    ///
    /// # Panics
    /// If `bytes` is not as long as that.
    pub fn new(format: Format, rows: usize, columns: usize, bytes: &[u8]) -> Weights {
        let row_bytes = row_bytes(format, columns);
        assert_eq!(bytes.len(), rows * row_bytes, "{rows} rows of {columns} values of {}", format.name());
        Weights { format, rows, columns, row_bytes, blocks: Blocks::from_bytes(bytes) }
    }

    /// `output[r]` becomes the product of row `r` with the activations: ggml's `vec_dot`, row after row on the calling
    /// thread.
    ///
    /// # Panics
    /// If the activations were made for another format or length, or there is not one output for each row.
    pub fn matvec(&self, activations: &Activations, output: &mut [f32]) {
        assert_eq!(activations.format, self.format);
        assert_eq!(activations.columns, self.columns);
        assert_eq!(output.len(), self.rows);
        let dot = cpu_traits(self.format).vec_dot.expect("ggml multiplies every format that moesaic has");
        let columns = i32::try_from(self.columns).expect("ggml counts columns in 32 bits");
        for (row, output) in output.iter_mut().enumerate() {
            // SAFETY: `new` checked that there are `rows` rows of that many bytes.
            let blocks = unsafe { self.blocks.as_ptr().byte_add(row * self.row_bytes) };
            // SAFETY: both sides hold `columns` values in the formats that `vec_dot` pairs, rows of blocks keep the
            // alignment of the first one, and one product (the last argument) ignores the strides.
            unsafe { dot(columns, output, 0, blocks, 0, activations.blocks.as_ptr(), 0, 1) };
        }
    }
}

/// One row of activations, rounded as ggml rounds it before a product with weights of a certain format.
pub struct Activations {
    format: Format,
    columns: usize,
    blocks: Blocks,
}

impl Activations {
    /// Rounds `values` for products with weights of `format`.
    ///
    /// # Panics
    /// If the values are not whole blocks of `format`.
    pub fn new(format: Format, values: &[f32]) -> Activations {
        // Blocks of activations are never longer than those of the weights that they are paired with.
        row_bytes(format, values.len());
        let partner = cpu_traits(format).vec_dot_type;
        // SAFETY: a type that ggml itself named.
        let size = unsafe { ggml::ggml_row_size(partner, length(values.len())) };
        let mut blocks = Blocks::zeros(size);
        // SAFETY: as above; the traits are a static table.
        let round = unsafe { (*ggml::ggml_get_type_traits_cpu(partner)).from_float };
        let round = round.expect("ggml makes the activations that it multiplies");
        // SAFETY: reads all values and writes as many bytes as they take in the format.
        unsafe { round(values.as_ptr(), blocks.as_mut_ptr(), length(values.len())) };
        Activations { format, columns: values.len(), blocks }
    }
}

/// Bytes aligned for every block of ggml.
struct Blocks {
    words: Vec<u64>,
    length: usize,
}

impl Blocks {
    fn zeros(length: usize) -> Blocks {
        Blocks { words: vec![0; length.div_ceil(8)], length }
    }

    fn from_bytes(bytes: &[u8]) -> Blocks {
        let mut blocks = Blocks::zeros(bytes.len());
        // SAFETY: the words are at least as long as the bytes, and any bytes make words.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), blocks.as_mut_ptr().cast(), bytes.len()) };
        blocks
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: the words are at least `length` bytes, all of them initialised.
        unsafe { std::slice::from_raw_parts(self.words.as_ptr().cast(), self.length) }
    }

    fn as_ptr(&self) -> *const c_void {
        self.words.as_ptr().cast()
    }

    fn as_mut_ptr(&mut self) -> *mut c_void {
        self.words.as_mut_ptr().cast()
    }
}

/// Fills ggml's tables of half-precision numbers, on which its CPU functions rely.
fn initialise() {
    static ONCE: Once = Once::new();
    // SAFETY: takes nothing, and is meant to be called before anything else.
    ONCE.call_once(|| unsafe { ggml::ggml_cpu_init() });
}

/// The format's number in ggml, which is the one in GGUF files.
fn number(format: Format) -> ggml::ggml_type {
    format.gguf_id()
}

/// What ggml knows of a format.
fn traits(format: Format) -> &'static ggml::ggml_type_traits {
    // SAFETY: the numbers of GGUF files are indices of this static table.
    unsafe { &*ggml::ggml_get_type_traits(number(format)) }
}

/// What ggml's CPU backend knows of a format, ready to be called.
fn cpu_traits(format: Format) -> &'static ggml::ggml_type_traits_cpu {
    initialise();
    // SAFETY: as above.
    unsafe { &*ggml::ggml_get_type_traits_cpu(number(format)) }
}

/// The bytes of a row. Panics unless it is whole blocks.
fn row_bytes(format: Format, columns: usize) -> usize {
    format
        .row_bytes(columns)
        .unwrap_or_else(|| panic!("{columns} values are not whole blocks of {}", format.name()))
}

/// A length as ggml takes it.
fn length(count: usize) -> i64 {
    i64::try_from(count).expect("no slice is that long")
}
