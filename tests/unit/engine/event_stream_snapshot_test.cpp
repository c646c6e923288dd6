#include <atomic>
#include <thread>

#include "stream_fixture.hpp"

namespace nsscope {
namespace {

/// The stream begins with what exists, and is made right after a loss.
class SnapshotStreamTest : public StreamTest {
  protected:
    static ScannedTask task(pid_t pid, std::uint32_t uts) {
        ScannedTask task;
        task.pid = task.tid = pid;
        task.ns[static_cast<std::size_t>(NsSlot::uts)] = {uts, 0};
        return task;
    }
    static wire::Record unshare(std::uint32_t pid, std::uint32_t from, std::uint32_t to) {
        auto made = record(pid);
        made.changes.push_back(wire::change(NSSCOPE_SLOT_UTS, from, to));
        return made;
    }
    /// Scans say in turn what is here, the last of it again and again.
    void SetUp() override {
        options.rescan_pace_ns = 0;
        options.scan = [this]() -> Result<Scan> {
            if (on_scan) on_scan();
            const auto number = std::min<std::size_t>(scans++, tasks.size() - 1);
            Scan scan;
            scan.tasks = tasks[number];
            return scan;
        };
        stop_when(1);
    }
    void stop_when(int syncs) {
        // at whichever comes last: after either, nothing else may wake the stream
        source.on_read = sink.on_sync = [this, syncs] {
            const auto is_sync = [](const auto& entry) { return entry.kind.starts_with("sync"); };
            if (source.records.empty() && std::ranges::count_if(sink.entries, is_sync) >= syncs) stop.raise();
        };
    }
    std::vector<std::vector<ScannedTask>> tasks{{task(1, 100)}};
    std::atomic<std::size_t> scans = 0;
    std::function<void()> on_scan;
};

TEST_F(SnapshotStreamTest, SaysWhatExistsBeforeWhatHappens) {
    tasks = {{task(1, 100), task(2, 200)}};
    source.add(unshare(1, 100, 300));
    const auto totals = run_to_end();
    EXPECT_EQ(sink.kinds(),
              (std::vector<std::string>{"start", "ns.exists", "ns.exists", "sync", "ns.unshare", "end"}));
    EXPECT_EQ(totals.delivered, 1U);
}

TEST_F(SnapshotStreamTest, TimeGoesOnlyForward) {
    for (std::uint32_t i = 0; i < 100; ++i) source.add(unshare(1, 100 + i, 101 + i));
    run_to_end();
    for (std::size_t i = 1; i < sink.entries.size(); ++i)
        EXPECT_GE(sink.entries[i].position.mono_ns, sink.entries[i - 1].position.mono_ns) << i;
}

TEST_F(SnapshotStreamTest, AfterALossTheDifferencesAreTold) {
    tasks = {{task(1, 100), task(2, 200)}, {task(1, 100), task(2, 300)}};
    stop_when(2);
    source.lose(LossCause::ring_full, EventType::ns_unshare, 3);
    const auto totals = run_to_end();
    const auto kinds = sink.kinds();
    const auto again = std::find(kinds.begin(), kinds.end(), "ns.destroy");
    ASSERT_NE(again, kinds.end());
    EXPECT_EQ((std::vector<std::string>(again, kinds.end())),
              (std::vector<std::string>{"ns.destroy", "ns.exists again", "sync again", "end"}));
    EXPECT_EQ(totals.lost, 3U);
    EXPECT_EQ(totals.delivered, 1U) << "the death that was missed";
}

TEST_F(SnapshotStreamTest, WhatHappenedSinceTheScanIsNoDifference) {
    // the second scan does not see yet what the stream tells while it runs
    tasks = {{task(1, 100)}, {task(1, 100)}};
    stop_when(2);
    source.lose(LossCause::ring_full, EventType::ns_unshare, 1);
    std::atomic<bool> is_scanning = false, was_told = false;
    on_scan = [&] {
        if (scans != 1) return;
        is_scanning = true;
        while (!was_told) {
            source.wakeup.raise();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    };
    sink.on_event = [&] { was_told = true; };
    const auto was = source.on_read;
    source.on_read = [&] {
        if (is_scanning.exchange(false)) source.add(unshare(1, 100, 300));
        was();
    };
    run_to_end();
    EXPECT_EQ(std::ranges::count(sink.kinds(), "ns.exists again"), 0);
}

TEST_F(SnapshotStreamTest, WhatNobodyAskedForIsNotCounted) {
    options.filter.events = mask_of(EventType::ns_unshare);
    source.add(record(1));
    source.add(record(1, NSSCOPE_EV_PROCESS_EXEC));
    source.lose(LossCause::ring_full, EventType::process_exec, 5);
    stop_when(2);
    const auto totals = run_to_end();
    EXPECT_EQ(totals.produced, 1U);
    EXPECT_EQ(totals.lost, 0U);
    EXPECT_EQ(std::ranges::count(sink.kinds(), "loss"), 0);
    EXPECT_EQ(std::ranges::count(sink.kinds(), "sync again"), 1) << "it may have mattered";
}

TEST_F(SnapshotStreamTest, AScanThatFailsEndsIt) {
    options.scan = []() -> Result<Scan> { return errno_failure(EIO, "cannot scan"); };
    const auto totals = run();
    ASSERT_FALSE(totals);
    EXPECT_EQ(totals.error().error_number, EIO);
}

} // namespace
} // namespace nsscope
