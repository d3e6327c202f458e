// moesaic.hpp - classes for C++17 over moesaic.h; header only, nothing else to link.
//
//     moesaic::Model model("model.gguf");                    // or moesaic::Model::stories()
//     moesaic::Session session(model);
//     session.generate("Once upon a time", [](std::string_view piece) { std::cout << piece; });
//
// Promises. Everything is freed by destructors. A failure throws moesaic::Error, which carries the status and the
// message; nothing else throws but std::bad_alloc and what the caller's own callbacks throw: an exception in a callback
// ends the call and arrives where the call was made. Objects move and do not copy; one that was moved from may only be
// destroyed or assigned to.
//
// Threads. As moesaic.h says: a Model may be used by several threads at once, a Session by one at a time, and
// Session::cancel by any.

#ifndef MOESAIC_HPP
#define MOESAIC_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "moesaic.h"

namespace moesaic {

// What failed, where, and what to do about it.
class Error : public std::runtime_error {
public:
    Error(moesaic_status status, const char *message) : std::runtime_error(message), status_(status) {}

    moesaic_status status() const noexcept { return status_; }

private:
    moesaic_status status_;
};

namespace detail {

inline void check(moesaic_status status) {
    if (status != MOESAIC_OK) {
        throw Error(status, moesaic_last_error());
    }
}

// Calls a function of the caller's from C: keeps its exception for after the call.
template <typename Function>
int guarded(std::exception_ptr &thrown, Function &&function) noexcept {
    try {
        return function() ? 0 : 1;
    } catch (...) {
        thrown = std::current_exception();
        return 1;
    }
}

inline void rethrow(const std::exception_ptr &thrown) {
    if (thrown) {
        std::rethrow_exception(thrown);
    }
}

// A progress callback and the exception that it may throw.
struct Progress {
    std::function<bool(std::uint64_t, std::uint64_t)> function;
    std::exception_ptr thrown;

    static int call(std::uint64_t done, std::uint64_t total, void *data) noexcept {
        auto *self = static_cast<Progress *>(data);
        return guarded(self->thrown, [&] { return self->function(done, total); });
    }
};

// NULL for no text.
inline const char *or_null(const std::string &text) { return text.empty() ? nullptr : text.c_str(); }

}  // namespace detail

// How to open a model: the fields of moesaic_model_options with their defaults, and a progress function that returns
// whether to go on.
struct ModelOptions {
    std::size_t threads = 0;
    moesaic_access access = MOESAIC_ACCESS_MAP;
    moesaic_arithmetic arithmetic = MOESAIC_ARITHMETIC_INT8;
    moesaic_instruction_set instruction_set = MOESAIC_INSTRUCTIONS_BEST;
    moesaic_cache cache = MOESAIC_CACHE_DEFAULT;
    std::function<bool(std::uint64_t done, std::uint64_t total)> progress;
};

// How the next token is chosen: the fields of moesaic_sampling_options with their defaults.
struct SamplingOptions {
    float temperature = 0.8f;
    std::size_t top_k = 40;
    float top_p = 0.95f;
    float min_p = 0.05f;
    float repetition_penalty = 1.0f;
    std::size_t repetition_window = 64;
    std::optional<std::uint64_t> seed;

    // Always the most probable token.
    static SamplingOptions greedy() {
        SamplingOptions options;
        options.temperature = 0.0f;
        return options;
    }
};

// The experts that work in one layer on some tokens; what it points to holds during the call that it is given to.
using ChosenExperts = moesaic_chosen_experts;

// Told which experts work; returns whether to go on.
using ExpertFunction = std::function<bool(const ChosenExperts &)>;

class Model;

// How to generate text: the fields of moesaic_generate_options with their defaults.
struct GenerateOptions {
    SamplingOptions sampling;
    std::optional<std::size_t> max_tokens;
    std::vector<std::string> stop;
    bool parse_special = false;
    std::function<bool(std::uint64_t done, std::uint64_t total)> progress;
    ExpertFunction experts;
    // Guesses, and checks several tokens at once; the text stays the same. The model must outlive the generation.
    bool prompt_lookup = false;
    const Model *draft_model = nullptr;
};

// A message of a conversation. `more`: whatever else a template may read, as a JSON object; "" if there is nothing.
struct Message {
    std::string role;
    std::optional<std::string> content;
    std::string more;

    Message(std::string role, std::optional<std::string> content, std::string more = {})
        : role(std::move(role)), content(std::move(content)), more(std::move(more)) {}
};

// How to render a conversation: the fields of moesaic_chat_options with their defaults; tools, documents and variables
// are JSON, "" where there are none.
struct ChatOptions {
    bool add_generation_prompt = true;
    std::string template_name;
    std::string tools;
    std::string documents;
    std::string variables;
};

namespace detail {

// An expert callback and the exception that it may throw.
struct Experts {
    ExpertFunction function;
    std::exception_ptr thrown;

