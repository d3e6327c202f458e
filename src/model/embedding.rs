//! Texts as vectors, for comparing them: the hidden states behind the last layer, pooled. It is for models that were trained to
//! it; of any other one the vectors are of little use. How to pool is the file's to say, or the caller's.

use super::{Logits, Model, Step};
use crate::storage::{Archive, Description};
use crate::{Error, Result};

/// How many tokens run at once: bounds the memory for hidden states.
const CHUNK: usize = 512;

/// How the hidden states of a text's tokens become one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pooling {
    /// Their mean.
    Mean,
    /// That of the first token.
    First,
    /// That of the last token, which alone has seen the whole text.
    Last,
}

impl Pooling {
    /// What the file says: GGUF's `pooling_type`, in the numbers of llama.cpp's `llama_pooling_type`. `None` for files
    /// that say nothing, as those of most models that write text, and for rerankers.
    pub(super) fn of(archive: &Archive) -> Option<Pooling> {
        let Description::Gguf(metadata) = &archive.description else { return None };
        let architecture = metadata.string("general.architecture").ok()??;
        match metadata.unsigned(&format!("{architecture}.pooling_type")).ok()?? {
            1 => Some(Pooling::Mean),
            2 => Some(Pooling::First),
            3 => Some(Pooling::Last),
            _ => None,
        }
    }
}

impl Model {
    /// How the file says that texts become vectors; `None` if it does not, because the model was made for something else.
    pub fn pooling(&self) -> Option<Pooling> {
        self.inner.pooling
    }

    /// How many numbers [`embed`](Self::embed) gives.
    pub fn embedding_length(&self) -> usize {
        self.inner.config.embedding_length
    }

    /// The vector of a text, of length 1: the hidden states of its tokens behind the last norm, pooled. Takes a cache for
    /// the time. `cancelled` is asked now and then, at least every few milliseconds and between layers.
    ///
    /// # Errors
    /// [`Error::Input`] for no tokens or more than the model's context, [`Error::NotFinite`], and as [`forward`](Self::forward).
    pub fn embed(&self, tokens: &[u32], pooling: Pooling, cancelled: &dyn Fn() -> bool) -> Result<Vec<f32>> {
        let tokens = match (pooling, tokens) {
            (_, []) => return Err(Error::input("there are no tokens to make a vector of")),
            // What comes behind it changes nothing of the first one.
            (Pooling::First, [first, ..]) => std::slice::from_ref(first),
            (_, tokens) => tokens,
        };
        let width = self.embedding_length();
        let mut cache = self.cache(tokens.len())?;
        let mut pooled = vec![0.0f64; width];
        for chunk in tokens.chunks(CHUNK) {
            let step = Step { cache: &mut cache, tokens: chunk, logits: Logits::None };
            let hidden = self.forward_with_hidden(&mut [step], cancelled)?.hidden;
            let skipped = match pooling {
                Pooling::Mean => 0,
                // Of each chunk its last one; that of the last chunk stays.
                Pooling::First | Pooling::Last => {
                    pooled.fill(0.0);
                    chunk.len() - 1
                }
            };
            for row in hidden.chunks_exact(width).skip(skipped) {
                pooled.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
            }
        }
        // The mean's divisor goes with the length.
        let length = pooled.iter().map(|value| value * value).sum::<f64>().sqrt();
        if !length.is_finite() {
            let what = "a text's hidden states are not finite: the model's weights are damaged".into();
            return Err(Error::NotFinite { what });
        }
        Ok(pooled.iter().map(|value| (value / length.max(f64::MIN_POSITIVE)) as f32).collect())
    }
}
