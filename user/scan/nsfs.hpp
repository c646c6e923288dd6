#pragma once

#include <cstdint>
#include <optional>
#include <sys/types.h>

#include "base/unique_fd.hpp"

namespace nsscope {

/// Questions to an open file of nsfs, ioctl_nsfs(2) and include/uapi/linux/nsfs.h. No answer (nullopt, an
/// empty UniqueFd) stands for every reason: not permitted, not a namespace, not known to this kernel.

/// The inode number of any open file.
[[nodiscard]] std::optional<std::uint32_t> inum_of(int fd);

/// The owning user namespace. None where that lies outside the caller's user namespace.
[[nodiscard]] UniqueFd open_owner(int ns_fd);

/// The parent of a pid or user namespace. None both for the root and for one outside the caller's view.
[[nodiscard]] UniqueFd open_parent(int ns_fd);

/// The creator of a user namespace, as a uid of the caller's own user namespace.
[[nodiscard]] std::optional<uid_t> owner_uid_of(int user_ns_fd);

/// The 64-bit id that the kernel never gives again, from 6.18 on.
[[nodiscard]] std::optional<std::uint64_t> id_of(int ns_fd);

/// Whether a path descriptor or an open file lies in nsfs.
[[nodiscard]] bool is_nsfs(int fd);

} // namespace nsscope
