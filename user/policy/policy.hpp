#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/name.hpp"
#include "policy/number.hpp"

namespace nsscope {

/// Where something stands in a policy file.
struct PolicyPlace {
    std::size_t file = 0; ///< in Policy::files
    int line = 0;         ///< from 1
    int column = 0;       ///< from 1
    bool operator==(const PolicyPlace&) const = default;
};

/// What happens to an access, from mild to strict.
enum class Verdict {
    allow,
    audit,    ///< allowed, and told
    override, ///< the policy's value is stored instead
    deny,
};

enum class Operation {
    read,
    write
};

/// Whom a rule is about.
struct Scope {
    enum class Kind {
        all,
        containers,
        host,                 ///< whoever is in no container
        cgroup,               ///< `text`: the path of a cgroup, without a slash at the end; it and all below
        container,            ///< `text`: the beginning of an id, or a whole id or name
        pod,                  ///< `text`: a uid or a name; `ns` may restrict it to a Kubernetes namespace
        kubernetes_namespace, ///< `text`
        net,                  ///< `inum`: of a network namespace
    };
    Kind kind = Kind::containers;
    std::string text{};
    std::string ns{};
    std::uint32_t inum = 0;
    bool operator==(const Scope&) const = default;
};

/// A condition on what is written; everything that is set must hold. At least one thing is.
struct ValueCondition {
    std::uint8_t element = 0; ///< of a vector; numbers only
    std::optional<Number> min{};
    std::optional<Number> max{};
    std::optional<std::vector<Number>> in{};
    std::optional<std::vector<Number>> not_in{}; ///< never with `in`
    std::vector<std::string> matches{};          ///< globs; one of them must match the text. Empty: not asked
    std::vector<std::string> matches_not{};      ///< none of them may match; never with `matches`

    [[nodiscard]] bool asks_number() const { return min || max || in || not_in; }
    [[nodiscard]] bool asks_text() const { return !matches.empty() || !matches_not.empty(); }
    bool operator==(const ValueCondition&) const = default;
};

struct Rule {
    std::string name{};  ///< unique in the policy
    PolicyPlace place{}; ///< of its name
    std::vector<NamePattern> sysctls{};
    std::vector<PolicyPlace> sysctl_places{}; ///< as many as sysctls
    Scope scope{};
    bool reads = false;
    bool writes = true;
    std::optional<ValueCondition> value{}; ///< only without reads
    Verdict action = Verdict::deny;
    std::string replacement{}; ///< action override: what is stored; only without reads
};

/// What parse_policy() makes of one file or several.
struct Policy {
    std::vector<std::string> files{};
    bool audit_only = false;                 ///< mode: audit
    Verdict default_action = Verdict::allow; ///< for writes of containers; never override
    Verdict on_error = Verdict::deny;        ///< allow or deny
    bool judge_setup = false;                ///< runtime_setup: judge
    std::vector<Rule> rules{};
};

[[nodiscard]] std::string_view to_string(Verdict verdict);
[[nodiscard]] std::string_view to_string(Operation operation);
/// As it is written in a policy: "containers", "{cgroup: /a}".
[[nodiscard]] std::string to_string(const Scope& scope);
/// "FILE:LINE:COLUMN".
[[nodiscard]] std::string to_string(const Policy& policy, const PolicyPlace& place);

} // namespace nsscope
