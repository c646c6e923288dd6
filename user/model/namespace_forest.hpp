#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

#include "model/snapshot.hpp"

namespace nsscope {

/// A namespace, a container or a process in the one tree of them all.
struct ForestNode {
    enum class Kind : std::uint8_t {
        ns,
        container,
        process,
    };
    Kind kind = Kind::ns;
    std::size_t index = 0;  ///< in Snapshot::namespaces, containers or processes
    std::size_t parent = 0; ///< in Forest::nodes; no_node: it stands at the top
};

/// A namespace that a container uses and that is not its own.
struct SharedNamespace {
    std::size_t ns = 0;                     ///< in Snapshot::namespaces
    std::optional<std::uint32_t> container; ///< whose it is; nullopt: the host's
};

struct Forest {
    static constexpr std::size_t no_node = static_cast<std::size_t>(-1); // as no_parent of a tree's layout

    std::vector<ForestNode> nodes; ///< children of one node stand in the order in which they are to be shown
    std::vector<std::vector<SharedNamespace>> shared; ///< parallel to Snapshot::containers
};

/// What is to be in the tree.
struct ForestChoice {
    std::span<const std::size_t> namespaces; ///< positions, with all above them
    std::optional<pid_t> process;            ///< of all processes and containers only this one, and its own
    bool host_processes = false; ///< processes outside of containers in the initial pid namespace as well
    /// All that is below these namespaces as well, and the processes that are in them.
    bool with_below = false;
};

/// The tree of user namespaces, each with what it owns:
///
///   - a user namespace stands below its parent;
///   - a container, below the user namespace of its init process; where it shares that with the container whose cgroup its
///     own is in, below that container;
///   - any other namespace, below the container that it belongs to (place_containers()), else below its owner; but a pid
///     namespace below its parent, where both have the same container, or none and the same owner;
///   - a process, below its pid namespace if that is its container's own or it is in no container, else below its
///     container. Without host_processes those that would be below the initial pid namespace are left out.
///
/// Where what a node should stand below is left out, it stands below the next one above that is not. Time linear in the size of the snapshot.
[[nodiscard]] Forest grow_forest(const Snapshot& snapshot, const ForestChoice& choice);

} // namespace nsscope
