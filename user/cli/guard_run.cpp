#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "cli/guard.hpp"
#include "cli/guard_names.hpp"
#include "cli/guard_policy.hpp"
#include "cli/privileges.hpp"
#include "cli/report.hpp"
#include "cli/stream.hpp"
#include "kernel/guard_reader.hpp"
#include "kernel/guard_status.hpp"
#include "scan/cgroup.hpp"

namespace nsscope {
namespace {

struct RunOptions {
    std::string policy;
    std::string cgroup;
    std::string format = "json";
    double duration_s = 0;
    std::uint64_t count = 0;
};

constexpr std::uint64_t watch_every_ns = 1'000'000'000;

int failed(const Error& error) {
    print_error(error);
    return exit_failed;
}

/// Tells of programs that somebody attaches meanwhile where they could undo a denial.
class Watch {
  public:
    explicit Watch(const GuardPlace& place) : place_(place) {}
    void look(std::uint32_t own) {
        const auto others = other_programs(place_.cgroup, own);
        if (!others) return; // what could not be seen now can be seen the next time
        std::vector<OtherProgram> fresh;
        for (const auto& other : *others)
            if (std::find(known_.begin(), known_.end(), other) == known_.end()) fresh.push_back(other);
        warn_of(fresh);
        known_ = *others;
    }

  private:
    const GuardPlace& place_;
    std::vector<OtherProgram> known_;
};

int run_guard(const RunOptions& options) {
    int status = exit_failed;
    const auto prepared = prepare_policy(options.policy, status);
    if (!prepared) return status;
    const auto stop = signals_as_fd();
    if (!stop) return failed(errno_failure("cannot take signals").value());
    const auto place = find_guard_place(options.cgroup);
    if (!place) return failed(place.error());
    auto held = hold_guard(*place, prepared->compiled, prepared->about);
    if (!held) return failed(held.error());
    auto reader = GuardReader::open(maps_of(held->object), "");
    if (!reader) return failed(reader.error());

    Watch watch(*place);
    NameWatch names_watch(prepared->policy, prepared->known, [&](const CompiledPolicy& compiled) {
        return replace_held(*held, compiled, prepared->about);
    });
    watch.look(program_id(held->object.program()));
    (*reader)->set_watch(
        [&] {
            if (needs_names(prepared->policy))
                if (const auto done = names_watch.look(); !done) print_error(done.error());
            watch.look(program_id(held->object.program()));
        },
        watch_every_ns);
    const auto cgroups = CgroupTree::find("/proc");
    Names names([&cgroups](std::uint64_t id) { return cgroups.path_of(id); });
    names.set_rules([&prepared](std::uint64_t policy, std::uint32_t rule) {
        return rule_name(prepared->about, policy, rule);
    });
    drop_privileges(to_guard());
    StreamOptions stream;
    if (options.count > 0) stream.count = options.count;
    if (options.duration_s > 0) stream.duration_ns = static_cast<std::uint64_t>(options.duration_s * 1e9);
    auto start = start_info();
    start.rung = "cgroup_sysctl";
    start.events = mask_of(EventType::sysctl_read) | mask_of(EventType::sysctl_write);
    return write_stream(**reader, names, start, stream, options.format, stop.get());
}

} // namespace

Command make_guard_run(CLI::App& guard) {
    auto options = std::make_shared<RunOptions>();
    auto* app =
        guard.add_subcommand("run", "Enforce a policy while this runs, and stream what containers write");
    app->add_option("POLICY", options->policy, "A policy file, or a directory of them")->required();
    add_cgroup_option(*app, options->cgroup);
    app->add_option("--format", options->format, "json (one object a line) or text (for people)")
        ->check(CLI::IsMember({"json", "text"}))
        ->capture_default_str();
    app->add_option("--duration", options->duration_s, "End after this many seconds")
        ->check(CLI::PositiveNumber);
    app->add_option("--count", options->count, "End after this many events")->check(CLI::PositiveNumber);
    return {app, [options] { return run_guard(*options); }};
}

} // namespace nsscope
