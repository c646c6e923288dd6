#include <charconv>
#include <cmath>
#include <ctime>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "recording/recording.hpp"

namespace nsscope {
namespace {

constexpr std::int64_t second = 1'000'000'000;

/// A fraction of a second, ".5", in ns; nullopt: it is none. What is finer is cut off.
std::optional<std::int64_t> fraction(std::string_view text) {
    if (text.empty()) return 0;
    if (text.front() != '.' || text.size() < 2) return std::nullopt;
    std::int64_t value = 0, unit = second / 10;
    for (const char c : text.substr(1)) {
        if (c < '0' || c > '9') return std::nullopt;
        value += (c - '0') * unit;
        unit /= 10;
    }
    return value;
}

/// RFC 3339, in UTC, to ns since the epoch.
std::optional<std::int64_t> calendar_time(const std::string& text) {
    std::tm time{};
    const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
    if (end == nullptr || !text.ends_with('Z')) return std::nullopt;
    const auto begin = static_cast<std::size_t>(end - text.c_str());
    const auto rest = fraction(std::string_view(text).substr(begin, text.size() - 1 - begin));
    if (!rest || time.tm_year > 350 || time.tm_year < -200) return std::nullopt; // beyond 64 bits of ns
    return std::int64_t{::timegm(&time)} * second + *rest;
}

std::optional<std::int64_t> seconds(std::string_view text) {
    std::optional<std::int64_t> ns;
    std::int64_t whole = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (error == std::errc() && whole >= 0 && whole <= INT32_MAX)
        if (const auto rest = fraction(text.substr(static_cast<std::size_t>(end - text.data()))))
            ns = whole * second + *rest;
    return ns;
}

} // namespace

Result<std::uint64_t> parse_time(std::string_view text, const Recording& recording) {
    const auto begin = static_cast<std::int64_t>(recording.begin_ns());
    std::optional<std::int64_t> mono;
    if (const auto since = seconds(text))
        mono = begin + *since;
    else if (const auto at = calendar_time(std::string(text)))
        mono = *at - recording.start().clock_offset;
    if (!mono)
        return Failure(Error{fmt::format("'{}' is no time", text),
                             "write it as 2026-11-22T10:00:00Z, or as seconds since the recording began"});
    if (*mono < begin || *mono > static_cast<std::int64_t>(recording.end_ns()))
        return Failure(
            Error{fmt::format("the recording does not reach to '{}'", text),
                  fmt::format("it is from {} to {}, {:.3f} seconds",
                              rfc3339(recording.realtime(recording.begin_ns())),
                              rfc3339(recording.realtime(recording.end_ns())),
                              static_cast<double>(recording.end_ns() - recording.begin_ns()) / 1e9)});
    return static_cast<std::uint64_t>(*mono);
}

} // namespace nsscope
