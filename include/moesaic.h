/*
 * moesaic.h - runs Mixture-of-Experts language models on CPUs.
 *
 * C11 and C++; moesaic.hpp puts classes on top. Getting started, and what to do about each error: docs/c.md.
 *
 *     moesaic_model *model;
 *     moesaic_session *session;
 *     if (moesaic_model_open("model.gguf", NULL, &model) != MOESAIC_OK ||
 *         moesaic_session_open(model, NULL, &session) != MOESAIC_OK)
 *         puts(moesaic_last_error());
 *     moesaic_session_generate(session, "Once upon a time", MOESAIC_ZERO_TERMINATED, NULL, callback, NULL, NULL);
 *     moesaic_session_close(session);
 *     moesaic_model_close(model);
 *
 * Promises. No function prints, exits, aborts, installs a signal handler or keeps state between models; only where
 * the system has no memory left even for small buffers does Rust's allocator end the process, and a defect of the
 * library (MOESAIC_ERROR_INTERNAL) leaves a line on stderr. Every pointer, length, size and text is checked as far as
 * that can be done. A model file is treated as hostile. There is no log, because there is nothing to log: everything
 * that happens is a status, a result or a callback.
 *
 * Results. A function that can fail returns a moesaic_status, MOESAIC_OK being 0, and moesaic_last_error() explains a
 * failure in words. Results go to where the caller's pointers point. After a failure those are not written, except
 * where a function says so.
 *
 * Ownership. What a function opens, its close function frees: moesaic_model_close(), moesaic_session_close(). There
 * is nothing else to free. Buffers are the caller's, and the library keeps no pointer to them after a call. Strings
 * that the library returns belong to it; each says how long it holds.
 *
 * Structs begin with their `size`, so that programs and libraries of different versions understand each other: a
 * program that was compiled with an older header gets the defaults of what it does not know. Set options up with
 * their _init() function; set the `size` of a struct that receives results to its sizeof.
 *
 * Threads. Each function says which threads may call it: "any" means at any time, on several threads at once. A model
 * may be shared; a session does one call at a time, and answers a second one with MOESAIC_ERROR_BUSY. Callbacks run on
 * the thread that made the call. After fork() the child must not use what the parent opened: threads do not survive it.
 */

#ifndef MOESAIC_H
#define MOESAIC_H

/* Made by cbindgen from bindings/c/src: change it there, then run `make header`. */

#include <stddef.h>
#include <stdint.h>

/** As the length of a text: it ends with a zero byte. */
#define MOESAIC_ZERO_TERMINATED ((size_t)-1)

/** As the most tokens to generate: until the model ends its text or the context is full. */
#define MOESAIC_UNLIMITED ((size_t)-1)

/**
 * The major version of this header.
 */
#define MOESAIC_VERSION_MAJOR 0

/**
 * The minor version of this header.
 */
#define MOESAIC_VERSION_MINOR 1

/**
 * The patch version of this header.
 */
#define MOESAIC_VERSION_PATCH 0

/**
 * The version of this header as one number, which grows: major * 1000000 + minor * 1000 + patch.
 */
#define MOESAIC_VERSION_NUMBER 1000

/**
 * What became of a call. All but `MOESAIC_OK` are failures, which moesaic_last_error() explains.
 *
 * After a failure everything is as it was before the call, unless a function says otherwise.
 */
enum moesaic_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * It is done.
     */
    MOESAIC_OK = 0,
    /**
     * The operating system refused to open, read or map a file.
     */
    MOESAIC_ERROR_IO = 1,
    /**
     * A model file breaks the rules of its format: it is damaged, truncated or hostile.
     */
    MOESAIC_ERROR_MALFORMED = 2,
    /**
     * Metadata or an entry of config.json is missing, of the wrong type or out of range.
     */
    MOESAIC_ERROR_METADATA = 3,
    /**
     * A tensor is missing, of an unsupported type or of the wrong shape.
     */
    MOESAIC_ERROR_TENSOR = 4,
    /**
     * The file is sound but of a kind that this version does not run, or lacks what was asked for (a tokenizer).
     */
    MOESAIC_ERROR_UNSUPPORTED = 5,
    /**
     * A request that cannot be met: a token past the vocabulary, a text longer than the context, an option out of
     * range.
     */
    MOESAIC_ERROR_INPUT = 6,
    /**
     * A callback or moesaic_session_cancel() ended the call.
     */
    MOESAIC_ERROR_CANCELLED = 7,
    /**
     * Memory for a cache or a buffer could not be had.
     */
    MOESAIC_ERROR_OUT_OF_MEMORY = 8,
    /**
     * Numbers inside the model left the range of floats: its weights are damaged.
     */
    MOESAIC_ERROR_NOT_FINITE = 9,
    /**
     * A defect of this library; please report it.
     */
    MOESAIC_ERROR_INTERNAL = 10,
    /**
     * A chat template refuses a conversation, or cannot be run.
     */
    MOESAIC_ERROR_CHAT_TEMPLATE = 11,
    /**
     * A mistake in the call itself: a NULL or misaligned pointer, a length that cannot be, text that is not UTF-8, a
     * struct whose `size` was not set.
     */
    MOESAIC_ERROR_ARGUMENT = 32,
    /**
     * The caller's buffer is too small; nothing was written to it. Where the function tells a count, it is the one
     * needed.
     */
    MOESAIC_ERROR_BUFFER_TOO_SMALL = 33,
    /**
     * Another call is at work on this session: of another thread, or the one whose callback is running.
     */
    MOESAIC_ERROR_BUSY = 34,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum moesaic_status moesaic_status;
#else
typedef int32_t moesaic_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Why a generation ended.
 */
enum moesaic_finish_reason
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * It did not: it failed.
     */
    MOESAIC_FINISH_NONE = 0,
    /**
     * The model ended its text.
     */
    MOESAIC_FINISH_END = 1,
    /**
     * A stop text was found.
     */
    MOESAIC_FINISH_STOP = 2,
    /**
     * max_tokens were generated.
     */
    MOESAIC_FINISH_LENGTH = 3,
    /**
     * The session's context is full.
     */
    MOESAIC_FINISH_CONTEXT_FULL = 4,
    /**
     * A callback or moesaic_session_cancel() ended it; the session can be used again.
     */
    MOESAIC_FINISH_CANCELLED = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum moesaic_finish_reason moesaic_finish_reason;
