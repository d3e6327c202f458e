//! Headers that are wrong in every way that is known to have hurt a reader of GGUF.

use super::*;

/// A header put together by hand, so that it can be wrong.
struct Raw(Vec<u8>);

impl Raw {
    fn header(version: u32, tensors: u64, keys: u64) -> Raw {
        Raw(MAGIC.to_vec()).u32(version).u64(tensors).u64(keys)
    }

    fn bytes(mut self, bytes: &[u8]) -> Raw {
        self.0.extend(bytes);
        self
    }

    fn u32(self, value: u32) -> Raw {
        self.bytes(&value.to_le_bytes())
    }

    fn u64(self, value: u64) -> Raw {
        self.bytes(&value.to_le_bytes())
    }

    fn string(self, text: &str) -> Raw {
        self.u64(text.len() as u64).bytes(text.as_bytes())
    }

    fn key(self, name: &str, value_type: u32) -> Raw {
        self.string(name).u32(value_type)
    }

    fn array(self, element: u32, count: u64) -> Raw {
        self.u32(element).u64(count)
    }

    /// `dimensions` contiguous first, as GGUF has them.
    fn tensor(self, name: &str, dimensions: &[u64], format: u32, offset: u64) -> Raw {
        let mut raw = self.string(name).u32(dimensions.len() as u32);
        for &size in dimensions {
            raw = raw.u64(size);
        }
        raw.u32(format).u64(offset)
    }

    /// Padding to 32, then `count` bytes of data.
    fn data(mut self, count: usize) -> Raw {
        self.0.resize(self.0.len().next_multiple_of(32) + count, 0);
        self
    }

    fn parse(self) -> Result<(Metadata, BTreeMap<String, Tensor>)> {
        parse(&Arc::new(Source::from_bytes("test.gguf", self.0)))
    }

    fn error(self) -> Error {
        self.parse().expect_err("the file is wrong")
    }

    /// Checks that parsing fails and that the message names the file and says this.
    #[track_caller]
    fn fails(self, what: &str) {
        let message = self.error().to_string();
        assert!(message.starts_with("test.gguf: "), "{message}");
        assert!(message.contains(what), "{message}");
    }
}

const F32: u32 = 0;
const Q4_K: u32 = 12;
const HOSTILE: [u64; 9] =
    [1 << 31, (1 << 32) - 1, 1 << 32, 1 << 61, (1 << 63) - 1, 1 << 63, u64::MAX / 24, u64::MAX - 1, u64::MAX];

fn one_tensor(dimensions: &[u64], format: u32, offset: u64) -> Raw {
    Raw::header(3, 1, 0).tensor("t", dimensions, format, offset)
}

#[test]
fn versions_2_and_3_are_read() {
    for version in [2, 3] {
        let (metadata, tensors) = Raw::header(version, 2, 1)
            .key("k", value_type::U32)
            .u32(5)
            .tensor("a", &[256, 3, 2], Q4_K, 0)
            .tensor("b", &[2], F32, 896)
            .data(896 + 8)
            .parse()
            .unwrap();
        assert_eq!(metadata.unsigned("k").unwrap(), Some(5));
        assert_eq!(tensors["a"].shape(), [2, 3, 256]);
        assert_eq!(tensors["a"].format(), Format::Q4_K);
        assert_eq!(tensors["a"].bytes().len(), 6 * 144);
        assert_eq!(tensors["b"].shape(), [2]);
        assert_eq!(tensors["b"].range().start, tensors["a"].range().start + 896);
        assert_eq!(tensors["b"].path(), Path::new("test.gguf"));
    }
}

#[test]
fn a_file_without_tensors_needs_no_padding() {
    let (metadata, tensors) = Raw::header(3, 0, 1).key("k", value_type::U8).bytes(&[9]).parse().unwrap();
    assert_eq!(metadata.get("k"), Some(&Value::U8(9)));
    assert!(tensors.is_empty());
    assert!(Raw::header(3, 0, 0).parse().is_ok());
}

