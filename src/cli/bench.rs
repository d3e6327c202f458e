//! `moesaic bench`: how fast a model runs, and how close that is to what the machine can do.

use super::options::{positive, ComputeOptions, ModelPath};
use super::output::{print, print_json, progress, Failure};
use crate::kernel::Arithmetic;
use crate::model::{Cache, Logits, Step};
use crate::Model;
use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;
use std::fmt::Write;
use std::time::Instant;

/// How many tokens of a sequence run in one pass, as in a session.
const CHUNK: usize = 512;

/// Measure prefill and decode speed beside the machine's own limits
///
/// Tokens are random, so files without a vocabulary will do. The first pass of each test is not counted.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelPath,

    /// Tokens of the prefill test; 0 leaves it out
    #[arg(short, long = "prefill", value_name = "P", default_value_t = 512)]
    p: usize,

    /// Tokens of the decode test; 0 leaves it out
    #[arg(short, long = "decode", value_name = "N", default_value_t = 32)]
    n: usize,

    /// Tokens in the cache before each test
    #[arg(short, long, value_name = "DEPTH", default_value_t = 0)]
    depth: usize,

    /// Sequences at once; speeds are those of all together
    #[arg(short = 'b', long, value_name = "SEQUENCES", default_value_t = 1, value_parser = positive)]
    sequences: usize,

    /// How often to repeat each test; the median counts
    #[arg(short, long, value_name = "REPEATS", default_value_t = 5, value_parser = positive)]
    repeats: usize,

    /// Print a list with an object for each test
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    compute: ComputeOptions,
}

/// What a test measured. The names are fixed: scripts rely on them.
#[derive(Serialize)]
struct Measurement {
    test: &'static str,
    tokens: usize,
    depth: usize,
    sequences: usize,
    threads: usize,
    tokens_per_second: f64,
    runs: Vec<f64>,
    gigabytes_per_second: f64,
    of_read_bandwidth: f64,
    of_int8_peak: f64,
}

/// What the machine can do with as many threads as the model uses.
struct Machine {
    /// Bytes a second.
    read_bandwidth: f64,
    /// 8-bit multiply-adds a second.
    int8_peak: f64,
}

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let (p, n) = (arguments.p, arguments.n);
    if p == 0 && n == 0 {
        return Err(Failure::Usage("nothing to measure: both -p and -n are 0".into()));
    }
    let model = arguments.compute.open(&arguments.model, Arithmetic::Int8)?;
    let threads = model.compute().team().threads();
    let machine = Machine {
        read_bandwidth: model.compute().measure_read_bandwidth()?,
        int8_peak: model.compute().measure_int8_peak(),
    };

    let capacity = arguments.depth + p.max(n);
    let mut bench = Bench {
        caches: (0..arguments.sequences).map(|_| model.cache(capacity)).collect::<Result<_, _>>()?,
        model: &model,
        depth: arguments.depth,
        tokens: RandomTokens::new(&model),
    };
    let tests = usize::from(p > 0) + usize::from(n > 0);
    let bar = progress(tests * (arguments.repeats + 1), "bench");
    bench.fill()?;
    let mut measurements = Vec::new();
    for (test, tokens) in [("prefill", p), ("decode", n)] {
        if tokens == 0 {
            continue;
        }
        // Tokens of each sequence that one pass takes.
        let pass = if test == "prefill" { tokens.min(CHUNK) } else { 1 };
        let runs = bench.speeds(tokens, pass, arguments.repeats, &bar)?;
        let tokens_per_second = median(&runs);
        let passes_per_second = tokens_per_second / (pass * arguments.sequences) as f64;
        // Of the pass in the middle: the cost grows evenly with the depth.
        let depth = arguments.depth + (tokens - pass) / 2;
        let cost = model.cost(depth, arguments.sequences, pass);
        let bytes_per_second = passes_per_second * cost.bytes as f64;
        let multiply_adds_per_second = passes_per_second * cost.multiply_adds as f64;
        measurements.push(Measurement {
            test,
            tokens,
            depth: arguments.depth,
            sequences: arguments.sequences,
            threads,
            tokens_per_second,
            runs,
            gigabytes_per_second: bytes_per_second / 1e9,
            of_read_bandwidth: bytes_per_second / machine.read_bandwidth,
            of_int8_peak: multiply_adds_per_second / machine.int8_peak,
        });
    }
    bar.finish_and_clear();
    if arguments.json {
        print_json(&measurements)
    } else {
        print(&table(&model, &machine, &measurements))
    }
}

