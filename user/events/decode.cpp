#include "events/decode.hpp"

#include <algorithm>
#include <cstring>

#include "event.h"

namespace nsscope {
namespace {

static_assert(static_cast<int>(NsSlot::cgroup) == NSSCOPE_SLOT_CGROUP);
static_assert(static_cast<int>(NsSlot::uts) == NSSCOPE_SLOT_UTS);
static_assert(static_cast<int>(NsSlot::time_for_children) == NSSCOPE_SLOT_TIME_FOR_CHILDREN);
static_assert(ns_slot_count == NSSCOPE_SLOTS);
static_assert(static_cast<int>(EventType::ns_destroy) == NSSCOPE_EV_NS_DESTROY);
static_assert(static_cast<int>(EventType::process_exit) == NSSCOPE_EV_PROCESS_EXIT);
static_assert(static_cast<int>(EventType::sysctl_write) == NSSCOPE_EV_SYSCTL_WRITE);
static_assert(static_cast<int>(SysctlReason::opener) == NSSCOPE_SYSCTL_BY_OPENER);
static_assert(static_cast<int>(EventType::cgroup_attach) == NSSCOPE_EV_CGROUP_ATTACH);
static_assert(event_type_count == NSSCOPE_EVENT_TYPES && event_type_count <= NSSCOPE_COUNTERS);
static_assert(static_cast<int>(Syscall::execve) == NSSCOPE_SYS_EXECVE);
static_assert(loss_cause_count == NSSCOPE_LOSS_CAUSES);
static_assert(static_cast<int>(LossCause::rate_limit) == NSSCOPE_LOSS_RATE_LIMIT);
static_assert(static_cast<int>(LossCause::not_run) == NSSCOPE_LOSS_NOT_RUN);

/// A struct of the wire format at `offset`, copied out as the bytes may lie anywhere.
template <typename T>
[[nodiscard]] T at(std::span<const std::byte> bytes, std::size_t offset) {
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

[[nodiscard]] std::string_view text_at(std::span<const std::byte> bytes, std::size_t offset,
                                       std::size_t len) {
    return {reinterpret_cast<const char*>(bytes.data()) + offset, len};
}

[[nodiscard]] TaskIdentity task_at(std::span<const std::byte> bytes, std::size_t offset) {
    const auto raw = at<nsscope_task>(bytes, offset);
    const auto comm = text_at(bytes, offset + offsetof(nsscope_task, comm), NSSCOPE_COMM_LEN);
    return {.start_ns = raw.start_ns,
            .exe_key = raw.exe_key,
            .cgroup_id = raw.cgroup_id,
            .pid = raw.pid,
            .tid = raw.tid,
            .ppid = raw.ppid,
            .ns_pid = raw.ns_pid,
            .uid = raw.uid,
            .is_family = raw.family == 1,
            .comm = comm.substr(0, comm.find('\0'))};
}

[[nodiscard]] Decoded decode_exe(std::span<const std::byte> bytes, ExeName& exe) {
    if (bytes.size() < sizeof(nsscope_exe_record)) return Decoded::malformed;
    const auto raw = at<nsscope_exe_record>(bytes, 0);
    if (raw.len > bytes.size() - sizeof raw) return Decoded::malformed;
    exe = {.key = raw.key,
           .names = text_at(bytes, sizeof raw, raw.len),
           .deleted = raw.deleted != 0,
           .complete = raw.complete != 0};
    return Decoded::exe;
}

[[nodiscard]] bool decode_changes(std::span<const std::byte> bytes, std::size_t count, Event& event) {
    event.nr_changes = 0;
    if (count > ns_slot_count || count * sizeof(nsscope_change) > bytes.size()) return false;
    for (std::size_t i = 0; i < count; i++) {
        const auto raw = at<nsscope_change>(bytes, i * sizeof(nsscope_change));
        if (raw.slot >= NSSCOPE_SLOTS) continue; // an entry that is not used
        auto& change = event.changes[event.nr_changes++];
        change.slot = slot_at(raw.slot);
        change.created = (raw.flags & NSSCOPE_CHANGE_CREATED) != 0;
        change.from.reset();
        change.to.reset();
        if ((raw.flags & NSSCOPE_CHANGE_NO_FROM) == 0) change.from = NsRef{raw.from_inum, raw.from_id};
        if ((raw.flags & NSSCOPE_CHANGE_NO_TO) == 0) change.to = NsRef{raw.to_inum, raw.to_id};
    }
    return true;
}

/// A value of `len` bytes at `offset`, where the flag says that there is one.
[[nodiscard]] std::optional<std::string_view> value_at(std::span<const std::byte> bytes, std::size_t offset,
                                                       std::size_t len, bool has) {
    if (!has || len > NSSCOPE_SYSCTL_VALUE_LEN) return std::nullopt;
    return text_at(bytes, offset, len);
}

[[nodiscard]] Decoded decode_sysctl(std::span<const std::byte> bytes, Event& event) {
    if (bytes.size() < sizeof(nsscope_sysctl_record)) return Decoded::malformed;
    const auto raw = at<nsscope_sysctl_record>(bytes, 0);
    if (raw.verdict >= verdict_names.size() || raw.reason >= sysctl_reason_names.size())
        return Decoded::malformed;
    event = Event{};
    event.type = static_cast<EventType>(raw.hdr.type);
    event.mono_ns = raw.hdr.mono_ns;
    event.task = task_at(bytes, offsetof(nsscope_sysctl_record, task));
    auto& access = event.sysctl.emplace();
    const auto name = text_at(bytes, offsetof(nsscope_sysctl_record, name), NSSCOPE_SYSCTL_NAME_LEN);
    access.name = name.substr(0, name.find('\0'));
    access.old = value_at(bytes, offsetof(nsscope_sysctl_record, old), raw.old_len,
                          (raw.flags & NSSCOPE_SYSCTL_HAS_OLD) != 0);
    access.written = value_at(bytes, offsetof(nsscope_sysctl_record, new_value), raw.new_len,
                              (raw.flags & NSSCOPE_SYSCTL_HAS_NEW) != 0);
    access.truncated = (raw.flags & (NSSCOPE_SYSCTL_OLD_CUT | NSSCOPE_SYSCTL_NEW_CUT)) != 0;
    access.verdict = raw.verdict;
    access.reason = static_cast<SysctlReason>(raw.reason);
    access.rule = raw.rule;
    access.policy = raw.policy;
    access.position = raw.pos;
    if ((raw.flags & NSSCOPE_SYSCTL_OTHER_NET) != 0) access.other_net = raw.net_inum;
    return Decoded::event;
}

[[nodiscard]] bool is_of_cgroup(std::uint16_t type) {
    return type >= NSSCOPE_EV_CGROUP_MKDIR && type <= NSSCOPE_EV_CGROUP_ATTACH;
}

[[nodiscard]] Decoded decode_cgroup(std::span<const std::byte> bytes, const nsscope_header& hdr,
                                    Event& event) {
    constexpr std::size_t path_at = sizeof(nsscope_cgroup_record);
    if (bytes.size() < path_at) return Decoded::malformed;
    const auto len = at<__u16>(bytes, offsetof(nsscope_cgroup_record, len));
    const auto flags = at<__u16>(bytes, offsetof(nsscope_cgroup_record, flags));
    if (len > bytes.size() - path_at) return Decoded::malformed;
    event = Event{};
    event.type = static_cast<EventType>(hdr.type);
    event.mono_ns = hdr.mono_ns;
    event.task = task_at(bytes, offsetof(nsscope_cgroup_record, task));
    if ((flags & (NSSCOPE_CGROUP_MOVED | NSSCOPE_CGROUP_BORN)) != 0)
        event.child = task_at(bytes, offsetof(nsscope_cgroup_record, other));
    event.cgroup = CgroupEvent{.id = at<__u64>(bytes, offsetof(nsscope_cgroup_record, id)),
                               .hierarchy = at<__u32>(bytes, offsetof(nsscope_cgroup_record, hierarchy)),
                               .names = text_at(bytes, path_at, len),
                               .complete = (flags & NSSCOPE_CGROUP_COMPLETE) != 0,
                               .born = (flags & NSSCOPE_CGROUP_BORN) != 0};
    return Decoded::event;
}

} // namespace

Decoded decode(std::span<const std::byte> bytes, Event& event, ExeName& exe) {
    if (bytes.size() < sizeof(nsscope_header)) return Decoded::malformed;
    const auto hdr = at<nsscope_header>(bytes, 0);
    if (hdr.size > bytes.size() || hdr.size < sizeof hdr) return Decoded::malformed;
    bytes = bytes.first(hdr.size);
    if (hdr.type == NSSCOPE_EV_EXE) return decode_exe(bytes, exe);
    if (hdr.type == NSSCOPE_EV_SYSCTL_READ || hdr.type == NSSCOPE_EV_SYSCTL_WRITE)
        return decode_sysctl(bytes, event);
    if (is_of_cgroup(hdr.type)) return decode_cgroup(bytes, hdr, event);
    if (hdr.type >= NSSCOPE_EVENT_TYPES || bytes.size() < sizeof(nsscope_record)) return Decoded::malformed;

    // the part before `task`; a nsscope_record cannot be copied whole in C++, for its flexible array
    constexpr std::size_t task_at_offset = offsetof(nsscope_record, task);
    constexpr std::size_t child_at_offset = offsetof(nsscope_record, child);
    const auto syscall = at<__u8>(bytes, offsetof(nsscope_record, syscall));
    const auto flags = at<__u16>(bytes, offsetof(nsscope_record, rec_flags));
    event.type = static_cast<EventType>(hdr.type);
    event.mono_ns = hdr.mono_ns;
    event.syscall = syscall < syscall_count ? static_cast<Syscall>(syscall) : Syscall::none;
    event.observed = (flags & NSSCOPE_REC_OBSERVED) != 0;
    event.result = at<__s64>(bytes, offsetof(nsscope_record, result));
    event.exit_code = event.mnt_inum = 0;
    if (event.type == EventType::process_exit)
        event.exit_code = at<__u32>(bytes, offsetof(nsscope_record, exit_code));
    if (event.type == EventType::process_exec)
        event.mnt_inum = at<__u32>(bytes, offsetof(nsscope_record, mnt_inum));
    event.flags.reset();
    event.task.reset();
    event.child.reset();
    event.sysctl.reset();
    event.cgroup.reset();
    if ((flags & NSSCOPE_REC_NO_FLAGS) == 0) event.flags = at<__u64>(bytes, offsetof(nsscope_record, flags));
    if ((flags & NSSCOPE_REC_NO_TASK) == 0) event.task = task_at(bytes, task_at_offset);
    if ((flags & NSSCOPE_REC_HAS_CHILD) != 0) event.child = task_at(bytes, child_at_offset);

    const auto nr_changes = at<__u8>(bytes, offsetof(nsscope_record, nr_changes));
    if (!decode_changes(bytes.subspan(sizeof(nsscope_record)), nr_changes, event)) return Decoded::malformed;
    return Decoded::event;
}

std::uint64_t time_of(std::span<const std::byte> bytes) {
    return bytes.size() < sizeof(nsscope_header) ? 0 : at<nsscope_header>(bytes, 0).mono_ns;
}

std::uint32_t wire_version() { return NSSCOPE_ABI_VERSION; }

} // namespace nsscope
