//! A conversation with a model: the tokens so far, their cache, and the text that follows them.
//!
//! The arithmetic is the model's, the choice of tokens the sampler's; this file keeps sequence and
//! cache in step, whatever fails or is cancelled.

use super::experts::{self, ChosenExperts, ExpertWatcher, Watch};
use super::speculation::{Costs, Load, Speculation, SpeculationStatistics, Speculator};
use super::writer::Writer;
use super::{CancelToken, LogitsProcessor, SamplingOptions};
use crate::model::{Cache, Logits, Model, Step};
use crate::setters::setters;
use crate::{Error, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many tokens of a prompt run through the model in one pass: enough that reading the weights
/// costs little beside multiplying them, few enough that the buffers stay small.
pub(super) const PROMPT_CHUNK: usize = 512;

/// The context of a session whose options name none; less where the model was made for less. The cache
/// is allocated for all of it, and models made for 131,072 tokens and more would take gigabytes.
const DEFAULT_CONTEXT: usize = 4096;

/// How to start a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionOptions {
    /// How many tokens the session holds, prompts and answers together, up to the model's own context
    /// length. `None`: 4,096, or the model's context length where that is less.
    pub context: Option<usize>,
}

impl SessionOptions {
    /// How many tokens a session of this model holds with these options.
    pub(super) fn capacity(&self, model: &Model) -> Result<usize> {
        let longest = model.context_length();
        let context = self.context.unwrap_or(longest.min(DEFAULT_CONTEXT));
        if context == 0 || context > longest {
            return Err(Error::input(format!(
                "a context of {context} tokens was asked for: this model's holds 1 to {longest}"
            )));
        }
        Ok(context)
    }
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
    /// What may see and change the logits of each token before it is chosen, in this order.
    pub logits_processors: Vec<LogitsProcessor>,
    /// Control tokens whose text is given out all the same; others give nothing.
    pub shown_tokens: Vec<u32>,
    /// Who is told which experts work. There is no speculation then.
    pub expert_watcher: Option<ExpertWatcher>,
    /// Guesses the next tokens and checks several of them in one pass, where the time of passes so far says that this
    /// is faster; the text stays the same. `None`: one token at a time.
    pub speculation: Option<Speculation>,
}

setters!(SessionOptions {
    with_context: context, Option<usize>;
});

setters!(GenerateOptions {
    with_sampling: sampling, SamplingOptions;
    with_max_tokens: max_tokens, Option<usize>;
    with_stop: stop, Vec<String>;
    with_cancel: cancel, CancelToken;
    with_parse_special: parse_special, bool;
    with_logits_processors: logits_processors, Vec<LogitsProcessor>;
    with_shown_tokens: shown_tokens, Vec<u32>;
    with_expert_watcher: expert_watcher, Option<ExpertWatcher>;
    with_speculation: speculation, Option<Speculation>;
});

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
    /// Tokens of the text that ran through the model after the prompt: the last one generated never does.
    pub decoded_tokens: usize,
    /// Tokens that were guessed, and ran beside them.
    pub drafted_tokens: usize,
    /// Of these, those that were right.
    pub accepted_tokens: usize,
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
    pub(super) sequence: Sequence,
    /// See [`Session::next_seed`].
    pub(super) next_seed: Option<u64>,
    /// What its passes took.
    costs: Costs,
    /// Another one after each change: by this a [`GenerationState`] knows whether it may go on.
    turn: Arc<()>,
}

/// The tokens so far and the cache of all or all but the last few of them: a token that was generated
/// joins the sequence at once, and the cache when the next one is asked for.
#[derive(Debug)]
pub(super) struct Sequence {
    pub tokens: Vec<u32>,
    pub cache: Cache,
}

impl Model {
    /// Starts an empty session. It shares this model's weights, tokenizer and threads.
    ///
    /// # Errors
    /// [`Error::Input`] if the context asked for is 0 or longer than the model's,
    /// [`Error::OutOfMemory`] if its cache cannot be allocated.
    pub fn session(&self, options: SessionOptions) -> Result<Session> {
        Ok(Session::new(self.clone(), Sequence::new(self, &options)?))
    }

    /// The tokens of a prompt that begins a text: with the beginning-of-text token if the model wants one. Those
    /// of an empty prompt are that token alone, if there is one.
    ///
    /// # Errors
    /// If the model has no tokenizer, or that has no tokens for some bytes of the prompt.
    pub fn encode_prompt(&self, prompt: &str, parse_special: bool) -> Result<Vec<u32>> {
        let tokenizer = self.tokenizer()?;
        let mut tokens = tokenizer.encode(prompt, true, parse_special)?;
        if tokens.is_empty() {
            tokens.extend(tokenizer.bos());
        }
        Ok(tokens)
    }
}

