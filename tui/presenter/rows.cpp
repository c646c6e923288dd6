#include "presenter/rows.hpp"

#include <algorithm>
#include <numeric>

#include "presenter/forest.hpp"

namespace nsscope::tui {
namespace {

Row row_of(Key key, std::size_t index) {
    Row row;
    row.place.key = key;
    row.index = static_cast<std::uint32_t>(index);
    return row;
}

std::vector<Row> namespace_rows(const World& world, const Selection& selection) {
    std::vector<Row> rows;
    for (std::size_t i = 0; i < world.namespaces.size(); ++i) {
        const auto& ns = world.namespaces[i].ns;
        if ((selection.types >> static_cast<unsigned>(ns.type) & 1U) == 0) continue;
        if (selection.differing && ns.initial) continue;
        rows.push_back(row_of(key_of(ns.type, ns.ref), i));
    }
    return rows;
}

std::vector<Row> process_rows(const World& world, const Selection& selection) {
    std::vector<Row> rows;
    for (std::size_t i = 0; i < world.processes.size(); ++i) {
        const auto& item = world.processes[i];
        if (selection.differing && item.differs_host == 0) continue;
        if (!selection.kernel_threads && item.process.kernel_thread) continue;
        rows.push_back(row_of(key_of(item.process), i));
    }
    return rows;
}

std::vector<Row> event_rows(const World& world) {
    std::vector<Row> rows;
    std::size_t index = 0;
    for (const auto& batch : world.batches)
        for (const auto& event : *batch) rows.push_back(row_of(key_of(event), index++));
    return rows;
}

void sort_rows(std::vector<Row>& rows, const World& world, const Selection& selection) {
    if (!selection.sort) return;
    std::vector<SortKey> keys;
    keys.reserve(rows.size());
    for (const auto& row : rows) keys.push_back(sort_key(*selection.sort, world, selection.view, row));
    std::vector<std::uint32_t> order(rows.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return comes_before(keys[a], keys[b], selection.descending);
    });
    std::vector<Row> sorted;
    sorted.reserve(rows.size());
    for (const auto place : order) sorted.push_back(rows[place]);
    rows = std::move(sorted);
}

} // namespace

std::string folded_case(std::string text) {
    for (auto& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

bool matches(const std::string& words, const World& world, View view, const Row& row,
             const std::vector<ColumnId>& columns) {
    std::string text;
    for (const auto column : columns) {
        append_cell(text, column, world, view, row);
        text += '\t';
    }
    text = folded_case(std::move(text));
    for (std::size_t from = 0; from <= words.size();) {
        const auto to = std::min(words.find('|', from), words.size());
        if (to > from && text.find(words.data() + from, 0, to - from) != std::string::npos) return true;
        from = to + 1;
    }
    return false;
}

bool comes_before(const SortKey& a, const SortKey& b, bool descending) {
    if (a.rank != b.rank) return a.rank < b.rank;
    if (a.rank == 0) return descending ? b.number < a.number : a.number < b.number;
    return descending ? b.text < a.text : a.text < b.text;
}

std::vector<Row> make_rows(const World& world, const Selection& selection) {
    std::vector<Row> rows;
    switch (selection.view) {
    case View::tree: return tree_rows(world, selection);
    case View::cgroups: return cgroup_rows(world, selection);
    case View::guard: return guard_rows(world, selection);
    case View::namespaces: rows = namespace_rows(world, selection); break;
    case View::processes: rows = process_rows(world, selection); break;
    case View::events: rows = event_rows(world); break;
    }
    if (const auto words = folded_case(selection.filter); !words.empty())
        std::erase_if(rows, [&](const Row& row) {
            return !matches(words, world, selection.view, row, selection.columns);
        });
    sort_rows(rows, world, selection);
    return rows;
}

} // namespace nsscope::tui
