#include <algorithm>
#include <numeric>
#include <optional>

#include "cli/guard_view.hpp"
#include "output/json_fields.hpp"

namespace nsscope {
namespace {

constexpr std::string_view status_schema = "nsscope.guard-status/1";

std::uint64_t sum(const std::array<std::uint64_t, event_type_count>& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::optional<std::string> rule_name(const GuardStatus& status, std::size_t rule) {
    if (rule >= status.about.rules.size()) return std::nullopt;
    return status.about.rules[rule];
}

void time_field(JsonWriter& json, std::string_view key, std::int64_t epoch_ns) {
    json.key(key);
    json.value_time(epoch_ns);
}

void cgroup_field(JsonWriter& json, std::string_view key, std::uint64_t id, const GuardView& view) {
    object_field(json, key, [&] {
        field(json, "id", id);
        field(json, "path", view.cgroups.path_of(id));
    });
}

void put_policy(JsonWriter& json, const GuardStatus& status) {
    object_field(json, "policy", [&] {
        field(json, "from", status.about.from);
        field(json, "directory", status.about.directory);
        time_field(json, "since", status.about.since_ns);
        field(json, "mode", status.about.audit_only ? "audit" : "enforce");
    });
    std::size_t rule = 0;
    objects_field(json, "rules", status.hits, [&](std::uint64_t hits) {
        field(json, "name", rule_name(status, rule++));
        field(json, "hits", hits);
    });
    object_field(json, "no_rule", [&] {
        field(json, "default", status.by_default);
        field(json, "runtime_setup", status.by_setup);
        field(json, "error", status.by_error);
    });
}

void put_attempt(JsonWriter& json, const GuardAttempt& attempt, const GuardStatus& status,
                 const GuardView& view) {
    time_field(json, "time", view.time_of(attempt.last_mono_ns));
    field(json, "count", attempt.count);
    field(json, "pid", attempt.pid);
    field(json, "uid", attempt.uid);
    field(json, "comm", attempt.comm);
    cgroup_field(json, "cgroup", attempt.cgroup_id, view);
    field(json, "operation", attempt.is_write ? "write" : "read");
    field(json, "sysctl", attempt.sysctl);
    field(json, "new", attempt.value ? std::optional(without_line_ends(*attempt.value)) : std::nullopt);
    field(json, "truncated", attempt.value_cut);
    field(json, "verdict", verdict_names[attempt.verdict]);
    field(json, "reason", sysctl_reason_names[static_cast<std::size_t>(attempt.reason)]);
    field(json, "rule", attempt.rule ? rule_name(status, *attempt.rule) : std::nullopt);
}

void put_guard(JsonWriter& json, const GuardStatus& status, const GuardView& view) {
    field(json, "pins", status.pins);
    if (status.cgroup_id != 0)
        cgroup_field(json, "cgroup", status.cgroup_id, view);
    else
        null_field(json, "cgroup");
    put_policy(json, status);
    const std::vector told(status.attempts.begin(),
                           status.attempts.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                         status.attempts.size(), most_told_attempts)));
    objects_field(json, "attempts", told,
                  [&](const GuardAttempt& attempt) { put_attempt(json, attempt, status, view); });
    object_field(json, "records", [&] {
        field(json, "produced", produced(status.counters));
        field(json, "lost", lost(status.counters));
    });
    field(json, "missing", status.missing);
    object_field(json, "lsm", [&] {
        field(json, "in_force", status.why_no_lsm.empty());
        text_field(json, "why_not", status.why_no_lsm);
    });
    objects_field(json, "programs", status.others, [&](const OtherProgram& other) {
        field(json, "id", other.id);
        field(json, "name", other.name);
        cgroup_field(json, "cgroup", other.cgroup_id, view);
        field(json, "runs_later", other.runs_later);
    });
}

} // namespace

std::uint64_t produced(const Counters& counters) { return sum(counters.produced); }

std::uint64_t lost(const Counters& counters) {
    std::uint64_t all = 0;
    for (const auto& cause : counters.lost) all += sum(cause);
    return all;
}

std::string guard_status_json(const std::vector<GuardStatus>& guards, const GuardView& view) {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    field(json, "schema", status_schema);
    objects_field(json, "guards", guards, [&](const GuardStatus& status) { put_guard(json, status, view); });
    json.end_object();
    return out + "\n";
}

} // namespace nsscope
