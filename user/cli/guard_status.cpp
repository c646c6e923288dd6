#include <memory>
#include <string>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "cli/guard.hpp"
#include "cli/guard_policy.hpp"
#include "cli/guard_view.hpp"
#include "cli/report.hpp"

namespace nsscope {
namespace {

struct StatusOptions {
    std::string cgroup;
    bool json = false;
};

std::string cgroup_text(std::uint64_t id, const GuardView& view) {
    const auto path = view.cgroups.path_of(id);
    return path ? to_printable(*path) : fmt::format("(cgroup {})", id);
}

std::string rule_text(const GuardAttempt& attempt, const GuardStatus& status) {
    const auto reason = sysctl_reason_names[static_cast<std::size_t>(attempt.reason)];
    if (!attempt.rule || *attempt.rule >= status.about.rules.size()) return std::string(reason);
    const auto rule = to_printable(status.about.rules[*attempt.rule]);
    return attempt.reason == SysctlReason::rule ? rule : fmt::format("{}, {}", rule, reason);
}

std::string to_text(const GuardStatus& status, const GuardView& view) {
    std::string out = fmt::format("{} {} since {}\n", status.about.audit_only ? "audits" : "enforces",
                                  to_printable(status.about.from), rfc3339(status.about.since_ns));
    if (status.cgroup_id == 0)
        out += "  the cgroup that it guarded is gone\n";
    else
        out += fmt::format("  guards  {} and below\n", cgroup_text(status.cgroup_id, view));
    out += fmt::format("  pinned  {}\n", to_printable(status.pins));
    for (const auto& name : status.missing)
        out +=
            fmt::format("  MISSING {}/{}: container runtimes are not told from what they run; apply again\n",
                        to_printable(status.pins), name);
    out += fmt::format("  lsm     {}\n", status.why_no_lsm.empty()
                                             ? "files are judged where they are opened, too"
                                             : "not in force: " + to_printable(status.why_no_lsm));
    out += fmt::format("  records {} produced, {} lost\n\n      HITS RULE\n", produced(status.counters),
                       lost(status.counters));
    for (std::size_t i = 0; i < status.hits.size(); i++)
        out += fmt::format("{:>10} {}\n", status.hits[i],
                           i < status.about.rules.size() ? to_printable(status.about.rules[i]) : "?");
    out += fmt::format("{:>10} (no rule)\n{:>10} (set up by a runtime)\n{:>10} (could not be judged)\n",
                       status.by_default, status.by_setup, status.by_error);
    if (!status.attempts.empty()) out += "\nLAST\n";
    for (std::size_t i = 0; i < status.attempts.size() && i < most_told_attempts; i++) {
        const auto& attempt = status.attempts[i];
        out +=
            fmt::format("{} {}[{}] {} {} {} {} times: {} by {}\n",
                        rfc3339(view.time_of(attempt.last_mono_ns)), to_printable(attempt.comm), attempt.pid,
                        cgroup_text(attempt.cgroup_id, view), to_printable(attempt.sysctl), deed_of(attempt),
                        attempt.count, verdict_names[attempt.verdict], rule_text(attempt, status));
    }
    if (!status.others.empty()) out += "\nOTHER PROGRAMS ON THE HOOK\n";
    for (const auto& other : status.others)
        out += fmt::format("{:>6} {:<16} {}{}\n", other.id, to_printable(other.name),
                           cgroup_text(other.cgroup_id, view),
                           other.runs_later ? " (runs later: could undo a denial, since Linux 5.18)" : "");
    return out;
}

int run_status(const StatusOptions& options) {
    std::vector<std::string> directories;
    if (options.cgroup.empty()) {
        directories = pin_directories();
    } else {
        const auto place = find_guard_place(options.cgroup);
        if (!place) {
            print_error(place.error());
            return exit_failed;
        }
        directories.push_back(place->pins);
    }
    std::vector<GuardStatus> guards;
    for (const auto& pins : directories) {
        auto status = guard_status(pins);
        if (!status) {
            print_error(status.error());
            return exit_failed;
        }
        if (*status) guards.push_back(std::move(**status));
    }
    const auto cgroups = CgroupTree::find("/proc");
    const GuardView view{cgroups, realtime_ns() - static_cast<std::int64_t>(monotonic_ns())};
    if (options.json) return write_answer(guard_status_json(guards, view), exit_complete);
    std::string text;
    for (const auto& status : guards) text += (text.empty() ? "" : "\n") + to_text(status, view);
    return write_answer(guards.empty() ? "no policy is in force\n" : text, exit_complete);
}

} // namespace

std::string deed_of(const GuardAttempt& attempt) {
    if (!attempt.value) return attempt.is_write ? "(write)" : "(read)";
    return fmt::format("= {}{}", to_printable(without_line_ends(*attempt.value)),
                       attempt.value_cut ? "..." : "");
}

Command make_guard_status(CLI::App& guard) {
    auto options = std::make_shared<StatusOptions>();
    auto* app = guard.add_subcommand("status", "Show which policy is in force, and what it did");
    add_cgroup_option(*app, options->cgroup);
    app->add_flag("--json", options->json, "As JSON");
    return {app, [options] { return run_status(*options); }};
}

} // namespace nsscope
