//! Block formats against ggml: decoding bit for bit, encoding bit for bit where the compiler leaves ggml's arithmetic
//! alone, and never with a larger error.

mod data;

use data::{scale_places, Random};
use moesaic::quant::Format;
use moesaic_ggml_sys::{quantize, quantize_important, to_float};

fn decode(format: Format, bytes: &[u8]) -> Vec<f32> {
    let mut values = vec![0.0; bytes.len() / format.block_bytes() * format.block_len()];
    format.decode(bytes, &mut values);
    values
}

/// Panics unless both decode the blocks to the same bits. NaNs count as equal: their sign and payload are left open by
/// both languages.
fn assert_decoded_alike(format: Format, bytes: &[u8], what: &str) {
    let (ours, theirs) = (decode(format, bytes), to_float(format, bytes));
    assert_eq!(ours.len(), theirs.len());
    for (index, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        if ours.to_bits() != theirs.to_bits() && !(ours.is_nan() && theirs.is_nan()) {
            let block = index / format.block_len() * format.block_bytes();
            panic!(
                "{} of {what}: value {} is {ours:e}, ggml says {theirs:e}; the block is {:02x?}",
                format.name(),
                index % format.block_len(),
                &bytes[block..block + format.block_bytes()]
            );
        }
    }
}

#[test]
fn any_bytes_decode_alike() {
    for format in Format::ALL {
        for seed in 0..64 {
            let bytes = Random(seed).bytes(128 * format.block_bytes());
            assert_decoded_alike(format, &bytes, &format!("random bytes, seed {seed}"));
        }
    }
}

#[test]
fn equal_bytes_decode_alike() {
    for format in Format::ALL {
        for byte in 0..=u8::MAX {
            // Once with themselves as the scales, and once with scales that let the values be seen.
            let mut bytes = vec![byte; format.block_bytes()];
            assert_decoded_alike(format, &bytes, "equal bytes");
            Random(u64::from(byte)).tame_scales(format, &mut bytes);
            assert_decoded_alike(format, &bytes, "equal bytes");
        }
    }
}

/// Zeros, subnormal numbers and their neighbours, ones, the largest, infinities and NaNs, as bits of binary16.
const SPECIAL_HALVES: [u16; 18] = [
    0x0000, 0x8000, 0x0001, 0x8001, 0x03ff, 0x83ff, 0x0400, 0x8400, 0x3c00, 0xbc00, 0x7bff, 0xfbff, 0x7c00,
    0xfc00, 0x7c01, 0x7e00, 0xfe00, 0xffff,
];

#[test]
fn special_scales_decode_alike() {
    let mut random = Random(1);
    for format in Format::ALL {
        for first in SPECIAL_HALVES {
            for second in SPECIAL_HALVES {
                let mut bytes = random.bytes(8 * format.block_bytes());
                for block in bytes.chunks_exact_mut(format.block_bytes()) {
                    for (&place, scale) in scale_places(format).iter().zip([first, second]) {
                        block[place..place + 2].copy_from_slice(&scale.to_le_bytes());
                    }
                }
                assert_decoded_alike(format, &bytes, &format!("scales {first:#06x} and {second:#06x}"));
            }
        }
    }
}

#[test]
fn every_mxfp4_block_decodes_alike() {
    // The exponents' ends (0, 1, 254, 255) are among them.
    for exponent in 0..=u8::MAX {
        for pair in 0..=u8::MAX {
            let mut block = [pair; 17];
            block[0] = exponent;
            assert_decoded_alike(Format::MXFP4, &block, "every exponent with every pair of values");
        }
    }
}

#[test]
fn every_half_decodes_alike() {
    let bytes: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
    for format in [Format::F16, Format::BF16] {
        assert_decoded_alike(format, &bytes, "all 16-bit numbers");
    }
}

const ROW: usize = 512;

/// Numbers so small that the reciprocals of scales are infinite, which ggml goes on to convert to integers: C leaves
/// the result open, and no block can hold anything but zeros anyway.
const SUBNORMAL: &str = "subnormal";

/// Rows to encode, and what they are.
fn rows_to_encode() -> Vec<(&'static str, Vec<f32>)> {
    let mut rows = Vec::new();
    let mut random = Random(2);
    for magnitude in [1e-3, 0.02, 1.0, 100.0] {
        for _ in 0..24 {
            rows.push(("normal", (0..ROW).map(|_| magnitude * random.normal()).collect()));
        }
    }
    for _ in 0..16 {
        // The scales of these are subnormal 16-bit floats.
        rows.push(("small", (0..ROW).map(|_| 1e-6 * random.normal()).collect()));
        rows.push(("positive", (0..ROW).map(|_| random.uniform()).collect()));
        rows.push(("negative", (0..ROW).map(|_| -3.0 - random.uniform()).collect()));
        rows.push(("integers", (0..ROW).map(|_| random.below(17) as f32 - 8.0).collect()));
        let mut outliers = random.normals(ROW);
        for _ in 0..6 {
            outliers[random.below(ROW)] *= 50.0;
        }
        rows.push(("outliers", outliers));
        let lonely = random.below(ROW);
        rows.push(("one value", (0..ROW).map(|i| if i == lonely { -0.7 } else { 0.0 }).collect()));
        let blocks: Vec<f32> = (0..ROW / 32).map(|_| (3.0 * random.normal()).exp2()).collect();
        rows.push(("uneven blocks", (0..ROW).map(|i| blocks[i / 32] * random.normal()).collect()));
    }
    rows.push(("ramp", (0..ROW).map(|i| i as f32 - 200.0).collect()));
    for constant in [0.0, -0.0, 1.0, -1.0, 0.1, -0.3, 1e-8, -1e-8, 1e-30, 1234.5] {
        rows.push(("constant", vec![constant; ROW]));
    }
    rows.push((SUBNORMAL, (0..ROW).map(|_| 1e-40 * random.normal()).collect()));
    rows
}

