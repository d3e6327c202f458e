//! 8-bit floats in safetensors: each matrix `NAME` has a second tensor, `NAME_scale_inv`, with a factor for
//! each block of 128 rows and columns (transformers' `finegrained_fp8`, DeepSeek-V3's `inference/kernel.py`).
//! Here the two become one [`Tensor`]. Nothing is decoded.

use super::File;
use crate::quant::fp8::SCALE_BLOCK;
use crate::quant::Format;
use crate::storage::{Scales, Tensor};
use crate::{Error, Result};
use serde_json::Value as Json;

/// The name of the scales is that of the weights and this. Despite it they are factors and no divisors.
const SCALES: &str = "_scale_inv";

/// Gives every tensor of 8-bit floats its scales.
///
/// # Errors
/// If `config.json` describes them otherwise, or scales are missing, of another type or shape.
pub(super) fn join_scales(config: &Json, file: &mut File) -> Result<()> {
    let is_fp8 = |tensor: &&Tensor| tensor.format == Format::F8_E4M3;
    let Some(first) = file.tensors.values().find(is_fp8) else { return Ok(()) };
    check_config(config, first)?;
    let names: Vec<String> = file.tensors.values().filter(is_fp8).map(|tensor| tensor.name.clone()).collect();
    for name in names {
        let scales_name = format!("{name}{SCALES}");
        let scales = file.tensors.remove(&scales_name);
        let Some(tensor) = file.tensors.get_mut(&name) else { continue };
        let error = |wrong: &Tensor, what: String| Error::Tensor {
            path: wrong.path().to_path_buf(),
            tensor: wrong.name.clone(),
            what,
        };
        let Some(scales) = scales else {
            let what = match file.undecoded.get(&scales_name) {
                Some(undecoded) => return Err(undecoded.error(&scales_name)),
                None => format!("holds 8-bit floats, whose scales, {scales_name}, are missing"),
            };
            return Err(error(tensor, what));
        };
        let [stacked @ .., rows, columns] = &tensor.shape[..] else {
            let what = format!("has the shape {:?}; 8-bit floats are for matrices", tensor.shape);
            return Err(error(tensor, what));
        };
        let (rows, columns) = (*rows, *columns);
        let mut shape = stacked.to_vec();
        shape.extend([rows.div_ceil(SCALE_BLOCK), columns.div_ceil(SCALE_BLOCK)]);
        if scales.shape != shape {
            return Err(error(
                &scales,
                format!(
                    "has the shape {:?}, but {name} of shape {:?} takes scales of shape {shape:?}: one for each \
                     {SCALE_BLOCK} rows and columns",
                    scales.shape, tensor.shape
                ),
            ));
        }
        if !matches!(scales.format, Format::F32 | Format::BF16 | Format::F16) {
            let what = format!("is stored as {}; scales are F32, BF16 or F16", scales.format.name());
            return Err(error(&scales, what));
        }
        let Tensor { format, source, range, .. } = scales;
        tensor.scales = Some(Scales { source, range, format, rows, columns });
    }
    Ok(())
}

/// Checks that `quantization_config` describes the scales as they are read here. `tensor` is one that needs them.
fn check_config(config: &Json, tensor: &Tensor) -> Result<()> {
    let error = |key: &str, what: String| Error::Metadata {
        path: tensor.path().with_file_name(super::CONFIG),
        key: key.into(),
        what,
    };
    let whole = "quantization_config";
    let Some(description) = config.get(whole).filter(|value| !value.is_null()) else {
        let what = format!("is missing, but {} holds 8-bit floats", tensor.name);
        return Err(error(whole, what));
    };
    let expect = |key: &str, found: bool, what: &str| match found {
        true => Ok(()),
        false => {
            let value = description.get(key).unwrap_or(&Json::Null);
            Err(error(&format!("{whole}.{key}"), format!("is {value}; of 8-bit floats {what} can be read")))
        }
    };
    let text = |key: &str| description.get(key).and_then(Json::as_str);
    expect("quant_method", text("quant_method") == Some("fp8"), "those of the method \"fp8\"")?;
    let format = text("fmt").is_none_or(|format| format == "e4m3");
    expect("fmt", format, "those of the format \"e4m3\"")?;
    let size = Json::from([SCALE_BLOCK, SCALE_BLOCK].map(|size| size as u64).to_vec());
    let block = description.get("weight_block_size").is_none_or(|block| *block == size);
    expect("weight_block_size", block, &format!("those with scales for blocks of {size}"))
}
