#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace nsscope {

/// The exit statuses that scripts rely on (docs/exit-status in the manual page).
enum ExitStatus : int {
    exit_complete = 0,
    exit_failed = 1,
    exit_usage = 2,
    exit_partial = 3,
};

/// A sub-command: `app` is its parser, owned by the parent that it was added to; `run` does the work with the
/// parsed options and returns an ExitStatus.
struct Command {
    CLI::App* app;
    std::function<int()> run;
};

/// --btf FILE, of those that load tracing programs.
void add_btf_option(CLI::App& app, std::string& file);

Command make_list(CLI::App& parent);
Command make_events(CLI::App& parent);
Command make_guard(CLI::App& parent);
Command make_why(CLI::App& parent);
Command make_top(CLI::App& parent);
Command make_inspect(CLI::App& parent);
Command make_diff(CLI::App& parent);
Command make_doctor(CLI::App& parent);
Command make_tree(CLI::App& parent);
Command make_record(CLI::App& parent);

} // namespace nsscope
