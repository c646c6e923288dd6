#include <array>
#include <ctime>
#include <fmt/format.h>
#include <iterator>

#include "base/text.hpp"
#include "events/record.hpp"

namespace nsscope {
namespace {

void append_local_time(std::string& out, std::int64_t epoch_ns) {
    const std::time_t seconds = epoch_ns / 1'000'000'000;
    std::tm local{};
    ::localtime_r(&seconds, &local);
    fmt::format_to(std::back_inserter(out), "{:02}:{:02}:{:02}.{:06}", local.tm_hour, local.tm_min,
                   local.tm_sec, epoch_ns % 1'000'000'000 / 1000);
}

void append_task(std::string& out, const TaskIdentity& task) {
    append_printable(out, task.comm);
    fmt::format_to(std::back_inserter(out), "[{}", task.pid);
    if (task.tid != task.pid) fmt::format_to(std::back_inserter(out), "/{}", task.tid);
    out += ']';
}

void append_call(std::string& out, const Event& event) {
    out += syscall_names[static_cast<std::size_t>(event.syscall)];
    out += '(';
    if (event.flags) {
        const char* separator = "";
        each_clone_flag(event.syscall, *event.flags, [&](std::string_view name) {
            out += separator;
            out += name;
            separator = "|";
        });
    }
    fmt::format_to(std::back_inserter(out), ") = {}", event.result);
    if (event.result < 0) fmt::format_to(std::back_inserter(out), " {}", error_name(event.result));
}

void append_types(std::string& out, std::string_view introduction, EventMask types) {
    for (const auto& type : event_types) {
        if ((types & mask_of(type.type)) == 0) continue;
        out += introduction;
        out += type.name;
        introduction = ", ";
    }
}

void append_inum(std::string& out, const std::optional<NsRef>& ref) {
    if (ref && ref->inum != 0)
        fmt::format_to(std::back_inserter(out), "{}", ref->inum);
    else
        out += '?';
}

void append_change(std::string& out, const NsChange& change) {
    out += name(change.slot);
    out += ":[";
    append_inum(out, change.from);
    if (change.to) {
        out += " -> ";
        append_inum(out, change.to);
    }
    out += ']';
    if (change.created) out += " new";
}

void append_value(std::string& out, const std::optional<std::string_view>& value) {
    if (!value) {
        out += '?';
        return;
    }
    append_printable(out, value->substr(0, value->find_last_not_of('\n') + 1));
}

void append_sysctl(std::string& out, const SysctlAccess& access, const Names& names) {
    append_printable(out, access.name);
    out += ' ';
    append_value(out, access.old);
    if (access.written) {
        out += " -> ";
        append_value(out, access.written);
    }
    if (access.truncated) out += "...";
    if (access.position != 0) fmt::format_to(std::back_inserter(out), " at {}", access.position);
    if (access.other_net) fmt::format_to(std::back_inserter(out), " of net:[{}]", *access.other_net);
    fmt::format_to(std::back_inserter(out), " {} by ", verdict_names[access.verdict]);
    const bool by_rule = is_by_rule(access.reason);
    if (by_rule)
        append_printable(
            out, names.rule(access.policy, access.rule).value_or(fmt::format("rule {}", access.rule + 1)));
    if (access.reason != SysctlReason::rule)
        fmt::format_to(std::back_inserter(out), "{}{}", by_rule ? ", " : "",
                       sysctl_reason_names[static_cast<std::size_t>(access.reason)]);
}

} // namespace

void append_text(std::string& out, const Event& event, const Position& position, Names& names) {
    append_local_time(out, position.time_ns);
    fmt::format_to(std::back_inserter(out), " {:<12}", name(event.type));
    if (event.task) {
        out += ' ';
        append_task(out, *event.task);
    }
    if (event.syscall != Syscall::none) {
        out += ' ';
        append_call(out, event);
    }
    if (event.child) {
        out += event.cgroup && !event.cgroup->born ? " moved " : " child ";
        append_task(out, *event.child);
    }
    for (const auto& change : event.namespaces()) {
        out += ' ';
        append_change(out, change);
    }
    if (event.sysctl) {
        out += ' ';
        append_sysctl(out, *event.sysctl, names);
    }
    if (event.type == EventType::process_exit) {
        const auto status = event.exit_code;
        if ((status & 0x7f) != 0)
            fmt::format_to(std::back_inserter(out), " by signal {}", status & 0x7f);
        else
            fmt::format_to(std::back_inserter(out), " with code {}", (status >> 8) & 0xff);
    }
    if (event.cgroup) {
        out += ' ';
        append_printable(out, cgroup_path(*event.cgroup).value_or("?"));
        const char* separator = " (v1: ";
        if (event.cgroup->hierarchy != 0) {
            for (const auto& controller : names.controllers(event.cgroup->hierarchy)) {
                out += separator;
                append_printable(out, controller);
                separator = ",";
            }
            out += *separator == ',' ? ")" : " (v1)";
        }
    }
    if (event.observed) out += " (observed)";
    const auto cgroup = event.container_cgroup != 0 ? event.container_cgroup
                        : event.task                ? event.task->cgroup_id
                                                    : 0;
    if (const auto* container = cgroup != 0 ? names.container(cgroup) : nullptr) {
        out += " container=";
        append_printable(out, container->name.empty() ? container->id : container->name);
    }
    if (!event.task) return;
    if (const auto* exe = names.exe(event.task->exe_key)) {
        out += " exe=";
        append_printable(out, *exe);
    }
    if (const auto* path = names.cgroup(event.task->cgroup_id); path != nullptr && *path != "/") {
        out += " cgroup=";
        append_printable(out, *path);
    }
}

void append_start_text(std::string& out, const StartInfo& start, const Position& position) {
    append_local_time(out, position.time_ns);
    fmt::format_to(std::back_inserter(out), " {:<12} nsscope {} on ", "start", start.version);
    append_printable(out, start.host);
    fmt::format_to(std::back_inserter(out), ", Linux {}, by {}", start.kernel, start.rung);
    append_types(out, "; found by looking, a moment later: ", start.observed);
    append_types(out, "; not to be seen on this kernel: ", start.missing);
}

void append_reload_text(std::string& out, const StartInfo& start, const Position& position) {
    append_local_time(out, position.time_ns);
    fmt::format_to(std::back_inserter(out), " {:<12} from here on", "reload");
    append_types(out, ": ", start.events);
    append_types(out, "; not to be seen on this kernel: ", start.missing);
}

void append_exists_text(std::string& out, const Existing& existing, bool resync, const Position& position) {
    const auto& ns = existing.ns;
    append_local_time(out, position.time_ns);
    fmt::format_to(std::back_inserter(out), " {:<12} {}:[{}] {} processes", "ns.exists", name(ns.type),
                   ns.ref.inum, ns.members.size());
    if (ns.leader) {
        fmt::format_to(std::back_inserter(out), ", {} ", ns.leader->pid);
        append_printable(out, ns.leader->comm);
    }
    if (resync) out += " (resync)";
}

void append_sync_text(std::string& out, std::size_t namespaces, bool resync, const Position& position) {
    append_local_time(out, position.time_ns);
    fmt::format_to(std::back_inserter(out), " {:<12} {} namespaces{}", "sync", namespaces,
                   resync ? " (resync)" : "");
}

void append_loss_text(std::string& out, std::span<const Loss> losses, const Position& position) {
    append_local_time(out, position.time_ns);
    fmt::format_to(std::back_inserter(out), " {:<12}", "loss");
    for (const auto& loss : losses)
        fmt::format_to(std::back_inserter(out), " {} {} ({})", loss.count, name(loss.event),
                       loss_cause_names[static_cast<std::size_t>(loss.cause)]);
}

void append_end_text(std::string& out, const Totals& totals, const Position& position) {
    append_local_time(out, position.time_ns);
    fmt::format_to(std::back_inserter(out), " {:<12} {} produced, {} delivered, {} filtered, {} lost", "end",
                   totals.produced, totals.delivered, totals.filtered, totals.lost);
}

} // namespace nsscope
