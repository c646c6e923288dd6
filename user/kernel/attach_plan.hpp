#pragma once

#include <array>
#include <string_view>

#include "events/event.hpp"

namespace nsscope {

/// A way of hooking into the kernel, the cheapest first.
enum class Rung : std::uint8_t {
    tracepoint, ///< BTF-typed tracepoints (tp_btf), 5.10 and later
};
[[nodiscard]] constexpr std::string_view name(Rung rung) {
    return rung == Rung::tracepoint ? "tracepoint" : "";
}

/// One program: which rung it belongs to, what feature it needs, which events come from it, and which events
/// it keeps exact (by following what a task is in) without reporting them.
struct Attachment {
    std::string_view program; ///< in bpf/*.bpf.c
    Rung rung;
    std::string_view feature;
    EventMask reports;
    EventMask supports;
};

inline constexpr EventMask ns_changes =
    mask_of(EventType::ns_clone) | mask_of(EventType::ns_unshare) | mask_of(EventType::ns_setns);
inline constexpr EventMask ns_events = ns_changes | mask_of(EventType::ns_destroy);

/// What is attached for which events, in this order; a program that neither reports nor supports a wanted event is
/// not loaded at all.
inline constexpr std::array<Attachment, 4> attach_plan{{
    {"task_newtask", Rung::tracepoint, "tp_btf",
     mask_of(EventType::ns_clone) | mask_of(EventType::process_fork), ns_events},
    {"sched_process_exec", Rung::tracepoint, "tp_btf",
     mask_of(EventType::ns_setns) | mask_of(EventType::process_exec), ns_events},
    {"sched_process_exit", Rung::tracepoint, "tp_btf", mask_of(EventType::process_exit), ns_events},
    {"sys_exit", Rung::tracepoint, "tp_btf", ns_changes, ns_events},
}};

/// Events that a rung cannot be told of, so that user space has to look for them.
[[nodiscard]] constexpr EventMask observed_by(Rung rung) {
    return rung == Rung::tracepoint ? mask_of(EventType::ns_destroy) : 0;
}

} // namespace nsscope
