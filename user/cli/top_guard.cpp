#include "cli/top_guard.hpp"

#include <functional>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "cli/guard_view.hpp"
#include "kernel/guard_place.hpp"

namespace nsscope {
namespace {

constexpr std::size_t most_attempts = 50;

/// Puts the lines of one guard behind each other.
class Teller {
  public:
    Teller(std::vector<tui::GuardLine>& lines, const GuardStatus& status, const CgroupTree& cgroups)
        : lines_(lines), status_(status), cgroups_(cgroups),
          clock_offset_(realtime_ns() - static_cast<std::int64_t>(monotonic_ns())) {}

    void tell() {
        const auto& about = status_.about;
        const auto top =
            add(tui::none, "",
                fmt::format("{} {} on {}, since {}", about.audit_only ? "audits" : "enforces",
                            to_printable(about.from), cgroup(status_.cgroup_id), rfc3339(about.since_ns)));
        for (const auto& name : status_.missing)
            add(top, "missing " + name,
                fmt::format("MISSING {}: runtimes are not told from what they run; apply again", name));
        const auto rules = add(top, "rules", fmt::format("rules ({})", status_.hits.size()));
        for (std::size_t i = 0; i < status_.hits.size(); ++i)
            add(rules, fmt::format("rule {}", i), rule(i), status_.hits[i]);
        add(rules, "default", "(no rule)", status_.by_default);
        add(rules, "setup", "(set up by a runtime)", status_.by_setup);
        add(rules, "error", "(could not be judged)", status_.by_error);
        const auto last = add(top, "last", fmt::format("last ({})", status_.attempts.size()));
        for (std::size_t i = 0; i < status_.attempts.size() && i < most_attempts; ++i)
            attempt(last, status_.attempts[i]);
    }

  private:
    std::uint32_t add(std::uint32_t parent, const std::string& name, std::string text,
                      std::optional<std::uint64_t> hits = {}, std::uint32_t pid = 0) {
        lines_.push_back({.id = std::hash<std::string>()(status_.pins + '\n' + name),
                          .parent = parent,
                          .text = std::move(text),
                          .hits = hits,
                          .pid = static_cast<pid_t>(pid)});
        return static_cast<std::uint32_t>(lines_.size() - 1);
    }

    void attempt(std::uint32_t parent, const GuardAttempt& attempt) {
        const auto who = attempt.rule
                             ? rule(*attempt.rule)
                             : std::string(sysctl_reason_names[static_cast<std::size_t>(attempt.reason)]);
        auto text = fmt::format("{} {} {}[{}] {} {} by {}",
                                rfc3339(static_cast<std::int64_t>(attempt.last_mono_ns) + clock_offset_),
                                verdict_names[attempt.verdict], to_printable(attempt.comm), attempt.pid,
                                to_printable(attempt.sysctl), deed_of(attempt), who);
        if (attempt.cgroup_id != 0) text += " in " + cgroup(attempt.cgroup_id);
        add(parent, fmt::format("{} {} {}", attempt.pid, attempt.cgroup_id, who), std::move(text),
            attempt.count, attempt.pid);
    }

    [[nodiscard]] std::string rule(std::size_t place) const {
        const auto& rules = status_.about.rules;
        return place < rules.size() ? to_printable(rules[place]) : fmt::format("rule {}", place + 1);
    }

    [[nodiscard]] std::string cgroup(std::uint64_t id) const {
        if (id == 0) return "a cgroup that is gone";
        const auto path = cgroups_.path_of(id);
        return path ? to_printable(*path) : fmt::format("cgroup {}", id);
    }

    std::vector<tui::GuardLine>& lines_;
    const GuardStatus& status_;
    const CgroupTree& cgroups_;
    std::int64_t clock_offset_; // CLOCK_REALTIME - CLOCK_MONOTONIC
};

} // namespace

Result<std::vector<tui::GuardLine>> guard_lines(const CgroupTree& cgroups) {
    std::vector<tui::GuardLine> lines;
    for (const auto& pins : pin_directories()) {
        const auto status = guard_status(pins);
        if (!status) return Failure(status.error());
        if (*status) Teller(lines, **status, cgroups).tell();
    }
    return lines;
}

} // namespace nsscope
