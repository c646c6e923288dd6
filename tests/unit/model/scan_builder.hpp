#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "model/snapshot.hpp"

namespace nsscope::test {

/// Inode numbers and ids of the initial namespaces, as on a 6.18 kernel.
inline constexpr std::uint32_t first_inum = 0xEFFFFFF8;
inline constexpr std::uint32_t init_user = 0xEFFFFFFD;
inline constexpr std::uint32_t init_pid = 0xEFFFFFFC;
inline constexpr std::uint32_t init_net = 0xEFFFFFF9;
inline constexpr std::uint32_t init_mnt = 0xEFFFFFF8;

using Change = std::pair<NsSlot, NsRef>;

/// A thread in the initial namespaces but for `changes`.
inline ScannedTask thread(pid_t pid, pid_t tid, std::initializer_list<Change> changes = {}) {
    ScannedTask task;
    task.pid = pid;
    task.tid = tid;
    task.ppid = 1;
    task.comm = "t" + std::to_string(tid);
    for (std::size_t i = 0; i < ns_slot_count; ++i) {
        const NsType type = type_of(slot_at(i));
        const std::uint32_t fixed = info(type).initial_inum;
        task.ns[i].inum = fixed != 0 ? fixed : type == NsType::mnt ? init_mnt : init_net;
    }
    for (const auto& [slot, ref] : changes) task.ns[static_cast<std::size_t>(slot)] = ref;
    return task;
}
inline ScannedTask process(pid_t pid, std::initializer_list<Change> changes = {}) {
    return thread(pid, pid, changes);
}

inline ScannedNamespace known(NsType type, NsRef ref, std::uint32_t owner, std::uint32_t parent = 0) {
    ScannedNamespace ns;
    ns.type = type;
    ns.ref = ref;
    ns.owner_user_ns = owner;
    ns.parent = parent;
    return ns;
}
inline ScannedNamespace user_ns(std::uint32_t inum, std::uint32_t parent, uid_t creator) {
    ScannedNamespace ns = known(NsType::user, {inum, 0}, parent, parent);
    ns.owner_uid = creator;
    ns.has_owner_uid = true;
    return ns;
}

/// Tasks that are nowhere, for scans that are about one namespace only.
inline ScannedTask task_in(pid_t pid, pid_t tid, std::initializer_list<Change> places) {
    ScannedTask task = thread(pid, tid);
    task.ns = {};
    for (const auto& [slot, ref] : places) task.ns[static_cast<std::size_t>(slot)] = ref;
    return task;
}

} // namespace nsscope::test
