//! A conversation with a model: the tokens so far, their cache, and the text that follows them.
//!
//! The arithmetic is the model's, the choice of tokens the sampler's; this file keeps sequence and
//! cache in step, whatever fails or is cancelled.

use super::stop::StopFilter;
use super::{CancelToken, Sampler, SamplingOptions};
use crate::model::{Cache, Logits, Model, Step};
use crate::text::StreamDecoder;
use crate::{Error, Result};
use std::time::{Duration, Instant};

/// How many tokens of a prompt run through the model in one pass: enough that reading the weights
/// costs little beside multiplying them, few enough that the buffers stay small.
const PROMPT_CHUNK: usize = 512;

/// The context of a session whose options name none; less where the model was made for less. The cache
/// is allocated for all of it, and models made for 131,072 tokens and more would take gigabytes.
const DEFAULT_CONTEXT: usize = 4096;

/// How to start a session.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SessionOptions {
    /// How many tokens the session holds, prompts and answers together, up to the model's own context
    /// length. `None`: 4,096, or the model's context length where that is less.
    pub context: Option<usize>,
}

/// How to generate text.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct GenerateOptions {
    /// How tokens are chosen.
    pub sampling: SamplingOptions,
    /// The most tokens to generate. `None`: until the model ends the text or the context is full.
    pub max_tokens: Option<usize>,
    /// Texts that end the generation; neither they nor what follows is given out.
    pub stop: Vec<String>,
    /// Raise it from another thread to stop the generation.
    pub cancel: CancelToken,
    /// Whether text in the prompt such as `<|im_start|>` becomes its control token. Leave it off where
    /// the prompt holds text from strangers.
    pub parse_special: bool,
}

/// Why a generation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FinishReason {
    /// The model ended its text with an end token.
    End,
    /// A stop string was found.
    Stop,
    /// [`GenerateOptions::max_tokens`] were generated.
    Length,
    /// The session's context is full.
    ContextFull,
    /// The [`CancelToken`] was raised; the session can be used again.
    Cancelled,
}

/// What a generation has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Tokens that ran through the model before the first one was chosen.
    pub prompt_tokens: usize,
    /// How long that took.
    pub prompt_time: Duration,
    /// Tokens generated, the end token not counted.
    pub generated_tokens: usize,
    /// Tokens that ran through the model after the prompt: the last one generated never does.
    pub decoded_tokens: usize,
    /// How long they took, choosing tokens included.
    pub decode_time: Duration,
}

impl Statistics {
    /// Prompt tokens a second; 0 before there were any.
    pub fn prompt_tokens_per_second(&self) -> f64 {
        rate(self.prompt_tokens, self.prompt_time)
    }

    /// Decoded tokens a second; 0 before there were any.
    pub fn decoded_tokens_per_second(&self) -> f64 {
        rate(self.decoded_tokens, self.decode_time)
    }
}

fn rate(tokens: usize, time: Duration) -> f64 {
    if tokens == 0 {
        return 0.0;
    }
    tokens as f64 / time.as_secs_f64().max(1e-9)
}

/// A sequence of tokens and the cache that belongs to it.
///
/// ```no_run
/// # fn main() -> moesaic::Result<()> {
/// let model = moesaic::Model::open("model.gguf")?;
/// let mut session = model.session(Default::default())?;
/// let logits = session.forward(&[1, 2, 3])?; // [3, vocabulary]
/// for piece in session.generate("Once upon a time", &Default::default())? {
///     print!("{}", piece?);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Session {
    model: Model,
    sequence: Sequence,
}

/// The tokens so far and the cache of all or all but the last few of them: a token that was generated
/// joins the sequence at once, and the cache when the next one is asked for.
#[derive(Debug)]
struct Sequence {
    tokens: Vec<u32>,
    cache: Cache,
}

impl Model {
    /// Starts an empty session. It shares this model's weights, tokenizer and threads.
    ///
    /// # Errors
    /// [`Error::Input`] if the context asked for is 0 or longer than the model's,
    /// [`Error::OutOfMemory`] if its cache cannot be allocated.
    pub fn session(&self, options: SessionOptions) -> Result<Session> {
        let longest = self.context_length();
        let context = options.context.unwrap_or(longest.min(DEFAULT_CONTEXT));
        if context == 0 || context > longest {
            return Err(Error::input(format!(
                "a context of {context} tokens was asked for: this model's holds 1 to {longest}"
            )));
        }
        Ok(Session {
            model: self.clone(),
            sequence: Sequence { tokens: Vec::new(), cache: self.cache(context)? },
        })
    }
}

