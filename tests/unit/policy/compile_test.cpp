#include "policy/compile.hpp"

#include <set>

#include <gtest/gtest.h>

#include "policy/parse.hpp"
#include "policy/walk.hpp"

namespace nsscope {
namespace {

Result<CompiledPolicy> compiled(const std::string& rules, const std::string& top = "") {
    const std::vector<PolicyFile> files{{"p.yaml", "version: 1\n" + top + "rules:\n" + rules}};
    const auto policy = parse_policy(files);
    EXPECT_TRUE(policy) << policy.error().what << "; " << policy.error().hint;
    return compile(policy.value_or(Policy{}), {});
}

std::string rule(const std::string& name, const std::string& sysctl, const std::string& more = "") {
    return "- {name: " + name + ", sysctls: '" + sysctl + "', action: deny" + more + "}\n";
}

std::vector<std::pair<std::size_t, std::size_t>> hidden(const std::string& rules) {
    std::vector<std::pair<std::size_t, std::size_t>> out;
    const auto policy = compiled(rules);
    if (!policy) return out;
    for (const auto& one : policy->hidden) out.emplace_back(one.rule, one.by);
    return out;
}

using Hidden = std::vector<std::pair<std::size_t, std::size_t>>;

TEST(Compile, RulesThatNeverDecide) {
    EXPECT_EQ(hidden(rule("a", "a.b") + rule("b", "a.b")), (Hidden{{1, 0}}));
    EXPECT_EQ(hidden(rule("a", "a.*") + rule("b", "a.b")), (Hidden{{1, 0}}));
    EXPECT_EQ(hidden(rule("a", "**") + rule("b", "a.*")), (Hidden{{1, 0}}));
    EXPECT_EQ(hidden(rule("a", "a.**") + rule("b", "a.*.c")), (Hidden{{1, 0}}));
    EXPECT_EQ(hidden(rule("a", "a.b", ", scope: all") + rule("b", "a.b", ", scope: {cgroup: /x}")),
              (Hidden{{1, 0}}));
    // its other name
    EXPECT_EQ(hidden(rule("a", "net.ipv4.conf.*.forwarding") + rule("b", "net.ipv4.ip_forward")),
              (Hidden{{1, 0}}));
    // operation by operation, by two rules
    EXPECT_EQ(hidden(rule("a", "a.b", ", operations: read") + rule("b", "a.b") +
                     rule("c", "a.b", ", operations: [read, write]")),
              (Hidden{{2, 1}}));
}

TEST(Compile, RulesThatMayDecide) {
    EXPECT_EQ(hidden(rule("a", "a.b") + rule("b", "a.*")), Hidden{});
    EXPECT_EQ(hidden(rule("a", "a.b", ", value: {in: 1}") + rule("b", "a.b")), Hidden{});
    EXPECT_EQ(hidden(rule("a", "a.b", ", scope: host") + rule("b", "a.b")), Hidden{});
    EXPECT_EQ(hidden(rule("a", "a.b", ", operations: read") + rule("b", "a.b")), Hidden{});
    // Where the scope cannot be told, the one that denies matches and the one that allows does not.
    EXPECT_EQ(hidden("- {name: a, sysctls: a.b, scope: {pod: x}, action: allow}\n" +
                     rule("b", "a.b", ", scope: {pod: x}")),
              Hidden{});
    EXPECT_EQ(hidden(rule("b", "a.b", ", scope: {pod: x}") +
                     "- {name: a, sysctls: a.b, scope: {pod: x}, action: allow}\n"),
              (Hidden{{1, 0}}));
}

TEST(Compile, WhatIsHiddenCostsNothing) {
    std::string rules;
    for (int i = 0; i < 3000; ++i) rules += rule("r" + std::to_string(i), "a.*");
    const auto policy = compiled(rules);
    ASSERT_TRUE(policy) << policy.error().what;
    EXPECT_EQ(policy->candidates.size(), 1U);
}

TEST(Compile, TooManyRulesForOneName) {
    std::string rules;
    for (int i = 0; i < 1024; ++i)
        rules += rule("r" + std::to_string(i), "a.b", ", value: {in: " + std::to_string(i) + "}");
    EXPECT_TRUE(compiled(rules));
    const auto more = compiled(rules + rule("last", "a.b"));
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().what, "p.yaml: more than 1024 rules may have to be looked at for a/b");
    EXPECT_EQ(more.error().hint, "expected fewer rules about the same names");
}

TEST(Compile, TooManyWaysToPlaceWildcards) {
    std::string rules;
    for (unsigned mask = 1; mask < 34; ++mask) {
        std::string name;
        for (unsigned i = 0; i < 6; ++i) name += (mask >> i & 1) != 0 ? ".*" : ".a";
        rules += rule("r" + std::to_string(mask), name.substr(1));
        EXPECT_EQ(compiled(rules).has_value(), mask < 33) << mask;
    }
    EXPECT_EQ(compiled(rules).error().what,
              "p.yaml:3:10: rule 'r1' places wildcards in the 33th different way in names of 6 components");
    EXPECT_EQ(compiled(rules).error().hint,
              "expected 32 ways at most; '*' and '**' in fewer different places");
}

TEST(Compile, TooManyScopes) {
    std::string rules;
    for (int i = 0; i < 1024; ++i)
        rules += rule("r" + std::to_string(i), "a.b" + std::to_string(i),
                      ", scope: {cgroup: /c" + std::to_string(i) + "}");
    EXPECT_TRUE(compiled(rules));
    const auto more = compiled(rules + rule("last", "a.b", ", scope: {cgroup: /last}"));
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().what, "p.yaml:1027:10: rule 'last' has the 1025th different scope");
    EXPECT_EQ(more.error().hint, "expected 1024 at most that speak of cgroups, containers or pods");
    EXPECT_TRUE(compiled(rules + rule("last", "a.b", ", scope: {cgroup: /c7}"))); // not another one
}

