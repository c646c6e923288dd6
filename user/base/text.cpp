#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>

namespace nsscope {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD
constexpr std::string_view hex_digits = "0123456789abcdef";

struct Range {
    char32_t first, last;
};

/// Characters from U+0080 up that show nothing and change how others are shown: the C1 controls, line and
/// paragraph separator, interlinear annotations, and all of Default_Ignorable_Code_Point
/// (DerivedCoreProperties.txt, Unicode 15), which holds the bidirectional controls, zero-width characters,
/// variation selectors and tags.
constexpr std::array<Range, 19> hidden_ranges{{
    {0x80, 0x9F},       {0xAD, 0xAD},       {0x34F, 0x34F},     {0x61C, 0x61C},       {0x115F, 0x1160},
    {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},     {0x2060, 0x206F},
    {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},     {0xFFF0, 0xFFFB},
    {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}, {0x110000, 0x110000}, // the end
}};

bool is_hidden(char32_t code) {
    const auto* range = std::lower_bound(hidden_ranges.begin(), hidden_ranges.end(), code,
                                         [](const Range& r, char32_t c) { return r.last < c; });
    return range != hidden_ranges.end() && range->first <= code;
}

/// The character at the start of `bytes`; length 0: no well-formed sequence starts there.
struct Decoded {
    char32_t code = 0;
    std::size_t length = 0;
};

/// Table 3-7 of the Unicode standard for lead bytes above 0x7F: only the second byte's range depends on the
/// lead byte; it is what keeps out overlong forms, surrogates and anything above U+10FFFF.
Decoded decode_multibyte(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned char lead = at(0);
    std::size_t length = 0;
    unsigned char low = 0x80, high = 0xBF;
    char32_t code = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
        code = lead & 0x1FU;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        code = lead & 0x0FU;
        if (lead == 0xE0) low = 0xA0;
        if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        code = lead & 0x07U;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F;
    }
    if (length == 0 || length > bytes.size() || at(1) < low || at(1) > high) return {};
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xC0U) != 0x80U) return {};
        code = (code << 6U) | (at(i) & 0x3FU);
    }
    return {code, length};
}

bool is_ascii(std::string_view bytes) {
    constexpr std::uint64_t high_bits = 0x8080808080808080U;
    std::size_t i = 0;
    for (; i + sizeof(std::uint64_t) <= bytes.size(); i += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + i, sizeof word);
        if ((word & high_bits) != 0) return false;
    }
    return std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(i), bytes.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void append_hex(std::string& out, std::uint32_t value, unsigned digits) {
    for (unsigned i = digits; i-- > 0;) out += hex_digits[(value >> (4 * i)) & 0xFU];
}

void append_printable_ascii(std::string& out, char c) {
    switch (c) {
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\t': out += "\\t"; return;
    default: break;
    }
    out += "\\x";
    append_hex(out, static_cast<unsigned char>(c), 2);
}

void append_printable_code(std::string& out, char32_t code) {
    out += "\\u{";
    append_hex(out, code, code > 0xFFFF ? 5 : 4); // nothing above U+E0FFF is hidden
    out += '}';
}

void append_json_unit(std::string& out, std::uint32_t utf16_unit) {
    out += "\\u";
    append_hex(out, utf16_unit, 4);
}

void append_json_ascii(std::string& out, char c) {
    switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: append_json_unit(out, static_cast<unsigned char>(c));
    }
}

void append_json_code(std::string& out, char32_t code) {
    if (code <= 0xFFFF) return append_json_unit(out, code);
    append_json_unit(out, 0xD800U + ((code - 0x10000U) >> 10U));
    append_json_unit(out, 0xDC00U + ((code - 0x10000U) & 0x3FFU));
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

/// Walks `bytes` and appends what needs no change in whole runs. What does is handed to `policy`: ASCII
/// characters that `changes_ascii` picks, characters that `changes_code` picks, and bytes that are not UTF-8.
template <typename Policy>
void append_changed(std::string& out, std::string_view bytes, const Policy& policy) {
    std::size_t run = 0;
    std::size_t i = 0;
    const auto end_run = [&](std::size_t skip) {
        out.append(bytes, run, i - run);
        i += skip;
        run = i;
    };
    while (i < bytes.size()) {
        const char c = bytes[i];
        if (static_cast<unsigned char>(c) < 0x80) {
            if (policy.changes_ascii(c)) {
                end_run(1);
                policy.ascii(out, c);
            } else {
                ++i;
            }
            continue;
        }
        const Decoded decoded = decode_multibyte(bytes.substr(i));
        if (decoded.length == 0) {
            end_run(1);
            policy.invalid(out, c);
        } else if (policy.changes_code(decoded.code)) {
            end_run(decoded.length);
            policy.code(out, decoded.code);
        } else {
            i += decoded.length;
        }
    }
    end_run(0);
}

struct ToUtf8 {
    static bool changes_ascii(char) { return false; }
    static bool changes_code(char32_t) { return false; }
    static void ascii(std::string& out, char c) { out += c; }
    static void code(std::string&, char32_t) {}
    static void invalid(std::string& out, char) { out += replacement; }
};

struct ToPrintable {
    static bool changes_ascii(char c) { return is_control(c) || c == '\\'; }
    static bool changes_code(char32_t code) { return is_hidden(code); }
    static void ascii(std::string& out, char c) { append_printable_ascii(out, c); }
    static void code(std::string& out, char32_t code) { append_printable_code(out, code); }
    static void invalid(std::string& out, char c) {
        out += "\\x";
        append_hex(out, static_cast<unsigned char>(c), 2);
    }
};

struct ToJson {
    static bool changes_ascii(char c) { return is_control(c) || c == '\\' || c == '"'; }
    static bool changes_code(char32_t code) { return is_hidden(code); }
    static void ascii(std::string& out, char c) { append_json_ascii(out, c); }
    static void code(std::string& out, char32_t code) { append_json_code(out, code); }
    static void invalid(std::string& out, char) { out += replacement; }
};

} // namespace

void append_utf8(std::string& out, std::string_view bytes) {
    if (is_ascii(bytes))
        out += bytes;
    else
        append_changed(out, bytes, ToUtf8{});
}

void append_printable(std::string& out, std::string_view bytes) { append_changed(out, bytes, ToPrintable{}); }

void append_json_escaped(std::string& out, std::string_view bytes) { append_changed(out, bytes, ToJson{}); }

std::string to_utf8(std::string_view bytes) {
    std::string out;
    append_utf8(out, bytes);
    return out;
}

std::string to_printable(std::string_view bytes) {
    std::string out;
    append_printable(out, bytes);
    return out;
}

} // namespace nsscope
