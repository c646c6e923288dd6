#include "policy/compile.hpp"

#include <algorithm>

#include "policy/compile_names.hpp"

namespace nsscope {
namespace {

std::uint8_t action_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::allow: return NSSCOPE_GUARD_ALLOW;
    case Verdict::audit: return NSSCOPE_GUARD_AUDIT;
    case Verdict::override: return NSSCOPE_GUARD_OVERRIDE;
    case Verdict::deny: break;
    }
    return NSSCOPE_GUARD_DENY;
}

nsscope_guard_candidate candidate_of(const Rule& rule, std::size_t index) {
    nsscope_guard_candidate candidate{};
    candidate.rule = static_cast<std::uint32_t>(index);
    const auto set = [&candidate](bool on, unsigned flag) {
        if (on) candidate.flags = static_cast<std::uint8_t>(candidate.flags | flag);
    };
    set(rule.reads, NSSCOPE_GUARD_READS);
    set(rule.writes, NSSCOPE_GUARD_WRITES);
    set(rule.action == Verdict::deny, NSSCOPE_GUARD_DENIES);
    set(rule.value.has_value(), NSSCOPE_GUARD_CONDITIONAL);
    return candidate;
}

} // namespace

Result<CompiledPolicy> compile(const Policy& policy, std::span<const KnownContainer> known) {
    CompiledPolicy out;
    out.config.abi = NSSCOPE_GUARD_ABI;
    out.config.nr_rules = static_cast<std::uint32_t>(policy.rules.size());
    out.config.default_action = action_of(policy.default_action);
    out.config.on_error = action_of(policy.on_error);
    out.config.audit_only = policy.audit_only;
    out.config.judge_setup = policy.judge_setup;
    out.config.has_reads =
        std::any_of(policy.rules.begin(), policy.rules.end(), [](const auto& rule) { return rule.reads; });

    RuleCandidates rules;
    for (std::size_t i = 0; i < policy.rules.size(); ++i) rules.push_back(candidate_of(policy.rules[i], i));
    if (auto done = compile_scopes(policy, known, rules, out); !done) return Failure(done.error());
    compile_values(policy, out);
    for (std::size_t i = 0; i < policy.rules.size(); ++i)
        out.rules[i].action = action_of(policy.rules[i].action);
    if (auto done = compile_names(policy, rules, out); !done) return Failure(done.error());
    return out;
}

} // namespace nsscope
