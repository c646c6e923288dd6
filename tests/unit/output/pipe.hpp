#pragma once

#include <array>
#include <chrono>
#include <fcntl.h>
#include <string>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/unique_fd.hpp"

namespace nsscope {

struct Pipe {
    UniqueFd reader, writer;

    explicit Pipe(int flags = 0) {
        std::array<int, 2> ends{-1, -1};
        if (::pipe2(ends.data(), O_CLOEXEC | flags) != 0) ADD_FAILURE() << "pipe2 failed";
        reader.reset(ends[0]);
        writer.reset(ends[1]);
    }
};

/// Everything until the other end is closed; with `pause`, a little at a time.
inline std::string read_all(int fd, std::chrono::milliseconds pause = {}) {
    std::string text;
    std::array<char, 8192> buffer{};
    for (;;) {
        if (pause.count() > 0) std::this_thread::sleep_for(pause);
        const auto got = ::read(fd, buffer.data(), buffer.size());
        if (got <= 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

/// What the program takes for the wish to stop, once it is raised.
class StopFlag {
  public:
    [[nodiscard]] int fd() const { return fd_.get(); }
    void raise() const { (void)::eventfd_write(fd_.get(), 1); }

  private:
    UniqueFd fd_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

} // namespace nsscope
