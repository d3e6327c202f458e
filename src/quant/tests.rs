//! Layouts by hand, whole formats by checksum, and what the encoders promise. The comparison with
//! ggml itself is in `bindings/ggml-sys/tests/formats.rs`.

use super::bytes::{float_to_half, half_to_float};
use super::*;
use proptest::prelude::*;

fn decode(format: Format, bytes: &[u8]) -> Vec<f32> {
    let mut values = vec![0.0; bytes.len() / format.block_bytes() * format.block_len()];
    format.decode(bytes, &mut values);
    values
}

/// The binary16 bytes of a number that it can hold.
fn half(value: f32) -> [u8; 2] {
    half::f16::from_f32(value).to_le_bytes()
}

#[test]
fn names_numbers_and_sizes() {
    let expected = [
        (Format::F32, "F32", 0, 1, 4),
        (Format::F16, "F16", 1, 1, 2),
        (Format::BF16, "BF16", 30, 1, 2),
        (Format::Q4_0, "Q4_0", 2, 32, 18),
        (Format::Q4_1, "Q4_1", 3, 32, 20),
        (Format::Q5_0, "Q5_0", 6, 32, 22),
        (Format::Q5_1, "Q5_1", 7, 32, 24),
        (Format::Q8_0, "Q8_0", 8, 32, 34),
        (Format::Q2_K, "Q2_K", 10, 256, 84),
        (Format::Q3_K, "Q3_K", 11, 256, 110),
        (Format::Q4_K, "Q4_K", 12, 256, 144),
        (Format::Q5_K, "Q5_K", 13, 256, 176),
        (Format::Q6_K, "Q6_K", 14, 256, 210),
        (Format::IQ4_NL, "IQ4_NL", 20, 32, 18),
        (Format::IQ4_XS, "IQ4_XS", 23, 256, 136),
        (Format::MXFP4, "MXFP4", 39, 32, 17),
    ];
    assert_eq!(Format::ALL.len(), expected.len());
    for (format, name, id, len, bytes) in expected {
        assert_eq!(format.name(), name);
        assert_eq!(format.gguf_id(), id);
        assert_eq!((format.block_len(), format.block_bytes()), (len, bytes));
        assert_eq!(Format::from_gguf(id), Some(format));
    }
    for unknown in [4, 5, 9, 15, 16, 24, 36, 40, 41, 43, u32::MAX] {
        assert_eq!(Format::from_gguf(unknown), None);
    }
}

#[test]
fn rows_that_do_not_divide_or_overflow_have_no_size() {
    assert_eq!(Format::Q4_K.row_bytes(512), Some(288));
    assert_eq!(Format::Q4_K.row_bytes(0), Some(0));
    assert_eq!(Format::Q4_K.row_bytes(257), None);
    assert_eq!(Format::F32.row_bytes(usize::MAX), None);
}

#[test]
fn halves_convert_exactly() {
    for bits in 0..=u16::MAX {
        let reference = half::f16::from_bits(bits).to_f32();
        assert_eq!(half_to_float(bits).to_bits(), reference.to_bits(), "{bits:#06x}");
        if !reference.is_nan() {
            assert_eq!(float_to_half(reference), bits);
        }
    }
    assert_eq!(float_to_half(f32::from_bits(0x7f80_0001)), 0x7e00);
    assert_eq!(float_to_half(f32::from_bits(0xffff_ffff)), 0xfe00);
    assert_eq!(float_to_half(65520.0), 0x7c00, "rounds to infinity");
    assert_eq!(float_to_half(65519.9), 0x7bff);
}

