#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "model/ns_type.hpp"
#include "model/scan.hpp"

namespace nsscope {

/// What can happen, in the order of enum nsscope_event_type (bpf/event.h), as far as that goes.
enum class EventType : std::uint8_t {
    ns_clone,
    ns_unshare,
    ns_setns,
    ns_destroy,
    process_fork,
    process_exec,
    process_exit,
    sysctl_read,
    sysctl_write,
    cgroup_mkdir,
    cgroup_rmdir,
    cgroup_attach,
    container_start, ///< from here on not told by the kernel, but made out of what it tells
    container_exit,
};
inline constexpr std::size_t event_type_count = 12; ///< that the kernel tells
inline constexpr std::size_t all_event_type_count = 14;

struct EventTypeInfo {
    EventType type;
    std::string_view name;
    bool by_default; ///< reported unless other types are asked for
    std::string_view help;
};

inline constexpr std::array<EventTypeInfo, all_event_type_count> event_types{{
    {EventType::ns_clone, "ns.clone", true, "a child is born in another namespace than its parent's"},
    {EventType::ns_unshare, "ns.unshare", true, "unshare(2) returned"},
    {EventType::ns_setns, "ns.setns", true, "setns(2) returned, or an exec entered a time namespace"},
    {EventType::ns_destroy, "ns.destroy", true, "a namespace is gone"},
    {EventType::process_fork, "process.fork", false, "a process or thread is born"},
    {EventType::process_exec, "process.exec", false, "a process runs another program"},
    {EventType::process_exit, "process.exit", false, "a process or thread ends"},
    {EventType::sysctl_read, "sysctl.read", false,
     "a container read a sysctl that a rule of the guard speaks of"},
    {EventType::sysctl_write, "sysctl.write", false,
     "a container wrote to a sysctl while a guard was in force"},
    {EventType::cgroup_mkdir, "cgroup.mkdir", true, "a cgroup is made"},
    {EventType::cgroup_rmdir, "cgroup.rmdir", true, "a cgroup is removed"},
    {EventType::cgroup_attach, "cgroup.attach", true,
     "a process is moved to a cgroup, or born in another than its parent's"},
    {EventType::container_start, "container.start", true, "a container's first process is in place"},
    {EventType::container_exit, "container.exit", true, "a container's last process is gone, and its cgroup"},
}};

[[nodiscard]] constexpr std::string_view name(EventType type) {
    return event_types[static_cast<std::size_t>(type)].name;
}
[[nodiscard]] constexpr std::optional<EventType> event_type_from_name(std::string_view text) {
    for (const auto& t : event_types)
        if (t.name == text) return t.type;
    return std::nullopt;
}
/// A set of event types: bit 1 << type.
using EventMask = std::uint32_t;
[[nodiscard]] constexpr EventMask mask_of(EventType type) { return 1U << static_cast<unsigned>(type); }
/// Those that a guard tells of (nsscope guard run); the others are traced.
inline constexpr EventMask guard_events = mask_of(EventType::sysctl_read) | mask_of(EventType::sysctl_write);
inline constexpr EventMask all_events = (EventMask{1} << all_event_type_count) - 1;
inline constexpr EventMask container_events =
    mask_of(EventType::container_start) | mask_of(EventType::container_exit);
[[nodiscard]] constexpr bool is_traced(EventType type) { return (guard_events & mask_of(type)) == 0; }

/// The system call that an event comes from, by its name in the manual; the order of enum nsscope_syscall.
enum class Syscall : std::uint8_t {
    none,
    clone,
    clone3,
    fork,
    vfork,
    unshare,
    setns,
    execve,
};
inline constexpr std::size_t syscall_count = 8;
inline constexpr std::array<std::string_view, syscall_count> syscall_names{
    "", "clone", "clone3", "fork", "vfork", "unshare", "setns", "execve"};

/// Who. Pids as the initial pid namespace sees them, but for ns_pid.
struct TaskIdentity {
    std::uint64_t start_ns = 0;  ///< start of the process, CLOCK_BOOTTIME
    std::uint64_t exe_key = 0;   ///< stands for the executable, see ExeName; 0: has none
    std::uint64_t cgroup_id = 0; ///< in the unified hierarchy
    std::uint32_t pid = 0, tid = 0, ppid = 0;
    std::uint32_t ns_pid = 0; ///< pid in the process's own pid namespace
    std::uint32_t uid = 0;    ///< real
    bool is_family = false;   ///< is the process of --pid, or descends from it; where that was asked for
    std::string_view comm;    ///< raw bytes, in the record
};

/// One namespace left, entered, or both.
struct NsChange {
    NsSlot slot{};
    bool created = false;
    std::optional<NsRef> from; ///< nullopt: not known
    std::optional<NsRef> to;   ///< nullopt: none, it is gone
};

/// What the guard made of an access, in the order of enum nsscope_guard_action (bpf/guard.h).
inline constexpr std::array<std::string_view, 4> verdict_names{"allow", "audit", "override", "deny"};
/// Who decided, in the order of enum nsscope_sysctl_reason.
enum class SysctlReason : std::uint8_t {
    rule,
    by_default,
    runtime_setup,
    error,
    does_not_fit, ///< the rule's override does not fit in what was written, so it was denied
    opener,       ///< the rule denies it to who opened the file
};
inline constexpr std::array<std::string_view, 6> sysctl_reason_names{
    "rule", "default", "runtime_setup", "error", "override_does_not_fit", "opener"};
/// Is there a rule that decided?
[[nodiscard]] constexpr bool is_by_rule(SysctlReason reason) {
    return reason == SysctlReason::rule || reason == SysctlReason::does_not_fit ||
           reason == SysctlReason::opener;
}

/// A sysctl that was read or written, and what became of that. Views point into the record's bytes.
struct SysctlAccess {
    std::string_view name;                   ///< with slashes, as the kernel has it
    std::optional<std::string_view> old;     ///< as a read would show it; nullopt: not known
    std::optional<std::string_view> written; ///< nullopt: a read, or not known
    bool truncated = false;                  ///< one of the two was longer than what is here
    std::size_t verdict = 0;                 ///< in verdict_names
    SysctlReason reason{};
    std::uint32_t rule = 0;     ///< its place in the policy, where the reason is about a rule
    std::uint64_t policy = 0;   ///< which policy was in force
    std::uint64_t position = 0; ///< in the file
    std::optional<std::uint32_t>
        other_net; ///< the network namespace that the setting is of, when not the process's own
};

/// What happened to a cgroup.
struct CgroupEvent {
    std::uint64_t id = 0;        ///< of the cgroup, unique within its hierarchy
    std::uint32_t hierarchy = 0; ///< 0: the unified (v2) one
    std::string_view names;      ///< from the cgroup up to the root, each ended by NUL; raw bytes
    bool complete = false;       ///< false: too long, `names` lacks the beginning of the path
    bool born = false;           ///< cgroup.attach: Event::child was born there, and not moved
};

/// A record, decoded. Views point into the record's bytes.
struct Event {
    EventType type{};
    Syscall syscall{};
    bool observed = false; ///< found by looking, not told by the kernel as it happened
    bool resync = false;   ///< found by a scan after a loss; not in the ring
    std::uint64_t mono_ns = 0;
    std::int64_t result = 0;
    std::optional<std::uint64_t> flags;
    std::uint32_t exit_code = 0; ///< process.exit: a status as wait(2) gives it
    std::uint32_t mnt_inum = 0;  ///< process.exec: of the mount namespace it happened in; 0: not known
    std::optional<TaskIdentity> task;
    std::optional<TaskIdentity> child; ///< the newborn; of cgroup.attach: who is in the cgroup now
    std::optional<CgroupEvent> cgroup; ///< cgroup.*
    std::optional<SysctlAccess> sysctl;
    std::uint64_t container_cgroup = 0; ///< container.*: its own, in the unified hierarchy
    std::array<NsChange, ns_slot_count> changes{};
    std::size_t nr_changes = 0;

