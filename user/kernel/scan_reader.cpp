#include "kernel/scan_reader.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <utility>
#include <vector>

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

/// An id stands for itself: they count up, over all types, so that namespaces made one after the other are side by side
/// in a hash table, as they are in what is read.
[[nodiscard]] std::uint64_t key_of(NsType type, const NsRef& ref) {
    constexpr std::uint64_t no_id = std::uint64_t{1} << 63;
    return ref.id != 0 ? ref.id : no_id | number_of(type, ref.inum);
}

[[nodiscard]] ScannedNamespace described(NsType type, const nsscope_scan_ref& raw) {
    ScannedNamespace found;
    found.type = type;
    found.ref = {raw.inum, raw.id};
    found.owner_user_ns = raw.owner_user_ns;
    found.parent = raw.parent;
    found.owner_uid = raw.creator;
    found.has_owner_uid = type == NsType::user;
    return found;
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
        else if (kind == NSSCOPE_SCAN_FILE && size >= sizeof(nsscope_scan_file))
            take_file(entry);
        else
            break;
        piece = piece.subspan(size);
    }
    if (!piece.empty()) is_whole_ = false;
}

void ScanReader::take_task(std::span<const std::byte> entry) {
    const auto raw = at<nsscope_scan_task>(entry, 0);
    const auto behind =
        sizeof raw + static_cast<std::size_t>(std::popcount(raw.changed)) * sizeof(nsscope_scan_ref);
    if (raw.changed >> ns_slot_count != 0 || behind > entry.size()) {
        is_whole_ = false;
        return;
    }
    auto& task = scan_.tasks.emplace_back();
    task.pid = static_cast<pid_t>(raw.pid);
    task.tid = static_cast<pid_t>(raw.tid);
    task.ppid = static_cast<pid_t>(raw.ppid);
    task.uid = raw.uid;
    task.kernel_thread = (raw.flags & NSSCOPE_SCAN_KERNEL_THREAD) != 0;
    task.start_ns = raw.start_ns;
    task.comm.assign(raw.comm, ::strnlen(raw.comm, sizeof raw.comm));
    std::size_t next = sizeof raw;
    for (std::size_t i = 0; i < ns_slot_count; i++) {
        if ((raw.changed & 1U << i) != 0) {
            const auto ref = seen(at<nsscope_scan_ref>(entry, next));
            next += sizeof ref;
            last_[i] = {ref.inum, ref.id};
            add(type_of(slot_at(i)), ref);
        }
        if ((raw.has & 1U << i) != 0) task.ns[i] = last_[i];
    }
    task.cgroups = cgroups_of(raw.cgroups, raw.cgroup_id);
    if (raw.cmdline_len <= entry.size() - behind) {
        task.cmdline.assign(reinterpret_cast<const char*>(entry.data()) + behind, raw.cmdline_len);
        task.has_cmdline = true;
    }
    if ((raw.flags & NSSCOPE_SCAN_FILES_SEEN) != 0) files_seen_ = true;
}

void ScanReader::take_file(std::span<const std::byte> entry) {
    const auto raw = at<nsscope_scan_file>(entry, 0);
    const auto pid = static_cast<pid_t>(raw.pid), tid = static_cast<pid_t>(raw.tid);
    if (raw.fd < 0) {
        // there are too many: who completes the scan reads them all
        std::erase_if(scan_.files, [tid](const ScannedFile& file) { return file.tid == tid; });
        scan_.unread_files.push_back({pid, tid});
        return;
    }
    if (raw.slot >= ns_type_count) {
        is_whole_ = false;
        return;
    }
    const auto type = type_of(slot_at(raw.slot));
    const auto ref = seen(raw.ref);
    add(type, ref);
    scan_.files.push_back({type, {ref.inum, ref.id}, pid, tid, raw.fd, raw.is_socket != 0});
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

std::optional<ScannedNamespace> ScanReader::parse_namespace(std::span<const std::byte> entry) const {
    const auto raw = at<nsscope_scan_namespace>(entry, 0);
    if (raw.slot >= ns_type_count) return std::nullopt;
    return described(type_of(slot_at(raw.slot)), seen(raw.ref));
}

void ScanReader::take_namespace(std::span<const std::byte> entry) {
    const auto found = parse_namespace(entry);
    if (!found)
        is_whole_ = false;
    else if (!knows(found->type, found->ref))
        add(*found);
}

void ScanReader::collect_unknown(std::span<const std::byte> piece, std::vector<ScannedNamespace>& unknown) {
    for (; piece.size() >= sizeof(nsscope_scan_namespace);
         piece = piece.subspan(sizeof(nsscope_scan_namespace))) {
        const auto found = parse_namespace(piece);
        if (!found)
            is_whole_ = false;
        else if (!knows(found->type, found->ref))
            unknown.push_back(*found);
    }
}

nsscope_scan_ref ScanReader::seen(nsscope_scan_ref raw) const {
    if (without_ids_) raw.id = 0;
    return raw;
}

bool ScanReader::knows(NsType type, const NsRef& ref) const { return known_.contains(key_of(type, ref)); }

void ScanReader::add(NsType type, const nsscope_scan_ref& raw) {
    if (!knows(type, {raw.inum, raw.id})) add(described(type, raw));
}

void ScanReader::add(const ScannedNamespace& found) {
    known_.insert(key_of(found.type, found.ref));
    if (found.type == NsType::pid || found.type == NsType::user)
        referable_.insert(number_of(found.type, found.ref.inum));
    scan_.namespaces.push_back(found);
}

void ScanReader::merge(ScanReader&& other) {
    std::vector<std::uint32_t> index_here(other.scan_.cgroups.size()); // of the other's sets of cgroups
    for (const auto& [key, index] : other.cgroups_) {
        const auto fresh = static_cast<std::uint32_t>(scan_.cgroups.size());
        const auto [entry, is_new] = cgroups_.try_emplace(key, fresh);
        if (is_new) scan_.cgroups.push_back(std::move(other.scan_.cgroups[index]));
        index_here[index] = entry->second;
    }
    for (auto& task : other.scan_.tasks)
        if (task.cgroups != ScannedTask::no_cgroups) task.cgroups = index_here[task.cgroups];
    std::ranges::move(other.scan_.tasks, std::back_inserter(scan_.tasks));
    for (const auto& ns : other.scan_.namespaces)
        if (!knows(ns.type, ns.ref)) add(ns);
    std::ranges::move(other.scan_.files, std::back_inserter(scan_.files));
    std::ranges::move(other.scan_.unread_files, std::back_inserter(scan_.unread_files));
    files_seen_ = files_seen_ || other.files_seen_;
    is_whole_ = is_whole_ && other.is_whole_;
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
