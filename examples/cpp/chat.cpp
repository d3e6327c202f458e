// Talks with a model: what is typed goes behind what is there, and the model goes on. The model in the box tells
// stories, so begin one. Ctrl-C ends an answer; an empty line goes on; /reset forgets everything; /quit or Ctrl-D ends.
//
//     chat [MODEL [TOKENS]]        MODEL - is the model in the box; at most TOKENS for an answer
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <moesaic.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace {

const moesaic::Session *talking = nullptr;

extern "C" void interrupt(int) {
    if (talking != nullptr) {
        talking->cancel();
    }
}

void chat(const std::string &path, std::size_t tokens) {
    moesaic::Model model = path == "-" ? moesaic::Model::stories() : moesaic::Model(path);
    moesaic::Session session(model);
    talking = &session;
    std::signal(SIGINT, interrupt);

    moesaic::GenerateOptions options;
    options.max_tokens = tokens;
    options.sampling.temperature = 0.6f;

    for (std::string line; std::cout << "> " << std::flush && std::getline(std::cin, line);) {
        if (line == "/quit") {
            break;
        }
        if (line == "/reset") {
            session.reset();
            continue;
        }
        try {
            auto result = session.generate(
                line, [](std::string_view piece) { return static_cast<bool>(std::cout << piece << std::flush); },
                options);
            std::cout << '\n';
            if (result.finish_reason == MOESAIC_FINISH_CONTEXT_FULL) {
                std::cerr << "[the context is full: /reset]\n";
            }
        } catch (const moesaic::Error &error) {
            // Nothing has changed; the next line may do better.
            std::cerr << "[" << error.what() << "]\n";
        }
    }
    talking = nullptr;
}

}  // namespace

int main(int argc, char **argv) {
    try {
        chat(argc > 1 ? argv[1] : "-", argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 120);
    } catch (const std::exception &error) {
        std::cerr << "chat: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
