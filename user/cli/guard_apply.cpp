#include <memory>
#include <string>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "cli/guard.hpp"
#include "cli/guard_names.hpp"
#include "cli/guard_policy.hpp"
#include "cli/report.hpp"
#include "cli/stream.hpp"
#include "kernel/guard_status.hpp"

namespace nsscope {
namespace {

struct ApplyOptions {
    std::string policy;
    std::string cgroup;
    bool follow = false;
};

constexpr int follow_every_ms = 1000;

int failed(const Error& error) {
    print_error(error);
    return exit_failed;
}

/// Until a signal comes, tells the policy which containers there are. What it was told last stays.
int follow_names(const GuardPlace& place, const PreparedPolicy& prepared) {
    const auto stop = signals_as_fd();
    if (!stop) return failed(errno_failure("cannot take signals").value());
    NameWatch watch(prepared.policy, prepared.known, [&](const CompiledPolicy& compiled) -> Result<void> {
        const auto now = open_pinned_guard(place.pins);
        if (!now) return Failure(now.error());
        if (!*now || about_of(**now).generation != prepared.about.generation)
            return Failure(
                Error{"another policy is in force now, or none", "this one is not followed any more"});
        return pin_guard(place, compiled, prepared.about);
    });
    pollfd wait{stop.get(), POLLIN, 0};
    while (::poll(&wait, 1, follow_every_ms) == 0)
        if (const auto done = watch.look(); !done) return failed(done.error());
    return exit_complete;
}

int run_apply(const ApplyOptions& options) {
    int status = exit_failed;
    const auto prepared = prepare_policy(options.policy, status);
    if (!prepared) return status;
    const auto place = find_guard_place(options.cgroup);
    if (!place) return failed(place.error());
    const auto mounted = make_pin_directory(*place);
    if (!mounted) return failed(mounted.error());
    if (*mounted) print_notice("mounted a BPF file system on /sys/fs/bpf, where the policy is kept");
    if (const auto pinned = pin_guard(*place, prepared->compiled, prepared->about); !pinned) {
        static_cast<void>(::rmdir(place->pins.c_str())); // if it is empty, it is ours
        return failed(pinned.error());
    }
    if (const auto now = guard_status(place->pins); now && *now) warn_of((*now)->others);
    if (!needs_names(prepared->policy)) return exit_complete;
    if (options.follow) return follow_names(*place, *prepared);
    print_notice(
        fmt::format("{} containers are known by their names now; of those that come later the names cannot "
                    "be told until the policy is applied again (see --follow)",
                    prepared->known.size()));
    return exit_complete;
}

int run_remove(const std::string& cgroup) {
    const auto place = find_guard_place(cgroup);
    if (!place) return failed(place.error());
    const auto removed = remove_guard(place->pins);
    if (!removed) return failed(removed.error());
    if (*removed) return exit_complete;
    return failed(Error{"no policy is in force", cgroup.empty() ? "" : "see 'nsscope guard status'"});
}

} // namespace

Command make_guard_apply(CLI::App& guard) {
    auto options = std::make_shared<ApplyOptions>();
    auto* app = guard.add_subcommand("apply", "Put a policy in force, and end: it stays until it is removed");
    app->add_option("POLICY", options->policy, "A policy file, or a directory of them")->required();
    add_cgroup_option(*app, options->cgroup);
    app->add_flag(
        "--follow", options->follow,
        "Where a rule speaks of names of containers, pods or Kubernetes namespaces: do not end, but tell the "
        "policy who they are whenever containers come and go");
    return {app, [options] { return run_apply(*options); }};
}

Command make_guard_remove(CLI::App& guard) {
    auto cgroup = std::make_shared<std::string>();
    auto* app = guard.add_subcommand("remove", "Take away the policy that is in force");
    add_cgroup_option(*app, *cgroup);
    return {app, [cgroup] { return run_remove(*cgroup); }};
}

} // namespace nsscope
