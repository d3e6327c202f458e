//! Products in 8-bit arithmetic against ggml's `vec_dot`, and both against the product in 64-bit floats of the weights
//! that ggml decodes. Every instruction set that this CPU has is tested.
//!
//! # How far apart they may be
//!
//! Let `w` be the decoded weights of a row, `x` the activations, and `Σ w x` the exact product.
//!
//! **Rounding of the activations.** A block of activations with largest magnitude `m` is rounded to multiples of
//! `s = m / 127`, so each value is off by at most `s / 2`, and the product by at most `Σ |w| s / 2`. That is reached
//! only if all errors conspire. They are spread evenly over `±s / 2`, with a variance of `s² / 12`, and do not know of
//! each other, so the product's error has the variance `Σ w² s² / 12`; six standard deviations are never seen. The
//! smaller of the two bounds is used. Our blocks are of 32 values. ggml's are of 32 or 256 values, and those of 32 keep
//! their scale (and the sum that goes with minimums) in 16-bit floats, which adds at most 2⁻¹¹ of each term.
//!
//! **Arithmetic in 32-bit floats.** Groups are summed exactly in integers; then each is scaled, with a handful of
//! roundings, and added to a sum in 32-bit floats. Each of these operations is off by at most 2⁻²⁴ of the sum `M` of the
//! magnitudes of everything that is added. A weight is `scale * value + floor` with a value that is not negative and the
//! lowest weight that its group could hold, and kernels may add up the two parts on their own, so `M` is
//! `Σ (|w - floor| + |floor|) |x|`. Two additions for each group of 16 and 16 roundings besides make
//! `(columns / 8 + 16) 2⁻²⁴ M`; products of plain floats have no floor and add up every column.
//!
//! **Scales as pairs of integers.** Where more than four tokens meet Q4_K, AVX-512 takes a weight apart as `scale * (value - 8) +
//! middle`, and rounds scale and middle of a group to multiples of `u`, the largest of both among 256 columns over 32,767. Each
//! is off by at most `u / 2`, so a group's product by at most `(|Σ (value - 8) x| + |Σ x|) u / 2`, with a variance of
//! `((Σ (value - 8) x)² + (Σ x)²) u² / 12`. Again the smaller of the worst and of six standard deviations is used.
//!
//! **Brain floats.** Where more than 32 tokens meet blocks, AMX rounds weights and activations to brain floats: each is off by
//! at most 2⁻⁸ of itself, so a product by `Σ |w x| 2⁻⁸` for the weights, and as much again for activations that are not
//! brain floats already. Weights of the same value and scale are all off in the same direction, so the worst is used. Every
//! column is added up.
//!
//! Activations that are multiples of a power of two up to 127 in every block are rounded by nobody: only the second part
//! is left, which would not hide a single wrong bit of a weight.

mod data;

use data::{lowest_quants, Random};
use moesaic::kernel::{Activations, Arithmetic, Compute, InstructionSet, Matrix, Product, Selection};
use moesaic::quant::Format;
use moesaic_ggml_sys as ggml;

/// Values that share a scale in our 8-bit activations.
const ACTIVATION_BLOCK: usize = 32;
/// The relative error of one operation on 32-bit floats.
const FLOAT_ROUNDING: f64 = 1.0 / (1u64 << 24) as f64;
/// The relative error of storing a number as a 16-bit float.
const HALF_ROUNDING: f64 = 1.0 / 2048.0;

/// The computers to test: one for each instruction set that this CPU has.
fn computers() -> Vec<Compute> {
    let new = |set| Compute::new(1, Some(set), Arithmetic::Int8);
    assert!(new(InstructionSet::Scalar).is_ok(), "every CPU has the portable kernels");
    InstructionSet::ALL.into_iter().filter_map(|set| new(set).ok()).collect()
}

/// Encoded rows with what is known of their values.
struct Rows {
    format: Format,
    columns: usize,
    bytes: Vec<u8>,
    /// The decoded weights, row after row.
    weights: Vec<f32>,
    /// `|w - floor| + |floor|` of each weight.
    magnitudes: Vec<f64>,
    /// Of each group of Q4_K its scale and the weight in the middle, of value 8; see above.
    pairs: Vec<[f64; 2]>,
}

/// Values of Q4_K that share a scale, and those of a block.
const GROUP: usize = 32;
/// See `GROUP`.
const BLOCK: usize = 256;

