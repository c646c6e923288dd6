#include "engine/joined_source.hpp"

#include <memory>
#include <poll.h>
#include <utility>
#include <vector>

#include "fake_events.hpp"
#include <gtest/gtest.h>

namespace nsscope {
namespace {

/// Two sources that play from memory, as one.
class JoinedSources : public testing::Test {
  protected:
    void SetUp() override {
        std::vector<std::unique_ptr<EventSource>> sources;
        for (auto* kept : {&one_, &other_}) {
            auto source = std::make_unique<FakeSource>();
            *kept = source.get();
            sources.push_back(std::move(source));
        }
        auto made = JoinedSource::join(std::move(sources));
        ASSERT_TRUE(made) << made.error().what;
        joined_ = std::move(*made);
    }
    static wire::Bytes bytes(std::size_t size) { return wire::Bytes(size); }
    std::vector<std::size_t> read(std::size_t most) {
        std::vector<std::size_t> sizes;
        const auto count =
            joined_->read(most, [&](std::span<const std::byte> record) { sizes.push_back(record.size()); });
        EXPECT_EQ(count, sizes.size());
        return sizes;
    }
    [[nodiscard]] bool is_ready() const {
        pollfd wait{joined_->fd(), POLLIN, 0};
        return ::poll(&wait, 1, 0) == 1;
    }

    FakeSource* one_ = nullptr;
    FakeSource* other_ = nullptr;
    std::unique_ptr<EventSource> joined_;
};

TEST_F(JoinedSources, NoneWaitsForTheOther) {
    for (const std::size_t size : {1U, 2U, 3U}) one_->records.push_back(bytes(size));
    for (const std::size_t size : {11U, 12U}) other_->records.push_back(bytes(size));
    EXPECT_EQ(read(2), (std::vector<std::size_t>{1, 2}));
    EXPECT_EQ(read(2), (std::vector<std::size_t>{11, 12}));
    EXPECT_EQ(read(2), (std::vector<std::size_t>{3}));
    EXPECT_EQ(read(2), (std::vector<std::size_t>{}));
}

TEST_F(JoinedSources, EitherWakes) {
    EXPECT_FALSE(is_ready());
    other_->wakeup.raise();
    EXPECT_TRUE(is_ready());
    static_cast<void>(read(1));
    EXPECT_FALSE(is_ready());
}

TEST_F(JoinedSources, WhatIsAskedIsAskedOfBoth) {
    joined_->start();
    joined_->ask_wakeup();
    other_->dirty = true;
    EXPECT_TRUE(joined_->take_dirty());
    EXPECT_FALSE(joined_->take_dirty());
    one_->without_task = 2;
    other_->without_task = 3;
    EXPECT_EQ(joined_->sweep(true), 5U);
    EXPECT_FALSE(joined_->is_filling_up());
    other_->fills_up = true;
    EXPECT_TRUE(joined_->is_filling_up());
    joined_->forgo_wakeup();
    joined_->stop();
    EXPECT_EQ(one_->calls, other_->calls);
}

TEST_F(JoinedSources, CountersAreAddedUp) {
    one_->lose(LossCause::ring_full, EventType::ns_unshare, 3);
    other_->lose(LossCause::ring_full, EventType::ns_unshare, 4);
    other_->totals.filtered[0] = 5;
    const auto counters = joined_->counters();
    const auto type = static_cast<std::size_t>(EventType::ns_unshare);
    EXPECT_EQ(counters.lost[static_cast<std::size_t>(LossCause::ring_full)][type], 7U);
    EXPECT_EQ(counters.produced[type], 7U);
    EXPECT_EQ(counters.filtered[0], 5U);
}

} // namespace
} // namespace nsscope
