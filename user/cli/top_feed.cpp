#include "cli/top_feed.hpp"

#include <algorithm>
#include <ctime>
#include <pwd.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "cli/guard_policy.hpp"
#include "cli/look.hpp"
#include "cli/privileges.hpp"
#include "cli/stream.hpp"
#include "cli/top_guard.hpp"
#include "engine/graph_feed.hpp"
#include "engine/joined_source.hpp"
#include "kernel/guard_reader.hpp"
#include "kernel/task_iter.hpp"
#include "kernel/tracer.hpp"
#include "model/place_containers.hpp"
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

/// The v1 hierarchies of this machine: their numbers are small.
std::map<std::uint32_t, std::vector<std::string>> all_controllers(const std::string& proc_root) {
    constexpr std::uint32_t most_hierarchies = 64;
    std::map<std::uint32_t, std::vector<std::string>> all;
    for (std::uint32_t number = 1; number < most_hierarchies; ++number)
        if (auto controllers = controllers_of_hierarchy(proc_root, number); !controllers.empty())
            all.emplace(number, std::move(controllers));
    return all;
}

} // namespace

LiveFeed::LiveFeed(const std::string& proc_root, Recorder* recorder)
    : proc_root_(proc_root), usage_(proc_root), cgroups_(CgroupTree::find(proc_root)),
      containers_({.proc_root = proc_root, .home = own_home()}), recorder_(recorder) {}

Result<std::unique_ptr<LiveFeed>> LiveFeed::start(const std::string& proc_root, const std::string& btf_file,
                                                  Recorder* recorder) {
    std::unique_ptr<LiveFeed> feed(new LiveFeed(proc_root, recorder));
    Live::Setup setup;
    setup.keep = most_events;
    setup.scan = [proc_root] { return scan_machine(proc_root); };
    setup.cgroups = [&cgroups = feed->cgroups_](std::uint64_t id) { return cgroups.path_of(id); };
    setup.start = start_info();
    TraceOptions trace;
    trace.events = graph_events;
    trace.btf_file = btf_file;
    if (recorder != nullptr)
        trace.events |= mask_of(EventType::cgroup_mkdir) | mask_of(EventType::cgroup_rmdir);
    if (auto tracer = Tracer::attach(trace)) {
        setup.start.rung = name((*tracer)->rung());
        setup.start.events = trace.events;
        setup.start.observed = (*tracer)->observed();
        setup.start.missing = (*tracer)->missing();
        std::vector<std::unique_ptr<EventSource>> sources;
        if (auto readers = GuardReader::open_pinned({})) {
            sources = std::move(*readers);
            if (!sources.empty()) setup.start.events |= guard_events;
        } else {
            feed->notices_.push_back("no events of the guard: " + readers.error().what);
        }
        sources.push_back(std::move(*tracer));
        auto joined = JoinedSource::join(std::move(sources));
        if (!joined) return Failure(joined.error());
        setup.source = std::move(*joined);
        setup.rules = PinnedRuleNames();
        setup.begin = go_first;
        setup.hurry = hurry;
    } else {
        setup.rescan_every_ns = 1'000'000'000;
        feed->notices_.push_back("no events: " + tracer.error().what);
    }
    if (recorder != nullptr) {
        recorder->start({.info = setup.start,
                         .rung_text = {},
                         .clock_offset = realtime_ns() - static_cast<std::int64_t>(monotonic_ns()),
                         .controllers = all_controllers(proc_root)});
        if (setup.source) setup.source = std::make_unique<RecordedSource>(std::move(setup.source), *recorder);
        setup.scan = [recorder, scan = std::move(setup.scan)] {
            auto found = scan();
            if (found) recorder->scan(*found);
            return found;
        };
        setup.cgroups = [recorder, path_of = std::move(setup.cgroups)](std::uint64_t id) {
            auto path = path_of(id);
            if (path) recorder->cgroup(id, *path);
            return path;
        };
    }
    feed->live_ = std::make_unique<Live>(std::move(setup));
    if (recorder != nullptr) drop_privileges(to_scan()); // before there is a thread
    if (auto started = feed->live_->start(); !started) return Failure(started.error());
    return feed;
}

