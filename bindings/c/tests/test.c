/* The C interface from outside: every status code that a program can bring about, ownership, threads, cancelling.
 *
 *     test check FIXTURES SCRATCH       runs the tests; FIXTURES is tests/fixtures/models
 *     test logits MODEL OUT TOKEN...    writes the logits of these tokens, for comparison with the tool's
 *     test open PATH                    prints why this cannot be opened
 *     test stories                      opens the model in the box
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <math.h>
#include <moesaic.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "threads.h"

static atomic_int checks;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        checks++;                                                                                  \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n  last error: %s\n", __FILE__, __LINE__, #condition,       \
                    moesaic_last_error());                                                         \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#define OK(call) STATUS(MOESAIC_OK, call)

#define STATUS(wanted, call)                                                                       \
    do {                                                                                           \
        moesaic_status status_ = (call);                                                           \
        checks++;                                                                                  \
        if (status_ != (wanted)) {                                                                 \
            fprintf(stderr, "%s:%d: %s\n  gives %s: %s\n", __FILE__, __LINE__, #call,              \
                    moesaic_status_name(status_), moesaic_last_error());                           \
            exit(1);                                                                               \
        }                                                                                          \
        reached[status_] = 1;                                                                      \
    } while (0)

static char reached[64];
static const char *fixtures;
static const char *scratch;

static const char PROMPT[] = "the cat and the hat";

/* ---- files ---- */

static char *path_of(const char *folder, const char *name) {
    size_t length = strlen(folder) + strlen(name) + 2;
    char *path = malloc(length);
    CHECK(path != NULL);
    snprintf(path, length, "%s/%s", folder, name);
    return path;
}

struct bytes {
    char *data;
    size_t length;
};

static struct bytes fixture(const char *name) {
    char *path = path_of(fixtures, name);
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    CHECK(fseek(file, 0, SEEK_END) == 0);
    struct bytes bytes = {NULL, (size_t)ftell(file)};
    rewind(file);
    bytes.data = malloc(bytes.length);
    CHECK(bytes.data != NULL && fread(bytes.data, 1, bytes.length, file) == bytes.length);
    fclose(file);
    free(path);
    return bytes;
}

/* The first place of these bytes. */
static char *find(struct bytes bytes, const char *what) {
    size_t length = strlen(what);
    for (size_t i = 0; i + length <= bytes.length; i++) {
        if (memcmp(bytes.data + i, what, length) == 0) {
            return bytes.data + i;
        }
    }
    CHECK(!"the fixture holds it");
    return NULL;
}

/* Opens these bytes as a file, which must give this status. */
static moesaic_model *open_bytes(moesaic_status wanted, struct bytes bytes) {
    char *path = path_of(scratch, "model.gguf");
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes.data, 1, bytes.length, file) == bytes.length);
    CHECK(fclose(file) == 0);
    moesaic_model_options options;
    OK(moesaic_model_options_init(&options, sizeof options));
    options.access = MOESAIC_ACCESS_READ;
    options.threads = 1;
    moesaic_model *model = (moesaic_model *)&options;
    STATUS(wanted, moesaic_model_open(path, &options, &model));
    CHECK((model != NULL) == (wanted == MOESAIC_OK));
    if (wanted != MOESAIC_OK) {
        CHECK(strstr(moesaic_last_error(), "model.gguf") != NULL);
    }
    free(path);
    free(bytes.data);
    return model;
}

/* ---- models and texts ---- */

static moesaic_model *open_model(size_t threads) {
    char *path = path_of(fixtures, "qwen2-text/f32.gguf");
    moesaic_model_options options;
    OK(moesaic_model_options_init(&options, sizeof options));
    options.threads = threads;
    moesaic_model *model = NULL;
    OK(moesaic_model_open(path, &options, &model));
    free(path);
    return model;
}

static moesaic_session *open_session(const moesaic_model *model) {
    moesaic_session *session = NULL;
    OK(moesaic_session_open(model, NULL, &session));
    return session;
}

struct text {
    char data[8192];
    size_t length;
    size_t pieces;
    /* After so many pieces `then` is called, and its answer returned; `mark` is the text's length there. */
    size_t after;
    size_t mark;
    int (*then)(void *);
    void *argument;
};

static int collect(const char *piece, size_t length, void *data) {
    struct text *text = data;
    CHECK(length > 0 && piece[length] == '\0' && text->length + length < sizeof text->data);
    memcpy(text->data + text->length, piece, length + 1);
    text->length += length;
    text->pieces++;
    if (text->pieces == text->after) {
        text->mark = text->length;
    }
    return text->then != NULL && text->pieces == text->after ? text->then(text->argument) : 0;
}

static int stop(void *argument) {
    (void)argument;
    return 1;
}

static moesaic_generate_options greedy(moesaic_sampling_options *sampling, size_t max_tokens) {
    moesaic_generate_options options;
    OK(moesaic_sampling_options_init(sampling, sizeof *sampling));
    sampling->temperature = 0;
    OK(moesaic_generate_options_init(&options, sizeof options));
    options.sampling = sampling;
    options.max_tokens = max_tokens;
    return options;
}

static moesaic_generate_result generate(moesaic_session *session, const char *prompt, size_t max_tokens,
                                        struct text *text) {
    moesaic_sampling_options sampling;
    moesaic_generate_options options = greedy(&sampling, max_tokens);
    moesaic_generate_result result = {.size = sizeof result};
    OK(moesaic_session_generate(session, prompt, MOESAIC_ZERO_TERMINATED, &options, collect, text, &result));
    return result;
}

static size_t length_of(const moesaic_session *session) {
    moesaic_session_info info = {.size = sizeof info};
    OK(moesaic_session_get_info(session, &info));
    return info.length;
}

/* ---- tests ---- */