#else
typedef uint32_t moesaic_finish_reason;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How a model's files are brought into memory.
 */
enum moesaic_access
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Map the files: opening takes milliseconds and no second copy is made. The files must not be truncated or
     * changed while the model is open: a page that is gone kills the process (SIGBUS), and changed weights give
     * wrong answers or worse.
     */
    MOESAIC_ACCESS_MAP = 0,
    /**
     * Read the files into private memory: safe whatever happens to them later.
     */
    MOESAIC_ACCESS_READ = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum moesaic_access moesaic_access;
#else
typedef uint32_t moesaic_access;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How products with quantised weights are computed.
 */
enum moesaic_arithmetic
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Activations are rounded to 8 bits in blocks of 32 and multiplied as integers: fast.
     */
    MOESAIC_ARITHMETIC_INT8 = 0,
    /**
     * Weights are decoded and multiplied in 32-bit floats: slow and exact.
     */
    MOESAIC_ARITHMETIC_FLOAT32 = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum moesaic_arithmetic moesaic_arithmetic;
#else
typedef uint32_t moesaic_arithmetic;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Which instructions the kernels use.
 */
enum moesaic_instruction_set
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * The one that the environment variable MOESAIC_INSTRUCTION_SET names, or else the best that the CPU has.
     */
    MOESAIC_INSTRUCTIONS_BEST = 0,
    /**
     * Portable code.
     */
    MOESAIC_INSTRUCTIONS_SCALAR = 1,
    /**
     * AVX2, FMA and F16C.
     */
    MOESAIC_INSTRUCTIONS_AVX2 = 2,
    /**
     * AVX-512 F, BW, VL, DQ and VNNI.
     */
    MOESAIC_INSTRUCTIONS_AVX512 = 3,
    /**
     * The same, and AMX TILE and BF16 for prompts; on Linux only. The first model with it asks the system for the tiles'
     * registers, which it grants to the whole process.
     */
    MOESAIC_INSTRUCTIONS_AMX = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum moesaic_instruction_set moesaic_instruction_set;
#else
typedef uint32_t moesaic_instruction_set;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How keys and values are kept.
 */
enum moesaic_cache
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * As suits the weights: in 16 bits, or in 32 with MOESAIC_ARITHMETIC_FLOAT32.
     */
    MOESAIC_CACHE_DEFAULT = 0,
    /**
     * 32-bit floats.
     */
    MOESAIC_CACHE_F32 = 1,
    /**
     * 16-bit floats.
     */
    MOESAIC_CACHE_F16 = 2,
    /**
     * 16-bit integers, those of each head's row times a float.
     */
    MOESAIC_CACHE_INT16 = 3,
    /**
     * Blocks of 32 8-bit integers, each times a 16-bit float: half of the memory of 16 bits. Attention to long contexts is
     * slower, and what it loses depends on the model: with some it is much. Heads must have a multiple of 32 values.
     */
    MOESAIC_CACHE_Q8_0 = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum moesaic_cache moesaic_cache;
#else
typedef uint32_t moesaic_cache;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Which rows of logits moesaic_session_forward() computes.
 */
enum moesaic_logits
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * None: the tokens only go into the session.
     */
    MOESAIC_LOGITS_NONE = 0,
    /**
     * One row: those after the last token.
     */
    MOESAIC_LOGITS_LAST = 1,
    /**
     * A row for each token.
     */
    MOESAIC_LOGITS_ALL = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum moesaic_logits moesaic_logits;
#else
typedef uint32_t moesaic_logits;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * An open model. Opened by moesaic_model_open() or moesaic_model_open_stories(), closed by moesaic_model_close().
 * Any number of threads may use it at once.
 */
typedef struct moesaic_model moesaic_model;

/**
 * A sequence of tokens and its cache. Started by moesaic_session_open(), closed by moesaic_session_close().
 *
 * One call at a time works on a session; a second one is answered with MOESAIC_ERROR_BUSY. Different sessions, of one
 * model too, may be used by different threads at once; those of one model take turns within a pass, since they share
 * its threads.
 */
typedef struct moesaic_session moesaic_session;

/**
 * Told how far a call is: `done` of `total`, of which only the ratio means something. It is called on the thread
 * that made the call, with `done` growing up to `total` unless the call fails.
 *
 * @param data  What was given along with the callback.
 * @return 0 to go on; anything else cancels the call.
 */
typedef int (*moesaic_progress_callback)(uint64_t done, uint64_t total, void *data);

/**
 * How to open a model. Set up by moesaic_model_options_init().
 */
typedef struct moesaic_model_options {
    /**
     * sizeof(moesaic_model_options).
     */
    size_t size;
    /**
     * Threads for the arithmetic, the calling one included; 0, the default: the cores that this process may use.
     */
    size_t threads;
    /**
     * One of moesaic_access. Default MOESAIC_ACCESS_MAP.
     */
    uint32_t access;
    /**
     * One of moesaic_arithmetic. Default MOESAIC_ARITHMETIC_INT8.
     */
    uint32_t arithmetic;
    /**
     * One of moesaic_instruction_set. Default MOESAIC_INSTRUCTIONS_BEST.
     */
    uint32_t instruction_set;
    /**
     * One of moesaic_cache. Default MOESAIC_CACHE_DEFAULT.
     */
    uint32_t cache;
    /**
     * Told how far opening is, and may cancel it; NULL, the default: nobody.
     */
    moesaic_progress_callback progress;
    /**
     * Given to `progress`.
     */
    void *progress_data;
} moesaic_model_options;

/**
 * How to start a session. Set up by moesaic_session_options_init().
 */
