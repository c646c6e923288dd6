#include "scan/cgroup.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

#include "scan/files.hpp"
#include "scan/mountinfo.hpp"

namespace nsscope {
namespace {

/// A kernfs file handle: just the 64-bit node id, include/linux/exportfs.h, FILEID_KERNFS.
struct KernfsHandle {
    unsigned int handle_bytes = sizeof(std::uint64_t);
    int handle_type = 0xfe;
    std::uint64_t id = 0;
};
static_assert(offsetof(KernfsHandle, id) == sizeof(file_handle));

} // namespace

CgroupTree CgroupTree::find(const std::string& proc_root) {
    CgroupTree tree;
    const auto mountinfo = read_file(proc_root + "/self/mountinfo");
    if (!mountinfo) return tree;
    const auto mount_point = find_mount_point(*mountinfo, "cgroup2");
    if (!mount_point) return tree;
    tree.mount_point_ = *mount_point;
    tree.mount_ = UniqueFd(::open(mount_point->c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return tree;
}

std::optional<std::string> CgroupTree::path_of(std::uint64_t id) const {
    if (!mount_ || id == 0) return std::nullopt;
    KernfsHandle handle;
    handle.id = id;
    auto* raw = reinterpret_cast<file_handle*>(&handle); // NOLINT: the C interface ends in a flexible array
    const UniqueFd cgroup(::open_by_handle_at(mount_.get(), raw, O_PATH | O_CLOEXEC));
    if (!cgroup) return std::nullopt;
    std::array<char, PATH_MAX> path{};
    const auto link = fmt::format("/proc/self/fd/{}", cgroup.get());
    const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
    if (length <= 0 || static_cast<std::size_t>(length) == path.size()) return std::nullopt;
    std::string_view whole(path.data(), static_cast<std::size_t>(length));
    if (!whole.starts_with(mount_point_)) return std::nullopt;
    whole.remove_prefix(mount_point_.size());
    constexpr std::string_view gone = " (deleted)"; // removed between the two calls
    if (whole.ends_with(gone)) return std::nullopt;
    return whole.empty() ? std::string("/") : std::string(whole);
}

std::optional<std::uint64_t> CgroupTree::id_of(std::string_view path) const {
    if (!mount_ || !path.starts_with('/')) return std::nullopt;
    const std::string relative = path == "/" ? "." : std::string(path.substr(1));
    // A path that leads up and out of the hierarchy is of another cgroup namespace.
    if (relative == ".." || relative.starts_with("../")) return std::nullopt;
    struct stat status {};
    if (::fstatat(mount_.get(), relative.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
    return status.st_ino;
}

std::vector<std::string> CgroupTree::controllers() const {
    std::vector<std::string> names;
    if (!mount_) return names;
    const auto text = read_file(mount_point_ + "/cgroup.controllers");
    if (!text) return names;
    std::istringstream words(*text);
    for (std::string word; words >> word;) names.push_back(word);
    return names;
}

std::vector<std::string> controllers_of_hierarchy(const std::string& proc_root, std::uint32_t number) {
    std::vector<std::string> controllers;
    const auto text = read_file(proc_root + "/self/cgroup"); // "4:memory:/path", cgroups(7)
    if (!text) return controllers;
    const auto wanted = std::to_string(number) + ':';
    for (std::string_view rest = *text; !rest.empty();) {
        auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (!line.starts_with(wanted)) continue;
        line.remove_prefix(wanted.size());
        line = line.substr(0, line.find(':'));
        while (!line.empty()) {
            const auto name = line.substr(0, line.find(','));
            controllers.emplace_back(name);
            line.remove_prefix(std::min(line.size(), name.size() + 1));
        }
    }
    return controllers;
}

} // namespace nsscope
