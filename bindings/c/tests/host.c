/* A host that loads the library when it runs, as a plug-in does: two copies of it in two threads, with two models and
 * numbers of threads, again and again. Unloading leaves no thread behind.
 *
 *     host LIBRARY COPY MODEL MODEL
 */
#define _POSIX_C_SOURCE 200809L
#include <dlfcn.h>
#include <moesaic.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "threads.h"

#define CHECK(condition)                                                     \
    do {                                                                     \
        if (!(condition)) {                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);  \
            exit(1);                                                         \
        }                                                                    \
    } while (0)

enum { ROUNDS = 5, TOKENS = 12 };

struct guest {
    const char *library;
    const char *model;
    size_t threads;
    pthread_t thread;
    /* Of the first round; later ones give the same. */
    float *logits;
    size_t length;
};

static pthread_barrier_t at_work;

static void *function(void *library, const char *name) {
    void *found = dlsym(library, name);
    CHECK(found != NULL);
    return found;
}

/* ISO C has no conversion from what dlsym gives to a function, POSIX has. */
#define LOAD(library, name) (*(void **)&(name) = function(library, "moesaic_" #name))

static void *run(void *data) {
    struct guest *guest = data;
    void *library = dlopen(guest->library, RTLD_NOW | RTLD_LOCAL);
    CHECK(library != NULL);
    moesaic_status (*model_options_init)(moesaic_model_options *, size_t);
    moesaic_status (*model_open)(const char *, const moesaic_model_options *, moesaic_model **);
    moesaic_status (*model_get_info)(const moesaic_model *, moesaic_model_info *);
    moesaic_status (*session_open)(const moesaic_model *, const moesaic_session_options *, moesaic_session **);
    moesaic_status (*session_forward)(moesaic_session *, const uint32_t *, size_t, uint32_t, float *, size_t);
    void (*session_close)(moesaic_session *);
    void (*model_close)(moesaic_model *);
    LOAD(library, model_options_init);
    LOAD(library, model_open);
    LOAD(library, model_get_info);
    LOAD(library, session_open);
    LOAD(library, session_forward);
    LOAD(library, session_close);
    LOAD(library, model_close);

    moesaic_model_options options;
    CHECK(model_options_init(&options, sizeof options) == MOESAIC_OK);
    options.threads = guest->threads;
    moesaic_model *model = NULL;
    CHECK(model_open(guest->model, &options, &model) == MOESAIC_OK);
    moesaic_model_info info = {.size = sizeof info};
    CHECK(model_get_info(model, &info) == MOESAIC_OK && info.threads == guest->threads);
    moesaic_session *session = NULL;
    CHECK(session_open(model, NULL, &session) == MOESAIC_OK);
    uint32_t tokens[TOKENS];
    for (uint32_t i = 0; i < TOKENS; i++) {
        tokens[i] = i * 7 % 90;
    }
    size_t length = TOKENS * info.vocabulary_size;
    float *logits = malloc(length * sizeof *logits);
    CHECK(logits != NULL);
    CHECK(session_forward(session, tokens, TOKENS, MOESAIC_LOGITS_ALL, logits, length) == MOESAIC_OK);
    if (guest->logits == NULL) {
        guest->logits = logits;
        guest->length = length;
    } else {
        CHECK(guest->length == length && memcmp(guest->logits, logits, length * sizeof *logits) == 0);
        free(logits);
    }
    /* Both have all their threads now; the host counts them and lets go. */
    pthread_barrier_wait(&at_work);
    pthread_barrier_wait(&at_work);
    session_close(session);
    model_close(model);
    CHECK(dlclose(library) == 0);
    return NULL;
}

int main(int argc, char **argv) {
    CHECK(argc == 5);
    struct guest guests[2] = {{argv[1], argv[3], 2, pthread_self(), NULL, 0},
                              {argv[2], argv[4], 4, pthread_self(), NULL, 0}};
    CHECK(pthread_barrier_init(&at_work, NULL, 3) == 0);
    size_t before = thread_count();
    CHECK(before != 0);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 2; i++) {
            CHECK(pthread_create(&guests[i].thread, NULL, run, &guests[i]) == 0);
        }
        pthread_barrier_wait(&at_work);
        /* The two that called, one that helps the first, three that help the second. */
        CHECK(thread_count() == before + 2 + 1 + 3);
        pthread_barrier_wait(&at_work);
        for (int i = 0; i < 2; i++) {
            CHECK(pthread_join(guests[i].thread, NULL) == 0);
        }
        CHECK(threads_settled(before) == before);
    }
    free(guests[0].logits);
    free(guests[1].logits);
    pthread_barrier_destroy(&at_work);
    puts("the host passed");
    return 0;
}
