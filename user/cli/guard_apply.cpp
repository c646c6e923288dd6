#include <array>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/guard.hpp"
#include "cli/guard_names.hpp"
#include "cli/guard_policy.hpp"
#include "cli/report.hpp"
#include "cli/service.hpp"
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

Result<void> put_in_force(const GuardPlace& place, const PreparedPolicy& prepared) {
    const auto mounted = make_pin_directory(place);
    if (!mounted) return Failure(mounted.error());
    if (*mounted) print_notice("mounted a BPF file system on /sys/fs/bpf, where the policy is kept");
    auto pinned = pin_guard(place, prepared.compiled, prepared.about);
    if (!pinned) static_cast<void>(::rmdir(place.pins.c_str())); // if it is empty, it is ours
    return pinned;
}

/// What is told of containers goes into the policy that is in force as long as that is ours.
NameWatch watch_names(const GuardPlace& place, const PreparedPolicy& prepared, bool& removed) {
    return {
        prepared.policy, prepared.known, [&](const CompiledPolicy& compiled) -> Result<void> {
            const auto now = open_pinned_guard(place.pins);
            if (!now) return Failure(now.error());
            removed = !*now;
            if (removed) return {};
            if (about_of(**now).generation != prepared.about.generation)
                return Failure(Error{"another policy is in force now", "this one is not followed any more"});
            return pin_guard(place, compiled, prepared.about);
        }};
}

/// Until a signal comes, tells the policy which containers there are; at SIGHUP, reads it again. What is in force stays
/// when that fails, and when this ends.
int follow(const ApplyOptions& options, const UniqueFd& hangup, const GuardPlace& place,
           std::unique_ptr<PreparedPolicy> prepared) {
    const auto stop = signals_as_fd();
    if (!stop || !hangup) return failed(errno_failure("cannot take signals").value());
    const ServiceManager service;
    service.ready();
    while (true) {
        bool removed = false;
        auto watch = watch_names(place, *prepared, removed);
        std::array<pollfd, 2> wait{{{stop.get(), POLLIN, 0}, {hangup.get(), POLLIN, 0}}};
        const int patience_ms = needs_names(prepared->policy) ? follow_every_ms : -1;
        while (::poll(wait.data(), wait.size(), patience_ms) == 0) {
            if (const auto done = watch.look(); !done) return failed(done.error());
            if (!removed) continue;
            print_notice("the policy was removed");
            return exit_complete;
        }
        if (wait[0].revents != 0) return exit_complete;
        signalfd_siginfo taken{};
        static_cast<void>(::read(hangup.get(), &taken, sizeof taken));
        int status = exit_failed;
        auto fresh = prepare_policy(options.policy, status);
        if (!fresh) continue; // that was said
        if (const auto done = put_in_force(place, *fresh); !done)
            print_error(done.error());
        else
            prepared = std::move(fresh);
    }
}

int run_apply(const ApplyOptions& options) {
    int status = exit_failed;
    auto prepared = prepare_policy(options.policy, status);
    if (!prepared) return status;
    const auto place = find_guard_place(options.cgroup);
    if (!place) return failed(place.error());
    UniqueFd hangup; // taken before the policy is in force: who sees that it is may send one
    if (options.follow) hangup = hangup_as_fd();
    if (const auto done = put_in_force(*place, *prepared); !done) return failed(done.error());
    if (const auto now = guard_status(place->pins); now && *now) warn_of((*now)->others);
    if (options.follow) return follow(options, hangup, *place, std::move(prepared));
    if (needs_names(prepared->policy))
        print_notice(fmt::format(
            "{} containers are known by their names now; of those that come later the names cannot "
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
    app->add_flag("--follow", options->follow,
                  "Do not end: tell the policy, where a rule speaks of names of containers, pods or "
                  "Kubernetes namespaces, "
                  "who they are whenever containers come and go; and read it again at SIGHUP");
    return {app, [options] { return run_apply(*options); }};
}

Command make_guard_remove(CLI::App& guard) {
    auto cgroup = std::make_shared<std::string>();
    auto* app = guard.add_subcommand("remove", "Take away the policy that is in force");
    add_cgroup_option(*app, *cgroup);
    return {app, [cgroup] { return run_remove(*cgroup); }};
}

} // namespace nsscope
