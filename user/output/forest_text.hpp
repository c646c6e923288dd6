#pragma once

#include "model/namespace_forest.hpp"
#include "output/table.hpp"

namespace nsscope {

/// The forest as a table of one column and no use for its heading: a line for each node, its branches drawn in
/// box-drawing characters where `utf8`, else in ASCII. Fit for a terminal.
[[nodiscard]] Table make_forest_table(const Snapshot& snapshot, const Forest& forest, bool utf8);

} // namespace nsscope