static void test_version(void) {
    CHECK(moesaic_version_number() == MOESAIC_VERSION_NUMBER);
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", MOESAIC_VERSION_MAJOR, MOESAIC_VERSION_MINOR, MOESAIC_VERSION_PATCH);
    CHECK(strcmp(moesaic_version(), version) == 0);
    int present = -1;
    OK(moesaic_has_feature("scalar", &present));
    CHECK(present == 1);
    OK(moesaic_has_feature("flying", &present));
    CHECK(present == 0);
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_has_feature(NULL, &present));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_has_feature("scalar", NULL));
    CHECK(strcmp(moesaic_status_name(MOESAIC_ERROR_BUSY), "MOESAIC_ERROR_BUSY") == 0);
    CHECK(strcmp(moesaic_status_name(-7), "unknown status") == 0);
    CHECK(strcmp(moesaic_status_name(MOESAIC_ERROR_INTERNAL), "MOESAIC_ERROR_INTERNAL") == 0);
}

static void test_damaged_files(void) {
    moesaic_model *model = NULL;
    STATUS(MOESAIC_ERROR_IO, moesaic_model_open("/nowhere/model.gguf", NULL, &model));
    CHECK(model == NULL && strstr(moesaic_last_error(), "/nowhere/model.gguf") != NULL);

    struct bytes bytes = fixture("qwen2-text/f32.gguf");
    bytes.length = 300;
    open_bytes(MOESAIC_ERROR_MALFORMED, bytes);
    bytes = fixture("qwen2-text/f32.gguf");
    find(bytes, "qwen2.block_count")[16] = 'x';
    open_bytes(MOESAIC_ERROR_METADATA, bytes);
    bytes = fixture("qwen2-text/f32.gguf");
    find(bytes, "output_norm.weight")[10] = 'x';
    open_bytes(MOESAIC_ERROR_TENSOR, bytes);
    bytes = fixture("qwen2-text/f32.gguf");
    find(bytes, "qwen2")[4] = 'x'; /* the family's name */
    open_bytes(MOESAIC_ERROR_UNSUPPORTED, bytes);

    /* Weights that are no numbers: the later half of the file is of a mixture's tensors. */
    bytes = fixture("qwen3moe/f32.gguf");
    memset(bytes.data + bytes.length / 2, 0xff, bytes.length - bytes.length / 2);
    model = open_bytes(MOESAIC_OK, bytes);
    moesaic_session *session = open_session(model);
    uint32_t tokens[2] = {1, 2};
    STATUS(MOESAIC_ERROR_NOT_FINITE, moesaic_session_forward(session, tokens, 2, MOESAIC_LOGITS_NONE, NULL, 0));
    CHECK(length_of(session) == 0);
    /* This fixture has no tokenizer. */
    size_t count = 7;
    STATUS(MOESAIC_ERROR_UNSUPPORTED,
           moesaic_tokenize(model, "x", MOESAIC_ZERO_TERMINATED, 0, 0, NULL, 0, &count));
    STATUS(MOESAIC_ERROR_UNSUPPORTED,
           moesaic_session_generate(session, "x", 1, NULL, NULL, NULL, NULL));
    moesaic_session_close(session);
    moesaic_model_close(model);
}

/* A file too large to be read. It takes no disk, but not every file system makes it. */
static void test_out_of_memory(void) {
    char *path = path_of(scratch, "large.gguf");
    int file = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    CHECK(file >= 0);
    int made = ftruncate(file, (off_t)1 << 43) == 0;
    close(file);
    if (made) {
        moesaic_model_options options;
        OK(moesaic_model_options_init(&options, sizeof options));
        options.access = MOESAIC_ACCESS_READ;
        moesaic_model *model = NULL;
#ifndef ADDRESS_SANITIZER
        /* Systems that overcommit without bounds would hand it out. AddressSanitizer refuses by itself, and needs
         * address space of its own. */
        struct rlimit before, limit;
        CHECK(getrlimit(RLIMIT_AS, &before) == 0);
        limit = before;
        limit.rlim_cur = (rlim_t)1 << 42;
        CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
#endif
        STATUS(MOESAIC_ERROR_OUT_OF_MEMORY, moesaic_model_open(path, &options, &model));
        CHECK(model == NULL);
#ifndef ADDRESS_SANITIZER
        CHECK(setrlimit(RLIMIT_AS, &before) == 0);
#endif
    } else {
        printf("skipped: MOESAIC_ERROR_OUT_OF_MEMORY (this file system makes no sparse file of 8 TiB)\n");
    }
    unlink(path);
    free(path);
}

