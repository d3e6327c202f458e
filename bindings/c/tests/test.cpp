// What the C++ classes add to the C interface: exceptions both ways, moving, defaults that are the library's.
//
//     test-cpp MODEL MIXTURE SCRATCH
#include <cstdio>
#include <cstdlib>
#include <moesaic.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#define CHECK(condition)                                                     \
    do {                                                                     \
        if (!(condition)) {                                                  \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            std::exit(1);                                                    \
        }                                                                    \
    } while (0)

template <typename Function>
static moesaic_status status_of(Function &&function) {
    try {
        function();
    } catch (const moesaic::Error &error) {
        CHECK(std::string(error.what()).size() > 5);
        return error.status();
    }
    return MOESAIC_OK;
}

static void defaults_are_the_librarys() {
    moesaic_sampling_options sampling;
    CHECK(moesaic_sampling_options_init(&sampling, sizeof sampling) == MOESAIC_OK);
    moesaic::SamplingOptions ours;
    CHECK(ours.temperature == sampling.temperature && ours.top_k == sampling.top_k && ours.top_p == sampling.top_p &&
          ours.min_p == sampling.min_p && ours.repetition_penalty == sampling.repetition_penalty &&
          ours.repetition_window == sampling.repetition_window && sampling.has_seed == 0);
    moesaic_model_options model;
    CHECK(moesaic_model_options_init(&model, sizeof model) == MOESAIC_OK);
    moesaic::ModelOptions opening;
    CHECK(opening.threads == model.threads && opening.access == model.access &&
          opening.arithmetic == model.arithmetic && opening.instruction_set == model.instruction_set && opening.cache == model.cache);
}

