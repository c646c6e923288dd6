#include "output/table.hpp"

#include <gtest/gtest.h>

#include "sample.hpp"

namespace nsscope {
namespace {

Table small_table() {
    return {.headings = {{"N", true}, {"TEXT", false, true}, {"END"}},
            .rows = {{{"1", "one two", "x"}}, {{"22", "a\nbcd\ne", ""}}, {{"", "", "last"}}}};
}

std::string print(const Table& table, const TableStyle& style) {
    std::string text = "> ";
    append_table(text, table, style);
    return text;
}

TEST(Table, AlignsAndWraps) {
    EXPECT_EQ(print(small_table(), {}), "> "
                                        " N TEXT    END\n"
                                        " 1 one two x\n"
                                        "22 a\n"
                                        "   bcd\n"
                                        "   e\n"
                                        "           last\n");
}

TEST(Table, ValuesOnOneLine) {
    EXPECT_EQ(print(small_table(), {.headings = false, .wrap = false}), "> "
                                                                        " 1 one two x\n"
                                                                        "22 a,bcd,e\n"
                                                                        "           last\n");
}

TEST(Table, RawKeepsEveryCellAWord) {
    EXPECT_EQ(print(small_table(), {.raw = true}), "> "
                                                   "N TEXT END\n"
                                                   "1 one\\x20two x\n"
                                                   "22 a,bcd,e \n"
                                                   "  last\n");
}

TEST(Table, CutsToTheTerminal) {
    EXPECT_EQ(print(small_table(), {.width = 13}), "> "
                                                   " N TEXT  END\n"
                                                   " 1 one t x\n"
                                                   "22 a\n"
                                                   "   bcd\n"
                                                   "   e\n"
                                                   "         last\n");
    // Nothing gets narrower than its heading; what cannot be cut is left to the terminal.
    EXPECT_EQ(print(small_table(), {.width = 5}), "> "
                                                  " N TEXT END\n"
                                                  " 1 one  x\n"
                                                  "22 a\n"
                                                  "   bcd\n"
                                                  "   e\n"
                                                  "        last\n");
    EXPECT_EQ(print(small_table(), {.width = 80}), print(small_table(), {}));
}

TEST(Table, WideCharactersKeepColumnsStraight) {
    const Utf8Locale locale;
    const Table table{.headings = {{"NAME"}, {"N", true}}, .rows = {{{"漢字漢", "1"}}, {{"abc", "2"}}}};
    EXPECT_EQ(print(table, {}), "> NAME   N\n漢字漢 1\nabc    2\n");
}

TEST(Table, NothingButHeadings) {
    EXPECT_EQ(print({.headings = {{"A"}, {"B"}}}, {}), "> A B\n");
    EXPECT_EQ(print({.headings = {{"A"}, {"B"}}}, {.headings = false}), "> ");
}

TEST(Table, TreeColumnIsLeftAligned) {
    const Table table{.headings = {{"N", true}, {"X"}},
                      .rows = {{{"100", "a\nb"}, "", "| "}, {{"2", "c\nd"}, "`-", "  "}},
                      .tree_column = 0};
    EXPECT_EQ(print(table, {}), "> N   X\n100 a\n|   b\n`-2 c\n    d\n");
}

} // namespace
} // namespace nsscope