static void test_arguments(void) {
    moesaic_model *model = NULL;
    moesaic_session *session = NULL;
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_model_open(NULL, NULL, &model));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_model_open("x", NULL, NULL));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_model_open_stories(NULL, NULL));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_open(NULL, NULL, &session));
    moesaic_model_close(NULL);
    moesaic_session_close(NULL);
    moesaic_session_cancel(NULL);

    /* Sizes of structs. */
    moesaic_model_options options;
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_model_options_init(NULL, sizeof options));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_model_options_init(&options, 8));
    memset(&options, 0, sizeof options);
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_model_open("x", &options, &model));
    CHECK(strstr(moesaic_last_error(), "sizeof(moesaic_model_options)") != NULL);
    OK(moesaic_model_options_init(&options, sizeof options));
    options.access = 9;
    STATUS(MOESAIC_ERROR_INPUT, moesaic_model_open("x", &options, &model));
    OK(moesaic_model_options_init(&options, sizeof options));
    options.cache = 9;
    STATUS(MOESAIC_ERROR_INPUT, moesaic_model_open("x", &options, &model));
    OK(moesaic_model_options_init(&options, sizeof options));
    options.threads = 1000000;
    char *path = path_of(fixtures, "qwen2-text/f32.gguf");
    STATUS(MOESAIC_ERROR_INPUT, moesaic_model_open(path, &options, &model));
    free(path);
    /* A struct of a later version, with and without something new in it. */
    struct {
        moesaic_session_options known;
        uint64_t more;
    } later = {{sizeof later, 16}, 0};
    model = open_model(1);
    OK(moesaic_session_open(model, &later.known, &session));
    moesaic_session_close(session);
    later.more = 1;
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_open(model, &later.known, &session));
    CHECK(session == NULL);
    later.known.size = sizeof later.known;
    later.known.context = 1000000;
    STATUS(MOESAIC_ERROR_INPUT, moesaic_session_open(model, &later.known, &session));

    session = open_session(model);
    moesaic_model_info info = {.size = 3};
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_model_get_info(model, &info));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_model_get_info(NULL, &info));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_model_get_info(model, NULL));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_model_get_memory(model, 16, NULL));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_get_info(session, NULL));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_truncate(NULL, 0));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_reset(NULL));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_tokens(session, NULL, 3, (size_t[1]){0}));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_tokens(session, NULL, 0, NULL));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_token_is_end(model, 0, NULL));

    /* Text. */
    size_t count = 0;
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_tokenize(model, "a\xff", 2, 0, 0, NULL, 0, &count));
    CHECK(strstr(moesaic_last_error(), "offset 1") != NULL);
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_tokenize(model, NULL, 2, 0, 0, NULL, 0, &count));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_tokenize(model, NULL, MOESAIC_ZERO_TERMINATED, 0, 0, NULL, 0, &count));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_tokenize(model, "a", (size_t)-2, 0, 0, NULL, 0, &count));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_tokenize(model, "a", 1, 0, 0, NULL, 0, NULL));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_detokenize(model, NULL, 2, 0, NULL, 0, &count));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_generate(session, "\xc3", 1, NULL, NULL, NULL, NULL));
    moesaic_generate_result result = {.size = 0};
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_generate(session, "a", 1, NULL, NULL, NULL, &result));
    const char *stops[2] = {"a", NULL};
    moesaic_sampling_options sampling;
    moesaic_generate_options generating = greedy(&sampling, 1);
    generating.stop = stops;
    generating.stop_count = 2;
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_generate(session, "a", 1, &generating, NULL, NULL, NULL));
    CHECK(strstr(moesaic_last_error(), "stop[1]") != NULL);
    stops[1] = "";
    STATUS(MOESAIC_ERROR_INPUT, moesaic_session_generate(session, "a", 1, &generating, NULL, NULL, NULL));
    generating.stop_count = 0;
    sampling.temperature = NAN;
    STATUS(MOESAIC_ERROR_INPUT, moesaic_session_generate(session, "a", 1, &generating, NULL, NULL, NULL));

    /* Tokens and logits. */
    uint32_t token = 1000000;
    float logit = 0;
    STATUS(MOESAIC_ERROR_INPUT, moesaic_session_forward(session, &token, 1, MOESAIC_LOGITS_NONE, NULL, 0));
    STATUS(MOESAIC_ERROR_INPUT, moesaic_session_forward(session, NULL, 0, MOESAIC_LOGITS_NONE, NULL, 0));
    STATUS(MOESAIC_ERROR_INPUT, moesaic_session_generate_from(session, &token, 1, NULL, NULL, NULL, NULL));
    STATUS(MOESAIC_ERROR_INPUT, moesaic_detokenize(model, &token, 1, 0, NULL, 0, &count));
    STATUS(MOESAIC_ERROR_INPUT, moesaic_token_bytes(model, token, 0, NULL, 0, &count));
    token = 1;
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_forward(session, &token, 1, 77, NULL, 0));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_forward(session, NULL, 1, MOESAIC_LOGITS_LAST, &logit, 1));
    STATUS(MOESAIC_ERROR_ARGUMENT,
           moesaic_session_forward(session, &token, 1, MOESAIC_LOGITS_LAST, NULL, (size_t)-1));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_forward(NULL, &token, 1, MOESAIC_LOGITS_NONE, NULL, 0));
    STATUS(MOESAIC_ERROR_BUFFER_TOO_SMALL,
           moesaic_session_forward(session, &token, 1, MOESAIC_LOGITS_LAST, &logit, 1));
    CHECK(length_of(session) == 0);
    moesaic_session_close(session);
    moesaic_model_close(model);
}

static void test_text(void) {
    moesaic_model *model = open_model(1);
    moesaic_model_info info = {.size = sizeof info};
    OK(moesaic_model_get_info(model, &info));
    CHECK(strcmp(info.family, "qwen2") == 0 && strcmp(info.name, "qwen2-text") == 0);
    CHECK(info.vocabulary_size >= info.token_count && info.token_count > 200 && info.context_length == 256);
    CHECK(info.threads == 1 && info.parameters == info.active_parameters && info.eos_token >= 0);

    static const char text[] = "the cat, \xc3\xa9t\xc3\xa9, and\na \xf0\x9f\x90\xb1";
    size_t count = 0, again = 0;
    OK(moesaic_tokenize(model, text, MOESAIC_ZERO_TERMINATED, 1, 0, NULL, 0, &count));
    CHECK(count > 5);
    uint32_t tokens[64] = {0};
    CHECK(count < 64);
    STATUS(MOESAIC_ERROR_BUFFER_TOO_SMALL,
           moesaic_tokenize(model, text, strlen(text), 1, 0, tokens, count - 1, &again));
    CHECK(again == count && tokens[0] == 0);
    OK(moesaic_tokenize(model, text, strlen(text), 1, 0, tokens, count, &again));
    CHECK(again == count);

    char buffer[64];
    size_t length = 0;
    OK(moesaic_detokenize(model, tokens, count, 0, NULL, 0, &length));
    CHECK(length == strlen(text));
    STATUS(MOESAIC_ERROR_BUFFER_TOO_SMALL, moesaic_detokenize(model, tokens, count, 0, buffer, length, &again));
    CHECK(again == length);
    memset(buffer, 'x', sizeof buffer);
    OK(moesaic_detokenize(model, tokens, count, 0, buffer, length + 1, &again));
    CHECK(strcmp(buffer, text) == 0 && buffer[length + 1] == 'x');
    OK(moesaic_detokenize(model, NULL, 0, 0, buffer, 1, &again));
    CHECK(again == 0 && buffer[0] == '\0');
    size_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        OK(moesaic_token_bytes(model, tokens[i], 0, buffer + sum, sizeof buffer - sum, &length));
        sum += length;
    }
    CHECK(sum == strlen(text) && memcmp(buffer, text, sum) == 0);
    int is_end = 0;
    OK(moesaic_token_is_end(model, (uint32_t)info.eos_token, &is_end));
    CHECK(is_end == 1);
    OK(moesaic_token_is_end(model, tokens[0], &is_end));
    CHECK(is_end == 0);
    OK(moesaic_tokenize(model, "", 0, 0, 0, NULL, 0, &count));
    CHECK(count == 0);
    OK(moesaic_tokenize(model, NULL, 0, 0, 0, NULL, 0, &count));
    CHECK(count == 0);
    moesaic_model_close(model);
}

