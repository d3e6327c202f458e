//! How fast one thread multiplies one token with quantised weights: moesaic beside ggml's `vec_dot`, in one process.
//!
//! ```sh
//! RUSTFLAGS="-C target-cpu=native" scripts/oracle.sh cargo bench -p moesaic-ggml-sys [-- FORMAT...]
//! ```
//!
//! The flag is for ggml: without it its build has neither AVX-512 nor VNNI, and the comparison is not fair. moesaic
//! chooses its instructions when it runs, and needs no flag.
//!
//! Each line is a matrix, once too large for the caches (what decoding a model is like) and once at home in them (what
//! the arithmetic alone can do). Passes of both alternate, so that a machine that changes its speed changes both; the
//! figures are medians. Rounding the activations is not part of what is timed.

#[path = "../tests/data/mod.rs"]
mod data;

use data::Random;
use moesaic::kernel::{Activations, Arithmetic, Compute, Matrix, Product, Selection};
use moesaic::quant::Format;
use moesaic_ggml_sys as ggml;
use std::hint::black_box;
use std::time::Instant;

/// Bytes of weights that no cache holds.
const LARGE_BYTES: usize = 192 << 20;
/// Bytes of weights that a second-level cache holds.
const SMALL_BYTES: usize = 256 << 10;
/// Passes over the weights, of which the median counts.
const PASSES: usize = 9;
/// A pass goes over the weights until it has read at least so many bytes.
const PASS_BYTES: usize = 64 << 20;
/// Rows and columns of real models' matrices: the gate of a dense layer and that of an expert.
const SHAPES: [(usize, usize); 2] = [(2048, 5632), (1408, 2048)];

fn main() {
    // Cargo adds flags of its own; the rest are names of formats.
    let names: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let compute = Compute::new(1, None, Arithmetic::Int8).expect("one thread can always be had");
    println!("moesaic uses {:?}", compute.instruction_set());
    if !ggml::has_avx512_vnni() {
        println!(
            "WARNING: this ggml was compiled without AVX-512 and VNNI; on a CPU that has them, compare only under \
             RUSTFLAGS=\"-C target-cpu=native\""
        );
    }
    println!("GB/s of weights, one thread, one token");
    println!("format   rows x columns  weights in   moesaic    ggml   ratio");
    for format in ggml::formats() {
        if !names.is_empty() && !names.iter().any(|name| name.eq_ignore_ascii_case(format.name())) {
            continue;
        }
        for (rows, columns) in SHAPES {
            for (place, bytes) in [("memory", LARGE_BYTES), ("cache", SMALL_BYTES)] {
                let bench = Bench::new(format, rows, columns, bytes);
                let (ours, theirs) = bench.run(&compute);
                println!(
                    "{:<8} {:>14}  {place:<10}  {ours:>8.2}  {theirs:>6.2}  {:>6.2}",
                    format.name(),
                    format!("{rows} x {columns}"),
                    ours / theirs
                );
            }
        }
    }
}

/// The same weights and activations for both.
struct Bench {
    bytes: usize,
    ours: Vec<Matrix>,
    theirs: Vec<ggml::Weights>,
    activations: Vec<f32>,
    format: Format,
}

impl Bench {
    /// About `bytes` of weights: copies of a matrix with different addresses, or as many of its rows as fit.
    fn new(format: Format, rows: usize, columns: usize, bytes: usize) -> Bench {
        let mut random = Random(1);
        let row_bytes = format.row_bytes(columns).expect("the shapes are whole blocks");
        let rows = rows.min(bytes / row_bytes).max(1);
        let matrix = match format.has_encoder() && format.block_len() == 1 {
            true => format.encode(&random.normals(rows * columns)).expect("plain floats hold everything"),
            // The time does not depend on the values, as long as they are ordinary numbers.
            false => {
                let mut blocks = random.bytes(rows * row_bytes);
                random.tame_scales(format, &mut blocks);
                blocks
            }
        };
        let copies = (bytes / matrix.len()).max(1);
        let ours =
            |_| Matrix::from_bytes(format, rows, columns, matrix.clone()).expect("the bytes of these rows");
        Bench {
            bytes: copies * matrix.len(),
            ours: (0..copies).map(ours).collect(),
            theirs: (0..copies).map(|_| ggml::Weights::new(format, rows, columns, &matrix)).collect(),
            activations: random.normals(columns),
            format,
        }
    }

    /// The median speeds of moesaic and ggml in GB/s.
    fn run(&self, compute: &Compute) -> (f64, f64) {
        let mut input = Activations::default();
        input.resize(1, self.activations.len());
        input.values_mut().copy_from_slice(&self.activations);
        compute.quantise(&mut input);
        let their_input = ggml::Activations::new(self.format, &self.activations);
        let mut output = vec![0.0; self.ours[0].rows()];

        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..PASSES {
            ours.push(self.speed(|| {
                for weights in &self.ours {
                    compute.matmul(&mut [Product {
                        weights,
                        input: &input,
                        selection: Selection::All,
                        bias: None,
                        gated: None,
                        output: black_box(&mut output).into(),
                    }]);
                }
            }));
            theirs.push(self.speed(|| {
                for weights in &self.theirs {
                    weights.matvec(&their_input, black_box(&mut output));
                }
            }));
        }
        (median(ours), median(theirs))
    }

    /// GB/s of one pass.
    fn speed(&self, mut pass: impl FnMut()) -> f64 {
        let repeats = PASS_BYTES.div_ceil(self.bytes);
        let started = Instant::now();
        for _ in 0..repeats {
            pass();
        }
        (repeats * self.bytes) as f64 / started.elapsed().as_secs_f64() / 1e9
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