struct Bench<'a> {
    model: &'a Model,
    caches: Vec<Cache>,
    depth: usize,
    tokens: RandomTokens,
}

impl Bench<'_> {
    /// Fills the caches up to the depth.
    fn fill(&mut self) -> Result<(), Failure> {
        self.forward(self.depth, CHUNK, Logits::None)
    }

    /// Tokens a second of all sequences together, run for run.
    fn speeds(
        &mut self,
        tokens: usize,
        pass: usize,
        repeats: usize,
        bar: &ProgressBar,
    ) -> Result<Vec<f64>, Failure> {
        let mut speeds = Vec::new();
        for repeat in 0..=repeats {
            // All are alike. Those of models with windows cannot go back over a long prompt.
            if self.caches.iter_mut().map(|cache| cache.truncate(self.depth)).min() < Some(self.depth) {
                self.caches.iter_mut().for_each(|cache| {
                    cache.truncate(0);
                });
                self.fill()?;
            }
            let begin = Instant::now();
            self.forward(tokens, pass, Logits::Last)?;
            let seconds = begin.elapsed().as_secs_f64();
            // The first one brings weights and threads up.
            if repeat > 0 {
                speeds.push((tokens * self.caches.len()) as f64 / seconds);
            }
            bar.inc(1);
        }
        Ok(speeds)
    }

    /// Runs random tokens through all sequences, `pass` of each at a time.
    fn forward(&mut self, tokens: usize, pass: usize, logits: Logits) -> Result<(), Failure> {
        let mut left = tokens;
        while left > 0 {
            let count = left.min(pass);
            left -= count;
            let tokens: Vec<Vec<u32>> = (self.caches.iter()).map(|_| self.tokens.take(count)).collect();
            // A prompt needs the logits of its end only.
            let logits = if left == 0 || pass == 1 { logits } else { Logits::None };
            let mut steps: Vec<Step<'_>> = (self.caches.iter_mut().zip(&tokens))
                .map(|(cache, tokens)| Step { cache, tokens, logits })
                .collect();
            self.model.forward(&mut steps, &|| false)?;
        }
        Ok(())
    }
}

/// The same tokens every time: Knuth's linear congruential generator (MMIX).
struct RandomTokens {
    state: u64,
    vocabulary: u64,
}

impl RandomTokens {
    fn new(model: &Model) -> RandomTokens {
        RandomTokens { state: 1, vocabulary: model.vocabulary_size().max(1) as u64 }
    }

    fn take(&mut self, count: usize) -> Vec<u32> {
        let mut next = || {
            self.state =
                (self.state).wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.state >> 33) % self.vocabulary) as u32
        };
        (0..count).map(|_| next()).collect()
    }
}

/// The middle one, or the mean of the middle two.
fn median(runs: &[f64]) -> f64 {
    let mut sorted = runs.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        (sorted[middle - 1] + sorted[middle]) / 2.0
    }
}

fn table(model: &Model, machine: &Machine, measurements: &[Measurement]) -> String {
    let mut text = format!(
        "machine with {} threads: reads {:.1} GB/s, {:.0} billion 8-bit multiply-adds/s\n\n",
        model.compute().team().threads(),
        machine.read_bandwidth / 1e9,
        machine.int8_peak / 1e9
    );
    text += "test     tokens  depth  sequences  tokens/s    GB/s  of bandwidth  of int8 peak\n";
    for m in measurements {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:<8} {:>6} {:>6} {:>10} {:>9.1} {:>7.1} {:>12.1}% {:>12.1}%",
            m.test,
            m.tokens,
            m.depth,
            m.sequences,
            m.tokens_per_second,
            m.gigabytes_per_second,
            m.of_read_bandwidth * 100.0,
            m.of_int8_peak * 100.0
        );
    }
    text
}
