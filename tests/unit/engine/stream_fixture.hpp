#pragma once

#include <chrono>
#include <map>

#include <gtest/gtest.h>

#include "engine/event_stream.hpp"
#include "fake_events.hpp"

namespace nsscope {

/// A stream between a source and a sink that play their parts, and what must hold of every stream.
class StreamTest : public testing::Test {
  protected:
    /// No test lasts that long: it only keeps one that fails from hanging.
    static constexpr std::uint64_t guard_ns = 60'000'000'000;

    StreamTest() { options.duration_ns = guard_ns; }

    Result<Totals> run() {
        EventStream stream(source, sink, names, options);
        const auto began = std::chrono::steady_clock::now();
        auto totals = stream.run(StartInfo{}, stop.fd());
        EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::nanoseconds(guard_ns / 2))
            << "was not woken";
        return totals;
    }

    /// Runs to the end, which comes as soon as the source is dry unless the test has other plans.
    Totals run_to_end() {
        const auto totals = run();
        EXPECT_TRUE(totals) << totals.error().what;
        if (!totals) return {};
        check_stream();
        EXPECT_EQ(sink.totals.produced, totals->produced);
        EXPECT_EQ(sink.totals.delivered, totals->delivered);
        EXPECT_EQ(sink.totals.filtered, totals->filtered);
        EXPECT_EQ(sink.totals.lost, totals->lost);
        EXPECT_EQ(totals->produced, totals->delivered + totals->filtered + totals->lost);
        return *totals;
    }

    void check_stream() const {
        ASSERT_GE(sink.entries.size(), 2u);
        EXPECT_EQ(sink.entries.front().kind, "start");
        EXPECT_EQ(sink.entries.back().kind, "end");
        for (std::size_t i = 0; i < sink.entries.size(); i++) {
            const auto& entry = sink.entries[i];
            EXPECT_EQ(entry.position.seq, i + 1) << "a gap in seq";
            EXPECT_TRUE(entry.flushed) << entry.position.seq;
            EXPECT_TRUE(i == 0 || entry.kind != "start");
            EXPECT_TRUE(i + 1 == sink.entries.size() || entry.kind != "end");
        }
    }

    void stop_when_dry() {
        source.on_read = [this] {
            if (source.records.empty()) stop.raise();
        };
    }

    static wire::Record record(std::uint32_t pid, unsigned type = NSSCOPE_EV_NS_UNSHARE) {
        wire::Record record{.type = type};
        record.task = wire::task(pid);
        record.task.cgroup_id = pid;
        return record;
    }

    FakeSource source;
    FakeSink sink;
    Flag stop;
    std::map<std::uint64_t, std::string> cgroups;
    Names names{[this](std::uint64_t id) -> std::optional<std::string> {
        const auto found = cgroups.find(id);
        return found != cgroups.end() ? std::optional(found->second) : std::nullopt;
    }};
    StreamOptions options;
};

} // namespace nsscope