    static int call(const ChosenExperts *chosen, void *data) noexcept {
        auto *self = static_cast<Experts *>(data);
        return guarded(self->thrown, [&] { return self->function(*chosen); });
    }
};

}  // namespace detail

// What a generation has done.
using GenerateResult = moesaic_generate_result;

// The version of the library that runs.
inline std::string version() { return moesaic_version(); }

// Whether the library that runs has a feature; see moesaic_has_feature().
inline bool has_feature(const std::string &name) {
    int present = 0;
    detail::check(moesaic_has_feature(name.c_str(), &present));
    return present != 0;
}

// An open model.
class Model {
public:
    // Opens a .gguf file or a Hugging Face folder.
    explicit Model(const std::string &path, const ModelOptions &options = {})
        : Model(options, [&](const moesaic_model_options *raw, moesaic_model **model) {
              return moesaic_model_open(path.c_str(), raw, model);
          }) {}

    // Opens the model in the box.
    static Model stories(const ModelOptions &options = {}) { return Model(options, moesaic_model_open_stories); }

    // What the model is. Its strings hold as long as the model.
    moesaic_model_info info() const {
        moesaic_model_info info{};
        info.size = sizeof info;
        detail::check(moesaic_model_get_info(handle_.get(), &info));
        return info;
    }

    // The memory that it takes, and that a session of this context would take.
    moesaic_memory memory(std::size_t context) const {
        moesaic_memory memory{};
        memory.size = sizeof memory;
        detail::check(moesaic_model_get_memory(handle_.get(), context, &memory));
        return memory;
    }

    std::vector<std::uint32_t> tokenize(std::string_view text, bool add_special = true,
                                        bool parse_special = false) const {
        // There are rarely more tokens than bytes, so that one call does.
        std::vector<std::uint32_t> tokens(text.size() + 4);
        for (;;) {
            std::size_t count = 0;
            moesaic_status status = moesaic_tokenize(handle_.get(), text.data(), text.size(), add_special,
                                                     parse_special, tokens.data(), tokens.size(), &count);
            if (status != MOESAIC_ERROR_BUFFER_TOO_SMALL) {
                detail::check(status);
            }
            tokens.resize(count);
            if (status == MOESAIC_OK) {
                return tokens;
            }
        }
    }

    std::string detokenize(const std::vector<std::uint32_t> &tokens, bool show_special = false) const {
        std::size_t length = 0;
        detail::check(moesaic_detokenize(handle_.get(), tokens.data(), tokens.size(), show_special, nullptr, 0,
                                         &length));
        std::string text(length, '\0');
        // A string has room for the zero byte, which is there already.
        detail::check(moesaic_detokenize(handle_.get(), tokens.data(), tokens.size(), show_special, text.data(),
                                         text.size() + 1, &length));
        return text;
    }

    // The bytes that one token stands for; perhaps a part of a character.
    std::string token_bytes(std::uint32_t token, bool show_special = false) const {
        std::size_t length = 0;
        detail::check(moesaic_token_bytes(handle_.get(), token, show_special, nullptr, 0, &length));
        std::string bytes(length, '\0');
        detail::check(
            moesaic_token_bytes(handle_.get(), token, show_special, bytes.data(), bytes.size(), &length));
        return bytes;
    }

    // Whether the model ends its text with this token.
    bool is_end(std::uint32_t token) const {
        int answer = 0;
        detail::check(moesaic_token_is_end(handle_.get(), token, &answer));
        return answer != 0;
    }

    // The text of a conversation, by the chat template in the model's files; the tokens of it are
    // tokenize(text, false, true).
    std::string chat_prompt(const std::vector<Message> &messages, const ChatOptions &options = {}) const {
        std::vector<moesaic_message> raw;
        for (const Message &message : messages) {
            raw.push_back({message.role.c_str(), message.content ? message.content->c_str() : nullptr,
                           detail::or_null(message.more)});
        }
        moesaic_chat_options chat;
        detail::check(moesaic_chat_options_init(&chat, sizeof chat));
        chat.add_generation_prompt = options.add_generation_prompt;
        chat.template_name = detail::or_null(options.template_name);
        chat.tools = detail::or_null(options.tools);
        chat.documents = detail::or_null(options.documents);
        chat.variables = detail::or_null(options.variables);
        // Room for what most templates put around the messages, so that one call does.
        std::size_t length = 1024;
        for (const Message &message : messages) {
            length += 2 * (message.content ? message.content->size() : 0) + message.more.size() + 256;
        }
        for (;;) {
            std::string text(length, '\0');
            moesaic_status status = moesaic_chat_prompt(handle_.get(), raw.data(), raw.size(), &chat, text.data(),
                                                        text.size() + 1, &length);
            if (status != MOESAIC_ERROR_BUFFER_TOO_SMALL) {
                detail::check(status);
                text.resize(length);
                return text;
            }
        }
    }