impl Session {
    /// A session that holds this sequence.
    pub(super) fn new(model: Model, sequence: Sequence) -> Session {
        Session { model, sequence, next_seed: None, costs: Costs::default(), turn: Arc::new(()) }
    }

    /// A copy that goes on by itself: with the same tokens and a cache of its own.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] if that cannot be allocated.
    pub fn fork(&self) -> Result<Session> {
        let mut cache = self.model.cache(self.context())?;
        cache.copy_beginning(&self.sequence.cache, self.sequence.cache.len())?;
        let tokens = self.sequence.tokens.clone();
        let mut fork = Session::new(self.model.clone(), Sequence { tokens, cache });
        fork.next_seed = self.next_seed;
        Ok(fork)
    }

    /// The seed with which another generation chooses as the last one would have gone on, wherever that was left:
    /// the random numbers that it did not use. `None` if no token was generated yet. It is saved along with the
    /// session.
    pub fn next_seed(&self) -> Option<u64> {
        self.next_seed
    }

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

    /// The memory of its cache that is filled, in bytes; [`Model::cache_bytes`] is that of a full one.
    pub fn filled_cache_bytes(&self) -> u64 {
        self.sequence.cache.filled_bytes() as u64
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.truncate(0);
    }

    /// Forgets the tokens from `len` on; does nothing if there are no more than that.
    ///
    /// Behind long texts of models with windows (gpt-oss), going back more than 4,096 tokens has a price: the next call
    /// runs some of the tokens that are kept once more (see [`Cache::reusable`]).
    pub fn truncate(&mut self, len: usize) {
        self.turn = Arc::new(());
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
        let same = common(self.tokens(), tokens);
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
        self.turn = Arc::new(());
        self.sequence.extend(&self.model, tokens, logits, cancel, None)
    }

    /// Like [`forward_with`](Self::forward_with), and tells `watch` which experts work. Its error ends the pass.
    ///
    /// # Errors
    /// Those of [`forward_with`](Self::forward_with) and of `watch`. The session is then as it was before.
    pub fn forward_watched(
        &mut self,
        tokens: &[u32],
        logits: Logits,
        cancel: &CancelToken,
        mut watch: impl FnMut(&ChosenExperts<'_>) -> Result<()>,
    ) -> Result<Vec<f32>> {
        self.turn = Arc::new(());
        self.sequence.extend(&self.model, tokens, logits, cancel, Some(&mut watch))
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
        let state = self.begin_generation(prompt, options)?;
        Ok(Generation { session: self, state })
    }

    /// Like [`generate`](Self::generate), from a prompt that is tokens already.
    ///
    /// # Errors
    /// Those of [`generate`](Self::generate), and [`Error::Input`] for a token past the vocabulary.
    pub fn generate_from(&mut self, prompt: &[u32], options: &GenerateOptions) -> Result<Generation<'_>> {
        let state = self.begin_generation_from(prompt, options)?;
        Ok(Generation { session: self, state })
    }

    /// Like [`generate`](Self::generate), for callers that cannot hold a borrow of the session, such as
    /// bindings to other languages.
    ///
    /// # Errors
    /// Those of [`generate`](Self::generate).
    pub fn begin_generation(&mut self, prompt: &str, options: &GenerateOptions) -> Result<GenerationState> {
        let tokens = match self.tokens() {
            [] => self.model.encode_prompt(prompt, options.parse_special)?,
            _ => self.model.tokenizer()?.encode(prompt, false, options.parse_special)?,
        };
        self.begin_generation_from(&tokens, options)
    }

    /// Like [`generate_from`](Self::generate_from), for callers that cannot hold a borrow of the session.
    ///
    /// # Errors
    /// Those of [`generate_from`](Self::generate_from).
    pub fn begin_generation_from(
        &mut self,
        prompt: &[u32],
        options: &GenerateOptions,
    ) -> Result<GenerationState> {
        let writer = self.sequence.writer(&self.model, prompt, options)?;
        self.turn = Arc::new(());
        Ok(GenerationState {
            turn: self.turn.clone(),
            writer,
            prompt: Some(prompt.to_vec()),
            logits: None,
            cancel: options.cancel.clone(),
            statistics: Statistics::default(),
            error: None,
            failed: false,
        })
    }
}

