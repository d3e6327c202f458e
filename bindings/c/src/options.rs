//! Structs that the caller fills in: how to open, how to choose tokens, how to generate.

use crate::border::{array, guard, read_versioned, string, write_versioned, Versioned};
use crate::model::moesaic_model;
use crate::status::{moesaic_status, Failure};
use moesaic::generate::ChosenExperts;
use moesaic::{
    Access, Arithmetic, CacheFormat, ExpertWatcher, GenerateOptions, InstructionSet, ModelOptions,
    SamplingOptions, SessionOptions, Speculation,
};
use std::ffi::{c_char, c_int, c_void};

/// As the length of a text: it ends with a zero byte. (The header has it by hand: cbindgen.toml.)
///
/// cbindgen:ignore
pub const MOESAIC_ZERO_TERMINATED: usize = usize::MAX;

/// As the most tokens to generate: until the model ends its text or the context is full. (As above.)
///
/// cbindgen:ignore
pub const MOESAIC_UNLIMITED: usize = usize::MAX;

/// How a model's files are brought into memory.
#[repr(u32)]
#[derive(Clone, Copy)]
pub enum moesaic_access {
    /// Map the files: opening takes milliseconds and no second copy is made. The files must not be truncated or
    /// changed while the model is open: a page that is gone kills the process (SIGBUS), and changed weights give
    /// wrong answers or worse.
    MOESAIC_ACCESS_MAP = 0,
    /// Read the files into private memory: safe whatever happens to them later.
    MOESAIC_ACCESS_READ = 1,
}

/// How products with quantised weights are computed.
#[repr(u32)]
#[derive(Clone, Copy)]
pub enum moesaic_arithmetic {
    /// Activations are rounded to 8 bits in blocks of 32 and multiplied as integers: fast.
    MOESAIC_ARITHMETIC_INT8 = 0,
    /// Weights are decoded and multiplied in 32-bit floats: slow and exact.
    MOESAIC_ARITHMETIC_FLOAT32 = 1,
}

/// Which instructions the kernels use.
#[repr(u32)]
#[derive(Clone, Copy)]
pub enum moesaic_instruction_set {
    /// The one that the environment variable MOESAIC_INSTRUCTION_SET names, or else the best that the CPU has.
    MOESAIC_INSTRUCTIONS_BEST = 0,
    /// Portable code.
    MOESAIC_INSTRUCTIONS_SCALAR = 1,
    /// AVX2, FMA and F16C.
    MOESAIC_INSTRUCTIONS_AVX2 = 2,
    /// AVX-512 F, BW, VL, DQ and VNNI.
    MOESAIC_INSTRUCTIONS_AVX512 = 3,
    /// The same, and AMX TILE and BF16 for prompts; on Linux only. The first model with it asks the system for the tiles'
    /// registers, which it grants to the whole process.
    MOESAIC_INSTRUCTIONS_AMX = 4,
}

/// How keys and values are kept.
#[repr(u32)]
#[derive(Clone, Copy)]
pub enum moesaic_cache {
    /// As suits the weights: in 16 bits, or in 32 with MOESAIC_ARITHMETIC_FLOAT32.
    MOESAIC_CACHE_DEFAULT = 0,
    /// 32-bit floats.
    MOESAIC_CACHE_F32 = 1,
    /// 16-bit floats.
    MOESAIC_CACHE_F16 = 2,
    /// 16-bit integers, those of each head's row times a float.
    MOESAIC_CACHE_INT16 = 3,
    /// Blocks of 32 8-bit integers, each times a 16-bit float: half of the memory of 16 bits. Attention to long contexts is
    /// slower, and what it loses depends on the model: with some it is much. Heads must have a multiple of 32 values.
    MOESAIC_CACHE_Q8_0 = 4,
}

/// Which rows of logits moesaic_session_forward() computes.
#[repr(u32)]
#[derive(Clone, Copy)]
pub enum moesaic_logits {
    /// None: the tokens only go into the session.
    MOESAIC_LOGITS_NONE = 0,
    /// One row: those after the last token.
    MOESAIC_LOGITS_LAST = 1,
    /// A row for each token.
    MOESAIC_LOGITS_ALL = 2,
}