    [[nodiscard]] std::span<const NsChange> namespaces() const { return {changes.data(), nr_changes}; }
};

/// Says which path an exe_key stands for.
struct ExeName {
    std::uint64_t key = 0;
    std::string_view names; ///< the path's names from the leaf up, each ended by NUL; raw bytes
    bool deleted = false;
    bool complete = false; ///< false: too long, `names` lacks the beginning of the path
};

/// Losses in the kernel or in a sink, by event type and cause.
enum class LossCause : std::uint8_t {
    ring_full,
    states_full,
    watch_full,
    rate_limit, ///< the guard: too many of one process and rule in a second
    not_run,    ///< the kernel did not run the program that would have told (recursion_misses, bpf_prog_info)
    sink_behind,  ///< not the kernel's from here on: no room in the queue of an output
    filter_error, ///< whether it was wanted cannot be told any more
};
inline constexpr std::size_t loss_cause_count = 5; ///< the kernel's
inline constexpr std::size_t all_loss_cause_count = 7;
inline constexpr std::array<std::string_view, all_loss_cause_count> loss_cause_names{
    "ring_full", "states_full", "watch_full", "rate_limit", "not_run", "sink_behind", "filter_error"};

/// Totals since the beginning, over all CPUs. produced = delivered + filtered + lost at rest.
struct Counters {
    std::array<std::uint64_t, event_type_count> produced{};
    std::array<std::uint64_t, event_type_count> filtered{};
    std::array<std::array<std::uint64_t, event_type_count>, loss_cause_count> lost{};
};

} // namespace nsscope