Snapshot LiveFeed::snapshot() const {
    auto scan = live_->scan();
    auto containers = look_for_containers(scan, {.proc_root = proc_root_, .home = own_home()});
    auto processes = nsscope::processes_of(std::as_const(scan));
    auto snapshot = build_snapshot(std::move(scan), PinsOf::all);
    place_containers(snapshot, std::move(containers));
    snapshot.processes = std::move(processes);
    return snapshot;
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
                    .cpu_ns = usage.cpu_ticks * usage_.tick_ns(),
                    .busy_ns = usage.busy_ticks * usage_.tick_ns(),
                    .memory = usage.memory,
                    .available = usage.available};
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

void LiveFeed::complete(tui::Process& process, const ScannedTask& task) {
    process.command = command_of(task);
    process.container = containers_.of(*scan_, task);
    if (wants_usage_) usage_.complete(process);
    const auto [user, is_new] = users_.try_emplace(task.uid);
    if (is_new)
        if (const auto* entry = ::getpwuid(task.uid)) user->second = entry->pw_name;
}

void LiveFeed::take_processes(tui::Look& look, Scan& scan) {
    containers_.look(scan, live_->counts().rescans);
    for (const auto& found : containers_.containers()) look.containers.push_back(found.container);
    scan_ = &scan;
    look.processes = processes_of(scan, *this);
    scan_ = nullptr;
    look.users = users_;
    for (auto at = commands_.begin(); at != commands_.end();) // who was not met is gone
        at = std::exchange(at->second.used, false) ? std::next(at) : commands_.erase(at);
}

void LiveFeed::take_events(tui::Look& look) {
    take_counts(look, live_->counts());
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

/// What a recording needs of this look: all but the scan and the events, which it has.
void LiveFeed::record(const tui::Look& look) const {
    Sample sample{.mono_ns = look.mono_ns,
                  .boot_ns = look.machine.boot_ns,
                  .cpus = look.machine.cpus,
                  .cpu_ns = look.machine.cpu_ns,
                  .busy_ns = look.machine.busy_ns,
                  .memory = look.machine.memory,
                  .available = look.machine.available,
                  .processes = {},
                  .containers = containers_.containers(),
                  .cgroups = {},
                  .users = look.users,
                  .notices = notices_};
    for (const auto& process : look.processes)
        sample.processes.push_back({.pid = process.pid,
                                    .start_ns = process.start_ns,
                                    .cpu_ns = process.cpu_ns,
                                    .rss_bytes = process.rss_bytes,
                                    .container = process.container,
                                    .command = process.command});
    for (const auto& cgroup : look.cgroups)
        sample.cgroups.push_back({.id = cgroup.id,
                                  .parent = cgroup.parent,
                                  .name = cgroup.name,
                                  .cpu_ns = cgroup.cpu_ns,
                                  .memory = cgroup.memory,
                                  .pids = cgroup.pids,
                                  .cpu_pressure = cgroup.cpu_pressure,
                                  .memory_pressure = cgroup.memory_pressure,
                                  .io_pressure = cgroup.io_pressure});
    recorder_->sample(sample);
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
    wants_usage_ = wants.usage && !wants.quick;
    if (wants_usage_) usage_.look();
    look.use_ns = look.mono_ns;
    take_processes(look, scan);
    if (wants.cgroups) take_cgroups(look);
    if (auto guard = guard_lines(cgroups_))
        look.guard = std::move(*guard);
    else
        look.notices.push_back(guard.error().what);
    for (const auto& issue : scan.issues)
        look.notices.push_back(issue.what + ": " + std::to_string(issue.count) + ", " + issue.why);
    if (recorder_ != nullptr) record(look);
    look.snapshot = build_snapshot(std::move(scan));
    return look;
}

} // namespace nsscope
