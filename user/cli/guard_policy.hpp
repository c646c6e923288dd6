#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/guard.hpp"
#include "kernel/guard_status.hpp"
#include "policy/compile.hpp"

namespace nsscope {

/// Adds --cgroup.
void add_cgroup_option(CLI::App& app, std::string& cgroup);

/// A policy file, ready to be put in force.
struct PreparedPolicy {
    Policy policy;
    std::vector<KnownContainer> known; ///< empty where no rule needs names
    CompiledPolicy compiled;
    GuardAbout about;
};
/// On failure says why on standard error; the exit status is then `status`: 2 where the policy is bad, else 1.
[[nodiscard]] std::unique_ptr<PreparedPolicy> prepare_policy(const std::string& path, int& status);

/// Which rules a policy has, for the names in events.
[[nodiscard]] std::optional<std::string> rule_name(const GuardAbout& about, std::uint64_t policy,
                                                   std::uint32_t rule);

/// The names of the rules of all policies that are pinned, also of one that is put in force meanwhile.
class PinnedRuleNames {
  public:
    [[nodiscard]] std::optional<std::string> operator()(std::uint64_t policy, std::uint32_t rule);

  private:
    std::map<std::uint64_t, GuardAbout> policies_;
};

/// Says which programs of others could undo a denial.
void warn_of(const std::vector<OtherProgram>& others);

} // namespace nsscope
