#include <array>
#include <chrono>
#include <fcntl.h>
#include <memory>
#include <unistd.h>

#include "helper_run.hpp"
#include "live.hpp"
#include "stream.hpp"

namespace live {
namespace {

using Clock = std::chrono::steady_clock;

/// Within which it must have ended: more than anybody wants to wait, and in a storm an emulated machine takes longer.
const Duration soon = is_brief() ? patience : 6s;

/// How a stream ends, and what a reader can do to it.
class Ending : public Live {
  protected:
    /// Two processes that make records as fast as they can.
    struct Storm {
        explicit Storm(const std::string& seconds)
            : one({helper(), "storm:" + seconds}), other({helper(), "storm:" + seconds}) {}
        Process one, other;
    };
    static std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }
};

class EndingBySignal : public Ending, public testing::WithParamInterface<int> {};

TEST_P(EndingBySignal, WhenNothingHappens) {
    Stream stream;
    const auto asked = Clock::now();
    stream.finish(GetParam());
    EXPECT_LT(Clock::now() - asked, soon);
    EXPECT_EQ(stream.status(), 0);
}

TEST_P(EndingBySignal, WhileRecordsPourIn) {
    Stream stream;
    Storm storm("20");
    ASSERT_TRUE(stream.wait_for([](const Record& record) { return record.is_happening(); }));
    std::this_thread::sleep_for(often(500) * 1ms);
    const auto asked = Clock::now();
    stream.process().signal(GetParam());
    EXPECT_TRUE(stream.process().wait(soon)) << "not ended in time";
    EXPECT_LT(Clock::now() - asked, soon);
    stream.await_end();
    EXPECT_GT(stream.totals().delivered, often(1000));
}

INSTANTIATE_TEST_SUITE_P(Each, EndingBySignal, testing::Values(SIGINT, SIGTERM),
                         [](const testing::TestParamInfo<int>& signal) {
                             return std::string(signal.param == SIGINT ? "SIGINT" : "SIGTERM");
                         });

TEST_F(Ending, AfterSoManyRecords) {
    Stream stream({"--count", "7"});
    const auto done = run({helper(), "repeat:20:unshare:uts"});
    EXPECT_EQ(done.status, 0);
    stream.await_end();
    EXPECT_EQ(stream.totals().delivered, 7U);
}

TEST_F(Ending, AfterSomeTime) {
    const auto began = Clock::now();
    Stream stream({"--duration", "0.5"});
    const auto started = Clock::now();
    stream.await_end();
    EXPECT_GE(Clock::now() - began, 500ms);
    EXPECT_LT(Clock::now() - started, soon);
}

TEST_F(Ending, AfterSomeTimeWhileRecordsPourIn) {
    Stream stream({"--duration", is_brief() ? "0.2" : "0.5"});
    Storm storm("20");
    EXPECT_TRUE(stream.process().wait(soon)) << "not ended in time";
    stream.await_end();
}

/// Waits for the start by hand.
std::string read_line(int fd) {
    std::string line;
    for (char byte = 0; ::read(fd, &byte, 1) == 1 && byte != '\n';) line += byte;
    return line;
}

TEST_F(Ending, QuietWhenTheReaderGoesAway) {
    Process process({program(), "events"}, {.read_output = false});
    EXPECT_NE(read_line(process.output_fd()).find("\"start\""), std::string::npos);
    process.close_output();
    const auto done = run({helper(), "unshare:uts"}); // something to tell
    EXPECT_EQ(done.status, 0);
    EXPECT_EQ(process.wait(soon), 0);
    EXPECT_EQ(process.errors(), "");
}

TEST_F(Ending, QuietWhenTheReaderGoesAwayInAStorm) {
    Process process({program(), "events"}, {.read_output = false});
    EXPECT_NE(read_line(process.output_fd()).find("\"start\""), std::string::npos);
    Storm storm("10");
    for (int i = 0; i < 100; i++) (void)read_line(process.output_fd());
    process.close_output();
    EXPECT_EQ(process.wait(soon), 0);
    EXPECT_EQ(process.errors(), "");
}

class EndingText : public Ending, public testing::WithParamInterface<std::string> {};

TEST_P(EndingText, SaysSoWhenTheReaderStalls) {
    Process process({program(), "events", "--format", GetParam()}, {.read_output = false});
    EXPECT_NE(read_line(process.output_fd()).find("start"), std::string::npos);
    const auto done =
        run({helper(), is_brief() ? "storm:10:4000" : "storm:10:20000"}); // far more than a pipe holds
    EXPECT_EQ(done.status, 0);
    std::this_thread::sleep_for(300ms);
    const auto asked = Clock::now();
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait(soon), 1);
    EXPECT_LT(Clock::now() - asked, soon);
    EXPECT_EQ(lines_of(process.errors()).size(), 1U) << process.errors();
}

