#pragma once

#include <atomic>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace nsscope {

/// Writes a stream to a descriptor whose reader may be slow, without ever being deaf to the wish to stop.
class StreamWriter {
  public:
    /// Both descriptors stay the caller's. `stop_fd` is readable when the program is to end.
    StreamWriter(int fd, int stop_fd);

    /// Writes everything, waiting for a slow reader. Once `stop_fd` is readable it waits no longer than a second at a
    /// time for the reader to take something, then fails with ETIMEDOUT. EPIPE: the reader has gone.
    [[nodiscard]] Result<void> write(std::string_view bytes);
    /// From another thread: whoever waits in write() for the reader gives up, within a second.
    void abandon() { abandoned_ = true; }

  private:
    [[nodiscard]] Result<void> wait_for_reader();

    int fd_;
    int stop_fd_;
    bool is_socket_ = false;
    std::atomic<bool> abandoned_ = false;
    /// A pipe opened anew, so that it does not block us while it still does those that share it (pipe(7)).
    UniqueFd own_;
};

} // namespace nsscope
