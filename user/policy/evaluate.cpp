#include "policy/evaluate.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "policy/alias.hpp"
#include "policy/glob.hpp"

namespace nsscope {
namespace {

constexpr std::size_t longest_judged_text = 1024;
constexpr std::size_t deepest_cgroup = 32;

/// Whom a rule's scope is asked of: the writer, or (subject empty) the network namespace of the setting.
struct Party {
    const Subject* subject;
    const Access* access;
    std::span<const KnownContainer> known;
};

Truth truth(bool holds) { return holds ? Truth::yes : Truth::no; }

bool is_in_container(const Subject& subject) {
    return subject.namespaced || identify(split_cgroup(subject.cgroup)).container;
}

Truth holds_for_target(const Scope& scope, const Target& target) {
    switch (scope.kind) {
    case Scope::Kind::all: return Truth::yes;
    case Scope::Kind::containers: return truth(!target.initial);
    case Scope::Kind::host: return truth(target.initial);
    case Scope::Kind::net: return truth(scope.inum == target.net);
    default: return Truth::unknown;
    }
}

Truth holds(const Scope& scope, const Party& party) {
    if (party.subject == nullptr) return holds_for_target(scope, *party.access->target);
    const bool container = is_in_container(*party.subject);
    switch (scope.kind) {
    case Scope::Kind::all: return Truth::yes;
    case Scope::Kind::containers: return truth(container);
    case Scope::Kind::host: return truth(!container);
    case Scope::Kind::net: return truth(scope.inum == party.subject->net);
    default: return holds_in_cgroup(scope, party.subject->cgroup, container, party.known);
    }
}

/// Both must hold.
Truth both(Truth a, Truth b) { return std::min(a, b); }

Truth holds_for_number(const ValueCondition& condition, const Access& access) {
    auto element = read_element(access.written, condition.element);
    if (element.what == ElementRead::What::absent) element = read_element(access.old, condition.element);
    if (element.what != ElementRead::What::number) return Truth::unknown;
    const auto& number = element.number;
    const auto has = [&](const auto& set) { return std::find(set.begin(), set.end(), number) != set.end(); };
    return truth(!(condition.min && number < *condition.min) && !(condition.max && number > *condition.max) &&
                 !(condition.in && !has(*condition.in)) && !(condition.not_in && has(*condition.not_in)));
}

Truth holds_for_text(const ValueCondition& condition, const Access& access) {
    if (access.position != 0) return Truth::unknown;
    const auto text = stored_text(access.written);
    if (text.size() > longest_judged_text) return Truth::unknown;
    const auto& globs = condition.matches.empty() ? condition.matches_not : condition.matches;
    const auto accepts = [&](std::string_view bytes) {
        const bool any = std::any_of(globs.begin(), globs.end(),
                                     [&](const auto& glob) { return glob_matches(glob, bytes); });
        return any != condition.matches.empty();
    };
    const bool whole = accepts(text);
    if (access.holds != 0 && text.size() >= access.holds &&
        accepts(text.substr(0, access.holds - 1)) != whole)
        return Truth::unknown;
    return truth(whole);
}

Step judge(const Rule& rule, const Named& named, const Party& party) {
    Step step{.alias = named.alias, .for_target = party.subject == nullptr};
    const bool asked = party.access->operation == Operation::read ? rule.reads : rule.writes;
    if (!asked) {
        step.outcome = Step::Outcome::operation;
        return step;
    }
    const auto scope = holds(rule.scope, party);
    if (scope == Truth::no) {
        step.outcome = Step::Outcome::scope;
        return step;
    }
    auto value = Truth::yes;
    if (rule.value) value = named.same_unit ? holds_for_value(*rule.value, *party.access) : Truth::unknown;
    if (value == Truth::no) {
        step.outcome = Step::Outcome::value;
        return step;
    }
    if (both(scope, value) == Truth::yes)
        step.outcome = Step::Outcome::decides;
    else
        step.outcome = rule.action == Verdict::deny ? Step::Outcome::decides_untold : Step::Outcome::untold;
    return step;
}

Decision decide(const Policy& policy, const Party& party, std::vector<Step>* steps) {
    for (std::size_t i = 0; i < policy.rules.size(); ++i) {
        const auto named = names_setting(policy.rules[i], party.access->name);
        if (!named) continue;
        auto step = judge(policy.rules[i], *named, party);
        step.rule = i;
        const bool decides =
            step.outcome == Step::Outcome::decides || step.outcome == Step::Outcome::decides_untold;
        if (steps != nullptr) steps->push_back(std::move(step));
        if (decides) return {.judged = policy.rules[i].action, .reason = Decision::Reason::rule, .rule = i};
    }
    const bool container =
        party.subject != nullptr ? is_in_container(*party.subject) : !party.access->target->initial;
    if (party.access->operation == Operation::write && container)
        return {.judged = policy.default_action, .reason = Decision::Reason::default_action};
    return {};
}

/// Why the guard cannot look at the access; empty: it can.
std::string obstacle(const Subject& subject, const Access& access) {
    if (access.name.empty() || access.name.size() > longest_sysctl_name)
        return fmt::format("a name of {} bytes", access.name.size());
    if (const auto count = split_name(access.name).size(); count > most_sysctl_components)
        return fmt::format("a name of {} components", count);
    if (const auto depth = split_cgroup(subject.cgroup).size(); depth > deepest_cgroup)
        return fmt::format("a cgroup {} levels deep", depth);
    return {};
}

} // namespace

std::optional<Named> names_setting(const Rule& rule, std::string_view name) {
    const auto is_named = [&rule](std::string_view what) {
        return std::any_of(rule.sysctls.begin(), rule.sysctls.end(),
                           [what](const auto& pattern) { return matches(pattern, what); });
    };
    if (is_named(name)) return Named{};
    for (auto& other : other_names(name))
        if (is_named(other.name)) return Named{std::move(other.name), other.alias->same_unit};
    return std::nullopt;
}

Truth holds_for_value(const ValueCondition& condition, const Access& access) {
    // Where the kernel has no memory for its copy, the program is shown an empty write as well.
    if (access.written.empty()) return Truth::unknown;
    auto truth = Truth::yes;
    if (condition.asks_number()) truth = both(truth, holds_for_number(condition, access));
    if (condition.asks_text()) truth = both(truth, holds_for_text(condition, access));
    return truth;
}

std::optional<std::string> fit_override(std::string_view replacement, const Access& access) {
    const auto length = access.written.size();
    if (access.position != 0 || length > numbers_length || replacement.size() > length) return std::nullopt;
    std::string padded(replacement);
    padded.resize(length, '\n');
    return padded;
}

Decision evaluate(const Policy& policy, const Subject& subject, const Access& access,
                  std::span<const KnownContainer> known, std::vector<Step>* steps) {
    Decision decision;
    if (subject.runtime_setup && !policy.judge_setup) {
        decision.reason = Decision::Reason::runtime_setup;
        return decision;
    }
    const bool asks_reads =
        std::any_of(policy.rules.begin(), policy.rules.end(), [](const auto& rule) { return rule.reads; });
    if (access.operation == Operation::read && !asks_reads) return decision;
    if (auto what = obstacle(subject, access); !what.empty()) {
        decision.judged = policy.on_error;
        decision.reason = Decision::Reason::error;
        decision.what = std::move(what);
    } else {
        decision = decide(policy, {&subject, &access, known}, steps);
        if (access.target) {
            auto other = decide(policy, {nullptr, &access, known}, steps);
            if (other.judged > decision.judged) decision = other;
        }
        if (decision.judged == Verdict::override && !policy.audit_only &&
            !fit_override(policy.rules[*decision.rule].replacement, access)) {
            decision.judged = Verdict::deny;
            decision.does_not_fit = true;
        }
    }
    decision.verdict =
        policy.audit_only && decision.judged > Verdict::audit ? Verdict::audit : decision.judged;
    return decision;
}

} // namespace nsscope
