//! No file may cause a panic, an endless loop or a large allocation: headers that look like real ones are
//! damaged in hundreds of thousands of ways, and whatever opens all the same must be sound.
//!
//! Every case is derived from a fixed seed, so that a failure comes back.

use moesaic::quant::Format;
use moesaic::storage::{Access, Archive, Array, Description, GgufWriter, Source, Value};
use moesaic::Error;
use safetensors::tensor::{Dtype, TensorView};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;

/// The system's allocator, counting for each thread on its own.
struct Counting;

thread_local! {
    /// The largest single allocation, the bytes in use, and their peak.
    static LARGEST: Cell<usize> = const { Cell::new(0) };
    static IN_USE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(grown: usize, shrunk: usize) {
    LARGEST.set(LARGEST.get().max(grown));
    IN_USE.set(IN_USE.get() + grown as isize - shrunk as isize);
    PEAK.set(PEAK.get().max(IN_USE.get()));
}

// SAFETY: every call goes to the system's allocator unchanged; the counters are thread-local cells without
// destructors, so that counting neither allocates nor fails.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: the caller keeps the contract of `dealloc`, and the block came from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, layout.size());
        // SAFETY: the caller keeps the contract of `realloc`, and the block came from `System`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `bound` - 1.
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// Numbers that have broken readers before.
const INTERESTING: [u64; 14] = [
    0,
    1,
    2,
    7,
    31,
    0xff,
    0xffff,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 61,
    (1 << 63) - 1,
    1 << 63,
    u64::MAX,
];

/// Damages a file in one to four places, mostly in its first `header` bytes.
fn mutate(random: &mut Random, bytes: &mut Vec<u8>, header: usize) {
    for _ in 0..=random.below(4) {
        let end = if random.below(8) == 0 { bytes.len() } else { header.min(bytes.len()) };
        let at = random.below(end);
        match random.below(12) {
            0..=4 => {
                let width = random.pick(&[1, 2, 4, 8, 8]);
                let value = random.pick(&INTERESTING).to_le_bytes();
                for (byte, value) in bytes.iter_mut().skip(at).zip(&value[..width]) {
                    *byte = *value;
                }
            }
            5 | 6 => {
                // A small change: a count one off, a type next door.
                let change = random.pick(&[1, 2, 4, 8, 255, 254]);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = byte.wrapping_add(change);
                }
            }
            7 => {
                let length = 1 + random.below(16);
                for byte in bytes.iter_mut().skip(at).take(length) {
                    *byte = random.next() as u8;
                }
            }
            8 => {
                let length = random.below(64).min(bytes.len() - at);
                bytes.drain(at..at + length);
            }
            9 => {
                let length = random.below(64).min(bytes.len() - at);
                let copy = bytes[at..at + length].to_vec();
                let to = random.below(end);
                bytes.splice(to..to, copy);
            }
            10 => {
                let length = random.below(64).min(bytes.len() - at);
                let copy = bytes[at..at + length].to_vec();
                let to = random.below(bytes.len() - length);
                bytes[to..to + length].copy_from_slice(&copy);
            }
            _ => bytes.truncate(at + random.below(bytes.len() - at)),
        }
        if bytes.is_empty() {
            return;
        }
    }
}

/// Opens bytes as a file of this path: the result must be sound, and the memory in proportion.
fn survive(path: &Path, bytes: Vec<u8>) -> bool {
    let length = bytes.len();
    LARGEST.set(0);
    let before = IN_USE.get();
    PEAK.set(before);
    let result = Archive::from_source(Source::from_bytes(path, bytes), Access::Map);
    let (largest, peak) = (LARGEST.get(), PEAK.get() - before);
    // What a header of short entries costs at most: tens of bytes each. The constant is for messages.
    assert!(largest <= 16 * length + 4096, "{largest} bytes at once for a file of {length}");
    assert!(peak <= 32 * length as isize + 16_384, "{peak} bytes for a file of {length}");
    match result {
        Ok(archive) => {
            check(&archive, length);
            true
        }
        Err(error) => {
            assert!(!matches!(error, Error::Internal { .. } | Error::OutOfMemory { .. }), "{error}");
            let message = error.to_string();
            assert!(!message.contains(char::is_control), "{message:?}");
            assert!(message.len() < 2000 + length, "{message}");
            false
        }
    }
}

