#pragma once

#include <cstdint>
#include <unordered_map>

#include "engine/container_book.hpp"
#include "engine/event_filter.hpp"
#include "events/event_source.hpp"
#include "events/names.hpp"

namespace nsscope {

/// Finds out, from the events that a filter refuses, of which cgroups it refuses all, and has the source keep these out: so a
/// filter by cgroup or container, whatever it is told by, costs one event of each cgroup that it does not want. A cgroup that
/// is made later is heard of first. Nothing is kept out that the filter could let through.
class CgroupSieve {
  public:
    /// All are the caller's and outlive this. `containers` may be nullptr: they are told by the cgroups' names alone.
    CgroupSieve(EventSource& source, Names& names, const ContainerBook* containers)
        : source_(source), names_(names), containers_(containers) {}

    /// Goes by this filter from now on, of which the source knows that no cgroup is kept out yet. nullptr: by none.
    void set_filter(const EventFilter* filter);
    /// The filter has said no to it.
    void refused(const Event& event);
    /// The cgroup is no more.
    void removed(std::uint64_t cgroup);

  private:
    [[nodiscard]] bool is_settled(std::uint64_t cgroup);
    void judge(std::uint64_t cgroup);

    EventSource& source_;
    Names& names_;
    const ContainerBook* containers_;
    const EventFilter* filter_ = nullptr;
    std::unordered_map<std::uint64_t, bool> is_ruled_out_; ///< by cgroup, as far as that will not change
};

} // namespace nsscope
