//! Products of every format and instruction set with one thread, beside what the machine can do: bytes a
//! second for one token, with the weights in the second-level cache (what the arithmetic can do) and in memory
//! (decode), and multiply-adds a second for many (prefill).
//!
//! ```sh
//! cargo bench --bench kernels                      # everything
//! cargo bench --bench kernels -- Q4_K avx512       # what has all these words in its line
//! cargo bench --bench kernels -- attention
//! ```
//!
//! Each figure is the best of several passes: what the code can do, not what else the machine did.

use moesaic::kernel::{
    Activations, Arithmetic, Attention, CacheFormat, CacheRows, Compute, InstructionSet, Matrix, Product,
    Selection,
};
use moesaic::quant::Format;
use std::time::{Duration, Instant};

/// A matrix that a second-level cache holds.
const CACHED: (usize, usize) = (128, 2048);
/// A matrix of this many rows and columns is much larger than the caches for one token ...
const DECODE: (usize, usize) = (65_536, 2048);
/// ... and the expert of a middling model for many, with the tokens that it may get of a prompt,
const EXPERT: (usize, usize, usize) = (1408, 2048, 48);
/// or a part of a large model's matrix that all tokens of a pass go through.
const LARGE: (usize, usize, usize) = (512, 7168, 512);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    println!("set      format   cached GB/s   decode GB/s   of bandwidth   expert Gmac/s   of int8 peak   512 tokens Gmac/s");
    for set in InstructionSet::ALL.into_iter().rev() {
        let Ok(compute) = Compute::new(1, Some(set), Arithmetic::Int8) else { continue };
        let mut limits = None;
        for format in Format::ALL {
            let name = format!("{:<8} {:<6}", set.name(), format.name());
            if !words.iter().all(|word| name.split_whitespace().any(|part| part == word)) {
                continue;
            }
            let (bandwidth, peak) = *limits.get_or_insert_with(|| {
                (compute.measure_read_bandwidth().unwrap_or(f64::NAN), compute.measure_int8_peak())
            });
            let decode = seconds(&compute, format, DECODE, 1);
            let bytes = DECODE.0 * format.row_bytes(DECODE.1).unwrap_or(0);
            let cached = seconds(&compute, format, CACHED, 1);
            let cached_bytes = CACHED.0 * format.row_bytes(CACHED.1).unwrap_or(0);
            let [expert, large] = [EXPERT, LARGE].map(|(rows, columns, tokens)| {
                let multiply_adds = (rows * columns * tokens) as f64;
                multiply_adds / seconds(&compute, format, (rows, columns), tokens)
            });
            println!(
                "{name}  {:>12.1} {:>13.1} {:>13.1}% {:>15.1} {:>13.1}% {:>19.1}",
                cached_bytes as f64 / cached / 1e9,
                bytes as f64 / decode / 1e9,
                bytes as f64 / decode / bandwidth * 100.0,
                expert / 1e9,
                expert / peak * 100.0,
                large / 1e9,
            );
        }
    }
    println!(
        "set      attention                                        integers ms   Gmac/s    floats ms   Gmac/s"
    );
    for set in InstructionSet::ALL.into_iter().rev() {
        let Ok(compute) = Compute::new(1, Some(set), Arithmetic::Int8) else { continue };
        for shape in &SHAPES {
            let name = format!("{:<8} attention {}", set.name(), shape.name);
            if !words.iter().all(|word| name.split_whitespace().any(|part| part == word)) {
                continue;
            }
            let [rounded, floats] =
                [CacheFormat::Int16, CacheFormat::F16].map(|format| shape.seconds(&compute, format));
            let multiply_adds = shape.multiply_adds();
            println!(
                "{name:<56} {:>12.3} {:>8.1} {:>12.3} {:>8.1}",
                rounded * 1e3,
                multiply_adds / rounded / 1e9,
                floats * 1e3,
                multiply_adds / floats / 1e9,
            );
        }
    }
}

/// Attention of a layer over a cache of 16-bit integers or floats.
struct Shape {
    name: &'static str,
    tokens: usize,
    /// Positions before them.
    depth: usize,
    heads: usize,
    kv_heads: usize,
    key_length: usize,
    value_length: usize,
    /// Whether values are the first part of the keys.
    is_latent: bool,
}

const fn latent(name: &'static str, tokens: usize, depth: usize, heads: usize) -> Shape {
    Shape { name, tokens, depth, heads, kv_heads: 1, key_length: 576, value_length: 512, is_latent: true }
}

const fn grouped(name: &'static str, tokens: usize, depth: usize, heads: [usize; 2], length: usize) -> Shape {
    let [heads, kv_heads] = heads;
    Shape { name, tokens, depth, heads, kv_heads, key_length: length, value_length: length, is_latent: false }
}

