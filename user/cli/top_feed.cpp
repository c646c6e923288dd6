#include "cli/top_feed.hpp"

#include <algorithm>
#include <ctime>
#include <pwd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "cli/stream.hpp"
#include "cli/version.hpp"
#include "engine/graph_feed.hpp"
#include "kernel/task_iter.hpp"
#include "kernel/tracer.hpp"
#include "model/cgroup_container.hpp"
#include "model/cgroup_membership.hpp"
#include "output/command_text.hpp"
#include "scan/cgroup_usage.hpp"
#include "scan/files.hpp"
#include "scan/proc_scan.hpp"

namespace nsscope {
namespace {

/// Of one look: more than this happens only in a storm, and all of it is counted.
constexpr std::size_t most_events = 8192;
constexpr std::size_t most_cgroups = 20'000;

std::uint64_t boottime_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

/// By the iterator where it works, with the mounts that it does not see; else from /proc.
Result<Scan> scan_machine(const std::string& proc_root) {
    auto scan = scan_bpf();
    if (!scan) return scan_proc(proc_root);
    if (auto mounts = scan_nsfs_mounts(proc_root)) {
        if (!mounts->empty()) scan->source = "bpf+proc";
        scan->mounts = std::move(*mounts);
    }
    return scan;
}

tui::EventLine line_of(const PastEvent& past) {
    tui::EventLine line{.seq = past.position.seq, .time_ns = past.position.time_ns, .type = past.event.type};
    if (past.event.task) line.pid = static_cast<pid_t>(past.event.task->pid);
    if (past.event.child) line.child = static_cast<pid_t>(past.event.child->pid);
    for (const auto& change : past.event.namespaces())
        for (const auto& ref : {change.from, change.to})
            if (ref && ref->inum != 0) line.namespaces.emplace_back(type_of(change.slot), ref->inum);
    line.text = past.text;
    return line;
}

} // namespace

LiveFeed::LiveFeed(const std::string& proc_root)
    : proc_root_(proc_root), usage_(proc_root), cgroups_(CgroupTree::find(proc_root)),
      tick_ns_(1'000'000'000U / static_cast<std::uint64_t>(std::max(::sysconf(_SC_CLK_TCK), 1L))),
      page_size_(static_cast<std::uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 1L))) {}

Result<std::unique_ptr<LiveFeed>> LiveFeed::start(const std::string& proc_root) {
    std::unique_ptr<LiveFeed> feed(new LiveFeed(proc_root));
    Live::Setup setup;
    setup.keep = most_events;
    setup.scan = [proc_root] { return scan_machine(proc_root); };
    setup.cgroups = [&cgroups = feed->cgroups_](std::uint64_t id) { return cgroups.path_of(id); };
    TraceOptions trace;
    trace.events = graph_events;
    if (auto tracer = Tracer::attach(trace)) {
        setup.start.rung = name((*tracer)->rung());
        setup.source = std::move(*tracer);
        setup.begin = go_first;
    } else {
        setup.rescan_every_ns = 1'000'000'000;
        feed->notices_.push_back("no events: " + tracer.error().what);
    }
    utsname system{};
    ::uname(&system);
    setup.start.version = version;
    setup.start.kernel = system.release;
    setup.start.host = system.nodename;
    if (const auto boot_id = read_file(proc_root + "/sys/kernel/random/boot_id"))
        setup.start.boot_id = boot_id->substr(0, boot_id->find('\n'));
    feed->live_ = std::make_unique<Live>(std::move(setup));
    if (auto started = feed->live_->start(); !started) return Failure(started.error());
    return feed;
}

void LiveFeed::take_machine(tui::Look& look) {
    const auto& start = live_->info();
    const auto usage = usage_.machine();
    look.machine = {.host = start.host,
                    .kernel = start.kernel,
                    .boot_id = start.boot_id,
                    .rung = std::string(start.rung),
                    .boot_ns = boottime_ns(),
                    .cpus = usage.cpus,
                    .cpu_ns = usage.cpu_ticks * tick_ns_,
                    .busy_ns = usage.busy_ticks * tick_ns_,
                    .memory = usage.memory,
                    .available = usage.available};
}

/// By what the cgroup is called, which a scan from /proc knows; the iterator tells its number.
std::uint32_t LiveFeed::container_of(tui::Look& look, const ScannedCgroups& cgroups) {
    std::optional<CgroupContainer> found;
    if (!cgroups.text.empty()) {
        for (const auto& membership : parse_cgroup_file(cgroups.text))
            if (!found) found = container_of_cgroup(membership.path);
    } else if (cgroups.id != 0) {
        auto known = cgroup_paths_.find(cgroups.id);
        if (known == cgroup_paths_.end())
            known = cgroup_paths_.emplace(cgroups.id, cgroups_.path_of(cgroups.id).value_or("")).first;
        found = container_of_cgroup(known->second);
    }
    if (!found) return tui::none;
    const auto [place, is_new] =
        containers_.emplace(found->container.id, static_cast<std::uint32_t>(look.containers.size()));
    if (is_new) look.containers.push_back(std::move(found->container));
    return place->second;
}

