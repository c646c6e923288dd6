#include "output/display_width.hpp"

#include <gtest/gtest.h>

#include "sample.hpp"

namespace nsscope {
namespace {

TEST(DisplayWidth, CountsCells) {
    const Utf8Locale locale;
    EXPECT_EQ(display_width(""), 0u);
    EXPECT_EQ(display_width("abc"), 3u);
    EXPECT_EQ(display_width("é"), 1u);
    EXPECT_EQ(display_width("├─"), 2u);
    EXPECT_EQ(display_width("漢字"), 4u);
    EXPECT_EQ(display_width("e\u0301"), 1u); // a combining accent
    EXPECT_EQ(display_width("😀"), 2u);
}

TEST(DisplayWidth, UnknownToTheLocaleIsOneCell) { EXPECT_EQ(display_width("漢字"), 2u); }

TEST(DisplayWidth, CutsBetweenCharacters) {
    const Utf8Locale locale;
    EXPECT_EQ(cut_to_width("abc", 0), "");
    EXPECT_EQ(cut_to_width("abc", 2), "ab");
    EXPECT_EQ(cut_to_width("abc", 9), "abc");
    EXPECT_EQ(cut_to_width("a漢字", 2), "a"); // half a character does not fit
    EXPECT_EQ(cut_to_width("a漢字", 3), "a漢");
    EXPECT_EQ(cut_to_width("e\u0301x", 1), "e\u0301");
}

TEST(DisplayWidth, HalfACharacterAtTheEndIsNotReadBeyond) {
    EXPECT_EQ(display_width("\xe6\xbc"), 1u);
    EXPECT_EQ(cut_to_width("\xf0", 1), "\xf0");
}

} // namespace
} // namespace nsscope
