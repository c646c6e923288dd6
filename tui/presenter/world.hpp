#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "presenter/key.hpp"
#include "presenter/look.hpp"

namespace nsscope::tui {

/// What two looks tell together: how much of something there was between them. nullopt: not known.
struct Use {
    std::optional<double> cpu;           ///< percent of one CPU
    std::optional<std::uint64_t> memory; ///< bytes resident
    std::optional<double> forks, events; ///< a second; nullopt: there are no events
};

/// Since when something is there, and whether it still is; CLOCK_MONOTONIC, ns.
struct Presence {
    std::uint64_t seen_ns = 0; ///< first seen; 0: it was there from the beginning
    std::uint64_t gone_ns = 0; ///< 0: it is there
};

struct NsItem {
    Namespace ns;
    Presence presence;
    Use use;
    std::uint32_t container = none; ///< whose it is: that of the member in a container which started first
    std::uint64_t oldest_ns = 0;    ///< start of the oldest member, CLOCK_BOOTTIME; 0: has none
};
struct ProcessItem {
    Process process;
    Presence presence;
    Use use;
    std::uint16_t differs = 0;      ///< bit 1 << NsType: in another one than its parent
    std::uint16_t differs_host = 0; ///< the same, than the initial one
    std::uint32_t parent = none;    ///< place in World::processes
};
struct ContainerItem {
    Container container;
    Presence presence;
    Use use;
    std::uint32_t processes = 0;
};
struct CgroupItem {
    Cgroup cgroup;
    Use use;
};

/// The present, with what is worth knowing of the past: rates, and what is new or gone. Immutable once made, so that it
/// can be drawn while the next one is being made.
struct World {
    /// How long what is new or gone stands out.
    static constexpr std::uint64_t fresh_ns = 5'000'000'000;
    static constexpr std::size_t most_events = 20'000;
    static constexpr std::size_t most_rates = 120;

    Machine machine;
    Counts counts;
    std::int64_t time_ns = 0;
    std::uint64_t mono_ns = 0, use_ns = 0; ///< as in Look
    std::uint64_t looks = 0;
    std::string source;
    std::vector<Issue> issues;
    std::vector<std::string> notices;
    std::map<uid_t, std::string> users;

    std::vector<NsItem> namespaces;        ///< as in Snapshot; those that are gone behind them
    std::vector<ProcessItem> processes;    ///< by pid; those that are gone behind them
    std::vector<ContainerItem> containers; ///< as in Look; those that are gone behind them
    std::vector<CgroupItem> cgroups;       ///< as in Look
    std::vector<GuardLine> guard;          ///< as in Look
    std::size_t live_namespaces = 0, live_processes = 0, live_containers = 0;
    std::array<std::size_t, ns_type_count> by_type{}; ///< live namespaces

    std::vector<std::shared_ptr<const EventBatch>> batches;
    std::vector<std::size_t> batch_ends; ///< how many events there are up to the end of each batch
    std::uint64_t not_kept = 0;

    std::vector<double> rates; ///< events a second, between looks, the latest last
    std::optional<double> cpu; ///< percent of all CPUs

    [[nodiscard]] std::size_t events() const { return batch_ends.empty() ? 0 : batch_ends.back(); }
    [[nodiscard]] const EventLine& event(std::size_t index) const;
    /// Whether it came within the last seconds.
    [[nodiscard]] bool is_fresh(const Presence& presence) const {
        return presence.gone_ns == 0 && presence.seen_ns != 0 && mono_ns - presence.seen_ns < fresh_ns;
    }

    /// Places; none: there is no such thing (any more). Of namespaces with one number the one that is there.
    [[nodiscard]] std::uint32_t find_namespace(NsType type, std::uint32_t inum) const;
    [[nodiscard]] std::uint32_t find_process(pid_t pid) const;
    [[nodiscard]] std::uint32_t find(const Key& key) const;
};

/// The world after `look`, where `before` (nullptr: none) came before it.
[[nodiscard]] std::shared_ptr<const World> next_world(const World* before, Look&& look);

} // namespace nsscope::tui
