#pragma once

#include <cerrno>
#include <optional>
#include <sched.h>
#include <string_view>
#include <vector>

#include "events/record.hpp"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

namespace nsscope::samples {

inline constexpr std::string_view hostile_comm = "\x1b[2J\xff\"\\\n\xe2\x80\xae"
                                                 "c";

/// Executables 7, 8 and 9 and cgroups 1, 42 and 66 have names, those of 9 and 66 hostile ones.
inline Names names() {
    using namespace std::string_view_literals;
    Names names(
        [](std::uint64_t id) -> std::optional<std::string> {
            if (id == 1) return "/";
            if (id == 42) return "/ctr/t1";
            if (id == 66) return "/\x1b]0;title\a/\xc3(/\xe2\x80\x8b\n";
            return std::nullopt;
        },
        [](std::uint32_t hierarchy) -> std::vector<std::string> {
            if (hierarchy == 4) return {"cpu", "cpuacct"};
            return {};
        });
    names.learn({.key = 7, .names = "unshare\0bin\0usr\0"sv, .deleted = false, .complete = true});
    names.learn({.key = 8, .names = "memfd:stage2\0"sv, .deleted = true, .complete = true});
    names.learn({.key = 9,
                 .names = "\x9b"
                          "31m\r\n\0\xf0\x9f\x98\x80 x\0"sv,
                 .deleted = false,
                 .complete = true});
    names.set_rules([](std::uint64_t policy, std::uint32_t rule) -> std::optional<std::string> {
        if (policy != 7 || rule != 1) return std::nullopt;
        return "no-forwarding";
    });
    return names;
}

inline TaskIdentity task(std::uint32_t pid, std::string_view comm = "unshare") {
    return {.start_ns = 8'812'300'000'000U + pid,
            .exe_key = 7,
            .cgroup_id = 42,
            .pid = pid,
            .tid = pid,
            .ppid = 4000,
            .ns_pid = pid - 4000,
            .uid = 1000,
            .comm = comm};
}

inline Event event(EventType type, Syscall syscall, std::int64_t result, std::optional<std::uint64_t> flags,
                   const std::vector<NsChange>& changes = {}) {
    Event event;
    event.type = type;
    event.syscall = syscall;
    event.mono_ns = 8'812'345'678'901;
    event.result = result;
    event.flags = flags;
    event.task = task(4711);
    for (const auto& change : changes) event.changes.at(event.nr_changes++) = change;
    return event;
}

struct Sample {
    std::string_view name; ///< also of the file in tests/golden/events
    Event event;
};

inline NsChange change(NsSlot slot, bool created, std::optional<NsRef> from, std::optional<NsRef> to) {
    return {.slot = slot, .created = created, .from = from, .to = to};
}

/// Births: ns.clone and process.fork.
inline std::vector<Sample> births() {
    const NsRef before{4026531836, 0};
    const NsRef made{4026532281, 25469}; // a kernel with ids
    auto created =
        event(EventType::ns_clone, Syscall::clone, 4712, CLONE_NEWPID | CLONE_NEWNS | 17U,
              {change(NsSlot::mnt, true, NsRef{4026531841, 3}, NsRef{4026532280, 18446744073709551615U}),
               change(NsSlot::pid, true, before, made)});
    created.child = task(4712);
    created.child->ns_pid = 1;

    auto later = event(EventType::ns_clone, Syscall::fork, 4713, std::nullopt,
                       {change(NsSlot::pid, false, before, NsRef{4026532281, 0})});
    later.child = task(4713);
    later.child->ns_pid = 1;

    // The low byte of clone(2) is a signal: 0x91 is no CLONE_NEWTIME. That of clone3(2) is not.
    auto with_signal = event(EventType::ns_clone, Syscall::clone, 4714, CLONE_NEWUTS | 0x91U,
                             {change(NsSlot::uts, true, NsRef{4026531838, 0}, NsRef{4026532290, 0})});
    with_signal.child = task(4714);
    auto with_time = event(EventType::ns_clone, Syscall::clone3, 4715, CLONE_NEWTIME | CLONE_NEWUSER,
                           {change(NsSlot::time, true, NsRef{4026531834, 0}, NsRef{4026532291, 0}),
                            change(NsSlot::user, true, NsRef{4026531837, 0}, NsRef{4026532292, 0}),
                            change(NsSlot::time_for_children, true, NsRef{4026531834, 0}, NsRef{0, 0})});
    with_time.child = task(4715);

    auto thread = event(EventType::process_fork, Syscall::clone3, 4716, 0x3d0f00);
    thread.child = task(4711);
    thread.child->tid = 4716;
    auto kernel_thread = event(EventType::process_fork, Syscall::none, 0, std::nullopt);
    kernel_thread.task = TaskIdentity{.cgroup_id = 1, .pid = 2, .tid = 2, .ns_pid = 2, .comm = "kthreadd"};
    kernel_thread.child = kernel_thread.task;
    kernel_thread.child->pid = kernel_thread.child->tid = kernel_thread.child->ns_pid = 99;
    kernel_thread.child->ppid = 2;

    return {{"clone-created", created},
            {"clone-into-older", later},
            {"clone-signal", with_signal},
            {"clone3-time", with_time},
            {"clone-failed", event(EventType::ns_clone, Syscall::clone3, -EPERM, CLONE_NEWNET)},
            {"fork-thread", thread},
            {"fork-kernel-thread", kernel_thread}};
}

/// unshare, setns and what exec does to namespaces.
inline std::vector<Sample> switches() {
    const NsRef net{4026531840, 0};
    auto hostile = event(EventType::ns_unshare, Syscall::unshare, 0, CLONE_NEWNET,
                         {change(NsSlot::net, true, net, NsRef{4026532281, 0})});
    hostile.task = task(4711, hostile_comm);
    hostile.task->exe_key = 9;
    hostile.task->cgroup_id = 66;
    auto thread = event(EventType::ns_setns, Syscall::setns, 0, CLONE_NEWNET,
                        {change(NsSlot::net, false, net, NsRef{4026532281, 0})});
    thread.task->tid = 4750;
    thread.task->exe_key = 8;
    thread.task->cgroup_id = 1;
    auto nameless = event(EventType::ns_setns, Syscall::setns, -4095, 0);
    nameless.task->ns_pid = 0;
    nameless.task->exe_key = 70;
    nameless.task->cgroup_id = 71;
    return {
        {"unshare-for-children",
         event(EventType::ns_unshare, Syscall::unshare, 0, CLONE_NEWPID | CLONE_NEWTIME,
               {change(NsSlot::pid_for_children, true, NsRef{4026531836, 0}, NsRef{4026532281, 7}),
                change(NsSlot::time_for_children, true, NsRef{4026531834, 0}, NsRef{4026532282, 8})})},
        {"unshare-nothing", event(EventType::ns_unshare, Syscall::unshare, 0, 0)},
        {"unshare-failed", event(EventType::ns_unshare, Syscall::unshare, -EINVAL, 0x8000000000000001)},
        {"unshare-hostile", hostile},
        {"setns-thread", thread},
        {"setns-unknown-from", event(EventType::ns_setns, Syscall::setns, 0, 0,
                                     {change(NsSlot::cgroup, false, std::nullopt, NsRef{4026532283, 0}),
                                      change(NsSlot::ipc, false, NsRef{0, 0}, NsRef{4026532284, 0})})},
        {"setns-nameless", nameless},
        {"setns-by-exec", event(EventType::ns_setns, Syscall::execve, 0, std::nullopt,
                                {change(NsSlot::time, false, NsRef{4026531834, 0}, NsRef{4026532282, 8})})}};
}

/// Ends, and process.exec.
inline std::vector<Sample> ends() {
    const auto death = [](bool observed) {
        auto gone = event(EventType::ns_destroy, Syscall::none, 0, std::nullopt,
                          {change(NsSlot::net, false, NsRef{4026532281, 25469}, std::nullopt)});
        gone.observed = observed;
        return gone;
    };
    auto nobody = death(true);
    nobody.task.reset();
    auto exited = event(EventType::process_exit, Syscall::none, 0, std::nullopt);
    exited.exit_code = 3U << 8;
    auto killed = exited;
    killed.exit_code = 0x80 | 11; // with a core dump
    return {{"destroy-told", death(false)},
            {"destroy-observed", death(true)},
            {"destroy-observed-nobody", nobody},
            {"exec", event(EventType::process_exec, Syscall::none, 0, std::nullopt)},
            {"exit-code", exited},
            {"exit-signal", killed}};
}

/// What the guard reports.
inline std::vector<Sample> accesses() {
    const auto access = [](EventType type, std::size_t verdict, SysctlReason reason) {
        auto touched = event(type, Syscall::none, 0, std::nullopt);
        touched.sysctl = SysctlAccess{.name = "net/ipv4/ip_forward",
                                      .old = "0\n",
                                      .written = "  0x1\n",
                                      .truncated = false,
                                      .verdict = verdict,
                                      .reason = reason,
                                      .rule = 1,
                                      .policy = 7,
                                      .position = 0,
                                      .other_net = std::nullopt};
        return touched;
    };
    auto read = access(EventType::sysctl_read, 1, SysctlReason::rule);
    read.sysctl->written.reset();
    auto hostile = access(EventType::sysctl_write, 3, SysctlReason::does_not_fit);
    hostile.sysctl->name = "net/ipv4/conf/\x1b[2J\"/forwarding";
    hostile.sysctl->old.reset();
    hostile.sysctl->written = "\xff\x1b]0;\n";
    hostile.sysctl->truncated = true;
    hostile.sysctl->position = 4096;
    hostile.sysctl->rule = 3;
    hostile.sysctl->other_net = 4026532281;
    return {{"sysctl-read", read},
            {"sysctl-denied", access(EventType::sysctl_write, 3, SysctlReason::rule)},
            {"sysctl-setup", access(EventType::sysctl_write, 0, SysctlReason::runtime_setup)},
            {"sysctl-hostile", hostile}};
}

/// What happens to cgroups.
inline std::vector<Sample> cgroups() {
    using namespace std::string_view_literals;
    const auto of = [](EventType type, const CgroupEvent& cgroup, const std::optional<TaskIdentity>& other) {
        auto made = event(type, Syscall::none, 0, std::nullopt);
        made.cgroup = cgroup;
        made.child = other;
        return made;
    };
    const CgroupEvent unified{
        .id = 42, .hierarchy = 0, .names = "t1\0ctr\0"sv, .complete = true, .born = false};
    auto v1 = unified;
    v1.hierarchy = 4;
    auto unknown = v1;
    unknown.hierarchy = 5;
    unknown.complete = false;
    auto born = unified;
    born.born = true;
    born.names = "\x1b[2J\xff\n\0"sv;
    return {{"cgroup-mkdir", of(EventType::cgroup_mkdir, unified, std::nullopt)},
            {"cgroup-mkdir-v1", of(EventType::cgroup_mkdir, v1, std::nullopt)},
            {"cgroup-rmdir-unknown", of(EventType::cgroup_rmdir, unknown, std::nullopt)},
            {"cgroup-attach", of(EventType::cgroup_attach, unified, task(4712))},
            {"cgroup-attach-born", of(EventType::cgroup_attach, born, task(4713, hostile_comm))}};
}

/// The names know no cgroup but that of tasks, see names().
inline std::vector<Sample> containers() {
    Event start;
    start.type = EventType::container_start;
    start.task = task(4711);
    start.container_cgroup = start.task->cgroup_id;
    start.changes[start.nr_changes++] = {.slot = NsSlot::net, .from = {}, .to = NsRef{4026532281, 25469}};
    Event exit = start;
    exit.type = EventType::container_exit;
    exit.task.reset();
    return {{"container-start", start}, {"container-exit", exit}};
}

inline std::vector<Sample> all() {
    std::vector<Sample> all = births();
    for (const auto& part : {switches(), ends(), accesses(), cgroups(), containers()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

inline constexpr Position position{
    .seq = 17, .time_ns = 1'795'312'065'000'000'001, .mono_ns = 8'812'345'678'901};

inline StartInfo start() {
    return {.version = "0.1.0",
            .kernel = "6.18.0-test",
            .host = "web\x1b[1m1",
            .boot_id = "0c1f6a0e-33c5-4c5c-9b43-6b1f2f6d3c55",
            .rung = "tracepoint",
            .events = mask_of(EventType::ns_unshare) | mask_of(EventType::ns_destroy),
            .observed = mask_of(EventType::ns_destroy)};
}

inline const std::vector<Loss> losses{
    {EventType::ns_unshare, LossCause::ring_full, 12},
    {EventType::process_exit, LossCause::states_full, 1},
    {EventType::ns_destroy, LossCause::watch_full, 9'000'000'000'000'000'000}};

inline constexpr Totals totals{
    .produced = 18446744073709551615U, .delivered = 18446744073709551600U, .filtered = 3, .lost = 12};

} // namespace nsscope::samples