#[test]
fn plain_floats_keep_their_bits() {
    let bits = [0, 1, 0x8000_0000, 0x3f80_0000, 0x7f80_0000, 0xff80_0000, 0x7f80_0001, 0xffff_ffff];
    for bits in bits {
        let bytes = u32::to_le_bytes(bits);
        assert_eq!(decode(Format::F32, &bytes)[0].to_bits(), bits);
        assert_eq!(Format::F32.encode(&[f32::from_bits(bits)]).unwrap(), bytes);
        let upper = [bytes[2], bytes[3]];
        assert_eq!(decode(Format::BF16, &upper)[0].to_bits(), bits & 0xffff_0000);
    }
    let bf16 = |bits| Format::BF16.encode(&[f32::from_bits(bits)]).unwrap();
    assert_eq!(bf16(0x3f80_8000), [0x80, 0x3f], "a tie goes to even");
    assert_eq!(bf16(0x3f81_8000), [0x82, 0x3f], "a tie goes to even");
    assert_eq!(bf16(0x3f80_8001), [0x81, 0x3f]);
    assert_eq!(bf16(0x7f7f_ffff), [0x80, 0x7f], "rounds to infinity");
    assert_eq!(bf16(0xff80_0001), [0xc0, 0xff], "a NaN stays a NaN");
}

#[test]
fn blocks_of_32_by_hand() {
    // Byte 3 holds values 3 (low nibble) and 19 (high nibble).
    let quants = |base: u8| {
        let mut quants = [base; 16];
        quants[3] = 0xa1;
        quants
    };

    let q4_0 = decode(Format::Q4_0, &[&half(0.5)[..], &quants(0x88)].concat());
    let mut expected = [0.0; 32];
    (expected[3], expected[19]) = (-3.5, 1.0);
    assert_eq!(q4_0, expected);

    let q4_1 = [&half(0.5)[..], &half(-2.0), &quants(0x44)].concat();
    let mut expected = [0.0; 32];
    (expected[3], expected[19]) = (-1.5, 3.0);
    assert_eq!(decode(Format::Q4_1, &q4_1), expected);

    // Every fifth bit but those of values 3 and 18 is set.
    let fifth = (!(1u32 << 3 | 1 << 18)).to_le_bytes();
    let q5_0 = [&half(2.0)[..], &fifth, &quants(0x00)].concat();
    let mut expected = [0.0; 32];
    (expected[3], expected[18], expected[19]) = (-30.0, -32.0, 20.0);
    assert_eq!(decode(Format::Q5_0, &q5_0), expected);

    let q5_1 = [&half(2.0)[..], &half(1.0), &fifth, &quants(0x00)].concat();
    let mut expected = [33.0; 32];
    (expected[3], expected[18], expected[19]) = (3.0, 1.0, 53.0);
    assert_eq!(decode(Format::Q5_1, &q5_1), expected);

    let q8_0: Vec<u8> = half(0.25).into_iter().chain((0..32).map(|i| i * 8)).collect();
    let expected: Vec<f32> = (0..32u8).map(|i| f32::from((i * 8) as i8) / 4.0).collect();
    assert_eq!(decode(Format::Q8_0, &q8_0), expected);

    let iq4_nl = decode(Format::IQ4_NL, &[&half(1.0)[..], &quants(0x88)].concat());
    let mut expected = [1.0; 32];
    (expected[3], expected[19]) = (-104.0, 25.0);
    assert_eq!(iq4_nl, expected);

    let mxfp4 = decode(Format::MXFP4, &[&[128][..], &quants(0x77)].concat());
    let mut expected = [12.0; 32];
    (expected[3], expected[19]) = (1.0, -2.0);
    assert_eq!(mxfp4, expected);
}

#[test]
fn mxfp4_scales_at_the_ends() {
    let one = |exponent| decode(Format::MXFP4, &[&[exponent][..], &[0x22; 16]].concat())[0];
    assert_eq!(one(127), 1.0);
    assert_eq!(one(0), 2f32.powi(-126) / 2.0);
    assert_eq!(one(1), 2f32.powi(-126));
    assert_eq!(one(2), 2f32.powi(-125));
    assert_eq!(one(254), 2f32.powi(127));
    assert_eq!(one(255), f32::INFINITY);
}

#[test]
fn scales_of_q3_k_by_hand() {
    // Scale 0: 5 low, 2 above; scale 9: 12 low, 3 above; the others -32.
    let mut packed = [0; 12];
    packed[0] |= 5;
    packed[8] |= 2;
    packed[1] |= 12 << 4;
    packed[9] |= 3 << 4;
    let mut expected = [-32; 16];
    expected[0] = 5 + 32 - 32;
    expected[9] = 12 + 48 - 32;
    assert_eq!(q3_k::scales(&packed), expected);
}

