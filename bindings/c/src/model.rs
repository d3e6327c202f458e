//! An open model: what it is, what it takes, and its tokenizer.

use crate::border::{
    self, array, copy_out, copy_out_text, fill_versioned, guard, handle, read_versioned, text, write,
    Versioned,
};
use crate::options::{moesaic_model_options, report};
use crate::status::{moesaic_status, Failure};
use moesaic::storage::{Access, Archive};
use moesaic::{Error, Model, ModelOptions};
use std::ffi::{c_char, c_int, CString};

/// An open model. Opened by moesaic_model_open() or moesaic_model_open_stories(), closed by moesaic_model_close().
/// Any number of threads may use it at once.
pub struct moesaic_model {
    pub(crate) model: Model,
    family: CString,
    name: CString,
    weight_bytes: u64,
    is_mapped: bool,
}

/// What a model is; see moesaic_model_get_info().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct moesaic_model_info {
    /// sizeof(moesaic_model_info): set it before the call.
    pub size: usize,
    /// The family, as the GGUF key general.architecture says it. Holds until the model is closed.
    pub family: *const c_char,
    /// The model's own name, "" if its file has none. Holds until the model is closed.
    pub name: *const c_char,
    /// The entries of a row of logits.
    pub vocabulary_size: usize,
    /// The longest context that it was made for, in tokens.
    pub context_length: usize,
    /// The tokens that its tokenizer knows: at most vocabulary_size; 0 if it has no tokenizer.
    pub token_count: usize,
    /// The token that a text begins with; -1 if it has none.
    pub bos_token: i64,
    /// The token that a text ends with; -1 if it has none.
    pub eos_token: i64,
    /// All parameters.
    pub parameters: u64,
    /// The parameters that work on one token.
    pub active_parameters: u64,
    /// Threads that compute, the calling one included.
    pub threads: usize,
    /// The kernels in use: "scalar", "avx2", "avx512" or "amx". Always holds.
    pub instruction_set: *const c_char,
}

/// The memory that a model takes, in bytes; see moesaic_model_get_memory().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct moesaic_memory {
    /// sizeof(moesaic_memory): set it before the call.
    pub size: usize,
    /// All weights.
    pub weights: u64,
    /// The part of them that lies in mapped files or in the program itself: the operating system shares it among
    /// processes and takes it back when memory is short.
    pub weights_mapped: u64,
    /// The cache of one session of the context asked about, when it is full.
    pub cache: u64,
}

// SAFETY: `repr(C)` with the size first, then integers and raw pointers.
unsafe impl Versioned for moesaic_model_info {
    const NAME: &'static str = "moesaic_model_info";
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        moesaic_model_info {
            size: size_of::<Self>(),
            family: c"".as_ptr(),
            name: c"".as_ptr(),
            vocabulary_size: 0,
            context_length: 0,
            token_count: 0,
            bos_token: -1,
            eos_token: -1,
            parameters: 0,
            active_parameters: 0,
            threads: 0,
            instruction_set: c"".as_ptr(),
        }
    }
}

// SAFETY: as above.
unsafe impl Versioned for moesaic_memory {
    const NAME: &'static str = "moesaic_memory";
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        moesaic_memory { size: size_of::<Self>(), weights: 0, weights_mapped: 0, cache: 0 }
    }
}

/// Opening takes two steps as far as progress goes: the files, then the model in them.
const OPENING_STEPS: u64 = 2;

