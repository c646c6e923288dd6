#pragma once

#include <functional>
#include <string>
#include <vector>

#include "process.hpp"

namespace live {

/// A terminal to run a program in, with nobody looking: tmux(1), on a socket of its own. Gone with this, and what runs in it
/// with it.
class Terminal {
  public:
    /// Starts `command`, for sh(1), in a terminal of this size.
    Terminal(const std::string& command, unsigned width, unsigned height);
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal();

    /// Why it could not be started; empty: it was.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    /// What is on the screen, line by line, without the spaces at their ends.
    [[nodiscard]] std::string screen() const;
    /// Waits until the screen is as wanted; false when it did not become so.
    [[nodiscard]] bool wait_for(const std::function<bool(const std::string&)>& is_it) const;
    [[nodiscard]] bool wait_for(const std::string& text) const;
    /// Presses a key, by its name in tmux(1); what is no such name is typed.
    void press(const std::string& key) const;

  private:
    [[nodiscard]] Finished tmux(std::vector<std::string> words) const;

    Scratch socket_;
    std::string problem_;
};

} // namespace live
