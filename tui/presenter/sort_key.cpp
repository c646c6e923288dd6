#include <charconv>
#include <cmath>

#include "presenter/cell.hpp"

namespace nsscope::tui {
namespace {

SortKey number(double value) { return {.rank = 0, .number = value, .text = {}}; }

template <typename T>
SortKey number(const std::optional<T>& value) {
    return value ? number(static_cast<double>(*value)) : SortKey();
}

const Use* use_of(const World& world, const Row& row) {
    switch (row.place.key.kind) {
    case Kind::container: return &world.containers[row.index].use;
    case Kind::ns: return &world.namespaces[row.index].use;
    case Kind::process: return &world.processes[row.index].use;
    case Kind::cgroup: return &world.cgroups[row.index].use;
    default: return nullptr;
    }
}

std::uint64_t start_of(const World& world, const Row& row) {
    if (row.place.key.kind == Kind::ns) return world.namespaces[row.index].oldest_ns;
    return row.place.key.kind == Kind::process ? world.processes[row.index].process.start_ns : 0;
}

} // namespace

SortKey sort_key(ColumnId column, const World& world, View view, const Row& row) {
    if (const auto* use = use_of(world, row)) {
        if (column == ColumnId::cpu) return number(use->cpu);
        if (column == ColumnId::memory) return number(use->memory);
        if (column == ColumnId::forks) return number(use->forks);
        if (column == ColumnId::events) return number(use->events);
    }
    if (column == ColumnId::age) {
        const auto start = start_of(world, row);
        return start == 0 ? SortKey()
                          : number(static_cast<double>(world.machine.boot_ns) - static_cast<double>(start));
    }
    if (column == ColumnId::differs && row.place.key.kind == Kind::process)
        return number(__builtin_popcount(world.processes[row.index].differs));
    if (column == ColumnId::name && row.place.key.kind == Kind::event) return number(row.index);
    std::string text;
    append_cell(text, column, world, view, row);
    double value = 0;
    const auto* end = text.data() + text.size();
    if (const auto [stop, error] = std::from_chars(text.data(), end, value);
        error == std::errc() && (stop == end || *stop == '*' || *stop == ' ') && column != ColumnId::name)
        return number(value);
    if (text.empty()) return {};
    return {.rank = 1, .number = 0, .text = std::move(text)};
}

} // namespace nsscope::tui