/// Told how far a call is: `done` of `total`, of which only the ratio means something. It is called on the thread
/// that made the call, with `done` growing up to `total` unless the call fails.
///
/// @param data  What was given along with the callback.
/// @return 0 to go on; anything else cancels the call.
pub type moesaic_progress_callback =
    Option<unsafe extern "C" fn(done: u64, total: u64, data: *mut c_void) -> c_int>;

/// Given the text as it is generated, piece by piece, on the thread that made the call. It must not use the session
/// (those calls answer MOESAIC_ERROR_BUSY) nor free it, and neither leave by longjmp nor by a C++ exception.
///
/// @param text    Whole UTF-8 characters, never none, with a zero byte behind them; it holds until the callback
///                returns.
/// @param length  Bytes of the text, without the zero byte.
/// @param data    What was given along with the callback.
/// @return 0 to go on; anything else ends the generation with MOESAIC_FINISH_CANCELLED.
pub type moesaic_text_callback =
    Option<unsafe extern "C" fn(text: *const c_char, length: usize, data: *mut c_void) -> c_int>;

/// The experts that work in one layer on some tokens that follow one another; see moesaic_expert_callback.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct moesaic_chosen_experts {
    /// The library's sizeof(moesaic_chosen_experts).
    pub size: usize,
    /// The layer's index in the model.
    pub layer: usize,
    /// The position of the first token in the session.
    pub position: usize,
    /// How many tokens there are.
    pub token_count: usize,
    /// How many experts work on each of them.
    pub used: usize,
    /// Their indices in the layer: those of the first token, best first, then those of the next.
    pub experts: *const u32,
    /// What their outputs are multiplied with, in the same order.
    pub weights: *const f32,
}

/// Told which experts work, layer after layer, for every token that runs, the prompt's too. It is called on the thread
/// that made the call, and must not use the session (those calls answer MOESAIC_ERROR_BUSY) nor free it, and neither
/// leave by longjmp nor by a C++ exception. A model without experts never calls it.
///
/// @param chosen  The experts; holds until the callback returns.
/// @param data    What was given along with the callback.
/// @return 0 to go on; anything else cancels the call, as moesaic_session_cancel() does.
pub type moesaic_expert_callback =
    Option<unsafe extern "C" fn(chosen: *const moesaic_chosen_experts, data: *mut c_void) -> c_int>;

/// How to open a model. Set up by moesaic_model_options_init().
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct moesaic_model_options {
    /// sizeof(moesaic_model_options).
    pub size: usize,
    /// Threads for the arithmetic, the calling one included; 0, the default: the cores that this process may use.
    pub threads: usize,
    /// One of moesaic_access. Default MOESAIC_ACCESS_MAP.
    pub access: u32,
    /// One of moesaic_arithmetic. Default MOESAIC_ARITHMETIC_INT8.
    pub arithmetic: u32,
    /// One of moesaic_instruction_set. Default MOESAIC_INSTRUCTIONS_BEST.
    pub instruction_set: u32,
    /// One of moesaic_cache. Default MOESAIC_CACHE_DEFAULT.
    pub cache: u32,
    /// Told how far opening is, and may cancel it; NULL, the default: nobody.
    pub progress: moesaic_progress_callback,
    /// Given to `progress`.
    pub progress_data: *mut c_void,
}

/// How to start a session. Set up by moesaic_session_options_init().
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct moesaic_session_options {
    /// sizeof(moesaic_session_options).
    pub size: usize,
    /// How many tokens the session holds, prompts and answers together, up to the model's own context length; 0, the
    /// default: 4,096, or the model's context length where that is less.
    pub context: usize,
}

