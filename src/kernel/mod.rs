//! The only arithmetic. `Compute` is what a model computes with: a table of kernels chosen once from
//! the CPU's features, and a thread team. Everything above is safe code.

mod attention;
mod matmul;
mod matrix;
mod team;

pub use attention::{Attention, CacheFormat, CacheRows};
pub use matmul::{Activations, Product, Selection};
pub use matrix::Matrix;
pub use team::Team;

use crate::Result;

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
}

/// How products with quantised weights are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Arithmetic {
    /// Activations are quantised to 8 bits in blocks of 32 and multiplied as integers, as llama.cpp
    /// does: fast. Weights stored as floats are multiplied as floats all the same.
    #[default]
    Int8,
    /// Weights are decoded and multiplied in 32-bit floats, and the cache is kept in 32-bit floats:
    /// slow and exact.
    Float32,
}

/// What a model computes with: kernels, threads, and the arithmetic.
#[derive(Debug)]
pub struct Compute {}

/// The number of cores that this process may use.
pub fn default_threads() -> usize {
    todo!()
}

impl Compute {
    /// `instruction_set`: `None` picks the best that the CPU has.
    ///
    /// # Errors
    /// If the CPU lacks the instruction set asked for, or threads cannot be started.
    pub fn new(
        _threads: usize,
        _instruction_set: Option<InstructionSet>,
        _arithmetic: Arithmetic,
    ) -> Result<Compute> {
        todo!()
    }

    /// The thread team.
    pub fn team(&self) -> &Team {
        todo!()
    }

    /// The instruction set in use.
    pub fn instruction_set(&self) -> InstructionSet {
        todo!()
    }

    /// The arithmetic in use.
    pub fn arithmetic(&self) -> Arithmetic {
        todo!()
    }

    /// Computes several products in one pass of the team; see [`Product`].
    ///
    /// # Panics
    /// If shapes do not fit each other (the model checks them when it is opened).
    pub fn matmul(&self, _products: &mut [Product<'_>]) {
        todo!()
    }

    /// `output[r] += scale * Σ_j x[j] * weights[j][r]` with f32 arithmetic: a product with the transposed matrix
    /// (`x` has `weights.rows` values, `output` `weights.columns`). Used for the absorbed key projection of latent attention.
    pub fn transposed_matvec(&self, _weights: &Matrix, _x: &[f32], _output: &mut [f32]) {
        todo!()
    }

    /// Fills in what matmul needs of `activations` beside the floats: the 8-bit blocks, when the
    /// arithmetic is `Int8`. Call it after writing the values.
    pub fn quantise(&self, _activations: &mut Activations) {
        todo!()
    }

    /// Softmax attention over cached rows; see [`Attention`].
    pub fn attention(&self, _attention: &Attention<'_>, _output: &mut [f32]) {
        todo!()
    }

    /// Root-mean-square norm of each row of `columns` values: `out = weight * x / sqrt(mean(x²) + epsilon)`;
    /// the mean is taken in f32 (`input` and `output` hold rows*columns values, `weight` `columns`).
    pub fn rms_norm(&self, _input: &[f32], _weight: &[f32], _epsilon: f32, _output: &mut [f32]) {
        todo!()
    }

    /// `gate[i] = silu(gate[i]) * up[i]`, `silu(x) = x / (1 + exp(-x))`.
    pub fn swiglu(&self, _gate: &mut [f32], _up: &[f32]) {
        todo!()
    }

    /// `x[i] += y[i] * scale`.
    pub fn add_scaled(&self, _x: &mut [f32], _y: &[f32], _scale: f32) {
        todo!()
    }

    /// Softmax in place over one row, in f32.
    pub fn softmax(&self, _x: &mut [f32]) {
        todo!()
    }
}
