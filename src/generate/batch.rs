//! Several texts at once: each pass through the model reads its weights once for all of them.
//!
//! The choice of tokens is `writer.rs`'s, as for one text alone; this file only decides which tokens run next.

use super::experts::{self, ExpertWatcher};
use super::session::{Sequence, PROMPT_CHUNK};
use super::writer::Writer;
use super::{CancelToken, FinishReason, GenerateOptions, SessionOptions};
use crate::model::{Logits, Model, Step};
use crate::{Error, Result};
use std::collections::VecDeque;

/// Texts that are generated side by side: an iterator of pieces, each with the index of its prompt. Begun by
/// [`Model::generate_batch`].
///
/// The pieces of one text come in their order, and are what [`Session::generate`](super::Session::generate)
/// would give. Texts that have ended leave the passes to the others. After an error, which ends all of them,
/// the iterator gives nothing more.
#[derive(Debug)]
pub struct Batch<'model> {
    model: &'model Model,
    texts: Vec<Text>,
    cancel: CancelToken,
    /// Pieces of the last pass that nobody took yet.
    ready: VecDeque<(usize, String)>,
    failed: bool,
}

#[derive(Debug)]
struct Text {
    sequence: Sequence,
    writer: Writer,
}

impl Model {
    /// The texts that follow several prompts, generated side by side: much faster than one after the other,
    /// since the weights are read once for all of them. Each text has a context of its own, of the length that
    /// `session` says.
    ///
    /// Text `i` is the one that a new session would generate with the same options and the seed
    /// `options.sampling.seed + i`, up to the rounding of the arithmetic, which depends on how many tokens run
    /// at once: so equal prompts give different texts, and the same seed the same texts again.
    ///
    /// ```no_run
    /// # fn main() -> moesaic::Result<()> {
    /// # let model = moesaic::Model::open("model.gguf")?;
    /// let mut texts = [String::new(), String::new()];
    /// let prompts = ["Once upon a time", "It was a dark night"];
    /// for piece in model.generate_batch(&prompts, &Default::default(), &Default::default())? {
    ///     let (index, piece) = piece?;
    ///     texts[index] += &piece;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of [`Model::session`] and [`Session::generate`](super::Session::generate), for any of the prompts.
    pub fn generate_batch(
        &self,
        prompts: &[impl AsRef<str>],
        session: &SessionOptions,
        options: &GenerateOptions,
    ) -> Result<Batch<'_>> {
        let encode = |prompt: &str| self.encode_prompt(prompt, options.parse_special);
        let prompts: Vec<Vec<u32>> =
            prompts.iter().map(|prompt| encode(prompt.as_ref())).collect::<Result<_>>()?;
        self.generate_batch_from(&prompts, session, options)
    }

    /// Like [`generate_batch`](Self::generate_batch), from prompts that are tokens already.
    ///
    /// # Errors
    /// Those of [`generate_batch`](Self::generate_batch), and [`Error::Input`] for a token past the vocabulary.
    pub fn generate_batch_from(
        &self,
        prompts: &[impl AsRef<[u32]>],
        session: &SessionOptions,
        options: &GenerateOptions,
    ) -> Result<Batch<'_>> {
        let mut options = options.clone();
        let mut texts = Vec::with_capacity(prompts.len());
        for prompt in prompts {
            let prompt = prompt.as_ref();
            let mut sequence = Sequence::new(self, session)?;
            let writer = sequence.writer(self, prompt, &options)?;
            sequence.tokens.extend_from_slice(prompt);
            texts.push(Text { sequence, writer });
            options.sampling.seed = options.sampling.seed.map(|seed| seed.wrapping_add(1));
        }
        Ok(Batch { model: self, texts, cancel: options.cancel, ready: VecDeque::new(), failed: false })
    }
}

impl Batch<'_> {
    /// How many texts there are: as many as prompts.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The prompt's tokens and those generated behind them; `None` past the last text.
    pub fn tokens(&self, index: usize) -> Option<&[u32]> {
        Some(&self.texts.get(index)?.sequence.tokens)
    }

    /// Why a text ended; `None` while it has not, after an error, and past the last text.
    pub fn finish_reason(&self, index: usize) -> Option<FinishReason> {
        self.texts.get(index)?.writer.finish_reason()
    }

    /// The seed of a text's sampler; `None` past the last text.
    pub fn seed(&self, index: usize) -> Option<u64> {
        Some(self.texts.get(index)?.writer.seed())
    }

    /// Runs some tokens of the texts that have not ended, and lets those write on that have all their tokens
    /// in the cache then.
    fn pass(&mut self) -> Result<()> {
        // Texts share a pass with the prompts of others; what one pass takes is bounded as a session's is,
        // but every text may run a token.
        let mut room = PROMPT_CHUNK.max(self.texts.len());
        let mut running: Vec<usize> = Vec::new();
        // Of each step: its text, and who watches it.
        let mut watchers: Vec<(usize, Option<ExpertWatcher>)> = Vec::new();
        let mut steps: Vec<Step> = Vec::new();
        for (index, text) in self.texts.iter_mut().enumerate() {
            if text.writer.finish_reason().is_some() {
                continue;
            }
            let Sequence { tokens, cache } = &mut text.sequence;
            let waiting = &tokens[cache.len()..];
            let count = waiting.len().min(room);
            if count == 0 {
                continue;
            }
            room -= count;
            let complete = count == waiting.len();
            if complete {
                running.push(index);
            }
            watchers.push((index, text.writer.expert_watcher().cloned()));
            let logits = if complete { Logits::Last } else { Logits::None };
            steps.push(Step { tokens: &waiting[..count], logits, cache });
        }
        let cancel = &self.cancel;
        let rows = match experts::forward_texts(self.model, &mut steps, &|| cancel.is_cancelled(), &watchers)
        {
            Ok(rows) => rows,
            Err(Error::Cancelled) => {
                self.cancelled();
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let tokenizer = self.model.tokenizer()?;
        for (index, row) in running.into_iter().zip(rows.chunks_exact(self.model.vocabulary_size())) {
            let Text { sequence, writer } = &mut self.texts[index];
            let capacity = sequence.cache.capacity();
            let piece = writer.write(tokenizer, &mut sequence.tokens, capacity, row.to_vec())?;
            if !piece.is_empty() {
                self.ready.push_back((index, piece));
            }
        }
        Ok(())
    }

    /// Ends every text that has not ended.
    fn cancelled(&mut self) {
        for (index, text) in self.texts.iter_mut().enumerate() {
            if text.writer.finish_reason().is_none() {
                let rest = text.writer.finish(FinishReason::Cancelled);
                if !rest.is_empty() {
                    self.ready.push_back((index, rest));
                }
            }
        }
    }
}

impl Iterator for Batch<'_> {
    type Item = Result<(usize, String)>;

    fn next(&mut self) -> Option<Result<(usize, String)>> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(Ok(piece));
            }
            if self.failed || self.texts.iter().all(|text| text.writer.finish_reason().is_some()) {
                return None;
            }
            if self.cancel.is_cancelled() {
                self.cancelled();
            } else if let Err(error) = self.pass() {
                self.failed = true;
                return Some(Err(error));
            }
        }
    }
}

impl std::iter::FusedIterator for Batch<'_> {}
