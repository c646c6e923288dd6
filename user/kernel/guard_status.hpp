#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "events/event.hpp"
#include "kernel/guard.hpp"

namespace nsscope {

/// What one process did that one rule decided, or no rule.
struct GuardAttempt {
    std::uint64_t last_mono_ns = 0;
    std::uint64_t count = 0;
    std::uint32_t pid = 0; ///< as the initial pid namespace has it
    std::uint32_t uid = 0;
    std::uint64_t cgroup_id = 0;
    std::string comm;                 ///< raw bytes
    std::string sysctl;               ///< the last that it touched of those told; with slashes
    std::optional<std::string> value; ///< the beginning of what it wrote; nullopt: a read, or not known
    bool is_write = true;
    bool value_cut = false;
    std::size_t verdict = 0; ///< in verdict_names
    SysctlReason reason{};
    std::optional<std::uint32_t> rule; ///< its place in the policy
};

/// A program of somebody else at the place of a guard, or above it.
struct OtherProgram {
    std::uint32_t id = 0;
    std::string name;
    std::uint64_t cgroup_id = 0;
    bool runs_later = false; ///< so that it could undo a denial with bpf_set_retval(), 5.18 and later
    bool operator==(const OtherProgram&) const = default;
};

/// What is in force.
struct GuardStatus {
    std::string pins;
    std::uint64_t cgroup_id = 0; ///< 0: the cgroup is gone
    GuardAbout about;
    std::vector<std::uint64_t> hits; ///< by rule
    std::uint64_t by_default = 0, by_setup = 0, by_error = 0;
    std::vector<GuardAttempt> attempts; ///< the latest first, as far as they are remembered
    Counters counters;                  ///< since the first apply
    std::vector<std::string> missing; ///< links that are not there: runtimes are not recognised without them
    std::string why_no_lsm;           ///< why files are not judged where they are opened; empty: they are
    std::vector<OtherProgram> others;
};

/// nullopt: nothing is in force there.
[[nodiscard]] Result<std::optional<GuardStatus>> guard_status(const std::string& pins);

/// The programs on the hook of this cgroup and of those above it, but for `own` (a program's id).
/// Needs CAP_SYS_ADMIN.
[[nodiscard]] Result<std::vector<OtherProgram>> other_programs(const UniqueFd& cgroup, std::uint32_t own);

/// The id of a loaded program; 0: it cannot be told.
[[nodiscard]] std::uint32_t program_id(int program);

/// The counters of a guard, all CPUs together.
[[nodiscard]] Counters guard_counters(int map);

} // namespace nsscope