#[test]
fn scales_of_q4_k_by_hand() {
    // Scale 2 is 63; minimum 1 is 33; scale 6 is 0b10_1001; minimum 7 is 0b01_0110.
    let mut packed = [0; 12];
    packed[2] |= 63;
    packed[4 + 1] |= 33;
    packed[8 + 2] |= 0b1001;
    packed[2] |= 0b10 << 6;
    packed[8 + 3] |= 0b0110 << 4;
    packed[4 + 3] |= 0b01 << 6;
    let (scales, minima) = affine::scales_and_minima(&packed);
    assert_eq!(scales, [0, 0, 63, 0, 0, 0, 0b10_1001, 0]);
    assert_eq!(minima, [0, 33, 0, 0, 0, 0, 0, 0b01_0110]);
}

#[test]
fn blocks_of_256_by_hand() {
    // Each block is zero but for one quant (or is made so by its scales), at value 200: in the second
    // half, group 12 of 16 or 6 of 8, at place 8 of it.
    let one = |value: f32, others: f32| {
        let mut values = vec![others; 256];
        values[200] = value;
        values
    };

    // 200 = 128 + 2 * 32 + 8: byte 32 + 8, bits 4 and 5.
    let mut q2_k = vec![0; 84];
    q2_k[12] = 0x25;
    q2_k[16 + 40] = 3 << 4;
    q2_k[80..82].copy_from_slice(&half(0.5));
    q2_k[82..84].copy_from_slice(&half(2.0));
    let mut expected = one(0.5 * 5.0 * 3.0 - 4.0, 0.0);
    for i in (192..208).filter(|&i| i != 200) {
        expected[i] = -4.0;
    }
    assert_eq!(decode(Format::Q2_K, &q2_k), expected);

    // All third bits set makes the quants zero; 200 = 6 * 32 + 8: byte 8, bit 6.
    let mut q3_k = vec![0; 110];
    q3_k[..32].fill(0xff);
    q3_k[8] &= !(1 << 6);
    q3_k[32 + 40] = 3 << 4;
    // Scale 12: the high nibble of byte 4, and bits 6 and 7 of byte 8.
    q3_k[96 + 4] = 7 << 4;
    q3_k[96 + 8] = 2 << 6;
    q3_k[108..110].copy_from_slice(&half(0.5));
    assert_eq!(decode(Format::Q3_K, &q3_k), one(-3.5, 0.0));

    // Group 6 is the low nibbles of bytes 96..128; its scale is 0x2b, its minimum 0x15.
    let mut q4_k = vec![0; 144];
    q4_k[..2].copy_from_slice(&half(0.5));
    q4_k[2..4].copy_from_slice(&half(2.0));
    q4_k[4 + 8 + 2] = 0xb | 0x5 << 4;
    q4_k[4 + 2] = 2 << 6;
    q4_k[4 + 4 + 2] = 1 << 6;
    let mut q5_k = q4_k.clone();
    q4_k[16 + 96 + 8] = 9;
    let mut expected = one(0.5 * 43.0 * 9.0 - 42.0, 0.0);
    for i in (192..224).filter(|&i| i != 200) {
        expected[i] = -42.0;
    }
    assert_eq!(decode(Format::Q4_K, &q4_k), expected);

    q5_k.resize(176, 0);
    q5_k[16 + 8] = 1 << 6;
    q5_k[48 + 96 + 8] = 9;
    expected[200] = 0.5 * 43.0 * 25.0 - 42.0;
    assert_eq!(decode(Format::Q5_K, &q5_k), expected);

    // Value 72 of the second half: the high nibble of byte 64 + 8, bits 4 and 5 of byte 32 + 8.
    let mut q6_k = vec![0; 210];
    q6_k[64 + 8] = 11 << 4;
    q6_k[128 + 40] = 3 << 4;
    q6_k[192 + 12] = -3i8 as u8;
    q6_k[208..].copy_from_slice(&half(0.5));
    let mut expected = one(0.5 * -3.0 * (11.0 + 48.0 - 32.0), 0.0);
    for i in (192..208).filter(|&i| i != 200) {
        expected[i] = 0.5 * -3.0 * -32.0;
    }
    assert_eq!(decode(Format::Q6_K, &q6_k), expected);

    // Group 6, value 8: the low nibble of byte 96 + 8. Its scale is 0b10_0101 - 32 = 5, the others 0.
    let mut iq4_xs = vec![0; 136];
    iq4_xs[..2].copy_from_slice(&half(0.5));
    iq4_xs[2..4].copy_from_slice(&[0b1010_1010; 2]);
    iq4_xs[4 + 3] = 0b0101;
    iq4_xs[8 + 96 + 8] = 15;
    let mut expected = one(0.5 * 5.0 * 113.0, -0.0);
    for i in (192..224).filter(|&i| i != 200) {
        expected[i] = 0.5 * 5.0 * -127.0;
    }
    assert_eq!(decode(Format::IQ4_XS, &iq4_xs), expected);
}

