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

using Answer = EventFilter::Answer;

/// One yes is enough; without, what is not known might be one.
Answer either(Answer one, Answer other) {
    if (one == Answer::yes || other == Answer::yes) return Answer::yes;
    return one == Answer::unknown ? one : other;
}

Answer answer(bool is_so) { return is_so ? Answer::yes : Answer::no; }

Answer is_in_cgroup(const Event& event, const std::string& cgroup, Names& names) {
    const auto within = [&](const std::optional<TaskIdentity>& task) {
        if (!task) return Answer::no;
        const auto* path = names.cgroup(task->cgroup_id);
        return path != nullptr ? answer(is_within(*path, cgroup)) : Answer::unknown;
    };
    auto found = either(within(event.task), within(event.child));
    if (event.cgroup && event.cgroup->hierarchy == 0) {
        const auto path = cgroup_path(*event.cgroup);
        found = either(found, path ? answer(is_within(*path, cgroup)) : Answer::unknown);
    }
    return found;
}

Answer is_in_container(const Event& event, const std::string& wanted, Names& names) {
    const auto is = [&](std::uint64_t cgroup) {
        const auto* container = names.container(cgroup);
        if (container != nullptr)
            return answer(container->id.starts_with(wanted) || container->name == wanted);
        return names.cgroup(cgroup) != nullptr ? Answer::no : Answer::unknown;
    };
    if (event.container_cgroup != 0) return is(event.container_cgroup);
    return either(event.task ? is(event.task->cgroup_id) : Answer::no,
                  event.child ? is(event.child->cgroup_id) : Answer::no);
}

bool is_of_process(const Event& event, std::uint32_t pid, bool descendants) {
    const auto is = [&](const std::optional<TaskIdentity>& task) {
        return task && (task->pid == pid || (descendants && task->is_family));
    };
    return is(event.task) || is(event.child);
}

} // namespace

Answer EventFilter::judge(const Event& event, Names& names) const {
    if ((unfiltered & mask_of(event.type)) != 0) {
        if (ns_types != 0 && !has_types(event, ns_types)) return Answer::no;
        if (pid != 0 && !is_of_process(event, pid, descendants)) return Answer::no;
        if (uid && !(event.task && event.task->uid == *uid)) return Answer::no;
        if (!comm.empty() && !(event.task && event.task->comm == comm)) return Answer::no;
    }
    auto result = Answer::yes;
    if (!container.empty()) result = is_in_container(event, container, names);
    if (result != Answer::no && !cgroup.empty()) {
        const auto within = is_in_cgroup(event, cgroup, names);
        if (within != Answer::yes) result = within;
    }
    if (result == Answer::no || (filter && !filter->matches(EventFields(event, names)))) return Answer::no;
    return result;
}

namespace {

constexpr FieldSet container_fields = set_of(Field::container_id) | set_of(Field::container_runtime) |
                                      set_of(Field::container_name) | set_of(Field::pod_uid) |
                                      set_of(Field::pod_name) | set_of(Field::pod_namespace);
constexpr FieldSet cgroup_fields = container_fields | set_of(Field::cgroup);
constexpr FieldSet namespace_fields = set_of(Field::ns_type) | set_of(Field::ns_inum);

Names no_names() {
    return Names([](std::uint64_t) { return std::nullopt; });
}

} // namespace

bool EventFilter::asks_for_containers() const {
    return !container.empty() || (filter && filter->mentions(container_fields));
}

bool EventFilter::asks_for_cgroups() const {
    return asks_for_containers() || !cgroup.empty() || (filter && filter->mentions(cgroup_fields));
}

bool EventFilter::rules_out_cgroup(std::uint64_t id, Names& names) const {
    if (names.cgroup(id) == nullptr) return false;
    Event event;
    event.task.emplace().cgroup_id = id;
    // By one thing alone: of a caller that one thing keeps out, and a child that another does, an event may pass.
    if (!container.empty()) return is_in_container(event, container, names) == Answer::no;
    if (!cgroup.empty()) return is_in_cgroup(event, cgroup, names) == Answer::no;
    return filter && filter->rules_out(EventFields(event, names), cgroup_fields);
}

bool EventFilter::rules_out_no_process() const {
    if (!cgroup.empty() || !container.empty()) return true;
    auto names = no_names();
    Event event;
    event.type = EventType::ns_destroy;
    return filter && filter->rules_out(EventFields(event, names), ~namespace_fields);
}

EventMask EventFilter::ruled_out() const {
    EventMask kinds = 0;
    if (!filter) return kinds;
    auto names = no_names();
    for (const auto& type : event_types) {
        Event event;
        event.type = type.type;
        if (filter->rules_out(EventFields(event, names), set_of(Field::event))) kinds |= mask_of(type.type);
    }
    return kinds;
}

} // namespace nsscope
