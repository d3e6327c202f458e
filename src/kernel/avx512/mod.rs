//! AVX-512 F, BW, VL, DQ and VNNI: what servers have had since 2019 and desktops since 2021.
//!
//! Functions are safe to call from code with the same features; `Kernels` makes sure that the CPU has
//! them. What is unsafe here are loads and stores through pointers: their bounds are those that the
//! methods of `Kernels` check.

mod attention;
pub(super) mod blocks;
mod elementwise;
mod int16;
pub(super) mod matmul;
pub(super) mod pairs;

use super::block::for_block;
use super::table::{IntegerTable, Table};
use super::InstructionSet;

/// Whether this CPU has all that the functions of this folder are compiled for.
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vnni")
        && is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("f16c")
}

/// The kernels for AVX-512.
pub(super) static TABLE: Table = Table {
    instruction_set: InstructionSet::Avx512,
    integer: |format| {
        for_block!(format, B => {
            const TABLE: IntegerTable = IntegerTable::new::<B>(
                matmul::dot_rows::<B>,
                matmul::unpack::<B>,
                matmul::multiply::<B>,
                matmul::decode::<B>,
            );
            &TABLE
        })
    },
    pairs: || pairs::is_available().then_some(&pairs::TABLE),
    int16: Some(&int16::TABLE),
    tiles: None,
    quantise: matmul::quantise,
    dots: matmul::dots,
    dot_rows_f32: matmul::dot_float_rows::<elementwise::F32>,
    dot_rows_f16: matmul::dot_float_rows::<elementwise::F16>,
    dot_rows_bf16: matmul::dot_float_rows::<elementwise::BF16>,
    dot_rows_f8: matmul::dot_float_rows::<elementwise::F8>,
    accumulate: attention::accumulate,
    widen_f16: elementwise::widen::<elementwise::F16>,
    widen_bf16: elementwise::widen::<elementwise::BF16>,
    widen_f8: elementwise::widen::<elementwise::F8>,
    pack_int16: int16::pack_int16,
    widen_int16: elementwise::widen_int16,
    maximum: attention::maximum,
    exponentials: attention::exponentials,
    sum_of_squares: elementwise::sum_of_squares,
    scale_by: elementwise::scale_by,
    swiglu: elementwise::swiglu,
    clamped_swiglu: elementwise::clamped_swiglu,
    add_scaled: elementwise::add_scaled,
    multiply: elementwise::multiply,
    read: elementwise::read,
    int8_peak: matmul::int8_peak,
};
