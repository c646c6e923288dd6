#include "kernel/guard_place.hpp"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <memory>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace nsscope {
namespace {

constexpr const char* bpf_mount = "/sys/fs/bpf";
constexpr std::string_view place_prefix = "guard";

bool is_on(int fd, long magic) {
    struct statfs fs {};
    return ::fstatfs(fd, &fs) == 0 && static_cast<long>(fs.f_type) == magic;
}

UniqueFd open_directory(int at, const char* path) {
    return UniqueFd(::openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/// A mount of one's own, which is nowhere in the tree and ends with the descriptor.
UniqueFd mount_cgroup_root() {
    const UniqueFd context(::fsopen("cgroup2", FSOPEN_CLOEXEC));
    if (!context || ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return {};
    const UniqueFd mount(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
    return mount ? open_directory(mount.get(), ".") : UniqueFd();
}

} // namespace

Result<UniqueFd> open_cgroup_root() {
    if (auto root = mount_cgroup_root()) return root;
    const int error = errno;
    for (const char* path : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
        auto root = open_directory(AT_FDCWD, path);
        if (root && is_on(root.get(), CGROUP2_SUPER_MAGIC)) return root;
    }
    return errno_failure(error, "cannot find the root of the unified cgroup hierarchy",
                         "mount it (mount -t cgroup2 none /sys/fs/cgroup), or run as root");
}

Result<GuardPlace> find_guard_place(std::string_view cgroup) {
    auto root = open_cgroup_root();
    if (!root) return Failure(root.error());
    GuardPlace place;
    cgroup.remove_prefix(std::min(cgroup.find_first_not_of('/'), cgroup.size()));
    if (cgroup.empty()) {
        place.cgroup = std::move(*root);
    } else {
        place.cgroup = open_directory(root->get(), std::string(cgroup).c_str());
        if (!place.cgroup)
            return errno_failure(fmt::format("cannot open the cgroup /{}", cgroup),
                                 "give its path from the root of the unified hierarchy");
        if (!is_on(place.cgroup.get(), CGROUP2_SUPER_MAGIC))
            return Failure(Error{fmt::format("/{} is no cgroup", cgroup)});
    }
    struct stat status {};
    if (::fstat(place.cgroup.get(), &status) != 0) return errno_failure("cannot look at the cgroup");
    place.id = status.st_ino; // a kernfs node's id is its inode number where that has 64 bits
    place.pins = fmt::format("{}/{}", pins_root, place_prefix);
    if (!cgroup.empty()) place.pins += fmt::format("-{}", place.id);
    return place;
}

Result<bool> make_pin_directory(const GuardPlace& place) {
    bool mounted = false;
    const auto directory = open_directory(AT_FDCWD, bpf_mount);
    if (!directory || !is_on(directory.get(), BPF_FS_MAGIC)) {
        if (::mount("bpf", bpf_mount, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") != 0)
            return errno_failure(fmt::format("cannot mount a BPF file system on {}", bpf_mount),
                                 "run as root, or mount it (mount -t bpf bpf /sys/fs/bpf)");
        mounted = true;
    }
    for (const auto& path : {std::string(pins_root), place.pins})
        if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
            return errno_failure(fmt::format("cannot make the directory {}", path));
    return mounted;
}

std::vector<std::string> pin_directories() {
    std::vector<std::string> found;
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(std::string(pins_root).c_str()),
                                                        ::closedir);
    if (!directory) return found;
    while (const auto* entry = ::readdir(directory.get()))
        if (std::string_view(entry->d_name).starts_with(place_prefix))
            found.push_back(fmt::format("{}/{}", pins_root, entry->d_name));
    std::sort(found.begin(), found.end());
    return found;
}

} // namespace nsscope