typedef struct moesaic_session_options {
    /**
     * sizeof(moesaic_session_options).
     */
    size_t size;
    /**
     * How many tokens the session holds, prompts and answers together, up to the model's own context length; 0, the
     * default: 4,096, or the model's context length where that is less.
     */
    size_t context;
} moesaic_session_options;

/**
 * How the next token is chosen. Set up by moesaic_sampling_options_init().
 *
 * The filters run in the order repetition penalty, top-k, top-p, min-p, temperature.
 */
typedef struct moesaic_sampling_options {
    /**
     * sizeof(moesaic_sampling_options).
     */
    size_t size;
    /**
     * Keeps so many of the most probable tokens; 0 keeps all. Default 40.
     */
    size_t top_k;
    /**
     * How many tokens back the repetition penalty looks, the prompt's included. Default 64.
     */
    size_t repetition_window;
    /**
     * Where the random numbers start; used if `has_seed` is not 0.
     */
    uint64_t seed;
    /**
     * 0, the default: a fresh seed each time, which moesaic_generate_result tells.
     */
    uint32_t has_seed;
    /**
     * 0 always takes the most probable token. Default 0.8.
     */
    float temperature;
    /**
     * Keeps the most probable tokens that together have this probability; 1 keeps all. Default 0.95.
     */
    float top_p;
    /**
     * Keeps the tokens at least so probable relative to the best one; 0 keeps all. Default 0.05.
     */
    float min_p;
    /**
     * Makes tokens that occurred lately less probable; 1, the default, does nothing.
     */
    float repetition_penalty;
    /**
     * Fills the gap; 0.
     */
    uint32_t reserved;
} moesaic_sampling_options;

/**
 * The experts that work in one layer on some tokens that follow one another; see moesaic_expert_callback.
 */
typedef struct moesaic_chosen_experts {
    /**
     * The library's sizeof(moesaic_chosen_experts).
     */
    size_t size;
    /**
     * The layer's index in the model.
     */
    size_t layer;
    /**
     * The position of the first token in the session.
     */
    size_t position;
    /**
     * How many tokens there are.
     */
    size_t token_count;
    /**
     * How many experts work on each of them.
     */
    size_t used;
    /**
     * Their indices in the layer: those of the first token, best first, then those of the next.
     */
    const uint32_t *experts;
    /**
     * What their outputs are multiplied with, in the same order.
     */
    const float *weights;
} moesaic_chosen_experts;

/**
 * Told which experts work, layer after layer, for every token that runs, the prompt's too. It is called on the thread
 * that made the call, and must not use the session (those calls answer MOESAIC_ERROR_BUSY) nor free it, and neither
 * leave by longjmp nor by a C++ exception. A model without experts never calls it.
 *
 * @param chosen  The experts; holds until the callback returns.
 * @param data    What was given along with the callback.
 * @return 0 to go on; anything else cancels the call, as moesaic_session_cancel() does.
 */
typedef int (*moesaic_expert_callback)(const struct moesaic_chosen_experts *chosen, void *data);

/**
 * How to generate text. Set up by moesaic_generate_options_init().
 */
typedef struct moesaic_generate_options {
    /**
     * sizeof(moesaic_generate_options).
     */
    size_t size;
    /**
     * How tokens are chosen; NULL, the default: as moesaic_sampling_options_init() says.
     */
    const struct moesaic_sampling_options *sampling;
    /**
     * The most tokens to generate. Default MOESAIC_UNLIMITED.
     */
    size_t max_tokens;
    /**
     * Texts that end the generation, each ending with a zero byte; neither they nor what follows is given out. May
     * be NULL, the default, if there are none.
     */
    const char *const *stop;
    /**
     * How many there are. Default 0.
     */
    size_t stop_count;
    /**
     * Not 0: text in the prompt such as <|im_start|> becomes its control token. Leave it at 0, the default, where the
     * prompt holds text from strangers.
     */
    uint32_t parse_special;
    /**
     * Not 0: guesses that the text goes on as it did where its last tokens occurred before, and checks several tokens
     * at once where that is faster; the text stays the same. Default 0.
     */
    uint32_t prompt_lookup;
    /**
     * Told how far the prompt is, and may cancel the generation; NULL, the default: nobody.
     */
    moesaic_progress_callback progress;
    /**
     * Given to `progress`.
     */
    void *progress_data;
    /**
     * Told which experts work, and may cancel the generation; NULL, the default: nobody.
     */
    moesaic_expert_callback experts;
    /**
     * Given to `experts`.
     */
    void *experts_data;
    /**
     * Guesses by this smaller model of the same family instead; NULL, the default: does not. It must stay open as long as
     * the generation goes on.
     */
    const struct moesaic_model *draft_model;
} moesaic_generate_options;

/**
 * What a model is; see moesaic_model_get_info().
 */
typedef struct moesaic_model_info {
    /**
     * sizeof(moesaic_model_info): set it before the call.
     */
    size_t size;
    /**
     * The family, as the GGUF key general.architecture says it. Holds until the model is closed.
     */
    const char *family;
    /**
     * The model's own name, "" if its file has none. Holds until the model is closed.
     */
    const char *name;
    /**
     * The entries of a row of logits.
     */
    size_t vocabulary_size;
    /**
     * The longest context that it was made for, in tokens.
     */
    size_t context_length;
    /**
     * The tokens that its tokenizer knows: at most vocabulary_size; 0 if it has no tokenizer.
     */
    size_t token_count;
    /**
     * The token that a text begins with; -1 if it has none.
     */
    int64_t bos_token;
    /**
     * The token that a text ends with; -1 if it has none.
     */
    int64_t eos_token;
    /**
     * All parameters.
     */
    uint64_t parameters;
    /**
     * The parameters that work on one token.
     */
    uint64_t active_parameters;
    /**
     * Threads that compute, the calling one included.
     */
    size_t threads;
    /**
     * The kernels in use: "scalar", "avx2", "avx512" or "amx". Always holds.
     */
    const char *instruction_set;
} moesaic_model_info;

/**
 * The memory that a model takes, in bytes; see moesaic_model_get_memory().
 */