impl Session {
    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The tokens so far: given to [`forward`](Self::forward), or prompted and generated.
    pub fn tokens(&self) -> &[u32] {
        &self.sequence.tokens
    }

    /// How many tokens the session can hold.
    pub fn context(&self) -> usize {
        self.sequence.cache.capacity()
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.truncate(0);
    }

    /// Forgets the tokens from `len` on; does nothing if there are no more than that.
    pub fn truncate(&mut self, len: usize) {
        self.sequence.truncate(len);
    }

    /// Forgets what is not the beginning of `tokens`, and returns how many of them are kept: the rest is to come
    /// next. For texts that change at their end and mostly stay, like a conversation, which then need not be
    /// computed again from the beginning.
    ///
    /// ```no_run
    /// # fn turn(session: &mut moesaic::Session, conversation: &[u32]) -> moesaic::Result<()> {
    /// let kept = session.keep_prefix_of(conversation);
    /// for piece in session.generate_from(&conversation[kept..], &Default::default())? {
    ///     print!("{}", piece?);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn keep_prefix_of(&mut self, tokens: &[u32]) -> usize {
        let same = self.tokens().iter().zip(tokens).take_while(|(held, wanted)| held == wanted).count();
        self.truncate(same);
        same
    }

    /// Appends tokens and returns the logits after each of them: `[tokens, vocabulary]`, row-major, so
    /// row `i` rates every token as the one that follows `tokens[..=i]`.
    ///
    /// # Errors
    /// [`Error::Input`] for no tokens at all, a token past the vocabulary, or more tokens than the
    /// context has room for. The session is then as it was before.
    pub fn forward(&mut self, tokens: &[u32]) -> Result<Vec<f32>> {
        self.forward_with(tokens, Logits::All, &CancelToken::new())
    }

    /// Appends tokens and returns the logits asked for: `[rows, vocabulary]`, row-major, with no, one or
    /// `tokens.len()` rows.
    ///
    /// # Errors
    /// Those of [`forward`](Self::forward), and [`Error::Cancelled`]. The session is then as it was
    /// before.
    pub fn forward_with(&mut self, tokens: &[u32], logits: Logits, cancel: &CancelToken) -> Result<Vec<f32>> {
        self.sequence.extend(&self.model, tokens, logits, cancel)
    }

    /// The text that follows `prompt`, piece by piece. The prompt goes behind what the session holds;
    /// an empty prompt continues from there.
    ///
    /// In an empty session the prompt is encoded as the beginning of a text: with the beginning-of-text
    /// token if the model wants one. An empty prompt in an empty session is that token alone.
    ///
    /// Nothing is computed before the first piece is asked for. Dropping the [`Generation`] early leaves
    /// the session with the tokens generated so far.
    ///
    /// # Errors
    /// [`Error::Input`] if an option is out of range, the prompt is longer than the context has room
    /// for, or there is nothing to begin with; or if the model has no tokenizer.
    pub fn generate(&mut self, prompt: &str, options: &GenerateOptions) -> Result<Generation<'_>> {
        let tokenizer = self.model.tokenizer()?;
        let first = self.sequence.tokens.is_empty();
        let mut tokens = tokenizer.encode(prompt, first, options.parse_special)?;
        if first && tokens.is_empty() {
            tokens.extend(tokenizer.bos());
        }
        self.generate_from(&tokens, options)
    }

    /// Like [`generate`](Self::generate), from a prompt that is tokens already.
    ///
    /// # Errors
    /// Those of [`generate`](Self::generate), and [`Error::Input`] for a token past the vocabulary.
    pub fn generate_from(&mut self, prompt: &[u32], options: &GenerateOptions) -> Result<Generation<'_>> {
        if let Some(empty) = options.stop.iter().position(String::is_empty) {
            return Err(Error::input(format!("stop string {empty} is empty: it would stop everything")));
        }
        self.sequence.check_new(&self.model, prompt)?;
        if self.sequence.tokens.is_empty() && prompt.is_empty() {
            return Err(Error::input(
                "there is nothing to begin with: the prompt is empty, and this model has no \
                 beginning-of-text token",
            ));
        }
        let mut sampler = Sampler::new(&options.sampling)?;
        for &token in self.sequence.tokens.iter().chain(prompt) {
            sampler.accept(token);
        }
        // Text that goes on keeps the space between it and what is there.
        let previous = prompt.last().or(self.sequence.tokens.last()).copied();
        Ok(Generation {
            decoder: self.model.tokenizer()?.stream_after(previous),
            model: &self.model,
            sequence: &mut self.sequence,
            prompt: Some(prompt.to_vec()),
            logits: None,
            sampler,
            stop: StopFilter::new(options.stop.clone()),
            max_tokens: options.max_tokens.unwrap_or(usize::MAX),
            cancel: options.cancel.clone(),
            statistics: Statistics::default(),
            finish_reason: None,
            failed: false,
        })
    }
}