impl Rows {
    fn new(format: Format, columns: usize, bytes: Vec<u8>) -> Rows {
        let weights = ggml::to_float(format, &bytes);
        let floors = match format.block_len() {
            1 => vec![0.0; weights.len()],
            _ => {
                let (place, lowest) = lowest_quants(format);
                let mut blocks = bytes.clone();
                for block in blocks.chunks_exact_mut(format.block_bytes()) {
                    block[place.clone()].fill(lowest);
                }
                ggml::to_float(format, &blocks)
            }
        };
        let magnitude = |(&weight, &floor): (&f32, &f32)| {
            let (weight, floor) = (f64::from(weight), f64::from(floor));
            (weight - floor).abs() + floor.abs()
        };
        let magnitudes = weights.iter().zip(&floors).map(magnitude).collect();
        let mut pairs = Vec::new();
        if format == Format::Q4_K {
            // The weights of a value, one for each group.
            let of_value = |value: u8| {
                let (place, _) = lowest_quants(format);
                let mut blocks = bytes.clone();
                for block in blocks.chunks_exact_mut(format.block_bytes()) {
                    block[place.clone()].fill(value << 4 | value);
                }
                ggml::to_float(format, &blocks).into_iter().step_by(GROUP).map(f64::from)
            };
            pairs = of_value(8).zip(of_value(9)).map(|(middle, next)| [next - middle, middle]).collect();
        }
        Rows { format, columns, bytes, weights, magnitudes, pairs }
    }

    fn count(&self) -> usize {
        self.weights.len() / self.columns
    }

    /// The products of all rows with all rows of `input`, `[tokens, rows]`.
    fn multiply(&self, compute: &Compute, input: &[f32]) -> Vec<f32> {
        let weights =
            Matrix::from_bytes(self.format, self.count(), self.columns, self.bytes.clone()).unwrap();
        let tokens = input.len() / self.columns;
        let mut activations = Activations::default();
        activations.resize(tokens, self.columns);
        activations.values_mut().copy_from_slice(input);
        compute.quantise(&mut activations);
        let mut output = vec![f32::NAN; tokens * self.count()];
        compute.matmul(&mut [Product {
            weights: &weights,
            input: &activations,
            selection: Selection::All,
            bias: None,
            gated: None,
            output: (&mut output).into(),
        }]);
        output
    }

    /// The same by ggml.
    fn multiply_with_ggml(&self, input: &[f32]) -> Vec<f32> {
        let weights = ggml::Weights::new(self.format, self.count(), self.columns, &self.bytes);
        let mut output = vec![f32::NAN; input.len() / self.columns * self.count()];
        for (input, output) in input.chunks(self.columns).zip(output.chunks_mut(self.count())) {
            weights.matvec(&ggml::Activations::new(self.format, input), output);
        }
        output
    }

    /// What rounding pairs of scales and middles costs a row.
    fn rounding_of_pairs(&self, row: usize, x: &[f32]) -> f64 {
        let groups = self.columns / GROUP;
        let weights = &self.weights[row * self.columns..(row + 1) * self.columns];
        let pairs = &self.pairs[row * groups..(row + 1) * groups];
        let (mut worst, mut variance) = (0.0, 0.0);
        for (block, pairs) in pairs.chunks(BLOCK / GROUP).enumerate() {
            let unit = pairs.as_flattened().iter().fold(0.0, |most, x| f64::max(most, x.abs())) / 32767.0;
            for (group, [scale, middle]) in pairs.iter().enumerate() {
                let range = block * BLOCK + group * GROUP..block * BLOCK + (group + 1) * GROUP;
                let (mut products, mut sum) = (0.0, 0.0);
                for (&weight, &x) in weights[range.clone()].iter().zip(&x[range]) {
                    let value = if *scale == 0.0 { 8.0 } else { (f64::from(weight) - middle) / scale };
                    products += value * f64::from(x);
                    sum += f64::from(x);
                }
                worst += (products.abs() + sum.abs()) * unit / 2.0;
                variance += (products.powi(2) + sum.powi(2)) * unit.powi(2) / 12.0;
            }
        }
        worst.min(6.0 * variance.sqrt())
    }

