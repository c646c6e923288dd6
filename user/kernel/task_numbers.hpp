#pragma once

#include <cstdint>
#include <sys/types.h>

#include "base/result.hpp"

namespace nsscope {

/// What the kernel's own memory tells of a task, and nothing in /proc does. 0: it is not there (any more).
struct KernelTaskNumbers {
    std::uint32_t pid_ns = 0;   ///< inum of the pid namespace that it is in
    std::uint32_t last_pid = 0; ///< given out last in it, as proc_sys_kernel(5), ns_last_pid, has it
    std::uint32_t pid_max = 0;  ///< of it; 0: one for all (before Linux 6.14)
    std::uint32_t time_ns_for_children = 0; ///< inum
    bool time_offsets_frozen = false;       ///< of that one, time_namespaces(7)
    std::uint32_t fs_users = 0; ///< tasks that share its root and working directory, itself included
    std::uint32_t mm_users =
        0; ///< tasks that share its memory, itself included, and who else uses it just now
};

/// Reads them with a BPF task iterator, which needs what scan_bpf() needs. Fails where the kernel refuses, and with
/// ESRCH where no task has this number in nsscope's own pid namespace.
[[nodiscard]] Result<KernelTaskNumbers> read_task_numbers(pid_t pid);

} // namespace nsscope
