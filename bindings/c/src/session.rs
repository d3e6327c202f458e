//! Sessions: logits of tokens, and text.

use crate::border::{
    array, copy_out, fill_versioned, guard, handle, path, read_versioned, text, too_small, write, Versioned,
};
use crate::model::moesaic_model;
use crate::options::{
    moesaic_expert_callback, moesaic_generate_options, moesaic_logits, moesaic_session_options,
    moesaic_text_callback, report, ExpertCallback,
};
use crate::status::{moesaic_status, Failure};
use moesaic::model::Logits;
use moesaic::{CancelToken, FinishReason, GenerateOptions, Generation, Session};
use std::ffi::{c_char, c_void};
use std::sync::{Mutex, MutexGuard, TryLockError};

/// A sequence of tokens and its cache. Started by moesaic_session_open(), closed by moesaic_session_close().
///
/// One call at a time works on a session; a second one is answered with MOESAIC_ERROR_BUSY. Different sessions, of one
/// model too, may be used by different threads at once; those of one model take turns within a pass, since they share
/// its threads.
pub struct moesaic_session {
    session: Mutex<Session>,
    /// Outside the lock: raised while another thread is at work.
    cancel: CancelToken,
}

/// Why a generation ended.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum moesaic_finish_reason {
    /// It did not: it failed.
    MOESAIC_FINISH_NONE = 0,
    /// The model ended its text.
    MOESAIC_FINISH_END = 1,
    /// A stop text was found.
    MOESAIC_FINISH_STOP = 2,
    /// max_tokens were generated.
    MOESAIC_FINISH_LENGTH = 3,
    /// The session's context is full.
    MOESAIC_FINISH_CONTEXT_FULL = 4,
    /// A callback or moesaic_session_cancel() ended it; the session can be used again.
    MOESAIC_FINISH_CANCELLED = 5,
}

/// What a generation has done.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct moesaic_generate_result {
    /// sizeof(moesaic_generate_result): set it before the call.
    pub size: usize,
    /// Tokens that ran through the model before the first one was chosen.
    pub prompt_tokens: usize,
    /// Tokens generated, the end token not counted.
    pub generated_tokens: usize,
    /// Tokens of the text that ran through the model after the prompt: the last one generated never does.
    pub decoded_tokens: usize,
    /// How long the prompt took.
    pub prompt_seconds: f64,
    /// How long the decoded tokens took.
    pub decode_seconds: f64,
    /// The seed of the sampler, to repeat the choices.
    pub seed: u64,
    /// Why it ended.
    pub finish_reason: moesaic_finish_reason,
    /// Fills the gap; 0.
    pub reserved: u32,
    /// Tokens that were guessed.
    pub drafted_tokens: usize,
    /// Of these, those that were right.
    pub accepted_tokens: usize,
}

/// What a session holds; see moesaic_session_get_info().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct moesaic_session_info {
    /// sizeof(moesaic_session_info): set it before the call.
    pub size: usize,
    /// Tokens so far, prompted and generated.
    pub length: usize,
    /// How many tokens it can hold.
    pub context: usize,
    /// The memory of its cache when it is full, in bytes.
    pub cache: u64,
    /// The memory of its cache that is filled, in bytes.
    pub cache_filled: u64,
    /// The seed with which another generation chooses as the last one would have gone on; saved along with the
    /// session.
    pub next_seed: u64,
    /// Not 0: there is such a seed. 0: no token was generated yet.
    pub has_next_seed: u32,
    /// Fills the gap; 0.
    pub reserved: u32,
}

// SAFETY: `repr(C)` with the size first, then numbers. It is only ever written, so that the enum is one of ours.
unsafe impl Versioned for moesaic_generate_result {
    const NAME: &'static str = "moesaic_generate_result";
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        moesaic_generate_result {
            size: size_of::<Self>(),
            prompt_tokens: 0,
            generated_tokens: 0,
            decoded_tokens: 0,
            prompt_seconds: 0.0,
            decode_seconds: 0.0,
            seed: 0,
            finish_reason: moesaic_finish_reason::MOESAIC_FINISH_NONE,
            reserved: 0,
            drafted_tokens: 0,
            accepted_tokens: 0,
        }
    }
}

