//! Portable Rust: the reference that every other instruction set is checked against.
//!
//! Written to be read, in the order of operations of the formulas; nothing here is unsafe.

mod attention;
pub(super) mod elementwise;
mod matmul;

use super::block::for_block;
use super::table::{IntegerTable, Table};
use super::InstructionSet;
use crate::quant::Format;

/// The kernels in portable Rust.
pub(super) static TABLE: Table = Table {
    instruction_set: InstructionSet::Scalar,
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
    // No instruction multiplies brain floats.
    pairs: || None,
    int16: None,
    tiles: None,
    quantise: matmul::quantise,
    dots: matmul::dots,
    dot_rows_f32: |rows, inputs, input_rows, length, output| {
        matmul::dot_float_rows(Format::F32, rows, inputs, input_rows, length, output)
    },
    dot_rows_f16: |rows, inputs, input_rows, length, output| {
        matmul::dot_float_rows(Format::F16, rows, inputs, input_rows, length, output)
    },
    dot_rows_bf16: |rows, inputs, input_rows, length, output| {
        matmul::dot_float_rows(Format::BF16, rows, inputs, input_rows, length, output)
    },
    dot_rows_f8: |rows, inputs, input_rows, length, output| {
        matmul::dot_float_rows(Format::F8_E4M3, rows, inputs, input_rows, length, output)
    },
    accumulate: attention::accumulate,
    widen_f16: elementwise::widen_f16,
    widen_bf16: elementwise::widen_bf16,
    widen_f8: |bytes, values| Format::F8_E4M3.decode(bytes, values),
    pack_int16: elementwise::pack_int16,
    widen_int16: elementwise::widen_int16,
    maximum: attention::maximum,
    exponentials: attention::exponentials,
    sum_of_squares: elementwise::sum_of_squares,
    scale_by: elementwise::scale_by,
    swiglu: elementwise::swiglu,
    clamped_swiglu: elementwise::clamped_swiglu,
    add_scaled: elementwise::add_scaled,
    multiply: elementwise::multiply,
    // Portable Rust has no instruction for it.
    read: elementwise::read,
    int8_peak: matmul::int8_peak,
};
