#include "policy/glob.hpp"

#include <gtest/gtest.h>

namespace nsscope {
namespace {

TEST(Glob, Matches) {
    EXPECT_TRUE(glob_matches("", ""));
    EXPECT_FALSE(glob_matches("", "a"));
    EXPECT_TRUE(glob_matches("*", ""));
    EXPECT_TRUE(glob_matches("|*", "|/bin/crash"));
    EXPECT_FALSE(glob_matches("|*", " |/bin/crash"));
    EXPECT_TRUE(glob_matches("a*b*c", "aXbYbZc"));
    EXPECT_FALSE(glob_matches("a*b*c", "aXbYbZ"));
    EXPECT_TRUE(glob_matches("?\?", "ab"));
    EXPECT_FALSE(glob_matches("?", ""));
    EXPECT_TRUE(glob_matches(R"(\*\?\\)", R"(*?\)"));
    EXPECT_FALSE(glob_matches(R"(\*)", "a"));
    EXPECT_TRUE(glob_matches(R"(a\)", R"(a\)"));
    EXPECT_TRUE(glob_matches("*\xff", "\xfe\xff"));
}

TEST(Glob, Bits) {
    EXPECT_EQ(glob_bits(""), 1U);
    EXPECT_EQ(glob_bits("**"), 1U);
    EXPECT_EQ(glob_bits(R"(a?*\*)"), 4U);
}

} // namespace
} // namespace nsscope