static void test_forward(void) {
    moesaic_model *model = open_model(2);
    moesaic_model_info info = {.size = sizeof info};
    OK(moesaic_model_get_info(model, &info));
    moesaic_session *session = open_session(model);
    /* The session keeps what it needs. */
    moesaic_model_close(model);
    size_t row = info.vocabulary_size;
    uint32_t tokens[10];
    for (uint32_t i = 0; i < 10; i++) {
        tokens[i] = i * 29 % 290;
    }
    float *all = malloc(10 * row * sizeof *all), *last = malloc((row + 1) * sizeof *last);
    CHECK(all != NULL && last != NULL);
    OK(moesaic_session_forward(session, tokens, 10, MOESAIC_LOGITS_ALL, all, 10 * row));
    CHECK(length_of(session) == 10);
    uint32_t held[10];
    size_t count = 0;
    STATUS(MOESAIC_ERROR_BUFFER_TOO_SMALL, moesaic_session_tokens(session, held, 9, &count));
    OK(moesaic_session_tokens(session, held, 10, &count));
    CHECK(count == 10 && memcmp(held, tokens, sizeof tokens) == 0);
    OK(moesaic_session_truncate(session, 4));
    CHECK(length_of(session) == 4);
    OK(moesaic_session_forward(session, tokens + 4, 5, MOESAIC_LOGITS_NONE, NULL, 0));
    last[row] = 42;
    OK(moesaic_session_forward(session, tokens + 9, 1, MOESAIC_LOGITS_LAST, last, row));
    CHECK(last[row] == 42);
    for (size_t i = 0; i < row; i++) {
        /* One token and ten are summed in different orders, and the cache has 11 bits. */
        CHECK(fabsf(last[i] - all[9 * row + i]) < 1e-2f);
    }
    OK(moesaic_session_reset(session));
    CHECK(length_of(session) == 0);
    moesaic_session_info about = {.size = sizeof about};
    OK(moesaic_session_get_info(session, &about));
    CHECK(about.context == 256 && about.cache > 0 && about.cache_filled == 0);
    free(all);
    free(last);
    moesaic_session_close(session);
}

static void test_keep_prefix(void) {
    moesaic_model *model = open_model(1);
    moesaic_session *session = open_session(model);
    uint32_t tokens[4] = {5, 6, 7, 8}, other[4] = {5, 6, 9, 8};
    size_t kept = 77;
    OK(moesaic_session_forward(session, tokens, 4, MOESAIC_LOGITS_NONE, NULL, 0));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_keep_prefix(session, other, 4, NULL));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_keep_prefix(session, NULL, 4, &kept));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_keep_prefix(NULL, other, 4, &kept));
    CHECK(length_of(session) == 4);
    OK(moesaic_session_keep_prefix(session, other, 4, &kept));
    CHECK(kept == 2 && length_of(session) == 2);
    OK(moesaic_session_keep_prefix(session, NULL, 0, &kept));
    CHECK(kept == 0 && length_of(session) == 0);
    moesaic_session_close(session);
    moesaic_model_close(model);
}

/* What was saved and what was forked go on as what they came from. */
static void test_save(void) {
    moesaic_model *model = open_model(1);
    moesaic_session *session = open_session(model);
    char *path = path_of(scratch, "story.session");
    static struct text text, expected;
    moesaic_sampling_options sampling;
    moesaic_generate_options options = greedy(&sampling, 12);
    sampling.temperature = 1.5f;
    sampling.has_seed = 1;
    moesaic_session_info info = {.size = sizeof info};
    OK(moesaic_session_get_info(session, &info));
    CHECK(info.has_next_seed == 0);
    OK(moesaic_session_generate(session, PROMPT, strlen(PROMPT), &options, collect, &text, NULL));
    OK(moesaic_session_get_info(session, &info));
    CHECK(info.has_next_seed == 1 && info.next_seed != 0);
    size_t length = info.length;

    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_save(session, NULL));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_save(NULL, path));
    STATUS(MOESAIC_ERROR_IO, moesaic_session_save(session, "/nowhere/story.session"));
    CHECK(strstr(moesaic_last_error(), "/nowhere/story.session") != NULL);
    OK(moesaic_session_save(session, path));
    OK(moesaic_session_save(session, path)); /* in its place */
    moesaic_session *fork = NULL, *restored = NULL;
    OK(moesaic_session_fork(session, &fork));
    OK(moesaic_session_restore(model, path, NULL, &restored));

    sampling.seed = info.next_seed;
    moesaic_session *all[3] = {session, fork, restored};
    for (int i = 0; i < 3; i++) {
        OK(moesaic_session_get_info(all[i], &info));
        CHECK(info.length == length && info.next_seed == sampling.seed && info.context == 256);
        memset(&text, 0, sizeof text);
        OK(moesaic_session_generate(all[i], "", 0, &options, collect, &text, NULL));
        CHECK(text.length > 0);
        if (i == 0) {
            expected = text;
        }
        CHECK(strcmp(text.data, expected.data) == 0);
        CHECK(length_of(all[i]) == length + 12);
    }
    moesaic_session_close(fork);
    moesaic_session_close(restored);

    moesaic_session_options wanted = {sizeof wanted, length - 1};
    STATUS(MOESAIC_ERROR_INPUT, moesaic_session_restore(model, path, &wanted, &restored));
    CHECK(restored == NULL);
    wanted.context = length + 3;
    OK(moesaic_session_restore(model, path, &wanted, &restored));
    OK(moesaic_session_get_info(restored, &info));
    CHECK(info.context == length + 3);
    moesaic_session_close(restored);
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_restore(NULL, path, NULL, &restored));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_restore(model, NULL, NULL, &restored));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_restore(model, path, NULL, NULL));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_fork(session, NULL));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_session_fork(NULL, &fork));
    STATUS(MOESAIC_ERROR_IO, moesaic_session_restore(model, "/nowhere/story.session", NULL, &restored));

    /* Another model, a file that is none, and one that ends too early. */
    moesaic_model *other = open_bytes(MOESAIC_OK, fixture("qwen3moe/f32.gguf"));
    STATUS(MOESAIC_ERROR_INPUT, moesaic_session_restore(other, path, NULL, &restored));
    CHECK(strstr(moesaic_last_error(), "another model") != NULL && restored == NULL);
    moesaic_model_close(other);
    CHECK(truncate(path, 700) == 0);
    STATUS(MOESAIC_ERROR_MALFORMED, moesaic_session_restore(model, path, NULL, &restored));
    free(path);
    path = path_of(fixtures, "qwen2-text/f32.gguf");
    STATUS(MOESAIC_ERROR_MALFORMED, moesaic_session_restore(model, path, NULL, &restored));
    free(path);
    moesaic_session_close(session);
    moesaic_model_close(model);
}