/// Opens what `files` gives (and whether that is mapped), and tells and asks the caller's progress callback on the way.
unsafe fn open(
    options: *const moesaic_model_options,
    model: *mut *mut moesaic_model,
    files: impl FnOnce(&ModelOptions) -> Result<(Archive, bool), Failure>,
) -> Result<(), Failure> {
    // SAFETY: the caller's promise.
    unsafe { write(model, std::ptr::null_mut(), "model") }?;
    // SAFETY: as above.
    let asked = unsafe { read_versioned(options) }?;
    let options = asked.options()?;
    let step = |done| {
        // SAFETY: as above.
        match unsafe { report(asked.progress, done, OPENING_STEPS, asked.progress_data) } {
            true => Ok(()),
            false => Err(Failure::from(Error::Cancelled)),
        }
    };
    step(0)?;
    let (archive, is_mapped) = files(&options)?;
    step(1)?;
    let opened = Model::from_archive(&archive, &options)?;
    step(OPENING_STEPS)?;
    let text = |text: &str| CString::new(text.replace('\0', "\\0")).unwrap_or_default();
    let config = opened.config();
    let opened = moesaic_model {
        family: text(config.family),
        name: text(config.name.as_deref().unwrap_or_default()),
        weight_bytes: archive.tensors.values().map(|tensor| tensor.bytes().len() as u64).sum(),
        is_mapped,
        model: opened,
    };
    // SAFETY: as above.
    unsafe { write(model, Box::into_raw(Box::new(opened)), "model") }
}

/// Opens a .gguf file (or the first of a split set) or a Hugging Face folder with config.json and *.safetensors.
/// Model files are treated as hostile: whatever is in them leads to a status, never to undefined behaviour.
///
/// @param path     The file or folder, ending with a zero byte: bytes as the system takes them, UTF-8 on Windows.
/// @param options  NULL: the defaults.
/// @param model    Receives the model, to be closed with moesaic_model_close(); NULL after a failure. Not NULL.
/// @return MOESAIC_OK;
///         MOESAIC_ERROR_IO if a file cannot be opened or read;
///         MOESAIC_ERROR_MALFORMED, MOESAIC_ERROR_METADATA or MOESAIC_ERROR_TENSOR if it is damaged;
///         MOESAIC_ERROR_UNSUPPORTED if this version does not run it;
///         MOESAIC_ERROR_INPUT if an option cannot be met;
///         MOESAIC_ERROR_OUT_OF_MEMORY if there is no memory to read it into;
///         MOESAIC_ERROR_CANCELLED if the progress callback said so;
///         MOESAIC_ERROR_ARGUMENT for NULL or options without their size.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn moesaic_model_open(
    path: *const c_char,
    options: *const moesaic_model_options,
    model: *mut *mut moesaic_model,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        unsafe {
            open(options, model, |options| {
                let archive = Archive::open(&border::path(path)?, options.access)?;
                Ok((archive, options.access == Access::Map))
            })
        }
    })
}

/// Opens the model in the box: a small model, carried by the library itself, that tells short stories. It needs no
/// file. moesaic_has_feature() with "stories" tells whether this library carries it.
///
/// @param options  NULL: the defaults. `access` has no effect.
/// @param model    Receives the model, to be closed with moesaic_model_close(); NULL after a failure. Not NULL.
/// @return MOESAIC_OK;
///         MOESAIC_ERROR_UNSUPPORTED if the library was built without it;
///         MOESAIC_ERROR_INPUT if an option cannot be met;
///         MOESAIC_ERROR_CANCELLED if the progress callback said so;
///         MOESAIC_ERROR_ARGUMENT for NULL or options without their size.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn moesaic_model_open_stories(
    options: *const moesaic_model_options,
    model: *mut *mut moesaic_model,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        unsafe { open(options, model, |_| Ok((stories()?, true))) }
    })
}

#[cfg(feature = "stories")]
fn stories() -> Result<Archive, Failure> {
    Ok(moesaic::stories::archive()?)
}

#[cfg(not(feature = "stories"))]
fn stories() -> Result<Archive, Failure> {
    let message =
        "this library was built without the model in the box (feature stories); open a file instead";
    Err(Failure::new(moesaic_status::MOESAIC_ERROR_UNSUPPORTED, message))
}

