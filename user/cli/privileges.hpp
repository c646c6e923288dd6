#pragma once

#include <vector>

namespace nsscope {

/// Gives up, for good, every capability of the calling thread, and of those that it starts later, that what it goes on doing
/// does not need, the bounding set included, and the gaining of others by exec (PR_SET_NO_NEW_PRIVS). What stays, of those
/// that are held: CAP_BPF, without which maps cannot be read and iterators not run before 6.3; CAP_SYS_PTRACE and
/// CAP_DAC_READ_SEARCH, to read what /proc, the cgroup file system and container runtimes say of others; CAP_SYS_NICE where
/// hurry() would need it, because RLIMIT_RTPRIO could not be raised; and `also`. capabilities(7). What cannot be given up
/// stays: nothing fails by that.
void drop_privileges(const std::vector<unsigned>& also = {});

/// To look at the whole machine again: to load and run iterators, and to enter the mount namespaces that no process of
/// ours shows (setns(2)).
[[nodiscard]] std::vector<unsigned> to_scan();
/// To put another policy into force: to load and attach its programs, and to find out who else is attached there
/// (bpf(2), BPF_PROG_GET_FD_BY_ID).
[[nodiscard]] std::vector<unsigned> to_guard();

} // namespace nsscope