struct experts {
    size_t calls;
    size_t tokens;
    size_t stop_after;
};

static int see_experts(const moesaic_chosen_experts *chosen, void *data) {
    struct experts *seen = data;
    CHECK(chosen->size == sizeof *chosen && chosen->used > 0 && chosen->token_count > 0);
    if (chosen->layer == 1) {
        CHECK(chosen->position == seen->tokens);
        seen->tokens += chosen->token_count;
    }
    for (size_t i = 0; i < chosen->token_count; i++) {
        for (size_t j = 0; j < chosen->used; j++) {
            CHECK(chosen->experts[i * chosen->used + j] < 64);
            CHECK(chosen->weights[i * chosen->used + j] >= 0);
            CHECK(j == 0 || chosen->experts[i * chosen->used + j] != chosen->experts[i * chosen->used + j - 1]);
        }
    }
    return ++seen->calls == seen->stop_after;
}

static void test_experts(void) {
    moesaic_model *model = open_bytes(MOESAIC_OK, fixture("qwen3moe/f32.gguf"));
    moesaic_model_info info = {.size = sizeof info};
    OK(moesaic_model_get_info(model, &info));
    moesaic_session *session = open_session(model);
    uint32_t tokens[5] = {1, 2, 3, 4, 5};
    float *unseen = malloc(info.vocabulary_size * sizeof *unseen), *row = malloc(info.vocabulary_size * sizeof *row);
    CHECK(unseen != NULL && row != NULL);
    OK(moesaic_session_forward(session, tokens, 3, MOESAIC_LOGITS_LAST, unseen, info.vocabulary_size));
    OK(moesaic_session_reset(session));
    struct experts seen = {0, 0, 0};
    OK(moesaic_session_forward_watched(session, tokens, 3, MOESAIC_LOGITS_LAST, row, info.vocabulary_size, see_experts,
                                       &seen));
    CHECK(seen.calls > 1 && seen.tokens == 3);
    /* Looking on changes nothing. */
    CHECK(memcmp(row, unseen, info.vocabulary_size * sizeof *row) == 0);
    OK(moesaic_session_forward_watched(session, tokens + 3, 2, MOESAIC_LOGITS_NONE, NULL, 0, see_experts, &seen));
    CHECK(seen.tokens == 5);
    OK(moesaic_session_forward_watched(session, tokens, 1, MOESAIC_LOGITS_NONE, NULL, 0, NULL, NULL));
    CHECK(length_of(session) == 6);
    seen.tokens = 6;
    seen.stop_after = seen.calls + 1;
    STATUS(MOESAIC_ERROR_CANCELLED, moesaic_session_forward_watched(session, tokens, 2, MOESAIC_LOGITS_NONE, NULL, 0,
                                                                    see_experts, &seen));
    CHECK(length_of(session) == 6);
    free(unseen);
    free(row);
    moesaic_session_close(session);
    moesaic_model_close(model);
}

static void test_chat(void) {
    moesaic_model *model = open_model(1);
    moesaic_message messages[3] = {
        {"system", "be brief", NULL}, {"user", "why?", NULL}, {"assistant", NULL, "{\"content\": \"no \\\"idea\\\"\"}"}};
    static const char wanted[] = "<|im_start|>system\nbe brief<|im_end|>\n<|im_start|>user\nwhy?<|im_end|>\n"
                                 "<|im_start|>assistant\nno \"idea\"<|im_end|>\n";
    moesaic_chat_options options;
    OK(moesaic_chat_options_init(&options, sizeof options));
    CHECK(options.add_generation_prompt == 1);
    options.add_generation_prompt = 0;
    options.tools = "[{\"type\": \"function\"}]";
    options.variables = "{\"enable_thinking\": false}";
    char text[400];
    size_t length = 0, again = 0;
    OK(moesaic_chat_prompt(model, messages, 3, &options, NULL, 0, &length));
    CHECK(length == strlen(wanted));
    STATUS(MOESAIC_ERROR_BUFFER_TOO_SMALL, moesaic_chat_prompt(model, messages, 3, &options, text, length, &again));
    CHECK(again == length);
    OK(moesaic_chat_prompt(model, messages, 3, &options, text, length + 1, &again));
    CHECK(strcmp(text, wanted) == 0);
    OK(moesaic_chat_prompt(model, messages + 1, 1, NULL, text, sizeof text, &length));
    CHECK(strcmp(text, "<|im_start|>user\nwhy?<|im_end|>\n<|im_start|>assistant\n") == 0);
    OK(moesaic_chat_prompt(model, NULL, 0, NULL, text, sizeof text, &length));

    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_chat_prompt(NULL, messages, 3, NULL, text, sizeof text, &length));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_chat_prompt(model, NULL, 3, NULL, text, sizeof text, &length));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_chat_prompt(model, messages, 3, NULL, text, sizeof text, NULL));
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_chat_options_init(NULL, sizeof options));
    messages[1].role = NULL;
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_chat_prompt(model, messages, 3, NULL, text, sizeof text, &length));
    CHECK(strstr(moesaic_last_error(), "messages[1].role") != NULL);
    messages[1].role = "\xff";
    STATUS(MOESAIC_ERROR_ARGUMENT, moesaic_chat_prompt(model, messages, 3, NULL, text, sizeof text, &length));
    messages[1].role = "user";
    messages[2].more = "[]";
    STATUS(MOESAIC_ERROR_INPUT, moesaic_chat_prompt(model, messages, 3, NULL, text, sizeof text, &length));
    CHECK(strstr(moesaic_last_error(), "messages[2].more is not a JSON object") != NULL);
    messages[2].more = NULL;
    options.tools = "{";
    STATUS(MOESAIC_ERROR_INPUT, moesaic_chat_prompt(model, messages, 3, &options, text, sizeof text, &length));
    options.tools = "{}";
    STATUS(MOESAIC_ERROR_INPUT, moesaic_chat_prompt(model, messages, 3, &options, text, sizeof text, &length));
    options.tools = NULL;
    options.template_name = "rag";
    STATUS(MOESAIC_ERROR_INPUT, moesaic_chat_prompt(model, messages, 3, &options, text, sizeof text, &length));
    CHECK(strstr(moesaic_last_error(), "rag") != NULL);
    moesaic_model_close(model);

    struct bytes bytes = fixture("qwen2-text/f32.gguf");
    memcpy(find(bytes, "{% for message"), "{% far", 6);
    model = open_bytes(MOESAIC_OK, bytes);
    STATUS(MOESAIC_ERROR_CHAT_TEMPLATE, moesaic_chat_prompt(model, messages, 3, NULL, text, sizeof text, &length));
    CHECK(strstr(moesaic_last_error(), "chat template, line 1") != NULL);
    moesaic_model_close(model);
    model = open_bytes(MOESAIC_OK, fixture("qwen3moe/f32.gguf"));
    STATUS(MOESAIC_ERROR_UNSUPPORTED, moesaic_chat_prompt(model, messages, 3, NULL, text, sizeof text, &length));
    moesaic_model_close(model);
}