/// Closes a model. Its sessions may outlive it: memory, files and threads are given back when the last of them is
/// closed too; this call then waits until the threads have ended.
///
/// @param model  NULL does nothing. The pointer is of no use afterwards, and neither are the strings of its
///               moesaic_model_info.
/// Threads: one, and no other call may be at work on this model.
#[no_mangle]
pub unsafe extern "C" fn moesaic_model_close(model: *mut moesaic_model) {
    if !model.is_null() {
        guard(|| {
            // SAFETY: the caller's promise: it came from `open`, and nobody uses it any more.
            drop(unsafe { Box::from_raw(model) });
            Ok(())
        });
    }
}

/// Tells what a model is.
///
/// @param model  Not NULL.
/// @param info   Receives it; its `size` must be set. Not NULL.
/// @return MOESAIC_OK; MOESAIC_ERROR_ARGUMENT for NULL or a size that cannot be.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn moesaic_model_get_info(
    model: *const moesaic_model,
    info: *mut moesaic_model_info,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        let handle = unsafe { handle(model, "model") }?;
        let model = &handle.model;
        let tokenizer = model.tokenizer().ok();
        let token = |token: Option<u32>| token.map_or(-1, i64::from);
        let (parameters, active_parameters) = model.parameters();
        let told = moesaic_model_info {
            family: handle.family.as_ptr(),
            name: handle.name.as_ptr(),
            vocabulary_size: model.vocabulary_size(),
            context_length: model.context_length(),
            token_count: tokenizer.map_or(0, |tokenizer| tokenizer.vocabulary_size()),
            bos_token: token(tokenizer.and_then(|tokenizer| tokenizer.bos())),
            eos_token: token(tokenizer.and_then(|tokenizer| tokenizer.eos())),
            parameters,
            active_parameters,
            threads: model.threads(),
            instruction_set: match model.instruction_set().name() {
                "amx" => c"amx",
                "avx512" => c"avx512",
                "avx2" => c"avx2",
                "scalar" => c"scalar",
                _ => c"unknown",
            }
            .as_ptr(),
            ..Versioned::defaults()
        };
        // SAFETY: the caller's promise.
        unsafe { fill_versioned(info, told) }
    })
}

/// Tells the memory that a model takes, and that a session of it would take.
///
/// @param model    Not NULL.
/// @param context  The tokens of the session.
/// @param memory   Receives it; its `size` must be set. Not NULL.
/// @return MOESAIC_OK; MOESAIC_ERROR_ARGUMENT for NULL or a size that cannot be.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn moesaic_model_get_memory(
    model: *const moesaic_model,
    context: usize,
    memory: *mut moesaic_memory,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        let handle = unsafe { handle(model, "model") }?;
        let told = moesaic_memory {
            weights: handle.weight_bytes,
            weights_mapped: if handle.is_mapped { handle.weight_bytes } else { 0 },
            cache: handle.model.cache_bytes(context),
            ..Versioned::defaults()
        };
        // SAFETY: the caller's promise.
        unsafe { fill_versioned(memory, told) }
    })
}

/// Turns text into tokens. To learn how many there are, give NULL and 0 for the buffer.
///
/// @param model          Not NULL.
/// @param utf8_text      UTF-8 text. May be NULL if the length is 0.
/// @param length         Its bytes, or MOESAIC_ZERO_TERMINATED.
/// @param add_special    Not 0: put the tokens for the beginning and the end of a text where the model's rules say.
/// @param parse_special  Not 0: text such as <|im_start|> becomes its control token instead of plain text. Not for
///                       text from strangers.
/// @param tokens         The caller's buffer; NULL with a capacity of 0 only asks for the count.
/// @param capacity       How many tokens it holds.
/// @param count          Receives the number of tokens, after MOESAIC_ERROR_BUFFER_TOO_SMALL too. Not NULL.
/// @return MOESAIC_OK;
///         MOESAIC_ERROR_BUFFER_TOO_SMALL if there are more tokens than `capacity`;
///         MOESAIC_ERROR_UNSUPPORTED if the model has no tokenizer;
///         MOESAIC_ERROR_INPUT if its vocabulary has no tokens for some bytes;
///         MOESAIC_ERROR_ARGUMENT for NULL or text that is not UTF-8.
/// Threads: any.
#[no_mangle]
// Flags in a struct would be no shorter to write in C.
#[allow(clippy::too_many_arguments)]
pub unsafe extern "C" fn moesaic_tokenize(
    model: *const moesaic_model,
    utf8_text: *const c_char,
    length: usize,
    add_special: c_int,
    parse_special: c_int,
    tokens: *mut u32,
    capacity: usize,
    count: *mut usize,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        let (handle, text) = unsafe { (handle(model, "model")?, text(utf8_text, length, "text")?) };
        let encoded = handle.model.tokenizer()?.encode(text, add_special != 0, parse_special != 0)?;
        // SAFETY: as above.
        unsafe { copy_out(&encoded, 0, tokens, capacity, count, "the tokens") }
    })
}

