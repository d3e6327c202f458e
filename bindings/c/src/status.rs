//! Status codes, and the message that explains the last failure of a thread.

use std::cell::RefCell;
use std::ffi::{c_char, CStr, CString};

/// What became of a call. All but `MOESAIC_OK` are failures, which moesaic_last_error() explains.
///
/// After a failure everything is as it was before the call, unless a function says otherwise.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum moesaic_status {
    /// It is done.
    MOESAIC_OK = 0,
    /// The operating system refused to open, read or map a file.
    MOESAIC_ERROR_IO = 1,
    /// A model file breaks the rules of its format: it is damaged, truncated or hostile.
    MOESAIC_ERROR_MALFORMED = 2,
    /// Metadata or an entry of config.json is missing, of the wrong type or out of range.
    MOESAIC_ERROR_METADATA = 3,
    /// A tensor is missing, of an unsupported type or of the wrong shape.
    MOESAIC_ERROR_TENSOR = 4,
    /// The file is sound but of a kind that this version does not run, or lacks what was asked for (a tokenizer).
    MOESAIC_ERROR_UNSUPPORTED = 5,
    /// A request that cannot be met: a token past the vocabulary, a text longer than the context, an option out of
    /// range.
    MOESAIC_ERROR_INPUT = 6,
    /// A callback or moesaic_session_cancel() ended the call.
    MOESAIC_ERROR_CANCELLED = 7,
    /// Memory for a cache or a buffer could not be had.
    MOESAIC_ERROR_OUT_OF_MEMORY = 8,
    /// Numbers inside the model left the range of floats: its weights are damaged.
    MOESAIC_ERROR_NOT_FINITE = 9,
    /// A defect of this library; please report it.
    MOESAIC_ERROR_INTERNAL = 10,
    /// A chat template refuses a conversation, or cannot be run.
    MOESAIC_ERROR_CHAT_TEMPLATE = 11,
    /// A mistake in the call itself: a NULL or misaligned pointer, a length that cannot be, text that is not UTF-8, a
    /// struct whose `size` was not set.
    MOESAIC_ERROR_ARGUMENT = 32,
    /// The caller's buffer is too small; nothing was written to it. Where the function tells a count, it is the one
    /// needed.
    MOESAIC_ERROR_BUFFER_TOO_SMALL = 33,
    /// Another call is at work on this session: of another thread, or the one whose callback is running.
    MOESAIC_ERROR_BUSY = 34,
}

/// Why a call failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub status: moesaic_status,
    pub message: String,
}

impl Failure {
    pub fn new(status: moesaic_status, message: impl Into<String>) -> Failure {
        Failure { status, message: message.into() }
    }

    pub fn argument(message: impl Into<String>) -> Failure {
        Failure::new(moesaic_status::MOESAIC_ERROR_ARGUMENT, message)
    }
}

impl From<moesaic::Error> for Failure {
    fn from(error: moesaic::Error) -> Failure {
        use moesaic::Error;
        let status = match &error {
            Error::Io { .. } => moesaic_status::MOESAIC_ERROR_IO,
            Error::Malformed { .. } => moesaic_status::MOESAIC_ERROR_MALFORMED,
            Error::Metadata { .. } => moesaic_status::MOESAIC_ERROR_METADATA,
            Error::Tensor { .. } => moesaic_status::MOESAIC_ERROR_TENSOR,
            Error::Unsupported { .. } => moesaic_status::MOESAIC_ERROR_UNSUPPORTED,
            Error::ChatTemplate { .. } => moesaic_status::MOESAIC_ERROR_CHAT_TEMPLATE,
            Error::Input { .. } => moesaic_status::MOESAIC_ERROR_INPUT,
            Error::Cancelled => moesaic_status::MOESAIC_ERROR_CANCELLED,
            Error::OutOfMemory { .. } => moesaic_status::MOESAIC_ERROR_OUT_OF_MEMORY,
            Error::NotFinite { .. } => moesaic_status::MOESAIC_ERROR_NOT_FINITE,
            // The crate's kinds may grow; one that is not known here is a defect of this layer.
            _ => moesaic_status::MOESAIC_ERROR_INTERNAL,
        };
        Failure::new(status, error.to_string())
    }
}

