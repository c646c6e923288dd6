#include "scan/parse.hpp"

#include <charconv>
#include <type_traits>

namespace nsscope {

namespace {

/// The whole of `text` as a decimal number without a sign, a blank or anything after it.
template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return number;
}

bool is_blank(char c) { return c == ' ' || c == '\n'; }

/// Cuts the first blank-separated field off `rest`; empty when there is none left.
std::string_view next_field(std::string_view& rest) {
    std::size_t begin = 0;
    while (begin < rest.size() && is_blank(rest[begin])) ++begin;
    std::size_t end = begin;
    while (end < rest.size() && !is_blank(rest[end])) ++end;
    const auto field = rest.substr(begin, end - begin);
    rest.remove_prefix(end);
    return field;
}

} // namespace

std::optional<StatFields> parse_stat(std::string_view text) {
    // The comm may hold parentheses, blanks and newlines; nothing after it holds a parenthesis.
    const auto open = text.find('(');
    const auto close = text.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return std::nullopt;

    StatFields stat;
    stat.comm = text.substr(open + 1, close - open - 1);
    auto rest = text.substr(close + 1);
    const auto state = next_field(rest);
    if (state.size() != 1) return std::nullopt;
    stat.state = state.front();

    bool good = true;
    const auto take = [&](auto& number, std::string_view field) {
        const auto parsed = parse_number<std::remove_reference_t<decltype(number)>>(field);
        if (parsed)
            number = *parsed;
        else
            good = false;
    };
    constexpr int last_field = 22;
    for (int field = 4; field <= last_field; ++field) {
        const auto value = next_field(rest);
        if (field == 4) take(stat.ppid, value);
        if (field == 9) take(stat.flags, value);
        if (field == 20) take(stat.num_threads, value);
        if (field == last_field) take(stat.start_ticks, value);
    }
    if (!good || stat.ppid < 0) return std::nullopt;
    return stat;
}

std::optional<NsLink> parse_ns_link(std::string_view text) {
    const auto colon = text.find(":[");
    if (colon == std::string_view::npos || !text.ends_with(']')) return std::nullopt;
    const auto type = ns_type_from_name(text.substr(0, colon));
    const auto digits = text.substr(colon + 2, text.size() - colon - 3);
    const auto inum = parse_number<std::uint32_t>(digits);
    if (!type || !inum || *inum == 0) return std::nullopt;
    return NsLink{*type, *inum};
}

std::optional<pid_t> parse_pid(std::string_view name) {
    if (name.empty() || name.front() < '1' || name.front() > '9') return std::nullopt;
    return parse_number<pid_t>(name);
}

} // namespace nsscope