/// Turns tokens into text. To learn how long it is, give NULL and 0 for the buffer.
///
/// @param model         Not NULL.
/// @param tokens        The tokens. May be NULL if there are none.
/// @param count         How many there are.
/// @param show_special  Not 0: control tokens appear in the text; 0: they give none.
/// @param buffer        The caller's buffer, which receives the text and a zero byte behind it; NULL with a capacity
///                      of 0 only asks for the length.
/// @param capacity      The bytes that it holds: the length and one more for the zero byte.
/// @param length        Receives the bytes of the text without the zero byte, after MOESAIC_ERROR_BUFFER_TOO_SMALL
///                      too. Not NULL.
/// @return MOESAIC_OK;
///         MOESAIC_ERROR_BUFFER_TOO_SMALL if text and zero byte take more than `capacity`;
///         MOESAIC_ERROR_UNSUPPORTED if the model has no tokenizer;
///         MOESAIC_ERROR_INPUT for a token past the vocabulary;
///         MOESAIC_ERROR_ARGUMENT for NULL.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn moesaic_detokenize(
    model: *const moesaic_model,
    tokens: *const u32,
    count: usize,
    show_special: c_int,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        let (handle, tokens) = unsafe { (handle(model, "model")?, array(tokens, count, "tokens")?) };
        let decoded = handle.model.tokenizer()?.decode(tokens, show_special != 0)?;
        // SAFETY: as above.
        unsafe { copy_out_text(&decoded, buffer, capacity, length) }
    })
}

/// The bytes that one token stands for: for programs that choose tokens themselves. They may be a part of a
/// character, so only those of several tokens together are sure to be text.
///
/// @param model         Not NULL.
/// @param token         The token.
/// @param show_special  Not 0: a control token gives its name; 0: no bytes.
/// @param buffer        The caller's buffer, no zero byte is added; NULL with a capacity of 0 only asks for the
///                      length.
/// @param capacity      The bytes that it holds.
/// @param length        Receives the number of bytes, after MOESAIC_ERROR_BUFFER_TOO_SMALL too. Not NULL.
/// @return As moesaic_detokenize().
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn moesaic_token_bytes(
    model: *const moesaic_model,
    token: u32,
    show_special: c_int,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        let handle = unsafe { handle(model, "model") }?;
        let bytes = handle.model.tokenizer()?.token_bytes(token, show_special != 0)?;
        // SAFETY: as above.
        unsafe { copy_out(&bytes, 0, buffer.cast::<u8>(), capacity, length, "the bytes") }
    })
}

/// Whether a model ends its text with this token: there may be several such.
///
/// @param model   Not NULL.
/// @param token   Any number.
/// @param is_end  Receives 1 if it does, else 0. Not NULL.
/// @return MOESAIC_OK; MOESAIC_ERROR_UNSUPPORTED if the model has no tokenizer; MOESAIC_ERROR_ARGUMENT for NULL.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn moesaic_token_is_end(
    model: *const moesaic_model,
    token: u32,
    is_end: *mut c_int,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        let handle = unsafe { handle(model, "model") }?;
        let answer = c_int::from(handle.model.tokenizer()?.is_end(token));
        // SAFETY: as above.
        unsafe { write(is_end, answer, "is_end") }
    })
}