static void test_memory(void) {
    moesaic_model *model = open_model(1);
    moesaic_memory memory = {.size = sizeof memory};
    OK(moesaic_model_get_memory(model, 256, &memory));
    CHECK(memory.weights > 100000 && memory.weights_mapped == memory.weights && memory.cache > 0);
    uint64_t cache = memory.cache;
    OK(moesaic_model_get_memory(model, 128, &memory));
    CHECK(memory.cache * 2 == cache);
    moesaic_model_close(model);
}

static int progress(uint64_t done, uint64_t total, void *data) {
    uint64_t *seen = data;
    CHECK(done <= total && done >= seen[0]);
    seen[0] = done;
    seen[1] = total;
    seen[2]++;
    return seen[3] != 0 && seen[2] == seen[3];
}

static void test_progress(void) {
    uint64_t seen[4] = {0};
    char *path = path_of(fixtures, "qwen2-text/f32.gguf");
    moesaic_model_options options;
    OK(moesaic_model_options_init(&options, sizeof options));
    options.progress = progress;
    options.progress_data = seen;
    moesaic_model *model = NULL;
    OK(moesaic_model_open(path, &options, &model));
    CHECK(seen[0] == seen[1] && seen[1] > 0);
    moesaic_model_close(model);
    for (uint64_t at = 1; at <= 3; at++) {
        memset(seen, 0, sizeof seen);
        seen[3] = at;
        STATUS(MOESAIC_ERROR_CANCELLED, moesaic_model_open(path, &options, &model));
        CHECK(model == NULL && seen[2] == at);
    }
    free(path);

    model = open_model(1);
    moesaic_session *session = open_session(model);
    moesaic_sampling_options sampling;
    moesaic_generate_options generating = greedy(&sampling, 3);
    generating.progress = progress;
    generating.progress_data = seen;
    moesaic_generate_result result = {.size = sizeof result};
    memset(seen, 0, sizeof seen);
    OK(moesaic_session_generate(session, PROMPT, strlen(PROMPT), &generating, NULL, NULL, &result));
    CHECK(seen[0] == seen[1] && seen[1] == result.prompt_tokens && result.generated_tokens == 3);
    OK(moesaic_session_reset(session));
    memset(seen, 0, sizeof seen);
    seen[3] = 1;
    OK(moesaic_session_generate(session, PROMPT, strlen(PROMPT), &generating, NULL, NULL, &result));
    CHECK(result.finish_reason == MOESAIC_FINISH_CANCELLED && result.generated_tokens == 0);
    moesaic_session_close(session);
    moesaic_model_close(model);
}

static moesaic_session *to_cancel;

static void on_signal(int number) {
    (void)number;
    moesaic_session_cancel(to_cancel);
}

static int raise_signal(void *argument) {
    (void)argument;
    raise(SIGUSR1);
    return 0;
}

static void *cancel_from_thread(void *argument) {
    moesaic_session_cancel(argument);
    return NULL;
}

static int start_thread(void *argument) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, cancel_from_thread, argument) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    return 0;
}

/* Every use of a session from its own callback is refused. */
static int use_busy_session(void *argument) {
    moesaic_session *session = argument;
    uint32_t token = 1;
    size_t count = 0;
    moesaic_session_info info = {.size = sizeof info};
    STATUS(MOESAIC_ERROR_BUSY, moesaic_session_forward(session, &token, 1, MOESAIC_LOGITS_NONE, NULL, 0));
    STATUS(MOESAIC_ERROR_BUSY, moesaic_session_generate(session, "x", 1, NULL, NULL, NULL, NULL));
    STATUS(MOESAIC_ERROR_BUSY, moesaic_session_reset(session));
    STATUS(MOESAIC_ERROR_BUSY, moesaic_session_truncate(session, 0));
    STATUS(MOESAIC_ERROR_BUSY, moesaic_session_tokens(session, NULL, 0, &count));
    STATUS(MOESAIC_ERROR_BUSY, moesaic_session_get_info(session, &info));
    return 0;
}

