#include "policy/explain.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace nsscope {
namespace {

std::string number_text(const ValueCondition& condition, const Access& access) {
    const char* from = "";
    auto element = read_element(access.written, condition.element);
    if (element.what == ElementRead::What::absent) {
        element = read_element(access.old, condition.element);
        from = " of the old value, which stays";
    }
    if (element.what != ElementRead::What::number)
        return fmt::format("element {} cannot be read as the kernel reads numbers", condition.element);
    return fmt::format("element {}{} is {}", condition.element, from, to_string(element.number));
}

std::string value_text(const ValueCondition& condition, const Access& access) {
    std::string text;
    if (condition.asks_number()) text = number_text(condition, access);
    if (condition.asks_text())
        text += fmt::format("{}the text is '{}'", text.empty() ? "" : "; ",
                            to_printable(stored_text(access.written)));
    return text;
}

std::string outcome_text(const Rule& rule, const Step& step, const Access& access) {
    switch (step.outcome) {
    case Step::Outcome::decides: return "decides";
    case Step::Outcome::decides_untold:
        return "decides: whether its scope and condition hold cannot be told, and it denies";
    case Step::Outcome::operation: return fmt::format("is not about a {}", to_string(access.operation));
    case Step::Outcome::scope:
        return fmt::format("its scope does not hold: {}", to_printable(to_string(rule.scope)));
    case Step::Outcome::value:
        return fmt::format("its condition does not hold: {}", value_text(*rule.value, access));
    case Step::Outcome::untold: break;
    }
    return "whether its scope and condition hold cannot be told, and it does not deny";
}

std::string title(const Policy& policy, std::size_t rule) {
    return fmt::format("rule '{}' ({})", to_printable(policy.rules[rule].name),
                       to_printable(to_string(policy, policy.rules[rule].place)));
}

std::string reason_text(const Policy& policy, const Decision& decision) {
    switch (decision.reason) {
    case Decision::Reason::rule: return title(policy, *decision.rule);
    case Decision::Reason::runtime_setup: return "a container runtime at work (runtime_setup: allow)";
    case Decision::Reason::default_action: return "no rule; the policy's default";
    case Decision::Reason::error: return fmt::format("{} cannot be looked at (on_error)", decision.what);
    case Decision::Reason::unjudged: break;
    }
    return "no rule, and the default is for what containers write";
}

} // namespace

std::string explain(const Policy& policy, const Scene& scene, const Access& access) {
    std::vector<Step> steps;
    const auto decision = evaluate(policy, scene.subject, access, scene.known, &steps);
    std::string text = fmt::format("{}: {}\n", to_string(decision.verdict), reason_text(policy, decision));
    if (decision.verdict != decision.judged)
        text += fmt::format("  mode: audit; enforced, it would be {}\n", to_string(decision.judged));
    if (decision.does_not_fit)
        text += "  the value to store instead does not fit into what was written, so it is denied\n";
    text += fmt::format("  {} of {} in cgroup {}\n", to_string(access.operation), to_printable(access.name),
                        to_printable(scene.subject.cgroup));
    for (const auto& step : steps) {
        text += fmt::format("  {}: {}", title(policy, step.rule),
                            outcome_text(policy.rules[step.rule], step, access));
        if (!step.alias.empty()) text += fmt::format("; it names the setting {}", to_printable(step.alias));
        if (step.for_target) text += "; asked of the setting's network namespace";
        text += '\n';
    }
    return text;
}

} // namespace nsscope