/// Who is told of a token: the text that it completed, itself with the row of logits that it was chosen by, and why the
/// text has ended.
type TellToken<'a> = dyn FnMut(Result<String>, Option<(u32, &[f32])>, Option<FinishReason>) + 'a;

impl Sequence {
    /// An empty sequence with room for the context that the options ask for.
    pub fn new(model: &Model, options: &SessionOptions) -> Result<Sequence> {
        Ok(Sequence { tokens: Vec::new(), cache: model.cache(options.capacity(model)?)? })
    }

    /// What writes the text behind `prompt`, which is neither appended nor run yet.
    pub fn writer(&self, model: &Model, prompt: &[u32], options: &GenerateOptions) -> Result<Writer> {
        writer(model, &self.tokens, self.cache.capacity(), prompt, options)
    }

    /// The cache may go back further than that; [`run`](Self::run) makes up for it.
    pub fn truncate(&mut self, len: usize) {
        self.tokens.truncate(len);
        self.cache.truncate(len);
    }

    /// Appends tokens and runs them; on any error everything is as before.
    fn extend(
        &mut self,
        model: &Model,
        new: &[u32],
        logits: Logits,
        cancel: &CancelToken,
        mut watch: Option<&mut Watch<'_>>,
    ) -> Result<Vec<f32>> {
        if new.is_empty() {
            return Err(Error::input("there are no tokens to run"));
        }
        check_new(model, self.tokens.len(), self.cache.capacity(), new)?;
        let before = self.tokens.len();
        self.tokens.extend_from_slice(new);
        let mut silent = |_| ();
        let rows = self
            .run(model, before, Logits::None, cancel, watch.as_deref_mut(), &mut silent)
            .and_then(|_| self.run(model, self.tokens.len(), logits, cancel, watch, &mut silent));
        if rows.is_err() {
            self.truncate(before);
        }
        rows
    }

    /// Lets a text write by rows of logits, that behind the last token and those behind each guess, which the cache
    /// holds; goes on as long as the guesses are right, forgets the others, and returns how many were right. `tell` is
    /// told of each token: the text that it completed, itself with its row unless it was an end token, and why the text
    /// has ended, if so.
    pub fn write(
        &mut self,
        model: &Model,
        writer: &mut Writer,
        rows: &[f32],
        draft: &[u32],
        tell: &mut TellToken<'_>,
    ) -> usize {
        let (before, capacity) = (self.tokens.len(), self.cache.capacity());
        let mut right = 0;
        for (index, row) in rows.chunks_exact(model.vocabulary_size()).enumerate() {
            let text =
                model.tokenizer().and_then(|known| writer.write(known, &mut self.tokens, capacity, row));
            let failed = text.is_err();
            let token = self.tokens.get(before + index).copied();
            tell(text, token.map(|token| (token, row)), writer.finish_reason());
            if failed
                || writer.finish_reason().is_some()
                || token.is_none()
                || token != draft.get(index).copied()
            {
                break;
            }
            right += 1;
        }
        self.cache.truncate(before + right);
        right
    }

