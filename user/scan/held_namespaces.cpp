#include "scan/held_namespaces.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "scan/nsfs.hpp"
#include "scan/open_files.hpp"
#include "scan/task_dir.hpp"

namespace nsscope {
namespace {

constexpr int kthreadd = 2;

std::uint64_t key_of(NsType type, std::uint32_t inum) {
    return static_cast<std::uint64_t>(type) << 32 | inum;
}

} // namespace

HeldNamespaces::HeldNamespaces(const std::string& proc_root, std::size_t most)
    : proc_(::open(proc_root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), catalog_(most) {
    for (const auto& type : ns_types) {
        open(type.type, 0, fmt::format("self/ns/{}", type.name));
        open(type.type, 0, fmt::format("{}/ns/{}", kthreadd, type.name));
    }
}

bool HeldNamespaces::was_refused(NsType type, std::uint32_t inum) const {
    return !holds(type, inum) && (refused_.contains(key_of(type, inum)) || catalog_.described(type, inum));
}

void HeldNamespaces::open(NsType type, std::uint32_t inum, const std::string& path) {
    const UniqueFd place(::openat(proc_.get(), path.c_str(), O_PATH | O_CLOEXEC));
    if (!place) return fail(type, inum, errno);
    const auto now = is_nsfs(place.get()) ? inum_of(place.get()) : std::nullopt;
    if (!now || catalog_.described(type, *now)) return;
    auto file = reopen(proc_.get(), place.get());
    if (!file) return fail(type, inum, errno);
    catalog_.describe(type, *now, std::move(file));
}

void HeldNamespaces::open_socket(const ScannedFile& file) {
    auto net = open_net_of_socket(file.pid, file.tid, file.fd);
    if (!net) return fail(file.type, file.ref.inum, errno);
    if (const auto now = inum_of(net.get())) catalog_.describe(NsType::net, *now, std::move(net));
}

void HeldNamespaces::fail(NsType type, std::uint32_t inum, int error_number) {
    if (means_denied(error_number) || error_number == EMFILE || error_number == ENFILE)
        refused_.insert(key_of(type, inum));
}

template <typename IsWanted>
void HeldNamespaces::open_all(const Scan& scan, const IsWanted& is_wanted) {
    for (const auto& task : scan.tasks)
        for (std::size_t i = 0; i < ns_slot_count; ++i)
            if (const auto type = type_of(slot_at(i)); is_wanted(type, task.ns[i].inum))
                open(type, task.ns[i].inum,
                     fmt::format("{}/task/{}/ns/{}", task.pid, task.tid, name(slot_at(i))));
    for (const auto& file : scan.files) {
        if (!is_wanted(file.type, file.ref.inum)) continue;
        if (file.is_socket)
            open_socket(file);
        else
            open(file.type, file.ref.inum, fmt::format("{}/task/{}/fd/{}", file.pid, file.tid, file.fd));
    }
}

void HeldNamespaces::hold(const Scan& scan, const Doubts& doubts) {
    const auto lacks = [&](NsType type, std::uint32_t inum) {
        return doubts.has(type, inum) && !holds(type, inum);
    };
    open_all(scan, lacks);
    // What no task or file refers to is reached from one that it owns, or is the parent of.
    std::unordered_set<std::uint64_t> below, reached;
    for (const auto& ns : scan.namespaces) {
        const auto owner = key_of(NsType::user, ns.owner_user_ns), parent = key_of(ns.type, ns.parent);
        const bool leads = (lacks(NsType::user, ns.owner_user_ns) && reached.insert(owner).second) ||
                           (lacks(ns.type, ns.parent) && reached.insert(parent).second);
        if (leads) below.insert(key_of(ns.type, ns.ref.inum));
    }
    if (below.empty()) return;
    open_all(scan, [&](NsType type, std::uint32_t inum) {
        return below.contains(key_of(type, inum)) && !holds(type, inum);
    });
}

} // namespace nsscope