    // For functions of moesaic.h; the model keeps it.
    moesaic_model *handle() const noexcept { return handle_.get(); }

private:
    template <typename Open>
    Model(const ModelOptions &options, Open &&open) {
        detail::Progress progress{options.progress, nullptr};
        moesaic_model_options raw;
        detail::check(moesaic_model_options_init(&raw, sizeof raw));
        raw.threads = options.threads;
        raw.access = options.access;
        raw.arithmetic = options.arithmetic;
        raw.instruction_set = options.instruction_set;
        raw.cache = options.cache;
        if (progress.function) {
            raw.progress = detail::Progress::call;
            raw.progress_data = &progress;
        }
        moesaic_model *model = nullptr;
        moesaic_status status = open(&raw, &model);
        detail::rethrow(progress.thrown);
        detail::check(status);
        handle_.reset(model);
    }

    struct Close {
        void operator()(moesaic_model *model) const noexcept { moesaic_model_close(model); }
    };
    std::unique_ptr<moesaic_model, Close> handle_;
};

// A sequence of tokens and its cache. It may outlive its model.
class Session {
public:
    // `context`: how many tokens it holds; 0: the default of moesaic_session_options.
    explicit Session(const Model &model, std::size_t context = 0)
        : Session(model.info().vocabulary_size, context, [&](auto... rest) {
              return moesaic_session_open(model.handle(), rest...);
          }) {}

    // The session that save() wrote to a file, which goes on as the saved one would. `context` 0: that one's.
    static Session restore(const Model &model, const std::string &path, std::size_t context = 0) {
        return Session(model.info().vocabulary_size, context, [&](auto... rest) {
            return moesaic_session_restore(model.handle(), path.c_str(), rest...);
        });
    }

    // Writes the session to a file, which appears under its name when it is whole.
    void save(const std::string &path) const { detail::check(moesaic_session_save(handle_.get(), path.c_str())); }

    // A copy that goes on by itself. Not what copying does, since it may take gigabytes.
    Session fork() const {
        return Session(vocabulary_size_, 0, [&](const moesaic_session_options *, moesaic_session **session) {
            return moesaic_session_fork(handle_.get(), session);
        });
    }

    // Generates the text that follows a prompt. `callback` takes a std::string_view of each piece, and returns nothing
    // or whether to go on.
    template <typename Callback>
    GenerateResult generate(std::string_view prompt, Callback &&callback, const GenerateOptions &options = {}) {
        return generate_with(callback, options, [&](auto... rest) {
            return moesaic_session_generate(handle_.get(), prompt.data(), prompt.size(), rest...);
        });
    }

    // The same from a prompt that is tokens already.
    template <typename Callback>
    GenerateResult generate_from(const std::vector<std::uint32_t> &prompt, Callback &&callback,
                                 const GenerateOptions &options = {}) {
        return generate_with(callback, options, [&](auto... rest) {
            return moesaic_session_generate_from(handle_.get(), prompt.data(), prompt.size(), rest...);
        });
    }

    // The whole text at once.
    std::string generate_all(std::string_view prompt, const GenerateOptions &options = {}) {
        std::string text;
        generate(prompt, [&](std::string_view piece) { text += piece; }, options);
        return text;
    }

    // Appends tokens; the logits asked for, row after row of vocabulary_size. `experts` is told which experts work.
    std::vector<float> forward(const std::vector<std::uint32_t> &tokens,
                               moesaic_logits which = MOESAIC_LOGITS_ALL, const ExpertFunction &experts = {}) {
        std::size_t rows = which == MOESAIC_LOGITS_ALL ? tokens.size() : which == MOESAIC_LOGITS_LAST ? 1 : 0;
        std::vector<float> logits(rows * vocabulary_size_);
        detail::Experts watch{experts, nullptr};
        moesaic_status status = moesaic_session_forward_watched(
            handle_.get(), tokens.data(), tokens.size(), which, logits.data(), logits.size(),
            experts ? detail::Experts::call : nullptr, &watch);
        detail::rethrow(watch.thrown);
        detail::check(status);
        return logits;
    }

    // The tokens so far.
    std::vector<std::uint32_t> tokens() const {
        std::vector<std::uint32_t> tokens(info().length);
        std::size_t count = 0;
        detail::check(moesaic_session_tokens(handle_.get(), tokens.data(), tokens.size(), &count));
        return tokens;
    }

