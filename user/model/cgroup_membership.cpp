#include "model/cgroup_membership.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace nsscope {
namespace {

struct Line {
    std::uint32_t hierarchy = 0;
    std::string_view controllers;
    std::string_view path;
};

/// HIERARCHY:CONTROLLERS:PATH; only the path may hold a colon, and a NAME of name=NAME none (cgroup1_parse_param() takes
/// letters, digits, '.', '-' and '_').
std::optional<Line> parse_line(std::string_view text) {
    Line line;
    const auto first = text.find(':');
    const auto second = text.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
    const auto* const end = text.data() + first;
    const auto [stop, error] = std::from_chars(text.data(), end, line.hierarchy);
    if (error != std::errc{} || stop != end) return std::nullopt;
    line.controllers = text.substr(first + 1, second - first - 1);
    line.path = text.substr(second + 1);
    if (!line.path.starts_with('/')) return std::nullopt;
    return line;
}

/// Calls `take` with each line that makes sense.
template <typename Take>
void for_each_line(std::string_view text, Take take) {
    for (std::size_t start = 0; start < text.size();) {
        const auto end = std::min(text.find('\n', start), text.size());
        if (const auto line = parse_line(text.substr(start, end - start))) take(*line);
        start = end + 1;
    }
}

std::vector<std::string> split_controllers(std::string_view text) {
    std::vector<std::string> names;
    for (std::size_t start = 0; start < text.size();) {
        const auto end = std::min(text.find(',', start), text.size());
        if (end != start) names.emplace_back(text.substr(start, end - start));
        start = end + 1;
    }
    return names;
}

} // namespace

std::vector<CgroupMembership> parse_cgroup_file(std::string_view text) {
    std::vector<CgroupMembership> all;
    for_each_line(text, [&all](const Line& line) {
        all.push_back({line.hierarchy, split_controllers(line.controllers), std::string(line.path)});
    });
    return all;
}

std::string_view unified_path(std::string_view text) {
    std::string_view path;
    for_each_line(text, [&path](const Line& line) {
        if (line.hierarchy == 0) path = line.path;
    });
    return path;
}

} // namespace nsscope
