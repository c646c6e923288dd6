#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/snapshot.hpp"

namespace nsscope {

/// What makes one namespace hang below another.
enum class Relation : std::uint8_t {
    process, ///< its leader's parent process is in the other, which is of the same kind
    owner,   ///< the other, a user namespace, owns it
    parent,  ///< the other is its parent (pid and user namespaces)
};

/// Adds to `shown`, positions in snapshot.namespaces, those that own or enclose one of them, so that a tree
/// of a few namespaces says where they hang; nothing for Relation::process. The result is ascending.
[[nodiscard]] std::vector<std::size_t> with_ancestors(const Snapshot& snapshot,
                                                      std::vector<std::size_t> shown, Relation relation);

/// For each of `shown` the place in `shown` of the namespace that it hangs below, or no_parent.
[[nodiscard]] std::vector<std::size_t> tree_parents(const Snapshot& snapshot,
                                                    const std::vector<std::size_t>& shown, Relation relation);

} // namespace nsscope
