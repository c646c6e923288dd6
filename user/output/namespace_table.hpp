#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "output/cells.hpp"
#include "output/columns.hpp"
#include "output/namespace_tree.hpp"
#include "output/table.hpp"

namespace nsscope {

/// How a list of namespaces is laid out.
struct NamespaceTableLayout {
    std::vector<ColumnId> columns;  ///< at least one
    std::optional<Relation> tree{}; ///< none: a flat list
    bool utf8 = false;              ///< whether the terminal shows box-drawing characters
};

/// A row for each of `shown`, positions in snapshot.namespaces, with a heading for each column. A tree of
/// processes is drawn in COMMAND and any other in NS, as lsns(8) does; where that column is not there, in the
/// first.
[[nodiscard]] Table make_namespace_table(const Snapshot& snapshot, const std::vector<std::size_t>& shown,
                                         const NamespaceTableLayout& layout, const CellSources& sources);

} // namespace nsscope