/// Checks what every reader of an archive relies on.
fn check(archive: &Archive, length: usize) {
    let mut ranges: Vec<_> = archive.tensors.values().map(|tensor| tensor.range()).collect();
    for (name, tensor) in &archive.tensors {
        let values = tensor.shape().iter().try_fold(1usize, |product, &size| product.checked_mul(size));
        let format = tensor.format();
        let values = values.expect("the number of values fits");
        assert_eq!(tensor.name(), name);
        assert!(tensor.range().end <= length);
        assert_eq!(tensor.bytes().len(), values / format.block_len() * format.block_bytes());
        assert_eq!(tensor.shape().last().unwrap_or(&1) % format.block_len(), 0);
        assert!(values > 0);
    }
    ranges.sort_by_key(|range| range.start);
    assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start));
    if let Description::Gguf(metadata) = &archive.description {
        for (key, value) in metadata.iter() {
            assert_eq!(metadata.get(key).map(std::mem::discriminant), Some(std::mem::discriminant(value)));
            let _ = metadata.unsigned(key);
            let _ = metadata.float(key);
            let _ = metadata.bool(key);
            let _ = metadata.string(key);
            let _ = metadata.strings(key);
            let _ = metadata.integers(key);
            let _ = metadata.floats(key);
        }
    }
}

/// A small file with all that a real one has: the keys of a model, a vocabulary, every type of value, and
/// tensors of several formats and dimensions. Returns the length of its header too.
fn gguf() -> (Vec<u8>, usize) {
    let mut writer = GgufWriter::new();
    let text = |text: &str| Value::String(text.into());
    let tokens: Vec<String> = (0..40).map(|number| format!("<token {number}>")).collect();
    let nested = Array::Arrays(vec![
        Array::Arrays(vec![Array::I64(vec![-1]), Array::U16(vec![])]),
        Array::Strings(vec!["x".into()]),
    ]);
    let metadata = [
        ("general.architecture", text("qwen2moe")),
        ("general.alignment", Value::U32(64)),
        ("general.name", text("Tiny größe 模型")),
        ("qwen2moe.block_count", Value::U32(2)),
        ("qwen2moe.context_length", Value::U64(1 << 20)),
        ("qwen2moe.expert_count", Value::U8(4)),
        ("qwen2moe.rope.freq_base", Value::F32(1e6)),
        ("qwen2moe.attention.layer_norm_rms_epsilon", Value::F64(1e-6)),
        ("qwen2moe.attention.head_count_kv", Value::Array(Array::I32(vec![2, 4]))),
        ("tokenizer.ggml.tokens", Value::Array(Array::Strings(tokens))),
        ("tokenizer.ggml.scores", Value::Array(Array::F32((0..40).map(|score| -(score as f32)).collect()))),
        ("tokenizer.ggml.token_type", Value::Array(Array::I32(vec![1; 40]))),
        ("tokenizer.ggml.add_bos_token", Value::Bool(false)),
        ("split.no", Value::U16(0)),
        ("split.count", Value::U16(0)),
        ("split.tensors.count", Value::I32(7)),
        ("i8", Value::I8(-1)),
        ("i16", Value::I16(-1)),
        ("i64", Value::I64(-1)),
        ("bools", Value::Array(Array::Bools(vec![true, false]))),
        ("bytes", Value::Array(Array::U8((0..32).collect()))),
        ("doubles", Value::Array(Array::F64(vec![0.5, 1e300]))),
        ("nested", Value::Array(nested)),
    ];
    for (key, value) in metadata {
        writer.metadata(key, value).unwrap();
    }
    let tensors: [(&str, &[usize], Format); 7] = [
        ("token_embd.weight", &[40, 32], Format::Q8_0),
        ("blk.0.attn_norm.weight", &[32], Format::F32),
        ("blk.0.attn_q.weight", &[2, 256], Format::Q4_K),
        ("blk.0.ffn_gate_exps.weight", &[4, 2, 32], Format::MXFP4),
        ("blk.1.attn_q.weight", &[2, 256], Format::Q6_K),
        ("blk.1.ffn_gate_exps.weight", &[2, 2, 2, 16], Format::BF16),
        ("output.weight", &[4, 32], Format::F16),
    ];
    for (name, shape, format) in tensors {
        writer.tensor(name, shape, format).unwrap();
    }
    let mut data = writer.begin(Vec::new()).unwrap();
    for (_, shape, format) in tensors {
        let rows: usize = shape[..shape.len() - 1].iter().product();
        data.write(&vec![0x55; rows * format.row_bytes(shape[shape.len() - 1]).unwrap()]).unwrap();
    }
    let bytes = data.finish().unwrap();
    let archive = Archive::from_source(Source::from_bytes("x.gguf", bytes.clone()), Access::Map).unwrap();
    let header = archive.tensors.values().map(|tensor| tensor.range().start).min().unwrap();
    (bytes, header)
}

