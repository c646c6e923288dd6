#include "inspect/mnt.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <linux/ioctl.h>
#include <linux/types.h>
#include <sys/ioctl.h>

#include "inspect/proc_dir.hpp"
#include "inspect/visit.hpp"
#include "scan/mountinfo.hpp"

namespace nsscope {

namespace {

/// include/uapi/linux/nsfs.h, which Debian 12's headers have not yet.
struct MntNsInfo {
    __u32 size = sizeof(MntNsInfo);
    __u32 nr_mounts = 0;
    __u64 mnt_ns_id = 0;
};
constexpr unsigned long ns_mnt_get_info = _IOR(0xb7, 10, MntNsInfo);

std::optional<std::uint64_t> count_mounts(int ns_fd) {
    MntNsInfo info;
    if (::ioctl(ns_fd, ns_mnt_get_info, &info) != 0) return std::nullopt;
    return info.nr_mounts;
}

/// The mount at the process's "/" that covers the others there: the last one mounted.
std::optional<Mount> find_root(const std::vector<Mount>& mounts) {
    const auto last = std::find_if(mounts.rbegin(), mounts.rend(),
                                   [](const Mount& mount) { return mount.mount_point == "/"; });
    if (last == mounts.rend()) return std::nullopt;
    return *last;
}

/// The mounts of one namespace through one process; nullopt if it was not in it all the time.
std::optional<MountTable> read_mounts(const Look& look, pid_t pid, std::uint32_t mnt_ns) {
    const auto process = ProcDir::open(look.sources.proc_root, pid);
    if (!process || process->namespace_inum(NsSlot::mnt) != mnt_ns) return std::nullopt;
    const auto text = process->read("mountinfo");
    if (process->namespace_inum(NsSlot::mnt) != mnt_ns) return std::nullopt;
    if (!text) {
        look.gaps.add_error("mounts", text.error(), pid);
        return std::nullopt;
    }
    auto table = parse_mounts(*text);
    for (std::uint64_t i = 0; i < table.malformed; ++i)
        look.gaps.add("mounts", "a line is not as proc_pid_mountinfo(5) has it", pid);
    return table;
}

/// Through the member that sees most: a process in a chroot(2) sees but a part. As many as `enough` end the search.
std::optional<MountTable> read_own_mounts(const Look& look, std::optional<std::uint64_t> enough) {
    constexpr std::size_t most_tries = 64;
    std::optional<MountTable> best;
    for (std::size_t i = 0; i < look.ns.members.size() && i < most_tries; ++i) {
        auto table = read_mounts(look, look.ns.members[i], look.ns.ref.inum);
        if (!table || (best && table->mounts.size() <= best->mounts.size())) continue;
        best = std::move(table);
        const bool whole = enough ? best->mounts.size() >= *enough : find_root(best->mounts).has_value();
        if (whole) break;
    }
    if (best) return best;
    const auto visited = visit_by_process(look.held, [&](pid_t child) {
        // The child is in it already, which its link need not show: it may not be traced.
        const auto process = ProcDir::open(look.sources.proc_root, child);
        const auto text = process ? process->read("mountinfo") : tl::unexpected(process.error());
        if (text) best = parse_mounts(*text);
    });
    if (!visited)
        look.gaps.add_error("mounts", visited.error());
    else if (!best)
        look.gaps.add("mounts", "the child process that entered it has ended");
    return best;
}

/// Which mount namespaces have a mount in a peer group, or a slave of it.
struct Groups {
    std::map<int, std::vector<std::uint32_t>> peers, slaves;

    static void note(std::map<int, std::vector<std::uint32_t>>& groups, int group, std::uint32_t mnt_ns) {
        if (group == 0) return;
        auto& namespaces = groups[group];
        if (namespaces.empty() || namespaces.back() != mnt_ns) namespaces.push_back(mnt_ns);
    }
    void add(const Mount& mount, std::uint32_t mnt_ns) {
        note(peers, mount.peer_group, mnt_ns);
        note(slaves, mount.master, mnt_ns);
    }
    static std::vector<std::uint32_t> of(const std::map<int, std::vector<std::uint32_t>>& groups, int group) {
        const auto found = groups.find(group);
        return group == 0 || found == groups.end() ? std::vector<std::uint32_t>{} : found->second;
    }
};

/// Of all other mount namespaces that have a process. They come in the order of their inums.
Groups read_groups(const Look& look) {
    Groups groups;
    for (const auto& ns : look.snapshot.namespaces) {
        if (ns.type != NsType::mnt || ns.ref == look.ns.ref) continue;
        std::optional<MountTable> table;
        for (const auto pid : ns.members)
            if ((table = read_mounts(look, pid, ns.ref.inum))) break;
        if (!table && !ns.members.empty()) continue; // the reason is counted, or they are all gone
        if (!table) look.gaps.add("what another mount namespace shares", "no process is in it");
        if (!table) continue;
        for (const auto& mount : table->mounts) groups.add(mount, ns.ref.inum);
    }
    return groups;
}

bool propagates(const std::vector<Mount>& mounts) {
    return std::any_of(mounts.begin(), mounts.end(),
                       [](const Mount& mount) { return mount.peer_group != 0 || mount.master != 0; });
}

} // namespace

MntContents inspect_mnt(const Look& look) {
    MntContents contents;
    contents.count = count_mounts(look.held.file.get());
    auto table = read_own_mounts(look, contents.count);
    if (!table) return contents;
    if (contents.count && table->mounts.size() < *contents.count)
        look.gaps.add("mounts",
                      fmt::format("{} of {} lie outside the root directory of every process that was asked",
                                  *contents.count - table->mounts.size(), *contents.count));
    contents.root = find_root(table->mounts);
    const auto groups = propagates(table->mounts) ? read_groups(look) : Groups{};
    for (auto& mount : table->mounts) {
        InspectedMount inspected;
        inspected.peers_in = Groups::of(groups.peers, mount.peer_group);
        inspected.master_in = Groups::of(groups.peers, mount.master);
        inspected.slaves_in = Groups::of(groups.slaves, mount.peer_group);
        inspected.mount = std::move(mount);
        contents.mounts.push_back(std::move(inspected));
    }
    return contents;
}

} // namespace nsscope
