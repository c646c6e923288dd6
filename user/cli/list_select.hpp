#pragma once

#include <cstddef>
#include <vector>

#include "cli/list_options.hpp"
#include "model/snapshot.hpp"

namespace nsscope {

/// The positions in snapshot.namespaces of those that `request` asks for, ascending. request.name must be
/// resolved. Fails where request.name or request.task is in no namespace of the snapshot.
[[nodiscard]] Result<std::vector<std::size_t>> select_namespaces(const Snapshot& snapshot,
                                                                 const ListRequest& request);

} // namespace nsscope