INSTANTIATE_TEST_SUITE_P(Each, EndingText, testing::Values("json", "text"),
                         [](const testing::TestParamInfo<std::string>& format) { return format.param; });

/// A reader that is slow, but reads, gets it all.
TEST_F(Ending, WaitsForASlowReader) {
    Process process({program(), "events"}, {.read_output = false});
    std::string output = read_line(process.output_fd()) + '\n';
    const auto done = run({helper(), "storm:10:2000"});
    EXPECT_EQ(done.status, 0);
    process.signal(SIGTERM);
    std::array<char, 4096> piece;
    for (ssize_t n; (n = ::read(process.output_fd(), piece.data(), piece.size())) > 0;) {
        output.append(piece.data(), static_cast<std::size_t>(n));
        std::this_thread::sleep_for(2ms);
    }
    const auto status = process.wait();
    ASSERT_TRUE(status);
    const auto records = check_stream(output, *status);
    EXPECT_GE(records.size(), 2000U);
}

TEST_F(Ending, FailsOnAFullDisk) {
    if (::access("/dev/full", W_OK) != 0) LIVE_SKIP("no /dev/full");
    for (const std::string format : {"json", "text"}) {
        const auto done =
            nsscope({"events", "--duration", "1", "--format", format}, {.output_file = "/dev/full"});
        EXPECT_EQ(done.status, 1);
        EXPECT_EQ(lines_of(done.errors).size(), 1U) << done.errors;
    }
}

TEST_F(Ending, OfAStreamIntoAFile) {
    const Scratch scratch("stream");
    const auto& file = scratch.path();
    const Process storm({helper(), "storm:20"});
    const auto other =
        is_brief() ? nullptr : std::make_unique<Process>(std::vector{helper(), std::string("storm:20")});
    const auto seconds = is_brief() ? "0.2" : "1";
    const auto done = nsscope({"events", "--duration", seconds}, {.output_file = file});
    const auto records = check_stream(read_file(file), done.status);
    EXPECT_GT(records.size(), often(1000));
}

TEST_F(Ending, OfTwoAtTheSameTime) {
    Stream one, other;
    const auto done = run({helper(), "repeat:50:unshare:uts"});
    EXPECT_EQ(done.status, 0);
    const auto pid = parse_steps(done.output).front().who.pid;
    EXPECT_EQ(of_processes(one.finish(), {pid}).size(), 50U);
    EXPECT_EQ(of_processes(other.finish(), {pid}).size(), 50U);
}

TEST_F(Ending, TextIsALineARecord) {
    Process process({program(), "events", "--format", "text"});
    ASSERT_TRUE(
        process.wait_for_line([](std::string_view line) { return line.find("start") != std::string::npos; }));
    const auto done = run({helper(), "unshare:uts", "bad-setns:fd"});
    EXPECT_EQ(done.status, 0);
    process.signal(SIGINT);
    EXPECT_EQ(process.wait(), 0);
    std::size_t told = 0;
    for (const auto& line : lines_of(process.output())) {
        if (line.find("nshelper") == std::string::npos) continue;
        if (line.find("ns.unshare") != std::string::npos)
            told += line.find("uts:[") != std::string::npos ? 1 : 0;
        if (line.find("ns.setns") != std::string::npos)
            told += line.find("EBADF") != std::string::npos ? 1 : 0;
    }
    EXPECT_EQ(told, 2U) << process.output();
    EXPECT_NE(lines_of(process.output()).back().find(" end "), std::string::npos);
}

} // namespace
} // namespace live
