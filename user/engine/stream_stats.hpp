#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "events/event.hpp"

namespace nsscope {

/// What a stream has done so far, for whoever looks from another thread.
struct StreamStats {
    using Count = std::atomic<std::uint64_t>;
    /// Upper bounds of latency's parts in ns; the last part has none.
    static constexpr std::array<std::uint64_t, 8> latency_bounds_ns{
        100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 25'000'000, 1'000'000'000};

    std::array<Count, all_event_type_count> delivered{};
    std::array<std::array<Count, all_event_type_count>, all_loss_cause_count> lost{}; ///< before any output
    Count filtered{};
    Count containers{};                ///< that are remembered, a while after their end too
    Count syncs{};                     ///< pictures that were told, the first included
    Count reloads{}, failed_reloads{}; ///< of the configuration
    std::array<Count, latency_bounds_ns.size() + 1>
        latency{}; ///< from the kernel's clock until it is passed on
    Count latency_sum_ns{};

    void note_latency(std::uint64_t ns) {
        std::size_t part = 0;
        while (part < latency_bounds_ns.size() && ns > latency_bounds_ns.at(part)) ++part;
        latency.at(part).fetch_add(1, std::memory_order_relaxed);
        latency_sum_ns.fetch_add(ns, std::memory_order_relaxed);
    }
};

} // namespace nsscope
