#include "base/text.hpp"

#include <gtest/gtest.h>

#include <array>

namespace nsscope {
namespace {

using namespace std::string_view_literals;

struct Case {
    std::string_view name, in, out;
};

#define FFFD "\xEF\xBF\xBD"

constexpr std::array utf8_cases{
    Case{"empty", "", ""},
    Case{"plain", "nginx: worker", "nginx: worker"},
    Case{"NUL and controls stay", "a\0b\n\x7F"sv, "a\0b\n\x7F"sv},
    Case{"two, three and four bytes", "é€😀", "é€😀"},
    Case{"first and last of each length", "\u0080\u07FF\u0800\uFFFF\U00010000\U0010FFFF",
         "\u0080\u07FF\u0800\uFFFF\U00010000\U0010FFFF"},
    Case{"around the surrogates", "\uD7FF\uE000", "\uD7FF\uE000"},
    Case{"lone continuation", "a\x80z", "a" FFFD "z"},
    Case{"bytes that are never right", "\xC0\xC1\xF5\xFE\xFF", FFFD FFFD FFFD FFFD FFFD},
    Case{"overlong slash", "\xC0\xAF", FFFD FFFD},
    Case{"overlong in three bytes", "\xE0\x9F\xBF", FFFD FFFD FFFD},
    Case{"overlong in four bytes", "\xF0\x8F\xBF\xBF", FFFD FFFD FFFD FFFD},
    Case{"surrogate", "\xED\xA0\x80", FFFD FFFD FFFD},
    Case{"above U+10FFFF", "\xF4\x90\x80\x80", FFFD FFFD FFFD FFFD},
    Case{"cut after one of two", "a\xC3", "a" FFFD},
    Case{"cut after two of three", "\xE2\x82", FFFD FFFD},
    Case{"cut after three of four", "\xF0\x9F\x98", FFFD FFFD FFFD},
    Case{"a comm cut at 15 bytes", "0123456789abcd\xC3", "0123456789abcd" FFFD},
    Case{"a bad byte costs its neighbour nothing", "\xE2\x28\xA1é", FFFD "(" FFFD "é"},
    Case{"bad byte after a whole word of ASCII", "12345678\xFF", "12345678" FFFD},
};

TEST(ToUtf8, Table) {
    for (const auto& c : utf8_cases) EXPECT_EQ(to_utf8(c.in), c.out) << c.name;
}

TEST(ToUtf8, IsIdempotent) {
    for (const auto& c : utf8_cases) EXPECT_EQ(to_utf8(c.out), c.out) << c.name;
}

TEST(ToUtf8, AppendsWithoutTouchingWhatIsThere) {
    std::string out = "\xFF<";
    append_utf8(out, "plain");
    append_utf8(out, "\xFE");
    EXPECT_EQ(out, "\xFF<plain" FFFD);
}

constexpr std::array printable_cases{
    Case{"empty", "", ""},
    Case{"plain with space", "a b~!", "a b~!"},
    Case{"backslash doubles", R"(a\x1b)", R"(a\\x1b)"},
    Case{"newline and tab", "a\nb\tc", R"(a\nb\tc)"},
    Case{"NUL", "a\0b"sv, R"(a\x00b)"},
    Case{"escape sequence", "\x1B[2J\x1B]0;pwned\x07", R"(\x1b[2J\x1b]0;pwned\x07)"},
    Case{"carriage return and backspace", "root\rme\b", R"(root\x0dme\x08)"},
    Case{"DEL", "\x7F", R"(\x7f)"},
    Case{"C1 CSI as a character", "\u009B2J", R"(\u{009b}2J)"},
    Case{"C1 CSI as a byte",
         "\x9B"
         "2J",
         R"(\x9b2J)"},
    Case{"first and last C1", "\u0080\u009F\u00A0", "\\u{0080}\\u{009f}\u00A0"},
    Case{"bidirectional marks", "\u200E\u200F\u061C", R"(\u{200e}\u{200f}\u{061c})"},
    Case{"bidirectional embeddings", "\u202A\u202B\u202C\u202D\u202E",
         R"(\u{202a}\u{202b}\u{202c}\u{202d}\u{202e})"},
    Case{"bidirectional isolates", "\u2066\u2067\u2068\u2069", R"(\u{2066}\u{2067}\u{2068}\u{2069})"},
    Case{"zero width", "\u200B\u200C\u200D\uFEFF", R"(\u{200b}\u{200c}\u{200d}\u{feff})"},
    Case{"invisible operators", "\u2060\u2061\u2062\u2063\u2064",
         R"(\u{2060}\u{2061}\u{2062}\u{2063}\u{2064})"},
    Case{"soft hyphen", "\u00AD", R"(\u{00ad})"},
    Case{"line and paragraph separator", "\u2028\u2029", R"(\u{2028}\u{2029})"},
    Case{"tags", "\U000E0041\U000E007F", R"(\u{e0041}\u{e007f})"},
    Case{"their neighbours show", "\u2027\u2030\u200A\u2010\uFF9F", "\u2027\u2030\u200A\u2010\uFF9F"},
    Case{"other scripts show", "дом 家 é 😀", "дом 家 é 😀"},
    Case{"not UTF-8", "\xC0\xAF\xED\xA0\x80", R"(\xc0\xaf\xed\xa0\x80)"},
    Case{"cut sequence", "\xE2\x82", R"(\xe2\x82)"},
};

TEST(ToPrintable, Table) {
    for (const auto& c : printable_cases) EXPECT_EQ(to_printable(c.in), c.out) << c.name;
}

/// Otherwise a process could pass for one with another name.
TEST(ToPrintable, TellsAllInputsApart) {
    EXPECT_NE(to_printable("\n"), to_printable("\\n"));
    EXPECT_NE(to_printable("\x1B"), to_printable("\\x1b"));
    EXPECT_NE(to_printable("\x9B"), to_printable("\u009B"));
}

TEST(ToPrintable, EveryByteAlone) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string in(1, static_cast<char>(byte));
        const std::string out = to_printable(in);
        for (const char c : out) EXPECT_TRUE(c >= 0x20 && c < 0x7F) << byte;
        if (byte >= 0x20 && byte < 0x7F && byte != '\\')
            EXPECT_EQ(out, in);
        else
            EXPECT_EQ(out.front(), '\\') << byte;
    }
}

constexpr std::array json_cases{
    Case{"empty", "", ""},
    Case{"quote and backslash", R"("\)", R"(\"\\)"},
    Case{"short forms", "\n\r\t", R"(\n\r\t)"},
    Case{"other controls", "\0\x01\x1A\x1F\b\f"sv, R"(\u0000\u0001\u001a\u001f\u0008\u000c)"},
    Case{"DEL, which JSON would let through", "\x7F", R"(\u007f)"},
    Case{"C1", "\u009B", R"(\u009b)"},
    Case{"bidirectional override", "\u202E", R"(\u202e)"},
    Case{"tag, as a surrogate pair", "\U000E0041", R"(\udb40\udc41)"},
    Case{"not UTF-8", "a\xFFz", "a" FFFD "z"},
    Case{"other scripts stay", "дом 😀", "дом 😀"},
};

TEST(AppendJsonEscaped, Table) {
    for (const auto& c : json_cases) {
        std::string out;
        append_json_escaped(out, c.in);
        EXPECT_EQ(out, c.out) << c.name;
    }
}

} // namespace
} // namespace nsscope
