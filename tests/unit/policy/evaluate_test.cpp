#include "policy/evaluate.hpp"

#include <gtest/gtest.h>

#include "policy/parse.hpp"

namespace nsscope {
namespace {

const Subject container{.cgroup = "/ctr/t1", .namespaced = true, .net = 7};
const Subject host{.cgroup = "/system.slice/ssh.service", .net = 1};

Policy policy(const std::string& rules, const std::string& top = "") {
    const std::vector<PolicyFile> files{{"p.yaml", "version: 1\n" + top + "rules:\n" + rules}};
    auto parsed = parse_policy(files);
    EXPECT_TRUE(parsed) << parsed.error().what << "; " << parsed.error().hint;
    return parsed.value_or(Policy{});
}

Access write(const std::string& name, const std::string& value) { return {.name = name, .written = value}; }

Verdict verdict(const Policy& policy, const Access& access, const Subject& subject = container) {
    return evaluate(policy, subject, access, {}).verdict;
}

const std::string deny_forward = "- {name: f, sysctls: net.ipv4.ip_forward, action: deny}\n";

TEST(Evaluate, FirstMatchDecides) {
    const auto p = policy("- {name: a, sysctls: kernel.*, scope: host, action: deny}\n"
                          "- {name: b, sysctls: kernel.pid_max, action: allow}\n"
                          "- {name: c, sysctls: kernel.*, action: deny}\n");
    EXPECT_EQ(evaluate(p, container, write("kernel/pid_max", "1"), {}).rule, 1U);
    EXPECT_EQ(evaluate(p, container, write("kernel/panic", "1"), {}).rule, 2U);
    EXPECT_EQ(evaluate(p, host, write("kernel/panic", "1"), {}).rule, 0U);
    EXPECT_EQ(evaluate(p, container, write("vm/swappiness", "1"), {}).rule, std::nullopt);
}

TEST(Evaluate, TwoNamesAreOneSetting) {
    const auto p = policy(deny_forward);
    EXPECT_EQ(verdict(p, write("net/ipv4/conf/all/forwarding", "1")), Verdict::deny);
    const auto q = policy("- {name: f, sysctls: net.ipv4.conf.*.forwarding, action: deny}\n");
    EXPECT_EQ(verdict(q, write("net/ipv4/ip_forward", "1")), Verdict::deny);
    EXPECT_EQ(verdict(q, write("net/ipv4/conf/lo/forwarding", "1")), Verdict::deny);
}

TEST(Evaluate, AnotherUnitCannotBeTold) {
    const auto name = std::string("net/ipv4/neigh/lo/base_reachable_time");
    const auto p = policy("- {name: a, sysctls: '" + name +
                          "', value: {max: 60}, action: allow}\n"
                          "- {name: d, sysctls: '" +
                          name + "', value: {min: 61}, action: deny}\n");
    EXPECT_EQ(evaluate(p, container, write(name, "30"), {}).rule, 0U);
    EXPECT_EQ(evaluate(p, container, write(name + "_ms", "30"), {}).rule, 1U);
}

TEST(Evaluate, TheDefaultIsForWritesOfContainers) {
    const auto p = policy("- {name: a, sysctls: a.b, operations: read, action: deny}\n", "default: deny\n");
    EXPECT_EQ(verdict(p, write("kernel/panic", "1")), Verdict::deny);
    EXPECT_EQ(verdict(p, write("kernel/panic", "1"), host), Verdict::allow);
    EXPECT_EQ(verdict(p, {.operation = Operation::read, .name = "kernel/panic"}), Verdict::allow);
}

TEST(Evaluate, ModeAudit) {
    const auto p = policy(deny_forward, "mode: audit\n");
    const auto decision = evaluate(p, container, write("net/ipv4/ip_forward", "1"), {});
    EXPECT_EQ(decision.verdict, Verdict::audit);
    EXPECT_EQ(decision.judged, Verdict::deny);
    EXPECT_EQ(decision.rule, 0U);
}

TEST(Evaluate, OnError) {
    Subject deep = host;
    for (int i = 0; i < 40; ++i) deep.cgroup += "/a";
    const auto long_name = write(std::string(128, 'a'), "1");
    EXPECT_EQ(verdict(policy(deny_forward), long_name, host), Verdict::deny);
    EXPECT_EQ(verdict(policy(deny_forward), write("a/b", "1"), deep), Verdict::deny);
    EXPECT_EQ(verdict(policy(deny_forward), write("a/b/c/d/e/f/g/h/i", "1"), host), Verdict::deny);
    EXPECT_EQ(verdict(policy(deny_forward, "on_error: allow\n"), long_name, host), Verdict::allow);
    EXPECT_EQ(verdict(policy(deny_forward, "mode: audit\n"), long_name, host), Verdict::audit);
}

TEST(Evaluate, RuntimeSetup) {
    auto runtime = container;
    runtime.runtime_setup = true;
    EXPECT_EQ(verdict(policy(deny_forward), write("net/ipv4/ip_forward", "1"), runtime), Verdict::allow);
    EXPECT_EQ(
        verdict(policy(deny_forward, "runtime_setup: judge\n"), write("net/ipv4/ip_forward", "1"), runtime),
        Verdict::deny);
}

TEST(Evaluate, WhatCannotBeReadCountsAsDenied) {
    const auto p = policy("- {name: a, sysctls: a.b, value: {in: [0]}, action: allow}\n"
                          "- {name: d, sysctls: a.b, value: {in: [7]}, action: deny}\n");
    EXPECT_EQ(evaluate(p, container, write("a/b", "x"), {}).rule, 1U);
    EXPECT_EQ(evaluate(p, container, write("a/b", ""), {}).rule, 1U);
    EXPECT_EQ(evaluate(p, container, write("a/b", "0"), {}).rule, 0U);
    EXPECT_EQ(evaluate(p, container, write("a/b", "1"), {}).rule, std::nullopt);
}

TEST(Evaluate, AnElementThatIsNotWrittenStays) {
    const auto p = policy("- {name: d, sysctls: a.b, value: {element: 2, min: 100}, action: deny}\n");
    auto access = write("a/b", "1");
    access.old = "4\t8\t99\n";
    EXPECT_EQ(verdict(p, access), Verdict::allow);
    access.old = "4\t8\t100\n";
    EXPECT_EQ(verdict(p, access), Verdict::deny);
    access.old = "4\n";
    EXPECT_EQ(verdict(p, access), Verdict::deny);
}

TEST(Evaluate, Texts) {
    const auto p = policy("- {name: d, sysctls: a.b, value: {matches: '*evil'}, action: deny}\n");
    EXPECT_EQ(verdict(p, write("a/b", "evil\nx")), Verdict::deny);
    EXPECT_EQ(verdict(p, write("a/b", "evil ")), Verdict::allow);
    EXPECT_EQ(verdict(p, write("a/b", std::string(1025, 'x'))), Verdict::deny);
    auto cut = write("a/b", "xxevilx");
    EXPECT_EQ(verdict(p, cut), Verdict::allow);
    cut.holds = 7; // stores xxevil
    EXPECT_EQ(verdict(p, cut), Verdict::deny);
    auto later = write("a/b", "good");
    later.position = 1;
    EXPECT_EQ(verdict(p, later), Verdict::deny);
}

TEST(Evaluate, Overrides) {
    const auto p = policy("- {name: o, sysctls: a.b, action: {override: '10'}}\n");
    EXPECT_EQ(verdict(p, write("a/b", "99\n")), Verdict::override);
    EXPECT_EQ(fit_override("10", write("a/b", "9999\n")), "10\n\n\n");
    EXPECT_EQ(verdict(p, write("a/b", "99")), Verdict::override);
    const auto short_one = evaluate(p, container, write("a/b", "9"), {});
    EXPECT_EQ(short_one.verdict, Verdict::deny);
    EXPECT_TRUE(short_one.does_not_fit);
    auto later = write("a/b", "999");
    later.position = 1;
    EXPECT_EQ(verdict(p, later), Verdict::deny);
    EXPECT_EQ(verdict(p, write("a/b", std::string(4096, '1'))), Verdict::deny);
}

TEST(Evaluate, ASettingOfAnotherNetworkNamespace) {
    const auto p = policy("- {name: t, sysctls: net.**, scope: {net: 9}, action: deny}\n"
                          "- {name: h, sysctls: net.core.somaxconn, scope: host, action: deny}\n"
                          "- {name: c, sysctls: net.ipv4.**, scope: {cgroup: /other}, action: deny}\n"
                          "- {name: a, sysctls: net.**, scope: all, action: allow}\n");
    auto access = write("net/core/somaxconn", "1");
    EXPECT_EQ(evaluate(p, container, access, {}).rule, 3U);
    access.target = Target{9, false};
    EXPECT_EQ(evaluate(p, container, access, {}).rule, 0U);
    EXPECT_EQ(evaluate(p, host, access, {}).rule, 1U); // both deny: the writer's
    access.target = Target{1, true};
    EXPECT_EQ(evaluate(p, container, access, {}).rule, 1U);
    auto cannot_be_told = write("net/ipv4/ip_forward", "1");
    cannot_be_told.target = Target{5, false};
    EXPECT_EQ(evaluate(p, container, cannot_be_told, {}).rule, 2U);
}

} // namespace
} // namespace nsscope
