#include "engine/graph_feed.hpp"

#include <array>
#include <span>

namespace nsscope {
namespace {

Graph::Who who(const TaskIdentity& task) {
    return {.pid = static_cast<pid_t>(task.pid),
            .tid = static_cast<pid_t>(task.tid),
            .ppid = static_cast<pid_t>(task.ppid),
            .uid = task.uid,
            .start_ns = task.start_ns,
            .cgroup_id = task.cgroup_id,
            .comm = task.comm};
}

} // namespace

void feed(Graph& graph, const Event& event) {
    std::array<Graph::Move, ns_slot_count> room{};
    std::size_t count = 0;
    for (const auto& change : event.namespaces())
        if (change.to) room[count++] = {change.slot, *change.to};
    const std::span<const Graph::Move> moves(room.data(), count);

    switch (event.type) {
    case EventType::ns_clone:
    case EventType::process_fork:
        if (event.child)
            graph.birth(event.task ? static_cast<pid_t>(event.task->tid) : 0, who(*event.child), moves);
        break;
    case EventType::ns_unshare:
    case EventType::ns_setns:
        if (event.task && count > 0) graph.move(who(*event.task), moves);
        break;
    case EventType::ns_destroy:
        for (const auto& change : event.namespaces())
            if (change.from) graph.destroy(type_of(change.slot), *change.from);
        break;
    case EventType::process_exec:
        if (event.task) graph.exec(who(*event.task));
        break;
    case EventType::process_exit:
        if (event.task) graph.exit(who(*event.task));
        break;
    case EventType::cgroup_attach: // to one of the unified hierarchy: a graph knows no other
        if (event.child && event.cgroup && event.cgroup->hierarchy == 0) {
            auto moved = who(*event.child);
            moved.cgroup_id = event.cgroup->id;
            graph.attach(moved);
        }
        break;
    case EventType::cgroup_mkdir:
    case EventType::cgroup_rmdir:
    case EventType::container_start:
    case EventType::container_exit:
    case EventType::sysctl_read:
    case EventType::sysctl_write: break;
    }
}

} // namespace nsscope
