#include <fstream>
#include <string>

#include "guard_fixture.hpp"
#include "kernel/guard_override.hpp"
#include "live.hpp"
#include "process.hpp"

namespace live {
namespace {

TEST_F(Guard, DeniesUntilItIsRemoved) {
    ASSERT_EQ(apply(deny("net.ipv4.ip_forward")).status, 0);
    EXPECT_EQ(output_of(attempt("1\\n", forward) + "cat " + forward), "no\n0\n");
    EXPECT_NE(status().find("\"rules\":[{\"name\":\"denied\",\"hits\":\"1\"}]"), std::string::npos)
        << status();
    EXPECT_EQ(nsscope({"guard", "remove", "--cgroup", cgroup().path()}).status, 0);
    EXPECT_EQ(output_of(attempt("1\\n", forward) + "cat " + forward), "yes\n1\n");
    EXPECT_EQ(nsscope({"guard", "remove", "--cgroup", cgroup().path()}).status, 1) << "there is none";
}

TEST_F(Guard, TheOtherNameIsTheSame) {
    ASSERT_EQ(apply(deny("net.ipv4.ip_forward")).status, 0);
    EXPECT_EQ(output_of(attempt("1\\n", "/proc/sys/net/ipv4/conf/all/forwarding") + "cat " + forward),
              "no\n0\n");
}

TEST_F(Guard, WhatHoldsAboveHoldsBelow) {
    ASSERT_EQ(apply(deny("net.ipv4.ip_forward")).status, 0);
    const auto below = cgroup().directory() + "/below";
    const std::string script =
        "mkdir \"$1\" && (echo 0 > \"$1\"/cgroup.procs && exec unshare --net sh -c \"$2\"); "
        "sleep 0.2; rmdir \"$1\"";
    EXPECT_EQ(run({find_in_path("sh"), "-c", script, "sh", below, attempt("1\\n", forward)}).output, "no\n");
}

TEST_F(Guard, ValuesAreWhatTheKernelReads) {
    ASSERT_EQ(apply(deny("net.ipv4.ip_default_ttl", "    value: {min: 100}\n")).status, 0);
    std::string script;
    for (const char* low : {"99", "0x63\\n", " 0143 \\n", "99 100\\n"}) script += attempt(low, ttl);
    for (const char* high : {"100", "0x64\\n", "\\t 0144", "x", "+5", ""}) script += attempt(high, ttl);
    script +=
        "if printf '%4000s100' '' > " + ttl + "; then echo yes; else echo no; fi 2>/dev/null; cat " + ttl;
    EXPECT_EQ(output_of(script), "yes\nyes\nyes\nyes\nno\nno\nno\nno\nno\nyes\nno\n99\n");
}

TEST_F(Guard, ElementsOfAVector) {
    const std::string rmem = "/proc/sys/net/ipv4/tcp_rmem";
    ASSERT_EQ(apply(deny("net.ipv4.tcp_rmem", "    value: {element: 2, min: 7000000}\n")).status, 0);
    EXPECT_EQ(output_of(attempt("4096 5000 6000000\\n", rmem) + attempt("4096 5000 8000000\\n", rmem) +
                        attempt("4096\\n", rmem) + "cat " + rmem),
              "yes\nno\nyes\n4096\t5000\t6000000\n");
}

TEST_F(Guard, AnOverrideFitsOrIsADenial) {
    ASSERT_EQ(apply("  - name: fixed\n    sysctls: [\"net.ipv4.ip_default_ttl\"]\n    scope: all\n"
                    "    action: {override: \"77\"}\n")
                  .status,
              0);
    if (!nsscope::can_override()) { // every one is a denial
        EXPECT_EQ(output_of(attempt("255\\n", ttl) + "cat " + ttl), "no\n64\n");
        return;
    }
    EXPECT_EQ(output_of(attempt("255\\n", ttl) + "cat " + ttl), "yes\n77\n");
    EXPECT_EQ(output_of(attempt("64", ttl) + "cat " + ttl), "yes\n77\n");
    EXPECT_EQ(output_of(attempt("9", ttl) + "cat " + ttl), "no\n64\n");
    EXPECT_EQ(output_of("printf '%3000s5' '' > " + ttl + " && cat " + ttl), "77\n");
}

TEST_F(Guard, InterfaceNamesAreWhole) {
    ASSERT_EQ(apply(deny("net/ipv4/conf/e.1/rp_filter")).status, 0);
    EXPECT_EQ(
        output_of("{ ip link add e.1 type veth peer name e || ip link set lo name e.1; } 2>/dev/null; " +
                  attempt("1\\n", "/proc/sys/net/ipv4/conf/e.1/rp_filter") +
                  attempt("1\\n", "/proc/sys/net/ipv4/conf/all/rp_filter")),
        "no\nyes\n");
}

TEST_F(Guard, AFailedApplyLeavesTheOldInForce) {
    ASSERT_EQ(apply(deny("net.ipv4.ip_forward")).status, 0);
    EXPECT_EQ(apply("  - name: bad\n    sysctls: 7\n").status, 2);
    EXPECT_EQ(nsscope({"guard", "apply", "/nowhere", "--cgroup", cgroup().path()}).status, 1);
    EXPECT_EQ(output_of(attempt("1\\n", forward)), "no\n");
}

/// As a service manager has it: at SIGHUP the files are read again, and no death takes the policy away.
TEST_F(Guard, AFollowerReadsThePolicyAgain) {
    write_policy(deny("net.ipv4.ip_forward"));
    Process following({program(), "guard", "apply", "--follow", policy(), "--cgroup", cgroup().path()});
    EXPECT_TRUE(wait_until([&] { return output_of(attempt("1\\n", forward)) == "no\n"; }));
    write_policy(deny("net.ipv4.ip_default_ttl"));
    following.signal(SIGHUP);
    EXPECT_TRUE(wait_until([&] { return output_of(attempt("1\\n", forward)) == "yes\n"; }));
    write_policy("  - name: bad\n    sysctls: 7\n");
    following.signal(SIGHUP);
    EXPECT_TRUE(wait_until([&] {
        return following.errors().find(":3:5: a rule without") != std::string::npos;
    })) << following.errors();
    following.signal(SIGKILL);
    ASSERT_TRUE(following.wait());
    EXPECT_EQ(output_of(attempt("65\\n", ttl)), "no\n");
}

/// A write that is judged by neither policy would go through.
TEST_F(Guard, NothingSlipsThroughASwap) {
    ASSERT_EQ(apply(deny("net.ipv4.ip_forward")).status, 0);
    Process writer(
        inside("n=0; trap 'echo tried $n; exit' TERM; echo ready; while :; do echo 1 2>/dev/null > " +
               forward + " && echo slipped; n=$((n+1)); done 2>/dev/null"));
    ASSERT_TRUE(writer.wait_for_line([](std::string_view line) { return line == "ready"; }));
    for (std::size_t i = 0; i < (is_brief() ? 1 : 20); i++)
        ASSERT_EQ(nsscope({"guard", "apply", policy(), "--cgroup", cgroup().path()}).status, 0);
    writer.signal(SIGTERM);
    ASSERT_TRUE(writer.wait());
    EXPECT_EQ(writer.output().find("slipped"), std::string::npos);
    EXPECT_NE(writer.output().find("tried"), std::string::npos);
}

/// More than one element of a map may hold (4 MiB before 6.2).
TEST_F(Guard, TheNamesOfManyRulesAreKept) {
    const auto name = [](std::size_t i) { return std::string(120, 'r') + std::to_string(1000000 + i); };
    std::string rules = "rules:\n";
    for (std::size_t i = 0; i < 34000; i++)
        rules += "  - {name: " + name(i) + ", sysctls: net.ipv4.conf.e" + std::to_string(i) +
                 ".forwarding, action: deny}\n";
    ASSERT_EQ(apply(rules).status, 0);
    const auto told = status();
    EXPECT_NE(told.find("{\"name\":\"" + name(0) + "\",\"hits\":\"0\"},{\"name\":\"" + name(1) + "\""),
              std::string::npos);
    EXPECT_NE(told.find("{\"name\":\"" + name(33999) + "\",\"hits\":\"0\"}]"), std::string::npos);
}

TEST_F(Guard, RunTellsAndEndsWithItself) {
    std::ofstream(policy()) << "version: 1\nrules:\n" << deny("net.ipv4.ip_forward");
    Process guard({program(), "guard", "run", policy(), "--cgroup", cgroup().path()});
    ASSERT_TRUE(guard.wait_for_line(
        [](std::string_view line) { return line.find("\"event\":\"start\"") != std::string_view::npos; }));
    EXPECT_EQ(output_of(attempt("1\\n", forward)), "no\n");
    const auto told = guard.wait_for_line([](std::string_view line) {
        return line.find("\"event\":\"sysctl.write\"") != std::string_view::npos;
    });
    ASSERT_TRUE(told);
    EXPECT_NE(
        told->find(
            "\"sysctl\":{\"name\":\"net/ipv4/ip_forward\",\"old\":\"0\",\"new\":\"1\",\"truncated\":false,"
            "\"position\":\"0\",\"verdict\":\"deny\",\"reason\":\"rule\",\"rule\":\"denied\",\"net\":null}"),
        std::string::npos)
        << *told;
    guard.signal(SIGKILL);
    ASSERT_TRUE(guard.wait());
    EXPECT_TRUE(wait_until([this] { return output_of(attempt("1\\n", forward)) == "yes\n"; }));
}

} // namespace
} // namespace live
