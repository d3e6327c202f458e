//! The uniform form of quantised weights, and how every block format unpacks to it in portable Rust.
//!
//! A weight is `scale * (value - ZERO) - minimum` with an unsigned byte `value`, a `ZERO` that is
//! constant for the format, and one scale (and minimum) for each `GROUP` of 16 or 32 values. With
//! activations `a = activation_scale * b`, `b` an `i8`, the product of a group is
//!
//! `activation_scale * (scale * (Σ value*b - ZERO * Σ b) - minimum * Σ b)`
//!
//! whose sums are exact integers: one inner loop (`vpdpbusd` where there is one) serves every format.
//! Instruction sets may take `ZERO` as a minimum, `scale * ZERO`, or begin the sum of the products with it.
//! The byte layouts are those of GGUF (`ggml-common.h`). `quant` decodes the same blocks to floats on
//! its own; the tests hold the two against each other.

#![allow(non_camel_case_types)] // The formats' own names.

use crate::quant::Format;
use half::f16;

/// Values that kernels handle at a time: the longest block of any format.
pub(super) const CHUNK: usize = 256;
/// The longest chunk of any format, in bytes: Q8_0's.
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))] // Portable Rust needs no copies.
pub(super) const MOST_CHUNK_BYTES: usize = chunk_bytes::<Q8_0>();
/// The most groups in a chunk.
pub(super) const MOST_GROUPS: usize = CHUNK / 16;

/// 256 weights of one row in the uniform form.
pub(super) struct Chunk {
    /// The unsigned bytes.
    pub(super) values: [u8; CHUNK],
    /// One for each group, from the front.
    pub(super) scales: [f32; MOST_GROUPS],
    /// One for each group, from the front; zeros in formats without minimums.
    pub(super) minimums: [f32; MOST_GROUPS],
}

/// A block format in the uniform form.
pub(super) trait Block: 'static {
    /// Its name.
    const FORMAT: Format;
    /// Values in a block, 32 or 256.
    const LEN: usize;
    /// Bytes of a block.
    const BYTES: usize;
    /// Values that share a scale, 16 or 32.
    const GROUP: usize;
    /// Subtracted from every value.
    const ZERO: i32 = 0;
    /// Whether groups have a minimum; `ZERO` is 0 then.
    const MINIMUMS: bool = false;

    /// Unpacks a block of `BYTES` bytes: `LEN` values, `LEN / GROUP` scales and minimums (which formats
    /// without minimums leave alone).
    fn unpack(block: &[u8], values: &mut [u8], scales: &mut [f32], minimums: &mut [f32]);
}

impl Chunk {
    /// All zeros.
    pub(super) const ZERO: Chunk =
        Chunk { values: [0; CHUNK], scales: [0.0; MOST_GROUPS], minimums: [0.0; MOST_GROUPS] };

    /// Unpacks up to 256 values; `blocks` holds at most a chunk of whole blocks. What they do not fill is
    /// left with scales and minimums of 0.
    pub(super) fn unpack<B: Block>(&mut self, blocks: &[u8]) {
        let groups = B::LEN / B::GROUP;
        for (i, block) in blocks.chunks_exact(B::BYTES).enumerate() {
            B::unpack(
                block,
                &mut self.values[i * B::LEN..(i + 1) * B::LEN],
                &mut self.scales[i * groups..(i + 1) * groups],
                &mut self.minimums[i * groups..(i + 1) * groups],
            );
        }
        let filled = blocks.len() / B::BYTES * groups;
        self.scales[filled..].fill(0.0);
        self.minimums[filled..].fill(0.0);
    }
}

/// Bytes of a chunk of whole blocks.
pub(super) const fn chunk_bytes<B: Block>() -> usize {
    CHUNK / B::LEN * B::BYTES
}

/// The half-precision number at `offset`.
pub(super) fn half_at(block: &[u8], offset: usize) -> f32 {
    f16::from_le_bytes([block[offset], block[offset + 1]]).to_f32()
}

/// Splits 16 bytes into 32 nibbles: the low ones first, then the high ones.
fn nibbles(bytes: &[u8], values: &mut [u8]) {
    let (low, high) = values.split_at_mut(bytes.len());
    for ((byte, low), high) in bytes.iter().zip(low).zip(high) {
        *low = byte & 15;
        *high = byte >> 4;
    }
}

/// Adds `weight` where the bit of `bits` with the value's index is set.
fn add_bits(bits: &[u8], weight: u8, values: &mut [u8]) {
    for (i, value) in values.iter_mut().enumerate() {
        *value += (bits[i / 8] >> (i % 8) & 1) * weight;
    }
}

