#include "cli/list_lookups.hpp"

#include <array>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>

#include "scan/nsfs.hpp"
#include "scan/proc_scan.hpp"

namespace nsscope {
namespace {

enum class Match : std::uint8_t {
    no,
    yes,
    hidden, ///< may not be looked at
};

/// Whether `path` leads to a namespace with that number. (In nsfs an inode number says which one; the kind is
/// given by the path.)
Match leads_to(const std::string& path, std::uint32_t inum) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) return status.st_ino == inum ? Match::yes : Match::no;
    return errno == EACCES || errno == EPERM ? Match::hidden : Match::no;
}

/// The thread of a process that is in the namespace where its first thread is not.
std::string thread_path(const std::string& proc_root, pid_t pid, const Namespace& ns) {
    std::error_code error;
    const auto directory = fmt::format("{}/{}/task", proc_root, pid);
    for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        auto path = fmt::format("{}/ns/{}", entry->path().string(), name(ns.type));
        if (leads_to(path, ns.ref.inum) == Match::yes) return path;
    }
    return {};
}

std::string pin_path(const std::string& proc_root, const Namespace& ns) {
    for (const auto& pin : ns.pinned_by) {
        std::string path;
        if (pin.how == Pin::How::mount)
            path = pin.path;
        else if (pin.how == Pin::How::fd && pin.pid != 0 && pin.fd >= 0)
            path = fmt::format("{}/{}/fd/{}", proc_root, pin.tid != 0 ? pin.tid : pin.pid, pin.fd);
        else if (pin.how == Pin::How::for_children && pin.pid != 0)
            path = fmt::format("{}/{}/ns/{}_for_children", proc_root, pin.pid, name(ns.type));
        if (!path.empty() && leads_to(path, ns.ref.inum) == Match::yes) return path;
    }
    return {};
}

} // namespace

std::string ListLookups::user_name(uid_t uid) {
    const auto [entry, is_new] = user_names_.try_emplace(uid);
    if (is_new)
        if (const auto* user = ::getpwuid(uid)) entry->second = user->pw_name;
    return entry->second;
}

std::string ListLookups::path(const Namespace& ns) {
    if (!ns.leader) return pin_path(proc_root_, ns);
    auto path = fmt::format("{}/{}/ns/{}", proc_root_, ns.leader->pid, name(ns.type));
    if (leads_to(path, ns.ref.inum) != Match::no) return path;
    return thread_path(proc_root_, ns.leader->pid, ns);
}

std::string ListLookups::netnsid(const Namespace& ns) {
    const auto file_path = path(ns);
    if (file_path.empty()) return {};
    const UniqueFd file(::open(file_path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file || inum_of(file.get()) != ns.ref.inum) return {};
    if (!netnsids_) netnsids_ = NetnsidReader::open();
    if (!*netnsids_) return {};
    const auto nsid = (*netnsids_)->of_fd(file.get());
    if (!nsid) return {};
    return *nsid ? std::to_string(**nsid) : "unassigned";
}

std::vector<std::string> ListLookups::mount_points(const Namespace& ns) {
    if (!mounts_read_) {
        mounts_read_ = true;
        if (auto mounts = scan_nsfs_mounts(proc_root_))
            for (auto& mount : *mounts) mounts_[{mount.type, mount.inum}].push_back(std::move(mount.path));
    }
    const auto found = mounts_.find({ns.type, ns.ref.inum});
    return found == mounts_.end() ? std::vector<std::string>{} : found->second;
}

CellSources ListLookups::sources() {
    return {
        .user_name = [this](uid_t uid) { return user_name(uid); },
        .path = [this](const Namespace& ns) { return path(ns); },
        .netnsid = [this](const Namespace& ns) { return netnsid(ns); },
        .mount_points = [this](const Namespace& ns) { return mount_points(ns); },
    };
}

} // namespace nsscope
