#include "engine/event_filter.hpp"

#include "engine/event_fields.hpp"
#include "events/record.hpp"

namespace nsscope {
namespace {

/// Is `path` the cgroup `top` or below it?
bool is_within(std::string_view path, std::string_view top) {
    while (top.ends_with('/')) top.remove_suffix(1);
    return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
}

bool has_types(const Event& event, std::uint32_t types) {
    std::uint32_t had = 0;
    for (const auto& change : event.namespaces()) had |= 1U << static_cast<unsigned>(type_of(change.slot));
    if (event.flags)
        for (const auto& type : ns_types)
            each_clone_flag(event.syscall, *event.flags, [&](std::string_view name) {
                if (name == type.clone_name) had |= 1U << static_cast<unsigned>(type.type);
            });
    return (had & types) != 0;
}

bool is_in_cgroup(const Event& event, const std::string& cgroup, Names& names) {
    const auto within = [&](const std::optional<TaskIdentity>& task) {
        const auto* path = task ? names.cgroup(task->cgroup_id) : nullptr;
        return path != nullptr && is_within(*path, cgroup);
    };
    if (event.cgroup && event.cgroup->hierarchy == 0) {
        const auto path = cgroup_path(*event.cgroup);
        if (path && is_within(*path, cgroup)) return true;
    }
    return within(event.task) || within(event.child);
}

bool is_in_container(const Event& event, const std::string& wanted, Names& names) {
    const auto is = [&](std::uint64_t cgroup) {
        const auto* container = cgroup != 0 ? names.container(cgroup) : nullptr;
        return container != nullptr && (container->id.starts_with(wanted) || container->name == wanted);
    };
    if (event.container_cgroup != 0) return is(event.container_cgroup);
    return (event.task && is(event.task->cgroup_id)) || (event.child && is(event.child->cgroup_id));
}

} // namespace

bool EventFilter::matches(const Event& event, Names& names) const {
    if ((unfiltered & mask_of(event.type)) != 0) {
        if (ns_types != 0 && !has_types(event, ns_types)) return false;
        if (pid != 0 && !(event.task && event.task->pid == pid) && !(event.child && event.child->pid == pid))
            return false;
        if (!comm.empty() && !(event.task && event.task->comm == comm)) return false;
    }
    if (!container.empty() && !is_in_container(event, container, names)) return false;
    if (!cgroup.empty() && !is_in_cgroup(event, cgroup, names)) return false;
    return !filter || filter->matches(EventFields(event, names));
}

} // namespace nsscope
