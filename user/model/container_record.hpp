#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "model/container.hpp"

namespace nsscope {

/// What a runtime wrote down about one of its containers, in a directory of its own under /run. A claim, of which
/// find_containers() believes what the processes bear out. Texts are raw bytes.
struct ContainerRecord {
    Container
        container; ///< runtime: the manager that the record tells; empty: none, only the OCI runtime is known
    std::string oci_runtime;            ///< runc or crun; empty: not known
    pid_t init_pid = 0;                 ///< as the pid namespace of the runtime has it; 0: not known
    std::uint64_t init_start_ticks = 0; ///< its start time, proc_pid_stat(5), field 22; 0: not known
    /// The container's own cgroup, in any of its hierarchies, with or without the mount point before it.
    std::vector<std::string> cgroups;
    std::string unit; ///< the systemd unit that is its cgroup's name; empty: not known
    std::optional<uid_t>
        user; ///< whose runtime it is, where that is not root's: that user may have written anything
};

} // namespace nsscope