typedef struct moesaic_memory {
    /**
     * sizeof(moesaic_memory): set it before the call.
     */
    size_t size;
    /**
     * All weights.
     */
    uint64_t weights;
    /**
     * The part of them that lies in mapped files or in the program itself: the operating system shares it among
     * processes and takes it back when memory is short.
     */
    uint64_t weights_mapped;
    /**
     * The cache of one session of the context asked about, when it is full.
     */
    uint64_t cache;
} moesaic_memory;

/**
 * How to render a conversation. Set up by moesaic_chat_options_init(). All texts end with a zero byte.
 */
typedef struct moesaic_chat_options {
    /**
     * sizeof(moesaic_chat_options).
     */
    size_t size;
    /**
     * Not 0, the default: end with what begins the model's answer.
     */
    uint32_t add_generation_prompt;
    /**
     * Fills the gap; 0.
     */
    uint32_t reserved;
    /**
     * The name of a template, where the model has several; NULL, the default: "tool_use" for a conversation with tools
     * if there is one, and otherwise "default".
     */
    const char *template_name;
    /**
     * Descriptions of the functions that the model may call: a JSON array of JSON schemas. NULL, the default: none.
     */
    const char *tools;
    /**
     * Texts for models that answer from documents: a JSON array. NULL, the default: none.
     */
    const char *documents;
    /**
     * Further variables that the template may ask for: a JSON object, such as {"enable_thinking": false}. NULL, the
     * default: none.
     */
    const char *variables;
} moesaic_chat_options;

/**
 * A message of a conversation. All are texts that end with a zero byte. This struct does not grow.
 */
typedef struct moesaic_message {
    /**
     * Who says it: usually "system", "user" or "assistant".
     */
    const char *role;
    /**
     * What is said; NULL if there is no text, as where only functions are called.
     */
    const char *content;
    /**
     * Whatever else a template may read (tool_calls, reasoning_content, content that is not text), as a JSON object
     * whose entries join the message; NULL if there is nothing.
     */
    const char *more;
} moesaic_message;

/**
 * What a session holds; see moesaic_session_get_info().
 */
typedef struct moesaic_session_info {
    /**
     * sizeof(moesaic_session_info): set it before the call.
     */
    size_t size;
    /**
     * Tokens so far, prompted and generated.
     */
    size_t length;
    /**
     * How many tokens it can hold.
     */
    size_t context;
    /**
     * The memory of its cache when it is full, in bytes.
     */
    uint64_t cache;
    /**
     * The memory of its cache that is filled, in bytes.
     */
    uint64_t cache_filled;
    /**
     * The seed with which another generation chooses as the last one would have gone on; saved along with the
     * session.
     */
    uint64_t next_seed;
    /**
     * Not 0: there is such a seed. 0: no token was generated yet.
     */
    uint32_t has_next_seed;
    /**
     * Fills the gap; 0.
     */
    uint32_t reserved;
} moesaic_session_info;

/**
 * Given the text as it is generated, piece by piece, on the thread that made the call. It must not use the session
 * (those calls answer MOESAIC_ERROR_BUSY) nor free it, and neither leave by longjmp nor by a C++ exception.
 *
 * @param text    Whole UTF-8 characters, never none, with a zero byte behind them; it holds until the callback
 *                returns.
 * @param length  Bytes of the text, without the zero byte.
 * @param data    What was given along with the callback.
 * @return 0 to go on; anything else ends the generation with MOESAIC_FINISH_CANCELLED.
 */
typedef int (*moesaic_text_callback)(const char *text, size_t length, void *data);

/**
 * What a generation has done.
 */
typedef struct moesaic_generate_result {
    /**
     * sizeof(moesaic_generate_result): set it before the call.
     */
    size_t size;
    /**
     * Tokens that ran through the model before the first one was chosen.
     */
    size_t prompt_tokens;
    /**
     * Tokens generated, the end token not counted.
     */
    size_t generated_tokens;
    /**
     * Tokens of the text that ran through the model after the prompt: the last one generated never does.
     */
    size_t decoded_tokens;
    /**
     * How long the prompt took.
     */
    double prompt_seconds;
    /**
     * How long the decoded tokens took.
     */
    double decode_seconds;
    /**
     * The seed of the sampler, to repeat the choices.
     */
    uint64_t seed;
    /**
     * Why it ended.
     */
    moesaic_finish_reason finish_reason;
    /**
     * Fills the gap; 0.
     */
    uint32_t reserved;
    /**
     * Tokens that were guessed.
     */
    size_t drafted_tokens;
    /**
     * Of these, those that were right.
     */
    size_t accepted_tokens;
} moesaic_generate_result;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of the library that runs, such as "0.1.0".
 *
 * @return A string that always holds. Never NULL.
 * Threads: any.
 */
const char *moesaic_version(void);

/**
 * The version of the library that runs, to compare with MOESAIC_VERSION_NUMBER, the one that was compiled against.
 *
 * @return major * 1000000 + minor * 1000 + patch.
 * Threads: any.
 */
uint32_t moesaic_version_number(void);

/**
 * Whether the library that runs has a feature, and this machine what it takes.
 *
 * @param name    "stories": the model in the box; "scalar", "avx2", "avx512", "amx": kernels that this CPU can run.
 *                Other names are features of other versions: absent.
 * @param present Receives 1 if it is there, else 0. Not NULL.
 * @return MOESAIC_OK; MOESAIC_ERROR_ARGUMENT for NULL or a name that is not UTF-8.
 * Threads: any.
 */
moesaic_status moesaic_has_feature(const char *name,
                                   int *present);

/**
 * Explains the last failure on the calling thread: what failed, where, and what to do about it, in one line of
 * UTF-8. Successful calls do not clear it, so look at it after a failure only.
 *
 * @return The message; "" if no call on this thread has failed yet. Never NULL. It belongs to the library and
 *         holds until the next call on this thread that fails, or the thread's end.
 * Threads: any.
 */
const char *moesaic_last_error(void);

