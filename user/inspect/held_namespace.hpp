#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "model/snapshot.hpp"

namespace nsscope {

/// A namespace held open by an nsfs file: as long as this lives, the namespace does, and its inode number and id are
/// nobody else's.
struct HeldNamespace {
    NsType type{};
    NsRef ref;
    UniqueFd file;
    std::string path; ///< that led to it; empty: none did, and its file came from the kernel
    pid_t pid = 0;    ///< whose main thread was in it when it was opened; 0: nobody's
};

/// Opens a namespace file and nothing else: opening a device or a pipe to see what it is may act or wait.
/// Finds kind, number and id by the ioctls of ioctl_nsfs(2). Fails where `path` is none, or may not be opened.
[[nodiscard]] Result<HeldNamespace> hold_by_path(std::string path);

/// Opens `ns` through a process or thread that is in it, or else what pins it: a descriptor, a process whose children
/// will be born in it, a mount in nsscope's own mount namespace, a socket, a namespace that is its child or that it owns;
/// or else by its 64-bit id (Linux 6.18).
/// What a path leads to is taken only if its kind, inode number and, where the kernel has one, id are those of `ns`.
/// `snapshot` is the one that `ns` is part of.
[[nodiscard]] Result<HeldNamespace> hold(const std::string& proc_root, const Snapshot& snapshot,
                                         const Namespace& ns);

} // namespace nsscope
