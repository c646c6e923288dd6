#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "inspect/look.hpp"
#include "model/mount.hpp"

namespace nsscope {

/// A mount, and the other mount namespaces (inums, ascending) that its propagation ties it to.
struct InspectedMount {
    Mount mount;
    std::vector<std::uint32_t> peers_in;  ///< with a mount of the same peer group
    std::vector<std::uint32_t> master_in; ///< with a mount of the peer group that it is a slave of
    std::vector<std::uint32_t> slaves_in; ///< with a slave of its peer group
};

/// A mount namespace, mount_namespaces(7).
struct MntContents {
    std::optional<std::uint64_t> count; ///< mounts in it by the kernel's count (NS_MNT_GET_INFO, Linux 6.12)
    /// What the namespace's root directory is, or that of the member whose view this is: the mount at "/".
    std::optional<Mount> root;
    std::vector<InspectedMount> mounts; ///< in the order of mountinfo
};
/// From a member's mountinfo, which leaves out what lies outside the member's root directory; a Gap says so. Where
/// there is no member, from that of a child process that enters it. No path in it is followed.
[[nodiscard]] MntContents inspect_mnt(const Look& look);

} // namespace nsscope
