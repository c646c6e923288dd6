#pragma once

#include <cstdint>
#include <functional>

#include "base/result.hpp"
#include "model/scan.hpp"

namespace nsscope {

/// For how many namespaces of the kernel's own lists there is room; 2.5 MiB.
inline constexpr std::uint32_t most_listed_namespaces = 65536;

/// Lists every thread with its namespaces through a BPF task iterator (iter/task, kernel/bpf/task_iter.c),
/// which sees the tasks of the calling process's pid namespace. Needs CAP_BPF and CAP_PERFMON (or
/// CAP_SYS_ADMIN) and the kernel's BTF. Fails, changing nothing, where the kernel refuses. If there are more than
/// `most_listed` (at least 1) on the kernel's lists, an Issue says how many more.
[[nodiscard]] Result<Scan> scan_bpf(std::uint32_t most_listed = most_listed_namespaces);

/// What does the same at each call, with programs that are loaded by the first and stay loaded as long as it lives.
[[nodiscard]] std::function<Result<Scan>()> bpf_scanner();

} // namespace nsscope
