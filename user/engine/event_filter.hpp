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
    EventMask events = ~EventMask{0}; ///< others are not heard of at all
    std::uint32_t ns_types = 0;       ///< that changed, or were asked for: bit 1 << NsType; 0: all
    std::uint32_t pid = 0;            ///< that takes part as caller or child; 0: all
    std::string comm{};               ///< the caller's; empty: all
    std::string cgroup{}; ///< of the caller, the child, or the event, this path or below; empty: all
    std::optional<Filter> filter{};

    /// Whether the event passes all but `events`.
    [[nodiscard]] bool matches(const Event& event, Names& names) const;
};

} // namespace nsscope
