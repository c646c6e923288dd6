#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "presenter/presenter.hpp"
#include "screen/terminal.hpp"

namespace nsscope::tui {

/// What the screen asks of the machine. Each answers with a line to be shown; it may be empty.
struct Deeds {
    std::function<std::string(int signal, const std::vector<Process>&)> signal;
    std::function<std::string(const std::string& json)> save;
    std::function<std::string(const Settings&)> keep;
    /// Runs a command on the terminal that was given back, and waits for it. Empty: there is nothing to run it in.
    std::function<std::string(const std::vector<std::string>& words)> run;
};

/// How a recording is played; empty where it is the present that is shown.
struct Playing {
    std::function<void()> toggle{}; ///< play on, or pause
    std::function<void()> step{};   ///< to the next event
    std::function<void(int seconds)> seek{};
    std::function<std::string(const std::string& time)> go_to{}; ///< answers with what is wrong with the time
    std::function<std::string()> status{};                       ///< never empty
};

struct LoopOptions {
    std::uint64_t every_ns = 1'000'000'000;
    std::optional<std::uint64_t> count{}; ///< end after so many refreshes
    Playing playing{};
    int news_fd = -1; ///< readable when the presenter's teller knows more; -1: there is no teller
    std::function<void()> take_news{}; ///< makes it unreadable again
};

/// Blocks the signals that the loop takes from a descriptor (SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH), in this
/// thread and those that it makes later: call it before any.
void block_signals();

/// Shows the feed until the user or a signal ends it. Returns the signal that did, or 0. Fails where the feed fails.
[[nodiscard]] Result<int> run_loop(Feed& feed, Presenter& presenter, Terminal& terminal, const Deeds& deeds,
                                   const LoopOptions& options);

} // namespace nsscope::tui
