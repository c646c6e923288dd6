#include <array>
#include <charconv>
#include <csignal>
#include <cstring>
#include <sys/wait.h>

#include "events/record.hpp"

namespace nsscope {
namespace {

void write_ref(JsonWriter& json, const std::optional<NsRef>& ref) {
    if (!ref) return json.null();
    json.begin_object();
    json.key("inum");
    if (ref->inum != 0)
        json.value(ref->inum);
    else
        json.null();
    json.key("id");
    if (ref->id != 0)
        json.value_u64_string(ref->id);
    else
        json.null();
    json.end_object();
}

void write_hex(JsonWriter& json, std::uint64_t number) {
    std::array<char, 18> text{'0', 'x'};
    const auto end = std::to_chars(text.data() + 2, text.data() + text.size(), number, 16).ptr;
    json.value(std::string_view(text.data(), static_cast<std::size_t>(end - text.data())));
}

void write_known(JsonWriter& json, const std::string* text) {
    if (text != nullptr)
        json.value(*text);
    else
        json.null();
}

void write_identity(JsonWriter& json, const TaskIdentity& task, const Names& names) {
    json.key("pid");
    json.value(task.pid);
    json.key("tid");
    json.value(task.tid);
    json.key("ppid");
    json.value(task.ppid);
    json.key("ns_pid");
    if (task.ns_pid != 0)
        json.value(task.ns_pid);
    else
        json.null();
    json.key("comm");
    json.value(task.comm);
    json.key("exe");
    write_known(json, task.exe_key != 0 ? names.exe(task.exe_key) : nullptr);
    json.key("uid");
    json.value(task.uid);
    json.key("start_ns");
    json.value_u64_string(task.start_ns);
}

void write_container(JsonWriter& json, const Container* container) {
    if (container == nullptr) return json.null();
    const auto write_text = [&json](std::string_view key, const std::string& text) {
        json.key(key);
        write_known(json, text.empty() ? nullptr : &text);
    };
    json.begin_object();
    write_text("id", container->id);
    write_text("runtime", container->runtime);
    write_text("name", container->name);
    json.key("pod");
    if (container->pod) {
        json.begin_object();
        write_text("uid", container->pod->uid);
        write_text("name", container->pod->name);
        write_text("namespace", container->pod->ns);
        json.end_object();
    } else {
        json.null();
    }
    json.end_object();
}

/// The cgroup of the unified hierarchy that a record is about, and whose that is.
void write_cgroup(JsonWriter& json, std::uint64_t id, Names& names) {
    json.key("cgroup");
    json.begin_object();
    json.key("id");
    json.value_u64_string(id);
    json.key("path");
    write_known(json, names.cgroup(id));
    json.end_object();
    json.key("container");
    write_container(json, names.container(id));
}

void write_cgroup_event(JsonWriter& json, const CgroupEvent& event, Names& names) {
    const auto path = cgroup_path(event);
    json.key("cgroup");
    json.begin_object();
    json.key("id");
    json.value_u64_string(event.id);
    json.key("path");
    write_known(json, path ? &*path : nullptr);
    json.end_object();
    if (event.hierarchy != 0) {
        json.key("hierarchy");
        json.begin_object();
        json.key("id");
        json.value(event.hierarchy);
        json.key("controllers");
        json.begin_array();
        for (const auto& controller : names.controllers(event.hierarchy)) json.value(controller);
        json.end_array();
        json.end_object();
    }
    if (event.born) {
        json.key("born");
        json.value(true);
    }
}

void write_task(JsonWriter& json, const Event& event, Names& names) {
    json.key("process");
    if (event.task) {
        json.begin_object();
        write_identity(json, *event.task, names);
        json.end_object();
    } else {
        json.null();
    }
    if (event.child) {
        json.key(event.cgroup && !event.cgroup->born ? "target" : "child");
        json.begin_object();
        write_identity(json, *event.child, names);
        json.key("container");
        write_container(json, names.container(event.child->cgroup_id));
        json.end_object();
    }
    if (event.container_cgroup != 0) return write_cgroup(json, event.container_cgroup, names);
    if (!event.task) {
        json.key("cgroup");
        json.null();
        json.key("container");
        return json.null();
    }
    if (!event.cgroup) return write_cgroup(json, event.task->cgroup_id, names);
    write_cgroup_event(json, *event.cgroup, names);
    json.key("container");
    write_container(json, names.container(event.task->cgroup_id));
}

void write_syscall(JsonWriter& json, const Event& event) {
    json.key("syscall");
    if (event.syscall == Syscall::none) return json.null();
    json.begin_object();
    json.key("name");
    json.value(syscall_names[static_cast<std::size_t>(event.syscall)]);
    json.key("result");
    json.value(event.result);
    json.key("error");
    if (event.result < 0)
        json.value(error_name(event.result));
    else
        json.null();
    json.key("flags");
    if (event.flags) {
        json.begin_array();
        each_clone_flag(event.syscall, *event.flags, [&](std::string_view name) { json.value(name); });
        json.end_array();
        json.key("flags_raw");
        write_hex(json, *event.flags);
    } else {
        json.null();
        json.key("flags_raw");
        json.null();
    }
    json.end_object();
}

void write_namespaces(JsonWriter& json, const Event& event) {
    json.key("namespaces");
    json.begin_array();
    for (const auto& change : event.namespaces()) {
        json.begin_object();
        json.key("type");
        json.value(name(type_of(change.slot)));
        json.key("for_children");
        json.value(is_for_children(change.slot));
        json.key("created");
        json.value(change.created);
        json.key("from");
        write_ref(json, change.from);
        json.key("to");
        write_ref(json, change.to);
        json.end_object();
    }
    json.end_array();
}

void write_value(JsonWriter& json, const std::optional<std::string_view>& value) {
    if (!value) return json.null();
    json.value(value->substr(0, value->find_last_not_of('\n') + 1));
}

void write_sysctl(JsonWriter& json, const SysctlAccess& access, const Names& names) {
    json.key("sysctl");
    json.begin_object();
    json.key("name");
    json.value(access.name);
    json.key("old");
    write_value(json, access.old);
    json.key("new");
    write_value(json, access.written);
    json.key("truncated");
    json.value(access.truncated);
    json.key("position");
    json.value_u64_string(access.position);
    json.key("verdict");
    json.value(verdict_names[access.verdict]);
    json.key("reason");
    json.value(sysctl_reason_names[static_cast<std::size_t>(access.reason)]);
    json.key("rule");
    const bool by_rule = is_by_rule(access.reason);
    const auto rule = by_rule ? names.rule(access.policy, access.rule) : std::nullopt;
    write_known(json, rule ? &*rule : nullptr);
    json.key("net");
    if (access.other_net)
        json.value(*access.other_net);
    else
        json.null();
    json.end_object();
}

/// A wait(2) status as what it means: an exit code, or the signal that ended the process.
void write_exit(JsonWriter& json, std::uint32_t status) {
    const int wait_status = static_cast<int>(status);
    json.key("exit");
    json.begin_object();
    json.key("code");
    if (WIFEXITED(wait_status))
        json.value(WEXITSTATUS(wait_status));
    else
        json.null();
    json.key("signal");
    if (!WIFEXITED(wait_status))
        json.value(wait_status & 0x7f);
    else
        json.null();
    json.end_object();
}

} // namespace

std::string error_name(std::int64_t result) {
    constexpr std::int64_t lowest = -4095; // MAX_ERRNO, include/linux/err.h
    const char* text = result >= lowest ? strerrorname_np(static_cast<int>(-result)) : nullptr;
    return text != nullptr ? text : std::to_string(result);
}

void begin_record(JsonWriter& json, const Position& position, std::string_view event) {
    json.begin_object();
    json.key("schema");
    json.value(event_schema);
    json.key("seq");
    json.value_u64_string(position.seq);
    json.key("time");
    json.value_time(position.time_ns);
    json.key("mono_ns");
    json.value_u64_string(position.mono_ns);
    json.key("event");
    json.value(event);
}

void write_json(JsonWriter& json, const Event& event, const Position& position, Names& names) {
    begin_record(json, position, name(event.type));
    if (event.observed) {
        json.key("how");
        json.value("observed");
    }
    if (event.resync) {
        json.key("resync");
        json.value(true);
    }
    write_task(json, event, names);
    write_syscall(json, event);
    if (event.type == EventType::process_exit) write_exit(json, event.exit_code);
    write_namespaces(json, event);
    if (event.sysctl) write_sysctl(json, *event.sysctl, names);
    json.end_object();
}

} // namespace nsscope
