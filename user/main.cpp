#include <algorithm>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <exception>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

#include "cli/command.hpp"
#include "cli/environment.hpp"
#include "cli/report.hpp"
#include "cli/version.hpp"

namespace {

using namespace nsscope;

/// What CLI11 has to say where it did not simply parse: help and version are answers, the rest is misuse.
int explain(const CLI::App& app, const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
        std::ostringstream answer;
        app.exit(error, answer, answer);
        return write_answer(answer.str(), exit_complete);
    }
    std::string program = "nsscope";
    for (auto given = app.get_subcommands(); !given.empty(); given = given.front()->get_subcommands())
        program += " " + given.front()->get_name();
    print_error(Error{error.what(), "see '" + program + " --help'"});
    return exit_usage;
}

bool is_known(const std::string& word, const CLI::App& app, const std::vector<Command>& commands) {
    if (word.starts_with('-')) return app.get_option_no_throw(word) != nullptr;
    return std::any_of(commands.begin(), commands.end(),
                       [&](const Command& command) { return command.app->get_name() == word; });
}

/// CLI11 would only say that a sub-command is missing.
int refuse(const std::string& word, const std::vector<Command>& commands) {
    std::string accepted;
    for (const auto& command : commands) accepted += " " + command.app->get_name();
    print_error(Error{"'" + word + "' is no command and no option", "commands are" + accepted});
    return exit_usage;
}

int run(int argc, char** argv) {
    CLI::App app("shows every Linux namespace, who is in it, and what happens to it", "nsscope");
    app.set_version_flag("-V,--version", "nsscope " NSSCOPE_VERSION);
    app.require_subcommand(1);
    const std::vector<Command> commands{
        make_list(app),   make_tree(app),  make_why(app), make_inspect(app), make_diff(app),
        make_events(app), make_guard(app), make_top(app), make_record(app),  make_doctor(app),
    };

    if (argc < 2) {
        static_cast<void>(write_all(STDERR_FILENO, app.help()));
        return exit_usage;
    }
    if (const std::string word = argv[1]; !is_known(word, app, commands)) return refuse(word, commands);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return explain(app, error);
    }
    if (const auto usable = check_environment(); !usable) {
        print_error(usable.error());
        return exit_usage;
    }
    for (const auto& command : commands)
        if (command.app->parsed()) return command.run();
    return exit_usage;
}

} // namespace

int main(int argc, char** argv) {
    std::setlocale(LC_ALL, "");
    // A reader that goes away is told by write(2), which every command checks.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return run(argc, argv);
    } catch (const std::exception& error) { // errors are values here: this is memory that ran out, or a bug
        std::fprintf(stderr, "nsscope: %s\n", error.what());
        return exit_failed;
    }
}