/// 4 bits and a scale.
pub(super) enum Q4_0 {}
impl Block for Q4_0 {
    const FORMAT: Format = Format::Q4_0;
    const LEN: usize = 32;
    const BYTES: usize = 18;
    const GROUP: usize = 32;
    const ZERO: i32 = 8;
    fn unpack(block: &[u8], values: &mut [u8], scales: &mut [f32], _minimums: &mut [f32]) {
        scales[0] = half_at(block, 0);
        nibbles(&block[2..18], values);
    }
}

/// 4 bits, a scale and an offset.
pub(super) enum Q4_1 {}
impl Block for Q4_1 {
    const FORMAT: Format = Format::Q4_1;
    const LEN: usize = 32;
    const BYTES: usize = 20;
    const GROUP: usize = 32;
    const MINIMUMS: bool = true;
    fn unpack(block: &[u8], values: &mut [u8], scales: &mut [f32], minimums: &mut [f32]) {
        scales[0] = half_at(block, 0);
        minimums[0] = -half_at(block, 2);
        nibbles(&block[4..20], values);
    }
}

/// 5 bits and a scale.
pub(super) enum Q5_0 {}
impl Block for Q5_0 {
    const FORMAT: Format = Format::Q5_0;
    const LEN: usize = 32;
    const BYTES: usize = 22;
    const GROUP: usize = 32;
    const ZERO: i32 = 16;
    fn unpack(block: &[u8], values: &mut [u8], scales: &mut [f32], _minimums: &mut [f32]) {
        scales[0] = half_at(block, 0);
        nibbles(&block[6..22], values);
        add_bits(&block[2..6], 16, values);
    }
}

/// 5 bits, a scale and an offset.
pub(super) enum Q5_1 {}
impl Block for Q5_1 {
    const FORMAT: Format = Format::Q5_1;
    const LEN: usize = 32;
    const BYTES: usize = 24;
    const GROUP: usize = 32;
    const MINIMUMS: bool = true;
    fn unpack(block: &[u8], values: &mut [u8], scales: &mut [f32], minimums: &mut [f32]) {
        scales[0] = half_at(block, 0);
        minimums[0] = -half_at(block, 2);
        nibbles(&block[8..24], values);
        add_bits(&block[4..8], 16, values);
    }
}

/// 8 bits and a scale.
pub(super) enum Q8_0 {}
impl Block for Q8_0 {
    const FORMAT: Format = Format::Q8_0;
    const LEN: usize = 32;
    const BYTES: usize = 34;
    const GROUP: usize = 32;
    const ZERO: i32 = 128;
    fn unpack(block: &[u8], values: &mut [u8], scales: &mut [f32], _minimums: &mut [f32]) {
        scales[0] = half_at(block, 0);
        for (value, byte) in values.iter_mut().zip(&block[2..34]) {
            *value = byte ^ 0x80;
        }
    }
}

/// Bits `2 * plane` and `2 * plane + 1` of every byte: how Q2_K and Q3_K keep 128 values in 32 bytes.
fn crumbs(bytes: &[u8], values: &mut [u8]) {
    for (half, bytes) in values.chunks_exact_mut(128).zip(bytes.chunks_exact(32)) {
        for (plane, values) in half.chunks_exact_mut(32).enumerate() {
            for (value, byte) in values.iter_mut().zip(bytes) {
                *value = byte >> (2 * plane) & 3;
            }
        }
    }
}

/// 2 bits, 16 groups with 4-bit scales and minimums.
pub(super) enum Q2_K {}
impl Block for Q2_K {
    const FORMAT: Format = Format::Q2_K;
    const LEN: usize = 256;
    const BYTES: usize = 84;
    const GROUP: usize = 16;
    const MINIMUMS: bool = true;
    fn unpack(block: &[u8], values: &mut [u8], scales: &mut [f32], minimums: &mut [f32]) {
        let (scale, minimum) = (half_at(block, 80), half_at(block, 82));
        for (i, &byte) in block[..16].iter().enumerate() {
            scales[i] = scale * f32::from(byte & 15);
            minimums[i] = minimum * f32::from(byte >> 4);
        }
        crumbs(&block[16..80], values);
    }
}