/// Bytes from a linear congruential generator (Knuth's MMIX constants), the upper byte of each state.
fn pseudorandom_bytes(count: usize) -> Vec<u8> {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 56) as u8
    };
    (0..count).map(|_| next()).collect()
}

/// FNV-1a over the bits of the values, NaNs made equal and the sign of zero included.
fn checksum(values: &[f32]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for value in values {
        let bits = if value.is_nan() { 0x7fc0_0000 } else { value.to_bits() };
        for byte in bits.to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}

#[test]
fn random_blocks_decode_as_ggml_decodes_them() {
    // From the dequantizers of the Python package `gguf` 0.19.0 on the same bytes.
    let expected = [
        (Format::F32, 0xfb5c_98e2_be69_0afd),
        (Format::F16, 0x733b_3a32_2960_facb),
        (Format::BF16, 0xaab2_84c9_50c9_92bb),
        (Format::Q4_0, 0xe7a4_c39a_56ab_3149),
        (Format::Q4_1, 0x2274_c0bb_eeee_0052),
        (Format::Q5_0, 0x6995_1968_4b25_3b2f),
        (Format::Q5_1, 0x98da_f63e_37ed_acdf),
        (Format::Q8_0, 0xeeaa_f629_2fd7_68f7),
        (Format::Q2_K, 0xb1a7_f4e2_0786_9efa),
        (Format::Q3_K, 0xbaf6_c052_4af8_b3a7),
        (Format::Q4_K, 0x0871_6b19_0eef_6555),
        (Format::Q5_K, 0x12e9_933e_e303_5dc4),
        (Format::Q6_K, 0xe755_62e7_a829_b612),
        (Format::IQ4_NL, 0x8ea9_23a8_e457_d39a),
        (Format::IQ4_XS, 0x6fd2_08ec_0da5_41ee),
        (Format::MXFP4, 0x1cea_c5d2_4992_523a),
    ];
    for (format, expected) in expected {
        let bytes = pseudorandom_bytes(64 * format.block_bytes());
        let found = checksum(&decode(format, &bytes));
        assert_eq!(found, expected, "{}", format.name());
    }
}

const ENCODABLE: [Format; 11] = [
    Format::F32,
    Format::F16,
    Format::BF16,
    Format::Q8_0,
    Format::Q4_0,
    Format::Q5_0,
    Format::Q5_1,
    Format::Q4_K,
    Format::Q5_K,
    Format::Q6_K,
    Format::MXFP4,
];

/// A bound of the error that the format makes on values in [-1, 1]: its step, and a little for the
/// rounding of the scales.
fn bound(format: Format) -> f32 {
    match format {
        Format::F32 => 0.0,
        Format::F16 => 1.0 / 2048.0,
        Format::BF16 => 1.0 / 256.0,
        Format::Q8_0 => 1.0 / 200.0,
        Format::Q6_K => 1.0 / 20.0,
        Format::Q5_K | Format::Q5_0 | Format::Q5_1 => 1.0 / 10.0,
        // With the smallest scale that is tried, a value of 16 becomes 6.
        Format::MXFP4 => 10.0 / 16.0,
        _ => 1.0 / 4.0,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_decode(seed in any::<[u8; 32]>(), fill in any::<u8>()) {
        for format in Format::ALL {
            for bytes in [
                seed.iter().copied().cycle().take(2 * format.block_bytes()).collect(),
                vec![fill; 2 * format.block_bytes()],
            ] {
                let values = decode(format, &bytes);
                let one_by_one: Vec<f32> = bytes
                    .chunks(format.block_bytes())
                    .flat_map(|block| decode(format, block))
                    .collect();
                prop_assert_eq!(checksum(&values), checksum(&one_by_one));
            }
        }
    }

    #[test]
    fn encoding_keeps_close(values in prop::collection::vec(-1.0f32..1.0, 512)) {
        for format in ENCODABLE {
            let bytes = format.encode(&values).unwrap();
            prop_assert_eq!(Some(bytes.len()), format.row_bytes(values.len()));
            for (decoded, value) in decode(format, &bytes).iter().zip(&values) {
                prop_assert!((decoded - value).abs() <= bound(format), "{}: {value} became {decoded}", format.name());
            }
        }
    }

    #[test]
    fn any_floats_encode_or_are_refused(bits in prop::collection::vec(any::<u32>(), 256)) {
        let values: Vec<f32> = bits.into_iter().map(f32::from_bits).collect();
        for format in ENCODABLE {
            if let Ok(bytes) = format.encode(&values) {
                prop_assert_eq!(Some(bytes.len()), format.row_bytes(values.len()));
            }
        }
    }
}

#[test]
fn encoders_are_where_the_documentation_says() {
    for format in Format::ALL {
        assert_eq!(format.has_encoder(), ENCODABLE.contains(&format), "{}", format.name());
    }
    let error = Format::Q2_K.encode(&[0.0; 256]).unwrap_err().to_string();
    assert!(error.contains("Q2_K has no encoder; these have: F32,"), "{error}");
}

#[test]
fn encoders_refuse_what_they_cannot_hold() {
    for format in ENCODABLE.into_iter().filter(|format| format.block_len() > 1) {
        let name = format.name();
        let len = 2 * format.block_len();
        let refused = |values: &[f32]| format.encode(values).unwrap_err().to_string();

        let error = refused(&vec![0.0; len + 1]);
        assert!(error.contains(&format!("{} values cannot be encoded as {name}", len + 1)), "{error}");
        for (value, text) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
            let mut values = vec![1.0; len];
            values[len - 2] = value;
            let error = refused(&values);
            assert!(error.contains(&format!("value {} is {text}: {name}", len - 2)), "{error}");
        }
        // The exponents of MXFP4 are those of floats.
        let too_large: &[f32] = if format == Format::MXFP4 { &[] } else { &[f32::MAX, f32::MIN, 1e20, 1e10] };
        for &huge in too_large {
            let mut values = vec![1.0; len];
            values[len - 1] = huge;
            let error = refused(&values);
            assert!(error.contains(&format!("values {} to {}", len / 2, len - 1)), "{huge}: {error}");
            assert!(error.contains("too large"), "{error}");
        }
    }
}

#[test]
fn zeros_and_negligible_values_encode_to_zeros() {
    for format in ENCODABLE {
        for tiny in [0.0, -0.0, 1e-45, -1e-40, 1e-30] {
            if format == Format::MXFP4 && tiny == 1e-30 {
                continue; // for which its exponents are not too large
            }
            let bytes = format.encode(&[tiny; 256]).unwrap();
            for value in decode(format, &bytes) {
                assert!(value.abs() <= tiny.abs(), "{}: {tiny} became {value}", format.name());
            }
        }
    }
}

/// Sum of squared errors, each times the weight of its column.
fn weighted_error(format: Format, bytes: &[u8], values: &[f32], weights: &[f32]) -> f64 {
    let decoded = decode(format, bytes);
    let weights = weights.iter().cycle();
    decoded.iter().zip(values).zip(weights).map(|((a, b), w)| f64::from(*w) * f64::from(a - b).powi(2)).sum()
}

/// Numbers in [-1, 1] that look random.
fn noise(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn important_columns_get_smaller_errors() {
    let columns = 512;
    let values = noise(32 * columns, 1);
    // Of very different importance, as channels of real models are.
    let importance: Vec<f32> = noise(columns, 2).into_iter().map(|x| (4.0 * x).exp()).collect();
    for format in ENCODABLE.into_iter().filter(|format| format.block_len() > 1) {
        let error = |bytes: &[u8]| weighted_error(format, bytes, &values, &importance);
        let (plain, weighted) =
            (format.encode(&values).unwrap(), format.encode_important(&values, &importance).unwrap());
        assert_eq!(plain.len(), weighted.len());
        let (plain, weighted) = (error(&plain), error(&weighted));
        println!("{}: {plain:.4} became {weighted:.4}", format.name());
        match format {
            Format::Q8_0 => assert_eq!(plain, weighted),
            // Of which only the scale of a block can be chosen.
            Format::MXFP4 => assert!(weighted < plain, "{plain} became {weighted}"),
            _ => assert!(weighted < 0.97 * plain, "{}: {plain} became {weighted}", format.name()),
        }
        // Columns without importance are no reason to lose them.
        let zeros = format.encode_important(&values, &vec![0.0; columns]).unwrap();
        let (kept, power) =
            (error(&zeros), weighted_error(format, &vec![0; zeros.len()], &values, &importance));
        assert!(kept < 0.2 * power, "{}: {kept} of {power}", format.name());
    }
}

#[test]
fn importance_is_checked() {
    let refused = |values: usize, importance: &[f32]| {
        Format::Q4_K.encode_important(&vec![0.0; values], importance).unwrap_err().to_string()
    };
    assert!(refused(300, &[1.0; 256]).contains("not whole rows of 256 columns"));
    assert!(refused(128, &[1.0; 128]).contains("blocks of 256"));
    assert!(refused(0, &[]).contains("0 columns"));
    for wrong in [-1.0, f32::NAN, f32::INFINITY] {
        let mut importance = [1.0; 256];
        importance[7] = wrong;
        assert!(refused(256, &importance).contains("the importance of column 7 is"));
    }
}

#[test]
fn scales_of_mxfp4_are_the_best_of_all() {
    for (seed, size) in [(1, 1.0), (2, 1e-6), (3, 1e6), (4, 1e-38), (5, 3e38)] {
        for mut values in noise(32 * 12, seed).chunks(32).map(<[f32]>::to_vec) {
            values.iter_mut().for_each(|value| *value *= size);
            // Some blocks with an outlier.
            if values[1] > 0.0 {
                values.iter_mut().skip(1).for_each(|value| *value /= 7.0);
            }
            let error = |bytes: &[u8]| weighted_error(Format::MXFP4, bytes, &values, &[1.0]);
            let bytes = Format::MXFP4.encode(&values).unwrap();
            for exponent in 0..=254 {
                let mut elements = [0; 32];
                for (element, value) in elements.iter_mut().zip(&values) {
                    let distance = |element: &u8| {
                        let mut block = [0; 17];
                        (block[0], block[1]) = (exponent, *element);
                        (f64::from(decode(Format::MXFP4, &block)[0]) - f64::from(*value)).abs()
                    };
                    *element = (0..16).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap();
                }
                let mut block = [exponent; 17];
                for (byte, pair) in block[1..].iter_mut().zip(elements[..16].iter().zip(&elements[16..])) {
                    *byte = pair.0 | pair.1 << 4;
                }
                assert!(
                    error(&bytes) <= error(&block) * 1.000001,
                    "{values:?}: {exponent} instead of {}",
                    bytes[0]
                );
            }
        }
    }
}

#[test]
#[should_panic(expected = "do not take")]
fn decoding_checks_lengths() {
    Format::Q4_K.decode(&[0; 144], &mut [0.0; 255]);
}