int main(int argc, char **argv) {
    CHECK(argc == 4);
    const std::string path = argv[1], moe = argv[2], scratch = argv[3];
    defaults_are_the_librarys();
    CHECK(!moesaic::version().empty() && moesaic::has_feature("scalar"));
    CHECK(status_of([] { moesaic::Model model("/nowhere"); }) == MOESAIC_ERROR_IO);

    int steps = 0;
    moesaic::ModelOptions opening;
    opening.threads = 1;
    opening.cache = MOESAIC_CACHE_F16;
    opening.progress = [&](std::uint64_t done, std::uint64_t total) { return done <= total && ++steps > 0; };
    moesaic::Model first(path, opening);
    CHECK(steps >= 2);
    opening.progress = [](std::uint64_t, std::uint64_t) -> bool { throw std::runtime_error("no"); };
    try {
        moesaic::Model model(path, opening);
        CHECK(false);
    } catch (const std::runtime_error &error) {
        CHECK(std::string(error.what()) == "no");
    }

    moesaic::Model model = std::move(first);
    auto tokens = model.tokenize("the cat and \xf0\x9f\x90\xb1");
    CHECK(model.detokenize(tokens) == "the cat and \xf0\x9f\x90\xb1" && model.detokenize({}).empty());
    CHECK(!model.token_bytes(tokens[0]).empty() && !model.is_end(tokens[0]));
    CHECK(status_of([&] { model.tokenize("\xff"); }) == MOESAIC_ERROR_ARGUMENT);
    CHECK(model.memory(16).cache > 0);

    moesaic::Session session(model);
    model = moesaic::Model(path); // the session keeps the old one
    moesaic::GenerateOptions options;
    options.sampling = moesaic::SamplingOptions::greedy();
    options.max_tokens = 30;
    const std::string whole = session.generate_all("the cat and the hat", options);
    CHECK(!whole.empty() && session.tokens().size() == session.info().length);

    session.reset();
    std::string text;
    auto result = session.generate_from(
        model.tokenize("the cat and the hat"), [&](std::string_view piece) { text += piece; }, options);
    CHECK(text == whole && result.generated_tokens == 30 && result.finish_reason == MOESAIC_FINISH_LENGTH);
    CHECK(result.drafted_tokens == 0 && result.accepted_tokens == 0);

    // Guesses, by the text so far and by a model, change no text.
    for (const moesaic::Model *draft : {static_cast<const moesaic::Model *>(nullptr), &std::as_const(model)}) {
        // A fresh one, which has not learned yet what guesses cost.
        moesaic::Session fresh(model);
        moesaic::GenerateOptions guessing = options;
        guessing.prompt_lookup = true;
        guessing.draft_model = draft;
        std::string guessed;
        result = fresh.generate_from(
            model.tokenize("the cat and the hat"), [&](std::string_view piece) { guessed += piece; }, guessing);
        CHECK(guessed == whole && result.accepted_tokens <= result.drafted_tokens);
        CHECK(draft == nullptr || result.accepted_tokens > 0);
    }

    session.reset();
    result = session.generate("the cat and the hat", [](std::string_view) { return false; }, options);
    CHECK(result.finish_reason == MOESAIC_FINISH_CANCELLED);
    session.reset();
    try {
        session.generate("the cat and the hat", [](std::string_view) { throw std::logic_error("enough"); }, options);
        CHECK(false);
    } catch (const std::logic_error &error) {
        CHECK(std::string(error.what()) == "enough");
    }
    session.reset();
    result = session.generate(
        "the cat and the hat", [&](std::string_view) { std::thread([&] { session.cancel(); }).join(); }, options);
    CHECK(result.finish_reason == MOESAIC_FINISH_CANCELLED);
    options.stop = {"", "x"};
    CHECK(status_of([&] { session.generate_all("x", options); }) == MOESAIC_ERROR_INPUT);

    session.reset();
    auto all = session.forward(tokens);
    session.truncate(0);
    CHECK(session.forward(tokens, MOESAIC_LOGITS_NONE).empty());
    session.truncate(tokens.size() - 1);
    auto last = session.forward({tokens.back()}, MOESAIC_LOGITS_LAST);
    CHECK(all.size() == last.size() * tokens.size() && last.size() == model.info().vocabulary_size);
    CHECK(status_of([&] { session.forward({}); }) == MOESAIC_ERROR_INPUT);

    // Saved, forked: what goes on is the same.
    session.reset();
    CHECK(!moesaic::Session(model).next_seed());
    options.stop.clear();
    options.sampling.temperature = 1.5f;
    options.sampling.seed = 3;
    options.max_tokens = 8;
    session.generate_all("the cat", options);
    const std::string saved = scratch + "/cpp.session";
    session.save(saved);
    moesaic::Session restored = moesaic::Session::restore(model, saved);
    moesaic::Session fork = session.fork();
    options.sampling.seed = session.next_seed();
    CHECK(options.sampling.seed && fork.next_seed() == options.sampling.seed);
    const std::string on = session.generate_all("", options);
    CHECK(restored.generate_all("", options) == on && fork.generate_all("", options) == on);
    CHECK(moesaic::Session::restore(model, saved, 200).info().context == 200);
    CHECK(status_of([&] { moesaic::Session::restore(model, saved, 3); }) == MOESAIC_ERROR_INPUT);
    CHECK(status_of([&] { session.save("/nowhere/x"); }) == MOESAIC_ERROR_IO);
    auto held = session.tokens();
    held.back() ^= 1;
    CHECK(session.keep_prefix(held) == held.size() - 1);

    // Conversations.
    std::vector<moesaic::Message> messages = {{"user", "why?"}, {"assistant", std::nullopt, "{\"content\": \"because\"}"}};
    const std::string prompt = model.chat_prompt(messages);
    CHECK(prompt == "<|im_start|>user\nwhy?<|im_end|>\n<|im_start|>assistant\nbecause<|im_end|>\n<|im_start|>assistant\n");
    messages = {{"user", "", "{\"content\": \"" + std::string(9000, 'x') + "\"}"}};
    moesaic::ChatOptions chat;
    chat.add_generation_prompt = false;
    CHECK(model.chat_prompt(messages, chat).size() > 9000);
    chat.template_name = "rag";
    CHECK(status_of([&] { model.chat_prompt(messages, chat); }) == MOESAIC_ERROR_INPUT);

    // Experts.
    moesaic::Model mixture(moe);
    moesaic::Session routed(mixture);
    std::size_t told = 0;
    auto rows = routed.forward({1, 2, 3}, MOESAIC_LOGITS_LAST, [&](const moesaic::ChosenExperts &chosen) {
        CHECK(chosen.token_count == 3 && chosen.position == 0);
        return ++told > 0;
    });
    CHECK(told > 1 && rows.size() == mixture.info().vocabulary_size);
    CHECK(status_of([&] { routed.forward({1}, MOESAIC_LOGITS_LAST, [](const auto &) { return false; }); }) ==
          MOESAIC_ERROR_CANCELLED);
    try {
        routed.forward({1}, MOESAIC_LOGITS_LAST, [](const auto &) -> bool { throw std::logic_error("seen"); });
        CHECK(false);
    } catch (const std::logic_error &error) {
        CHECK(std::string(error.what()) == "seen");
    }
    CHECK(routed.tokens().size() == 3);
    std::puts("the C++ classes passed");
    return 0;
}