#[test]
fn damaged_gguf_headers() {
    let path = Path::new("hostile.gguf");
    let (original, header) = gguf();
    assert!(survive(path, original.clone()));
    let mut random = Random(1);
    let mut opened = 0;
    for _ in 0..150_000 {
        let mut bytes = original.clone();
        mutate(&mut random, &mut bytes, header);
        opened += usize::from(survive(path, bytes));
    }
    // Both ways out have to be exercised.
    assert!((1_000..149_000).contains(&opened), "{opened} opened");
}

#[test]
fn every_field_of_a_gguf_header_with_every_interesting_number() {
    let path = Path::new("hostile.gguf");
    let (original, header) = gguf();
    for at in 0..header {
        for number in INTERESTING {
            for width in [4, 8] {
                let mut bytes = original.clone();
                bytes[at..at + width].copy_from_slice(&number.to_le_bytes()[..width]);
                survive(path, bytes);
            }
        }
    }
}

#[test]
fn every_prefix_of_a_gguf_file_is_an_error() {
    let (original, header) = gguf();
    // The last tensor ends with the file, so that no prefix is whole.
    assert!(survive(Path::new("hostile.gguf"), original.clone()));
    for length in 0..original.len() {
        let opened = survive(Path::new("hostile.gguf"), original[..length].to_vec());
        assert!(!opened, "{length} bytes of {} (header {header}) opened", original.len());
    }
}

#[test]
fn ten_gigabytes_open_without_being_read() {
    let mut writer = GgufWriter::new();
    let tokens: Vec<String> = (0..150_000).map(|number| format!("token{number}")).collect();
    let vocabulary: usize = tokens.iter().map(|token| token.len() + 64).sum();
    writer.metadata("tokenizer.ggml.tokens", Value::Array(Array::Strings(tokens))).unwrap();
    // 100 tensors of 100 MiB and 10,000 small ones.
    for number in 0..100 {
        writer.tensor(&format!("large.{number}"), &[100, 1 << 18], Format::F32).unwrap();
    }
    for number in 0..10_000 {
        writer.tensor(&format!("small.{number}"), &[8], Format::F32).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.gguf");
    let file = std::fs::File::create(&path).unwrap();
    drop(writer.begin(std::io::BufWriter::new(&file)).unwrap());
    // The data is a hole: it takes no disk, and a reader would see zeros.
    if file.set_len(11 << 30).is_err() {
        return; // the file system does not make files of that length
    }

    let before = IN_USE.get();
    PEAK.set(before);
    let archive = Archive::open(&path, Access::Map).unwrap();
    let peak = (PEAK.get() - before) as usize;
    assert_eq!(archive.tensors.len(), 10_100);
    assert!(archive.tensors["large.99"].bytes().iter().step_by(1 << 20).all(|&byte| byte == 0));
    assert!(peak < vocabulary + (10 << 20), "{peak} bytes");
}

/// A folder with a `config.json`, for the path of a file that lies in memory only.
fn beside_config() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), "{}").unwrap();
    folder
}