/// How the next token is chosen. Set up by moesaic_sampling_options_init().
///
/// The filters run in the order repetition penalty, top-k, top-p, min-p, temperature.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct moesaic_sampling_options {
    /// sizeof(moesaic_sampling_options).
    pub size: usize,
    /// Keeps so many of the most probable tokens; 0 keeps all. Default 40.
    pub top_k: usize,
    /// How many tokens back the repetition penalty looks, the prompt's included. Default 64.
    pub repetition_window: usize,
    /// Where the random numbers start; used if `has_seed` is not 0.
    pub seed: u64,
    /// 0, the default: a fresh seed each time, which moesaic_generate_result tells.
    pub has_seed: u32,
    /// 0 always takes the most probable token. Default 0.8.
    pub temperature: f32,
    /// Keeps the most probable tokens that together have this probability; 1 keeps all. Default 0.95.
    pub top_p: f32,
    /// Keeps the tokens at least so probable relative to the best one; 0 keeps all. Default 0.05.
    pub min_p: f32,
    /// Makes tokens that occurred lately less probable; 1, the default, does nothing.
    pub repetition_penalty: f32,
    /// Fills the gap; 0.
    pub reserved: u32,
}

/// How to generate text. Set up by moesaic_generate_options_init().
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct moesaic_generate_options {
    /// sizeof(moesaic_generate_options).
    pub size: usize,
    /// How tokens are chosen; NULL, the default: as moesaic_sampling_options_init() says.
    pub sampling: *const moesaic_sampling_options,
    /// The most tokens to generate. Default MOESAIC_UNLIMITED.
    pub max_tokens: usize,
    /// Texts that end the generation, each ending with a zero byte; neither they nor what follows is given out. May
    /// be NULL, the default, if there are none.
    pub stop: *const *const c_char,
    /// How many there are. Default 0.
    pub stop_count: usize,
    /// Not 0: text in the prompt such as <|im_start|> becomes its control token. Leave it at 0, the default, where the
    /// prompt holds text from strangers.
    pub parse_special: u32,
    /// Not 0: guesses that the text goes on as it did where its last tokens occurred before, and checks several tokens
    /// at once where that is faster; the text stays the same. Default 0.
    pub prompt_lookup: u32,
    /// Told how far the prompt is, and may cancel the generation; NULL, the default: nobody.
    pub progress: moesaic_progress_callback,
    /// Given to `progress`.
    pub progress_data: *mut c_void,
    /// Told which experts work, and may cancel the generation; NULL, the default: nobody.
    pub experts: moesaic_expert_callback,
    /// Given to `experts`.
    pub experts_data: *mut c_void,
    /// Guesses by this smaller model of the same family instead; NULL, the default: does not. It must stay open as long as
    /// the generation goes on.
    pub draft_model: *const moesaic_model,
}

// SAFETY: `repr(C)` with the size first, and integers, raw pointers and optional function pointers otherwise.
unsafe impl Versioned for moesaic_model_options {
    const NAME: &'static str = "moesaic_model_options";
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        moesaic_model_options {
            size: size_of::<Self>(),
            threads: 0,
            access: moesaic_access::MOESAIC_ACCESS_MAP as u32,
            arithmetic: moesaic_arithmetic::MOESAIC_ARITHMETIC_INT8 as u32,
            instruction_set: moesaic_instruction_set::MOESAIC_INSTRUCTIONS_BEST as u32,
            cache: moesaic_cache::MOESAIC_CACHE_DEFAULT as u32,
            progress: None,
            progress_data: std::ptr::null_mut(),
        }
    }
}

// SAFETY: as above.
unsafe impl Versioned for moesaic_session_options {
    const NAME: &'static str = "moesaic_session_options";
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        moesaic_session_options { size: size_of::<Self>(), context: 0 }
    }
}

// SAFETY: as above.
unsafe impl Versioned for moesaic_sampling_options {
    const NAME: &'static str = "moesaic_sampling_options";
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        let defaults = SamplingOptions::default();
        moesaic_sampling_options {
            size: size_of::<Self>(),
            top_k: defaults.top_k,
            repetition_window: defaults.repetition_window,
            seed: 0,
            has_seed: 0,
            temperature: defaults.temperature,
            top_p: defaults.top_p,
            min_p: defaults.min_p,
            repetition_penalty: defaults.repetition_penalty,
            reserved: 0,
        }
    }
}

