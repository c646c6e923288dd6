#include "kernel/scan_reader.hpp"

#include <algorithm>
#include <cstring>

#include "event.h"

namespace nsscope {
namespace {

template <typename T>
[[nodiscard]] T at(std::span<const std::byte> bytes, std::size_t offset) {
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

[[nodiscard]] std::uint64_t number_of(NsType type, std::uint32_t inum) {
    return static_cast<std::uint64_t>(type) << 32 | inum;
}

/// Ids are small numbers that count up; so no two of these meet.
[[nodiscard]] std::uint64_t key_of(NsType type, const NsRef& ref) {
    return number_of(type, ref.inum) ^ ref.id * 0x9E3779B97F4A7C15U;
}

} // namespace

void ScanReader::expect(std::size_t threads) {
    scan_.tasks.reserve(threads);
    scan_.namespaces.reserve(threads); // a thread with one of its own is rather many
    known_.reserve(threads);
}

void ScanReader::take(std::span<const std::byte> piece) {
    while (piece.size() >= 2 * sizeof(__u32)) {
        const auto kind = at<__u32>(piece, 0);
        const auto size = at<__u32>(piece, sizeof(__u32));
        if (size == 0 || size > piece.size()) break;
        const auto entry = piece.first(size);
        if (kind == NSSCOPE_SCAN_TASK && size >= sizeof(nsscope_scan_task))
            take_task(entry);
        else if (kind == NSSCOPE_SCAN_NAMESPACE && size >= sizeof(nsscope_scan_namespace))
            take_namespace(entry);
        else
            break;
        piece = piece.subspan(size);
    }
    if (!piece.empty()) is_whole_ = false;
}

void ScanReader::take_task(std::span<const std::byte> entry) {
    const auto raw = at<nsscope_scan_task>(entry, 0);
    auto& task = scan_.tasks.emplace_back();
    task.pid = static_cast<pid_t>(raw.pid);
    task.tid = static_cast<pid_t>(raw.tid);
    task.ppid = static_cast<pid_t>(raw.ppid);
    task.uid = raw.uid;
    task.kernel_thread = (raw.flags & NSSCOPE_SCAN_KERNEL_THREAD) != 0;
    task.start_ns = raw.start_ns;
    task.comm.assign(raw.comm, ::strnlen(raw.comm, sizeof raw.comm));
    for (std::size_t i = 0; i < ns_slot_count; i++) {
        task.ns[i] = {raw.ns[i].inum, raw.ns[i].id};
        if (raw.ns[i].inum == 0) continue;
        ScannedNamespace found;
        found.type = type_of(slot_at(i));
        found.ref = task.ns[i];
        found.owner_user_ns = raw.ns[i].owner_user_ns;
        if (i == NSSCOPE_SLOT_PID) found.parent = raw.pid_parent;
        if (i == NSSCOPE_SLOT_PID_FOR_CHILDREN) found.parent = raw.pid_for_children_parent;
        if (i == NSSCOPE_SLOT_USER) {
            found.parent = found.owner_user_ns;
            found.owner_uid = raw.user_creator;
            found.has_owner_uid = true;
        }
        add(found);
    }
    task.cgroups = cgroups_of(raw.cgroups, raw.cgroup_id);
    if (raw.cmdline_len <= entry.size() - sizeof raw) {
        task.cmdline.assign(reinterpret_cast<const char*>(entry.data()) + sizeof raw, raw.cmdline_len);
        task.has_cmdline = true;
    }
}

/// Two sets may have had one address one after the other; then they differ in the id, or in nothing that can be told.
std::uint32_t ScanReader::cgroups_of(std::uint64_t set, std::uint64_t id) {
    if (set == 0) return ScannedTask::no_cgroups;
    if (set == last_set_ && scan_.cgroups[last_cgroups_].id == id) return last_cgroups_;
    const auto fresh = static_cast<std::uint32_t>(scan_.cgroups.size());
    const auto [entry, is_new] = cgroups_.try_emplace(set ^ id * 0x9E3779B97F4A7C15U, fresh);
    if (is_new) scan_.cgroups.push_back({id, {}});
    last_set_ = set;
    last_cgroups_ = entry->second;
    return last_cgroups_;
}

void ScanReader::take_namespace(std::span<const std::byte> entry) {
    const auto raw = at<nsscope_scan_namespace>(entry, 0);
    ScannedNamespace found;
    found.type = raw.slot == NSSCOPE_SLOT_USER ? NsType::user : NsType::pid;
    found.ref = {raw.inum, raw.id};
    found.owner_user_ns = raw.owner_user_ns;
    found.parent = raw.parent_inum;
    found.owner_uid = raw.creator;
    found.has_owner_uid = found.type == NsType::user;
    add(found);
}

/// Consecutive tasks share most of their namespaces, so most of what comes here is known.
void ScanReader::add(const ScannedNamespace& found) {
    auto& last = last_[static_cast<std::size_t>(found.type)];
    if (last == found.ref) return;
    last = found.ref;
    if (!known_.insert(key_of(found.type, found.ref)).second) return;
    if (found.type == NsType::pid || found.type == NsType::user)
        referable_.insert(number_of(found.type, found.ref.inum));
    scan_.namespaces.push_back(found);
}

bool ScanReader::lacks_ancestors() const {
    const auto knows = [this](NsType type, std::uint32_t inum) {
        return inum == 0 || referable_.contains(number_of(type, inum));
    };
    return !std::ranges::all_of(scan_.namespaces, [&](const ScannedNamespace& ns) {
        return knows(NsType::user, ns.owner_user_ns) &&
               (ns.type != NsType::pid || knows(NsType::pid, ns.parent));
    });
}

} // namespace nsscope
