#include "scan/nsfs_mounts.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>

#include "scan/files.hpp"
#include "scan/mountinfo.hpp"
#include "scan/nsfs.hpp"
#include "scan/parse.hpp"
#include "scan/task_dir.hpp"

namespace nsscope {
namespace {

/// The number of the mount namespace of a task; 0: it cannot be told.
std::uint32_t mnt_ns_of(int proc, const std::string& task) {
    std::array<char, 64> text;
    const auto got = ::readlinkat(proc, (task + "/ns/mnt").c_str(), text.data(), text.size());
    if (got <= 0) return 0;
    const auto link = parse_ns_link({text.data(), static_cast<std::size_t>(got)});
    return link && link->type == NsType::mnt ? link->inum : 0;
}

/// A path descriptor, without waiting for whoever serves the file systems on the way: all that leads to a mount point is
/// in the kernel's cache (RESOLVE_CACHED, openat2(2), 5.12). Symbolic links would lead out of the task's own root.
UniqueFd open_place(int root, const char* path) {
    struct open_how how {};
    how.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_CACHED;
    return UniqueFd(static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof how)));
}

} // namespace

std::vector<ScannedMount> NsfsMounts::read(std::vector<Issue>& issues) {
    std::vector<ScannedMount> found;
    const std::uint32_t own = mnt_ns_of(proc_, "self");
    if (const int error = read_of("self", own, found))
        issues.push_back({"namespace mounts", 1, std::strerror(error)});

    std::unordered_map<std::uint32_t, int> failed; ///< mount namespace -> why none of its tasks so far served
    for (const auto& task : tasks_) {
        const auto mnt_ns = task.ns[static_cast<std::size_t>(NsSlot::mnt)].inum;
        if (mnt_ns == 0 || mnt_ns == own || task_of_.contains(mnt_ns)) continue;
        if (const int error = read_of(fmt::format("{}/task/{}", task.pid, task.tid), mnt_ns, found))
            failed[mnt_ns] = error;
    }
    std::uint64_t count = 0;
    int why = 0;
    for (const auto& [mnt_ns, error] : failed) {
        if (task_of_.contains(mnt_ns) || means_gone(error)) continue; // another task served, or all have gone
        ++count;
        why = error;
    }
    if (count != 0) issues.push_back({"mounts of a mount namespace", count, std::strerror(why)});
    return found;
}

int NsfsMounts::read_of(const std::string& task, std::uint32_t mnt_ns, std::vector<ScannedMount>& found) {
    const UniqueFd file(::openat(proc_, (task + "/mountinfo").c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return errno;
    // The file shows the mount namespace that the task was in when it was opened (fs/proc_namespace.c).
    if (mnt_ns != mnt_ns_of(proc_, task)) return ESRCH;
    const auto text = read_all(file.get());
    if (!text) return text.error();
    for (auto& mount : parse_nsfs_mounts(*text)) {
        mount.mnt_ns = mnt_ns;
        found.push_back(std::move(mount));
    }
    task_of_.emplace(mnt_ns, task);
    // "/" is also what the root of another mount namespace is called (fs/d_path.c); a test's tree has no such link
    std::array<char, 2> root{};
    const auto got = ::readlinkat(proc_, (task + "/root").c_str(), root.data(), root.size());
    if (got > 1) cut_off_.emplace(mnt_ns, task);
    return 0;
}

UniqueFd NsfsMounts::open(const ScannedMount& mount) const {
    const auto task = task_of_.find(mount.mnt_ns);
    if (task == task_of_.end()) return UniqueFd();
    const UniqueFd root(::openat(proc_, (task->second + "/root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) return UniqueFd(); // a test's tree has no such link
    return open_mounted(proc_, root.get(), mount);
}

UniqueFd open_mounted(int proc, int root, const ScannedMount& mount) {
    const auto path = mount.path.substr(std::min(mount.path.find_first_not_of('/'), mount.path.size()));
    const UniqueFd place = open_place(root, path.c_str());
    if (!place || !is_nsfs(place.get()) || inum_of(place.get()) != mount.inum) return UniqueFd();
    return reopen(proc, place.get());
}

} // namespace nsscope
