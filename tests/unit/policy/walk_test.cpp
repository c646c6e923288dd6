#include "policy/walk.hpp"

#include <gtest/gtest.h>

#include "policy/parse.hpp"
#include "policy/random_policy.hpp"

namespace nsscope {
namespace {

std::uint8_t wire(Verdict verdict) { return static_cast<std::uint8_t>(verdict); }

/// What the kernel's maps say is what the policy says.
TEST(Walk, AgreesWithTheEvaluatorOnRandomPolicies) {
    testing::RandomPolicies random(20260731);
    unsigned denied = 0;
    unsigned by_rule = 0;
    constexpr unsigned policies = 5000;
    constexpr unsigned writes = 20;
    for (unsigned i = 0; i < policies; ++i) {
        const auto text = random.policy(12);
        const auto policy = parse_policy(std::vector<PolicyFile>{{"random.yaml", text}});
        ASSERT_TRUE(policy) << policy.error().what << "; " << policy.error().hint << "\n" << text;
        const auto known = random.known();
        const auto compiled = compile(*policy, known);
        ASSERT_TRUE(compiled) << compiled.error().what << "\n" << text;
        const testing::Walk walk(*compiled);
        for (unsigned j = 0; j < writes; ++j) {
            const auto subject = random.subject();
            const auto access = random.access();
            const auto decision = evaluate(*policy, subject, access, known);
            const auto outcome = walk.judge(subject, access);
            const bool by_error = decision.reason == Decision::Reason::error;
            ASSERT_EQ(outcome.failed, by_error);
            ASSERT_EQ(outcome.verdict, wire(decision.verdict))
                << text << "\n"
                << access.name << " '" << access.written << "' " << subject.cgroup << " rule "
                << decision.rule.value_or(99) << " walk " << outcome.rule.value_or(99);
            ASSERT_EQ(outcome.rule, decision.rule) << text << "\n" << access.name;
            denied += decision.verdict == Verdict::deny;
            by_rule += decision.rule.has_value();
        }
    }
    // Nothing is learned from writes that meet no rule.
    EXPECT_GT(by_rule, policies * writes / 4);
    EXPECT_GT(denied, policies * writes / 10);
}

} // namespace
} // namespace nsscope