// SAFETY: `repr(C)` with the size first, then integers.
unsafe impl Versioned for moesaic_session_info {
    const NAME: &'static str = "moesaic_session_info";
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        moesaic_session_info {
            size: size_of::<Self>(),
            length: 0,
            context: 0,
            cache: 0,
            cache_filled: 0,
            next_seed: 0,
            has_next_seed: 0,
            reserved: 0,
        }
    }
}

impl moesaic_session {
    fn lock(&self) -> Result<MutexGuard<'_, Session>, Failure> {
        match self.session.try_lock() {
            Ok(session) => Ok(session),
            // A panic was reported; the session keeps its sequence and cache in step even then.
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => Err(Failure::new(
                moesaic_status::MOESAIC_ERROR_BUSY,
                "another call is at work on this session; give each thread a session of its own",
            )),
        }
    }

    /// Locks the session for a call that can be cancelled. The flag is lowered when the call ends: what was raised
    /// for it must not stop a later one.
    fn lock_cancellable(&self) -> Result<Cancellable<'_>, Failure> {
        Ok(Cancellable { cancel: &self.cancel, session: self.lock()? })
    }
}

struct Cancellable<'a> {
    cancel: &'a CancelToken,
    session: MutexGuard<'a, Session>,
}

impl Drop for Cancellable<'_> {
    fn drop(&mut self) {
        self.cancel.reset();
    }
}

/// Gives the caller the session that `open` opens, NULL if it fails.
///
/// # Safety
/// `target` is NULL or points to memory for a pointer.
unsafe fn hand_out(
    target: *mut *mut moesaic_session,
    open: impl FnOnce() -> Result<Session, Failure>,
) -> Result<(), Failure> {
    // SAFETY: the caller's promise.
    unsafe { write(target, std::ptr::null_mut(), "session") }?;
    let opened = moesaic_session { session: Mutex::new(open()?), cancel: CancelToken::new() };
    // SAFETY: as above.
    unsafe { write(target, Box::into_raw(Box::new(opened)), "session") }
}

/// Starts an empty session. The memory of its cache is reserved now and taken as it fills.
///
/// @param model    Not NULL. It may be closed before the session.
/// @param options  NULL: the defaults.
/// @param session  Receives the session, to be closed with moesaic_session_close(); NULL after a failure. Not NULL.
/// @return MOESAIC_OK;
///         MOESAIC_ERROR_INPUT if the context is longer than the model's;
///         MOESAIC_ERROR_OUT_OF_MEMORY if its cache cannot be had;
///         MOESAIC_ERROR_ARGUMENT for NULL or options without their size.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn moesaic_session_open(
    model: *const moesaic_model,
    options: *const moesaic_session_options,
    session: *mut *mut moesaic_session,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        unsafe {
            hand_out(session, || {
                let (model, options) = (handle(model, "model")?, read_versioned(options)?);
                Ok(model.model.session(options.options())?)
            })
        }
    })
}

/// Starts a session that is a copy of another: it holds the same tokens in a cache of its own, and goes on by itself.
///
/// @param session  Not NULL.
/// @param fork     Receives the copy, to be closed with moesaic_session_close(); NULL after a failure. Not NULL.
/// @return MOESAIC_OK; MOESAIC_ERROR_OUT_OF_MEMORY if its cache cannot be had; MOESAIC_ERROR_BUSY;
///         MOESAIC_ERROR_ARGUMENT for NULL.
/// Threads: one at a time for each session.
#[no_mangle]
pub unsafe extern "C" fn moesaic_session_fork(
    session: *const moesaic_session,
    fork: *mut *mut moesaic_session,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        unsafe { hand_out(fork, || Ok(handle(session, "session")?.lock()?.fork()?)) }
    })
}

