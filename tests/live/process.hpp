#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <thread>
#include <vector>

#include "live.hpp"

namespace live {

struct ProcessOptions {
    std::map<std::string, std::string> environment{}; ///< added to ours
    uid_t uid = 0;
    bool read_output = true;   ///< false: the test has output_fd() to itself
    std::string output_file{}; ///< where standard output goes instead
};

/// A program that runs, with its three streams in our hands. Killed, if need be, when this goes.
class Process {
  public:
    explicit Process(const std::vector<std::string>& words, const ProcessOptions& options = {});
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    [[nodiscard]] pid_t pid() const { return pid_; }
    void signal(int number) const;
    /// A little less important from now on, with those that it will start, than the rest of the test, which where there is
    /// but one processor would wait for it.
    void give_way() const;
    /// Standard input gets a line, or ends.
    void write_line(std::string_view text = {}) const;
    void end_input();
    /// Goes away as the reader of its output. Only without read_output.
    void close_output();
    [[nodiscard]] int output_fd() const { return output_; }

    /// Where in the output a line begins: the first one, if nothing else is said.
    struct Place {
        std::size_t piece = 0, offset = 0;
    };
    /// Waits for a line of output, from `from` on, for which `is_it` says yes; nullopt when none came in time, or none
    /// can come any more. `next`, if not null, is set to the line after it.
    std::optional<std::string> wait_for_line(const std::function<bool(std::string_view)>& is_it,
                                             Duration timeout = patience, Place from = {0, 0},
                                             Place* next = nullptr);
    /// The exit status, or 128 and the signal; nullopt when it did not end in time.
    std::optional<int> wait(Duration timeout = patience);

    /// All that came so far; after wait(), all.
    [[nodiscard]] std::string output() const;
    [[nodiscard]] std::string errors() const;
    /// What came after the first `taken` pieces of it, and how many pieces that makes.
    [[nodiscard]] std::string output_since(std::size_t& taken) const;

  private:
    /// What came, piece by piece: nothing is moved any more, so that the reading never waits for who looks at it.
    using Pieces = std::deque<std::string>;
    void read_into(int fd, Pieces& pieces);
    [[nodiscard]] std::string joined(const Pieces& pieces) const;
    void join_readers();

    pid_t pid_ = -1;
    int input_ = -1, output_ = -1, errors_ = -1;
    std::optional<int> status_;
    mutable std::mutex mutex_;
    std::condition_variable came_;
    Pieces output_pieces_, errors_pieces_;
    bool output_ended_ = false;
    std::thread output_reader_, errors_reader_;
};

/// What a program that ran to its end left behind.
struct Finished {
    int status = -1; ///< -1: it had to be killed
    std::string output, errors;
};
[[nodiscard]] Finished run(const std::vector<std::string>& words, const ProcessOptions& options = {},
                           Duration timeout = patience);
/// The same of the program under test.
[[nodiscard]] Finished nsscope(std::vector<std::string> words, const ProcessOptions& options = {},
                               Duration timeout = patience);

[[nodiscard]] std::vector<std::string> lines_of(const std::string& text);

} // namespace live
