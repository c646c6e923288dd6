#include "stream_fixture.hpp"

namespace nsscope {
namespace {

using namespace std::string_view_literals;
using Kinds = std::vector<std::string>;
using Pids = std::vector<std::uint32_t>;

class EventStreamTest : public StreamTest {};

TEST_F(EventStreamTest, NothingHappens) {
    stop.raise();
    const auto totals = run_to_end();
    EXPECT_EQ(sink.kinds(), (Kinds{"start", "end"}));
    EXPECT_EQ(totals.produced, 0u);
}

TEST_F(EventStreamTest, EverythingInItsOrder) {
    source.add(record(1, NSSCOPE_EV_NS_CLONE));
    source.add(record(2, NSSCOPE_EV_NS_UNSHARE));
    source.add(record(3, NSSCOPE_EV_NS_DESTROY));
    stop_when_dry();
    const auto totals = run_to_end();
    EXPECT_EQ(sink.kinds(), (Kinds{"start", "ns.clone", "ns.unshare", "ns.destroy", "end"}));
    EXPECT_EQ(sink.pids(), (Pids{1, 2, 3}));
    EXPECT_EQ(totals.delivered, 3u);
}

TEST_F(EventStreamTest, StartIsPrintedBeforeAnythingIsRead) {
    source.on_start = [this] { EXPECT_TRUE(sink.entries.empty()); };
    source.on_read = [this] {
        if (source.reads > 1) return;
        ASSERT_EQ(sink.entries.size(), 1u);
        EXPECT_TRUE(sink.entries[0].flushed);
        stop.raise();
    };
    run_to_end();
    EXPECT_EQ(source.calls.front(), "start");
}

TEST_F(EventStreamTest, TimesAreOfTheRecord) {
    auto one = record(1);
    one.mono_ns = 1'000'000'000'000'000'123; // long after the start
    source.add(one);
    one.mono_ns = 1'000'000'001'000'000'123;
    source.add(one);
    stop_when_dry();
    run_to_end();
    const auto& first = sink.entries[1].position;
    const auto& second = sink.entries[2].position;
    EXPECT_EQ(first.mono_ns, 1'000'000'000'000'000'123u);
    EXPECT_EQ(second.mono_ns, 1'000'000'001'000'000'123u);
    EXPECT_EQ(second.time_ns - first.time_ns, 1'000'000'000) << "one offset for all of a batch";
    EXPECT_LT(sink.entries[0].position.mono_ns, sink.entries[3].position.mono_ns);
}

TEST_F(EventStreamTest, WhatComesWhileItEndsIsDelivered) {
    stop.raise();
    source.on_sweep = [this](bool census) {
        if (!census) source.add(record(1, NSSCOPE_EV_NS_DESTROY));
    };
    source.on_stop = [this] {
        for (std::uint32_t pid = 2; pid <= 2000; pid++) source.add(record(pid)); // more than one batch
    };
    const auto totals = run_to_end();
    EXPECT_EQ(totals.delivered, 2000u);
}

TEST_F(EventStreamTest, NamesAreLearntOnTheWay) {
    source.records.push_back(wire::Exe{.key = 7, .names = "unshare\0bin\0"sv}.bytes());
    source.add(record(1));
    stop_when_dry();
    const auto totals = run_to_end();
    EXPECT_EQ(totals.produced, 1u) << "a name is no event";
    ASSERT_NE(names.exe(7), nullptr);
    EXPECT_EQ(*names.exe(7), "/bin/unshare");
}

TEST_F(EventStreamTest, CountEndsIt) {
    options.count = 3;
    for (std::uint32_t pid = 1; pid <= 5; pid++) source.add(record(pid));
    source.on_stop = [this] { source.add(record(6)); };
    const auto totals = run_to_end();
    EXPECT_EQ(sink.pids(), (Pids{1, 2, 3}));
    EXPECT_EQ(totals.produced, 6u);
    EXPECT_EQ(totals.filtered, 3u);
}

TEST_F(EventStreamTest, FilteredByTheKernelAndHereIsOneNumber) {
    options.count = 1;
    source.add(record(1));
    source.add(record(2));
    source.totals.produced[0] += 10;
    source.totals.filtered[0] += 10;
    const auto totals = run_to_end();
    EXPECT_EQ(totals.delivered, 1u);
    EXPECT_EQ(totals.filtered, 11u);
}

TEST_F(EventStreamTest, DurationEndsItThoughRecordsPourIn) {
    options.duration_ns = 20'000'000;
    source.add(record(1));
    bool stopped = false;
    source.on_stop = [&stopped] { stopped = true; };
    source.on_read = [&] {
        while (!stopped && source.records.size() < 1000) source.add(record(1));
    };
    run_to_end();
}

TEST_F(EventStreamTest, StopIsHeardThoughRecordsPourIn) {
    bool stopped = false;
    source.on_stop = [&stopped] { stopped = true; };
    source.on_start = [this] { source.add(record(1)); };
    source.on_read = [&] { // there is always one more
        if (!stopped) source.add(record(1));
        if (source.reads == 3) stop.raise();
    };
    run_to_end(); // deaf, it would go on until the guard's time is over
    EXPECT_TRUE(stopped);
}

TEST_F(EventStreamTest, CgroupsByPathAndNotByName) {
    cgroups = {{1, "/a"}, {2, "/a/b"}, {3, "/ab"}, {4, "/"}, {5, "/a/b/c"}, {6, "/b/a"}};
    for (const std::string path : {"/a", "/a/", "/a//"}) {
        source.totals = {};
        sink.entries.clear();
        stop.lower();
        options.filter.cgroup = path;
        for (std::uint32_t id = 1; id <= 7; id++) source.add(record(id)); // 7 has no name
        stop_when_dry();
        const auto totals = run_to_end();
        EXPECT_EQ(sink.pids(), (Pids{1, 2, 5})) << path;
        EXPECT_EQ(totals.filtered, 3u) << path;
        EXPECT_EQ(totals.lost, 1u) << path << ": where the last one was nobody can tell";
    }
}

TEST_F(EventStreamTest, TheRootCgroupHoldsAllThatHaveAName) {
    cgroups = {{1, "/a"}, {4, "/"}};
    options.filter.cgroup = "/";
    for (const std::uint32_t id : {1, 4, 7}) source.add(record(id));
    stop_when_dry();
    run_to_end();
    EXPECT_EQ(sink.pids(), (Pids{1, 4}));
}

TEST_F(EventStreamTest, AChildInTheCgroupWillDo) {
    cgroups = {{1, "/a"}, {2, "/b"}};
    options.filter.cgroup = "/b";
    auto birth = record(1, NSSCOPE_EV_NS_CLONE);
    birth.rec_flags = NSSCOPE_REC_HAS_CHILD;
    birth.child = record(2).task;
    source.add(birth);
    auto nobody = record(2, NSSCOPE_EV_NS_DESTROY);
    nobody.rec_flags = NSSCOPE_REC_NO_TASK;
    source.add(nobody);
    stop_when_dry();
    const auto totals = run_to_end();
    EXPECT_EQ(sink.pids(), (Pids{1}));
    EXPECT_EQ(totals.filtered, 1u) << "a death that nobody had a part in is in no cgroup";
}

TEST_F(EventStreamTest, ASinkThatFailsEndsIt) {
    for (const int error : {EPIPE, ENOSPC, ETIMEDOUT}) {
        source.add(record(1));
        sink.fail_with = 0;
        sink.on_event = [this, error] { sink.fail_with = error; };
        const auto totals = run();
        ASSERT_FALSE(totals);
        EXPECT_EQ(totals.error().error_number, error);
        EXPECT_NE(sink.entries.back().kind, "end");
    }
}

TEST_F(EventStreamTest, ASinkThatFailsAtOnceOrAtTheEnd) {
    sink.fail_with = EPIPE;
    auto totals = run();
    ASSERT_FALSE(totals);
    EXPECT_EQ(totals.error().error_number, EPIPE);
    EXPECT_EQ(source.reads, 0u);

    sink.fail_with = 0;
    stop.raise();
    source.on_stop = [this] { sink.fail_with = ENOSPC; };
    totals = run();
    ASSERT_FALSE(totals);
    EXPECT_EQ(totals.error().error_number, ENOSPC);
}

TEST_F(EventStreamTest, ARecordThatCannotBeReadEndsIt) {
    source.add(record(1));
    auto broken = record(2);
    broken.type = 0x7777;
    source.records.push_back(broken.bytes());
    const auto totals = run();
    ASSERT_FALSE(totals);
    EXPECT_NE(totals.error().what, "");
    EXPECT_EQ(totals.error().error_number, 0);
}

} // namespace
} // namespace nsscope