/**
 * The name of a status code as this header writes it, such as "MOESAIC_ERROR_IO", for logs.
 *
 * @param status  Any number; it need not be a status code.
 * @return A string that always holds; "unknown status" for other numbers. Never NULL.
 * Threads: any.
 */
const char *moesaic_status_name(int32_t status);

/**
 * Fills in the defaults.
 *
 * @param options  Not NULL; memory of `size` bytes.
 * @param size     sizeof(moesaic_model_options).
 * @return MOESAIC_OK; MOESAIC_ERROR_ARGUMENT for NULL or a size that cannot be.
 * Threads: any.
 */
moesaic_status moesaic_model_options_init(struct moesaic_model_options *options, size_t size);

/**
 * Fills in the defaults.
 *
 * @param options  Not NULL; memory of `size` bytes.
 * @param size     sizeof(moesaic_session_options).
 * @return MOESAIC_OK; MOESAIC_ERROR_ARGUMENT for NULL or a size that cannot be.
 * Threads: any.
 */
moesaic_status moesaic_session_options_init(struct moesaic_session_options *options, size_t size);

/**
 * Fills in the defaults.
 *
 * @param options  Not NULL; memory of `size` bytes.
 * @param size     sizeof(moesaic_sampling_options).
 * @return MOESAIC_OK; MOESAIC_ERROR_ARGUMENT for NULL or a size that cannot be.
 * Threads: any.
 */
moesaic_status moesaic_sampling_options_init(struct moesaic_sampling_options *options, size_t size);

/**
 * Fills in the defaults.
 *
 * @param options  Not NULL; memory of `size` bytes.
 * @param size     sizeof(moesaic_generate_options).
 * @return MOESAIC_OK; MOESAIC_ERROR_ARGUMENT for NULL or a size that cannot be.
 * Threads: any.
 */
moesaic_status moesaic_generate_options_init(struct moesaic_generate_options *options, size_t size);

/**
 * Opens a .gguf file (or the first of a split set) or a Hugging Face folder with config.json and *.safetensors.
 * Model files are treated as hostile: whatever is in them leads to a status, never to undefined behaviour.
 *
 * @param path     The file or folder, ending with a zero byte: bytes as the system takes them, UTF-8 on Windows.
 * @param options  NULL: the defaults.
 * @param model    Receives the model, to be closed with moesaic_model_close(); NULL after a failure. Not NULL.
 * @return MOESAIC_OK;
 *         MOESAIC_ERROR_IO if a file cannot be opened or read;
 *         MOESAIC_ERROR_MALFORMED, MOESAIC_ERROR_METADATA or MOESAIC_ERROR_TENSOR if it is damaged;
 *         MOESAIC_ERROR_UNSUPPORTED if this version does not run it;
 *         MOESAIC_ERROR_INPUT if an option cannot be met;
 *         MOESAIC_ERROR_OUT_OF_MEMORY if there is no memory to read it into;
 *         MOESAIC_ERROR_CANCELLED if the progress callback said so;
 *         MOESAIC_ERROR_ARGUMENT for NULL or options without their size.
 * Threads: any.
 */
moesaic_status moesaic_model_open(const char *path,
                                  const struct moesaic_model_options *options,
                                  struct moesaic_model **model);

/**
 * Opens the model in the box: a small model, carried by the library itself, that tells short stories. It needs no
 * file. moesaic_has_feature() with "stories" tells whether this library carries it.
 *
 * @param options  NULL: the defaults. `access` has no effect.
 * @param model    Receives the model, to be closed with moesaic_model_close(); NULL after a failure. Not NULL.
 * @return MOESAIC_OK;
 *         MOESAIC_ERROR_UNSUPPORTED if the library was built without it;
 *         MOESAIC_ERROR_INPUT if an option cannot be met;
 *         MOESAIC_ERROR_CANCELLED if the progress callback said so;
 *         MOESAIC_ERROR_ARGUMENT for NULL or options without their size.
 * Threads: any.
 */
moesaic_status moesaic_model_open_stories(const struct moesaic_model_options *options,
                                          struct moesaic_model **model);

/**
 * Closes a model. Its sessions may outlive it: memory, files and threads are given back when the last of them is
 * closed too; this call then waits until the threads have ended.
 *
 * @param model  NULL does nothing. The pointer is of no use afterwards, and neither are the strings of its
 *               moesaic_model_info.
 * Threads: one, and no other call may be at work on this model.
 */
void moesaic_model_close(struct moesaic_model *model);

/**
 * Tells what a model is.
 *
 * @param model  Not NULL.
 * @param info   Receives it; its `size` must be set. Not NULL.
 * @return MOESAIC_OK; MOESAIC_ERROR_ARGUMENT for NULL or a size that cannot be.
 * Threads: any.
 */
moesaic_status moesaic_model_get_info(const struct moesaic_model *model, struct moesaic_model_info *info);

/**
 * Tells the memory that a model takes, and that a session of it would take.
 *
 * @param model    Not NULL.
 * @param context  The tokens of the session.
 * @param memory   Receives it; its `size` must be set. Not NULL.
 * @return MOESAIC_OK; MOESAIC_ERROR_ARGUMENT for NULL or a size that cannot be.
 * Threads: any.
 */
moesaic_status moesaic_model_get_memory(const struct moesaic_model *model,
                                        size_t context,
                                        struct moesaic_memory *memory);

/**
 * Turns text into tokens. To learn how many there are, give NULL and 0 for the buffer.
 *
 * @param model          Not NULL.
 * @param utf8_text      UTF-8 text. May be NULL if the length is 0.
 * @param length         Its bytes, or MOESAIC_ZERO_TERMINATED.
 * @param add_special    Not 0: put the tokens for the beginning and the end of a text where the model's rules say.
 * @param parse_special  Not 0: text such as <|im_start|> becomes its control token instead of plain text. Not for
 *                       text from strangers.
 * @param tokens         The caller's buffer; NULL with a capacity of 0 only asks for the count.
 * @param capacity       How many tokens it holds.
 * @param count          Receives the number of tokens, after MOESAIC_ERROR_BUFFER_TOO_SMALL too. Not NULL.
 * @return MOESAIC_OK;
 *         MOESAIC_ERROR_BUFFER_TOO_SMALL if there are more tokens than `capacity`;
 *         MOESAIC_ERROR_UNSUPPORTED if the model has no tokenizer;
 *         MOESAIC_ERROR_INPUT if its vocabulary has no tokens for some bytes;
 *         MOESAIC_ERROR_ARGUMENT for NULL or text that is not UTF-8.
 * Threads: any.
 */
