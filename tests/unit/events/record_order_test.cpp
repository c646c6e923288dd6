#include "events/record_order.hpp"

#include <gtest/gtest.h>

#include "wire.hpp"

namespace nsscope {
namespace {

class RecordOrderTest : public testing::Test {
  protected:
    void add(std::uint64_t mono_ns, std::uint32_t pid = 0) {
        wire::Record record{.type = NSSCOPE_EV_NS_UNSHARE};
        record.mono_ns = mono_ns;
        record.task = wire::task(pid);
        order.add(record.bytes());
    }
    std::vector<std::uint64_t> release(bool all) {
        std::vector<std::uint64_t> times;
        order.release(all, [&](std::span<const std::byte> bytes) {
            nsscope_record record{};
            std::memcpy(&record, bytes.data(), sizeof record);
            times.push_back(record.hdr.mono_ns);
            pids.push_back(record.task.pid);
        });
        return times;
    }
    RecordOrder order;
    std::vector<std::uint32_t> pids;
};

constexpr std::uint64_t ms = RecordOrder::window_ns;

TEST_F(RecordOrderTest, WhatIsAllThereIsSorted) {
    add(30), add(10), add(20);
    EXPECT_EQ(release(true), (std::vector<std::uint64_t>{10, 20, 30}));
    EXPECT_EQ(order.waiting(), 0U);
}

TEST_F(RecordOrderTest, OfTheSameTimeTheRingsOrderHolds) {
    add(10, 1), add(10, 2), add(5, 3), add(10, 4);
    release(true);
    EXPECT_EQ(pids, (std::vector<std::uint32_t>{3, 1, 2, 4}));
}

TEST_F(RecordOrderTest, WhileMoreComesTheLatestWait) {
    add(10 * ms), add(20 * ms), add(20 * ms + 5);
    EXPECT_EQ(release(false), (std::vector<std::uint64_t>{10 * ms}));
    EXPECT_EQ(order.waiting(), 2U);
    add(20 * ms + 1); // of another CPU
    EXPECT_EQ(release(true), (std::vector<std::uint64_t>{20 * ms, 20 * ms + 1, 20 * ms + 5}));
}

TEST_F(RecordOrderTest, NeverMoreWaitThanAFew) {
    for (std::uint64_t i = 0; i < RecordOrder::most + 100; ++i) add(10 * ms + i);
    EXPECT_EQ(release(false).size(), 100U);
    EXPECT_EQ(order.waiting(), RecordOrder::most);
    EXPECT_EQ(release(true).size(), RecordOrder::most);
}

TEST_F(RecordOrderTest, WhatIsNoRecordStaysWhereItIs) {
    add(10);
    order.add({});
    add(20);
    std::size_t sizes = 0;
    order.release(true,
                  [&](std::span<const std::byte> bytes) { sizes = sizes * 2 + (bytes.empty() ? 1 : 0); });
    EXPECT_EQ(sizes, 2U) << "the second of three";
}

} // namespace
} // namespace nsscope
