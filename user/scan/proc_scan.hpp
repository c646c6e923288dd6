#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "model/scan.hpp"

namespace nsscope {

/// Walks a procfs: every thread's namespaces, and of each namespace its owner, parent and 64-bit id by the
/// ioctls of ioctl_nsfs(2). A process that vanishes during the walk is no error and is left out whole; one
/// that may not be read becomes an Issue. `proc_root` is "/proc" or, in a test, a tree that looks like it
/// (there, links that cannot be opened as nsfs files leave owner, parent and id unknown).
/// What /proc does not show at all: a pid namespace that has been unshared and has had no process so far
/// (an Issue names whose children will be the first), and the namespaces of a zombie but for user and pid,
/// which it has given up.
/// Fails when `proc_root` itself cannot be read.
[[nodiscard]] Result<Scan> scan_proc(const std::string& proc_root);

/// The whole of /proc/PID/cmdline, raw; nullopt when the process is gone or may not be read.
/// Empty for kernel threads and zombies.
[[nodiscard]] std::optional<std::string> read_cmdline(const std::string& proc_root, pid_t pid);

/// The nsfs bind mounts of the calling process's mount namespace, from PROC_ROOT/self/mountinfo
/// (proc_pid_mountinfo(5)).
[[nodiscard]] Result<std::vector<ScannedMount>> scan_nsfs_mounts(const std::string& proc_root);

} // namespace nsscope