static void test_generate(void) {
    moesaic_model *model = open_model(1);
    moesaic_session *session = open_session(model);
    static struct text whole, text;
    moesaic_generate_result result = generate(session, PROMPT, 60, &whole);
    CHECK(result.finish_reason == MOESAIC_FINISH_LENGTH && result.generated_tokens == 60 && whole.length > 0);
    CHECK(length_of(session) == result.prompt_tokens + 60);

    /* In parts, which make the same. */
    OK(moesaic_session_reset(session));
    memset(&text, 0, sizeof text);
    generate(session, PROMPT, 20, &text);
    generate(session, "", 40, &text);
    CHECK(strcmp(text.data, whole.data) == 0 || strstr(text.data, "\xef\xbf\xbd") != NULL);

    /* From tokens; nobody wants the text. */
    OK(moesaic_session_reset(session));
    uint32_t tokens[64];
    size_t count = 0;
    OK(moesaic_tokenize(model, PROMPT, strlen(PROMPT), 1, 0, tokens, 64, &count));
    moesaic_sampling_options sampling;
    moesaic_generate_options options = greedy(&sampling, 60);
    memset(&text, 0, sizeof text);
    OK(moesaic_session_generate_from(session, tokens, count, &options, collect, &text, &result));
    CHECK(strcmp(text.data, whole.data) == 0);
    OK(moesaic_session_reset(session));
    OK(moesaic_session_generate_from(session, tokens, count, &options, NULL, NULL, NULL));

    /* A stop text: the bytes of the middle. */
    OK(moesaic_session_reset(session));
    char middle[4] = {whole.data[whole.length / 2], whole.data[whole.length / 2 + 1], '\0', '\0'};
    const char *stops[1] = {middle};
    if ((unsigned char)middle[0] < 128 && (unsigned char)middle[1] < 128) {
        options.stop = stops;
        options.stop_count = 1;
        memset(&text, 0, sizeof text);
        OK(moesaic_session_generate(session, PROMPT, strlen(PROMPT), &options, collect, &text, &result));
        CHECK(result.finish_reason == MOESAIC_FINISH_STOP);
        CHECK(text.length == (size_t)(strstr(whole.data, middle) - whole.data));
        options.stop_count = 0;
    }

    /* The seed repeats a text. */
    static struct text first, second;
    OK(moesaic_session_reset(session));
    sampling.temperature = 2;
    OK(moesaic_session_generate(session, PROMPT, strlen(PROMPT), &options, collect, &first, &result));
    OK(moesaic_session_reset(session));
    sampling.has_seed = 1;
    sampling.seed = result.seed;
    OK(moesaic_session_generate(session, PROMPT, strlen(PROMPT), &options, collect, &second, &result));
    CHECK(strcmp(first.data, second.data) == 0);

    /* The callback, a signal and a thread stop it; the session goes on afterwards. */
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    to_cancel = session;
    int (*stoppers[3])(void *) = {stop, raise_signal, start_thread};
    for (int i = 0; i < 3; i++) {
        OK(moesaic_session_reset(session));
        memset(&text, 0, sizeof text);
        text.after = 5;
        text.then = stoppers[i];
        text.argument = session;
        result = generate(session, PROMPT, MOESAIC_UNLIMITED, &text);
        CHECK(result.finish_reason == MOESAIC_FINISH_CANCELLED && result.generated_tokens < 60);
        /* What follows the mark can only be the half of a character that was there when it was stopped. */
        CHECK(text.length < whole.length && memcmp(text.data, whole.data, text.mark) == 0);
        text.then = NULL;
        result = generate(session, "", 5, &text);
        CHECK(result.finish_reason == MOESAIC_FINISH_LENGTH && result.generated_tokens == 5);
    }

    /* Raised before, it stops the next call, and only that. */
    OK(moesaic_session_reset(session));
    moesaic_session_cancel(session);
    STATUS(MOESAIC_ERROR_CANCELLED, moesaic_session_forward(session, tokens, count, MOESAIC_LOGITS_NONE, NULL, 0));
    CHECK(length_of(session) == 0);
    OK(moesaic_session_forward(session, tokens, count, MOESAIC_LOGITS_NONE, NULL, 0));

    OK(moesaic_session_reset(session));
    memset(&text, 0, sizeof text);
    text.after = 1;
    text.then = use_busy_session;
    text.argument = session;
    generate(session, PROMPT, 10, &text);

    /* Until the context is full; then nothing fits. */
    text.then = NULL;
    result = generate(session, "", MOESAIC_UNLIMITED, &text);
    if (result.finish_reason != MOESAIC_FINISH_END) {
        CHECK(result.finish_reason == MOESAIC_FINISH_CONTEXT_FULL && length_of(session) == 256);
        STATUS(MOESAIC_ERROR_INPUT, moesaic_session_generate(session, PROMPT, strlen(PROMPT), NULL, NULL, NULL, &result));
        CHECK(result.finish_reason == MOESAIC_FINISH_NONE);
    }
    moesaic_session_close(session);
    moesaic_model_close(model);
}

static void *fail_in_thread(void *argument) {
    CHECK(strcmp(moesaic_last_error(), "") == 0);
    CHECK(moesaic_model_open("/elsewhere", NULL, argument) == MOESAIC_ERROR_IO);
    CHECK(strstr(moesaic_last_error(), "/elsewhere") != NULL);
    return NULL;
}

static void test_errors_belong_to_threads(void) {
    moesaic_model *model = NULL, *other = NULL;
    STATUS(MOESAIC_ERROR_IO, moesaic_model_open("/here", NULL, &model));
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, fail_in_thread, &other) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(strstr(moesaic_last_error(), "/here") != NULL);
}

struct worker {
    pthread_t thread;
    const moesaic_model *model;
    struct text text;
};

/* Counts no checks: those are the main thread's. */
static void *work(void *data) {
    struct worker *worker = data;
    moesaic_session *session = NULL;
    moesaic_sampling_options sampling;
    moesaic_generate_options options;
    if (moesaic_session_open(worker->model, NULL, &session) != MOESAIC_OK ||
        moesaic_sampling_options_init(&sampling, sizeof sampling) != MOESAIC_OK ||
        moesaic_generate_options_init(&options, sizeof options) != MOESAIC_OK) {
        return NULL;
    }
    sampling.temperature = 0;
    options.sampling = &sampling;
    options.max_tokens = 40;
    if (moesaic_session_generate(session, PROMPT, strlen(PROMPT), &options, collect, &worker->text, NULL) != MOESAIC_OK) {
        worker->text.length = 0;
    }
    moesaic_session_close(session);
    return NULL;
}