/// What the scan has, or what /proc says once for each program that a process runs.
const std::string& LiveFeed::command_of(const ScannedTask& task) {
    auto& command = commands_[task.pid];
    if (command.start_ns != task.start_ns || command.comm != task.comm) {
        command.start_ns = task.start_ns;
        command.comm = task.comm;
        command.text.clear();
        if (task.has_cmdline)
            command.text = join_arguments(task.cmdline);
        else if (const auto cmdline = read_cmdline(proc_root_, task.pid); cmdline && !task.kernel_thread)
            command.text = join_arguments(*cmdline);
    }
    command.used = true;
    return command.text;
}

void LiveFeed::take_processes(tui::Look& look, const Scan& scan, bool usage) {
    cgroup_paths_.clear();
    containers_.clear();
    std::vector<std::uint32_t> containers;
    for (const auto& set : scan.cgroups) containers.push_back(container_of(look, set));

    std::vector<const ScannedTask*> tasks;
    tasks.reserve(scan.tasks.size());
    for (const auto& task : scan.tasks) tasks.push_back(&task);
    // the first thread of each process first: what is said of a process is that one's
    std::sort(tasks.begin(), tasks.end(), [](const ScannedTask* a, const ScannedTask* b) {
        return std::tuple(a->pid, a->tid != a->pid, a->tid) < std::tuple(b->pid, b->tid != b->pid, b->tid);
    });
    for (const auto* task : tasks) {
        if (!look.processes.empty() && look.processes.back().pid == task->pid) {
            ++look.processes.back().threads;
            continue;
        }
        tui::Process process{.pid = task->pid,
                             .ppid = task->ppid,
                             .uid = task->uid,
                             .start_ns = task->start_ns,
                             .threads = 1,
                             .kernel_thread = task->kernel_thread,
                             .comm = task->comm,
                             .command = command_of(*task),
                             .ns = task->ns};
        if (task->cgroups < containers.size()) process.container = containers[task->cgroups];
        if (usage)
            if (const auto used = usage_.process(task->pid)) {
                process.cpu_ns = used->cpu_ticks * tick_ns_;
                process.rss_bytes = used->rss_pages * page_size_;
            }
        const auto [user, is_new] = users_.try_emplace(task->uid);
        if (is_new)
            if (const auto* entry = ::getpwuid(task->uid)) user->second = entry->pw_name;
        look.processes.push_back(std::move(process));
    }
    look.users = users_;
    for (auto at = commands_.begin(); at != commands_.end();) // who was not met is gone
        at = std::exchange(at->second.used, false) ? std::next(at) : commands_.erase(at);
}

void LiveFeed::take_events(tui::Look& look) {
    const auto counts = live_->counts();
    look.counts.events = counts.events;
    look.counts.lost = counts.lost;
    look.counts.created = counts.created;
    look.counts.destroyed = counts.destroyed;
    const auto past = live_->events_after(last_seq_, most_events);
    look.events.reserve(past.size());
    for (const auto& event : past) look.events.push_back(line_of(event));
    if (!past.empty()) {
        // numbers have no gaps, but for what else is in the stream: losses are counted as such
        if (last_seq_ != 0 && past.front().position.seq > last_seq_ + 1)
            look.not_kept = past.front().position.seq - last_seq_ - 1;
        last_seq_ = past.back().position.seq;
    }
}

void LiveFeed::take_cgroups(tui::Look& look) {
    if (cgroups_.mount_point().empty()) {
        look.notices.emplace_back("no unified (v2) cgroup hierarchy is mounted");
        return;
    }
    auto found = read_cgroup_usage(cgroups_.mount_point(), most_cgroups);
    if (!found) {
        look.notices.push_back(found.error().what);
        return;
    }
    for (auto& usage : *found) {
        tui::Cgroup cgroup{.id = usage.id, .parent = usage.parent, .name = std::move(usage.name)};
        if (usage.cpu_us) cgroup.cpu_ns = *usage.cpu_us * 1000;
        cgroup.memory = usage.memory;
        cgroup.pids = usage.pids;
        cgroup.cpu_pressure = usage.cpu;
        cgroup.memory_pressure = usage.memory_wait;
        cgroup.io_pressure = usage.io;
        look.cgroups.push_back(std::move(cgroup));
    }
}

Result<tui::Look> LiveFeed::look(const tui::Wants& wants) {
    tui::Look look;
    look.time_ns = realtime_ns();
    look.mono_ns = monotonic_ns();
    look.notices = notices_;
    if (const auto broken = live_->broken()) look.notices.push_back("stale: " + broken->what);
    take_machine(look);
    auto scan = live_->scan();
    take_events(look);
    take_processes(look, scan, wants.usage);
    if (wants.cgroups) take_cgroups(look);
    for (const auto& issue : scan.issues)
        look.notices.push_back(issue.what + ": " + std::to_string(issue.count) + ", " + issue.why);
    look.snapshot = build_snapshot(std::move(scan));
    return look;
}

} // namespace nsscope