moesaic_status moesaic_tokenize(const struct moesaic_model *model,
                                const char *utf8_text,
                                size_t length,
                                int add_special,
                                int parse_special,
                                uint32_t *tokens,
                                size_t capacity,
                                size_t *count);

/**
 * Turns tokens into text. To learn how long it is, give NULL and 0 for the buffer.
 *
 * @param model         Not NULL.
 * @param tokens        The tokens. May be NULL if there are none.
 * @param count         How many there are.
 * @param show_special  Not 0: control tokens appear in the text; 0: they give none.
 * @param buffer        The caller's buffer, which receives the text and a zero byte behind it; NULL with a capacity
 *                      of 0 only asks for the length.
 * @param capacity      The bytes that it holds: the length and one more for the zero byte.
 * @param length        Receives the bytes of the text without the zero byte, after MOESAIC_ERROR_BUFFER_TOO_SMALL
 *                      too. Not NULL.
 * @return MOESAIC_OK;
 *         MOESAIC_ERROR_BUFFER_TOO_SMALL if text and zero byte take more than `capacity`;
 *         MOESAIC_ERROR_UNSUPPORTED if the model has no tokenizer;
 *         MOESAIC_ERROR_INPUT for a token past the vocabulary;
 *         MOESAIC_ERROR_ARGUMENT for NULL.
 * Threads: any.
 */
moesaic_status moesaic_detokenize(const struct moesaic_model *model,
                                  const uint32_t *tokens,
                                  size_t count,
                                  int show_special,
                                  char *buffer,
                                  size_t capacity,
                                  size_t *length);

/**
 * The bytes that one token stands for: for programs that choose tokens themselves. They may be a part of a
 * character, so only those of several tokens together are sure to be text.
 *
 * @param model         Not NULL.
 * @param token         The token.
 * @param show_special  Not 0: a control token gives its name; 0: no bytes.
 * @param buffer        The caller's buffer, no zero byte is added; NULL with a capacity of 0 only asks for the
 *                      length.
 * @param capacity      The bytes that it holds.
 * @param length        Receives the number of bytes, after MOESAIC_ERROR_BUFFER_TOO_SMALL too. Not NULL.
 * @return As moesaic_detokenize().
 * Threads: any.
 */
moesaic_status moesaic_token_bytes(const struct moesaic_model *model,
                                   uint32_t token,
                                   int show_special,
                                   char *buffer,
                                   size_t capacity,
                                   size_t *length);

/**
 * Whether a model ends its text with this token: there may be several such.
 *
 * @param model   Not NULL.
 * @param token   Any number.
 * @param is_end  Receives 1 if it does, else 0. Not NULL.
 * @return MOESAIC_OK; MOESAIC_ERROR_UNSUPPORTED if the model has no tokenizer; MOESAIC_ERROR_ARGUMENT for NULL.
 * Threads: any.
 */
moesaic_status moesaic_token_is_end(const struct moesaic_model *model,
                                    uint32_t token,
                                    int *is_end);

/**
 * Fills in the defaults.
 *
 * @param options  Not NULL; memory of `size` bytes.
 * @param size     sizeof(moesaic_chat_options).
 * @return MOESAIC_OK; MOESAIC_ERROR_ARGUMENT for NULL or a size that cannot be.
 * Threads: any.
 */
moesaic_status moesaic_chat_options_init(struct moesaic_chat_options *options, size_t size);

/**
 * The text of a conversation, by the chat template in the model's files: everything that the model wants before its
 * answer. To learn how long it is, give NULL and 0 for the buffer.
 *
 * The text begins with the beginning-of-text token if the model wants one. So give it to moesaic_tokenize() with
 * add_special = 0 and parse_special = 1, and the tokens to moesaic_session_generate_from(). What a message says is not
 * escaped, no template does that: a message with the text of a control token becomes that token.
 *
 * @param model     Not NULL.
 * @param messages  The conversation. May be NULL if the count is 0.
 * @param count     How many messages there are.
 * @param options   NULL: the defaults.
 * @param buffer    The caller's buffer, which receives the text and a zero byte behind it; NULL with a capacity of 0
 *                  only asks for the length.
 * @param capacity  The bytes that it holds: the length and one more for the zero byte.
 * @param length    Receives the bytes of the text without the zero byte, after MOESAIC_ERROR_BUFFER_TOO_SMALL too. Not
 *                  NULL.
 * @return MOESAIC_OK;
 *         MOESAIC_ERROR_BUFFER_TOO_SMALL if text and zero byte take more than `capacity`;
 *         MOESAIC_ERROR_CHAT_TEMPLATE if the template refuses the conversation, fails, takes too long or writes too
 *         much;
 *         MOESAIC_ERROR_UNSUPPORTED if the model has no chat template or no tokenizer;
 *         MOESAIC_ERROR_INPUT if there is no template of that name, or something is not JSON of the right kind;
 *         MOESAIC_ERROR_IO or MOESAIC_ERROR_MALFORMED if its file cannot be read;
 *         MOESAIC_ERROR_ARGUMENT for NULL, text that is not UTF-8, or options without their size.
 * Threads: any.
 */
moesaic_status moesaic_chat_prompt(const struct moesaic_model *model,
                                   const struct moesaic_message *messages,
                                   size_t count,
                                   const struct moesaic_chat_options *options,
                                   char *buffer,
                                   size_t capacity,
                                   size_t *length);

