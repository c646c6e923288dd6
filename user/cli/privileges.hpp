#pragma once

namespace nsscope {

/// Gives up, for good, every capability that a running stream of events does not need, the bounding set included, and
/// the gaining of others by exec (PR_SET_NO_NEW_PRIVS). What stays, of those that are held: CAP_BPF, without which
/// maps cannot be read and iterators not run before 6.3; CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, to read what /proc, the
/// cgroup file system and container runtimes say of others; CAP_SYS_NICE where hurry() would need it, because RLIMIT_RTPRIO
/// could not be raised. capabilities(7). What cannot be given up stays: nothing
/// fails by that.
void drop_privileges();

} // namespace nsscope
