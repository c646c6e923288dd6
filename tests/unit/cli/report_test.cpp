#include "cli/report.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "cli/command.hpp"

namespace nsscope {
namespace {

struct Pipe {
    UniqueFd reader, writer;
};

Pipe open_pipe(int flags = 0) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | flags) != 0) ADD_FAILURE() << "pipe2 failed";
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

TEST(Report, WritesEverythingToASlowReader) {
    auto pipe = open_pipe(O_NONBLOCK);
    const std::string text(1000000, 'x');
    std::size_t received = 0;
    std::thread reader([&] {
        std::array<char, 5000> buffer;
        while (true) {
            const auto got = ::read(pipe.reader.get(), buffer.data(), buffer.size());
            if (got > 0)
                received += static_cast<std::size_t>(got);
            else if (got == 0 || errno != EAGAIN)
                break;
        }
    });
    EXPECT_TRUE(write_all(pipe.writer.get(), text));
    pipe.writer.reset();
    reader.join();
    EXPECT_EQ(received, text.size());
}

TEST(Report, FullDisk) {
    const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    if (!full) GTEST_SKIP() << "no /dev/full";
    const auto written = write_all(full.get(), "x");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().error_number, ENOSPC);
}

TEST(Report, ReaderThatWentAway) {
    std::signal(SIGPIPE, SIG_IGN);
    auto pipe = open_pipe();
    pipe.reader.reset();
    const auto written = write_all(pipe.writer.get(), "x");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().error_number, EPIPE);
}

TEST(Report, StatusOfAnAnswer) {
    std::signal(SIGPIPE, SIG_IGN);
    const auto status_on = [](int fd) {
        const UniqueFd saved(::dup(STDOUT_FILENO));
        ::dup2(fd, STDOUT_FILENO);
        const int status = write_answer("x\n", exit_partial);
        ::dup2(saved.get(), STDOUT_FILENO);
        return status;
    };
    auto pipe = open_pipe();
    EXPECT_EQ(status_on(pipe.writer.get()), exit_partial);
    pipe.reader.reset();
    EXPECT_EQ(status_on(pipe.writer.get()), exit_complete);
    testing::internal::CaptureStderr();
    const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    EXPECT_EQ(status_on(full.get()), exit_failed);
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "nsscope: cannot write the answer: No space left on device\n");
}

TEST(Report, ErrorsAreOneSafeLine) {
    testing::internal::CaptureStderr();
    print_error({"no file a\nb\x1b[31m", "try c"});
    print_error({"plain"});
    print_issues(std::array<Issue, 1>{{{"namespaces of a process", 2, "permission denied"}}});
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "nsscope: no file a\\nb\\x1b[31m; try c\n"
              "nsscope: plain\n"
              "nsscope: not in the answer: namespaces of a process (2): permission denied\n");
}

} // namespace
} // namespace nsscope
