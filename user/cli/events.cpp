#include <algorithm>
#include <bit>
#include <csignal>
#include <cstdint>
#include <fmt/format.h>
#include <malloc.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/config_file.hpp"
#include "cli/guard_policy.hpp"
#include "cli/look.hpp"
#include "cli/metrics.hpp"
#include "cli/privileges.hpp"
#include "cli/replay.hpp"
#include "cli/report.hpp"
#include "cli/service.hpp"
#include "cli/stream.hpp"
#include "engine/container_book.hpp"
#include "engine/graph_feed.hpp"
#include "engine/joined_source.hpp"
#include "kernel/guard_reader.hpp"
#include "kernel/tracer.hpp"
#include "recording/replay_source.hpp"
#include "scan/cgroup.hpp"

namespace nsscope {
namespace {

struct EventsOptions {
    std::vector<std::string> types;
    std::vector<std::string> ns_types;
    std::uint32_t pid = 0;
    std::string comm;
    std::string cgroup;
    std::string container{};
    std::string filter;
    std::string format = "json";
    double duration_s = 0;
    std::uint64_t count = 0;
    std::uint64_t ring_bytes = 8U << 20;
    std::string btf_file;
    std::string replay{}; ///< a recording; empty: what happens now
    bool snapshot = false;
    std::vector<std::string> outputs{};
    std::string config{}; ///< a file of options; empty: none
    bool check = false;
    std::string metrics{}; ///< where to serve them; empty: nowhere
};

/// "all" is everything that is traced; what a guard tells comes with it where there is one, see is_all().
EventMask events_of(const std::vector<std::string>& names) {
    EventMask mask = 0;
    for (const auto& type : event_types) {
        for (const auto& name : names)
            if (name == type.name || (name == "all" && is_traced(type.type))) mask |= mask_of(type.type);
        if (names.empty() && type.by_default) mask |= mask_of(type.type);
    }
    return mask;
}

bool is_all(const EventsOptions& options) {
    return std::find(options.types.begin(), options.types.end(), "all") != options.types.end();
}

/// What is wanted, all of it.
Result<EventFilter> filter_of(const EventsOptions& options) {
    EventFilter wanted;
    wanted.events = events_of(options.types);
    // to follow a picture takes what changes it
    if (options.snapshot && options.types.empty()) wanted.events |= graph_events;
    for (const auto& name : options.ns_types)
        if (const auto type = ns_type_from_name(name)) wanted.ns_types |= 1U << static_cast<unsigned>(*type);
    wanted.pid = options.pid;
    wanted.comm = options.comm;
    wanted.cgroup = options.cgroup;
    wanted.container = options.container;
    if (!options.filter.empty()) {
        auto filter = Filter::parse(options.filter);
        if (!filter) return Failure(filter.error());
        wanted.filter = std::move(*filter);
    }
    return wanted;
}

/// What it takes to know of containers.
EventMask container_support(EventMask wanted) {
    const auto of_exec = (wanted & container_events) != 0 ? mask_of(EventType::process_exec) : EventMask{0};
    return mask_of(EventType::cgroup_mkdir) | mask_of(EventType::cgroup_rmdir) | of_exec;
}

/// What of that the kernel sorts out, where `wanted` then need not look. A snapshot is kept up to date by events of everybody.
TraceOptions trace_options(const EventsOptions& options, EventFilter& wanted) {
    TraceOptions trace;
    const auto support = container_support(wanted.events);
    trace.events = (wanted.events & ~container_events) | support;
    if (options.snapshot) {
        trace.events |= graph_events;
    } else {
        trace.unfiltered = support;
        wanted.unfiltered = support | container_events;
        trace.ns_types = wanted.ns_types;
        trace.pid = wanted.pid;
        trace.comm = wanted.comm;
    }
    trace.ring_bytes = static_cast<std::uint32_t>(std::bit_ceil(options.ring_bytes));
    trace.btf_file = options.btf_file;
    return trace;
}

/// Where events come from, and what `start` says of it.
struct Origin {
    std::unique_ptr<EventSource> source;
    StartInfo start;
};

Result<Origin> trace(TraceOptions options, EventMask wanted) {
    options.events &= ~guard_events;
    auto tracer = Tracer::attach(options);
    if (!tracer) return Failure(tracer.error());
    const auto asked = wanted & ~guard_events; // more may be traced, to know of containers
    if (asked != 0 && (asked & (*tracer)->missing()) == asked)
        return Failure(Error{"no way is left to see any of these events", "see `nsscope doctor`", 0});
    Origin origin{.source = nullptr, .start = start_info()};
    origin.start.rung = name((*tracer)->rung());
    origin.start.events = wanted & ~guard_events;
    origin.start.observed = (*tracer)->observed() & wanted;
    origin.start.missing = (*tracer)->missing() & wanted;
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
    const bool has_guards = !sources.empty();
    Origin origin{.source = nullptr, .start = start_info()};
    origin.start.rung = "cgroup_sysctl";
    if ((tracing.events & ~guard_events) != 0) {
        auto traced = trace(tracing, wanted);
        if (!traced) return Failure(traced.error());
        origin.start = std::move(traced->start);
        sources.push_back(std::move(traced->source));
    }
    if (has_guards) origin.start.events |= of_guards;
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

int run_events(EventsOptions& options, CLI::App& app) {
    const std::string usual = "/etc/nsscope/nsscope.yaml";
    if (options.config.empty() && ::access(usual.c_str(), F_OK) == 0 && options.replay.empty() &&
        options.check)
        options.config = usual;
    if (!options.config.empty())
        if (auto taken = take_config(app, options.config); !taken) {
            print_error(taken.error());
            return exit_usage;
        }
    std::vector<OutputSpec> outputs;
    for (const auto& text : options.outputs) {
        auto spec = OutputSpec::parse(text);
        if (!spec) {
            print_error(spec.error());
            return exit_usage;
        }
        outputs.push_back(std::move(*spec));
    }
    if (!options.metrics.empty() && outputs.empty()) { // whose numbers they would be
        auto usual_output = OutputSpec::parse("stdout,format=" + options.format);
        outputs.push_back(std::move(*usual_output));
    }
    auto wanted = filter_of(options);
    if (!wanted) {
        print_error(wanted.error());
        return exit_usage;
    }
    if (options.check) {
        fmt::print("{}: good\n", options.config.empty() ? "options" : options.config);
        return exit_complete;
    }
    const auto trace = trace_options(options, *wanted);
    StreamOptions stream_options;
    if (options.count > 0) stream_options.count = options.count;
    if (options.duration_s > 0)
        stream_options.duration_ns = static_cast<std::uint64_t>(options.duration_s * 1e9);
    if (options.snapshot) stream_options.scan = scan_machine;
    stream_options.filter = *std::move(wanted);
    std::signal(SIGPIPE, SIG_IGN); // EPIPE says it as well
    const auto stop = signals_as_fd();
    if (!stop) {
        print_error(errno_failure("cannot take signals").value());
        return exit_failed;
    }
    if (!options.replay.empty()) {
        if (is_all(options)) stream_options.filter.events |= guard_events;
        stream_options.filter.events &= ~container_events; // what a recording does not have
        return replay_events(options, trace, stream_options, stop.get());
    }
    const auto origin = open_origin(options, trace, stream_options.filter.events);
    if (!origin) {
        print_error(origin.error());
        return exit_failed;
    }
    stream_options.filter.events = origin->start.events;
    go_first();
    ::malloc_trim(0); // loading took megabytes that the stream will not need
    const auto cgroups = CgroupTree::find("/proc");
    Names names([&cgroups](std::uint64_t id) { return cgroups.path_of(id); },
                [](std::uint32_t hierarchy) { return controllers_of_hierarchy("/proc", hierarchy); });
    names.set_rules(PinnedRuleNames());

    ContainerBook containers({.proc_root = "/proc", .root = {}, .home = own_home()});
    containers.seed(cgroups.mount_point());
    names.set_containers(
        [&containers](std::uint64_t id, const std::string* path) { return containers.container(id, path); });
    stream_options.containers = &containers;

    // A snapshot looks at the machine again after a loss, by all means; who reports for a guard is found by its pins; and
    // files may be anybody's.
    if (!options.snapshot && options.outputs.empty() && (stream_options.filter.events & guard_events) == 0)
        drop_privileges();
    const ServiceManager manager;
    stream_options.beat = [&manager] { manager.alive(); };
    stream_options.beat_ns = manager.beat_ns();
    manager.ready();
    const int status = outputs.empty() ? write_stream(*origin->source, names, origin->start, stream_options,
                                                      options.format, stop.get())
                                       : write_stream(*origin->source, names, origin->start, stream_options,
                                                      std::move(outputs), stop.get(), options.metrics);
    return status == exit_complete && origin->start.missing != 0 ? exit_partial : status;
}

std::string help_of_types() {
    std::string help = "Report these events, separated by commas; default: those marked *; all: every one of";
    for (const auto& type : event_types)
        help += fmt::format("\n  {}{:<14} {}", type.by_default ? '*' : ' ', type.name, type.help);
    return help;
}

} // namespace

Command make_events(CLI::App& parent) {
    auto options = std::make_shared<EventsOptions>();
    auto* app = parent.add_subcommand("events", "Stream what happens to namespaces, as it happens");

    std::vector<std::string> types{"all"}, kinds;
    for (const auto& type : event_types) types.emplace_back(type.name);
    for (const auto& type : ns_types) kinds.emplace_back(type.name);
    app->add_option("--type", options->types, help_of_types())->delimiter(',')->check(CLI::IsMember(types));
    app->add_option("--ns-type", options->ns_types, "Only events about these kinds of namespace")
        ->delimiter(',')
        ->check(CLI::IsMember(kinds));
    app->add_option("--pid", options->pid, "Only events that this process takes part in, as parent or child")
        ->check(CLI::PositiveNumber);
    app->add_option("--comm", options->comm, "Only events of processes with this name (at most 15 bytes)")
        ->check([](const std::string& text) {
            return text.empty() || text.size() > 15 ? "a process's name has 1 to 15 bytes" : std::string();
        });
    app->add_option("--cgroup", options->cgroup,
                    "Only events of processes in this cgroup (v2) or below, e.g. /a/b")
        ->check([](const std::string& text) {
            return text.starts_with('/') ? std::string() : "a cgroup's path begins with '/'";
        });
    app->add_option("--container", options->container,
                    "Only events of processes in the container whose id begins so, or that is called so");
    app->add_option(
           "--filter", options->filter,
           "Only events that this expression is true of, e.g. 'uid != 0 and event in (ns.setns, ns.unshare)'")
        ->type_name("EXPRESSION");
    auto* snapshot = app->add_flag(
        "--snapshot", options->snapshot,
        "First every namespace that exists, as ns.exists, then sync, then what happens; with it also "
        "process.fork, process.exec and process.exit unless --type says otherwise");
    app->add_option("--format", options->format, "json (one object a line) or text (for people)")
        ->check(CLI::IsMember({"json", "text"}))
        ->capture_default_str();
    auto* duration = app->add_option("--duration", options->duration_s, "End after this many seconds")
                         ->check(CLI::PositiveNumber);
    app->add_option("--count", options->count, "End after this many events")->check(CLI::PositiveNumber);
    app->add_option(
           "--btf", options->btf_file,
           "The kernel's types (BTF), for a kernel that has none itself; they must be of this very kernel")
        ->type_name("FILE")
        ->check(CLI::ExistingFile);
    app->add_option(
           "--ring-size", options->ring_bytes,
           "Size of the buffer between kernel and nsscope in bytes, or with a suffix K or M; rounded up to "
           "a power of two")
        ->transform(CLI::AsSizeValue(false))
        ->check(CLI::Range(std::uint64_t{64} << 10, std::uint64_t{1} << 30))
        ->capture_default_str();
    auto* metrics =
        app->add_option(
               "--metrics", options->metrics,
               "Serve metrics for Prometheus at this port, of the loopback address unless another is given")
            ->type_name("[ADDRESS:]PORT")
            ->check([](const std::string& text) {
                return metrics_address(text)
                           ? std::string()
                           : "a port is 1 to 65535, and an address before it one of IPv4: 9100, 0.0.0.0:9100";
            });
    app->add_option("--replay", options->replay,
                    "What 'nsscope record' has recorded, instead of what happens")
        ->type_name("FILE")
        ->excludes(duration)
        ->excludes(snapshot)
        ->excludes(metrics);
    app->add_option(
           "--output", options->outputs,
           "Where records go, instead of to standard output: stdout, file:PATH, unix:PATH, unixgram:PATH, "
           "syslog[:PATH] or journald, with options behind commas; more than once for several at a time")
        ->type_name("OUTPUT")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->expected(1)
        ->take_all();
    app->add_option(
           "--config", options->config,
           "A YAML file with any of these options, by their long names; the command line goes before it")
        ->type_name("FILE");
    app->add_flag(
        "--check", options->check,
        "Say whether options and configuration (usually /etc/nsscope/nsscope.yaml) are good, and end");
    return {app, [options, app] { return run_events(*options, *app); }};
}

} // namespace nsscope