#[test]
fn magic_and_version_are_checked() {
    Raw(b"GGML".to_vec()).u32(3).u64(0).u64(0).fails("begins with \"GGML\"");
    Raw(b"\x89PNG\r\n".to_vec()).fails("\\x89PNG");
    Raw(b"GG".to_vec()).fails("truncated");
    Raw::header(0, 0, 0).fails("version 0 is unknown");
    Raw::header(1, 0, 0).fails("version 1 is too old");
    Raw::header(4, 0, 0).fails("version 4 is unknown");
    Raw::header(u32::MAX, 0, 0).fails("is unknown");
    for version in [1, 2, 3] {
        Raw::header(u32::swap_bytes(version), 0, 0)
            .fails(&format!("big-endian GGUF file (version {version})"));
    }
    assert!(matches!(Raw::header(4, 0, 0).error(), Error::Unsupported { .. }));
}

// llama.cpp: CVE-2024-21802, 21825, 21836, 23496, 23605: counts and lengths that wrapped, or that were
// believed; and the 160-byte file that asks for gigabytes.

#[test]
fn hostile_counts_of_tensors_and_keys() {
    for count in HOSTILE {
        Raw::header(3, count, 0).data(160).fails(&format!("tensors ({count} of them)"));
        Raw::header(3, 0, count).data(160).fails(&format!("keys ({count} of them)"));
    }
    Raw::header(3, 6, 0).data(160).fails("tensors (6 of them): at least 198 bytes are asked for");
    // Counts that fit a long file and are absurd all the same.
    Raw::header(3, (1 << 20) + 1, 0).data(40 << 20).fails("1048577 tensors are too many");
    Raw::header(3, 0, (1 << 16) + 1).data(1 << 20).fails("65537 keys are too many");
}

#[test]
fn hostile_string_lengths() {
    for length in HOSTILE {
        Raw::header(3, 0, 1).u64(length).data(64).fails("the name of key number 0");
        Raw::header(3, 0, 1).key("k", value_type::STRING).u64(length).data(64).fails("the value of k");
        Raw::header(3, 0, 1)
            .key("k", value_type::ARRAY)
            .array(value_type::STRING, 2)
            .string("fine")
            .u64(length)
            .data(64)
            .fails("element 1 of k");
        Raw::header(3, 1, 0).u64(length).data(64).fails("the name of tensor number 0");
    }
}

#[test]
fn hostile_array_counts() {
    for element in 0..=12 {
        for count in HOSTILE {
            Raw::header(3, 0, 1)
                .key("k", value_type::ARRAY)
                .array(element, count)
                .data(160)
                .fails(&format!("the elements of k ({count} of them)"));
        }
    }
}

#[test]
fn the_header_has_a_limit_however_long_the_file_is() {
    let raw = Raw::header(3, 0, 1).key("k", value_type::STRING).u64(200 << 20).data(256 << 20);
    raw.fails("the largest header that is accepted");
}

// llama.cpp: CVE-2025-53630 and 2026-27940 (sums of sizes), 2026-33298 (dimensions times size).

#[test]
fn hostile_shapes() {
    for size in HOSTILE {
        for dimensions in [
            vec![size],
            vec![2, size],
            vec![size, size],
            vec![size, size, size, size],
            vec![4, 1 << 30, 1 << 30, size],
        ] {
            let message = one_tensor(&dimensions, F32, 0).data(64).error().to_string();
            assert!(message.starts_with("test.gguf: tensor t: "), "{message}");
            assert!(message.contains("can address") || message.contains("the file ends at"), "{message}");
        }
    }
    // 2^62 values of Q4_K are 2^61 bytes: both fit. 2^64 do not, though 2^63 bytes would.
    one_tensor(&[256, 1 << 54], Q4_K, 0).data(64).fails("the file ends at");
    one_tensor(&[256, 1 << 56], Q4_K, 0).data(64).fails("can address");
}

#[test]
fn wrong_dimensions() {
    one_tensor(&[], F32, 0).data(64).fails("0 dimensions");
    one_tensor(&[1, 1, 1, 1, 1], F32, 0).data(64).fails("5 dimensions");
    Raw::header(3, 1, 0).string("t").u32(u32::MAX).data(64).fails("4294967295 dimensions");
    // A zero would be divided by later.
    one_tensor(&[0], F32, 0).data(64).fails("holds no values");
    one_tensor(&[4, 0, u64::MAX], F32, 0).data(64).fails("holds no values");
    one_tensor(&[0, 256], Q4_K, 0).data(64).fails("holds no values");
    one_tensor(&[255, 2], Q4_K, 0).data(512).fails("rows of 255 values do not divide into the blocks of 256");
    // Blocks run along rows; that the whole would divide does not help.
    one_tensor(&[128, 2], Q4_K, 0).data(512).fails("rows of 128 values");
}