/**
 * Starts an empty session. The memory of its cache is reserved now and taken as it fills.
 *
 * @param model    Not NULL. It may be closed before the session.
 * @param options  NULL: the defaults.
 * @param session  Receives the session, to be closed with moesaic_session_close(); NULL after a failure. Not NULL.
 * @return MOESAIC_OK;
 *         MOESAIC_ERROR_INPUT if the context is longer than the model's;
 *         MOESAIC_ERROR_OUT_OF_MEMORY if its cache cannot be had;
 *         MOESAIC_ERROR_ARGUMENT for NULL or options without their size.
 * Threads: any.
 */
moesaic_status moesaic_session_open(const struct moesaic_model *model,
                                    const struct moesaic_session_options *options,
                                    struct moesaic_session **session);

/**
 * Starts a session that is a copy of another: it holds the same tokens in a cache of its own, and goes on by itself.
 *
 * @param session  Not NULL.
 * @param fork     Receives the copy, to be closed with moesaic_session_close(); NULL after a failure. Not NULL.
 * @return MOESAIC_OK; MOESAIC_ERROR_OUT_OF_MEMORY if its cache cannot be had; MOESAIC_ERROR_BUSY;
 *         MOESAIC_ERROR_ARGUMENT for NULL.
 * Threads: one at a time for each session.
 */
moesaic_status moesaic_session_fork(const struct moesaic_session *session,
                                    struct moesaic_session **fork);

/**
 * Writes a session to a file: its tokens, its cache, and the seed to go on with. The file appears under its name when
 * it is whole, and not before. It takes as much as the filled part of the cache, and holds the conversation for
 * whoever can read it.
 *
 * @param session  Not NULL.
 * @param path     The file, ending with a zero byte: bytes as the system takes them, UTF-8 on Windows. Replaced if it
 *                 is there.
 * @return MOESAIC_OK; MOESAIC_ERROR_IO if it cannot be written, and nothing is left behind then; MOESAIC_ERROR_BUSY;
 *         MOESAIC_ERROR_ARGUMENT for NULL.
 * Threads: one at a time for each session.
 */
moesaic_status moesaic_session_save(const struct moesaic_session *session,
                                    const char *path);

/**
 * Starts the session that moesaic_session_save() wrote to a file, which goes on as the saved one would: bit for bit,
 * with the same instruction set. The file is treated as hostile, as model files are.
 *
 * @param model    The one that it was saved with, opened with the same arithmetic. Not NULL. It may be closed before
 *                 the session.
 * @param path     The file, as for moesaic_session_save().
 * @param options  NULL: the defaults. A context of 0 is the saved session's.
 * @param session  Receives the session, to be closed with moesaic_session_close(); NULL after a failure. Not NULL.
 * @return MOESAIC_OK;
 *         MOESAIC_ERROR_IO if the file cannot be read;
 *         MOESAIC_ERROR_MALFORMED if it is no saved session, truncated or damaged;
 *         MOESAIC_ERROR_UNSUPPORTED if it was written in a form that this version does not read;
 *         MOESAIC_ERROR_INPUT if it was saved with another model or arithmetic, or holds more tokens than the context
 *         asked for;
 *         MOESAIC_ERROR_OUT_OF_MEMORY if its cache cannot be had;
 *         MOESAIC_ERROR_ARGUMENT for NULL or options without their size.
 * Threads: any.
 */
moesaic_status moesaic_session_restore(const struct moesaic_model *model,
                                       const char *path,
                                       const struct moesaic_session_options *options,
                                       struct moesaic_session **session);

/**
 * Closes a session and frees its cache.
 *
 * @param session  NULL does nothing. The pointer is of no use afterwards.
 * Threads: one, and no other call may be at work on this session, moesaic_session_cancel() included.
 */
void moesaic_session_close(struct moesaic_session *session);

/**
 * Tells what a session holds and the memory that it takes.
 *
 * @param session  Not NULL.
 * @param info     Receives it; its `size` must be set. Not NULL.
 * @return MOESAIC_OK; MOESAIC_ERROR_BUSY; MOESAIC_ERROR_ARGUMENT for NULL or a size that cannot be.
 * Threads: one at a time for each session.
 */
moesaic_status moesaic_session_get_info(const struct moesaic_session *session,
                                        struct moesaic_session_info *info);

/**
 * Copies the tokens that a session holds. To learn how many there are, give NULL and 0 for the buffer.
 *
 * @param session   Not NULL.
 * @param tokens    The caller's buffer; NULL with a capacity of 0 only asks for the count.
 * @param capacity  How many tokens it holds.
 * @param count     Receives the number of tokens, after MOESAIC_ERROR_BUFFER_TOO_SMALL too. Not NULL.
 * @return MOESAIC_OK;
 *         MOESAIC_ERROR_BUFFER_TOO_SMALL if there are more tokens than `capacity`;
 *         MOESAIC_ERROR_BUSY; MOESAIC_ERROR_ARGUMENT for NULL.
 * Threads: one at a time for each session.
 */
moesaic_status moesaic_session_tokens(const struct moesaic_session *session,
                                      uint32_t *tokens,
                                      size_t capacity,
                                      size_t *count);

/**
 * Forgets the tokens from `length` on; does nothing if there are no more than that. What is left costs nothing to
 * go on from; only models with windows (gpt-oss) run some of a long text once more if they go back over 4,096 tokens.
 *
 * @param session  Not NULL.
 * @param length   How many tokens to keep.
 * @return MOESAIC_OK; MOESAIC_ERROR_BUSY; MOESAIC_ERROR_ARGUMENT for NULL.
 * Threads: one at a time for each session.
 */
moesaic_status moesaic_session_truncate(struct moesaic_session *session,
                                        size_t length);

/**
 * Forgets everything.
 *
 * @param session  Not NULL.
 * @return MOESAIC_OK; MOESAIC_ERROR_BUSY; MOESAIC_ERROR_ARGUMENT for NULL.
 * Threads: one at a time for each session.
 */
moesaic_status moesaic_session_reset(struct moesaic_session *session);

