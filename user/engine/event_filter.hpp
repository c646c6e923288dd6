#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "events/event.hpp"
#include "events/names.hpp"
#include "filter/filter.hpp"

namespace nsscope {

/// Which events are wanted. What the kernel has sorted out need not be said here again.
struct EventFilter {
    EventMask events = ~EventMask{0};   ///< others are not heard of at all
    std::uint32_t ns_types = 0;         ///< that changed, or were asked for: bit 1 << NsType; 0: all
    std::uint32_t pid = 0;              ///< that takes part as caller or child; 0: all
    bool descendants = false;           ///< with pid: or a descendant of it
    std::optional<std::uint32_t> uid{}; ///< the caller's; nullopt: all
    std::string comm{};                 ///< the caller's; empty: all
    std::string cgroup{};    ///< of the caller, the child, or the event, this path or below; empty: all
    std::string container{}; ///< that of the caller or the child begins so, or is called so; empty: all
    std::optional<Filter> filter{};
    /// Of these kinds the kernel sends all, so that ns_types, pid, uid and comm are to be looked at here; of the others not.
    EventMask unfiltered = ~EventMask{0};

    enum class Answer : std::uint8_t {
        no,
        yes,
        unknown, ///< what it takes to tell is gone: the name of a cgroup
    };
    /// Whether the event passes all but `events`.
    [[nodiscard]] Answer judge(const Event& event, Names& names) const;

    // What can be said beforehand, so that who reports need not ask. True is certain, false is not.

    /// Whether it matters in which cgroup or container a process is; whether in which container.
    [[nodiscard]] bool asks_for_cgroups() const;
    [[nodiscard]] bool asks_for_containers() const;
    /// No event passes of which all processes, caller and child, are in this cgroup or others that are ruled out; but for events
    /// of a cgroup. By what `names` say now.
    [[nodiscard]] bool rules_out_cgroup(std::uint64_t id, Names& names) const;
    /// No event passes that is of no process (ns.destroy may be).
    [[nodiscard]] bool rules_out_no_process() const;
    /// Kinds of which no event passes.
    [[nodiscard]] EventMask ruled_out() const;
};

} // namespace nsscope