/// A lookup costs the same however many names there are.
TEST(Compile, NamesDoNotMeet) {
    std::string rules;
    for (int i = 0; i < 10000; ++i)
        rules += rule("r" + std::to_string(i), "net.ipv4.conf.eth" + std::to_string(i) + ".forwarding");
    const auto policy = compiled(rules);
    ASSERT_TRUE(policy);
    EXPECT_EQ(policy->names.size(), 10000U);
    EXPECT_TRUE(policy->shapes.empty());
    for (const auto& [name, list] : policy->names) EXPECT_EQ(list.count, 1U);
}

TEST(Compile, GlobsOfOneShapeAreOneLookup) {
    std::string rules;
    for (int i = 0; i < 1000; ++i) rules += rule("r" + std::to_string(i), "net.*.x" + std::to_string(i));
    const auto policy = compiled(rules);
    ASSERT_TRUE(policy);
    EXPECT_EQ(policy->config.shapes[3].count, 1U);
    EXPECT_EQ(policy->globs.size(), 1000U);
}

template <typename Map>
bool has_unique_keys(const Map& map) {
    std::set<std::string> keys;
    for (const auto& [key, value] : map) keys.emplace(reinterpret_cast<const char*>(&key), sizeof(key));
    return keys.size() == map.size();
}

TEST(Compile, NoKeyTwice) {
    const auto policy =
        compiled(rule("a", "**") + rule("b", "*.ipv4.**", ", scope: {container: 0123456789ab}") +
                 rule("c", "net.**.all.**", ", scope: {container: web}") +
                 rule("d", "net.ipv4.*", ", scope: {container: '0123'}, value: {in: [1, 1, 0x1, -0, 0]}") +
                 rule("e", "net.ipv4.ip_forward", ", scope: {cgroup: /lxc/web}"));
    ASSERT_TRUE(policy);
    EXPECT_TRUE(has_unique_keys(policy->names));
    EXPECT_TRUE(has_unique_keys(policy->words));
    EXPECT_TRUE(has_unique_keys(policy->globs));
    EXPECT_TRUE(has_unique_keys(policy->members));
    EXPECT_TRUE(has_unique_keys(policy->cgroups));
    EXPECT_TRUE(has_unique_keys(policy->components));
    EXPECT_TRUE(has_unique_keys(policy->ids));
    EXPECT_EQ(policy->members.size(), 2U);
}

TEST(Compile, Config) {
    const auto policy = compiled(rule("a", "a.b", ", operations: read, scope: {net: 7}"),
                                 "mode: audit\ndefault: audit\non_error: allow\nruntime_setup: judge\n");
    ASSERT_TRUE(policy);
    const auto& config = policy->config;
    EXPECT_EQ(config.abi, unsigned{NSSCOPE_GUARD_ABI});
    EXPECT_EQ(config.nr_rules, 1U);
    EXPECT_EQ(config.default_action, NSSCOPE_GUARD_AUDIT);
    EXPECT_EQ(config.on_error, NSSCOPE_GUARD_ALLOW);
    EXPECT_TRUE(config.audit_only);
    EXPECT_TRUE(config.judge_setup);
    EXPECT_TRUE(config.has_reads);
    EXPECT_FALSE(config.has_conditions);
    EXPECT_FALSE(config.has_texts);
    EXPECT_FALSE(config.has_cgroups);
    EXPECT_EQ(config.nr_nets, 1U);
}

} // namespace
} // namespace nsscope
