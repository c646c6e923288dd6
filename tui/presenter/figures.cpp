#include "presenter/figures.hpp"

#include <array>
#include <cmath>
#include <fmt/format.h>
#include <iterator>

namespace nsscope::tui {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

template <typename... Args>
void put(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

} // namespace

void append_percent(std::string& out, double percent) {
    if (percent < 999.95)
        put(out, "{:.1f}", percent);
    else
        put(out, "{:.0f}", std::min(percent, 999'999.0));
}

void append_bytes(std::string& out, std::uint64_t bytes) {
    if (bytes < 1024) return put(out, "{}", bytes);
    constexpr std::array<char, 6> units{'K', 'M', 'G', 'T', 'P', 'E'};
    auto value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < units.size()) value /= 1024, ++unit;
    if (unit > 0 && value < 99.95)
        put(out, "{:.1f}{}", value, units[unit]);
    else
        put(out, "{:.0f}{}", value, units[unit]);
}

void append_rate(std::string& out, double rate) {
    if (rate == 0) return put(out, "0");
    if (rate < 9.95) return put(out, "{:.1f}", rate);
    if (rate < 9999.5) return put(out, "{:.0f}", rate);
    if (rate < 999'950) return put(out, "{:.0f}k", rate / 1e3);
    put(out, "{:.0f}M", std::min(rate / 1e6, 99'999.0));
}

void append_span(std::string& out, std::uint64_t ns) {
    const auto s = ns / second;
    if (s < 60) return put(out, "{}s", s);
    if (s < 3600) return put(out, "{}m{:02}s", s / 60, s % 60);
    if (s < 86'400) return put(out, "{}h{:02}m", s / 3600, s / 60 % 60);
    if (s < std::uint64_t{99} * 86'400) return put(out, "{}d{:02}h", s / 86'400, s / 3600 % 24);
    put(out, "{}d", s / 86'400);
}

std::string uptime_text(std::uint64_t ns) {
    const auto s = ns / second;
    auto clock = fmt::format("{:02}:{:02}:{:02}", s / 3600 % 24, s / 60 % 60, s % 60);
    const auto days = s / 86'400;
    if (days == 0) return clock;
    return fmt::format("{} day{}, {}", days, days == 1 ? "" : "s", clock);
}

} // namespace nsscope::tui