/// Bytes that no level of cache holds for long.
const LARGER_THAN_CACHES: usize = 256 << 20;

const SHAPES: [Shape; 7] = [
    latent("DeepSeek-V2-Lite, decode at 4096", 1, 4095, 16),
    latent("DeepSeek-V3, decode at 4096", 1, 4095, 128),
    grouped("Qwen3-30B-A3B, decode at 4096", 1, 4095, [32, 4], 128),
    grouped("Qwen2.5-0.5B, decode at 4096", 1, 4095, [14, 2], 64),
    Shape { value_length: 128, ..grouped("DeepSeek-V2-Lite, prefill 512", 512, 0, [16, 16], 192) },
    grouped("Qwen3-30B-A3B, prefill 512", 512, 0, [32, 4], 128),
    grouped("Qwen3-30B-A3B, prefill 512 at 3584", 512, 3584, [32, 4], 128),
];

impl Shape {
    fn multiply_adds(&self) -> f64 {
        let seen = self.tokens as f64 * (self.depth as f64 + (self.tokens as f64 + 1.0) / 2.0);
        seen * (self.heads * (self.key_length + self.value_length)) as f64
    }

    /// The shortest time that it takes.
    fn seconds(&self, compute: &Compute, format: CacheFormat) -> f64 {
        let positions = self.depth + self.tokens;
        let rows = |length: usize| {
            let mut rows = CacheRows::new(format, length);
            rows.append(compute, &(0..positions * self.kv_heads * length).map(value).collect::<Vec<f32>>());
            rows
        };
        let (key_stride, value_stride) = (self.kv_heads * self.key_length, self.kv_heads * self.value_length);
        // Of as many layers as it takes that no level of cache holds them all.
        let bytes = 2 * positions * if self.is_latent { key_stride } else { key_stride + value_stride };
        let layers: Vec<[CacheRows; 2]> = (0..LARGER_THAN_CACHES.div_ceil(bytes))
            .map(|_| [rows(self.key_length), rows(if self.is_latent { 0 } else { self.value_length })])
            .collect();
        let mut layers = layers.iter().cycle();
        let queries: Vec<f32> = (0..self.tokens * self.heads * self.key_length).map(value).collect();
        let mut output = vec![0.0; self.tokens * self.heads * self.value_length];
        shortest(|| {
            let Some([keys, values]) = layers.next() else { unreachable!("there is one at least") };
            let attention = Attention {
                queries: &queries,
                keys,
                values: if self.is_latent { keys } else { values },
                first_row: 0,
                key_stride,
                value_stride: if self.is_latent { key_stride } else { value_stride },
                tokens: self.tokens,
                first_position: self.depth,
                heads: self.heads,
                kv_heads: self.kv_heads,
                key_length: self.key_length,
                value_length: self.value_length,
                scale: 1.0 / (self.key_length as f32).sqrt(),
                window: None,
                sinks: None,
            };
            compute.attention(&attention, &mut output);
        })
    }
}

/// Numbers between -1 and 1 without much of a pattern.
fn value(index: usize) -> f32 {
    (index * 7919 % 1000) as f32 / 500.0 - 1.0
}

/// The shortest time that `work` takes.
fn shortest(mut work: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(800) {
        let begin = Instant::now();
        work();
        best = best.min(begin.elapsed().as_secs_f64());
    }
    best
}

/// The shortest time that the product of random weights with `tokens` rows takes.
fn seconds(compute: &Compute, format: Format, (rows, columns): (usize, usize), tokens: usize) -> f64 {
    let size = format.row_bytes(columns).unwrap_or(0) * rows;
    // Any bytes are weights. The upper bits keep the scales that are half-precision floats finite, and those
    // that are exponents (the first byte of an MXFP4 block, the last one of a float) away from subnormal numbers,
    // which are slow.
    let mut state = 1_u64;
    let exponent = |index: usize| match format {
        Format::MXFP4 => index.is_multiple_of(format.block_bytes()),
        Format::F32 | Format::F16 | Format::BF16 => (index + 1).is_multiple_of(format.block_bytes()),
        _ => false,
    };
    let bytes: Vec<u8> = (0..size)
        .map(|index| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8 & 0x3f | if exponent(index) { 0x40 } else { 0 }
        })
        .collect();
    let Ok(weights) = Matrix::from_bytes(format, rows, columns, bytes) else { return f64::NAN };
    let mut input = Activations::default();
    input.resize(tokens, columns);
    for (index, output) in input.values_mut().iter_mut().enumerate() {
        *output = value(index);
    }
    compute.quantise(&mut input);
    let mut output = vec![0.0; tokens * rows];
    shortest(|| {
        let (input, selection) = (&input, Selection::All);
        compute.matmul(&mut [Product {
            weights: &weights,
            input,
            selection,
            bias: None,
            gated: None,
            output: (&mut output).into(),
        }]);
    })
}
