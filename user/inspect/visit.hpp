#pragma once

#include <functional>
#include <sys/types.h>

#include "base/result.hpp"
#include "inspect/held_namespace.hpp"

namespace nsscope {

/// Runs `read` in a thread of its own, which has joined the namespace by setns(2) and ends afterwards; the caller's own
/// namespaces stay as they are. Nothing of what the namespace holds is run, and `read` must follow no path that does
/// not start at a descriptor opened before: in a foreign mount namespace every name is somebody else's.
/// Where the caller is in the namespace already, `read` is run by the caller.
/// For cgroup, ipc, mnt, net and uts; setns(2) does not let a thread join the others alone. Fails with setns(2)'s errno,
/// and then `read` was not run. `read` must not throw.
[[nodiscard]] Result<void> visit_by_thread(const HeldNamespace& ns, const std::function<void()>& read);

/// Runs `read(pid)` while a child process of ours sits in the namespace, doing nothing: its /proc/PID then tells of the
/// namespace. For mnt and user. The child cannot be traced from inside (PR_SET_DUMPABLE), and ends before this returns,
/// or with nsscope. Must be called while nsscope has one thread. Fails as visit_by_thread() does.
[[nodiscard]] Result<void> visit_by_process(const HeldNamespace& ns, const std::function<void(pid_t)>& read);

} // namespace nsscope