    // How much it holds and takes.
    moesaic_session_info info() const {
        moesaic_session_info info{};
        info.size = sizeof info;
        detail::check(moesaic_session_get_info(handle_.get(), &info));
        return info;
    }

    // Forgets the tokens from `length` on.
    void truncate(std::size_t length) { detail::check(moesaic_session_truncate(handle_.get(), length)); }

    // Forgets what is not the beginning of these tokens; how many of them are kept. The rest is to come next.
    std::size_t keep_prefix(const std::vector<std::uint32_t> &tokens) {
        std::size_t kept = 0;
        detail::check(moesaic_session_keep_prefix(handle_.get(), tokens.data(), tokens.size(), &kept));
        return kept;
    }

    // The seed with which another generation chooses as the last one would have gone on, if there was one.
    std::optional<std::uint64_t> next_seed() const {
        moesaic_session_info about = info();
        return about.has_next_seed ? std::optional<std::uint64_t>(about.next_seed) : std::nullopt;
    }

    // Forgets everything.
    void reset() { detail::check(moesaic_session_reset(handle_.get())); }

    // Stops the call at work, or the next one: from any thread and from signal handlers.
    void cancel() const noexcept { moesaic_session_cancel(handle_.get()); }

    // For functions of moesaic.h; the session keeps it.
    moesaic_session *handle() const noexcept { return handle_.get(); }

private:
    template <typename Open>
    Session(std::size_t vocabulary_size, std::size_t context, Open &&open) : vocabulary_size_(vocabulary_size) {
        moesaic_session_options options;
        detail::check(moesaic_session_options_init(&options, sizeof options));
        options.context = context;
        moesaic_session *session = nullptr;
        const moesaic_session_options *given = &options;
        moesaic_session **receives = &session;
        detail::check(open(given, receives));
        handle_.reset(session);
    }

    template <typename Callback, typename Begin>
    GenerateResult generate_with(Callback &callback, const GenerateOptions &options, Begin &&begin) {
        struct Text {
            Callback &callback;
            std::exception_ptr thrown;

            static int call(const char *text, std::size_t length, void *data) noexcept {
                auto *self = static_cast<Text *>(data);
                return detail::guarded(self->thrown, [&] {
                    std::string_view piece(text, length);
                    if constexpr (std::is_void_v<std::invoke_result_t<Callback &, std::string_view>>) {
                        self->callback(piece);
                        return true;
                    } else {
                        return static_cast<bool>(self->callback(piece));
                    }
                });
            }
        };
        Text text{callback, nullptr};
        detail::Progress progress{options.progress, nullptr};
        detail::Experts experts{options.experts, nullptr};

        moesaic_sampling_options sampling;
        detail::check(moesaic_sampling_options_init(&sampling, sizeof sampling));
        sampling.temperature = options.sampling.temperature;
        sampling.top_k = options.sampling.top_k;
        sampling.top_p = options.sampling.top_p;
        sampling.min_p = options.sampling.min_p;
        sampling.repetition_penalty = options.sampling.repetition_penalty;
        sampling.repetition_window = options.sampling.repetition_window;
        sampling.has_seed = options.sampling.seed.has_value();
        sampling.seed = options.sampling.seed.value_or(0);

        std::vector<const char *> stop;
        for (const std::string &one : options.stop) {
            stop.push_back(one.c_str());
        }
        moesaic_generate_options raw;
        detail::check(moesaic_generate_options_init(&raw, sizeof raw));
        raw.sampling = &sampling;
        raw.max_tokens = options.max_tokens.value_or(MOESAIC_UNLIMITED);
        raw.stop = stop.data();
        raw.stop_count = stop.size();
        raw.parse_special = options.parse_special;
        raw.prompt_lookup = options.prompt_lookup;
        raw.draft_model = options.draft_model ? options.draft_model->handle() : nullptr;
        if (progress.function) {
            raw.progress = detail::Progress::call;
            raw.progress_data = &progress;
        }
        if (experts.function) {
            raw.experts = detail::Experts::call;
            raw.experts_data = &experts;
        }
        GenerateResult result{};
        result.size = sizeof result;
        moesaic_text_callback call = Text::call;
        void *data = &text;
        moesaic_status status = begin(&raw, call, data, &result);
        detail::rethrow(text.thrown);
        detail::rethrow(progress.thrown);
        detail::rethrow(experts.thrown);
        detail::check(status);
        return result;
    }

    struct Close {
        void operator()(moesaic_session *session) const noexcept { moesaic_session_close(session); }
    };
    std::size_t vocabulary_size_;
    std::unique_ptr<moesaic_session, Close> handle_;
};

}  // namespace moesaic

#endif  // MOESAIC_HPP
