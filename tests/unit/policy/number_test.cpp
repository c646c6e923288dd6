#include "policy/number.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace nsscope {
namespace {

using std::string_literals::operator""s;

/// The element as text; "absent" or "unreadable".
std::string element(const std::string& written, unsigned index = 0) {
    const auto read = read_element(written, index);
    switch (read.what) {
    case ElementRead::What::number: return to_string(read.number);
    case ElementRead::What::absent: return "absent";
    case ElementRead::What::unreadable: break;
    }
    return "unreadable";
}

TEST(Number, OneNumberHasManySpellings) {
    for (const auto* text : {"1", "01", "0x1", "0X01", " 1", "\t\v\f\r\n 1", "1\n", "1 2", "1\t", "\xA0 1"})
        EXPECT_EQ(element(text), "1") << text;
    EXPECT_EQ(element(std::string(4000, ' ') + "1"), "1");
    EXPECT_EQ(element("-0x10"), "-16");
    EXPECT_EQ(element("010"), "8");
    EXPECT_EQ(element("-0"), "0");
    EXPECT_EQ(element("00"), "0");
}

TEST(Number, WhatTheKernelRefuses) {
    for (const auto* text : {"+1", "1x", "x", "-", "- 1", "--1", "08", "0x", "0xg", "1,2", "1;"})
        EXPECT_EQ(element(text), "unreadable") << text;
    EXPECT_EQ(element("1\0"s), "unreadable");
    EXPECT_EQ(element("1\v"), "unreadable"); // a space before a number, not behind one
}

TEST(Number, Nothing) {
    EXPECT_EQ(element(""), "absent");
    EXPECT_EQ(element(" \n"), "absent");
    EXPECT_EQ(element("1 2", 2), "absent");
    EXPECT_EQ(element("1 ", 1), "absent");
}

TEST(Number, SizesOfNumbers) {
    EXPECT_EQ(element("18446744073709551615"), "18446744073709551615");
    EXPECT_EQ(element("18446744073709551616"), "unreadable");
    EXPECT_EQ(element("-18446744073709551615"), "unreadable"); // 21 bytes
    EXPECT_EQ(element("0xffffffffffffffff"), "18446744073709551615");
    EXPECT_EQ(element("00000000000000000001"), "1");           // 20 bytes
    EXPECT_EQ(element("000000000000000000001"), "unreadable"); // 21
    EXPECT_EQ(element("0000000000000000000000001"), "unreadable");
}

TEST(Number, NothingIsSeenBeyondAPage) {
    EXPECT_EQ(element(std::string(4094, ' ') + "12"), "1");
    EXPECT_EQ(element(std::string(4095, ' ') + "1"), "absent");
    EXPECT_EQ(element(std::string(4094, ' ') + "0x1"), "0");
}

TEST(Number, ElementsOfAVector) {
    EXPECT_EQ(element("4096\t131072 \n 6291456\n", 2), "6291456");
    EXPECT_EQ(element("1 x 3", 0), "1");
    EXPECT_EQ(element("1 x 3", 1), "unreadable");
    EXPECT_EQ(element("1 x 3", 2), "unreadable");
}

TEST(Number, Order) {
    const Number minus_two{2, true};
    const Number minus_one{1, true};
    EXPECT_LT(minus_two, minus_one);
    EXPECT_LT(minus_one, Number{});
    EXPECT_LT(Number{}, (Number{1, false}));
    EXPECT_GT((Number{UINT64_MAX, false}), (Number{UINT64_MAX, true}));
}

TEST(Number, InAPolicy) {
    EXPECT_EQ(parse_number("0x10"), (Number{16, false}));
    EXPECT_EQ(parse_number("-1"), (Number{1, true}));
    for (const auto* text : {"", " 1", "1 ", "1 2", "1.0", "one"})
        EXPECT_EQ(parse_number(text), std::nullopt) << text;
}

TEST(Number, StoredText) {
    EXPECT_EQ(stored_text("core\n"), "core");
    EXPECT_EQ(stored_text(" core "), " core ");
    EXPECT_EQ(stored_text("a\0b"s), "a");
    EXPECT_EQ(stored_text("\n"), "");
}

} // namespace
} // namespace nsscope
