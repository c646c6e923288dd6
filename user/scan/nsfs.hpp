#pragma once

#include <cstdint>
#include <optional>
#include <sys/types.h>

#include "base/unique_fd.hpp"
#include "model/scan.hpp"

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

/// Opens what a path descriptor stands for, which must lie in nsfs, for reading. `proc`: a directory descriptor of a procfs.
[[nodiscard]] UniqueFd reopen(int proc, int path_fd);

/// Opens a namespace by its id (open_by_handle_at(2), include/uapi/linux/nsfs.h, struct nsfs_file_handle; 6.18 and later),
/// whatever holds it. The inode number may be left at 0 from 6.19 on. None: it is gone, not to be seen from here, or the kernel
/// cannot do that. `ns_fd`: any open file of nsfs.
[[nodiscard]] UniqueFd open_by_id(int ns_fd, NsType type, const NsRef& ref);

} // namespace nsscope
