#pragma once

namespace nsscope {

/// Does the kernel store what a program on the hook puts in the place of a write (bpf_sysctl_set_new_value(), bpf-helpers(7))? From
/// 5.18 on, kernels that lack a later fix take it, say that all is well, and store what the writer wrote: found in
/// Debian's 6.1. So it is tried: a child process, in a cgroup and a UTS namespace of its own, writes to
/// kernel.domainname. Once; false also where that cannot be tried. Needs CAP_SYS_ADMIN; leaves nothing behind.
[[nodiscard]] bool can_override();

} // namespace nsscope
