#pragma once

#include <cstdint>
#include <span>
#include <sys/types.h>
#include <vector>

#include "model/container.hpp"
#include "model/container_record.hpp"
#include "model/scan.hpp"

namespace nsscope {

/// A process in a container.
struct ContainerProcess {
    pid_t pid = 0;
    std::uint32_t container = 0; ///< place in ContainerFinding::containers
    std::uint64_t start_ns = 0;  ///< as in ScannedTask
};

struct ContainerFinding {
    std::vector<FoundContainer> containers;
    std::vector<ContainerProcess> processes; ///< by pid, ascending
};

/// Finds the containers of a scan and who is in them: by the names of their cgroups (container_of_cgroup()), and by what
/// their runtimes wrote down. The innermost counts, that is the one whose cgroup lies deepest. A record is believed if its
/// init process is there and started when it says, and
///   - is in or below a cgroup of which the record speaks: then all that is in that cgroup is in the container;
///   - or, where there is no such cgroup, is in another pid namespace than its parent: then all of that pid namespace is.
/// A record without a start time is believed in the first case only. One of a user's own runtime speaks for
/// processes of that user's alone: in cgroups below user-UID.slice, or in user namespaces that the user made.
///
/// `ticks_per_second`: sysconf(_SC_CLK_TCK). Cgroups whose text the scan lacks are passed over. Time linear in the size
/// of the input, but for sorting.
[[nodiscard]] ContainerFinding find_containers(const Scan& scan, std::span<const ContainerRecord> records,
                                               std::uint64_t ticks_per_second);

} // namespace nsscope