// SAFETY: as above.
unsafe impl Versioned for moesaic_generate_options {
    const NAME: &'static str = "moesaic_generate_options";
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        moesaic_generate_options {
            size: size_of::<Self>(),
            sampling: std::ptr::null(),
            max_tokens: MOESAIC_UNLIMITED,
            stop: std::ptr::null(),
            stop_count: 0,
            parse_special: 0,
            prompt_lookup: 0,
            progress: None,
            progress_data: std::ptr::null_mut(),
            experts: None,
            experts_data: std::ptr::null_mut(),
            draft_model: std::ptr::null(),
        }
    }
}

/// Fills in the defaults.
///
/// @param options  Not NULL; memory of `size` bytes.
/// @param size     sizeof(moesaic_model_options).
/// @return MOESAIC_OK; MOESAIC_ERROR_ARGUMENT for NULL or a size that cannot be.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn moesaic_model_options_init(
    options: *mut moesaic_model_options,
    size: usize,
) -> moesaic_status {
    // SAFETY: the caller's promise.
    guard(|| unsafe { write_versioned(options, size, Versioned::defaults()) })
}

/// Fills in the defaults.
///
/// @param options  Not NULL; memory of `size` bytes.
/// @param size     sizeof(moesaic_session_options).
/// @return MOESAIC_OK; MOESAIC_ERROR_ARGUMENT for NULL or a size that cannot be.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn moesaic_session_options_init(
    options: *mut moesaic_session_options,
    size: usize,
) -> moesaic_status {
    // SAFETY: the caller's promise.
    guard(|| unsafe { write_versioned(options, size, Versioned::defaults()) })
}

/// Fills in the defaults.
///
/// @param options  Not NULL; memory of `size` bytes.
/// @param size     sizeof(moesaic_sampling_options).
/// @return MOESAIC_OK; MOESAIC_ERROR_ARGUMENT for NULL or a size that cannot be.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn moesaic_sampling_options_init(
    options: *mut moesaic_sampling_options,
    size: usize,
) -> moesaic_status {
    // SAFETY: the caller's promise.
    guard(|| unsafe { write_versioned(options, size, Versioned::defaults()) })
}

/// Fills in the defaults.
///
/// @param options  Not NULL; memory of `size` bytes.
/// @param size     sizeof(moesaic_generate_options).
/// @return MOESAIC_OK; MOESAIC_ERROR_ARGUMENT for NULL or a size that cannot be.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn moesaic_generate_options_init(
    options: *mut moesaic_generate_options,
    size: usize,
) -> moesaic_status {
    // SAFETY: the caller's promise.
    guard(|| unsafe { write_versioned(options, size, Versioned::defaults()) })
}

fn unknown(field: &str, value: u32) -> Failure {
    let message = format!("{field} is {value}, which the header does not name");
    Failure::new(moesaic_status::MOESAIC_ERROR_INPUT, message)
}

impl moesaic_model_options {
    /// What they are in Rust, the progress callback aside.
    pub(crate) fn options(&self) -> Result<ModelOptions, Failure> {
        let mut options = ModelOptions::default();
        options.threads = (self.threads != 0).then_some(self.threads);
        options.access = match self.access {
            0 => Access::Map,
            1 => Access::Read,
            other => return Err(unknown("access", other)),
        };
        options.arithmetic = match self.arithmetic {
            0 => Arithmetic::Int8,
            1 => Arithmetic::Float32,
            other => return Err(unknown("arithmetic", other)),
        };
        options.instruction_set = match self.instruction_set {
            0 => None,
            1 => Some(InstructionSet::Scalar),
            2 => Some(InstructionSet::Avx2),
            3 => Some(InstructionSet::Avx512),
            4 => Some(InstructionSet::Amx),
            other => return Err(unknown("instruction_set", other)),
        };
        options.cache = match self.cache {
            0 => None,
            1 => Some(CacheFormat::F32),
            2 => Some(CacheFormat::F16),
            3 => Some(CacheFormat::Int16),
            4 => Some(CacheFormat::Q8_0),
            other => return Err(unknown("cache", other)),
        };
        Ok(options)
    }
}

impl moesaic_session_options {
    /// What they are in Rust.
    pub(crate) fn options(&self) -> SessionOptions {
        let mut options = SessionOptions::default();
        options.context = (self.context != 0).then_some(self.context);
        options
    }
}