/// Writes a session to a file: its tokens, its cache, and the seed to go on with. The file appears under its name when
/// it is whole, and not before. It takes as much as the filled part of the cache, and holds the conversation for
/// whoever can read it.
///
/// @param session  Not NULL.
/// @param path     The file, ending with a zero byte: bytes as the system takes them, UTF-8 on Windows. Replaced if it
///                 is there.
/// @return MOESAIC_OK; MOESAIC_ERROR_IO if it cannot be written, and nothing is left behind then; MOESAIC_ERROR_BUSY;
///         MOESAIC_ERROR_ARGUMENT for NULL.
/// Threads: one at a time for each session.
#[no_mangle]
pub unsafe extern "C" fn moesaic_session_save(
    session: *const moesaic_session,
    path: *const c_char,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        let (handle, path) = unsafe { (handle(session, "session")?, self::path(path)?) };
        handle.lock()?.save(path)?;
        Ok(())
    })
}

/// Starts the session that moesaic_session_save() wrote to a file, which goes on as the saved one would: bit for bit,
/// with the same instruction set. The file is treated as hostile, as model files are.
///
/// @param model    The one that it was saved with, opened with the same arithmetic. Not NULL. It may be closed before
///                 the session.
/// @param path     The file, as for moesaic_session_save().
/// @param options  NULL: the defaults. A context of 0 is the saved session's.
/// @param session  Receives the session, to be closed with moesaic_session_close(); NULL after a failure. Not NULL.
/// @return MOESAIC_OK;
///         MOESAIC_ERROR_IO if the file cannot be read;
///         MOESAIC_ERROR_MALFORMED if it is no saved session, truncated or damaged;
///         MOESAIC_ERROR_UNSUPPORTED if it was written in a form that this version does not read;
///         MOESAIC_ERROR_INPUT if it was saved with another model or arithmetic, or holds more tokens than the context
///         asked for;
///         MOESAIC_ERROR_OUT_OF_MEMORY if its cache cannot be had;
///         MOESAIC_ERROR_ARGUMENT for NULL or options without their size.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn moesaic_session_restore(
    model: *const moesaic_model,
    path: *const c_char,
    options: *const moesaic_session_options,
    session: *mut *mut moesaic_session,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        unsafe {
            hand_out(session, || {
                let (model, options) = (handle(model, "model")?, read_versioned(options)?);
                Ok(model.model.restore_session(self::path(path)?, options.options())?)
            })
        }
    })
}

/// Closes a session and frees its cache.
///
/// @param session  NULL does nothing. The pointer is of no use afterwards.
/// Threads: one, and no other call may be at work on this session, moesaic_session_cancel() included.
#[no_mangle]
pub unsafe extern "C" fn moesaic_session_close(session: *mut moesaic_session) {
    if !session.is_null() {
        guard(|| {
            // SAFETY: the caller's promise: it came from `moesaic_session_open`, and nobody uses it any more.
            drop(unsafe { Box::from_raw(session) });
            Ok(())
        });
    }
}

/// Tells what a session holds and the memory that it takes.
///
/// @param session  Not NULL.
/// @param info     Receives it; its `size` must be set. Not NULL.
/// @return MOESAIC_OK; MOESAIC_ERROR_BUSY; MOESAIC_ERROR_ARGUMENT for NULL or a size that cannot be.
/// Threads: one at a time for each session.
#[no_mangle]
pub unsafe extern "C" fn moesaic_session_get_info(
    session: *const moesaic_session,
    info: *mut moesaic_session_info,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        let session = unsafe { handle(session, "session") }?.lock()?;
        let (length, context) = (session.tokens().len(), session.context());
        let told = moesaic_session_info {
            length,
            context,
            cache: session.model().cache_bytes(context),
            cache_filled: session.filled_cache_bytes(),
            next_seed: session.next_seed().unwrap_or_default(),
            has_next_seed: session.next_seed().is_some().into(),
            ..Versioned::defaults()
        };
        // SAFETY: as above.
        unsafe { fill_versioned(info, told) }
    })
}

