#include "stream_fixture.hpp"

namespace nsscope {
namespace {

using Kinds = std::vector<std::string>;

class RecordsAfterReload : public StreamTest {
  protected:
    RecordsAfterReload() {
        options.hangup_fd = hangup.fd();
        options.filter.events = mask_of(EventType::ns_unshare);
        source.on_read = [this] {
            if (source.reads == 1)
                hangup.raise();
            else if (source.records.empty())
                stop.raise();
        };
    }
    static StreamOptions::Change to(EventFilter filter) {
        StreamOptions::Change change;
        change.start.events = filter.events;
        change.filter = std::move(filter);
        return change;
    }
    Flag hangup;
};

TEST_F(RecordsAfterReload, WhatIsAskedForChangesAndTheTotalsAreOfWhatWasAskedForThen) {
    source.add(record(1));
    source.add(record(2, NSSCOPE_EV_PROCESS_FORK));
    source.lose(LossCause::ring_full, EventType::ns_unshare, 3);
    source.lose(LossCause::ring_full, EventType::process_fork, 20);
    options.reload = [this]() -> std::optional<StreamOptions::Change> {
        source.add(record(3));
        source.add(record(4, NSSCOPE_EV_PROCESS_FORK));
        source.lose(LossCause::ring_full, EventType::ns_unshare, 300); // still asked for
        EventFilter filter;
        filter.events = mask_of(EventType::process_fork);
        return to(filter);
    };
    source.on_stop = [this] {
        source.lose(LossCause::ring_full, EventType::process_fork, 5);
        source.lose(LossCause::ring_full, EventType::ns_unshare, 7000);
    };
    const auto totals = run_to_end();
    EXPECT_EQ(sink.kinds(),
              (Kinds{"start", "ns.unshare", "loss", "loss", "reload", "process.fork", "loss", "end"}));
    EXPECT_EQ(sink.pids(), (std::vector<std::uint32_t>{1, 4}));
    EXPECT_EQ(sink.so_far.delivered, 1U);
    EXPECT_EQ(sink.so_far.lost, 303U);
    EXPECT_EQ(sink.so_far.produced, 304U);
    EXPECT_EQ(totals.delivered, 2U);
    EXPECT_EQ(totals.lost, 308U);
    EXPECT_EQ(totals.produced, 310U);
}

TEST_F(RecordsAfterReload, WhatTheKernelFilteredCountsByWhatWasAskedForThen) {
    const auto filter_out = [this](EventType type, std::uint64_t count) {
        source.totals.produced.at(static_cast<std::size_t>(type)) += count;
        source.totals.filtered.at(static_cast<std::size_t>(type)) += count;
    };
    source.add(record(1));
    filter_out(EventType::ns_unshare, 10);
    filter_out(EventType::process_fork, 200);
    options.reload = [&]() -> std::optional<StreamOptions::Change> {
        EventFilter filter;
        filter.events = mask_of(EventType::process_fork);
        filter.comm = "nobody";
        source.add(record(2, NSSCOPE_EV_PROCESS_FORK));
        return to(filter);
    };
    source.on_stop = [&] {
        filter_out(EventType::process_fork, 3000);
        filter_out(EventType::ns_unshare, 40000);
    };
    const auto totals = run_to_end();
    EXPECT_EQ(totals.filtered, 3011U);
    EXPECT_EQ(totals.produced, 3012U);
}

TEST_F(RecordsAfterReload, OneThatCannotBeChangesNothing) {
    source.add(record(1));
    int asked = 0;
    options.reload = [&]() -> std::optional<StreamOptions::Change> {
        ++asked;
        source.add(record(2));
        return std::nullopt;
    };
    run_to_end();
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(sink.kinds(), (Kinds{"start", "ns.unshare", "ns.unshare", "end"}));
    EXPECT_EQ(sink.reopened, 1) << "files are opened anew all the same";
}

class RecordsThatCannotBeJudged : public StreamTest {};

TEST_F(RecordsThatCannotBeJudged, WhatCannotBeToldIsLostAndNotFiltered) {
    cgroups = {{1, "/a/b"}, {2, "/c"}};
    options.filter.cgroup = "/a";
    for (const std::uint32_t pid : {1U, 2U, 3U, 4U}) source.add(record(pid)); // 3 and 4 are gone
    stop_when_dry();
    const auto totals = run_to_end();
    EXPECT_EQ(totals.delivered, 1U);
    EXPECT_EQ(totals.filtered, 1U);
    EXPECT_EQ(totals.lost, 2U);
    const auto& loss = sink.entries.at(sink.entries.size() - 2);
    ASSERT_EQ(loss.losses.size(), 1U);
    EXPECT_EQ(loss.losses[0].cause, LossCause::filter_error);
    EXPECT_EQ(loss.losses[0].event, EventType::ns_unshare);
    EXPECT_EQ(loss.losses[0].count, 2U);
}

TEST_F(RecordsThatCannotBeJudged, WhatAnotherFilterKeepsOutIsNoLoss) {
    options.filter.cgroup = "/a";
    options.filter.comm = "nobody";
    source.add(record(3));
    stop_when_dry();
    const auto totals = run_to_end();
    EXPECT_EQ(totals.filtered, 1U);
    EXPECT_EQ(totals.lost, 0U);
}

TEST_F(RecordsThatCannotBeJudged, ByUidAndFamily) {
    options.filter.uid = 7;
    options.filter.pid = 100;
    options.filter.descendants = true;
    const auto add = [&](std::uint32_t pid, std::uint32_t uid, std::uint32_t family) {
        auto one = record(pid);
        one.task.uid = uid;
        one.task.family = family;
        source.add(one);
    };
    add(100, 7, 0);
    add(101, 7, 1);
    add(102, 7, 0);
    add(103, 8, 1);
    stop_when_dry();
    run_to_end();
    EXPECT_EQ(sink.pids(), (std::vector<std::uint32_t>{100, 101}));
}

} // namespace
} // namespace nsscope