thread_local! {
    static LAST: RefCell<CString> = RefCell::default();
}

/// Keeps a failure's message for [`moesaic_last_error`].
pub(crate) fn remember(message: String) {
    // Only a hostile file's name can hold a NUL here.
    let message = CString::new(message.replace('\0', "\\0")).unwrap_or_default();
    // While a thread ends there may be no place left; then nobody can ask any more either.
    let _ = LAST.try_with(|last| last.replace(message));
}

/// Explains the last failure on the calling thread: what failed, where, and what to do about it, in one line of
/// UTF-8. Successful calls do not clear it, so look at it after a failure only.
///
/// @return The message; "" if no call on this thread has failed yet. Never NULL. It belongs to the library and
///         holds until the next call on this thread that fails, or the thread's end.
/// Threads: any.
#[no_mangle]
pub extern "C" fn moesaic_last_error() -> *const c_char {
    LAST.try_with(|last| last.borrow().as_ptr()).unwrap_or(c"".as_ptr())
}

/// The name of a status code as this header writes it, such as "MOESAIC_ERROR_IO", for logs.
///
/// @param status  Any number; it need not be a status code.
/// @return A string that always holds; "unknown status" for other numbers. Never NULL.
/// Threads: any.
#[no_mangle]
pub extern "C" fn moesaic_status_name(status: i32) -> *const c_char {
    const NAMES: [(moesaic_status, &CStr); 15] = [
        (moesaic_status::MOESAIC_OK, c"MOESAIC_OK"),
        (moesaic_status::MOESAIC_ERROR_IO, c"MOESAIC_ERROR_IO"),
        (moesaic_status::MOESAIC_ERROR_MALFORMED, c"MOESAIC_ERROR_MALFORMED"),
        (moesaic_status::MOESAIC_ERROR_METADATA, c"MOESAIC_ERROR_METADATA"),
        (moesaic_status::MOESAIC_ERROR_TENSOR, c"MOESAIC_ERROR_TENSOR"),
        (moesaic_status::MOESAIC_ERROR_UNSUPPORTED, c"MOESAIC_ERROR_UNSUPPORTED"),
        (moesaic_status::MOESAIC_ERROR_INPUT, c"MOESAIC_ERROR_INPUT"),
        (moesaic_status::MOESAIC_ERROR_CANCELLED, c"MOESAIC_ERROR_CANCELLED"),
        (moesaic_status::MOESAIC_ERROR_OUT_OF_MEMORY, c"MOESAIC_ERROR_OUT_OF_MEMORY"),
        (moesaic_status::MOESAIC_ERROR_NOT_FINITE, c"MOESAIC_ERROR_NOT_FINITE"),
        (moesaic_status::MOESAIC_ERROR_INTERNAL, c"MOESAIC_ERROR_INTERNAL"),
        (moesaic_status::MOESAIC_ERROR_CHAT_TEMPLATE, c"MOESAIC_ERROR_CHAT_TEMPLATE"),
        (moesaic_status::MOESAIC_ERROR_ARGUMENT, c"MOESAIC_ERROR_ARGUMENT"),
        (moesaic_status::MOESAIC_ERROR_BUFFER_TOO_SMALL, c"MOESAIC_ERROR_BUFFER_TOO_SMALL"),
        (moesaic_status::MOESAIC_ERROR_BUSY, c"MOESAIC_ERROR_BUSY"),
    ];
    let found = NAMES.iter().find(|(known, _)| *known as i32 == status);
    found.map_or(c"unknown status", |(_, name)| name).as_ptr()
}