    /// The exact product of a row with `x`, one of so many `tokens`, and how far from it moesaic and ggml may be.
    fn expected(&self, row: usize, x: &[f32], rounded: bool, tokens: usize) -> Expected {
        let range = row * self.columns..(row + 1) * self.columns;
        let (weights, magnitudes) = (&self.weights[range.clone()], &self.magnitudes[range]);
        let terms = || weights.iter().zip(x).map(|(&w, &x)| (f64::from(w), f64::from(x)));
        let magnitude: f64 = magnitudes.iter().zip(x).map(|(m, &x)| m * f64::from(x.abs())).sum();
        let is_float = self.format.block_len() == 1;
        let operations = 16 + if is_float { self.columns } else { self.columns / 8 };
        let arithmetic = operations as f64 * FLOAT_ROUNDING * magnitude;

        let rounding_in_blocks = |length: usize| {
            let (mut worst, mut variance) = (0.0, 0.0);
            for (weights, x) in weights.chunks(length).zip(x.chunks(length)) {
                let step = f64::from(x.iter().fold(0.0_f32, |most, x| most.max(x.abs()))) / 127.0;
                worst += weights.iter().map(|&w| f64::from(w.abs()) * step / 2.0).sum::<f64>();
                variance += weights.iter().map(|&w| (f64::from(w) * step).powi(2) / 12.0).sum::<f64>();
            }
            worst.min(6.0 * variance.sqrt())
        };
        let ours = match self.format {
            // By AVX-512 BF16, which not every computer here has.
            Format::BF16 if rounded => magnitude / 256.0,
            _ if rounded && !is_float => rounding_in_blocks(ACTIVATION_BLOCK),
            _ => 0.0,
        };
        let theirs = match ggml::activation_format(self.format) {
            0 => 0.0,
            1 => HALF_ROUNDING * magnitude,
            30 => magnitude / 256.0,
            8 | 9 if rounded => rounding_in_blocks(32) + HALF_ROUNDING * magnitude,
            // A power of two is its own 16-bit float; a sum of many values need not be.
            9 => HALF_ROUNDING * magnitude,
            15 if rounded => rounding_in_blocks(256),
            8 | 15 => 0.0,
            other => panic!("say here how ggml rounds activations to its format {other}"),
        };
        let of_pairs = match self.format {
            Format::Q4_K if tokens > 4 => self.rounding_of_pairs(row, x),
            _ => 0.0,
        };
        let columns = (16 + self.columns) as f64;
        // Both errors of a term at once are a little more than their sum.
        let of_brain_floats = if rounded { 2.01 / 256.0 } else { 1.0 / 256.0 };
        let of_brain_floats = of_brain_floats * terms().map(|(w, x)| (w * x).abs()).sum::<f64>();
        Expected {
            product: terms().map(|(w, x)| w * x).sum(),
            ours: ours + of_pairs + arithmetic,
            by_tile: of_brain_floats + columns * FLOAT_ROUNDING * magnitude,
            theirs: theirs + arithmetic,
        }
    }
}

/// An exact product and the errors that are allowed.
struct Expected {
    product: f64,
    ours: f64,
    /// Ours, where many tokens meet blocks by tile.
    by_tile: f64,
    theirs: f64,
}

/// Sums of squared errors.
#[derive(Clone, Copy, Default)]
struct Errors {
    ours: f64,
    theirs: f64,
}

/// Multiplies by every computer and by ggml, checks all products, and returns the errors of each computer.
fn check(what: &str, computers: &[Compute], rows: &Rows, input: &[f32], rounded: bool) -> Vec<Errors> {
    let theirs = rows.multiply_with_ggml(input);
    let tokens: Vec<&[f32]> = input.chunks(rows.columns).collect();
    let expected: Vec<Expected> = (0..theirs.len())
        .map(|i| rows.expected(i % rows.count(), tokens[i / rows.count()], rounded, tokens.len()))
        .collect();
    let mut errors = Vec::new();
    for compute in computers {
        let ours = rows.multiply(compute, input);
        let is_by_tile = compute.instruction_set() == InstructionSet::Amx
            && tokens.len() > 32
            && rows.format.block_len() > 1;
        let mut sums = Errors::default();
        for (index, ((ours, theirs), expected)) in ours.iter().zip(&theirs).zip(&expected).enumerate() {
            let (ours, theirs) = (f64::from(*ours), f64::from(*theirs));
            let case = || {
                format!(
                    "{} with {:?}, {what}, {} columns, {} tokens: row {} of token {} is {ours:e}, ggml says {theirs:e}, \
                     exact is {:e}",
                    rows.format.name(),
                    compute.instruction_set(),
                    rows.columns,
                    tokens.len(),
                    index % rows.count(),
                    index / rows.count(),
                    expected.product
                )
            };
            let allowed = if is_by_tile { expected.by_tile } else { expected.ours };
            let (our_error, their_error) = (ours - expected.product, theirs - expected.product);
            // Written so that a NaN fails.
            assert!(our_error.abs() <= allowed, "{}; allowed are {allowed:e}", case());
            assert!(
                their_error.abs() <= expected.theirs,
                "{}; allowed to ggml are {:e}",
                case(),
                expected.theirs
            );
            assert!((ours - theirs).abs() <= allowed + expected.theirs, "{}", case());
            sums.ours += our_error * our_error;
            sums.theirs += their_error * their_error;
        }
        errors.push(sums);
    }
    errors
}

/// Rows as a model has them: normal values, encoded by ggml.
fn encoded_rows(format: Format, random: &mut Random, rows: usize, columns: usize) -> Rows {
    let values: Vec<f32> = (0..rows * columns).map(|_| 0.02 * random.normal()).collect();
    Rows::new(format, columns, ggml::quantize(format, &values, columns))
}

