//! Headers that are wrong in every way that is known to have hurt a reader of safetensors. Folders and
//! shards are in `tests/model_files.rs`.

use super::*;
use crate::storage::{Archive, Description};

/// A file of this header and so many bytes of data.
fn file(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + data, 0);
    bytes
}

fn read(bytes: Vec<u8>) -> Result<File> {
    parse(Source::from_bytes("test.safetensors", bytes))
}

/// Checks that parsing fails and that the message names the file and says this.
#[track_caller]
fn fails(bytes: Vec<u8>, what: &str) {
    let message = read(bytes).err().expect("the file is wrong").to_string();
    assert!(message.starts_with("test.safetensors: "), "{message}");
    assert!(message.contains(what), "{message}");
}

#[test]
fn tensors_are_views_of_the_file() {
    let header = r#"{"b":{"dtype":"BF16","shape":[2,3],"data_offsets":[16,28]},
        "__metadata__":{"format":"pt"},
        "a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},
        "s":{"dtype":"F16","shape":[],"data_offsets":[28,30]}}    "#;
    let mut bytes = file(header, 0);
    let start = bytes.len();
    for value in [1.0f32, -2.0, 0.5, 1e-3] {
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend((0..14).collect::<Vec<u8>>());
    let file = read(bytes).unwrap();
    assert!(file.undecoded.is_empty());
    let [a, b, s] = ["a", "b", "s"].map(|name| &file.tensors[name]);
    assert_eq!((a.format(), a.shape(), a.range()), (Format::F32, &[4][..], start..start + 16));
    assert_eq!((b.format(), b.shape(), b.range()), (Format::BF16, &[2, 3][..], start + 16..start + 28));
    assert_eq!((s.format(), s.shape(), s.range()), (Format::F16, &[][..], start + 28..start + 30));
    assert_eq!(b.bytes(), (0..12).collect::<Vec<u8>>());
    assert_eq!(a.path(), Path::new("test.safetensors"));
}

#[test]
fn every_prefix_is_an_error() {
    let header = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    let bytes = file(header, 8);
    assert!(read(bytes.clone()).is_ok());
    for length in 0..bytes.len() {
        fails(bytes[..length].to_vec(), "");
    }
    let mut longer = bytes;
    longer.push(0);
    fails(longer, "the tensors end here, but the file goes on");
}

#[test]
fn hostile_header_lengths() {
    for length in [56, 100_000_001, 1 << 31, 1 << 32, (1 << 63) - 1, 1 << 63, u64::MAX - 8, u64::MAX] {
        let mut bytes = file(r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 0);
        bytes[..8].copy_from_slice(&length.to_le_bytes());
        fails(bytes, &format!("the header should take {length} bytes"));
    }
    let mut long = vec![b' '; (64 << 20) + 100];
    long[..8].copy_from_slice(&((64 << 20) + 1u64).to_le_bytes());
    fails(long, "at most 67108864 are possible");
}