/// Copies the tokens that a session holds. To learn how many there are, give NULL and 0 for the buffer.
///
/// @param session   Not NULL.
/// @param tokens    The caller's buffer; NULL with a capacity of 0 only asks for the count.
/// @param capacity  How many tokens it holds.
/// @param count     Receives the number of tokens, after MOESAIC_ERROR_BUFFER_TOO_SMALL too. Not NULL.
/// @return MOESAIC_OK;
///         MOESAIC_ERROR_BUFFER_TOO_SMALL if there are more tokens than `capacity`;
///         MOESAIC_ERROR_BUSY; MOESAIC_ERROR_ARGUMENT for NULL.
/// Threads: one at a time for each session.
#[no_mangle]
pub unsafe extern "C" fn moesaic_session_tokens(
    session: *const moesaic_session,
    tokens: *mut u32,
    capacity: usize,
    count: *mut usize,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        let session = unsafe { handle(session, "session") }?.lock()?;
        // SAFETY: as above.
        unsafe { copy_out(session.tokens(), 0, tokens, capacity, count, "the tokens") }
    })
}

/// Forgets the tokens from `length` on; does nothing if there are no more than that. What is left costs nothing to
/// go on from; only models with windows (gpt-oss) run some of a long text once more if they go back over 4,096 tokens.
///
/// @param session  Not NULL.
/// @param length   How many tokens to keep.
/// @return MOESAIC_OK; MOESAIC_ERROR_BUSY; MOESAIC_ERROR_ARGUMENT for NULL.
/// Threads: one at a time for each session.
#[no_mangle]
pub unsafe extern "C" fn moesaic_session_truncate(
    session: *mut moesaic_session,
    length: usize,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        unsafe { handle(session, "session") }?.lock()?.truncate(length);
        Ok(())
    })
}

/// Forgets everything.
///
/// @param session  Not NULL.
/// @return MOESAIC_OK; MOESAIC_ERROR_BUSY; MOESAIC_ERROR_ARGUMENT for NULL.
/// Threads: one at a time for each session.
#[no_mangle]
pub unsafe extern "C" fn moesaic_session_reset(session: *mut moesaic_session) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        unsafe { handle(session, "session") }?.lock()?.reset();
        Ok(())
    })
}

/// Forgets what is not the beginning of these tokens, and tells how many of them are kept: the rest is to come next.
/// For texts that change at their end and mostly stay, like a conversation that a chat template writes anew for each
/// turn.
///
/// @param session  Not NULL.
/// @param tokens   The tokens. May be NULL if there are none.
/// @param count    How many there are.
/// @param kept     Receives how many of them the session holds now. Not NULL.
/// @return MOESAIC_OK; MOESAIC_ERROR_BUSY; MOESAIC_ERROR_ARGUMENT for NULL.
/// Threads: one at a time for each session.
#[no_mangle]
pub unsafe extern "C" fn moesaic_session_keep_prefix(
    session: *mut moesaic_session,
    tokens: *const u32,
    count: usize,
    kept: *mut usize,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        let (handle, tokens) = unsafe { (handle(session, "session")?, array(tokens, count, "tokens")?) };
        let mut session = handle.lock()?;
        // Before anything is forgotten: a place that is none must not cost the session its tokens.
        // SAFETY: as above.
        unsafe { write(kept, 0, "kept") }?;
        let same = session.keep_prefix_of(tokens);
        // SAFETY: as above.
        unsafe { write(kept, same, "kept") }
    })
}

/// Stops the forward pass or generation at work on a session, between two layers of the model: within milliseconds.
/// The call then answers MOESAIC_ERROR_CANCELLED (forward) or ends with MOESAIC_FINISH_CANCELLED (generate). If none
/// is at work, the next one is stopped at its beginning. A call that comes to its end otherwise uses up what was
/// raised while it ran.
///
/// @param session  NULL does nothing.
/// Threads: any, at any time until the session is closed; also from a signal handler: it stores one flag.
#[no_mangle]
pub unsafe extern "C" fn moesaic_session_cancel(session: *const moesaic_session) {
    // SAFETY: the caller's promise. No guard: that would touch memory of the thread, and there is nothing to fail.
    if let Some(session) = unsafe { session.as_ref() } {
        session.cancel.cancel();
    }
}