/// 3 bits, 16 groups with signed 6-bit scales.
pub(super) enum Q3_K {}
impl Block for Q3_K {
    const FORMAT: Format = Format::Q3_K;
    const LEN: usize = 256;
    const BYTES: usize = 110;
    const GROUP: usize = 16;
    const ZERO: i32 = 4;
    fn unpack(block: &[u8], values: &mut [u8], scales: &mut [f32], _minimums: &mut [f32]) {
        let scale = half_at(block, 108);
        let packed = &block[96..108];
        for (i, out) in scales.iter_mut().enumerate() {
            let low = packed[i % 8] >> (4 * (i / 8)) & 15;
            let high = packed[8 + i % 4] >> (2 * (i / 4)) & 3;
            *out = scale * (f32::from(low | high << 4) - 32.0);
        }
        crumbs(&block[32..96], values);
        for (plane, values) in values.chunks_exact_mut(32).enumerate() {
            for (value, mask) in values.iter_mut().zip(&block[..32]) {
                *value += (mask >> plane & 1) * 4;
            }
        }
    }
}

/// The eight 6-bit scales and minimums that Q4_K and Q5_K keep in 12 bytes.
pub(super) fn six_bit_scales(packed: &[u8]) -> ([u8; 8], [u8; 8]) {
    let (mut scales, mut minimums) = ([0; 8], [0; 8]);
    for i in 0..4 {
        scales[i] = packed[i] & 63;
        minimums[i] = packed[i + 4] & 63;
        scales[i + 4] = packed[i + 8] & 15 | packed[i] >> 6 << 4;
        minimums[i + 4] = packed[i + 8] >> 4 | packed[i + 4] >> 6 << 4;
    }
    (scales, minimums)
}

/// The scales and minimums of a Q4_K or Q5_K block as floats.
fn scales_and_minimums(block: &[u8], scales: &mut [f32], minimums: &mut [f32]) {
    let (scale, minimum) = (half_at(block, 0), half_at(block, 2));
    let packed = six_bit_scales(&block[4..16]);
    for i in 0..8 {
        scales[i] = scale * f32::from(packed.0[i]);
        minimums[i] = minimum * f32::from(packed.1[i]);
    }
}

/// 4 bits, 8 groups with 6-bit scales and minimums.
pub(super) enum Q4_K {}
impl Block for Q4_K {
    const FORMAT: Format = Format::Q4_K;
    const LEN: usize = 256;
    const BYTES: usize = 144;
    const GROUP: usize = 32;
    const MINIMUMS: bool = true;
    fn unpack(block: &[u8], values: &mut [u8], scales: &mut [f32], minimums: &mut [f32]) {
        scales_and_minimums(block, scales, minimums);
        for (values, bytes) in values.chunks_exact_mut(64).zip(block[16..].chunks_exact(32)) {
            nibbles(bytes, values);
        }
    }
}

/// 5 bits, 8 groups with 6-bit scales and minimums.
pub(super) enum Q5_K {}
impl Block for Q5_K {
    const FORMAT: Format = Format::Q5_K;
    const LEN: usize = 256;
    const BYTES: usize = 176;
    const GROUP: usize = 32;
    const MINIMUMS: bool = true;
    fn unpack(block: &[u8], values: &mut [u8], scales: &mut [f32], minimums: &mut [f32]) {
        scales_and_minimums(block, scales, minimums);
        for (values, bytes) in values.chunks_exact_mut(64).zip(block[48..].chunks_exact(32)) {
            nibbles(bytes, values);
        }
        for (plane, values) in values.chunks_exact_mut(32).enumerate() {
            for (value, bits) in values.iter_mut().zip(&block[16..48]) {
                *value += (bits >> plane & 1) * 16;
            }
        }
    }
}

/// 6 bits, 16 groups with 8-bit scales.
pub(super) enum Q6_K {}
impl Block for Q6_K {
    const FORMAT: Format = Format::Q6_K;
    const LEN: usize = 256;
    const BYTES: usize = 210;
    const GROUP: usize = 16;
    const ZERO: i32 = 32;
    fn unpack(block: &[u8], values: &mut [u8], scales: &mut [f32], _minimums: &mut [f32]) {
        let scale = half_at(block, 208);
        for (out, &byte) in scales.iter_mut().zip(&block[192..208]) {
            *out = scale * f32::from(byte as i8);
        }
        for (half, values) in values.chunks_exact_mut(128).enumerate() {
            nibbles(&block[64 * half..][..64], values);
            let high = &block[128 + 32 * half..][..32];
            for (plane, values) in values.chunks_exact_mut(32).enumerate() {
                for (value, bits) in values.iter_mut().zip(high) {
                    *value += (bits >> (2 * plane) & 3) * 16;
                }
            }
        }
    }
}

