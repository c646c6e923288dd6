#include "engine/live.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <thread>

#include "fake_events.hpp"

namespace nsscope {
namespace {

using namespace std::chrono_literals;

/// Waits until it is so; a test that fails waits long.
template <typename Condition>
bool comes_true(Condition is_so) {
    for (int i = 0; i < 3000; i++) {
        if (is_so()) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

ScannedTask task(pid_t pid) {
    ScannedTask task;
    task.pid = task.tid = pid;
    return task;
}

Scan scan_of(std::initializer_list<pid_t> pids) {
    Scan scan;
    for (const auto pid : pids) scan.tasks.push_back(task(pid));
    return scan;
}

wire::Record fork_of(std::uint32_t parent, std::uint32_t child) {
    wire::Record record{.type = NSSCOPE_EV_PROCESS_FORK};
    record.task = wire::task(parent);
    record.child = wire::task(child);
    record.rec_flags = NSSCOPE_REC_HAS_CHILD;
    return record;
}

bool has(const Scan& scan, pid_t pid) {
    return std::ranges::any_of(scan.tasks, [pid](const ScannedTask& task) { return task.pid == pid; });
}

Live::Setup setup(std::unique_ptr<EventSource> source, Live::Scanner scan) {
    Live::Setup setup;
    setup.source = std::move(source);
    setup.scan = std::move(scan);
    setup.cgroups = [](std::uint64_t) { return std::nullopt; };
    return setup;
}

TEST(Live, ScansFirstAndThenFollows) {
    auto source = std::make_unique<FakeSource>();
    source->add(fork_of(1, 4711));
    Live live(setup(std::move(source), [] { return Result<Scan>(scan_of({1})); }));
    ASSERT_TRUE(live.start());
    EXPECT_TRUE(comes_true([&] { return has(live.scan(), 4711); }));
    EXPECT_TRUE(has(live.scan(), 1));
    EXPECT_EQ(live.counts().events[static_cast<std::size_t>(EventType::process_fork)], 1U);
    const auto past = live.events_after(0, 10);
    ASSERT_EQ(past.size(), 1U);
    EXPECT_EQ(past[0].event.child->pid, 4711U);
    EXPECT_NE(past[0].text.find("4711"), std::string::npos);
    EXPECT_TRUE(live.events_after(past[0].position.seq, 10).empty());
}

TEST(Live, NothingThatHappensDuringTheFirstScanIsForgotten) {
    auto source = std::make_unique<FakeSource>();
    auto& machine = *source;
    std::atomic<bool> has_started = false;
    machine.on_start = [&] {
        has_started = true;
        machine.add(fork_of(1, 4711));
    };
    Live live(setup(std::move(source), [&] {
        EXPECT_TRUE(has_started) << "what happened before would be missed";
        std::this_thread::sleep_for(50ms); // time enough to be told of the fork too early
        return Result<Scan>(scan_of({1}));
    }));
    ASSERT_TRUE(live.start());
    EXPECT_TRUE(comes_true([&] { return has(live.scan(), 4711); }));
}

TEST(Live, ScansAgainAfterALoss) {
    auto source = std::make_unique<FakeSource>();
    source->add(fork_of(1, 4711));
    source->lose(LossCause::ring_full, EventType::process_exit, 3);
    std::atomic<int> scans = 0;
    auto wanted = setup(std::move(source), [&] {
        return Result<Scan>(++scans == 1 ? scan_of({1}) : scan_of({1, 2}));
    });
    wanted.rescan_every_ns = 3'600'000'000'000;
    Live live(std::move(wanted));
    ASSERT_TRUE(live.start());
    EXPECT_TRUE(comes_true([&] { return has(live.scan(), 2); }));
    EXPECT_EQ(live.counts().lost, 3U);
    EXPECT_EQ(live.counts().rescans, 1U);
    EXPECT_FALSE(has(live.scan(), 4711)) << "the later scan knows better";
}

TEST(Live, ScansAgainWhenAskedTo) {
    std::atomic<int> scans = 0;
    auto wanted = setup(std::make_unique<FakeSource>(), [&] {
        ++scans;
        return Result<Scan>(scan_of({1}));
    });
    wanted.rescan_every_ns = 3'600'000'000'000;
    Live live(std::move(wanted));
    ASSERT_TRUE(live.start());
    const auto before = live.version();
    live.rescan();
    EXPECT_TRUE(comes_true([&] { return scans == 2; }));
    EXPECT_TRUE(comes_true([&] { return live.version() > before; }));
}

TEST(Live, DoesWithoutEvents) {
    std::atomic<int> scans = 0;
    auto wanted = setup(nullptr, [&] { return Result<Scan>(++scans == 1 ? scan_of({1}) : scan_of({1, 2})); });
    wanted.rescan_every_ns = 1'000'000;
    Live live(std::move(wanted));
    ASSERT_TRUE(live.start());
    EXPECT_TRUE(comes_true([&] { return has(live.scan(), 2); }));
    EXPECT_FALSE(live.broken());
}

TEST(Live, SaysThatTheFirstScanFailed) {
    Live live(setup(nullptr, []() -> Result<Scan> { return Failure(Error{"no /proc", "mount it", 0}); }));
    const auto started = live.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().what, "no /proc");
}

TEST(Live, KeepsTheLatestOfThePast) {
    auto source = std::make_unique<FakeSource>();
    for (std::uint32_t pid = 100; pid < 120; pid++) source->add(fork_of(1, pid));
    auto wanted = setup(std::move(source), [] { return Result<Scan>(scan_of({1})); });
    wanted.keep = 5;
    Live live(std::move(wanted));
    ASSERT_TRUE(live.start());
    ASSERT_TRUE(comes_true([&] { return has(live.scan(), 119); }));
    const auto past = live.events_after(0, 100);
    ASSERT_EQ(past.size(), 5U);
    EXPECT_EQ(past.back().event.child->pid, 119U);
    EXPECT_EQ(live.events_after(0, 2).size(), 2U);
    EXPECT_EQ(live.events_after(0, 2).front().event.child->pid, 118U);
}

} // namespace
} // namespace nsscope