/// Appends tokens and computes logits after them: row i rates every token as the one that follows tokens[0..i].
///
/// @param session     Not NULL.
/// @param tokens      At least one.
/// @param count       How many there are.
/// @param which       One of moesaic_logits: no rows, the last one, or `count` rows.
/// @param logits      The caller's buffer, which receives the rows one after the other, each of vocabulary_size floats
///                    (moesaic_model_info). May be NULL for MOESAIC_LOGITS_NONE.
/// @param capacity    How many floats it holds.
/// @return MOESAIC_OK;
///         MOESAIC_ERROR_BUFFER_TOO_SMALL if the rows take more than `capacity`: looked at before anything is
///         computed;
///         MOESAIC_ERROR_INPUT for no tokens, a token past the vocabulary, or more than the context has room for;
///         MOESAIC_ERROR_CANCELLED; MOESAIC_ERROR_OUT_OF_MEMORY; MOESAIC_ERROR_NOT_FINITE; MOESAIC_ERROR_BUSY;
///         MOESAIC_ERROR_ARGUMENT for NULL or a `which` that is none.
///         After a failure the session is as it was before.
/// Threads: one at a time for each session.
#[no_mangle]
pub unsafe extern "C" fn moesaic_session_forward(
    session: *mut moesaic_session,
    tokens: *const u32,
    count: usize,
    which: u32,
    logits: *mut f32,
    capacity: usize,
) -> moesaic_status {
    // SAFETY: the caller's promise.
    guard(|| unsafe { forward(session, tokens, count, which, logits, capacity, None) })
}

/// Like moesaic_session_forward(), and tells which experts work.
///
/// @param session     Not NULL.
/// @param tokens      At least one.
/// @param count       How many there are.
/// @param which       One of moesaic_logits: no rows, the last one, or `count` rows.
/// @param logits      The caller's buffer, as for moesaic_session_forward().
/// @param capacity    How many floats it holds.
/// @param callback    Told which experts work, and may cancel the call. NULL: nobody.
/// @param data        Given to the callback.
/// @return As moesaic_session_forward().
/// Threads: one at a time for each session.
#[no_mangle]
// As for moesaic_tokenize().
#[allow(clippy::too_many_arguments)]
pub unsafe extern "C" fn moesaic_session_forward_watched(
    session: *mut moesaic_session,
    tokens: *const u32,
    count: usize,
    which: u32,
    logits: *mut f32,
    capacity: usize,
    callback: moesaic_expert_callback,
    data: *mut c_void,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        unsafe {
            let watch = ExpertCallback::new(callback, data);
            forward(session, tokens, count, which, logits, capacity, watch)
        }
    })
}

