#pragma once

#include <string>
#include <string_view>

#include "model/snapshot.hpp"

namespace nsscope {

/// Appends the beginning of a JSON object about a snapshot, as every such schema has it: schema, when and where, the source,
/// and what is missing. The closing brace is left out; a comma and further members may follow.
void append_snapshot_head(std::string& out, const Snapshot& snapshot, std::string_view schema);

} // namespace nsscope