    /// Runs the tokens up to `end` that are not in the cache yet, in chunks; tells `progress` after each
    /// of them how many are done.
    pub fn run(
        &mut self,
        model: &Model,
        end: usize,
        logits: Logits,
        cancel: &CancelToken,
        mut watch: Option<&mut Watch<'_>>,
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
            let more = experts::forward(model, &mut step, &|| cancel.is_cancelled(), watch.as_deref_mut())?;
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

/// How many tokens two sequences have in common at their beginnings.
pub(super) fn common(a: &[u32], b: &[u32]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// What writes the text behind `held` and `prompt`, in a context of `capacity` tokens.
///
/// # Errors
/// [`Error::Input`] if they do not fit or do not exist, there are none, or an option is out of range.
pub(super) fn writer(
    model: &Model,
    held: &[u32],
    capacity: usize,
    prompt: &[u32],
    options: &GenerateOptions,
) -> Result<Writer> {
    check_new(model, held.len(), capacity, prompt)?;
    if held.is_empty() && prompt.is_empty() {
        return Err(Error::input(
            "there is nothing to begin with: the prompt is empty, and this model has no \
             beginning-of-text token",
        ));
    }
    let tokens: Vec<u32> = held.iter().chain(prompt).copied().collect();
    let writer = Writer::new(model.tokenizer()?, &tokens, options)?;
    // Who watches the experts is told of those that work on the text.
    let speculation = options.speculation.as_ref().filter(|_| options.expert_watcher.is_none());
    let speculator = speculation.map(|speculation| Speculator::new(speculation, model, capacity));
    Ok(writer.speculating(speculator.transpose()?))
}

/// Whether these tokens exist and fit behind those that are there.
fn check_new(model: &Model, held: usize, capacity: usize, new: &[u32]) -> Result<()> {
    let vocabulary = model.vocabulary_size();
    if let Some(token) = new.iter().find(|&&token| token as usize >= vocabulary) {
        return Err(Error::input(format!(
            "token {token} is past the vocabulary: this model's tokens are 0 to {}",
            vocabulary.saturating_sub(1)
        )));
    }
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

/// Text as it is generated: an iterator of pieces. Begun by [`Session::generate`].
///
/// Pieces are whole characters, and never end in the beginning of a stop string. After an error or the
/// end the iterator gives nothing more; [`finish_reason`](Self::finish_reason) then tells why it ended.
#[derive(Debug)]
pub struct Generation<'session> {
    session: &'session mut Session,
    state: GenerationState,
}

impl Generation<'_> {
    /// Why the text ended; `None` while it has not, and after an error.
    pub fn finish_reason(&self) -> Option<FinishReason> {
        self.state.finish_reason()
    }

    /// Token counts and times so far.
    pub fn statistics(&self) -> Statistics {
        self.state.statistics()
    }

    /// The seed of the sampler, to repeat the choices.
    pub fn seed(&self) -> u64 {
        self.state.seed()
    }

    /// Runs the prompt now, and not when the first piece is asked for: to show how far it is, or to time
    /// it. `progress` is told after each chunk how many of the prompt's tokens are done, and how many
    /// there are. When cancelled, the iterator ends with [`FinishReason::Cancelled`].
    ///
    /// # Errors
    /// Those of [`Session::forward`]; the iterator then gives nothing more.
    pub fn process_prompt(&mut self, progress: impl FnMut(usize, usize)) -> Result<()> {
        self.state.process_prompt(self.session, progress)
    }
}

impl Iterator for Generation<'_> {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Result<String>> {
        self.state.next_piece(self.session)
    }
}

impl std::iter::FusedIterator for Generation<'_> {}

/// A [`Generation`] without its borrow of the session, which is given anew for each piece. Begun by
/// [`Session::begin_generation`].
///
/// It goes on only while nothing else was done with the session: otherwise, and with another session, it
/// answers with [`Error::Input`].
#[derive(Debug)]
pub struct GenerationState {
    turn: Arc<()>,
    writer: Writer,
    /// What to run before the first token is chosen; `None` once it has been.
    prompt: Option<Vec<u32>>,
    /// The logits after the prompt, until the first token is chosen.
    logits: Option<Vec<f32>>,
    cancel: CancelToken,
    statistics: Statistics,
    /// What went wrong behind text that was given out first.
    error: Option<Error>,
    failed: bool,
}

impl GenerationState {
    /// As [`Generation::finish_reason`].
    pub fn finish_reason(&self) -> Option<FinishReason> {
        self.writer.finish_reason()
    }

    /// As [`Generation::statistics`].
    pub fn statistics(&self) -> Statistics {
        let SpeculationStatistics { drafted, accepted } = self.writer.speculation();
        Statistics {
            generated_tokens: self.writer.generated(),
            drafted_tokens: drafted,
            accepted_tokens: accepted,
            ..self.statistics
        }
    }

    /// As [`Generation::seed`].
    pub fn seed(&self) -> u64 {
        self.writer.seed()
    }

