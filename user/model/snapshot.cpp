#include "model/snapshot.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <tuple>
#include <utility>

#include "model/snapshot_builder.hpp"

namespace nsscope {
namespace {

/// include/uapi/linux/nsfs.h of 6.18, MNT_NS_INIT_INO and NET_NS_INIT_INO. No older kernel gives these
/// numbers to anything: what it allots starts at 0xF0000000 (PROC_DYNAMIC_FIRST, fs/proc/generic.c).
constexpr std::uint32_t initial_mnt_inum = 0xEFFFFFF8;
constexpr std::uint32_t initial_net_inum = 0xEFFFFFF9;
constexpr pid_t kthreadd = 2;

std::uint32_t initial_inum(NsType type) {
    if (type == NsType::mnt) return initial_mnt_inum;
    if (type == NsType::net) return initial_net_inum;
    return info(type).initial_inum;
}

bool has_parent(NsType type) { return type == NsType::pid || type == NsType::user; }

} // namespace

/// By pid, so that the threads of a process stand together and members come out ascending.
void SnapshotBuilder::order_tasks() {
    tasks_.resize(scan_.tasks.size());
    for (std::size_t i = 0; i < tasks_.size(); ++i) tasks_[i].task = static_cast<std::uint32_t>(i);
    const auto by_pid = [this](const PlacedTask& a, const PlacedTask& b) {
        return std::pair{task(a).pid, task(a).tid} < std::pair{task(b).pid, task(b).tid};
    };
    // Mostly they are in order, or two readers have each put theirs in order.
    const auto second = std::is_sorted_until(tasks_.begin(), tasks_.end(), by_pid);
    if (std::is_sorted(second, tasks_.end(), by_pid))
        std::inplace_merge(tasks_.begin(), second, tasks_.end(), by_pid);
    else
        std::sort(tasks_.begin(), tasks_.end(), by_pid);
}

/// Those with an id come first: a reference without one then finds what it means.
void SnapshotBuilder::number_namespaces() {
    table_.reserve(scan_.namespaces.size());
    for (const auto& found : scan_.namespaces)
        if (found.ref.id != 0) table_.add(found.type, found.ref);
    number_tasks();
    for (const auto& found : scan_.namespaces) {
        table_.add(found.type, found.ref);
        table_.add(NsType::user, {found.owner_user_ns, 0});
        if (has_parent(found.type)) table_.add(found.type, {found.parent, 0});
    }
    for (const auto& file : scan_.files) table_.add(file.type, file.ref);
    for (const auto& mount : scan_.mounts) table_.add(mount.type, {mount.inum, mount.id});
}

/// A task is mostly in the same namespaces as the one before it, which saves the look-up.
void SnapshotBuilder::number_tasks() {
    std::array<NsRef, ns_slot_count> last_ref{};
    SlotIndices last;
    last.fill(none);
    for (auto& placed : tasks_) {
        const auto& refs = task(placed).ns;
        for (std::size_t i = 0; i < ns_slot_count; ++i) {
            if (refs[i] == last_ref[i]) continue;
            last[i] = table_.add(type_of(slot_at(i)), refs[i]);
            last_ref[i] = refs[i];
        }
        placed.slots = last;
    }
}

void SnapshotBuilder::sort_namespaces() {
    const auto& entries = table_.entries();
    struct Key {
        std::uint64_t type_and_inum, id;
        std::uint32_t number;
    };
    std::vector<Key> keys(entries.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto& [type, ref, next] = entries[i];
        keys[i] = {static_cast<std::uint64_t>(type) << 32 | ref.inum, ref.id, static_cast<std::uint32_t>(i)};
    }
    std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
        return std::tie(a.type_and_inum, a.id) < std::tie(b.type_and_inum, b.id);
    });

    place_.resize(keys.size());
    namespaces_.resize(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        place_[keys[i].number] = static_cast<std::uint32_t>(i);
        namespaces_[i].type = entries[keys[i].number].type;
        namespaces_[i].ref = entries[keys[i].number].ref;
    }
    for (auto& placed : tasks_)
        for (auto& slot : placed.slots)
            if (slot != none) slot = place_[slot];
}

void SnapshotBuilder::fill_members() {
    for (auto begin = tasks_.begin(); begin != tasks_.end();) {
        const pid_t pid = task(*begin).pid;
        const auto end =
            std::find_if(begin, tasks_.end(), [&](const PlacedTask& p) { return task(p).pid != pid; });
        add_process({begin, end});
        begin = end;
    }
}

void SnapshotBuilder::add_process(std::span<const PlacedTask> threads) {
    const pid_t pid = task(threads.front()).pid;
    for (const auto& thread : threads) {
        for (std::size_t i = 0; i < ns_slot_count; ++i) {
            if (thread.slots[i] == none || is_for_children(slot_at(i))) continue;
            Namespace& ns = namespaces_[thread.slots[i]];
            ++ns.nthreads;
            if (ns.members.empty()) ns.leader = leader_of(threads);
            if (ns.members.empty() || ns.members.back() != pid) ns.members.push_back(pid);
        }
    }
}

