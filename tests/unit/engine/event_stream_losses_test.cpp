#include <thread>

#include "stream_fixture.hpp"

namespace nsscope {
namespace {

using Kinds = std::vector<std::string>;

/// The order of a record's entries is not promised.
std::map<std::pair<EventType, LossCause>, std::uint64_t> table(const std::vector<Loss>& losses) {
    std::map<std::pair<EventType, LossCause>, std::uint64_t> table;
    for (const auto& loss : losses) {
        EXPECT_GT(loss.count, 0u);
        EXPECT_TRUE(table.emplace(std::pair(loss.event, loss.cause), loss.count).second) << "twice";
    }
    return table;
}
using Table = decltype(table({}));

class StreamLosses : public StreamTest {};

TEST_F(StreamLosses, EachIsToldOnceByTypeAndCause) {
    source.add(record(1));
    source.lose(LossCause::ring_full, EventType::ns_unshare, 3);
    source.on_read = [this] {
        if (source.reads == 1) {
            source.add(record(2));
        } else if (source.reads == 2) {
            source.lose(LossCause::ring_full, EventType::ns_unshare, 2);
            source.lose(LossCause::states_full, EventType::ns_clone, 1);
            source.lose(LossCause::watch_full, EventType::ns_destroy, 4);
            stop.raise();
        }
    };
    source.on_stop = [this] { source.lose(LossCause::ring_full, EventType::process_exit, 7); };
    const auto totals = run_to_end();
    ASSERT_EQ(sink.kinds(), (Kinds{"start", "ns.unshare", "loss", "ns.unshare", "loss", "end"}))
        << "the first at once, those soon after together";
    EXPECT_EQ(table(sink.entries[2].losses), (Table{{{EventType::ns_unshare, LossCause::ring_full}, 3}}));
    EXPECT_EQ(table(sink.entries[4].losses), (Table{{{EventType::ns_unshare, LossCause::ring_full}, 2},
                                                    {{EventType::ns_clone, LossCause::states_full}, 1},
                                                    {{EventType::ns_destroy, LossCause::watch_full}, 4},
                                                    {{EventType::process_exit, LossCause::ring_full}, 7}}));
    EXPECT_EQ(totals.produced, 19u);
    EXPECT_EQ(totals.delivered, 2u);
    EXPECT_EQ(totals.lost, 17u);
}

TEST_F(StreamLosses, ThoseThatLeaveNoRecordAreToldAsWell) {
    source.on_read = [this] {
        if (source.reads == 2) source.lose(LossCause::watch_full, EventType::ns_destroy, 1);
        if (source.reads == 3) {
            EXPECT_EQ(sink.kinds(), (Kinds{"start", "loss"})) << "at once, not at the end";
            stop.raise();
        }
    };
    source.on_last_look = [this] { source.wakeup.raise(); };
    const auto totals = run_to_end();
    EXPECT_EQ(totals.lost, 1u);
}

/// A loss counted just before the asking wakes nobody: the last look finds it, and then it must go out.
TEST_F(StreamLosses, WhatTheLastLookFindsDoesNotWaitInABuffer) {
    bool lost = false;
    source.on_ask = [&] {
        if (!std::exchange(lost, true)) source.lose(LossCause::watch_full, EventType::ns_destroy, 1);
    };
    std::size_t unflushed = 1;
    std::thread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        unflushed = sink.unflushed;
        stop.raise();
    });
    run_to_end();
    later.join();
    EXPECT_EQ(unflushed, 0u);
}

TEST_F(StreamLosses, ManyRoundsAddUp) {
    std::uint64_t lost = 0;
    source.on_start = [this] { source.add(record(1)); };
    source.on_read = [&] {
        if (source.reads > 200) return stop.raise();
        source.add(record(1));
        const auto type = static_cast<EventType>(source.reads % event_type_count);
        const auto cause = static_cast<LossCause>(source.reads % loss_cause_count);
        source.lose(cause, type, source.reads);
        lost += source.reads;
    };
    const auto totals = run_to_end();
    std::uint64_t told = 0;
    for (const auto& entry : sink.entries)
        for (const auto& loss : entry.losses) told += loss.count;
    EXPECT_EQ(told, lost);
    EXPECT_EQ(totals.lost, lost);
}

} // namespace
} // namespace nsscope
