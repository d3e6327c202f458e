//! A named, checked view of a tensor's bytes.

use super::Source;
use crate::quant::Format;
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

    /// Where its bytes lie in its file.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Its bytes. They may begin at any address: neither format promises an alignment that suits `f32`.
    pub fn bytes(&self) -> &[u8] {
        &self.source.bytes()[self.range.clone()]
    }

    /// All values as floats.
    pub fn to_f32(&self) -> Vec<f32> {
        let mut values = vec![0.0; self.shape.iter().product()];
        self.format.decode(self.bytes(), &mut values);
        values
    }
}
