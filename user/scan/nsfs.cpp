#include "scan/nsfs.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstddef>
#include <limits>

#include <fmt/format.h>

// Headers older than 6.18 do not have it.
#ifndef NS_GET_ID
#define NS_GET_ID _IOR(NSIO, 13, __u64)
#endif

namespace nsscope {

std::optional<std::uint32_t> inum_of(int fd) {
    struct stat st {};
    if (::fstat(fd, &st) != 0 || st.st_ino > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(st.st_ino);
}

// The kernel opens what these two answer with O_CLOEXEC.
UniqueFd open_owner(int ns_fd) { return UniqueFd(::ioctl(ns_fd, NS_GET_USERNS)); }

UniqueFd open_parent(int ns_fd) { return UniqueFd(::ioctl(ns_fd, NS_GET_PARENT)); }

std::optional<uid_t> owner_uid_of(int user_ns_fd) {
    uid_t uid = 0;
    if (::ioctl(user_ns_fd, NS_GET_OWNER_UID, &uid) != 0) return std::nullopt;
    return uid;
}

std::optional<std::uint64_t> id_of(int ns_fd) {
    std::uint64_t id = 0;
    if (::ioctl(ns_fd, NS_GET_ID, &id) != 0) return std::nullopt;
    return id;
}

UniqueFd reopen(int proc, int path_fd) {
    return UniqueFd(::openat(proc, fmt::format("self/fd/{}", path_fd).c_str(), O_RDONLY | O_CLOEXEC));
}

namespace {

/// A file handle of nsfs, include/uapi/linux/nsfs.h and exportfs.h (FILEID_NSFS), which older headers have not.
struct NsfsHandle {
    unsigned int handle_bytes = sizeof(NsfsHandle) - sizeof(file_handle);
    int handle_type = 0xf1;
    std::uint64_t id = 0;
    std::uint32_t type = 0; ///< CLONE_NEW*
    std::uint32_t inum = 0;
};
static_assert(offsetof(NsfsHandle, id) == sizeof(file_handle));

} // namespace

UniqueFd open_by_id(int ns_fd, NsType type, const NsRef& ref) {
    NsfsHandle handle;
    handle.id = ref.id;
    // either both are there or none is: nsfs_fh_to_dentry(), fs/nsfs.c
    if (ref.inum != 0) handle.type = static_cast<std::uint32_t>(info(type).clone_flag);
    handle.inum = ref.inum;
    auto* raw = reinterpret_cast<file_handle*>(&handle); // NOLINT: the C interface ends in a flexible array
    return UniqueFd(::open_by_handle_at(ns_fd, raw, O_RDONLY | O_CLOEXEC));
}

bool is_nsfs(int fd) {
    struct statfs fs {};
    return ::fstatfs(fd, &fs) == 0 && fs.f_type == NSFS_MAGIC;
}

} // namespace nsscope