/**
 * Forgets what is not the beginning of these tokens, and tells how many of them are kept: the rest is to come next.
 * For texts that change at their end and mostly stay, like a conversation that a chat template writes anew for each
 * turn.
 *
 * @param session  Not NULL.
 * @param tokens   The tokens. May be NULL if there are none.
 * @param count    How many there are.
 * @param kept     Receives how many of them the session holds now. Not NULL.
 * @return MOESAIC_OK; MOESAIC_ERROR_BUSY; MOESAIC_ERROR_ARGUMENT for NULL.
 * Threads: one at a time for each session.
 */
moesaic_status moesaic_session_keep_prefix(struct moesaic_session *session,
                                           const uint32_t *tokens,
                                           size_t count,
                                           size_t *kept);

/**
 * Stops the forward pass or generation at work on a session, between two layers of the model: within milliseconds.
 * The call then answers MOESAIC_ERROR_CANCELLED (forward) or ends with MOESAIC_FINISH_CANCELLED (generate). If none
 * is at work, the next one is stopped at its beginning. A call that comes to its end otherwise uses up what was
 * raised while it ran.
 *
 * @param session  NULL does nothing.
 * Threads: any, at any time until the session is closed; also from a signal handler: it stores one flag.
 */
void moesaic_session_cancel(const struct moesaic_session *session);

/**
 * Appends tokens and computes logits after them: row i rates every token as the one that follows tokens[0..i].
 *
 * @param session     Not NULL.
 * @param tokens      At least one.
 * @param count       How many there are.
 * @param which       One of moesaic_logits: no rows, the last one, or `count` rows.
 * @param logits      The caller's buffer, which receives the rows one after the other, each of vocabulary_size floats
 *                    (moesaic_model_info). May be NULL for MOESAIC_LOGITS_NONE.
 * @param capacity    How many floats it holds.
 * @return MOESAIC_OK;
 *         MOESAIC_ERROR_BUFFER_TOO_SMALL if the rows take more than `capacity`: looked at before anything is
 *         computed;
 *         MOESAIC_ERROR_INPUT for no tokens, a token past the vocabulary, or more than the context has room for;
 *         MOESAIC_ERROR_CANCELLED; MOESAIC_ERROR_OUT_OF_MEMORY; MOESAIC_ERROR_NOT_FINITE; MOESAIC_ERROR_BUSY;
 *         MOESAIC_ERROR_ARGUMENT for NULL or a `which` that is none.
 *         After a failure the session is as it was before.
 * Threads: one at a time for each session.
 */
moesaic_status moesaic_session_forward(struct moesaic_session *session,
                                       const uint32_t *tokens,
                                       size_t count,
                                       uint32_t which,
                                       float *logits,
                                       size_t capacity);

/**
 * Like moesaic_session_forward(), and tells which experts work.
 *
 * @param session     Not NULL.
 * @param tokens      At least one.
 * @param count       How many there are.
 * @param which       One of moesaic_logits: no rows, the last one, or `count` rows.
 * @param logits      The caller's buffer, as for moesaic_session_forward().
 * @param capacity    How many floats it holds.
 * @param callback    Told which experts work, and may cancel the call. NULL: nobody.
 * @param data        Given to the callback.
 * @return As moesaic_session_forward().
 * Threads: one at a time for each session.
 */
moesaic_status moesaic_session_forward_watched(struct moesaic_session *session,
                                               const uint32_t *tokens,
                                               size_t count,
                                               uint32_t which,
                                               float *logits,
                                               size_t capacity,
                                               moesaic_expert_callback callback,
                                               void *data);

/**
 * Generates the text that follows a prompt, piece by piece. The prompt goes behind what the session holds; an empty
 * one continues from there. In an empty session the prompt is the beginning of a text, and begins with the token for
 * that if the model wants one.
 *
 * @param session   Not NULL.
 * @param prompt    UTF-8 text. May be NULL if the length is 0.
 * @param length    Its bytes, or MOESAIC_ZERO_TERMINATED.
 * @param options   NULL: the defaults.
 * @param callback  Receives the text, and may end it. NULL: nobody wants it.
 * @param data      Given to the callback.
 * @param result    Receives what was done, after a failure too; its `size` must be set. May be NULL.
 * @return MOESAIC_OK, however the text ended: cancelled too, see `finish_reason`;
 *         MOESAIC_ERROR_INPUT if an option is out of range, the prompt does not fit into the context, there is
 *         nothing to begin with, or the logits are no numbers to choose from;
 *         MOESAIC_ERROR_UNSUPPORTED if the model has no tokenizer;
 *         MOESAIC_ERROR_NOT_FINITE; MOESAIC_ERROR_OUT_OF_MEMORY; MOESAIC_ERROR_BUSY;
 *         MOESAIC_ERROR_ARGUMENT for NULL, text that is not UTF-8, or a struct without its size.
 *         After a failure the session holds what it held before, and the tokens of the text that was given out.
 * Threads: one at a time for each session.
 */
moesaic_status moesaic_session_generate(struct moesaic_session *session,
                                        const char *prompt,
                                        size_t length,
                                        const struct moesaic_generate_options *options,
                                        moesaic_text_callback callback,
                                        void *data,
                                        struct moesaic_generate_result *result);

/**
 * Like moesaic_session_generate(), from a prompt that is tokens already.
 *
 * @param session   Not NULL.
 * @param tokens    The prompt. May be NULL if there are none.
 * @param count     How many there are.
 * @param options   NULL: the defaults.
 * @param callback  Receives the text, and may end it. NULL: nobody wants it.
 * @param data      Given to the callback.
 * @param result    Receives what was done, after a failure too; its `size` must be set. May be NULL.
 * @return As moesaic_session_generate(); MOESAIC_ERROR_INPUT also for a token past the vocabulary.
 * Threads: one at a time for each session.
 */
moesaic_status moesaic_session_generate_from(struct moesaic_session *session,
                                             const uint32_t *tokens,
                                             size_t count,
                                             const struct moesaic_generate_options *options,
                                             moesaic_text_callback callback,
                                             void *data,
                                             struct moesaic_generate_result *result);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* MOESAIC_H */
