#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.hpp"
#include "output/stream_writer.hpp"

namespace nsscope {

/// Keeps whoever makes the stream from waiting for whoever takes it, as far as one buffer goes: while little is to be
/// written it is written at once; when more comes than that, a thread writes one buffer while the next one fills.
class BackgroundWriter {
  public:
    /// See StreamWriter.
    BackgroundWriter(int fd, int stop_fd) : writer_(fd, stop_fd) {}
    ~BackgroundWriter();
    BackgroundWriter(const BackgroundWriter&) = delete;
    BackgroundWriter& operator=(const BackgroundWriter&) = delete;

    /// Takes what is in `buffer` and leaves it empty; or leaves it as it is, to be filled further, while the thread is
    /// busy and `buffer` is not too full. Fails with what StreamWriter failed with, then or earlier.
    [[nodiscard]] Result<void> write(std::string& buffer);
    /// Writes `buffer`, and returns when all that was ever given is written.
    [[nodiscard]] Result<void> finish(std::string& buffer);

  private:
    void run();
    [[nodiscard]] Result<void> write_here(std::string& buffer);
    /// Waits until the thread has nothing to do.
    [[nodiscard]] Result<void> wait_idle(std::unique_lock<std::mutex>& lock);

    StreamWriter writer_; ///< the thread's while busy_, the caller's else
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string in_work_; ///< the thread's while busy_
    bool busy_ = false;
    bool ended_ = false;
    std::optional<Error> error_;
    std::thread thread_; ///< begun when it is needed first
};

} // namespace nsscope
