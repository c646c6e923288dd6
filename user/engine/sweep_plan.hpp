#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace nsscope {

/// When to look for namespaces that died without the kernel telling. Times are CLOCK_MONOTONIC, ns.
///
/// After a hint that one may be dying, looks follow at growing distances: most namespaces are freed in the
/// microseconds after their last task, some by a worker or after an RCU grace period, milliseconds later. The last
/// of them takes a census; as long as there are namespaces without a task, which can die without a hint (the last
/// file descriptor is closed, the last mount goes), looks go on once a second. Otherwise nothing is due, and
/// nothing wakes up.
class SweepPlan {
  public:
    struct Look {
        bool census = false;
    };

    void hint(std::uint64_t now) {
        step_ = 0;
        due_ = std::min(due_.value_or(UINT64_MAX), std::max(now + distances[0], last_ + shortest));
    }

    [[nodiscard]] std::optional<std::uint64_t> due() const { return due_; }

    /// What to do now, if anything; report it with looked() when it is done.
    [[nodiscard]] std::optional<Look> take(std::uint64_t now) const {
        if (!due_ || *due_ > now) return std::nullopt;
        return Look{.census = step_ + 1 >= distances.size()};
    }

    /// `without_task`: what the census of that look counted.
    void looked(std::uint64_t now, std::uint64_t without_task) {
        last_ = now;
        if (step_ + 1 < distances.size()) {
            step_++;
            due_ = now + distances[step_];
        } else if (without_task > 0) {
            due_ = now + slow;
        } else {
            due_.reset();
        }
    }

  private:
    static constexpr std::uint64_t ms = 1'000'000;
    static constexpr std::array<std::uint64_t, 4> distances{1 * ms, 15 * ms, 150 * ms, 500 * ms};
    static constexpr std::uint64_t shortest = 10 * ms;
    static constexpr std::uint64_t slow = 1000 * ms;

    std::size_t step_ = distances.size() - 1; // the first look of all takes the census
    std::optional<std::uint64_t> due_ = 0;
    std::uint64_t last_ = 0;
};

} // namespace nsscope
