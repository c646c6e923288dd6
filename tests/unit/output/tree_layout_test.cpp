#include "output/tree_layout.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace nsscope {
namespace {

constexpr auto none = no_parent;

std::string draw(std::vector<std::size_t> parents, bool utf8 = false) {
    std::string text;
    for (const auto& row : lay_out_tree(std::move(parents), utf8))
        text += row.branch + std::to_string(row.node) + "\n";
    return text;
}

TEST(TreeLayout, Nothing) { EXPECT_EQ(draw({}), ""); }

TEST(TreeLayout, ForestInOrder) {
    EXPECT_EQ(draw({none, none, 0, 0, 2, 4, 1}), "0\n"
                                                 "|-2\n"
                                                 "| `-4\n"
                                                 "|   `-5\n"
                                                 "`-3\n"
                                                 "1\n"
                                                 "`-6\n");
    EXPECT_EQ(draw({none, 0, 0, 1}, true), "0\n├─1\n│ └─3\n└─2\n");
}

TEST(TreeLayout, ParentMayComeAfterItsChild) { EXPECT_EQ(draw({2, 0, none}), "2\n`-0\n  `-1\n"); }

TEST(TreeLayout, TrunkGoesOnBesideFurtherLines) {
    const auto rows = lay_out_tree({none, 0, 0}, false);
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0].trunk, "| ");
    EXPECT_EQ(rows[1].trunk, "| ");
    EXPECT_EQ(rows[2].trunk, "  ");
}

TEST(TreeLayout, RingsAreCut) {
    EXPECT_EQ(draw({0}), "0\n");
    EXPECT_EQ(draw({1, 0}), "0\n`-1\n");
    EXPECT_EQ(draw({2, 3, 1, 2}), "1\n`-2\n  |-0\n  `-3\n"); // 0 hangs from a ring that it is not in
    EXPECT_EQ(draw({1, 2, 0, 4, 3}), "0\n`-2\n  `-1\n3\n`-4\n");
}

TEST(TreeLayout, EndlessChainStaysNarrow) {
    std::vector<std::size_t> parents{none};
    for (std::size_t i = 0; i + 1 < 200000; ++i) parents.push_back(i);
    const auto rows = lay_out_tree(std::move(parents), true);
    ASSERT_EQ(rows.size(), 200000u);
    for (std::size_t i = 0; i < rows.size(); ++i) ASSERT_EQ(rows[i].node, i);
    EXPECT_TRUE(
        std::all_of(rows.begin(), rows.end(), [](const auto& row) { return row.branch.size() < 300; }));
}

} // namespace
} // namespace nsscope
