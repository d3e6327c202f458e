//! Several texts at once: each pass through the model reads its weights once for all of them.
//!
//! `slots.rs` does the work; this file gives each prompt a place and hands out the pieces in turn.

use super::session::{writer, PROMPT_CHUNK};
use super::slots::{Slots, Written};
use super::{CancelToken, FinishReason, GenerateOptions, SessionOptions};
use crate::model::Model;
use crate::Result;
use std::collections::VecDeque;
use std::marker::PhantomData;

/// Texts that are generated side by side: an iterator of pieces, each with the index of its prompt. Begun by
/// [`Model::generate_batch`].
///
/// The pieces of one text come in their order, and are what [`Session::generate`](super::Session::generate)
/// would give. Texts that have ended leave the passes to the others. After an error, which ends all of them,
/// the iterator gives nothing more.
#[derive(Debug)]
pub struct Batch<'model> {
    /// A place for each text, in the order of the prompts.
    slots: Slots,
    cancel: CancelToken,
    /// Pieces of the last pass that nobody took yet.
    ready: VecDeque<Result<(usize, String)>>,
    failed: bool,
    model: PhantomData<&'model Model>,
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
    /// Those of [`generate_batch`](Self::generate_batch), and [`Error::Input`](crate::Error::Input) for a token
    /// past the vocabulary.
    pub fn generate_batch_from(
        &self,
        prompts: &[impl AsRef<[u32]>],
        session: &SessionOptions,
        options: &GenerateOptions,
    ) -> Result<Batch<'_>> {
        let mut options = options.clone();
        let mut slots = Slots::new(self, session, prompts.len())?;
        let capacity = session.capacity(self)?;
        for prompt in prompts {
            let prompt = prompt.as_ref();
            let writer = writer(self, &[], capacity, prompt, &options)?;
            // There are as many places as prompts, and all of them are free.
            slots.begin(prompt.to_vec(), writer, options.cancel.clone());
            options.sampling.seed = options.sampling.seed.map(|seed| seed.wrapping_add(1));
        }
        let ready = VecDeque::new();
        Ok(Batch { slots, cancel: options.cancel, ready, failed: false, model: PhantomData })
    }
}

impl Batch<'_> {
    /// How many texts there are: as many as prompts.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.slots.len() == 0
    }

    /// The prompt's tokens and those generated behind them; `None` past the last text.
    pub fn tokens(&self, index: usize) -> Option<&[u32]> {
        self.slots.tokens(index)
    }

    /// Why a text ended; `None` while it has not, after an error, and past the last text.
    pub fn finish_reason(&self, index: usize) -> Option<FinishReason> {
        self.slots.writer(index)?.finish_reason()
    }

    /// The seed of a text's sampler; `None` past the last text.
    pub fn seed(&self, index: usize) -> Option<u64> {
        Some(self.slots.writer(index)?.seed())
    }

    /// Runs the next tokens, or ends the texts if the flag is raised.
    fn pass(&mut self) {
        let Batch { slots, ready, .. } = self;
        let mut tell = |Written { slot, text, .. }: Written<'_>| match text {
            Ok(piece) if piece.is_empty() => {}
            Ok(piece) => ready.push_back(Ok((slot, piece))),
            Err(error) => ready.push_back(Err(error)),
        };
        if self.cancel.is_cancelled() {
            slots.end_cancelled(&mut tell);
        } else {
            slots.pass(PROMPT_CHUNK, &mut tell);
        }
    }
}

impl Iterator for Batch<'_> {
    type Item = Result<(usize, String)>;

    fn next(&mut self) -> Option<Result<(usize, String)>> {
        loop {
            match self.ready.pop_front() {
                _ if self.failed => return None,
                Some(Ok(piece)) => return Some(Ok(piece)),
                Some(Err(error)) => {
                    self.failed = true;
                    return Some(Err(error));
                }
                None if self.slots.running() == 0 => return None,
                None => self.pass(),
            }
        }
    }
}

impl std::iter::FusedIterator for Batch<'_> {}
