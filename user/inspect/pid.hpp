#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "inspect/look.hpp"

namespace nsscope {

/// A process of a pid namespace, pid_namespaces(7).
struct PidMember {
    pid_t pid = 0;    ///< as nsscope's own pid namespace has it
    std::string comm; ///< raw bytes
    /// Its pid in each pid namespace that it is seen from, from nsscope's own down to the one that it is in.
    std::vector<pid_t> ns_pids;
};

struct PidContents {
    std::optional<pid_t> init; ///< process 1 of the namespace, by its pid in nsscope's own; nullopt: not seen
    std::optional<unsigned> depth;         ///< 0: the initial one
    std::vector<PidMember> members;        ///< by pid
    std::optional<std::uint32_t> last_pid; ///< the pid given out last in it
    std::optional<std::uint32_t> pid_max;  ///< pids in it are below this, proc_sys_kernel(5)
};
/// From the members' /proc/PID/status. The last pid, and since Linux 6.14 the limit, can be read by processes in it
/// alone, and joining takes a pid: for namespaces other than nsscope's own they come from the BPF iterator.
[[nodiscard]] PidContents inspect_pid(const Look& look);

} // namespace nsscope
