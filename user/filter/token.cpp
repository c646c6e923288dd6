#include "filter/token.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>

#include "base/text.hpp"

namespace nsscope {
namespace {

// the longer ones first
constexpr std::array<std::string_view, 14> signs{
    "==", "!=", "<=", ">=", "^=", "$=", "*=", "=", "<", ">", "(", ")", ",", "!"};

constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n'; }

constexpr bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-/:@+%").find(c) != std::string_view::npos;
}

} // namespace

Failure filter_failure(std::string_view filter, std::size_t at, const std::string& what) {
    const auto one_line = [](std::string text) {
        std::ranges::replace_if(
            text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
        return to_utf8(text);
    };
    const std::string before = one_line(std::string(filter.substr(0, at)));
    const auto is_first_byte = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    const auto column = static_cast<std::size_t>(std::ranges::count_if(before, is_first_byte)) + 1;
    return Failure(Error{fmt::format("filter, column {}: {}", column, what),
                         fmt::format("{}\n{:>{}}", one_line(std::string(filter)), '^', column), 0});
}

Result<Token> Tokens::next() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    const auto begin = at_;
    if (begin == text_.size()) return Token{Token::Kind::end, {}, begin};
    if (text_[begin] == '"') return quoted(begin);
    if (!is_word(text_[begin])) return sign(begin);
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    return Token{Token::Kind::word, std::string(text_.substr(begin, at_ - begin)), begin};
}

Result<Token> Tokens::quoted(std::size_t begin) {
    Token token{Token::Kind::quoted, {}, begin};
    for (at_ = begin + 1; at_ < text_.size(); ++at_) {
        if (text_[at_] == '"') {
            ++at_;
            return token;
        }
        if (text_[at_] == '\\') {
            const auto next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
            if (next != '"' && next != '\\')
                return filter_failure(text_, at_, "a backslash stands before '\"' or another backslash only");
            ++at_;
        }
        token.text += text_[at_];
    }
    return filter_failure(text_, begin, "this text has no end: '\"' is missing");
}

Result<Token> Tokens::sign(std::size_t begin) {
    for (const auto sign : signs) {
        if (!text_.substr(begin).starts_with(sign)) continue;
        at_ = begin + sign.size();
        return Token{Token::Kind::sign, std::string(sign), begin};
    }
    return filter_failure(text_, begin,
                          "this means nothing here; texts other than plain words stand in '\"'");
}

} // namespace nsscope
