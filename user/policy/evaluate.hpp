#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/identity.hpp"
#include "policy/policy.hpp"

namespace nsscope {

/// Who writes or reads.
struct Subject {
    std::string cgroup = "/";   ///< path in the unified hierarchy
    bool namespaced = false;    ///< its pid or its user namespace is not the initial one
    std::uint32_t net = 0;      ///< its network namespace
    bool runtime_setup = false; ///< a container runtime that sets a container up, before the workload's exec
};

/// The network namespace that a setting below net/ belongs to, where that is not the writer's own.
struct Target {
    std::uint32_t net = 0;
    bool initial = false; ///< it is the initial one
};

/// An access as the guard meets it.
struct Access {
    Operation operation = Operation::write;
    std::string name{};         ///< with slashes, as the kernel has it
    std::string written{};      ///< all bytes that are to be written
    std::string old{};          ///< the value before, as a read would show it
    std::uint64_t position = 0; ///< of the file
    std::size_t holds = 0;      ///< bytes that the setting can hold (ctl_table.maxlen); 0: not known
    std::optional<Target> target{};
};

/// Why a rule that names the setting does or does not decide.
struct Step {
    enum class Outcome {
        decides,
        decides_untold, ///< it denies, and its scope or its condition cannot be told
        operation,      ///< it is about another operation
        scope,
        value,
        untold, ///< its scope or its condition cannot be told, and it does not deny
    };
    std::size_t rule = 0;    ///< in Policy::rules
    std::string alias{};     ///< the name of the setting by which it is meant, where that is not Access::name
    bool for_target = false; ///< judged for the network namespace that the setting belongs to
    Outcome outcome = Outcome::decides;
};

struct Decision {
    enum class Reason {
        rule,
        runtime_setup,
        default_action,
        unjudged, ///< no rule, and `default` is not about it: a read, or not a container
        error,    ///< the access cannot be looked at: `what`, and on_error decides
    };
    Verdict verdict = Verdict::allow; ///< mode: audit taken into account
    Verdict judged = Verdict::allow;  ///< not taken into account
    Reason reason = Reason::unjudged;
    std::optional<std::size_t> rule{}; ///< that decided, in Policy::rules
    bool does_not_fit = false;         ///< denied, because the override does not fit
    std::string what{};                ///< Reason::error
};

/// What the policy says of an access: the meaning of a policy, in one place, with no regard to speed. The kernel program
/// decides the same (bpf/guard.h). Takes any access; never fails.
/// `known`: the containers of which user space knew the names when the policy was put in force.
/// `steps`, where given, gets every rule that names the setting, up to the one that decides.
[[nodiscard]] Decision evaluate(const Policy& policy, const Subject& subject, const Access& access,
                                std::span<const KnownContainer> known, std::vector<Step>* steps = nullptr);

/// Does the rule name this setting, or by which other name of it? nullopt: it does not. Empty: it does.
struct Named {
    std::string alias{};
    bool same_unit = true;
};
[[nodiscard]] std::optional<Named> names_setting(const Rule& rule, std::string_view name);

/// Does the condition hold for what is written?
[[nodiscard]] Truth holds_for_value(const ValueCondition& condition, const Access& access);

/// What is stored instead: `replacement`, padded with newlines to the length of what was written. nullopt: it does not fit.
[[nodiscard]] std::optional<std::string> fit_override(std::string_view replacement, const Access& access);

} // namespace nsscope
