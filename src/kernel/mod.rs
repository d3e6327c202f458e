//! The only arithmetic. `Compute` is what a model computes with: a table of kernels chosen once from
//! the CPU's features, and a thread team. Everything above is safe code.

mod activations;
mod aligned;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod amx;
mod attention;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod block;
mod hint;
mod interrupt;
mod matmul;
mod matrix;
mod measure;
mod pool;
mod scalar;
mod table;
mod team;
#[cfg(test)]
mod tests;

pub use activations::{ActivationRows, Activations};
pub(crate) use aligned::Aligned;
pub use attention::{Attention, CacheFormat, CacheRows};
pub use interrupt::Interrupt;
pub(crate) use matmul::FEW_TOKENS;
pub use matmul::{Gated, Output, Product, Selection, Term, Transposed};
pub use matrix::Matrix;
pub use team::{default_threads, Team};

use crate::{Error, Result};
use activations::ACTIVATION_BLOCK;
use attention::AttentionBuffers;
use block::CHUNK;
use matmul::{TaskBuffers, TileBuffer};
use pool::Pool;
use table::Kernels;

/// The most rows of activations of which products may take so few that they need the 8-bit form, where others take tiles: in a
/// longer prompt that is rare, and it would be made for nothing.
const MOST_ROWS_OF_FEW: usize = 256;

/// The environment variable that names the instruction set to use when the caller does not.
const INSTRUCTION_SET_VARIABLE: &str = "MOESAIC_INSTRUCTION_SET";

/// Which instructions the kernels use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum InstructionSet {
    /// Portable Rust: the reference that every other set is checked against.
    Scalar,
    /// AVX2, FMA and F16C.
    Avx2,
    /// AVX-512 F, BW, VL, DQ and VNNI.
    Avx512,
    /// The same, and AMX TILE and BF16 for prompts; on Linux only. The first model with it asks the system for the tiles'
    /// registers, which it grants to the whole process.
    Amx,
}

/// How products with quantised weights are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Arithmetic {
    /// Activations are quantised to 8 bits in blocks of 32 and multiplied as integers, as llama.cpp
    /// does: fast. Weights stored as floats are multiplied as floats all the same; where more than four tokens
    /// meet BF16 and the CPU has AVX-512 BF16, activations are rounded to BF16, as in llama.cpp. With AMX prompts round
    /// activations and quantised weights to BF16 instead, which is more exact.
    #[default]
    Int8,
    /// Weights are decoded and multiplied in 32-bit floats, and the cache is kept in 32-bit floats:
    /// slow and exact.
    Float32,
}

/// What a feed-forward network does between its projections: `down(activation(gate x, up x))`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Activation {
    /// SwiGLU (Shazeer 2020, <https://arxiv.org/abs/2002.05202>): `silu(gate) * up`.
    Swiglu,
    /// `gate * sigmoid(alpha * gate) * (up + 1)`, after `gate` was bounded from above, and `up` from both
    /// sides.
    ClampedSwiglu {
        /// Multiplies the gate inside the sigmoid.
        alpha: f32,
        /// The largest gate, and the largest magnitude of `up`.
        limit: f32,
    },
}

impl InstructionSet {
    /// Every instruction set that this version has kernels for, best last.
    pub const ALL: [InstructionSet; 4] =
        [InstructionSet::Scalar, InstructionSet::Avx2, InstructionSet::Avx512, InstructionSet::Amx];

    /// The name, as `MOESAIC_INSTRUCTION_SET` takes it: `scalar`, `avx2`, `avx512` or `amx`.
    pub fn name(self) -> &'static str {
        match self {
            InstructionSet::Scalar => "scalar",
            InstructionSet::Avx2 => "avx2",
            InstructionSet::Avx512 => "avx512",
            InstructionSet::Amx => "amx",
        }
    }

    /// The set that the environment asks for.
    fn from_environment() -> Result<Option<InstructionSet>> {
        let Some(name) = std::env::var_os(INSTRUCTION_SET_VARIABLE) else {
            return Ok(None);
        };
        let set = InstructionSet::ALL.into_iter().find(|set| name == set.name());
        set.map(Some).ok_or_else(|| {
            let names = InstructionSet::ALL.map(InstructionSet::name).join(", ");
            let what = format!("{INSTRUCTION_SET_VARIABLE} is {name:?}, which is none of {names}");
            Error::input(what)
        })
    }
}

