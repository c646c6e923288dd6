#include "cli/events_options.hpp"

#include <algorithm>
#include <bit>
#include <fmt/format.h>
#include <limits>
#include <utility>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"
#include "cli/config_file.hpp"
#include "cli/metrics.hpp"
#include "engine/graph_feed.hpp"

namespace nsscope {
namespace {

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

} // namespace

bool is_all(const EventsOptions& options) {
    return std::find(options.types.begin(), options.types.end(), "all") != options.types.end();
}

namespace {

/// What is wanted, all of it.
Result<EventFilter> filter_of(const EventsOptions& options) {
    EventFilter wanted;
    wanted.events = events_of(options.types);
    // to follow a picture takes what changes it
    if (options.snapshot && options.types.empty()) wanted.events |= graph_events;
    for (const auto& name : options.ns_types)
        if (const auto type = ns_type_from_name(name)) wanted.ns_types |= 1U << static_cast<unsigned>(*type);
    wanted.pid = options.pid;
    wanted.descendants = options.descendants;
    wanted.uid = options.uid;
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

/// What the expression demands of all, for the kernel to see to; what was asked for by an option goes before it.
void take_demands(TraceOptions& trace, const Filter& filter) {
    const auto number_of = [&filter](Field field) -> std::optional<std::uint32_t> {
        const auto& values = filter.demands(field);
        if (values.size() != 1) return std::nullopt;
        const auto number = std::get<std::int64_t>(values.front());
        if (number < 0 || number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
        return static_cast<std::uint32_t>(number);
    };
    if (trace.pid == 0) trace.pid = number_of(Field::pid).value_or(0);
    if (!trace.uid) trace.uid = number_of(Field::uid);
    const auto& names = filter.demands(Field::comm);
    constexpr std::size_t longest = 15;
    if (trace.comm.empty() && names.size() == 1 && std::get<std::string>(names.front()).size() <= longest)
        trace.comm = std::get<std::string>(names.front());
    if (trace.ns_types != 0) return;
    for (const auto& kind : filter.demands(Field::ns_type))
        if (const auto type = ns_type_from_name(std::get<std::string>(kind)))
            trace.ns_types |= 1U << static_cast<unsigned>(*type);
}

/// What of that the kernel sorts out, where `wanted` then need not look. A snapshot is kept up to date by events of everybody,
/// and what may change while the stream runs changes first in one place and then in the other.
TraceOptions trace_options(const EventsOptions& options, EventFilter& wanted) {
    TraceOptions trace;
    const auto support = container_support(wanted.events);
    trace.events = (wanted.events & ~container_events) | support;
    trace.pid = wanted.pid;
    trace.descendants = wanted.descendants;
    trace.unfiltered = ~EventMask{0};
    if (options.snapshot) {
        trace.events |= graph_events;
    } else {
        trace.unfiltered = support;
        trace.ns_types = wanted.ns_types;
        trace.uid = wanted.uid;
        trace.comm = wanted.comm;
        trace.ruled_out = wanted.ruled_out();
        trace.by_cgroup = wanted.asks_for_cgroups();
        trace.no_process = wanted.rules_out_no_process();
        if (wanted.filter) take_demands(trace, *wanted.filter);
        if (options.config.empty() && options.replay.empty())
            wanted.unfiltered = support | container_events | guard_events;
    }
    trace.is_live = !options.config.empty();
    trace.ring_bytes = static_cast<std::uint32_t>(std::bit_ceil(options.ring_bytes));
    trace.btf_file = options.btf_file;
    return trace;
}

Result<void> check(const EventsOptions& options, const EventFilter& wanted) {
    if (!options.descendants) return {};
    if (options.pid == 0) return Failure(Error{"--descendants without --pid", "say whose: --pid PID"});
    if ((wanted.events & guard_events) != 0)
        return Failure(Error{
            "--descendants with an event that a guard tells of: it does not know who descends from whom",
            "leave sysctl.read and sysctl.write out of --type"});
    return {};
}

} // namespace

Result<EventsPlan> plan_of(const EventsOptions& options) {
    EventsPlan plan;
    for (const auto& text : options.outputs) {
        auto spec = OutputSpec::parse(text);
        if (!spec) return Failure(spec.error());
        plan.outputs.push_back(std::move(*spec));
    }
    // metrics have to be somebody's numbers, and an output may come with a configuration that changes
    if (plan.outputs.empty() && !(options.metrics.empty() && options.config.empty()))
        plan.outputs.push_back(*OutputSpec::parse("stdout,format=" + options.format));
    auto wanted = filter_of(options);
    if (!wanted) return Failure(wanted.error());
    if (auto checked = check(options, *wanted); !checked) return Failure(checked.error());
    plan.wanted = *std::move(wanted);
    plan.trace = trace_options(options, plan.wanted);
    return plan;
}

namespace {

std::string help_of_types() {
    std::string help = "Report these events, separated by commas; default: those marked *; all: every one of";
    for (const auto& type : event_types)
        help += fmt::format("\n  {}{:<14} {}", type.by_default ? '*' : ' ', type.name, type.help);
    return help;
}

} // namespace

void declare_events_options(CLI::App& app, EventsOptions& options) {
    std::vector<std::string> types{"all"}, kinds;
    for (const auto& type : event_types) types.emplace_back(type.name);
    for (const auto& type : ns_types) kinds.emplace_back(type.name);
    app.add_option("--type", options.types, help_of_types())->delimiter(',')->check(CLI::IsMember(types));
    app.add_option("--ns-type", options.ns_types, "Only events about these kinds of namespace")
        ->delimiter(',')
        ->check(CLI::IsMember(kinds));
    app.add_option("--pid", options.pid, "Only events that this process takes part in, as parent or child")
        ->check(CLI::PositiveNumber);
    auto* descendants = app.add_flag("--descendants", options.descendants,
                                     "With --pid: also events of what descends from it, orphans included");
    app.add_option("--uid", options.uid, "Only events of processes with this real user id");
    app.add_option("--comm", options.comm, "Only events of processes with this name (at most 15 bytes)")
        ->check([](const std::string& text) {
            return text.empty() || text.size() > 15 ? "a process's name has 1 to 15 bytes" : std::string();
        });
    app.add_option("--cgroup", options.cgroup,
                   "Only events of processes in this cgroup (v2) or below, e.g. /a/b")
        ->check([](const std::string& text) {
            return text.starts_with('/') ? std::string() : "a cgroup's path begins with '/'";
        });
    app.add_option("--container", options.container,
                   "Only events of processes in the container whose id begins so, or that is called so");
    app.add_option(
           "--filter", options.filter,
           "Only events that this expression is true of, e.g. 'uid != 0 and event in (ns.setns, ns.unshare)'")
        ->type_name("EXPRESSION");
    auto* snapshot = app.add_flag(
        "--snapshot", options.snapshot,
        "First every namespace that exists, as ns.exists, then sync, then what happens; with it also "
        "process.fork, process.exec and process.exit unless --type says otherwise");
    app.add_option("--format", options.format, "json (one object a line) or text (for people)")
        ->check(CLI::IsMember({"json", "text"}))
        ->capture_default_str();
    auto* duration = app.add_option("--duration", options.duration_s, "End after this many seconds")
                         ->check(CLI::PositiveNumber);
    app.add_option("--count", options.count, "End after this many events")->check(CLI::PositiveNumber);
    add_btf_option(app, options.btf_file);
    app.add_option(
           "--ring-size", options.ring_bytes,
           "Size of the buffer between kernel and nsscope in bytes, or with a suffix K or M; rounded up to "
           "a power of two")
        ->transform(CLI::AsSizeValue(false))
        ->check(CLI::Range(std::uint64_t{64} << 10, std::uint64_t{1} << 30))
        ->capture_default_str();
    auto* metrics =
        app.add_option(
               "--metrics", options.metrics,
               "Serve metrics for Prometheus at this port, of the loopback address unless another is given")
            ->type_name("[ADDRESS:]PORT")
            ->check([](const std::string& text) {
                return metrics_address(text)
                           ? std::string()
                           : "a port is 1 to 65535, and an address before it one of IPv4: 9100, 0.0.0.0:9100";
            });
    app.add_option("--replay", options.replay, "What 'nsscope record' has recorded, instead of what happens")
        ->type_name("FILE")
        ->excludes(duration)
        ->excludes(snapshot)
        ->excludes(descendants)
        ->excludes(metrics);
    app.add_option(
           "--output", options.outputs,
           "Where records go, instead of to standard output: stdout, file:PATH, unix:PATH, unixgram:PATH, "
           "syslog[:PATH] or journald, with options behind commas; more than once for several at a time")
        ->type_name("OUTPUT")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->expected(1)
        ->take_all();
    app.add_option(
           "--config", options.config,
           "A YAML file with any of these options, by their long names; the command line goes before it")
        ->type_name("FILE");
    app.add_flag(
        "--check", options.check,
        "Say whether options and configuration (usually /etc/nsscope/nsscope.yaml) are good, and end");
}

GivenOptions::GivenOptions(const CLI::App& app) {
    for (const auto* option : app.get_options())
        if (option->count() > 0) given_.push_back({option->get_name(), option->results()});
}

Result<EventsOptions> GivenOptions::with_file(const std::string& file) const {
    EventsOptions options;
    CLI::App app;
    declare_events_options(app, options);
    for (const auto& given : given_) {
        auto* option = app.get_option_no_throw(given.name);
        if (option == nullptr) continue;
        option->add_result(given.results);
        option->run_callback(); // it has passed its checks before
    }
    options.config = file;
    if (auto taken = take_config(app, file); !taken) return Failure(taken.error());
    return options;
}

} // namespace nsscope