#[test]
fn hostile_offsets() {
    for offset in HOSTILE {
        let offset = offset & !31;
        one_tensor(&[4], F32, offset).data(64).fails("the file ends at");
    }
    one_tensor(&[4], F32, u64::MAX).data(64).fails("not a multiple of the file's alignment 32");
    one_tensor(&[4], F32, 4).data(64).fails("its offset 4 is not a multiple");
    one_tensor(&[16], F32, 0).data(63).fails("truncated");
    assert!(one_tensor(&[16], F32, 0).data(64).parse().is_ok());
    one_tensor(&[16], F32, 32).data(64).fails("truncated");
    // The data section would begin past the end of the file.
    one_tensor(&[1], F32, 0).fails("truncated");
}

#[test]
fn tensors_must_not_overlap() {
    let two = |second: u64| {
        Raw::header(3, 2, 0).tensor("a", &[16], F32, 0).tensor("b", &[16], F32, second).data(128)
    };
    assert!(two(64).parse().is_ok());
    two(32).fails("tensor b: its bytes 128 to 192 overlap those of a (96 to 160)");
    two(0).fails("overlap");
    // One inside the other, in an order that is not that of the offsets.
    Raw::header(3, 3, 0)
        .tensor("c", &[8], F32, 64)
        .tensor("a", &[32], F32, 0)
        .tensor("b", &[8], F32, 128)
        .data(160)
        .fails("tensor c: ");
}

#[test]
fn names_must_differ() {
    Raw::header(3, 2, 0)
        .tensor("same", &[8], F32, 0)
        .tensor("same", &[8], F32, 32)
        .data(64)
        .fails("the tensor same is there twice");
    Raw::header(3, 0, 2)
        .key("same", value_type::U8)
        .bytes(&[1])
        .key("same", value_type::U8)
        .bytes(&[1])
        .fails("the key same is there twice");
}

#[test]
fn names_must_be_fit_to_print() {
    Raw::header(3, 0, 1).key("", value_type::U16).bytes(&[1, 0]).fails("the name of key number 0 is empty");
    Raw::header(3, 1, 0).tensor("", &[8], F32, 0).data(32).fails("the name of tensor number 0 is empty");
    Raw::header(3, 0, 1).key("a\nb", value_type::U8).bytes(&[1]).fails("control characters: a\\nb");
    Raw::header(3, 1, 0).tensor("\u{1b}[2J", &[8], F32, 0).data(32).fails("control characters");
    let long = "x".repeat(65_536);
    Raw::header(3, 0, 1).key(&long, value_type::U8).bytes(&[1]).fails("takes 65536 bytes");
    let (metadata, _) = Raw::header(3, 0, 1).key(&long[1..], value_type::U8).bytes(&[1]).parse().unwrap();
    assert_eq!(metadata.keys().count(), 1);
}

#[test]
fn strings_must_be_utf8() {
    let bad = |raw: Raw| raw.u64(3).bytes(b"a\xff\xfe");
    bad(Raw::header(3, 0, 1))
        .data(32)
        .fails("the name of key number 0 is not valid UTF-8 (from its byte 1 on)");
    bad(Raw::header(3, 0, 1).key("k", value_type::STRING)).fails("the value of k is not valid UTF-8");
    bad(Raw::header(3, 0, 1).key("k", value_type::ARRAY).array(value_type::STRING, 2).string("ok"))
        .fails("element 1 of k is not valid UTF-8");
    bad(Raw::header(3, 1, 0)).data(64).fails("the name of tensor number 0 is not valid UTF-8");
    // Half a character, and a surrogate.
    Raw::header(3, 0, 1).key("k", value_type::STRING).u64(2).bytes(b"\xe2\x82").fails("UTF-8");
    Raw::header(3, 0, 1).key("k", value_type::STRING).u64(3).bytes(b"\xed\xa0\x80").fails("UTF-8");
}

#[test]
fn value_types_are_checked() {
    for unknown in [13, 255, u32::MAX] {
        let what = format!("unknown type {unknown}");
        Raw::header(3, 0, 1).key("k", unknown).data(64).fails(&what);
        Raw::header(3, 0, 1).key("k", value_type::ARRAY).array(unknown, 1).data(64).fails(&what);
    }
    Raw::header(3, 0, 1).key("k", value_type::BOOL).bytes(&[2]).fails("the value of k is a bool of 2");
    Raw::header(3, 0, 1)
        .key("k", value_type::ARRAY)
        .array(value_type::BOOL, 3)
        .bytes(&[1, 0, 255])
        .fails("element 2 of k is a bool of 255");
}