/// What a model computes with: kernels, threads, and the arithmetic.
#[derive(Debug)]
pub struct Compute {
    kernels: Kernels,
    team: Team,
    arithmetic: Arithmetic,
    attention_buffers: AttentionBuffers,
    task_buffers: Pool<TaskBuffers>,
    tile_buffers: Pool<TileBuffer>,
}

impl Compute {
    /// `instruction_set`: `None` takes the one that the environment variable `MOESAIC_INSTRUCTION_SET`
    /// names (`scalar`, `avx2`, `avx512`, `amx`), or else the best that the CPU has.
    ///
    /// # Errors
    /// If the CPU lacks the instruction set asked for, if `threads` is 0, or threads cannot be started.
    pub fn new(
        threads: usize,
        instruction_set: Option<InstructionSet>,
        arithmetic: Arithmetic,
    ) -> Result<Compute> {
        let asked = match instruction_set {
            Some(set) => Some(set),
            None => InstructionSet::from_environment()?,
        };
        let kernels = match asked {
            Some(set) => Kernels::new(set)?,
            None => Kernels::best(),
        };
        let team = Team::new(threads)?;
        Ok(Compute {
            kernels,
            team,
            arithmetic,
            attention_buffers: AttentionBuffers::default(),
            task_buffers: Pool::default(),
            tile_buffers: Pool::default(),
        })
    }

    /// The thread team.
    pub fn team(&self) -> &Team {
        &self.team
    }

    /// The instruction set in use.
    pub fn instruction_set(&self) -> InstructionSet {
        self.kernels.instruction_set()
    }

    /// The arithmetic in use.
    pub fn arithmetic(&self) -> Arithmetic {
        self.arithmetic
    }

