#include "presenter/columns.hpp"

#include <algorithm>
#include <cctype>
#include <string>

#include <fmt/format.h>

namespace nsscope::tui {
namespace {

constexpr bool has(std::uint8_t mask, View view) { return (mask >> static_cast<unsigned>(view) & 1U) != 0; }

bool is_same(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::toupper(static_cast<unsigned char>(x)) == std::toupper(static_cast<unsigned char>(y));
    });
}

} // namespace

std::string_view heading(ColumnId id, View view) {
    if (id != ColumnId::name) return info(id).name;
    switch (view) {
    case View::tree: return "NAME";
    case View::cgroups: return "CGROUP";
    case View::events: return "EVENT";
    case View::guard: return "RULE";
    case View::namespaces:
    case View::processes: break;
    }
    return info(id).name;
}

std::vector<ColumnId> columns_of(View view, bool all) {
    std::vector<ColumnId> found;
    for (const auto& column : all_columns)
        if (has(all ? column.in : column.shown, view)) found.push_back(column.id);
    return found;
}

Result<std::vector<ColumnId>> parse_columns(std::string_view names, View view) {
    std::vector<ColumnId> found;
    while (!names.empty()) {
        const auto comma = std::min(names.find(','), names.size());
        const auto word = names.substr(0, comma);
        names.remove_prefix(std::min(comma + 1, names.size()));
        const auto column =
            std::find_if(all_columns.begin(), all_columns.end(), [&](const Column& candidate) {
                return has(candidate.in, view) && is_same(heading(candidate.id, view), word);
            });
        if (column == all_columns.end())
            return Failure(Error{fmt::format("the {} view has no column '{}'", info(view).name, word),
                                 "nsscope top lists them under S", 0});
        if (column->id != ColumnId::name) found.push_back(column->id);
    }
    found.push_back(ColumnId::name);
    return found;
}

} // namespace nsscope::tui
