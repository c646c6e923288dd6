#include "scan/complete.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unordered_set>

#include <fmt/format.h>

#include "scan/hidden_mounts.hpp"
#include "scan/mishaps.hpp"
#include "scan/nsfs.hpp"
#include "scan/nsfs_mounts.hpp"
#include "scan/open_files.hpp"

namespace nsscope {
namespace {

/// Which namespaces a scan knows about, by type and number.
class Known {
  public:
    explicit Known(const Scan& scan) {
        numbers_.reserve(scan.namespaces.size());
        for (const auto& ns : scan.namespaces) add(ns.type, ns.ref.inum);
    }
    bool add(NsType type, std::uint32_t inum) {
        return numbers_.insert(std::uint64_t{inum} * ns_type_count + static_cast<std::uint64_t>(type)).second;
    }
    [[nodiscard]] bool has(NsType type, std::uint32_t inum) const {
        return inum == 0 ||
               numbers_.contains(std::uint64_t{inum} * ns_type_count + static_cast<std::uint64_t>(type));
    }

  private:
    std::unordered_set<std::uint64_t> numbers_;
};

std::string directory_of(const ThreadRef& thread) {
    return fmt::format("{}/task/{}", thread.pid, thread.tid);
}

void read_open_files(int proc, Scan& scan, NsCatalog& catalog) {
    Mishaps mishaps;
    OpenFiles open_files;
    for (const auto& thread : scan.unread_files) {
        OpenFiles::Owner owner{thread.pid, thread.tid, 0};
        for (const auto& task : scan.tasks)
            if (task.tid == thread.tid) owner.net = task.ns[static_cast<std::size_t>(NsSlot::net)].inum;
        open_files.read(proc, (directory_of(thread) + "/fd").c_str(), owner, catalog, mishaps, scan.files);
    }
    scan.unread_files.clear();
    mishaps.report(scan.issues);
}

/// What files hold has come with its owner's and parent's numbers, but not with what these are.
void describe_relatives(int proc, const Scan& scan, const Known& known, NsCatalog& catalog) {
    std::unordered_set<std::uint64_t> lacking;
    for (const auto& ns : scan.namespaces)
        if (!known.has(NsType::user, ns.owner_user_ns) || (ns.parent != 0 && !known.has(ns.type, ns.parent)))
            lacking.insert(std::uint64_t{ns.ref.inum} * ns_type_count + static_cast<std::uint64_t>(ns.type));
    if (lacking.empty()) return;
    for (const auto& held : scan.files) {
        const auto number =
            std::uint64_t{held.ref.inum} * ns_type_count + static_cast<std::uint64_t>(held.type);
        if (held.is_socket || !lacking.contains(number) || catalog.described(held.type, held.ref.inum))
            continue;
        const auto path = fmt::format("{}/fd/{}", directory_of({held.pid, held.tid}), held.fd);
        UniqueFd place(::openat(proc, path.c_str(), O_PATH | O_CLOEXEC));
        if (!place || !is_nsfs(place.get()) || inum_of(place.get()) != held.ref.inum) continue;
        UniqueFd file(::openat(proc, fmt::format("self/fd/{}", place.get()).c_str(), O_RDONLY | O_CLOEXEC));
        if (file) catalog.describe(held.type, held.ref.inum, std::move(file));
    }
}

void add_hidden_mounts(int proc, Scan& scan, const NsfsMounts& mounts, const Known& known,
                       NsCatalog& catalog) {
    std::vector<NsRef> all;
    for (const auto& ns : scan.namespaces)
        if (ns.type == NsType::mnt) all.push_back(ns.ref);
    HiddenMounts(proc, mounts, catalog, [&](NsType type, std::uint32_t inum) {
        return known.has(type, inum) || catalog.described(type, inum);
    }).add(scan, all);
}

} // namespace

bool complete_by_files(Scan& scan, const std::string& proc_root, NsCatalog* held) {
    const UniqueFd proc(::open(proc_root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!proc) {
        scan.issues.push_back(
            {"namespace mounts", 1, fmt::format("cannot open {}: {}", proc_root, std::strerror(errno))});
        return false;
    }
    NsfsMounts mounts(proc.get(), scan.tasks);
    scan.mounts = mounts.read(scan.issues);
    NsCatalog catalog;
    read_open_files(proc.get(), scan, catalog);
    Known known(scan);
    add_hidden_mounts(proc.get(), scan, mounts, known, catalog);
    if (scan.mounts.empty() && scan.files.empty() && catalog.size() == 0) return false;

    describe_relatives(proc.get(), scan, known, catalog);
    for (const auto& mount : scan.mounts) {
        if (known.has(mount.type, mount.inum) || catalog.described(mount.type, mount.inum)) continue;
        if (auto file = mounts.open(mount)) catalog.describe(mount.type, mount.inum, std::move(file));
    }
    if (held != nullptr)
        for (const auto& mount : scan.mounts) {
            if (held->described(mount.type, mount.inum)) continue;
            if (auto file = mounts.open(mount)) held->describe(mount.type, mount.inum, std::move(file));
        }
    for (const auto& ns : catalog.take())
        if (known.add(ns.type, ns.ref.inum)) scan.namespaces.push_back(ns);
    return !scan.mounts.empty();
}

} // namespace nsscope