    /// Computes several products in one pass of the team; see [`Product`]. Activations that meet quantised
    /// weights must have been through [`quantise`](Compute::quantise), when the arithmetic is `Int8`.
    ///
    /// Each output is computed in an order that depends on the shapes alone: not on the number of threads.
    ///
    /// # Panics
    /// If shapes do not fit each other (the model checks them when it is opened).
    pub fn matmul(&self, products: &mut [Product<'_>]) {
        self.matmul_until(products, &Interrupt::new(&|| false));
    }

    /// As [`matmul`](Compute::matmul), until the interrupt is raised: outputs may be missing then.
    ///
    /// # Panics
    /// If shapes do not fit each other.
    pub fn matmul_until(&self, products: &mut [Product<'_>], interrupt: &Interrupt<'_>) {
        matmul::matmul(self, interrupt, products);
    }

    /// Writes a sum of products, which are added in their order, to `output`, row-major `[rows, weights.rows]` of all
    /// terms, until the interrupt is raised: outputs may be missing then. For many rows of activations; few of them are
    /// faster as [products](Compute::matmul).
    ///
    /// # Panics
    /// If shapes do not fit each other.
    pub fn add_up_until(
        &self,
        terms: &[Term<'_>],
        rows: usize,
        interrupt: &Interrupt<'_>,
        output: &mut [f32],
    ) {
        matmul::add_up(self, interrupt, terms, rows, output);
    }

    /// Computes several products with transposed matrices in one pass of the team, in f32; with `may_round`, and where
    /// the CPU is faster so, the operands of more than four rows are rounded to 16-bit integers. Latent attention needs
    /// them.
    ///
    /// # Panics
    /// If shapes do not fit each other.
    pub fn multiply_transposed(&self, products: &mut [Transposed<'_>], may_round: bool) {
        let may_round = may_round && self.arithmetic == Arithmetic::Int8;
        matmul::matmul_transposed(self.kernels, may_round, &self.team, products);
    }

    /// Fills in what matmul needs of `activations` beside the floats: the 8-bit blocks, when the
    /// arithmetic is `Int8`, unless so many rows are multiplied as brain floats. Call it after writing the values.
    pub fn quantise(&self, activations: &mut Activations) {
        let may_meet_blocks = activations.rows() <= MOST_ROWS_OF_FEW || !self.kernels.has_tiles();
        if self.arithmetic != Arithmetic::Int8 || activations.is_quantised() || !may_meet_blocks {
            return;
        }
        let (rows, columns) = (activations.rows(), activations.columns());
        let (input, quantised) = activations.quantised_mut();
        self.team.for_each(rows, |row| {
            for (chunk, input) in input[row * columns..(row + 1) * columns].chunks(CHUNK).enumerate() {
                // SAFETY: each task has a row of its own.
                let target = unsafe { quantised.blocks(row, chunk, 0..CHUNK / ACTIVATION_BLOCK) };
                self.kernels.quantise(input, target);
            }
        });
    }

    /// The rows of `activations`, of which the first `counts[0]` are one part, and so on, to be written by products; in
    /// the 8-bit form alone if all products with them are with `quantised` weights, and the arithmetic is `Int8`.
    ///
    /// # Panics
    /// If the parts have more rows than there are.
    pub fn parts<'a>(
        &self,
        activations: &'a mut Activations,
        counts: impl IntoIterator<Item = usize>,
        quantised: bool,
    ) -> Vec<ActivationRows<'a>> {
        let are_few = activations.rows() <= FEW_TOKENS || !self.kernels.has_tiles();
        activations.parts(counts, quantised && are_few && self.arithmetic == Arithmetic::Int8)
    }

    /// Softmax attention over cached rows; see [`Attention`]. Runs on the whole team.
    ///
    /// # Panics
    /// If shapes do not fit each other.
    pub fn attention(&self, attention: &Attention<'_>, output: &mut [f32]) {
        self.attention_until(attention, &Interrupt::new(&|| false), output);
    }

    /// As [`attention`](Compute::attention), until the interrupt is raised: outputs may be wrong then.
    ///
    /// # Panics
    /// If shapes do not fit each other.
    pub fn attention_until(&self, attention: &Attention<'_>, interrupt: &Interrupt<'_>, output: &mut [f32]) {
        let buffers = &self.attention_buffers;
        attention::attention(self.kernels, &self.team, buffers, attention, interrupt, output);
    }

    /// Root-mean-square norm of each row of `weight.len()` values: `out = weight * x / sqrt(mean(x²) + epsilon)`;
    /// the mean is taken in f32. Runs on the calling thread.
    ///
    /// # Panics
    /// If `input` and `output` do not have the same length.
    pub fn rms_norm(&self, input: &[f32], weight: &[f32], epsilon: f32, output: &mut [f32]) {
        assert_eq!(input.len(), output.len());
        let columns = weight.len().max(1);
        for (input, output) in input.chunks_exact(columns).zip(output.chunks_exact_mut(columns)) {
            let mean = self.kernels.sum_of_squares(input) / columns as f32;
            self.kernels.scale_by(input, weight, 1.0 / (mean + epsilon).sqrt(), output);
        }
    }

    /// `x[i] += y[i] * scale`. Runs on the calling thread.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn add_scaled(&self, x: &mut [f32], y: &[f32], scale: f32) {
        self.kernels.add_scaled(x, y, scale);
    }

    /// Softmax in place over one row, in f32. Runs on the calling thread. A row with a NaN, or without
    /// any value above negative infinity, becomes NaN.
    pub fn softmax(&self, x: &mut [f32]) {
        let sum = self.kernels.exponentials(x, self.kernels.maximum(x));
        self.kernels.multiply(x, 1.0 / sum);
    }

    /// The memory bandwidth that all threads reach together when they read, in bytes a second: the best
    /// of several passes over a buffer much larger than the caches. Takes about a second.
    ///
    /// # Errors
    /// If there is no memory for the buffer.
    pub fn measure_read_bandwidth(&self) -> Result<f64> {
        measure::read_bandwidth(self.kernels, &self.team)
    }

    /// The 8-bit multiply-adds a second that all threads reach together with the best instruction for vectors of the
    /// set in use; products by tile (AMX) may do more. Takes about a second.
    pub fn measure_int8_peak(&self) -> f64 {
        measure::int8_peak(self.kernels, &self.team)
    }
}
