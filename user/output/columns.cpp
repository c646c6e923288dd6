#include "output/columns.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <strings.h>

namespace nsscope {

// info() indexes the table by id.
static_assert([] {
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (columns[i].id != static_cast<ColumnId>(i)) return false;
    return true;
}());

namespace {

const Column* column_named(std::string_view text) {
    for (const auto& column : columns)
        if (column.name.size() == text.size() &&
            ::strncasecmp(column.name.data(), text.data(), text.size()) == 0)
            return &column;
    return nullptr;
}

Failure unknown_column(std::string_view text) {
    std::string accepted;
    for (const auto& column : columns) {
        if (!accepted.empty()) accepted += ' ';
        accepted += column.name;
    }
    return Failure(
        Error{fmt::format("--output: '{}' is no column", text), fmt::format("accepted are {}", accepted)});
}

} // namespace

std::vector<ColumnId> default_columns(bool net_chosen) {
    using enum ColumnId;
    if (net_chosen) return {ns, type, nprocs, pid, user, netnsid, nsfs, command};
    return {ns, type, nprocs, pid, user, command};
}

std::vector<ColumnId> all_columns() {
    std::vector<ColumnId> ids;
    ids.reserve(columns.size());
    for (const auto& column : columns) ids.push_back(column.id);
    return ids;
}

Result<std::vector<ColumnId>> parse_columns(std::string_view list, const std::vector<ColumnId>& defaults) {
    std::vector<ColumnId> ids;
    if (list.starts_with('+')) {
        ids = defaults;
        list.remove_prefix(1);
    }
    for (std::size_t start = 0; start <= list.size();) {
        const auto end = std::min(list.find(',', start), list.size());
        const auto text = list.substr(start, end - start);
        const auto* column = column_named(text);
        if (column == nullptr) return unknown_column(text);
        ids.push_back(column->id);
        start = end + 1;
    }
    return ids;
}

std::string describe_columns() {
    std::string text;
    for (const auto& column : columns) text += fmt::format("{:>10}  {}\n", column.name, column.help);
    return text;
}

} // namespace nsscope