impl moesaic_sampling_options {
    fn options(&self) -> SamplingOptions {
        let mut options = SamplingOptions::default();
        options.temperature = self.temperature;
        options.top_k = self.top_k;
        options.top_p = self.top_p;
        options.min_p = self.min_p;
        options.repetition_penalty = self.repetition_penalty;
        options.repetition_window = self.repetition_window;
        options.seed = (self.has_seed != 0).then_some(self.seed);
        options
    }
}

impl moesaic_generate_options {
    /// What they are in Rust, the progress callback aside.
    ///
    /// # Safety
    /// The pointers are NULL or point to what the header says.
    pub(crate) unsafe fn options(&self) -> Result<GenerateOptions, Failure> {
        let mut options = GenerateOptions::default();
        // SAFETY: the caller's promise.
        options.sampling = unsafe { read_versioned(self.sampling) }?.options();
        options.max_tokens = (self.max_tokens != MOESAIC_UNLIMITED).then_some(self.max_tokens);
        options.parse_special = self.parse_special != 0;
        // SAFETY: as above.
        options.speculation = match unsafe { self.draft_model.as_ref() } {
            Some(draft) => Some(Speculation::draft_model(&draft.model)),
            None => (self.prompt_lookup != 0).then(Speculation::prompt_lookup),
        };
        // SAFETY: as above.
        options.expert_watcher = unsafe { ExpertCallback::new(self.experts, self.experts_data) }
            .map(|callback| ExpertWatcher::new(move |chosen| callback.tell(chosen)));
        // SAFETY: as above.
        for (index, &stop) in unsafe { array(self.stop, self.stop_count, "stop") }?.iter().enumerate() {
            let name = format!("stop[{index}]");
            // SAFETY: as above.
            let stop = unsafe { string(stop, &name) }?;
            let stop = stop.to_str().map_err(|_| Failure::argument(format!("{name} is not UTF-8 text")))?;
            options.stop.push(stop.to_owned());
        }
        Ok(options)
    }
}

/// An expert callback and its data.
pub(crate) struct ExpertCallback {
    function: unsafe extern "C" fn(*const moesaic_chosen_experts, *mut c_void) -> c_int,
    data: *mut c_void,
}

// SAFETY: it lives as long as one call of the caller's, and the crate calls it on the thread that made that call;
// hooks are only typed as if they could go elsewhere.
unsafe impl Send for ExpertCallback {}
// SAFETY: as above.
unsafe impl Sync for ExpertCallback {}

impl ExpertCallback {
    /// # Safety
    /// The callback, if there is one, may be called with this `data` as long as this lives.
    pub unsafe fn new(callback: moesaic_expert_callback, data: *mut c_void) -> Option<ExpertCallback> {
        callback.map(|function| ExpertCallback { function, data })
    }

    /// Calls it.
    pub fn tell(&self, chosen: &ChosenExperts<'_>) -> moesaic::Result<()> {
        let (experts, weights): (Vec<u32>, Vec<f32>) =
            chosen.choices.iter().flatten().map(|choice| (choice.expert as u32, choice.weight)).unzip();
        let told = moesaic_chosen_experts {
            size: size_of::<moesaic_chosen_experts>(),
            layer: chosen.layer,
            position: chosen.position,
            token_count: chosen.choices.len(),
            used: experts.len() / chosen.choices.len().max(1),
            experts: experts.as_ptr(),
            weights: weights.as_ptr(),
        };
        // SAFETY: the promise of `new`; what it points to lives until the callback returns.
        match unsafe { (self.function)(&told, self.data) } {
            0 => Ok(()),
            _ => Err(moesaic::Error::Cancelled),
        }
    }
}

/// Calls a progress callback; whether it says to go on.
///
/// # Safety
/// The callback may be called with this `data`.
pub(crate) unsafe fn report(
    progress: moesaic_progress_callback,
    done: u64,
    total: u64,
    data: *mut c_void,
) -> bool {
    // SAFETY: the caller's promise.
    progress.is_none_or(|progress| unsafe { progress(done, total, data) } == 0)
}
