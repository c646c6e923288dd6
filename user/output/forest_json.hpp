#pragma once

#include <string>

#include "model/namespace_forest.hpp"

namespace nsscope {

/// Appends one object of the schema nsscope.tree/1 and a newline. The nodes are a flat list in the order in which the tree is
/// drawn, each with its number and its parent's: however deep cgroups are nested, the JSON is not.
void append_forest_json(std::string& out, const Snapshot& snapshot, const Forest& forest);

} // namespace nsscope
