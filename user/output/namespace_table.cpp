#include "output/namespace_table.hpp"

#include <algorithm>
#include <utility>

#include "output/tree_layout.hpp"

namespace nsscope {
namespace {

std::size_t tree_column(const std::vector<ColumnId>& ids, Relation relation) {
    const auto wanted = relation == Relation::process ? ColumnId::command : ColumnId::ns;
    const auto found = std::find(ids.begin(), ids.end(), wanted);
    return found == ids.end() ? 0 : static_cast<std::size_t>(found - ids.begin());
}

Table::Row make_row(const Snapshot& snapshot, const Namespace& ns, const std::vector<ColumnId>& ids,
                    const CellSources& sources) {
    Table::Row row;
    row.cells.reserve(ids.size());
    for (const auto id : ids) row.cells.push_back(cell_text(id, snapshot, ns, sources));
    return row;
}

} // namespace

Table make_namespace_table(const Snapshot& snapshot, const std::vector<std::size_t>& shown,
                           const NamespaceTableLayout& layout, const CellSources& sources) {
    Table table;
    for (const auto id : layout.columns)
        table.headings.push_back({info(id).name, info(id).align == Align::right, info(id).truncate});
    table.rows.reserve(shown.size());
    if (!layout.tree) {
        for (const auto position : shown)
            table.rows.push_back(make_row(snapshot, snapshot.namespaces[position], layout.columns, sources));
        return table;
    }
    table.tree_column = tree_column(layout.columns, *layout.tree);
    for (auto& drawn : lay_out_tree(tree_parents(snapshot, shown, *layout.tree), layout.utf8)) {
        auto row = make_row(snapshot, snapshot.namespaces[shown[drawn.node]], layout.columns, sources);
        row.branch = std::move(drawn.branch);
        row.trunk = std::move(drawn.trunk);
        table.rows.push_back(std::move(row));
    }
    return table;
}

} // namespace nsscope
