//! A named, checked view of a tensor's bytes.

use super::Source;
use crate::quant::{mxfp4, Format};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// A tensor in a file: its bytes are checked to lie inside the file and to have the size that its
/// shape and format imply.
#[derive(Clone, Debug)]
pub struct Tensor {
    pub(crate) name: String,
    pub(crate) format: Format,
    /// Outermost dimension first, as PyTorch and safetensors say it; GGUF's `ne` is the reverse.
    pub(crate) shape: Vec<usize>,
    pub(crate) source: Arc<Source>,
    pub(crate) range: Range<usize>,
    /// Of MXFP4 in safetensors, which stores them apart; `range` holds only the elements then.
    pub(crate) exponents: Option<Exponents>,
}

/// The exponents of a tensor of MXFP4 blocks, a byte for each block: as many as the elements need.
#[derive(Clone, Debug)]
pub(crate) struct Exponents {
    pub(crate) source: Arc<Source>,
    pub(crate) range: Range<usize>,
}

impl Exponents {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.source.bytes()[self.range.clone()]
    }
}

impl Tensor {
    /// The name in the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file that holds it.
    pub fn path(&self) -> &Path {
        self.source.path()
    }

    /// How its values are stored.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Its shape, outermost dimension first; the last one is contiguous.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Where its bytes lie in its file (those of the elements, if its exponents are stored apart).
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Its bytes. They may begin at any address: neither format promises an alignment that suits `f32`.
    /// If its exponents are [stored apart](Tensor::exponents), these are the elements: 16 bytes a block,
    /// neighbours in one byte.
    pub fn bytes(&self) -> &[u8] {
        &self.source.bytes()[self.range.clone()]
    }

    /// The exponents of MXFP4 blocks, a byte each, where they are stored apart from the elements: in
    /// safetensors. `None` for every other tensor.
    pub fn exponents(&self) -> Option<&[u8]> {
        self.exponents.as_ref().map(Exponents::bytes)
    }

    /// How many bytes it takes in its files.
    pub fn size(&self) -> usize {
        self.range.len() + self.exponents().map_or(0, <[u8]>::len)
    }

    /// All values as floats.
    pub fn to_f32(&self) -> Vec<f32> {
        let mut values = vec![0.0; self.shape.iter().product()];
        match self.exponents() {
            None => self.format.decode(self.bytes(), &mut values),
            Some(exponents) => {
                let mut blocks = vec![0; self.size()];
                mxfp4::join(self.bytes(), exponents, &mut blocks);
                self.format.decode(&blocks, &mut values);
            }
        }
        values
    }
}
