#include <algorithm>
#include <atomic>
#include <csignal>

#include "../engine/fake_events.hpp"
#include "engine/event_stream.hpp"
#include "output/event_writer.hpp"
#include "pipe.hpp"

namespace nsscope {
namespace {

/// A burst that the reader takes its time for, one more event, and then nothing happens any more.
TEST(QuietStream, TheLastRecordsAfterABurstArrive) {
    Pipe pipe;
    FakeSource source;
    StopFlag stop;
    Names names([](std::uint64_t) { return std::nullopt; });
    StreamOptions options;
    options.duration_ns = 20'000'000'000; // only keeps a failing test from hanging
    constexpr std::size_t burst = 500;    // more than a pipe holds
    source.on_read = [&] {
        while (source.reads == 1 && source.records.size() < burst) source.add(wire::Record{});
        if (source.reads == 4) source.add(wire::Record{});
        if (source.reads > 1 && source.reads <= 4) source.wakeup.raise();
    };
    std::atomic<std::size_t> lines = 0;
    std::atomic<bool> all = false;
    std::thread reader([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        std::array<char, 8192> buffer{};
        for (;;) {
            const auto got = ::read(pipe.reader.get(), buffer.data(), buffer.size());
            if (got <= 0) return;
            lines += static_cast<std::size_t>(std::count(buffer.data(), buffer.data() + got, '\n'));
            if (lines < burst + 2 || all.exchange(true)) continue; // with `start`
            stop.raise();
        }
    });
    const auto began = std::chrono::steady_clock::now();
    {
        EventWriter sink(RecordFormat::json, pipe.writer.get(), stop.fd());
        EventStream stream(source, sink, names, options);
        EXPECT_TRUE(stream.run(StartInfo{}, stop.fd()));
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10))
        << "it came with the end only";
    pipe.writer.reset();
    reader.join();
    EXPECT_TRUE(all);
}

} // namespace
} // namespace nsscope