/// Runs tokens, with `watch` looking on if there is one.
///
/// # Safety
/// The pointers are what the header says.
unsafe fn forward(
    session: *mut moesaic_session,
    tokens: *const u32,
    count: usize,
    which: u32,
    logits: *mut f32,
    capacity: usize,
    watch: Option<ExpertCallback>,
) -> Result<(), Failure> {
    // SAFETY: the caller's promise.
    let handle = unsafe { handle(session, "session") }?;
    let mut work = handle.lock_cancellable()?;
    // SAFETY: as above.
    let tokens = unsafe { array(tokens, count, "tokens") }?;
    let (which, rows) = match which {
        _ if which == moesaic_logits::MOESAIC_LOGITS_NONE as u32 => (Logits::None, 0),
        _ if which == moesaic_logits::MOESAIC_LOGITS_LAST as u32 => (Logits::Last, 1),
        _ if which == moesaic_logits::MOESAIC_LOGITS_ALL as u32 => (Logits::All, count),
        other => return Err(Failure::argument(format!("which is {other}, none of moesaic_logits"))),
    };
    let needed = rows.saturating_mul(work.session.model().vocabulary_size());
    if needed > capacity {
        return Err(too_small("the logits", needed, capacity));
    }
    if needed > 0 {
        // SAFETY: only to see that there is a buffer, before the work; it is memory of floats of which any is.
        unsafe { self::handle(logits.cast_const().cast::<std::mem::MaybeUninit<f32>>(), "logits") }?;
    }
    let computed = match watch {
        None => work.session.forward_with(tokens, which, &handle.cancel),
        Some(watch) => {
            work.session.forward_watched(tokens, which, &handle.cancel, |chosen| watch.tell(chosen))
        }
    }?;
    if computed.len() > capacity {
        return Err(too_small("the logits", computed.len(), capacity));
    }
    if !computed.is_empty() {
        // SAFETY: there is room for them, and the memory is not Rust's.
        unsafe { logits.copy_from_nonoverlapping(computed.as_ptr(), computed.len()) };
    }
    Ok(())
}

/// Generates the text that follows a prompt, piece by piece. The prompt goes behind what the session holds; an empty
/// one continues from there. In an empty session the prompt is the beginning of a text, and begins with the token for
/// that if the model wants one.
///
/// @param session   Not NULL.
/// @param prompt    UTF-8 text. May be NULL if the length is 0.
/// @param length    Its bytes, or MOESAIC_ZERO_TERMINATED.
/// @param options   NULL: the defaults.
/// @param callback  Receives the text, and may end it. NULL: nobody wants it.
/// @param data      Given to the callback.
/// @param result    Receives what was done, after a failure too; its `size` must be set. May be NULL.
/// @return MOESAIC_OK, however the text ended: cancelled too, see `finish_reason`;
///         MOESAIC_ERROR_INPUT if an option is out of range, the prompt does not fit into the context, there is
///         nothing to begin with, or the logits are no numbers to choose from;
///         MOESAIC_ERROR_UNSUPPORTED if the model has no tokenizer;
///         MOESAIC_ERROR_NOT_FINITE; MOESAIC_ERROR_OUT_OF_MEMORY; MOESAIC_ERROR_BUSY;
///         MOESAIC_ERROR_ARGUMENT for NULL, text that is not UTF-8, or a struct without its size.
///         After a failure the session holds what it held before, and the tokens of the text that was given out.
/// Threads: one at a time for each session.
#[no_mangle]
pub unsafe extern "C" fn moesaic_session_generate(
    session: *mut moesaic_session,
    prompt: *const c_char,
    length: usize,
    options: *const moesaic_generate_options,
    callback: moesaic_text_callback,
    data: *mut c_void,
    result: *mut moesaic_generate_result,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        let prompt = unsafe { text(prompt, length, "prompt") }?;
        // SAFETY: as above.
        unsafe {
            generate(
                session,
                |session, options| session.generate(prompt, options),
                options,
                callback,
                data,
                result,
            )
        }
    })
}

/// Like moesaic_session_generate(), from a prompt that is tokens already.
///
/// @param session   Not NULL.
/// @param tokens    The prompt. May be NULL if there are none.
/// @param count     How many there are.
/// @param options   NULL: the defaults.
/// @param callback  Receives the text, and may end it. NULL: nobody wants it.
/// @param data      Given to the callback.
/// @param result    Receives what was done, after a failure too; its `size` must be set. May be NULL.
/// @return As moesaic_session_generate(); MOESAIC_ERROR_INPUT also for a token past the vocabulary.
/// Threads: one at a time for each session.
#[no_mangle]
pub unsafe extern "C" fn moesaic_session_generate_from(
    session: *mut moesaic_session,
    tokens: *const u32,
    count: usize,
    options: *const moesaic_generate_options,
    callback: moesaic_text_callback,
    data: *mut c_void,
    result: *mut moesaic_generate_result,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        let tokens = unsafe { array(tokens, count, "tokens") }?;
        // SAFETY: as above.
        unsafe {
            generate(
                session,
                |session, options| session.generate_from(tokens, options),
                options,
                callback,
                data,
                result,
            )
        }
    })
}

