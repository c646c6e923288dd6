#include "engine/event_fields.hpp"

#include <cstring>

namespace nsscope {
namespace {

void add_text(std::vector<FieldValue>& values, const std::string* text) {
    if (text != nullptr) values.emplace_back(std::string_view(*text));
}

void add_number(std::vector<FieldValue>& values, std::uint64_t number) {
    values.emplace_back(static_cast<std::int64_t>(number));
}

} // namespace

void EventFields::read_namespaces(Field field, std::vector<FieldValue>& values) const {
    for (const auto& change : event_->namespaces()) {
        if (field == Field::ns_type) {
            values.emplace_back(name(type_of(change.slot)));
            continue;
        }
        if (change.from && change.from->inum != 0) add_number(values, change.from->inum);
        if (change.to && change.to->inum != 0) add_number(values, change.to->inum);
    }
}

void EventFields::read_task(Field field, std::vector<FieldValue>& values) const {
    if (!event_->task) return;
    const auto& task = *event_->task;
    switch (field) {
    case Field::pid: return add_number(values, task.pid);
    case Field::tid: return add_number(values, task.tid);
    case Field::ppid: return add_number(values, task.ppid);
    case Field::uid: return add_number(values, task.uid);
    case Field::comm: values.emplace_back(task.comm); return;
    case Field::exe: return add_text(values, task.exe_key != 0 ? names_->exe(task.exe_key) : nullptr);
    default: return add_text(values, names_->cgroup(task.cgroup_id));
    }
}

void EventFields::read_call(Field field, std::vector<FieldValue>& values) const {
    if (event_->syscall == Syscall::none) return;
    if (field == Field::syscall) {
        values.emplace_back(syscall_names[static_cast<std::size_t>(event_->syscall)]);
    } else if (field == Field::result) {
        values.emplace_back(event_->result);
    } else if (event_->result < 0) {
        const char* text = ::strerrorname_np(static_cast<int>(-event_->result)); // a constant
        if (text != nullptr) values.emplace_back(std::string_view(text));
    }
}

void EventFields::read_container(Field field, std::vector<FieldValue>& values) const {
    const auto cgroup = event_->container_cgroup != 0 ? event_->container_cgroup
                        : event_->task                ? event_->task->cgroup_id
                                                      : 0;
    const auto* container = cgroup != 0 ? names_->container(cgroup) : nullptr;
    if (container == nullptr) return;
    const auto add = [&values](const std::string& text) {
        if (!text.empty()) values.emplace_back(std::string_view(text));
    };
    if (field == Field::container_id) return add(container->id);
    if (field == Field::container_runtime) return add(container->runtime);
    if (field == Field::container_name) return add(container->name);
    if (!container->pod) return;
    if (field == Field::pod_uid) return add(container->pod->uid);
    if (field == Field::pod_name) return add(container->pod->name);
    add(container->pod->ns);
}

void EventFields::read(Field field, std::vector<FieldValue>& values) const {
    switch (field) {
    case Field::event: values.emplace_back(name(event_->type)); break;
    case Field::ns_type:
    case Field::ns_inum: read_namespaces(field, values); break;
    case Field::syscall:
    case Field::result:
    case Field::error: read_call(field, values); break;
    case Field::child_pid:
        if (event_->child) add_number(values, event_->child->pid);
        break;
    case Field::child_comm:
        if (event_->child) values.emplace_back(event_->child->comm);
        break;
    case Field::container_id:
    case Field::container_runtime:
    case Field::container_name:
    case Field::pod_uid:
    case Field::pod_name:
    case Field::pod_namespace: read_container(field, values); break;
    default: read_task(field, values);
    }
}

} // namespace nsscope