#[test]
fn arrays_nest_to_a_limit() {
    let nested = |levels: usize| {
        let mut raw = Raw::header(3, 0, 1).key("k", value_type::ARRAY);
        for _ in 1..levels {
            raw = raw.array(value_type::ARRAY, 1);
        }
        raw.array(value_type::U8, 1).bytes(&[7])
    };
    let (metadata, _) = nested(2).parse().unwrap();
    let expected = Array::Arrays(vec![Array::U8(vec![7])]);
    assert_eq!(metadata.get("k"), Some(&Value::Array(expected)));
    assert!(nested(ARRAY_DEPTH_LIMIT).parse().is_ok());
    nested(ARRAY_DEPTH_LIMIT + 1).fails("nest deeper than 8 levels");
    // Deep enough to overflow the stack of a reader that follows blindly.
    nested(100_000).fails("nest deeper");
}

#[test]
fn hostile_alignments() {
    let aligned = |value: u32| {
        Raw::header(3, 1, 1)
            .key(ALIGNMENT_KEY, value_type::U32)
            .u32(value)
            .tensor("t", &[8], F32, 0)
            .data(4096)
    };
    for value in [0, 3, 33, (2 << 20) + 1, 1 << 31, u32::MAX] {
        aligned(value).fails(&format!("metadata general.alignment: expected a 32-bit unsigned power of two from 1 to 2097152, found {value}"));
    }
    for value in [1, 8, 1024] {
        assert!(aligned(value).parse().is_ok());
    }
    aligned(2 << 20).fails("truncated");
    let typed =
        |value_type: u32, bytes: &[u8]| Raw::header(3, 0, 1).key(ALIGNMENT_KEY, value_type).bytes(bytes);
    typed(value_type::U64, &32u64.to_le_bytes()).fails("general.alignment: expected a 32-bit unsigned");
    typed(value_type::I32, &32u32.to_le_bytes()).fails("general.alignment: expected a 32-bit unsigned");
    typed(value_type::F32, &32f32.to_le_bytes()).fails("found 32");
    Raw::header(3, 0, 1).key(ALIGNMENT_KEY, value_type::STRING).string("32").fails("found a string");
}

#[test]
fn alignment_moves_the_data() {
    let raw = Raw::header(3, 2, 1)
        .key(ALIGNMENT_KEY, value_type::U32)
        .u32(512)
        .tensor("a", &[8], F32, 0)
        .tensor("b", &[8], F32, 512)
        .data(2048);
    let (_, tensors) = raw.parse().unwrap();
    assert_eq!(tensors["a"].range(), 512..544);
    assert_eq!(tensors["b"].range(), 1024..1056);
}

#[test]
fn unknown_formats_are_named() {
    for (id, name) in [
        (4, "Q4_2"),
        (16, "IQ2_XXS"),
        (24, "I8"),
        (34, "TQ1_0"),
        (40, "NVFP4"),
        (137, "IQ2_K"),
        (212, "Q4_K_R4"),
        (399, "Q8_K_R8"),
    ] {
        let message = one_tensor(&[256], id, 0).data(1024).error().to_string();
        let expected = format!(
            "test.gguf: tensor t: it is stored as {name} (type {id}), which this version does not decode"
        );
        assert!(message.starts_with(&expected), "{message}");
        assert!(message.contains("Q4_K"), "{message}");
    }
    for id in [43, 1000, u32::MAX] {
        one_tensor(&[256], id, 0).data(1024).fails(&format!("tensor t: its type {id} is unknown"));
    }
    for format in Format::ALL {
        let Some(id) = format.gguf_id() else { continue };
        let columns = format.block_len() as u64;
        assert!(one_tensor(&[columns], id, 0).data(1024).parse().is_ok(), "{format:?}");
    }
}

#[test]
fn many_tensors_take_linear_time() {
    // 200,000 tensors: anything quadratic would take minutes.
    let count = 200_000u64;
    let mut raw = Raw::header(3, count, 0);
    for number in 0..count {
        raw = raw.tensor(&format!("blk.{number}"), &[8], F32, (count - 1 - number) * 32);
    }
    let (_, tensors) = raw.data(count as usize * 32).parse().unwrap();
    assert_eq!(tensors.len(), count as usize);
}
