#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "model/container.hpp"

namespace nsscope {

/// What the path of a cgroup says about the container that its processes are in.
struct CgroupContainer {
    Container container;    ///< runtime is empty where the path does not tell which one it is
    std::size_t length = 0; ///< path.substr(0, length) is the container's own cgroup
    bool operator==(const CgroupContainer&) const = default;
};

/// Reads the path of a cgroup, of either version and any hierarchy, cgroups(7), as container managers name them;
/// docs/containers.md has the patterns and where each comes from. Of nested containers the innermost counts: the last
/// in the path. What only watches a container (conmon, the supervisor of systemd-nspawn, the monitor of LXC)
/// is not in it. nullopt: no container that a path could tell; a bare runc or crun container is one of these.
///
/// A path is a claim: whoever may make cgroups may name them so. Takes any bytes, and time linear in their number; " (deleted)",
/// which the kernel appends to the path of a removed cgroup, is passed over.
[[nodiscard]] std::optional<CgroupContainer> container_of_cgroup(std::string_view path);

/// Whether this is an id as docker, containerd's CRI plug-in, CRI-O and Podman make them: 64 hexadecimal digits, in small
/// letters.
[[nodiscard]] bool is_container_id(std::string_view text);

} // namespace nsscope
