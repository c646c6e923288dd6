#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "events/event.hpp"

namespace nsscope {

/// A way of hooking into the kernel, the cheapest first.
enum class Rung : std::uint8_t {
    fentry,     ///< the entry or the return of a function, by a trampoline (5.5)
    kprobe,     ///< the same by a breakpoint or ftrace
    tracepoint, ///< tracepoints: BTF-typed (tp_btf), else raw
};
[[nodiscard]] constexpr std::string_view name(Rung rung) {
    constexpr std::array<std::string_view, 3> names{"fentry", "kprobe", "tracepoint"};
    return names.at(static_cast<std::size_t>(rung));
}

/// What there is to be seen, apart from by what means.
enum class Place : std::uint8_t {
    births, ///< clone, clone3, fork and vfork that succeed
    execs,
    exits,
    calls,  ///< unshare and setns; clone and clone3 that fail
    deaths, ///< of namespaces
    cgroups,
};
inline constexpr std::size_t place_count = 6;

/// One program. The programs with the same place and choice go together: a place is seen by the first choice all of
/// whose programs can be attached.
struct Attachment {
    Place place;
    std::uint8_t choice;
    Rung rung;
    std::string_view program;      ///< in bpf/trace*.bpf.c; its section there names what it is attached to
    bool optional;                 ///< a kernel without that function has nothing to be seen there
    std::optional<EventType> each; ///< it reports one whenever it is run; else now_and_then
    /// Another program there, which it goes on in by the map to_NAME; empty: none.
    std::string_view goes_on_in{};
    EventMask only_for = ~EventMask{0}; ///< not attached where none of these is wanted
};

inline constexpr std::optional<EventType> now_and_then;
/// task_newtask tells of those that succeed.
inline constexpr EventMask clone_failures = mask_of(EventType::ns_clone);

inline constexpr std::array attach_plan{
    Attachment{Place::births, 0, Rung::tracepoint, "task_newtask", false, EventType::process_fork},
    Attachment{Place::execs, 0, Rung::tracepoint, "sched_process_exec", false, EventType::process_exec},
    Attachment{Place::exits, 0, Rung::tracepoint, "sched_process_exit", false, EventType::process_exit},

    Attachment{Place::calls, 0, Rung::fentry, "fexit_unshare", false, EventType::ns_unshare, "fexit_call"},
    Attachment{Place::calls, 0, Rung::fentry, "fexit_setns", false, EventType::ns_setns, "fexit_call"},
    Attachment{Place::calls, 0, Rung::fentry, "fexit_clone", false, now_and_then, "fexit_call",
               clone_failures},
    Attachment{Place::calls, 0, Rung::fentry, "fexit_clone3", false, now_and_then, "fexit_clone3_failure",
               clone_failures},
    Attachment{Place::calls, 0, Rung::fentry, "fexit_unshare32", true, EventType::ns_unshare, "fexit_call"},
    Attachment{Place::calls, 0, Rung::fentry, "fexit_setns32", true, EventType::ns_setns, "fexit_call"},
    Attachment{Place::calls, 0, Rung::fentry, "fexit_clone32", true, now_and_then, "fexit_call",
               clone_failures},
    Attachment{Place::calls, 0, Rung::fentry, "fexit_clone332", true, now_and_then, "fexit_clone3_failure",
               clone_failures},
    Attachment{Place::calls, 1, Rung::kprobe, "kretprobe_unshare", false, EventType::ns_unshare,
               "kretprobe_call"},
    Attachment{Place::calls, 1, Rung::kprobe, "kretprobe_setns", false, EventType::ns_setns,
               "kretprobe_call"},
    Attachment{Place::calls, 1, Rung::kprobe, "kretprobe_clone", false, now_and_then, "kretprobe_call",
               clone_failures},
    Attachment{Place::calls, 1, Rung::kprobe, "kretprobe_clone3", false, now_and_then,
               "kretprobe_clone3_failure", clone_failures},
    Attachment{Place::calls, 1, Rung::kprobe, "kretprobe_unshare32", true, EventType::ns_unshare,
               "kretprobe_call"},
    Attachment{Place::calls, 1, Rung::kprobe, "kretprobe_setns32", true, EventType::ns_setns,
               "kretprobe_call"},
    Attachment{Place::calls, 1, Rung::kprobe, "kretprobe_clone32", true, now_and_then, "kretprobe_call",
               clone_failures},
    Attachment{Place::calls, 1, Rung::kprobe, "kretprobe_clone332", true, now_and_then,
               "kretprobe_clone3_failure", clone_failures},
    Attachment{Place::calls, 2, Rung::tracepoint, "sys_exit", false, now_and_then},

    // Kprobes first: a program at fentry may be put off by another thread, and is then not run for what else is freed on
    // its processor (recursion_misses, bpf_prog_info); with our own reader, which it wakes, that happens all the time.
    Attachment{Place::deaths, 0, Rung::kprobe, "kprobe_ns_common_free", false, now_and_then},
    Attachment{Place::deaths, 1, Rung::kprobe, "kprobe_proc_free_inum", false, now_and_then},
    Attachment{Place::deaths, 2, Rung::fentry, "fentry_ns_common_free", false, now_and_then},
    Attachment{Place::deaths, 3, Rung::fentry, "fentry_proc_free_inum", false, now_and_then},

    Attachment{Place::cgroups, 0, Rung::tracepoint, "cgroup_mkdir", false, EventType::cgroup_mkdir},
    Attachment{Place::cgroups, 0, Rung::tracepoint, "cgroup_rmdir", false, EventType::cgroup_rmdir,
               "cgroup_mkdir"},
    Attachment{Place::cgroups, 0, Rung::tracepoint, "cgroup_attach_task", false, EventType::cgroup_attach},
    Attachment{Place::cgroups, 0, Rung::tracepoint, "cgroup_transfer_tasks", false, EventType::cgroup_attach,
               "cgroup_attach_task"},
    Attachment{Place::cgroups, 0, Rung::tracepoint, "cgroup_born", false, now_and_then},
};

inline constexpr EventMask ns_changes =
    mask_of(EventType::ns_clone) | mask_of(EventType::ns_unshare) | mask_of(EventType::ns_setns);
inline constexpr EventMask ns_events = ns_changes | mask_of(EventType::ns_destroy);
inline constexpr EventMask process_events =
    mask_of(EventType::process_fork) | mask_of(EventType::process_exec) | mask_of(EventType::process_exit);
inline constexpr EventMask cgroup_events =
    mask_of(EventType::cgroup_mkdir) | mask_of(EventType::cgroup_rmdir) | mask_of(EventType::cgroup_attach);

/// What a place is for: the events that are reported from there, and those that are kept exact from there (by following
/// what a task is in) without being reported.
struct PlaceInfo {
    Place place;
    std::string_view what;
    EventMask reports;
    EventMask supports;
};
inline constexpr std::array<PlaceInfo, place_count> places{{
    {Place::births, "births", mask_of(EventType::ns_clone) | mask_of(EventType::process_fork), ns_events},
    {Place::execs, "execs", mask_of(EventType::ns_setns) | mask_of(EventType::process_exec), ns_events},
    {Place::exits, "exits", mask_of(EventType::process_exit), ns_events},
    {Place::calls, "unshare, setns, clone that fails", ns_changes, ns_events},
    {Place::deaths, "deaths of namespaces", mask_of(EventType::ns_destroy), 0},
    {Place::cgroups, "cgroups", cgroup_events, 0},
}};
[[nodiscard]] constexpr const PlaceInfo& info(Place place) {
    return places.at(static_cast<std::size_t>(place));
}

/// What a rung cannot tell of a place, or costs; empty: nothing.
[[nodiscard]] std::string_view drawback(Place place, std::optional<Rung> rung);

/// What is lost of `asked` each time that the kernel does not run this program; nullopt: nothing, or nobody knows.
[[nodiscard]] std::optional<EventType> lost_unless_run(const Attachment& step, EventMask asked);

/// What is to be attached.
struct AttachPlan {
    std::vector<const Attachment*> attachments;
    /// By place: the rung; nullopt where the place is not needed, or nothing can be attached there.
    std::array<std::optional<Rung>, place_count> rungs;
    EventMask observed = 0; ///< wanted events that user space has to look for
    EventMask missing = 0;  ///< wanted events that there is no way to see
};

enum class Usable : std::uint8_t {
    yes,
    no,
    absent, ///< the kernel has no such function
};

/// The best way to see these events, given which programs can be attached. Pure.
[[nodiscard]] AttachPlan plan_for(EventMask events, const std::function<Usable(const Attachment&)>& usable);

} // namespace nsscope