/* The same text from as many threads, each with a session of its own, spread over these models. */
static void run_workers(moesaic_model **models, size_t model_count, size_t count) {
    static struct worker workers[8], alone;
    memset(workers, 0, sizeof workers);
    memset(&alone, 0, sizeof alone);
    alone.model = models[0];
    work(&alone);
    CHECK(alone.text.length > 0);
    for (size_t i = 0; i < count; i++) {
        workers[i].model = models[i % model_count];
        CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    }
    for (size_t i = 0; i < count; i++) {
        CHECK(pthread_join(workers[i].thread, NULL) == 0);
        CHECK(strcmp(workers[i].text.data, alone.text.data) == 0);
    }
}

static void test_threads(void) {
    size_t before = thread_count();
    for (size_t threads = 1; threads <= 3; threads += 2) {
        moesaic_model *model = open_model(threads);
        run_workers(&model, 1, 8);
        moesaic_model_close(model);
    }
    moesaic_model *models[2] = {open_model(1), open_model(3)};
    CHECK(before == 0 || thread_count() == before + 2);
    run_workers(models, 2, 2);
    moesaic_model_close(models[0]);
    moesaic_session *last = open_session(models[1]);
    moesaic_model_close(models[1]);
    static struct text text;
    memset(&text, 0, sizeof text);
    generate(last, PROMPT, 5, &text);
    moesaic_session_close(last);
    CHECK(threads_settled(before) == before);
}

static int check_all(void) {
    test_version();
    test_damaged_files();
    test_out_of_memory();
    test_arguments();
    test_text();
    test_forward();
    test_keep_prefix();
    test_save();
    test_experts();
    test_chat();
    test_memory();
    test_progress();
    test_generate();
    test_errors_belong_to_threads();
    test_threads();
    /* A defect of the library cannot be brought about from here: a test in Rust has that one. */
    for (int status = 0; status <= MOESAIC_ERROR_BUSY; status++) {
        if (strcmp(moesaic_status_name(status), "unknown status") != 0 && status != MOESAIC_ERROR_INTERNAL && !reached[status]) {
            printf("not reached: %s\n", moesaic_status_name(status));
            if (status != MOESAIC_ERROR_OUT_OF_MEMORY) {
                return 1;
            }
        }
    }
    printf("%d checks of the C interface passed\n", atomic_load(&checks));
    return 0;
}

static int write_logits(int argc, char **argv) {
    moesaic_model_options options;
    OK(moesaic_model_options_init(&options, sizeof options));
    options.arithmetic = MOESAIC_ARITHMETIC_FLOAT32;
    moesaic_model *model = NULL;
    OK(moesaic_model_open(argv[2], &options, &model));
    moesaic_model_info info = {.size = sizeof info};
    OK(moesaic_model_get_info(model, &info));
    moesaic_session *session = open_session(model);
    size_t count = (size_t)(argc - 4);
    uint32_t *tokens = malloc(count * sizeof *tokens);
    float *logits = malloc(count * info.vocabulary_size * sizeof *logits);
    CHECK(tokens != NULL && logits != NULL);
    for (size_t i = 0; i < count; i++) {
        tokens[i] = (uint32_t)strtoul(argv[4 + i], NULL, 10);
    }
    OK(moesaic_session_forward(session, tokens, count, MOESAIC_LOGITS_ALL, logits, count * info.vocabulary_size));
    FILE *file = fopen(argv[3], "wb");
    CHECK(file != NULL);
    CHECK(fwrite(logits, sizeof *logits, count * info.vocabulary_size, file) == count * info.vocabulary_size);
    CHECK(fclose(file) == 0);
    free(tokens);
    free(logits);
    moesaic_session_close(session);
    moesaic_model_close(model);
    return 0;
}

static int open_stories(void) {
    int present = -1;
    OK(moesaic_has_feature("stories", &present));
    moesaic_model *model = NULL;
    if (!present) {
        STATUS(MOESAIC_ERROR_UNSUPPORTED, moesaic_model_open_stories(NULL, &model));
        return 0;
    }
    moesaic_model_options options;
    OK(moesaic_model_options_init(&options, sizeof options));
    options.access = MOESAIC_ACCESS_READ; /* it lies in the program all the same */
    OK(moesaic_model_open_stories(&options, &model));
    moesaic_memory memory = {.size = sizeof memory};
    OK(moesaic_model_get_memory(model, 512, &memory));
    CHECK(memory.weights == memory.weights_mapped && memory.weights < 8000000);

    /* Every token but the last runs, and tells its experts. */
    moesaic_session *session = open_session(model);
    moesaic_sampling_options sampling;
    moesaic_generate_options generating = greedy(&sampling, 6);
    struct experts seen = {0, 0, 0};
    static struct text text;
    generating.experts = see_experts;
    generating.experts_data = &seen;
    moesaic_generate_result result = {.size = sizeof result};
    OK(moesaic_session_generate(session, "Once upon a time", MOESAIC_ZERO_TERMINATED, &generating, collect, &text,
                                &result));
    CHECK(seen.calls > 6 && seen.tokens == length_of(session) - 1);
    seen.stop_after = seen.calls + 3;
    seen.tokens = length_of(session) - 1;
    OK(moesaic_session_generate(session, "", 0, &generating, collect, &text, &result));
    CHECK(result.finish_reason == MOESAIC_FINISH_CANCELLED && result.generated_tokens == 0);
    moesaic_session_close(session);
    moesaic_model_close(model);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "check") == 0) {
        fixtures = argv[2];
        scratch = argv[3];
        return check_all();
    }
    if (argc > 4 && strcmp(argv[1], "logits") == 0) {
        return write_logits(argc, argv);
    }
    if (argc == 3 && strcmp(argv[1], "open") == 0) {
        moesaic_model *model = NULL;
        CHECK(moesaic_model_open(argv[2], NULL, &model) != MOESAIC_OK);
        puts(moesaic_last_error());
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "stories") == 0) {
        return open_stories();
    }
    fprintf(stderr, "usage: test check FIXTURES SCRATCH | logits MODEL OUT TOKEN... | open PATH | stories\n");
    return 2;
}
