#include "cli/guard_policy.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <random>

#include "base/clock.hpp"
#include "cli/command.hpp"
#include "cli/guard_names.hpp"
#include "cli/report.hpp"
#include "kernel/guard_override.hpp"
#include "kernel/guard_status.hpp"
#include "policy/load.hpp"

namespace nsscope {
namespace {

/// Tells one policy from the next, also after a restart of the machine; never 0.
std::uint64_t new_generation() {
    std::random_device random;
    return (std::uint64_t{random()} << 32 | random()) | 1;
}

} // namespace

void add_cgroup_option(CLI::App& app, std::string& cgroup) {
    app.add_option("--cgroup", cgroup,
                   "Guard this cgroup and what is below, by its path from the root of the unified hierarchy, "
                   "instead of "
                   "all")
        ->check([](const std::string& text) {
            return text.starts_with('/') ? std::string() : "a cgroup's path begins with '/'";
        });
}

std::unique_ptr<PreparedPolicy> prepare_policy(const std::string& path, int& status) {
    auto policy = load_policy(path);
    if (!policy) {
        print_error(policy.error());
        status = policy.error().error_number != 0 ? exit_failed : exit_usage;
        return nullptr;
    }
    auto prepared = std::make_unique<PreparedPolicy>();
    if (needs_names(*policy)) {
        auto source = Source::auto_;
        auto known = find_known_containers(source);
        if (!known) {
            print_error(known.error());
            status = exit_failed;
            return nullptr;
        }
        prepared->known = std::move(*known);
    }
    auto compiled = compile(*policy, prepared->known);
    if (!compiled) {
        print_error(compiled.error());
        status = exit_usage;
        return nullptr;
    }
    prepared->compiled = std::move(*compiled);
    if (!prepared->compiled.overrides.empty() && !can_override())
        print_notice("this kernel does not store what an override says: such rules deny instead");
    auto& about = prepared->about;
    about.from = path;
    std::error_code ignored;
    about.directory = std::filesystem::current_path(ignored).string();
    about.since_ns = realtime_ns();
    about.generation = new_generation();
    about.audit_only = policy->audit_only;
    for (const auto& rule : policy->rules) about.rules.push_back(rule.name);
    prepared->policy = std::move(*policy);
    return prepared;
}

std::optional<std::string> rule_name(const GuardAbout& about, std::uint64_t policy, std::uint32_t rule) {
    if (policy != about.generation || rule >= about.rules.size()) return std::nullopt;
    return about.rules[rule];
}

std::optional<std::string> PinnedRuleNames::operator()(std::uint64_t policy, std::uint32_t rule) {
    auto found = policies_.find(policy);
    if (found == policies_.end()) {
        for (const auto& pins : pin_directories())
            if (const auto guard = open_pinned_guard(pins); guard && *guard) {
                auto about = about_of(**guard);
                policies_.insert_or_assign(about.generation, std::move(about));
            }
        // one that is not there any more is not looked for again
        found = policies_.try_emplace(policy).first;
    }
    return rule_name(found->second, policy, rule);
}

void warn_of(const std::vector<OtherProgram>& others) {
    for (const auto& other : others)
        if (other.runs_later)
            print_notice(fmt::format(
                "program {} ({}) runs after the guard at the same place or above; since Linux 5.18 such a "
                "program can undo a denial (bpf_set_retval)",
                other.id, other.name));
}

} // namespace nsscope
