//! Products of every format and instruction set with one thread, beside what the machine can do: bytes a
//! second for one token, with the weights in the second-level cache (what the arithmetic can do) and in memory
//! (decode), and multiply-adds a second for many (prefill).
//!
//! ```sh
//! cargo bench --bench kernels                      # everything
//! cargo bench --bench kernels -- Q4_K avx512       # what has all these words in its line
//! ```
//!
//! Each figure is the best of several passes: what the code can do, not what else the machine did.

use moesaic::kernel::{Activations, Arithmetic, Compute, InstructionSet, Matrix, Product, Selection};
use moesaic::quant::Format;
use std::time::{Duration, Instant};

/// A matrix that a second-level cache holds.
const CACHED: (usize, usize) = (128, 2048);
/// A matrix of this many rows and columns is much larger than the caches for one token ...
const DECODE: (usize, usize) = (65_536, 2048);
/// ... and the expert of a middling model for many.
const PREFILL: (usize, usize) = (1408, 2048);
/// Tokens of the prefill.
const TOKENS: usize = 128;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    println!("set      format   cached GB/s   decode GB/s   of bandwidth   prefill Gmac/s   of int8 peak");
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
            let prefill = seconds(&compute, format, PREFILL, TOKENS);
            let multiply_adds = (PREFILL.0 * PREFILL.1 * TOKENS) as f64;
            println!(
                "{name}  {:>12.1} {:>13.1} {:>13.1}% {:>16.1} {:>13.1}%",
                cached_bytes as f64 / cached / 1e9,
                bytes as f64 / decode / 1e9,
                bytes as f64 / decode / bandwidth * 100.0,
                multiply_adds / prefill / 1e9,
                multiply_adds / prefill / peak * 100.0,
            );
        }
    }
}

/// The shortest time that the product of random weights with `tokens` rows takes.
fn seconds(compute: &Compute, format: Format, (rows, columns): (usize, usize), tokens: usize) -> f64 {
    let size = format.row_bytes(columns).unwrap_or(0) * rows;
    // Any bytes are weights. The upper bits keep the scales that are half-precision floats finite, and those
    // that are exponents (the first byte of an MXFP4 block) away from subnormal numbers, which are slow.
    let mut state = 1_u64;
    let exponent = |index: usize| format == Format::MXFP4 && index.is_multiple_of(format.block_bytes());
    let bytes: Vec<u8> = (0..size)
        .map(|index| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8 & 0x3f | if exponent(index) { 0x40 } else { 0 }
        })
        .collect();
    let Ok(weights) = Matrix::from_bytes(format, rows, columns, bytes) else { return f64::NAN };
    let mut input = Activations::default();
    input.resize(tokens, columns);
    for (index, value) in input.values_mut().iter_mut().enumerate() {
        *value = (index * 7919 % 1000) as f32 / 500.0 - 1.0;
    }
    compute.quantise(&mut input);
    let mut output = vec![0.0; tokens * rows];
    let mut best = f64::INFINITY;
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(800) {
        let begin = Instant::now();
        let (input, selection) = (&input, Selection::All);
        compute.matmul(&mut [Product {
            weights: &weights,
            input,
            selection,
            bias: None,
            gated: None,
            output: &mut output,
        }]);
        best = best.min(begin.elapsed().as_secs_f64());
    }
    best
}
