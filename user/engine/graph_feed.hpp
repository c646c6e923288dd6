#pragma once

#include "events/event.hpp"
#include "model/graph.hpp"

namespace nsscope {

/// The kinds of event that a graph has to be told to stay true.
inline constexpr EventMask graph_events =
    mask_of(EventType::ns_clone) | mask_of(EventType::ns_unshare) | mask_of(EventType::ns_setns) |
    mask_of(EventType::ns_destroy) | mask_of(EventType::process_fork) | mask_of(EventType::process_exec) |
    mask_of(EventType::process_exit) | mask_of(EventType::cgroup_attach);

/// Tells the graph what happened. Calls that failed change nothing.
void feed(Graph& graph, const Event& event);

} // namespace nsscope