impl Sequence {
    fn truncate(&mut self, len: usize) {
        self.tokens.truncate(len);
        self.cache.truncate(len.min(self.cache.len()));
    }

    /// Whether these tokens exist and fit behind those that are there.
    fn check_new(&self, model: &Model, new: &[u32]) -> Result<()> {
        let vocabulary = model.vocabulary_size();
        if let Some(token) = new.iter().find(|&&token| token as usize >= vocabulary) {
            return Err(Error::input(format!(
                "token {token} is past the vocabulary: this model's tokens are 0 to {}",
                vocabulary.saturating_sub(1)
            )));
        }
        let (held, capacity) = (self.tokens.len(), self.cache.capacity());
        if new.len() > capacity - held {
            let already = match held {
                0 => String::new(),
                _ => format!(", of which {held} are taken"),
            };
            return Err(Error::input(format!(
                "{} tokens do not fit: the context holds {capacity}{already}; shorten the text or \
                 start the session with a longer context",
                new.len()
            )));
        }
        Ok(())
    }

    /// Appends tokens and runs them; on any error everything is as before.
    fn extend(
        &mut self,
        model: &Model,
        new: &[u32],
        logits: Logits,
        cancel: &CancelToken,
    ) -> Result<Vec<f32>> {
        if new.is_empty() {
            return Err(Error::input("there are no tokens to run"));
        }
        self.check_new(model, new)?;
        let before = self.tokens.len();
        self.tokens.extend_from_slice(new);
        let mut silent = |_| ();
        let rows = self
            .run(model, before, Logits::None, cancel, &mut silent)
            .and_then(|_| self.run(model, self.tokens.len(), logits, cancel, &mut silent));
        if rows.is_err() {
            self.truncate(before);
        }
        rows
    }

    /// Runs the tokens up to `end` that are not in the cache yet, in chunks; tells `progress` after each
    /// of them how many are done.
    fn run(
        &mut self,
        model: &Model,
        end: usize,
        logits: Logits,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Vec<f32>> {
        let mut rows = Vec::new();
        let begin = self.cache.len();
        for chunk in self.tokens[begin..end].chunks(PROMPT_CHUNK) {
            let last = self.cache.len() + chunk.len() == end;
            let mut step = [Step {
                tokens: chunk,
                logits: match logits {
                    Logits::Last if !last => Logits::None,
                    wanted => wanted,
                },
                cache: &mut self.cache,
            }];
            let more = model.forward(&mut step, &|| cancel.is_cancelled())?;
            if rows.is_empty() {
                rows = more;
            } else {
                rows.extend_from_slice(&more);
            }
            progress(self.cache.len() - begin);
        }
        Ok(rows)
    }
}

/// Text as it is generated: an iterator of pieces. Begun by [`Session::generate`].
///
/// Pieces are whole characters, and never end in the beginning of a stop string. After an error or the
/// end the iterator gives nothing more; [`finish_reason`](Self::finish_reason) then tells why it ended.
#[derive(Debug)]
pub struct Generation<'session> {
    model: &'session Model,
    sequence: &'session mut Sequence,
    decoder: StreamDecoder<'session>,
    /// What to run before the first token is chosen; `None` once it has been.
    prompt: Option<Vec<u32>>,
    /// The logits after the prompt, until the first token is chosen.
    logits: Option<Vec<f32>>,
    sampler: Sampler,
    stop: StopFilter,
    max_tokens: usize,
    cancel: CancelToken,
    statistics: Statistics,
    finish_reason: Option<FinishReason>,
    failed: bool,
}