/// The values of the IQ4 formats, plus 128.
pub(super) const IQ4_VALUES: [u8; 16] =
    [1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241];

/// 4 bits that index a table, and a scale.
pub(super) enum IQ4_NL {}
impl Block for IQ4_NL {
    const FORMAT: Format = Format::IQ4_NL;
    const LEN: usize = 32;
    const BYTES: usize = 18;
    const GROUP: usize = 32;
    const ZERO: i32 = 128;
    fn unpack(block: &[u8], values: &mut [u8], scales: &mut [f32], _minimums: &mut [f32]) {
        scales[0] = half_at(block, 0);
        nibbles(&block[2..18], values);
        look_up(&IQ4_VALUES, values);
    }
}

/// 4 bits that index a table, 8 groups with signed 6-bit scales.
pub(super) enum IQ4_XS {}
impl Block for IQ4_XS {
    const FORMAT: Format = Format::IQ4_XS;
    const LEN: usize = 256;
    const BYTES: usize = 136;
    const GROUP: usize = 32;
    const ZERO: i32 = 128;
    fn unpack(block: &[u8], values: &mut [u8], scales: &mut [f32], _minimums: &mut [f32]) {
        let scale = half_at(block, 0);
        let high = u16::from_le_bytes([block[2], block[3]]);
        for (i, out) in scales.iter_mut().enumerate() {
            let low = block[4 + i / 2] >> (4 * (i % 2)) & 15;
            let high = (high >> (2 * i) & 3) as u8;
            *out = scale * (f32::from(low | high << 4) - 32.0);
        }
        for (values, bytes) in values.chunks_exact_mut(32).zip(block[8..].chunks_exact(16)) {
            nibbles(bytes, values);
        }
        look_up(&IQ4_VALUES, values);
    }
}

/// Twice the values of a 4-bit float (1 sign, 2 exponent, 1 mantissa bit), plus 12.
pub(super) const MXFP4_VALUES: [u8; 16] = [12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0];

/// 4-bit floats with a shared power of two (OCP Microscaling Formats 1.0).
pub(super) enum MXFP4 {}
impl Block for MXFP4 {
    const FORMAT: Format = Format::MXFP4;
    const LEN: usize = 32;
    const BYTES: usize = 17;
    const GROUP: usize = 32;
    const ZERO: i32 = 12;
    fn unpack(block: &[u8], values: &mut [u8], scales: &mut [f32], _minimums: &mut [f32]) {
        scales[0] = half_power_of_two(block[0]);
        nibbles(&block[1..17], values);
        look_up(&MXFP4_VALUES, values);
    }
}

/// `2^(exponent - 128)`: half the scale of MXFP4, whose table holds twice the values.
pub(super) fn half_power_of_two(exponent: u8) -> f32 {
    f32::from_bits(match exponent {
        // 2^-128 and 2^-127 are below the smallest normal number.
        0 => 1 << 21,
        1 => 1 << 22,
        _ => (u32::from(exponent) - 1) << 23,
    })
}

/// Replaces each nibble by its entry of the table.
fn look_up(table: &[u8; 16], values: &mut [u8]) {
    for value in values {
        *value = table[usize::from(*value)];
    }
}

/// Calls a generic function or constant for the block type of a format; `None` for plain floats.
macro_rules! for_block {
    ($format:expr, $block:ident => $value:expr) => {{
        use crate::kernel::block;
        use crate::quant::Format;
        macro_rules! with {
            ($name:ident) => {{
                type $block = block::$name;
                Some($value)
            }};
        }
        match $format {
            Format::F32 | Format::F16 | Format::BF16 | Format::F8_E4M3 => None,
            Format::Q4_0 => with!(Q4_0),
            Format::Q4_1 => with!(Q4_1),
            Format::Q5_0 => with!(Q5_0),
            Format::Q5_1 => with!(Q5_1),
            Format::Q8_0 => with!(Q8_0),
            Format::Q2_K => with!(Q2_K),
            Format::Q3_K => with!(Q3_K),
            Format::Q4_K => with!(Q4_K),
            Format::Q5_K => with!(Q5_K),
            Format::Q6_K => with!(Q6_K),
            Format::IQ4_NL => with!(IQ4_NL),
            Format::IQ4_XS => with!(IQ4_XS),
            Format::MXFP4 => with!(MXFP4),
        }
    }};
}
pub(super) use for_block;
