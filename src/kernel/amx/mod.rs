//! AMX TILE and BF16, what servers have had since 2023: one instruction multiplies 16 rows of weights with 16 rows of
//! activations over 32 columns, as brain floats, four times what `vpdpbusd` does in the same time. Everything but products
//! with many rows of activations is AVX-512's.
//!
//! Rust has no stable functions for these instructions, so they are named in assembly. The compiler knows nothing of
//! tiles, which is why nothing but this folder may use them.

mod matmul;
mod registers;

use super::table::Table;
use super::{avx512, InstructionSet};

/// Whether this CPU has all that the functions of this folder are compiled for, and the system lets this process use it.
pub(super) fn is_available() -> bool {
    avx512::is_available() && is_x86_feature_detected!("avx512bf16") && registers::are_available()
}

/// The kernels for AMX.
pub(super) static TABLE: Table =
    Table { instruction_set: InstructionSet::Amx, tiles: Some(&matmul::TABLE), ..avx512::TABLE };
