#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "output/stream_writer.hpp"

namespace nsscope {

/// Keeps whoever makes the stream from waiting for whoever takes it, as far as some memory goes: while little is to be
/// written it is written at once; when more comes than that, a thread writes what waits, piece by piece.
class BackgroundWriter {
  public:
    /// See StreamWriter. `hurry` is called in the thread: with true when it falls behind, and then it is to get what
    /// processor time there is; with false when it has caught up. May be empty.
    BackgroundWriter(int fd, int stop_fd, std::function<void(bool)> hurry = {})
        : writer_(fd, stop_fd), hurry_(std::move(hurry)) {}
    /// What was not finished is not written.
    ~BackgroundWriter();
    BackgroundWriter(const BackgroundWriter&) = delete;
    BackgroundWriter& operator=(const BackgroundWriter&) = delete;

    /// Takes what is in `buffer` and leaves it empty; or leaves it as it is, to be filled further, while the thread has
    /// enough to do. Waits while too much waits. Fails with what StreamWriter failed with, then or earlier.
    [[nodiscard]] Result<void> write(std::string& buffer);
    /// Writes `buffer`, and returns when all that was ever given is written.
    [[nodiscard]] Result<void> finish(std::string& buffer);

  private:
    void run();
    void hurry_if_due(std::size_t pieces);
    [[nodiscard]] Result<void> write_here(std::string& buffer);
    [[nodiscard]] bool is_idle() const { return !busy_ && waiting_.empty(); }
    /// Waits until the thread has nothing to do, or else until there is room.
    [[nodiscard]] Result<void> wait_until(bool idle, std::unique_lock<std::mutex>& lock);

    StreamWriter writer_; ///< the thread's while busy_, the caller's else
    std::function<void(bool)> hurry_;
    bool hurries_ = false; ///< the thread's
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> waiting_;
    std::size_t waiting_bytes_ = 0;
    /// Empty pieces, to be filled again, the latest first: memory that was never touched costs a page fault every 4 KiB,
    /// which in a storm of events is what loses them.
    std::vector<std::string> spare_;
    bool busy_ = false; ///< a piece is being written
    bool ended_ = false;
    std::optional<Error> error_;
    std::thread thread_; ///< begun when it is needed first
};

} // namespace nsscope
