#include <algorithm>
#include <thread>

#include "stream_fixture.hpp"

namespace nsscope {
namespace {

using Calls = std::vector<std::string>;

class StreamWait : public StreamTest {};

TEST_F(StreamWait, NoWakeUpsWhileNothingHappens) {
    std::thread later([this] {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        stop.raise();
    });
    run_to_end();
    later.join();
    // dry, ask, dry, wait, and after the end once more
    EXPECT_LE(source.reads, 4u);
    EXPECT_EQ(source.calls_of("census", "sweep"), (Calls{"census", "sweep"}))
        << "one at the start, one at the end";
}

TEST_F(StreamWait, NoWakeUpsUntilTheTimeIsOver) {
    options.duration_ns = 200'000'000;
    run_to_end();
    EXPECT_LE(source.reads, 6u);
}

TEST_F(StreamWait, LooksOnceMoreBetweenAskingAndWaiting) {
    source.on_read = [this] {
        if (source.reads == 6) stop.raise();
    };
    source.on_last_look = [this] { source.wakeup.raise(); };
    run_to_end();
    const auto& calls = source.calls;
    const auto end = std::find(calls.begin(), calls.end(), "stop");
    auto ask = std::find(calls.begin(), end, "ask");
    EXPECT_NE(ask, end);
    for (; ask != end; ask = std::find(ask + 1, end, "ask")) {
        ASSERT_GE(end - ask, 4);
        EXPECT_EQ(*(ask + 1), "dry");
        EXPECT_EQ(*(ask + 2), "dirty?");
        EXPECT_EQ(*(ask + 3), "forgo") << "once awake, nobody needs to wake it";
    }
}

TEST_F(StreamWait, WhatCameBeforeTheAskingIsFound) {
    bool added = false;
    source.on_ask = [&] {
        if (!std::exchange(added, true)) source.add(record(1)); // wakes nobody
    };
    sink.on_event = [this] { stop.raise(); };
    EXPECT_EQ(run_to_end().delivered, 1u);
}

TEST_F(StreamWait, WhatComesAfterTheLastLookWakes) {
    bool added = false;
    source.on_last_look = [&] {
        if (std::exchange(added, true)) return;
        source.add(record(1));
        source.wakeup.raise();
    };
    sink.on_event = [this] { stop.raise(); };
    EXPECT_EQ(run_to_end().delivered, 1u);
    EXPECT_TRUE(added);
}

TEST_F(StreamWait, RecordsAreFlushedBeforeItWaits) {
    source.add(record(1));
    source.on_ask = [this] {
        for (const auto& entry : sink.entries) EXPECT_TRUE(entry.flushed);
        stop.raise();
    };
    run_to_end();
}

/// Where one came more come soon, and a wake-up costs those who report.
TEST_F(StreamWait, NapsOnceBeforeItAsks) {
    source.add(record(1));
    source.on_ask = [this] { stop.raise(); };
    run_to_end();
    EXPECT_EQ(source.calls_of("read", "ask"), (Calls{"read", "ask"}));
    const auto& calls = source.calls;
    EXPECT_EQ(std::count(calls.begin(), std::find(calls.begin(), calls.end(), "ask"), "dry"), 2)
        << "one before the nap, one after it";
}

TEST_F(StreamWait, DoesNotAskWhileEachNapFindsSomething) {
    int count = 0;
    source.add(record(1));
    source.on_read = [&] { // a record comes after each look that found none
        if (source.calls.back() != "dry") return;
        if (++count == 20) stop.raise();
        if (count <= 20) source.add(record(1));
    };
    run_to_end();
    EXPECT_EQ(source.calls_of("ask", "forgo"), Calls{});
}

TEST_F(StreamWait, ANapEndsWhenItIsToStop) {
    source.on_read = [this] {
        if (source.reads == 1) source.add(record(1));
        if (source.reads == 3) stop.raise(); // dry: a nap follows
    };
    EXPECT_EQ(run_to_end().delivered, 1u);
    EXPECT_EQ(source.calls_of("read", "ask"), (Calls{"ask", "read"}));
}

TEST_F(StreamWait, HurriesWhileTheSourceFillsUpAndNotWhenItAsks) {
    options.hurry = [this](bool yes) { source.calls.emplace_back(yes ? "hurry" : "take time"); };
    source.on_start = [this] { source.add(record(1)); };
    source.on_read = [this] {
        source.fills_up = source.reads < 3;
        if (source.reads < 5) source.add(record(1));
    };
    source.on_ask = [this] { stop.raise(); };
    run_to_end();
    EXPECT_EQ(source.calls_of("hurry", "take time"), (Calls{"hurry", "take time"}));
    const auto& calls = source.calls;
    EXPECT_GT(std::count(calls.begin(), calls.end(), "dry"), 10)
        << "it naps until it need not hurry any more";
    EXPECT_EQ(
        std::find(calls.begin(), calls.end(), "ask") - std::find(calls.begin(), calls.end(), "take time"), 1);
}

TEST_F(StreamWait, WhoNeverFallsBehindDoesNotHurry) {
    options.hurry = [](bool) { ADD_FAILURE(); };
    source.add(record(1));
    source.on_ask = [this] { stop.raise(); };
    EXPECT_EQ(run_to_end().delivered, 1u);
}

TEST_F(StreamWait, DirtLeadsToLooksAndACensus) {
    source.dirty = true;
    source.on_sweep = [this](bool census) {
        if (census) stop.raise();
    };
    run_to_end();
    EXPECT_EQ(source.calls_of("census", "sweep"), (Calls{"sweep", "sweep", "sweep", "census", "sweep"}));
}

TEST_F(StreamWait, LooksGoOnWhileThereAreNamespacesWithoutTasks) {
    source.without_task = 1;
    int census_count = 0;
    source.on_sweep = [&](bool census) {
        if (census && ++census_count == 2) stop.raise();
    };
    run_to_end();
    EXPECT_EQ(census_count, 2);
}

TEST_F(StreamWait, DirtIsSeenThoughRecordsPourIn) {
    bool stopped = false;
    source.on_stop = [&stopped] { stopped = true; };
    source.on_start = [this] { source.add(record(1)); };
    source.on_read = [&] {
        if (!stopped) source.add(record(1));
        source.dirty = true;
    };
    int sweeps = 0;
    source.on_sweep = [&](bool) {
        if (++sweeps == 3) stop.raise();
    };
    run_to_end();
    EXPECT_EQ(sweeps, 4);
}

TEST_F(StreamWait, WhatASweepFindsIsDelivered) {
    source.dirty = true;
    bool found = false;
    source.on_sweep = [&](bool) {
        if (!std::exchange(found, true)) source.add(record(1, NSSCOPE_EV_NS_DESTROY)); // wakes nobody
    };
    sink.on_event = [this] { stop.raise(); };
    EXPECT_EQ(run_to_end().delivered, 1u);
}

} // namespace
} // namespace nsscope