impl Generation<'_> {
    /// Why the text ended; `None` while it has not, and after an error.
    pub fn finish_reason(&self) -> Option<FinishReason> {
        self.finish_reason
    }

    /// Token counts and times so far.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// The seed of the sampler, to repeat the choices.
    pub fn seed(&self) -> u64 {
        self.sampler.seed()
    }

    /// Runs the prompt now, and not when the first piece is asked for: to show how far it is, or to time
    /// it. `progress` is told after each chunk how many of the prompt's tokens are done, and how many
    /// there are. When cancelled, the iterator ends with [`FinishReason::Cancelled`].
    ///
    /// # Errors
    /// Those of [`Session::forward`]; the iterator then gives nothing more.
    pub fn process_prompt(&mut self, mut progress: impl FnMut(usize, usize)) -> Result<()> {
        let Some(prompt) = self.prompt.take() else {
            return Ok(());
        };
        let held = self.sequence.tokens.len();
        self.sequence.tokens.extend_from_slice(&prompt);
        let end = self.sequence.tokens.len();
        // An empty prompt may find every token in the cache, where the logits are no longer known: the
        // last token runs again.
        if self.sequence.cache.len() == end {
            self.sequence.cache.truncate(end - 1);
        }
        let count = end - self.sequence.cache.len();
        let begin = Instant::now();
        let logits = self.run(&mut |done| progress(done, count));
        self.statistics.prompt_time = begin.elapsed();
        match logits {
            Ok(logits) => {
                self.statistics.prompt_tokens = count;
                self.logits = Some(logits);
            }
            // Half a prompt is no use.
            Err(error) => {
                self.sequence.truncate(held);
                match error {
                    Error::Cancelled => self.finish_reason = Some(FinishReason::Cancelled),
                    error => {
                        self.failed = true;
                        return Err(error);
                    }
                }
            }
        }
        Ok(())
    }

    /// Runs what is not in the cache yet; the logits after the last token.
    fn run(&mut self, progress: &mut dyn FnMut(usize)) -> Result<Vec<f32>> {
        let end = self.sequence.tokens.len();
        self.sequence.run(self.model, end, Logits::Last, &self.cancel, progress)
    }

    /// The text of the next token, with the rest of the text where it ends. May be empty: half a
    /// character, or the beginning of a stop string.
    fn step(&mut self) -> Result<String> {
        if self.cancel.is_cancelled() {
            return Ok(self.finish(FinishReason::Cancelled));
        }
        let logits = match self.logits.take() {
            Some(logits) => logits,
            None => match self.run(&mut |_| ()) {
                Ok(logits) => {
                    self.statistics.decoded_tokens += 1;
                    logits
                }
                Err(Error::Cancelled) => return Ok(self.finish(FinishReason::Cancelled)),
                Err(error) => return Err(error),
            },
        };
        // Here only if nothing is to be generated at all: further down the text has ended already.
        if let Some(reason) = self.limit() {
            return Ok(self.finish(reason));
        }
        let tokenizer = self.model.tokenizer()?;
        // Some models have more logits than tokens: the rest are padding, and stand for nothing.
        let known = logits.len().min(tokenizer.vocabulary_size());
        let token = self.sampler.sample(&logits[..known])?;
        if tokenizer.is_end(token) {
            return Ok(self.finish(FinishReason::End));
        }
        self.sampler.accept(token);
        self.sequence.tokens.push(token);
        self.statistics.generated_tokens += 1;
        let (mut text, stopped) = self.stop.push(&self.decoder.push(token)?);
        if stopped {
            self.finish_reason = Some(FinishReason::Stop);
        } else if let Some(reason) = self.limit() {
            text += &self.finish(reason);
        }
        Ok(text)
    }

    /// Why no further token can be generated, if so.
    fn limit(&self) -> Option<FinishReason> {
        if self.statistics.generated_tokens >= self.max_tokens {
            Some(FinishReason::Length)
        } else if self.sequence.tokens.len() >= self.sequence.cache.capacity() {
            Some(FinishReason::ContextFull)
        } else {
            None
        }
    }

    /// Ends the text: returns what was held back.
    fn finish(&mut self, reason: FinishReason) -> String {
        self.finish_reason = Some(reason);
        let rest = self.decoder.finish();
        let (mut text, stopped) = self.stop.push(&rest);
        if !stopped {
            text += &self.stop.finish();
        }
        text
    }
}

impl Iterator for Generation<'_> {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Result<String>> {
        if let Err(error) = self.process_prompt(|_, _| ()) {
            return Some(Err(error));
        }
        while self.finish_reason.is_none() && !self.failed {
            let begin = Instant::now();
            let text = self.step();
            self.statistics.decode_time += begin.elapsed();
            match text {
                Ok(text) if text.is_empty() => {}
                Ok(text) => return Some(Ok(text)),
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

impl std::iter::FusedIterator for Generation<'_> {}