/// Runs the generation that `begin` begins.
///
/// # Safety
/// The pointers are what the header says.
unsafe fn generate(
    session: *const moesaic_session,
    begin: impl for<'a> FnOnce(&'a mut Session, &GenerateOptions) -> moesaic::Result<Generation<'a>>,
    options: *const moesaic_generate_options,
    callback: moesaic_text_callback,
    data: *mut c_void,
    result: *mut moesaic_generate_result,
) -> Result<(), Failure> {
    // SAFETY: the caller's promise.
    let (handle, asked) = unsafe { (handle(session, "session")?, read_versioned(options)?) };
    let mut work = handle.lock_cancellable()?;
    // Looked at before the work.
    if !result.is_null() {
        // SAFETY: as above.
        unsafe { fill_versioned(result, Versioned::defaults()) }?;
    }
    // SAFETY: as above.
    let mut options = unsafe { asked.options() }?;
    options.cancel = handle.cancel.clone();
    let mut generation = begin(&mut work.session, &options)?;
    let outcome = run(&mut generation, &handle.cancel, &asked, callback, data);
    if !result.is_null() {
        let statistics = generation.statistics();
        let stopped = matches!(outcome, Ok(Flow::Stopped));
        let told = moesaic_generate_result {
            prompt_tokens: statistics.prompt_tokens,
            generated_tokens: statistics.generated_tokens,
            decoded_tokens: statistics.decoded_tokens,
            drafted_tokens: statistics.drafted_tokens,
            accepted_tokens: statistics.accepted_tokens,
            prompt_seconds: statistics.prompt_time.as_secs_f64(),
            decode_seconds: statistics.decode_time.as_secs_f64(),
            seed: generation.seed(),
            finish_reason: match generation.finish_reason() {
                // The text may have ended with the piece that the callback did not want to go on after.
                None if stopped => moesaic_finish_reason::MOESAIC_FINISH_CANCELLED,
                None => moesaic_finish_reason::MOESAIC_FINISH_NONE,
                Some(FinishReason::End) => moesaic_finish_reason::MOESAIC_FINISH_END,
                Some(FinishReason::Stop) => moesaic_finish_reason::MOESAIC_FINISH_STOP,
                Some(FinishReason::Length) => moesaic_finish_reason::MOESAIC_FINISH_LENGTH,
                Some(FinishReason::ContextFull) => moesaic_finish_reason::MOESAIC_FINISH_CONTEXT_FULL,
                Some(_) => moesaic_finish_reason::MOESAIC_FINISH_CANCELLED,
            },
            ..Versioned::defaults()
        };
        // SAFETY: as above.
        unsafe { fill_versioned(result, told) }?;
    }
    outcome.map(drop)
}

/// Who ended a text.
enum Flow {
    Ended,
    /// The callback.
    Stopped,
}

fn run(
    generation: &mut Generation<'_>,
    cancel: &CancelToken,
    asked: &moesaic_generate_options,
    callback: moesaic_text_callback,
    data: *mut c_void,
) -> Result<Flow, Failure> {
    if asked.progress.is_some() {
        generation.process_prompt(|done, total| {
            // SAFETY: the caller gave the callback to be called with this data.
            if !unsafe { report(asked.progress, done as u64, total as u64, asked.progress_data) } {
                cancel.cancel();
            }
        })?;
    }
    for piece in generation {
        let piece = piece?;
        let Some(callback) = callback else { continue };
        let length = piece.len();
        // Text may hold zero bytes; the length tells the whole.
        let mut bytes = piece.into_bytes();
        bytes.push(0);
        // SAFETY: as above; the bytes live until the callback returns.
        if unsafe { callback(bytes.as_ptr().cast(), length, data) } != 0 {
            return Ok(Flow::Stopped);
        }
    }
    Ok(Flow::Ended)
}