/// Rows that no encoder would write: any bytes, or all bytes the same, with usable scales.
fn hostile_rows(format: Format, random: &mut Random, rows: usize, columns: usize) -> Vec<Rows> {
    let length = rows * format.row_bytes(columns).unwrap();
    if format.block_len() == 1 {
        return Vec::new(); // Any bytes would be infinities and NaNs.
    }
    [random.bytes(length), vec![0xff; length], vec![0x00; length], vec![0x80; length], vec![0x7f; length]]
        .into_iter()
        .map(|mut bytes| {
            random.tame_scales(format, &mut bytes);
            Rows::new(format, columns, bytes)
        })
        .collect()
}

/// Activations that are multiples of a power of two, up to 127 in every block: rounded by nobody.
fn exact_activations(random: &mut Random, count: usize) -> Vec<f32> {
    let mut integers: Vec<f32> = (0..count).map(|_| random.below(255) as f32 - 127.0).collect();
    for block in integers.chunks_mut(ACTIVATION_BLOCK) {
        block[random.below(ACTIVATION_BLOCK)] = if random.below(2) == 0 { 127.0 } else { -127.0 };
    }
    integers.iter().map(|integer| integer / 32.0).collect()
}

/// Activations as a model has them, now and then a large one.
fn usual_activations(random: &mut Random, count: usize) -> Vec<f32> {
    (0..count).map(|_| random.normal() * if random.below(200) == 0 { 20.0 } else { 1.0 }).collect()
}

/// Lengths of rows: whole chunks of 256 values, and for short blocks others too.
fn lengths(format: Format) -> &'static [usize] {
    match format.block_len() {
        256 => &[256, 768],
        _ => &[32, 96, 256, 800],
    }
}

/// Numbers of tokens: one, a few (kernels that take weights row by row), many (kernels that unpack them first, to panels and to
/// tiles).
const TOKENS: [usize; 5] = [1, 3, 4, 21, 37];

#[test]
fn exact_activations_give_exact_products() {
    let computers = computers();
    let mut random = Random(10);
    for format in ggml::formats() {
        for &columns in lengths(format) {
            for tokens in TOKENS {
                let rows = encoded_rows(format, &mut random, 19, columns);
                let input = exact_activations(&mut random, tokens * columns);
                check("encoded rows", &computers, &rows, &input, false);
            }
        }
    }
}

#[test]
fn hostile_rows_give_exact_products() {
    let computers = computers();
    let mut random = Random(11);
    for format in ggml::formats() {
        for &columns in lengths(format) {
            for rows in hostile_rows(format, &mut random, 17, columns) {
                // All of one sign, or alternating: the largest sums that 16-bit intermediates could meet.
                let most =
                    |sign: fn(usize) -> f32| (0..columns).map(|i| 127.0 / 32.0 * sign(i)).collect::<Vec<_>>();
                let mut input =
                    [most(|_| 1.0), most(|_| -1.0), most(|i| if i % 2 == 0 { 1.0 } else { -1.0 })].concat();
                input.extend(exact_activations(&mut random, 4 * columns));
                check("hostile rows", &computers, &rows, &input[..columns], false);
                check("hostile rows", &computers, &rows, &input, false);
            }
        }
    }
}

#[test]
fn usual_activations_are_rounded_no_worse_than_by_ggml() {
    let computers = computers();
    let mut random = Random(12);
    println!("format   instruction set  error of a product (root mean square): moesaic, ggml");
    for format in ggml::formats() {
        let mut sums = vec![Errors::default(); computers.len()];
        let mut count = 0;
        for &columns in lengths(format).iter().chain(&[2048]) {
            for tokens in TOKENS {
                let rows = encoded_rows(format, &mut random, 19, columns);
                let input = usual_activations(&mut random, tokens * columns);
                let errors = check("usual activations", &computers, &rows, &input, true);
                for (sum, error) in sums.iter_mut().zip(errors) {
                    sum.ours += error.ours;
                    sum.theirs += error.theirs;
                }
                count += tokens * rows.count();
                for rows in hostile_rows(format, &mut random, 3, columns) {
                    check("hostile rows, usual activations", &computers, &rows, &input, true);
                }
            }
        }
        for (compute, sum) in computers.iter().zip(sums) {
            let root_mean_square = |sum: f64| (sum / f64::from(count as u32)).sqrt();
            let (ours, theirs) = (root_mean_square(sum.ours), root_mean_square(sum.theirs));
            println!(
                "{:<8} {:<15}  {ours:.3e}  {theirs:.3e}",
                format.name(),
                compute.instruction_set().name()
            );
            // Blocks of the same length make it a draw, decided by chance; plain floats are rounded alike or not at all.
            assert!(
                ours <= 1.1 * theirs || format.block_len() == 1,
                "{} with {:?}: {ours:e}, ggml {theirs:e}",
                format.name(),
                compute.instruction_set()
            );
        }
    }
}
