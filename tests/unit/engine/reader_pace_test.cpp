#include "engine/reader_pace.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace nsscope {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

class ReaderPaceTest : public testing::Test {
  protected:
    std::vector<bool> hurried;
    ReaderPace pace{[this](bool yes) { hurried.push_back(yes); }};
};

TEST_F(ReaderPaceTest, NapsOnceAfterItHasReadSomething) {
    EXPECT_FALSE(pace.naps(1)) << "nothing was ever there";
    pace.found(2, false);
    pace.found(3, false);
    EXPECT_TRUE(pace.naps(4));
    EXPECT_FALSE(pace.naps(5));
    EXPECT_TRUE(hurried.empty());
}

TEST_F(ReaderPaceTest, HurriesForASecondAfterTheSourceFilledUp) {
    pace.found(1, true);
    pace.found(second, true);
    EXPECT_TRUE(pace.naps(2 * second - 1));
    EXPECT_TRUE(pace.naps(2 * second - 1)) << "there may be more at any time";
    pace.found(2 * second, false);
    EXPECT_EQ(hurried, std::vector{true});
    pace.found(2 * second + 1, false);
    EXPECT_EQ(hurried, (std::vector{true, false}));
    EXPECT_TRUE(pace.naps(2 * second + 1));
    EXPECT_FALSE(pace.naps(2 * second + 1));
}

TEST_F(ReaderPaceTest, TakesTimeBeforeItIsWoken) {
    pace.take_time();
    pace.found(1, true);
    pace.take_time();
    pace.take_time();
    EXPECT_EQ(hurried, (std::vector{true, false}));
    pace.found(2, true);
    EXPECT_EQ(hurried, (std::vector{true, false, true}));
}

TEST(ReaderPace, NeedsNobodyToHurry) {
    ReaderPace pace({});
    pace.found(1, true);
    pace.take_time();
    EXPECT_TRUE(pace.naps(2));
    pace.rest_if_due();
}

} // namespace
} // namespace nsscope
