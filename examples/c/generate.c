/* Continues a text: with the model in the box, or with one from a file. Ctrl-C ends the text, and not the program.
 *
 *     generate PROMPT [MODEL [TOKENS [SEED]]]        MODEL - is the model in the box; SEED greedy needs none
 */
#include <moesaic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static moesaic_session *session;

static void interrupt(int signal_number) {
    (void)signal_number;
    moesaic_session_cancel(session); /* one of the few things that a signal handler may do */
}

static int print(const char *text, size_t length, void *data) {
    (void)data;
    fwrite(text, 1, length, stdout);
    fflush(stdout);
    return ferror(stdout); /* nobody reads any more: no need to go on */
}

static int fail(const char *what) {
    fprintf(stderr, "generate: %s: %s\n", what, moesaic_last_error());
    return EXIT_FAILURE;
}

int main(int argc, char **argv) {
    if (argc < 2 || argc > 5) {
        fprintf(stderr, "usage: generate PROMPT [MODEL [TOKENS [SEED]]]\n");
        return 2;
    }
    moesaic_model *model;
    moesaic_status status = argc < 3 || strcmp(argv[2], "-") == 0
                                ? moesaic_model_open_stories(NULL, &model)
                                : moesaic_model_open(argv[2], NULL, &model);
    if (status != MOESAIC_OK) {
        return fail("cannot open the model");
    }
    if (moesaic_session_open(model, NULL, &session) != MOESAIC_OK) {
        moesaic_model_close(model);
        return fail("cannot start a session");
    }
    signal(SIGINT, interrupt);

    moesaic_sampling_options sampling;
    moesaic_sampling_options_init(&sampling, sizeof sampling);
    if (argc > 4 && strcmp(argv[4], "greedy") == 0) {
        sampling.temperature = 0;
    } else if (argc > 4) {
        sampling.has_seed = 1;
        sampling.seed = strtoull(argv[4], NULL, 10);
    }
    moesaic_generate_options options;
    moesaic_generate_options_init(&options, sizeof options);
    options.sampling = &sampling;
    options.max_tokens = argc > 3 ? strtoul(argv[3], NULL, 10) : 200;
    options.parse_special = 1; /* whoever types the command line may */

    moesaic_generate_result result = {.size = sizeof result};
    status = moesaic_session_generate(session, argv[1], MOESAIC_ZERO_TERMINATED, &options, print, NULL, &result);
    int code = EXIT_SUCCESS;
    if (status == MOESAIC_OK) {
        fprintf(stderr, "\n%zu tokens in %.2f s, seed %llu\n", result.generated_tokens, result.decode_seconds,
                (unsigned long long)result.seed);
    } else {
        code = fail("cannot generate");
    }
    moesaic_session_close(session);
    moesaic_model_close(model);
    return code;
}
