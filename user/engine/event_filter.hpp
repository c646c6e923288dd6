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
};

} // namespace nsscope