Leader SnapshotBuilder::leader_of(std::span<const PlacedTask> threads) const {
    const auto is_main = [this](const PlacedTask& p) { return task(p).tid == task(p).pid; };
    const auto main = std::find_if(threads.begin(), threads.end(), is_main);
    const ScannedTask& source = task(main == threads.end() ? threads.front() : *main);
    Leader leader{source.pid, source.ppid, source.uid, source.comm, std::nullopt};
    if (source.has_cmdline) leader.cmdline = source.cmdline;
    return leader;
}

void SnapshotBuilder::fill_owners() {
    creators_.resize(namespaces_.size());
    for (const auto& found : scan_.namespaces) {
        const std::uint32_t index = index_of(found.type, found.ref);
        if (index == none) continue;
        Namespace& ns = namespaces_[index];
        if (found.owner_user_ns != 0) ns.owner_user_ns = found.owner_user_ns;
        if (found.parent != 0 && has_parent(ns.type)) ns.parent = found.parent;
        if (ns.type != NsType::user) continue;
        // Two names of one thing: userns_owner() and userns_get_parent() of kernel/user_namespace.c.
        if (!ns.owner_user_ns) ns.owner_user_ns = ns.parent;
        if (!ns.parent) ns.parent = ns.owner_user_ns;
        if (found.has_owner_uid) creators_[index] = found.owner_uid;
    }
    const std::uint32_t initial_user = index_of(NsType::user, {initial_inum(NsType::user), 0});
    if (initial_user != none) creators_[initial_user] = 0; // init_user_ns, GLOBAL_ROOT_UID

    for (std::size_t i = 0; i < namespaces_.size(); ++i) {
        Namespace& ns = namespaces_[i];
        if (ns.type == NsType::user) {
            ns.owner_uid = creators_[i];
        } else if (ns.owner_user_ns) {
            const std::uint32_t owner = index_of(NsType::user, {*ns.owner_user_ns, 0});
            if (owner != none) ns.owner_uid = creators_[owner];
        }
    }
}

void SnapshotBuilder::mark_initial() {
    for (const auto& type : ns_types) {
        const std::uint32_t fixed = index_of(type.type, {initial_inum(type.type), 0});
        if (fixed != none)
            namespaces_[fixed].initial = true;
        else if (type.initial_inum == 0)
            mark_kthreadd_as_initial(type.type);
    }
}

void SnapshotBuilder::mark_kthreadd_as_initial(NsType type) {
    for (const auto& placed : tasks_) {
        if (task(placed).pid > kthreadd) return;
        const std::uint32_t index = placed.slots[static_cast<std::size_t>(slot_of(type))];
        if (task(placed).tid == kthreadd && task(placed).kernel_thread && index != none)
            namespaces_[index].initial = true;
    }
}

Snapshot build_snapshot(Scan&& scan, PinsOf pins) {
    Snapshot snapshot;
    SnapshotBuilder builder(scan, pins);
    snapshot.namespaces = builder.build();
    snapshot.source = std::move(scan.source);
    snapshot.issues = std::move(scan.issues);
    if (const auto count = builder.ambiguous())
        snapshot.issues.push_back(
            {"references to a namespace", count,
             "raced: two had that number during the scan, and nobody can tell which is meant; "
             "try again"});
    return snapshot;
}

std::vector<SnapshotProcess> processes_of(const Scan& scan) {
    std::vector<SnapshotProcess> processes;
    for (const auto& task : scan.tasks)
        if (task.tid == task.pid) processes.push_back({task.pid, task.comm});
    std::sort(processes.begin(), processes.end(), [](const auto& a, const auto& b) { return a.pid < b.pid; });
    return processes;
}

std::span<const Namespace> find_all(const Snapshot& snapshot, NsType type, std::uint32_t inum) {
    const auto& all = snapshot.namespaces;
    const std::pair wanted{type, inum};
    const auto number = [](const Namespace& ns) { return std::pair{ns.type, ns.ref.inum}; };
    const auto first = std::ranges::lower_bound(all, wanted, {}, number);
    return {first, std::ranges::upper_bound(first, all.end(), wanted, {}, number)};
}

const Namespace* find(const Snapshot& snapshot, NsType type, std::uint32_t inum, std::uint64_t id) {
    const auto all = find_all(snapshot, type, inum);
    if (all.size() == 1) return id == 0 || all[0].ref.id == 0 || all[0].ref.id == id ? &all[0] : nullptr;
    const auto is_it = [id](const Namespace& ns) { return id != 0 ? ns.ref.id == id : !ns.members.empty(); };
    const auto found = std::ranges::find_if(all, is_it);
    if (found == all.end() || std::find_if(std::next(found), all.end(), is_it) != all.end()) return nullptr;
    return &*found;
}

} // namespace nsscope
