#include <memory>
#include <numeric>
#include <string>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/guard.hpp"
#include "cli/guard_policy.hpp"
#include "cli/report.hpp"
#include "kernel/guard_status.hpp"
#include "scan/cgroup.hpp"

namespace nsscope {
namespace {

constexpr std::string_view status_schema = "nsscope.guard-status/1";
constexpr std::size_t most_attempts = 20;

struct StatusOptions {
    std::string cgroup;
    bool json = false;
};

/// What is read of a status with the cgroups' names at hand, and the clock.
struct View {
    const CgroupTree& cgroups;
    std::int64_t clock_offset; // CLOCK_REALTIME - CLOCK_MONOTONIC

    [[nodiscard]] std::int64_t time_of(std::uint64_t mono_ns) const {
        return static_cast<std::int64_t>(mono_ns) + clock_offset;
    }
};

std::uint64_t sum(const std::array<std::uint64_t, event_type_count>& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::uint64_t lost(const Counters& counters) {
    std::uint64_t all = 0;
    for (const auto& cause : counters.lost) all += sum(cause);
    return all;
}

std::string trimmed(const std::string& value) { return value.substr(0, value.find_last_not_of('\n') + 1); }

void write_cgroup(JsonWriter& json, std::uint64_t id, const View& view) {
    const auto path = view.cgroups.path_of(id);
    json.begin_object();
    json.key("id");
    json.value_u64_string(id);
    json.key("path");
    if (path)
        json.value(*path);
    else
        json.null();
    json.end_object();
}

void write_policy(JsonWriter& json, const GuardStatus& status) {
    json.key("policy");
    json.begin_object();
    json.key("from");
    json.value(status.about.from);
    json.key("directory");
    json.value(status.about.directory);
    json.key("since");
    json.value_time(status.about.since_ns);
    json.key("mode");
    json.value(status.about.audit_only ? "audit" : "enforce");
    json.end_object();
    json.key("rules");
    json.begin_array();
    for (std::size_t i = 0; i < status.hits.size(); i++) {
        json.begin_object();
        json.key("name");
        if (i < status.about.rules.size())
            json.value(status.about.rules[i]);
        else
            json.null();
        json.key("hits");
        json.value_u64_string(status.hits[i]);
        json.end_object();
    }
    json.end_array();
    json.key("no_rule");
    json.begin_object();
    json.key("default");
    json.value_u64_string(status.by_default);
    json.key("runtime_setup");
    json.value_u64_string(status.by_setup);
    json.key("error");
    json.value_u64_string(status.by_error);
    json.end_object();
}

void write_attempt(JsonWriter& json, const GuardAttempt& attempt, const GuardStatus& status,
                   const View& view) {
    json.begin_object();
    json.key("time");
    json.value_time(view.time_of(attempt.last_mono_ns));
    json.key("count");
    json.value_u64_string(attempt.count);
    json.key("pid");
    json.value(attempt.pid);
    json.key("uid");
    json.value(attempt.uid);
    json.key("comm");
    json.value(attempt.comm);
    json.key("cgroup");
    write_cgroup(json, attempt.cgroup_id, view);
    json.key("operation");
    json.value(attempt.is_write ? "write" : "read");
    json.key("sysctl");
    json.value(attempt.sysctl);
    json.key("new");
    if (attempt.is_write)
        json.value(trimmed(attempt.value));
    else
        json.null();
    json.key("truncated");
    json.value(attempt.value_cut);
    json.key("verdict");
    json.value(verdict_names[attempt.verdict]);
    json.key("reason");
    json.value(sysctl_reason_names[static_cast<std::size_t>(attempt.reason)]);
    json.key("rule");
    if (attempt.rule && *attempt.rule < status.about.rules.size())
        json.value(status.about.rules[*attempt.rule]);
    else
        json.null();
    json.end_object();
}

void write_guard(JsonWriter& json, const GuardStatus& status, const View& view) {
    json.begin_object();
    json.key("pins");
    json.value(status.pins);
    json.key("cgroup");
    if (status.cgroup_id != 0)
        write_cgroup(json, status.cgroup_id, view);
    else
        json.null();
    write_policy(json, status);
    json.key("attempts");
    json.begin_array();
    for (std::size_t i = 0; i < status.attempts.size() && i < most_attempts; i++)
        write_attempt(json, status.attempts[i], status, view);
    json.end_array();
    json.key("records");
    json.begin_object();
    json.key("produced");
    json.value_u64_string(sum(status.counters.produced));
    json.key("lost");
    json.value_u64_string(lost(status.counters));
    json.end_object();
    json.key("missing");
    json.begin_array();
    for (const auto& name : status.missing) json.value(name);
    json.end_array();
    json.key("programs");
    json.begin_array();
    for (const auto& other : status.others) {
        json.begin_object();
        json.key("id");
        json.value(other.id);
        json.key("name");
        json.value(other.name);
        json.key("cgroup");
        write_cgroup(json, other.cgroup_id, view);
        json.key("runs_later");
        json.value(other.runs_later);
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

std::string to_json(const std::vector<GuardStatus>& guards, const View& view) {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    json.key("schema");
    json.value(status_schema);
    json.key("guards");
    json.begin_array();
    for (const auto& status : guards) write_guard(json, status, view);
    json.end_array();
    json.end_object();
    return out + "\n";
}

std::string cgroup_text(std::uint64_t id, const View& view) {
    const auto path = view.cgroups.path_of(id);
    return path ? to_printable(*path) : fmt::format("(cgroup {})", id);
}

std::string rule_text(const GuardAttempt& attempt, const GuardStatus& status) {
    const auto reason = sysctl_reason_names[static_cast<std::size_t>(attempt.reason)];
    if (!attempt.rule || *attempt.rule >= status.about.rules.size()) return std::string(reason);
    const auto rule = to_printable(status.about.rules[*attempt.rule]);
    return attempt.reason == SysctlReason::rule ? rule : fmt::format("{}, {}", rule, reason);
}

std::string to_text(const GuardStatus& status, const View& view) {
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
    out += fmt::format("  records {} produced, {} lost\n\n      HITS RULE\n", sum(status.counters.produced),
                       lost(status.counters));
    for (std::size_t i = 0; i < status.hits.size(); i++)
        out += fmt::format("{:>10} {}\n", status.hits[i],
                           i < status.about.rules.size() ? to_printable(status.about.rules[i]) : "?");
    out += fmt::format("{:>10} (no rule)\n{:>10} (set up by a runtime)\n{:>10} (could not be judged)\n",
                       status.by_default, status.by_setup, status.by_error);
    if (!status.attempts.empty()) out += "\nLAST\n";
    for (std::size_t i = 0; i < status.attempts.size() && i < most_attempts; i++) {
        const auto& attempt = status.attempts[i];
        out += fmt::format("{} {}[{}] {} {} {}{} {} times: {} by {}\n",
                           rfc3339(view.time_of(attempt.last_mono_ns)), to_printable(attempt.comm),
                           attempt.pid, cgroup_text(attempt.cgroup_id, view), to_printable(attempt.sysctl),
                           attempt.is_write ? "= " + to_printable(trimmed(attempt.value)) : "(read)",
                           attempt.value_cut ? "..." : "", attempt.count, verdict_names[attempt.verdict],
                           rule_text(attempt, status));
    }
    if (!status.others.empty()) out += "\nOTHER PROGRAMS ON THE HOOK\n";
    for (const auto& other : status.others)
        out += fmt::format("{:>6} {:<16} {}{}\n", other.id, to_printable(other.name),
                           cgroup_text(other.cgroup_id, view),
                           other.runs_later ? " (runs later: could undo a denial, since Linux 6.1)" : "");
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
    const View view{cgroups, realtime_ns() - static_cast<std::int64_t>(monotonic_ns())};
    if (options.json) return write_answer(to_json(guards, view), exit_complete);
    std::string text;
    for (const auto& status : guards) text += (text.empty() ? "" : "\n") + to_text(status, view);
    return write_answer(guards.empty() ? "no policy is in force\n" : text, exit_complete);
}

} // namespace

Command make_guard_status(CLI::App& guard) {
    auto options = std::make_shared<StatusOptions>();
    auto* app = guard.add_subcommand("status", "Show which policy is in force, and what it did");
    add_cgroup_option(*app, options->cgroup);
    app->add_flag("--json", options->json, "As JSON");
    return {app, [options] { return run_status(*options); }};
}

} // namespace nsscope