#[test]
fn headers_that_are_not_the_right_json() {
    fails(file("", 0), "at byte 8: not the JSON");
    fails(file("{", 0), "not the JSON");
    fails(file("[]", 0), "expected an object");
    fails(file(r#"{"a":1}"#, 0), "a: invalid type");
    fails(file(r#"{"a":{"dtype":"F32","shape":[1]}}"#, 4), "a: missing field `data_offsets`");
    fails(file(r#"{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#, 4), "a: unknown variant `F31`");
    fails(file(r#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4), "a: invalid value");
    fails(file(r#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, 4), "a: invalid type");
    fails(file(r#"{"a":{"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,4]}}"#, 4), "a: ");
    fails(file(r#"{"a\nb":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4), "control characters");
    fails(file(r#"{"":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4), "a name is empty");
    let mut bytes = file(r#"{"xyz":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4);
    bytes[11] = 0xff;
    fails(bytes, "not the JSON");
    // Deep enough to overflow the stack of a parser that follows blindly.
    fails(file(&"[".repeat(1_000_000), 0), "not the JSON");
    fails(file(&r#"{"a":"#.repeat(100_000), 0), "not the JSON");
    fails(file(&format!(r#"{{"__metadata__":{}"#, "[".repeat(1_000_000)), 0), "not the JSON");
    let shape = "[".repeat(100_000);
    fails(file(&format!(r#"{{"a":{{"dtype":"F32","shape":{shape}"#), 0), "not the JSON");
}

#[test]
fn names_must_differ() {
    let twice = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
        "a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    fails(file(twice, 4), "a is there twice");
}

#[test]
fn offsets_must_cover_the_data() {
    let two = |first: &str, second: &str| {
        format!(
            r#"{{"a":{{"dtype":"F32","shape":[2],"data_offsets":{first}}},
                "b":{{"dtype":"F32","shape":[1],"data_offsets":{second}}}}}"#
        )
    };
    assert!(read(file(&two("[0,8]", "[8,12]"), 12)).is_ok());
    fails(file(&two("[0,8]", "[12,16]"), 16), "tensor b: it lies at bytes 12 to 16");
    fails(file(&two("[0,8]", "[4,8]"), 8), "tensor b: it lies at bytes 4 to 8");
    fails(file(&two("[0,8]", "[8,4]"), 12), "tensor b: it lies at bytes 8 to 4");
    fails(file(&two("[4,12]", "[12,16]"), 16), "tensor a: it lies at bytes 4 to 12");
    fails(file(&two("[0,4]", "[4,8]"), 8), "tensor a: its shape [2] of F32 does not take the 4 bytes");
    fails(file(&two("[0,8]", "[8,16]"), 16), "tensor b: its shape [1]");
    fails(file(&two("[0,8]", "[8,12]"), 11), "tensor b: it should end at byte 12 of the data, but only 11");
    fails(file(&two("[0,8]", "[8,12]"), 13), "the file goes on");
}

#[test]
fn sizes_that_overflow() {
    for shape in
        ["4611686018427387904", "9223372036854775808,2", "4294967296,4294967296", "18446744073709551615"]
    {
        for end in ["0", "4", "18446744073709551615"] {
            let header = format!(r#"{{"a":{{"dtype":"F32","shape":[{shape}],"data_offsets":[0,{end}]}}}}"#);
            fails(file(&header, 4), "tensor a: its shape");
        }
    }
    // Sizes that fit one by one and wrap around to the file's length when they are added up.
    let mut header = String::from("{");
    let mut end = 0u64;
    for number in 0..8 {
        let size = (1u64 << 61) - 1;
        header += &format!(
            r#""a{number}":{{"dtype":"U8","shape":[{size}],"data_offsets":[{end},{}]}},"#,
            end + size
        );
        end += size;
    }
    header.pop();
    header.push('}');
    fails(file(&header, 8), "tensor a0: it should end at byte 2305843009213693951");
}

#[test]
fn types_without_a_format() {
    for dtype in ["F8_E5M2", "F8_E8M0", "F64"] {
        let size = if dtype == "F64" { 8 } else { 1 };
        let header = format!(r#"{{"w":{{"dtype":"{dtype}","shape":[4],"data_offsets":[0,{}]}}}}"#, 4 * size);
        fails(
            file(&header, 4 * size),
            &format!("tensor w: it is stored as {dtype}, which this version does not"),
        );
    }
    // Buffers beside the weights, and a tensor without values, hurt only those who want them.
    let header = r#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
        "ids":{"dtype":"I64","shape":[1],"data_offsets":[4,12]},
        "none":{"dtype":"F32","shape":[3,0,18446744073709551615],"data_offsets":[12,12]}}"#;
    let read = read(file(header, 12)).unwrap();
    assert_eq!(read.tensors.keys().collect::<Vec<_>>(), ["w"]);
    let archive = Archive {
        path: "folder".into(),
        description: Description::HuggingFace(serde_json::json!({})),
        tensors: read.tensors,
        undecoded: read.undecoded,
    };
    assert!(archive.tensor("w").unwrap().is_some());
    assert!(archive.tensor("absent").unwrap().is_none());
    let message = archive.tensor("ids").unwrap_err().to_string();
    assert!(message.starts_with("test.safetensors: tensor ids: it is stored as I64"), "{message}");
    let message = archive.tensor("none").unwrap_err().to_string();
    assert!(message.contains("holds no values"), "{message}");
}

#[test]
fn shard_names() {
    for name in ["model-00001-of-00002.safetensors", "a-b-2-of-11.safetensors"] {
        assert!(is_shard(Path::new(name)), "{name}");
    }
    for name in ["model.safetensors", "model-00001-of-00001.safetensors", "best-of-3.safetensors", "x-of-"] {
        assert!(!is_shard(Path::new(name)), "{name}");
    }
}

#[test]
fn shards_lie_in_the_folder() {
    let path = |shard: &str| shard_path(Path::new("folder"), Path::new("index"), shard);
    assert_eq!(path("model-1.safetensors").unwrap(), Path::new("folder/model-1.safetensors"));
    for shard in ["", ".", "..", "../x", "/etc/passwd", "a/b", "a\\b", "C:x", "x\0y"] {
        let message = path(shard).unwrap_err().to_string();
        assert!(message.contains("not a file name within the folder"), "{message}");
    }
}

#[test]
fn halves_of_mxfp4_become_one_tensor() {
    let header = |blocks: &str, scales: &str| {
        format!(
            r#"{{"w_blocks":{{"dtype":"U8","shape":{blocks},"data_offsets":[0,96]}},
                "w_scales":{{"dtype":"U8","shape":{scales},"data_offsets":[96,102]}}}}"#
        )
    };
    let contents = |bytes: Vec<u8>| Contents::new(serde_json::json!({}), read(bytes)?);
    let mut bytes = file(&header("[3,2,16]", "[3,2]"), 0);
    let start = bytes.len();
    // The first element of each block is 1, all others are 0; the scales are 2^-1 to 2^4.
    bytes.extend((0..96).map(|at| if at % 16 == 0 { 2 } else { 0 }));
    bytes.extend(126..132);
    let found = contents(bytes).unwrap();
    assert!(found.undecoded.is_empty());
    let tensor = &found.tensors["w"];
    assert_eq!((tensor.format(), tensor.shape()), (Format::MXFP4, &[3, 64][..]));
    assert_eq!((tensor.range(), tensor.size()), (start..start + 96, 102));
    let values = tensor.to_f32();
    assert_eq!(values.iter().step_by(32).copied().collect::<Vec<_>>(), [0.5, 1.0, 2.0, 4.0, 8.0, 16.0]);
    assert_eq!(values.iter().filter(|value| **value != 0.0).count(), 6);

    for (blocks, scales, what) in [
        ("[3,2,16]", "[2,3]", "does not fit that of w_scales"),
        ("[6,16]", "[3,2]", "does not fit that of w_scales"),
        ("[3,4,8]", "[3,2]", "a block of MXFP4 takes 16 bytes"),
        ("[96]", "[6]", "a block of MXFP4 takes 16 bytes"),
    ] {
        let message = contents(file(&header(blocks, scales), 102)).err().expect("no pair").to_string();
        assert!(message.contains(what), "{message}");
    }
    // Half a pair is a tensor of bytes like any other.
    let alone = r#"{"w_blocks":{"dtype":"U8","shape":[16],"data_offsets":[0,16]}}"#;
    assert_eq!(contents(file(alone, 16)).unwrap().undecoded.len(), 1);
    let twice = r#"{"w_blocks":{"dtype":"U8","shape":[1,16],"data_offsets":[0,16]},
        "w_scales":{"dtype":"U8","shape":[1],"data_offsets":[16,17]},
        "w":{"dtype":"F32","shape":[1],"data_offsets":[17,21]}}"#;
    let message = contents(file(twice, 21)).err().expect("two of a name").to_string();
    assert!(message.contains("is there beside w"), "{message}");
}

#[test]
fn scales_of_8_bit_floats_join_them() {
    // Two matrices of 130 x 5: two rows of blocks each, of one block.
    let header = |scales: &str, kind: &str, length: usize| {
        format!(
            r#"{{"w":{{"dtype":"F8_E4M3","shape":[2,130,5],"data_offsets":[0,1300]}},
            "{scales}":{{"dtype":"{kind}","shape":[2,{length},1],"data_offsets":[1300,{}]}}}}"#,
            1300 + 2 * length * if kind == "F32" { 4 } else { 8 }
        )
    };
    let config = |text: &str| -> serde_json::Value {
        serde_json::from_str(&format!(r#"{{"quantization_config":{text}}}"#)).unwrap()
    };
    let join = |config: &serde_json::Value, header: &str, data: usize| {
        let mut bytes = file(header, data);
        let scales = bytes.len() - data + 1300;
        for (index, scale) in bytes[scales..].chunks_exact_mut(4).enumerate() {
            scale.copy_from_slice(&(index as f32 + 0.5).to_le_bytes());
        }
        // One.
        bytes[scales - 1300..scales].fill(0x38);
        let mut file = read(bytes).unwrap();
        fp8::join_scales(config, &mut file).map(|()| file)
    };
    let usual = config(r#"{"quant_method":"fp8","fmt":"e4m3","weight_block_size":[128,128]}"#);
    let right = header("w_scale_inv", "F32", 2);
    for config in [&usual, &config(r#"{"quant_method":"fp8"}"#)] {
        let joined = join(config, &right, 1316).unwrap();
        assert_eq!(joined.tensors.keys().collect::<Vec<_>>(), ["w"]);
        let tensor = &joined.tensors["w"];
        assert_eq!(
            (tensor.format(), tensor.shape(), tensor.size()),
            (Format::F8_E4M3, &[2, 130, 5][..], 1316)
        );
        let values = tensor.to_f32();
        let rows = [0, 127, 128, 129, 130, 257, 258, 259].map(|row| values[row * 5 + 4]);
        assert_eq!(rows, [0.5, 0.5, 1.5, 1.5, 2.5, 2.5, 3.5, 3.5]);
    }
    let fails = |config: &serde_json::Value, header: &str, data: usize, expected: &str| {
        let message = join(config, header, data).err().expect("the file is wrong").to_string();
        assert!(message.contains(expected), "{message}");
    };
    let folder = "config.json: metadata quantization_config";
    fails(&serde_json::json!({}), &right, 1316, &format!("{folder}: is missing, but w holds 8-bit floats"));
    for (text, expected) in [
        (r#"{"quant_method":"awq"}"#, "quant_method: is \"awq\""),
        ("{}", "quant_method: is null"),
        (r#"{"quant_method":"fp8","fmt":"e5m2"}"#, "fmt: is \"e5m2\""),
        (r#"{"quant_method":"fp8","weight_block_size":[64,128]}"#, "weight_block_size: is [64,128]"),
        (r#"{"quant_method":"fp8","weight_block_size":null}"#, "weight_block_size: is null"),
    ] {
        fails(&config(text), &right, 1316, &format!("{folder}.{expected}"));
    }
    let other = header("other_scale_inv", "F32", 2);
    fails(
        &usual,
        &other,
        1316,
        "test.safetensors: tensor w: holds 8-bit floats, whose scales, w_scale_inv, are missing",
    );
    let long = header("w_scale_inv", "F32", 3);
    fails(
        &usual,
        &long,
        1324,
        "test.safetensors: tensor w_scale_inv: has the shape [2, 3, 1], but w of shape [2, 130, 5]",
    );
    fails(
        &usual,
        &header("w_scale_inv", "I64", 2),
        1332,
        "test.safetensors: tensor w_scale_inv: it is stored as I64",
    );
    let flat = r#"{"w":{"dtype":"F8_E4M3","shape":[1300],"data_offsets":[0,1300]},
        "w_scale_inv":{"dtype":"F32","shape":[11],"data_offsets":[1300,1344]}}"#;
    fails(&usual, flat, 1344, "tensor w: has the shape [1300]; 8-bit floats are for matrices");
}