    /// As [`Generation::process_prompt`].
    ///
    /// # Errors
    /// Those of [`Generation::process_prompt`], and [`Error::Input`] if this is not the session as this
    /// generation left it.
    pub fn process_prompt(
        &mut self,
        session: &mut Session,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<()> {
        if self.prompt.is_none() || self.failed {
            return Ok(());
        }
        self.check_turn(session)?;
        let prompt = self.prompt.take().unwrap_or_default();
        let Session { model, sequence, .. } = session;
        let held = sequence.tokens.len();
        sequence.tokens.extend_from_slice(&prompt);
        // An empty prompt may find every token in the cache, where the logits are no longer known: the
        // last token runs again.
        let end = sequence.tokens.len();
        if sequence.cache.len() == end {
            sequence.cache.truncate(end - 1);
        }
        let count = end - sequence.cache.len();
        let begin = Instant::now();
        let mut told = |done| progress(done, count);
        let logits = self.run(sequence, model, Logits::Last, &mut told);
        self.statistics.prompt_time = begin.elapsed();
        match logits {
            Ok(logits) => {
                self.statistics.prompt_tokens = count;
                self.logits = Some(logits);
                Ok(())
            }
            // Half a prompt is no use.
            Err(error) => {
                sequence.truncate(held);
                match error {
                    Error::Cancelled => {
                        self.writer.finish(FinishReason::Cancelled);
                        Ok(())
                    }
                    error => {
                        self.failed = true;
                        Err(error)
                    }
                }
            }
        }
    }

    /// The next piece of text, as of [`Generation`] as an iterator.
    pub fn next_piece(&mut self, session: &mut Session) -> Option<Result<String>> {
        if self.failed || self.finish_reason().is_some() {
            return None;
        }
        let begun = self.check_turn(session).and_then(|()| self.process_prompt(session, |_, _| ()));
        if let Err(error) = begun {
            self.failed = true;
            return Some(Err(error));
        }
        while self.finish_reason().is_none() {
            let begin = Instant::now();
            let text = self.step(session);
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

    /// Runs what is not in the cache yet; the rows of logits that are asked for.
    fn run(
        &self,
        sequence: &mut Sequence,
        model: &Model,
        logits: Logits,
        told: &mut dyn FnMut(usize),
    ) -> Result<Vec<f32>> {
        let end = sequence.tokens.len();
        match self.writer.expert_watcher() {
            None => sequence.run(model, end, logits, &self.cancel, None, told),
            Some(watcher) => {
                let watch: &mut Watch<'_> = &mut |chosen| watcher.watch(chosen);
                sequence.run(model, end, logits, &self.cancel, Some(watch), told)
            }
        }
    }

    fn check_turn(&self, session: &Session) -> Result<()> {
        match Arc::ptr_eq(&self.turn, &session.turn) {
            true => Ok(()),
            false => Err(Error::input(
                "this generation cannot go on: its session was used for something else meanwhile; begin \
                 another one, with an empty prompt to continue the text",
            )),
        }
    }

    /// The text of the next token, or of several where guesses were right; may be empty.
    fn step(&mut self, session: &mut Session) -> Result<String> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if self.cancel.is_cancelled() {
            return Ok(self.writer.finish(FinishReason::Cancelled));
        }
        let Session { model, sequence, next_seed, costs, .. } = session;
        let decoded = match self.logits.take() {
            Some(logits) => Ok((logits, Vec::new(), None)),
            None => self.decode(sequence, model, costs).map(|(rows, draft, time)| (rows, draft, Some(time))),
        };
        let (rows, draft, pass) = match decoded {
            Ok(decoded) => decoded,
            Err(Error::Cancelled) => return Ok(self.writer.finish(FinishReason::Cancelled)),
            Err(error) => return Err(error),
        };
        let mut text = String::new();
        let error = &mut self.error;
        let right = sequence.write(model, &mut self.writer, &rows, &draft, &mut |piece, _, _| match piece {
            Ok(piece) => text += &piece,
            Err(failure) => *error = Some(failure),
        });
        if let Some(time) = pass {
            self.statistics.decoded_tokens += 1 + right;
            let drafting = self.writer.checked(draft.len(), right);
            costs.observe(1 + draft.len(), 1, 1 + right, time, drafting);
        }
        *next_seed = Some(self.writer.next_seed());
        match self.error.take_if(|_| text.is_empty()) {
            Some(error) => Err(error),
            None => Ok(text),
        }
    }

    /// Guesses, and runs the last token with the guesses: a row of logits for each, the guesses, and how long the pass
    /// took.
    fn decode(
        &mut self,
        sequence: &mut Sequence,
        model: &Model,
        costs: &Costs,
    ) -> Result<(Vec<f32>, Vec<u32>, Duration)> {
        let (end, capacity) = (sequence.tokens.len(), sequence.cache.capacity());
        let mut load = Load::ONE;
        let draft = self.writer.draft(&sequence.tokens, capacity, costs, &mut load, &self.cancel)?;
        sequence.tokens.extend_from_slice(&draft);
        let begin = Instant::now();
        let rows = self.run(sequence, model, Logits::All, &mut |_| ());
        sequence.tokens.truncate(end);
        Ok((rows?, draft, begin.elapsed()))
    }
}
