#include "policy/number.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace nsscope {
namespace {

/// proc_get_long() copies this much of what is left into a buffer of its own: TMPBUFLEN - 1.
constexpr std::size_t longest_token = 21;

bool is_space(char c) { return (c >= '\t' && c <= '\r') || c == ' ' || c == '\xA0'; }
bool is_separator(char c) { return c == ' ' || c == '\t' || c == '\n'; }

/// The value of a digit in any base up to 16; 16: it is none.
unsigned digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    return 16;
}

struct Token {
    Number number;
    std::size_t length;
};

/// proc_get_long() but for what may follow.
std::optional<Token> read_token(std::string_view text) {
    const auto token = text.substr(0, longest_token);
    std::size_t at = 0;
    const bool negative = token.size() > 1 && token[0] == '-';
    if (negative) at = 1;
    if (at >= token.size() || digit(token[at]) > 9) return std::nullopt;

    unsigned base = 10;
    if (token[at] == '0') {
        const bool hexadecimal = at + 2 < token.size() && (token[at + 1] == 'x' || token[at + 1] == 'X') &&
                                 digit(token[at + 2]) < 16;
        base = hexadecimal ? 16 : 8;
        if (hexadecimal) at += 2;
    }
    std::uint64_t magnitude = 0;
    for (; at < token.size() && digit(token[at]) < base; ++at) {
        const std::uint64_t next = digit(token[at]);
        if (magnitude > (UINT64_MAX - next) / base) return std::nullopt;
        magnitude = magnitude * base + next;
    }
    if (at == longest_token) return std::nullopt;
    return Token{{magnitude, negative && magnitude != 0}, at};
}

} // namespace

std::strong_ordering Number::operator<=>(const Number& other) const {
    if (negative != other.negative)
        return negative ? std::strong_ordering::less : std::strong_ordering::greater;
    return negative ? other.magnitude <=> magnitude : magnitude <=> other.magnitude;
}

std::string to_string(const Number& number) {
    return fmt::format("{}{}", number.negative ? "-" : "", number.magnitude);
}

ElementRead read_element(std::string_view written, unsigned index) {
    auto left = written.substr(0, numbers_length);
    for (unsigned i = 0;; ++i) {
        left.remove_prefix(
            static_cast<std::size_t>(std::find_if_not(left.begin(), left.end(), is_space) - left.begin()));
        if (left.empty()) return {ElementRead::What::absent};
        const auto token = read_token(left);
        if (!token) return {ElementRead::What::unreadable};
        left.remove_prefix(token->length);
        if (!left.empty() && !is_separator(left[0])) return {ElementRead::What::unreadable};
        if (i == index) return {ElementRead::What::number, token->number};
    }
}

std::optional<Number> parse_number(std::string_view text) {
    const auto token = read_token(text);
    if (!token || token->length != text.size()) return std::nullopt;
    return token->number;
}

std::string_view stored_text(std::string_view written) {
    using std::string_view_literals::operator""sv;
    return written.substr(0, written.find_first_of("\0\n"sv));
}

} // namespace nsscope
