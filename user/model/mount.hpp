#pragma once

#include <cstdint>
#include <string>

namespace nsscope {

/// One mount of a mount namespace, as a line of mountinfo has it, proc_pid_mountinfo(5). Texts are raw bytes, octal
/// escapes undone; paths are those of the process whose file it is.
struct Mount {
    int id = 0;
    int parent_id = 0;
    std::uint32_t device_major = 0, device_minor = 0;
    std::string root; ///< of the mount within its file system
    std::string mount_point;
    std::string options; ///< of the mount
    std::string fs_type;
    std::string source;
    /// Propagation, mount_namespaces(7). Peer groups are numbered for the whole machine; 0: none.
    int peer_group = 0;     ///< "shared:N"
    int master = 0;         ///< "master:N": receives from that peer group
    int propagate_from = 0; ///< the nearest dominant peer group under the process's root
    bool unbindable = false;
    bool operator==(const Mount&) const = default;
};

} // namespace nsscope
