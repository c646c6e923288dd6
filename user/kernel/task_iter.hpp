#pragma once

#include "base/result.hpp"
#include "model/scan.hpp"

namespace nsscope {

/// Lists every thread with its namespaces through a BPF task iterator (iter/task, kernel/bpf/task_iter.c),
/// which sees the tasks of the calling process's pid namespace. Needs CAP_BPF and CAP_PERFMON (or
/// CAP_SYS_ADMIN) and the kernel's BTF. Fails, changing nothing, where the kernel refuses.
[[nodiscard]] Result<Scan> scan_bpf();

} // namespace nsscope
