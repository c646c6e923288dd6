#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/guard_status.hpp"
#include "scan/cgroup.hpp"

namespace nsscope {

/// So many of the last attempts are told.
inline constexpr std::size_t most_told_attempts = 20;

/// What a status is read with: the cgroups' names, and the clock.
struct GuardView {
    const CgroupTree& cgroups;
    std::int64_t clock_offset; ///< CLOCK_REALTIME - CLOCK_MONOTONIC, in nanoseconds

    [[nodiscard]] std::int64_t time_of(std::uint64_t mono_ns) const {
        return static_cast<std::int64_t>(mono_ns) + clock_offset;
    }
};

/// Records that were to be told, and those that were not.
[[nodiscard]] std::uint64_t produced(const Counters& counters);
[[nodiscard]] std::uint64_t lost(const Counters& counters);

[[nodiscard]] inline std::string without_line_ends(const std::string& value) {
    return value.substr(0, value.find_last_not_of('\n') + 1);
}
/// What was done to the setting, for people: "= VALUE", "(read)", "(write)" where the value is not known.
[[nodiscard]] std::string deed_of(const GuardAttempt& attempt);

/// docs/schema/guard-status-1.schema.json, with a newline.
[[nodiscard]] std::string guard_status_json(const std::vector<GuardStatus>& guards, const GuardView& view);

} // namespace nsscope