fn safetensors() -> (Vec<u8>, usize) {
    let data = vec![0u8; 4096];
    let shapes: [(&str, Dtype, &[usize]); 8] = [
        ("model.embed_tokens.weight", Dtype::BF16, &[40, 8]),
        ("model.layers.0.input_layernorm.weight", Dtype::BF16, &[8]),
        ("model.layers.0.mlp.gate.weight", Dtype::F32, &[4, 8]),
        ("model.layers.0.mlp.experts.0.down_proj.weight", Dtype::F16, &[8, 16]),
        ("model.layers.0.self_attn.q_proj.weight", Dtype::BF16, &[2, 2, 2, 2, 8]),
        ("model.position_ids", Dtype::I64, &[1, 8]),
        ("model.mask", Dtype::BOOL, &[3, 3]),
        ("scale", Dtype::F32, &[]),
    ];
    let views = shapes.map(|(name, dtype, shape)| {
        let length = shape.iter().product::<usize>() * dtype.bitsize() / 8;
        (name, TensorView::new(dtype, shape.to_vec(), &data[..length]).unwrap())
    });
    let text = [("format".to_string(), "pt".to_string())].into();
    let bytes = safetensors::serialize(views, Some(text)).unwrap();
    let header = 8 + u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    (bytes, header)
}

/// Damages JSON so that it mostly stays JSON: digits, brackets, names and types change places.
fn mutate_json(random: &mut Random, bytes: &mut Vec<u8>, header: usize) {
    const NUMBERS: [&str; 10] = [
        "0",
        "-1",
        "1e9",
        "2147483648",
        "4294967296",
        "2305843009213693951",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "0.5",
    ];
    const TYPES: [&str; 8] = ["F32", "BF16", "U8", "F8_E4M3", "F4", "C64", "BOOL", "\\u001b[31m\\n"];
    let mut text = bytes[8..header].to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(text.len());
        // The next number or type from here is replaced by something else.
        let number = random.below(2) == 0;
        let wanted = |byte: u8| if number { byte.is_ascii_digit() } else { byte.is_ascii_uppercase() };
        let Some(start) = (at..text.len()).find(|&at| wanted(text[at])) else { continue };
        let end = (start..text.len()).find(|&at| !text[at].is_ascii_alphanumeric()).unwrap_or(text.len());
        let new = if number { random.pick(&NUMBERS) } else { random.pick(&TYPES) };
        text.splice(start..end, new.bytes());
    }
    let mut damaged = (text.len() as u64).to_le_bytes().to_vec();
    damaged.extend(text);
    damaged.extend(&bytes[header..]);
    *bytes = damaged;
}

#[test]
fn damaged_safetensors_headers() {
    let folder = beside_config();
    let path = folder.path().join("hostile.safetensors");
    let (original, header) = safetensors();
    assert!(survive(&path, original.clone()));
    let mut random = Random(2);
    let mut opened = 0;
    for case in 0..120_000 {
        let mut bytes = original.clone();
        match case % 2 {
            0 => mutate(&mut random, &mut bytes, header),
            _ => mutate_json(&mut random, &mut bytes, header),
        }
        opened += usize::from(survive(&path, bytes));
    }
    assert!((1_000..119_000).contains(&opened), "{opened} opened");
}

#[test]
fn every_prefix_of_a_safetensors_file_is_an_error() {
    let folder = beside_config();
    let path = folder.path().join("hostile.safetensors");
    let (original, _) = safetensors();
    for length in 0..original.len() {
        assert!(!survive(&path, original[..length].to_vec()), "{length} bytes opened");
    }
}
