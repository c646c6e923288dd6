#include "output/stream_writer.hpp"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/socket.h>

#include "pipe.hpp"

namespace nsscope {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class StreamWriterTest : public testing::Test {
  protected:
    static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

    static std::string pattern(std::size_t size) {
        std::string text(size, '\0');
        for (std::size_t i = 0; i < size; i++) text[i] = static_cast<char>('!' + i % 89);
        return text;
    }
    StopFlag stop;
};

TEST_F(StreamWriterTest, ASlowReaderGetsEverything) {
    Pipe pipe;
    const auto text = pattern(400'000);
    std::string received;
    std::thread reader([&] { received = read_all(pipe.reader.get(), 1ms); });
    {
        StreamWriter writer(pipe.writer.get(), stop.fd());
        EXPECT_TRUE(writer.write(std::string_view(text).substr(0, 7)));
        EXPECT_TRUE(writer.write(std::string_view(text).substr(7)));
        EXPECT_TRUE(writer.write(""));
    }
    pipe.writer.reset();
    reader.join();
    EXPECT_EQ(received, text);
}

TEST_F(StreamWriterTest, OthersOnTheSamePipeStayBlocking) {
    Pipe pipe;
    StreamWriter writer(pipe.writer.get(), stop.fd());
    EXPECT_TRUE(writer.write("x"));
    EXPECT_EQ(::fcntl(pipe.writer.get(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl(pipe.writer.get(), F_GETFD), -1);
}

TEST_F(StreamWriterTest, AReaderThatWentAway) {
    Pipe pipe;
    StreamWriter writer(pipe.writer.get(), stop.fd());
    EXPECT_TRUE(writer.write("x"));
    pipe.reader.reset();
    const auto written = writer.write("y");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().error_number, EPIPE);
}

TEST_F(StreamWriterTest, AReaderThatGoesAwayMeanwhile) {
    Pipe pipe;
    std::thread reader([&] {
        std::this_thread::sleep_for(50ms);
        pipe.reader.reset();
    });
    StreamWriter writer(pipe.writer.get(), stop.fd());
    const auto written = writer.write(pattern(1'000'000));
    reader.join();
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().error_number, EPIPE);
}

TEST_F(StreamWriterTest, StopIsHeardWhileNobodyReads) {
    Pipe pipe;
    std::thread later([this] {
        std::this_thread::sleep_for(50ms);
        stop.raise();
    });
    StreamWriter writer(pipe.writer.get(), stop.fd());
    const auto began = Clock::now();
    const auto written = writer.write(pattern(1'000'000));
    const auto took = Clock::now() - began;
    later.join();
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().error_number, ETIMEDOUT);
    EXPECT_GE(took, 500ms) << "the reader had no time to take the rest";
    EXPECT_LT(took, 20s);
}

TEST_F(StreamWriterTest, AfterStopTheRestIsStillWrittenToWhoTakesIt) {
    Pipe pipe;
    stop.raise();
    const auto text = pattern(300'000);
    std::string received;
    std::thread reader([&] { received = read_all(pipe.reader.get(), 1ms); });
    {
        StreamWriter writer(pipe.writer.get(), stop.fd());
        EXPECT_TRUE(writer.write(text));
    }
    pipe.writer.reset();
    reader.join();
    EXPECT_EQ(received, text);
}

TEST_F(StreamWriterTest, StopIsHeardOnASocketAsWell) {
    std::array<int, 2> ends{-1, -1};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    const UniqueFd here(ends[0]);
    UniqueFd there(ends[1]);
    StreamWriter writer(here.get(), stop.fd());
    EXPECT_TRUE(writer.write("x"));
    EXPECT_EQ(::fcntl(here.get(), F_GETFL) & O_NONBLOCK, 0);
    stop.raise();
    const auto written = writer.write(pattern(4'000'000));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().error_number, ETIMEDOUT);
    there.reset();
    const auto gone = writer.write("y");
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().error_number, EPIPE);
}

TEST_F(StreamWriterTest, AFullDisk) {
    const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    if (!full) GTEST_SKIP() << "no /dev/full";
    StreamWriter writer(full.get(), stop.fd());
    const auto written = writer.write("x");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().error_number, ENOSPC);
}

TEST_F(StreamWriterTest, AFileIsWrittenWhereItWas) {
    auto path = (std::filesystem::temp_directory_path() / "nsscope-stream-XXXXXX").string();
    const UniqueFd file(::mkostemp(path.data(), O_CLOEXEC));
    ASSERT_TRUE(file);
    ASSERT_EQ(::write(file.get(), "before ", 7), 7);
    const auto text = pattern(200'000);
    StreamWriter writer(file.get(), stop.fd());
    EXPECT_TRUE(writer.write(text));
    stop.raise(); // to a file there is nothing to wait for
    EXPECT_TRUE(writer.write("!"));
    std::ifstream in(path, std::ios::binary);
    const std::string written{std::istreambuf_iterator<char>(in), {}};
    std::filesystem::remove(path);
    EXPECT_EQ(written, "before " + text + "!");
}

TEST_F(StreamWriterTest, NothingToWriteTo) {
    StreamWriter writer(-1, stop.fd());
    const auto written = writer.write("x");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().error_number, EBADF);
}

} // namespace
} // namespace nsscope
