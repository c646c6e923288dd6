#include <algorithm>
#include <csignal>
#include <cstdint>
#include <fmt/format.h>
#include <linux/capability.h>
#include <malloc.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/events_options.hpp"
#include "cli/guard_policy.hpp"
#include "cli/look.hpp"
#include "cli/privileges.hpp"
#include "cli/replay.hpp"
#include "cli/report.hpp"
#include "cli/service.hpp"
#include "cli/stream.hpp"
#include "cli/stream_outputs.hpp"
#include "engine/container_book.hpp"
#include "engine/joined_source.hpp"
#include "kernel/guard_reader.hpp"
#include "kernel/tracer.hpp"
#include "recording/replay_source.hpp"
#include "scan/cgroup.hpp"

namespace nsscope {
namespace {

/// Where events come from, and what `start` says of it.
struct Origin {
    std::unique_ptr<EventSource> source;
    Tracer* tracer = nullptr; ///< part of the source
    EventMask of_guards = 0;  ///< events that guards report
    StartInfo start;

    /// What `start` says where this is wanted, of what there is.
    [[nodiscard]] StartInfo start_for(EventMask wanted) const {
        auto info = start;
        info.events = (wanted & ~guard_events) | of_guards;
        if (tracer == nullptr) return info;
        info.observed = tracer->observed() & wanted;
        info.missing = tracer->missing() & wanted;
        return info;
    }
};

Result<Origin> trace(TraceOptions options, EventMask wanted) {
    options.events &= ~guard_events;
    auto everything = options;
    if (options.is_live) everything.events = ~container_events & ~guard_events & all_events;
    auto tracer = Tracer::attach(everything);
    if (!tracer) return Failure(tracer.error());
    if (options.is_live) (*tracer)->set_filter(options);
    const auto asked = wanted & ~guard_events; // more may be traced, to know of containers
    if (asked != 0 && (asked & (*tracer)->missing()) == asked)
        return Failure(Error{"no way is left to see any of these events", "see `nsscope doctor`", 0});
    Origin origin{.source = nullptr, .tracer = tracer->get(), .of_guards = 0, .start = start_info()};
    origin.start.rung = name((*tracer)->rung());
    origin.source = std::move(*tracer);
    return origin;
}

/// What the kernel tells: what is traced, and what the guards in force report.
Result<Origin> open_origin(const EventsOptions& options, const TraceOptions& tracing, EventMask wanted) {
    const auto of_guards = is_all(options) ? guard_events : wanted & guard_events;
    std::vector<std::unique_ptr<EventSource>> sources;
    if (of_guards != 0) {
        auto readers =
            GuardReader::open_pinned({.events = of_guards, .pid = options.pid, .comm = options.comm});
        if (!readers) return Failure(readers.error());
        sources = std::move(*readers);
        if (sources.empty() && !is_all(options))
            return Failure(Error{"no policy of the guard is in force, and nothing else watches /proc/sys",
                                 "put one in force (nsscope guard apply POLICY), or use nsscope guard run"});
    }
    Origin origin{.source = nullptr,
                  .tracer = nullptr,
                  .of_guards = sources.empty() ? EventMask{0} : of_guards,
                  .start = start_info()};
    origin.start.rung = "cgroup_sysctl";
    if ((tracing.events & ~guard_events) != 0) {
        auto traced = trace(tracing, wanted);
        if (!traced) return Failure(traced.error());
        origin.start = std::move(traced->start);
        origin.tracer = traced->tracer;
        sources.push_back(std::move(traced->source));
    }
    origin.start = origin.start_for(wanted);
    auto joined = JoinedSource::join(std::move(sources));
    if (!joined) return Failure(joined.error());
    origin.source = std::move(*joined);
    return origin;
}

/// What a recording tells, as if it happened now.
int replay_events(const EventsOptions& options, TraceOptions trace, const StreamOptions& stream_options,
                  int stop_fd) {
    const auto recording = Recording::open(options.replay);
    if (!recording) {
        print_error(recording.error());
        return exit_failed;
    }
    trace.events = stream_options.filter.events;
    if (is_all(options)) trace.events |= guard_events & (*recording)->start().info.events;
    ReplaySource source(
        **recording,
        {.events = trace.events, .ns_types = trace.ns_types, .pid = trace.pid, .comm = trace.comm});
    auto start = (*recording)->start().info;
    start.missing = (start.missing & trace.events) | (trace.events & ~start.events);
    start.events = trace.events;
    start.observed &= trace.events;
    auto names = (*recording)->names();
    const int status = write_stream(source, names, start, stream_options, options.format, stop_fd);
    const auto notice = damage_notice(options.replay, source.damage());
    if (!notice.empty()) print_notice(notice);
    return status == exit_complete && (!notice.empty() || start.missing != 0) ? exit_partial : status;
}

/// What cannot change while the stream runs stays as it was, which is told.
void keep_what_must_be(EventsOptions& next, const EventsOptions& now) {
    const auto keep = [](auto& there, const auto& here, std::string_view name) {
        if (there == here) return;
        there = here;
        print_notice(fmt::format("{} stays as it was: begin anew for another", name));
    };
    keep(next.ring_bytes, now.ring_bytes, "ring-size");
    keep(next.btf_file, now.btf_file, "btf");
    keep(next.snapshot, now.snapshot, "snapshot");
    keep(next.count, now.count, "count");
    keep(next.duration_s, now.duration_s, "duration");
    keep(next.descendants, now.descendants, "descendants");
    if (now.descendants) keep(next.pid, now.pid, "pid (with descendants)");
}

/// The configuration as it is now, for a stream that runs.
Result<OutputChange> read_again(const GivenOptions& given, const EventsOptions& now, const Origin& origin) {
    auto next = given.with_file(now.config);
    if (!next) return Failure(next.error());
    keep_what_must_be(*next, now);
    auto plan = plan_of(*next);
    if (!plan) return Failure(plan.error());
    if (is_all(*next)) plan->wanted.events |= origin.of_guards;
    if ((plan->wanted.events & guard_events & ~origin.of_guards) != 0)
        return Failure(Error{"events of a guard that were not asked for at the start", "begin anew"});
    return OutputChange{.outputs = std::move(plan->outputs),
                        .metrics = next->metrics,
                        .commit = [&origin, wanted = std::move(plan->wanted), trace = plan->trace] {
                            origin.tracer->set_filter(trace);
                            return StreamOptions::Change{wanted, origin.start_for(wanted.events)};
                        }};
}

/// The names behind numbers, and the containers, as the machine has them.
struct Lookups {
    Lookups()
        : cgroups(CgroupTree::find("/proc")),
          names([this](std::uint64_t id) { return cgroups.path_of(id); },
                [](std::uint32_t hierarchy) { return controllers_of_hierarchy("/proc", hierarchy); }),
          containers({.proc_root = "/proc", .root = {}, .home = own_home()}) {
        names.set_rules(PinnedRuleNames());
        containers.seed(cgroups.mount_point());
        names.set_containers(
            [this](std::uint64_t id, const std::string* path) { return containers.container(id, path); });
    }
    CgroupTree cgroups;
    Names names;
    ContainerBook containers;
};

/// Capabilities beside those of every stream: a snapshot looks at the machine again after a loss, what a guard in force
/// reports is found anew with each policy, and files that are opened anew may be anybody's.
std::vector<unsigned> needed_later(const EventsOptions& options, const EventsPlan& plan, EventMask events) {
    std::vector<unsigned> needed;
    if (options.snapshot) needed = to_scan();
    if ((events & guard_events) != 0) needed.push_back(CAP_SYS_ADMIN);
    if (!plan.outputs.empty()) needed.push_back(CAP_DAC_OVERRIDE);
    if (!options.metrics.empty()) needed.push_back(CAP_NET_BIND_SERVICE);
    return needed;
}

int follow_machine(const EventsOptions& options, EventsPlan plan, StreamOptions stream_options,
                   const GivenOptions& given, int stop_fd) {
    const auto origin = open_origin(options, plan.trace, stream_options.filter.events);
    if (!origin) {
        print_error(origin.error());
        return exit_failed;
    }
    stream_options.filter.events = origin->start.events;
    go_first();
    stream_options.hurry = hurry;
    ::malloc_trim(0); // loading took megabytes that the stream will not need
    Lookups lookups;
    stream_options.containers = &lookups.containers;

    drop_privileges(needed_later(options, plan, stream_options.filter.events));
    const ServiceManager manager;
    stream_options.beat = [&manager] { manager.alive(); };
    stream_options.beat_ns = manager.beat_ns();
    manager.ready();
    int status = exit_failed;
    if (plan.outputs.empty()) {
        status = write_stream(*origin->source, lookups.names, origin->start, stream_options, options.format,
                              stop_fd);
    } else {
        OutputPlan outputs{.outputs = std::move(plan.outputs), .metrics = options.metrics, .read_again = {}};
        if (!options.config.empty())
            outputs.read_again = [&] {
                manager.reloading();
                auto next = read_again(given, options, *origin);
                manager.ready();
                return next;
            };
        status = write_stream(*origin->source, lookups.names, origin->start, stream_options,
                              std::move(outputs), stop_fd);
    }
    return status == exit_complete && origin->start.missing != 0 ? exit_partial : status;
}

Result<void> add_file(EventsOptions& options, const GivenOptions& given) {
    const std::string usual = "/etc/nsscope/nsscope.yaml";
    if (options.config.empty() && ::access(usual.c_str(), F_OK) == 0 && options.replay.empty() &&
        options.check)
        options.config = usual;
    if (options.config.empty()) return {};
    auto all = given.with_file(options.config);
    if (!all) return Failure(all.error());
    options = *std::move(all);
    return {};
}

int run_events(EventsOptions options, const CLI::App& app) {
    const GivenOptions given(app);
    const auto taken = add_file(options, given);
    auto plan = taken ? plan_of(options) : Failure(taken.error());
    if (!plan) {
        print_error(plan.error());
        return exit_usage;
    }
    if (options.check) {
        fmt::print("{}: good\n", options.config.empty() ? "options" : options.config);
        return exit_complete;
    }
    StreamOptions stream_options;
    if (options.count > 0) stream_options.count = options.count;
    if (options.duration_s > 0)
        stream_options.duration_ns = static_cast<std::uint64_t>(options.duration_s * 1e9);
    if (options.snapshot) stream_options.scan = scan_machine;
    stream_options.filter = plan->wanted;
    std::signal(SIGPIPE, SIG_IGN); // EPIPE says it as well
    const auto stop = signals_as_fd();
    if (!stop) {
        print_error(errno_failure("cannot take signals").value());
        return exit_failed;
    }
    if (!options.replay.empty()) {
        if (is_all(options)) stream_options.filter.events |= guard_events;
        stream_options.filter.events &= ~container_events; // what a recording does not have
        return replay_events(options, plan->trace, stream_options, stop.get());
    }
    return follow_machine(options, *std::move(plan), std::move(stream_options), given, stop.get());
}

} // namespace

Command make_events(CLI::App& parent) {
    auto options = std::make_shared<EventsOptions>();
    auto* app = parent.add_subcommand("events", "Stream what happens to namespaces, as it happens");

    declare_events_options(*app, *options);
    return {app, [options, app] { return run_events(*options, *app); }};
}

} // namespace nsscope
