#include "output/event_writer.hpp"

#include <csignal>
#include <memory>
#include <sstream>
#include <vector>

#include <rapidjson/document.h>

#include "pipe.hpp"

namespace nsscope {
namespace {

Position at(std::uint64_t seq) { return {.seq = seq, .time_ns = 1'795'312'065'000'000'001, .mono_ns = seq}; }

Event unshare(std::string_view comm) {
    Event event;
    event.type = EventType::ns_unshare;
    event.syscall = Syscall::unshare;
    event.task = TaskIdentity{.pid = 4711, .tid = 4711, .ppid = 1, .ns_pid = 4711, .comm = comm};
    return event;
}

class EventWriterTest : public testing::Test {
  protected:
    static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

    /// A whole stream of `count` events; what came out of the pipe.
    std::vector<std::string> lines_of(RecordFormat format, std::size_t count,
                                      std::string_view comm = "unshare") {
        Pipe pipe;
        std::string text;
        std::thread reader([&] { text = read_all(pipe.reader.get()); });
        {
            EventWriter writer(format, pipe.writer.get(), stop.fd());
            std::uint64_t seq = 0;
            writer.start(
                {.version = "0.1.0", .kernel = "6.18", .host = "h", .boot_id = "b", .rung = "tracepoint"},
                at(++seq));
            EXPECT_TRUE(writer.flush());
            const auto event = unshare(comm);
            for (std::size_t i = 0; i < count; i++) {
                writer.event(event, at(++seq), names);
                if (i % 100 != 0) continue;
                EXPECT_TRUE(writer.flush());
            }
            const Loss loss{EventType::ns_clone, LossCause::ring_full, 3};
            writer.loss({&loss, 1}, at(++seq));
            writer.end({.produced = count + 3, .delivered = count, .filtered = 0, .lost = 3}, at(++seq));
            EXPECT_TRUE(writer.finish());
        }
        pipe.writer.reset();
        reader.join();
        EXPECT_TRUE(text.ends_with('\n'));
        std::vector<std::string> lines;
        std::istringstream stream(text);
        for (std::string line; std::getline(stream, line);) lines.push_back(line);
        return lines;
    }

    StopFlag stop;
    Names names{[](std::uint64_t) { return std::nullopt; }};
};

TEST_F(EventWriterTest, JsonIsAnObjectALine) {
    const auto lines = lines_of(RecordFormat::json, 5, "a\nb\r\xff");
    ASSERT_EQ(lines.size(), 8u);
    const std::vector<std::string> kinds{"start",      "ns.unshare", "ns.unshare", "ns.unshare",
                                         "ns.unshare", "ns.unshare", "loss",       "end"};
    for (std::size_t i = 0; i < lines.size(); i++) {
        rapidjson::Document document;
        document.Parse<rapidjson::kParseValidateEncodingFlag>(lines[i].c_str());
        ASSERT_FALSE(document.HasParseError()) << lines[i];
        EXPECT_EQ(document["seq"].GetString(), std::to_string(i + 1));
        EXPECT_EQ(document["event"].GetString(), kinds[i]);
    }
}

TEST_F(EventWriterTest, ManyRecordsComeWholeAndInOrder) {
    const auto lines = lines_of(RecordFormat::json, 20'000);
    ASSERT_EQ(lines.size(), 20'003u);
    for (std::size_t i = 0; i < lines.size(); i++) {
        const auto expected = "{\"schema\":\"nsscope.event/1\",\"seq\":\"" + std::to_string(i + 1) + "\",";
        ASSERT_TRUE(lines[i].starts_with(expected)) << lines[i];
        ASSERT_TRUE(lines[i].ends_with('}')) << lines[i];
    }
}

TEST_F(EventWriterTest, TextIsALineEach) {
    const auto lines = lines_of(RecordFormat::text, 2, "a\nb\x1b[2J");
    ASSERT_EQ(lines.size(), 5u);
    EXPECT_NE(lines[0].find(" start "), std::string::npos);
    EXPECT_NE(lines[1].find(" ns.unshare   a\\nb\\x1b[2J[4711] unshare() = 0"), std::string::npos)
        << lines[1];
    EXPECT_NE(lines[3].find(" 3 ns.clone (ring_full)"), std::string::npos);
    EXPECT_NE(lines[4].find(" 5 produced, 2 delivered, 0 filtered, 3 lost"), std::string::npos);
}

TEST_F(EventWriterTest, NothingIsWrittenBeforeAFlushAndNothingTwice) {
    Pipe pipe(O_NONBLOCK);
    std::array<char, 8192> buffer{};
    const auto waiting = [&] { return ::read(pipe.reader.get(), buffer.data(), buffer.size()); };
    EventWriter writer(RecordFormat::json, pipe.writer.get(), stop.fd());
    EXPECT_TRUE(writer.flush());
    EXPECT_EQ(waiting(), -1);
    writer.event(unshare("a"), at(1), names);
    EXPECT_EQ(waiting(), -1);
    EXPECT_TRUE(writer.flush());
    EXPECT_GT(waiting(), 0);
    EXPECT_TRUE(writer.flush());
    EXPECT_TRUE(writer.finish());
    EXPECT_EQ(waiting(), -1);
}

TEST_F(EventWriterTest, AReaderThatWentAway) {
    Pipe pipe;
    std::vector<std::unique_ptr<EventSink>> writers;
    writers.push_back(std::make_unique<EventWriter>(RecordFormat::json, pipe.writer.get(), stop.fd()));
    writers.push_back(std::make_unique<EventWriter>(RecordFormat::text, pipe.writer.get(), stop.fd()));
    pipe.reader.reset();
    for (const auto& writer : writers) {
        writer->event(unshare("a"), at(1), names);
        const auto flushed = writer->flush();
        ASSERT_FALSE(flushed);
        EXPECT_EQ(flushed.error().error_number, EPIPE);
    }
}

TEST_F(EventWriterTest, AReaderThatGoesAwayInTheMiddleOfMuch) {
    Pipe pipe;
    std::thread reader([&] {
        std::array<char, 1000> buffer{};
        (void)!::read(pipe.reader.get(), buffer.data(), buffer.size());
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        pipe.reader.reset();
    });
    EventWriter writer(RecordFormat::json, pipe.writer.get(), stop.fd());
    const auto event = unshare("a");
    Result<void> flushed;
    for (std::uint64_t seq = 1; flushed && seq < 100'000; seq++) {
        writer.event(event, at(seq), names);
        if (seq % 500 == 0) flushed = writer.flush();
    }
    if (flushed) flushed = writer.finish();
    reader.join();
    ASSERT_FALSE(flushed);
    EXPECT_EQ(flushed.error().error_number, EPIPE);
}

TEST_F(EventWriterTest, StopIsHeardWhileNobodyReads) {
    Pipe pipe;
    stop.raise();
    EventWriter writer(RecordFormat::json, pipe.writer.get(), stop.fd());
    const auto event = unshare("a");
    for (std::uint64_t seq = 1; seq <= 1000; seq++) writer.event(event, at(seq), names);
    auto flushed = writer.flush();
    if (flushed) flushed = writer.finish();
    ASSERT_FALSE(flushed);
    EXPECT_EQ(flushed.error().error_number, ETIMEDOUT);
}

} // namespace
} // namespace nsscope