/// The mean of the squared errors.
fn mean_squared_error(values: &[f32], decoded: &[f32]) -> f64 {
    let squares = values.iter().zip(decoded).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
    squares.sum::<f64>() / values.len() as f64
}

#[test]
fn encoding_is_as_good_as_that_of_ggml() {
    let rows = rows_to_encode();
    println!("format   blocks  identical  error on normal values (mean square): moesaic, ggml");
    for format in Format::ALL.into_iter().filter(|format| format.has_encoder()) {
        let (mut blocks, mut identical) = (0, 0);
        let (mut our_error, mut their_error) = (0.0, 0.0);
        for (what, row) in &rows {
            let ours = format.encode(row).unwrap();
            let theirs = quantize(format, row, ROW);
            let pairs = || ours.chunks(format.block_bytes()).zip(theirs.chunks(format.block_bytes()));
            let same = pairs().filter(|(ours, theirs)| ours == theirs).count();
            blocks += pairs().count();
            identical += same;
            // Elsewhere compilers may contract ggml's multiplications and additions, and the choice between two scales
            // of nearly the same error falls differently.
            // ggml looks for no better scale of MXFP4.
            if cfg!(target_arch = "x86_64") && *what != SUBNORMAL && format != Format::MXFP4 {
                for (index, (ours, theirs)) in pairs().enumerate() {
                    assert_eq!(ours, theirs, "{}, {what}, block {index}", format.name());
                }
            }

            let ours = mean_squared_error(row, &decode(format, &ours));
            let theirs = mean_squared_error(row, &to_float(format, &theirs));
            assert!(
                ours <= 1.01 * theirs,
                "{}, {what}: the mean squared error is {ours:e}, that of ggml {theirs:e}",
                format.name()
            );
            if *what == "normal" {
                // Relative to the row, so that large rows do not hide the small ones.
                let power = mean_squared_error(row, &[0.0; ROW]);
                our_error += ours / power;
                their_error += theirs / power;
            }
        }
        let normal = rows.iter().filter(|(what, _)| *what == "normal").count() as f64;
        println!(
            "{:<7} {blocks:>7} {identical:>10}  {:.4e}  {:.4e}",
            format.name(),
            our_error / normal,
            their_error / normal
        );
    }
}

#[test]
fn encoding_by_importance_is_that_of_ggml() {
    let mut random = Random(5);
    // As uneven as channels of real models are.
    let importance: Vec<f32> = (0..ROW).map(|_| (2.0 * random.normal()).exp()).collect();
    // MXFP4 has no importance in ggml.
    let formats = Format::ALL.into_iter().filter(|format| format.has_encoder() && *format != Format::MXFP4);
    for format in formats {
        for (what, row) in rows_to_encode().iter().filter(|(what, _)| *what != SUBNORMAL) {
            let ours = format.encode_important(row, &importance).unwrap();
            let theirs = quantize_important(format, row, &importance);
            let pairs = ours.chunks(format.block_bytes()).zip(theirs.chunks(format.block_bytes()));
            for (index, (ours, theirs)) in pairs.enumerate().filter(|_| cfg!(target_arch = "x86_64")) {
                assert_eq!(ours, theirs, "{}, {what}, block {index}", format.name());
            }
        }
    }
}

#[test]
fn values_are_refused_only_where_ggml_loses_them() {
    let mut random = Random(3);
    // The exponents of MXFP4 are those of floats: it takes them all.
    let formats = Format::ALL.into_iter().filter(|format| *format != Format::MXFP4 && format.block_len() > 1);
    for format in formats.filter(|format| format.has_encoder()) {
        let (mut taken, mut refused) = (0, 0);
        for _ in 0..2000 {
            // Up to where the scales of most formats do not fit in 16 bits any more.
            let magnitude = (random.uniform() * 30.0).exp2();
            let block: Vec<f32> = (0..format.block_len()).map(|_| magnitude * random.normal()).collect();
            let theirs = quantize(format, &block, block.len());
            match format.encode(&block) {
                Ok(ours) => {
                    taken += 1;
                    assert!(ours == theirs || !cfg!(target_arch = "x86_64"), "{}: {block:?}", format.name());
                }
                Err(_) => {
                    refused += 1;
                    let lost = to_float(format, &theirs).iter().any(|value| !value.is_finite());
                    assert!(lost, "{} refuses what ggml encodes: {block:?}", format.name());
                }
            }
        }
        assert!(taken > 100 && refused > 100, "{}: {taken} taken, {refused} refused", format.name());
    }
}
