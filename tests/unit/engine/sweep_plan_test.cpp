#include "engine/sweep_plan.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace nsscope {
namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t begin = 1'000'000 * ms; // the machine has been up for a while

/// Takes every look when it is due, and says how many namespaces have no task.
class Player {
  public:
    struct Look {
        std::uint64_t at_ms;
        bool census;
        bool operator==(const Look&) const = default;
    };

    Player() { play_until(begin); }

    void play_until(std::uint64_t until, std::uint64_t without_task = 0) {
        while (plan.due() && *plan.due() <= until) {
            now = std::max(now, *plan.due());
            const auto look = plan.take(now);
            ASSERT_TRUE(look);
            looks.push_back({(now - begin) / ms, look->census});
            plan.looked(now, look->census ? without_task : 0);
        }
        now = until;
    }

    SweepPlan plan;
    std::vector<Look> looks;
    std::uint64_t now = begin;
};

using Looks = std::vector<Player::Look>;

TEST(SweepPlan, BeginsWithACensusAndThenRests) {
    SweepPlan plan;
    ASSERT_TRUE(plan.due());
    const auto look = plan.take(begin);
    ASSERT_TRUE(look);
    EXPECT_TRUE(look->census);
    plan.looked(begin, 0);
    EXPECT_FALSE(plan.due());
    EXPECT_FALSE(plan.take(begin + 1'000'000 * ms));
}

TEST(SweepPlan, NothingIsTakenBeforeItIsDue) {
    Player player;
    player.plan.hint(begin + 100 * ms);
    ASSERT_TRUE(player.plan.due());
    EXPECT_EQ(*player.plan.due(), begin + 101 * ms);
    EXPECT_FALSE(player.plan.take(begin + 101 * ms - 1));
    EXPECT_TRUE(player.plan.take(begin + 101 * ms));
}

TEST(SweepPlan, LooksAtGrowingDistancesThenACensus) {
    Player player;
    player.looks.clear();
    player.plan.hint(begin + 100 * ms);
    player.play_until(begin + 10'000 * ms);
    EXPECT_EQ(player.looks, (Looks{{101, false}, {116, false}, {266, false}, {766, true}}));
    EXPECT_FALSE(player.plan.due());
}

TEST(SweepPlan, GoesOnAsLongAsSomethingCanDieUnnoticed) {
    Player player;
    player.looks.clear();
    player.plan.hint(begin + 100 * ms);
    player.play_until(begin + 3000 * ms, 1);
    EXPECT_EQ(player.looks,
              (Looks{{101, false}, {116, false}, {266, false}, {766, true}, {1766, true}, {2766, true}}));
    player.looks.clear();
    player.play_until(begin + 9000 * ms, 0);
    EXPECT_EQ(player.looks, (Looks{{3766, true}}));
}

TEST(SweepPlan, AHintBeginsAnew) {
    Player player;
    player.looks.clear();
    player.plan.hint(begin + 100 * ms);
    player.play_until(begin + 300 * ms);
    player.plan.hint(begin + 300 * ms);
    player.play_until(begin + 10'000 * ms);
    EXPECT_EQ(player.looks, (Looks{{101, false},
                                   {116, false},
                                   {266, false},
                                   {301, false},
                                   {316, false},
                                   {466, false},
                                   {966, true}}));
}

TEST(SweepPlan, AHintDoesNotPutOffWhatIsDue) {
    Player player;
    player.plan.hint(begin + 100 * ms);
    const auto due = player.plan.due();
    player.plan.hint(begin + 100 * ms + ms / 2);
    EXPECT_EQ(player.plan.due(), due);
}

TEST(SweepPlan, HintsThatPourInDoNotHurryIt) {
    Player player;
    player.looks.clear();
    for (std::uint64_t now = begin + 100 * ms; now < begin + 1100 * ms; now += ms / 10) {
        player.plan.hint(now);
        player.play_until(now);
    }
    EXPECT_GE(player.looks.size(), 50u);
    EXPECT_LE(player.looks.size(), 101u) << "not more than one in 10 ms";
}

} // namespace
} // namespace nsscope
