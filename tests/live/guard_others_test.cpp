// The guard beside programs of others, and beside itself.
#include <sys/stat.h>
#include <unistd.h>

#include "guard_fixture.hpp"
#include "sysctl_program.hpp"

namespace live {
namespace {

const std::string allow = "  - {name: allowed, sysctls: [net.**], scope: all, action: allow}\n";

class GuardOthers : public Guard {
  protected:
    [[nodiscard]] std::string outcome() const { return output_of(attempt("1\\n", forward)); }
};

TEST_F(GuardOthers, ADenialByEitherWins) {
    ASSERT_EQ(apply(allow).status, 0);
    EXPECT_EQ(outcome(), "yes\n");
    {
        const SysctlProgram other(cgroup().directory(), SysctlProgram::Does::deny);
        ASSERT_EQ(other.problem(), "");
        EXPECT_EQ(outcome(), "no\n") << "it came later";
        ASSERT_EQ(nsscope({"guard", "remove", "--cgroup", cgroup().path()}).status, 0);
        ASSERT_EQ(apply(allow).status, 0);
        EXPECT_EQ(outcome(), "no\n") << "it came first";
    }
    const SysctlProgram other(cgroup().directory(), SysctlProgram::Does::pass);
    ASSERT_EQ(other.problem(), "");
    ASSERT_EQ(apply(deny("net.ipv4.ip_forward")).status, 0);
    EXPECT_EQ(outcome(), "no\n");
    EXPECT_NE(status().find("\"name\":\"somebody\""), std::string::npos) << status();
}

TEST_F(GuardOthers, WhoCouldUndoADenialIsTold) {
    write_policy(deny("net.ipv4.ip_forward"));
    Process guard({program(), "guard", "run", policy(), "--cgroup", cgroup().path()});
    ASSERT_TRUE(
        guard.wait_for_line([](auto line) { return line.find("\"start\"") != std::string_view::npos; }));
    EXPECT_EQ(outcome(), "no\n");
    const SysctlProgram other(cgroup().directory(), SysctlProgram::Does::pass);
    ASSERT_EQ(other.problem(), "");
    EXPECT_TRUE(wait_until([&] {
        return guard.errors().find("(somebody) runs after the guard") != std::string::npos;
    })) << guard.errors();
    ASSERT_EQ(apply(deny("net.ipv4.ip_forward")).status, 0); // runs after the other
    EXPECT_EQ(status().find("\"runs_later\":true"), std::string::npos) << status();
    const SysctlProgram last(cgroup().directory(), SysctlProgram::Does::pass);
    EXPECT_NE(status().find("\"runs_later\":true"), std::string::npos) << status();
}

/// Since 6.1 the kernel lets a program do that; one that came before the guard cannot.
TEST_F(GuardOthers, NoneThatCameBeforeUndoesADenial) {
    const SysctlProgram other(cgroup().directory(), SysctlProgram::Does::undo);
    if (!other.problem().empty()) return; // this kernel has no such thing
    ASSERT_EQ(apply(deny("net.ipv4.ip_forward")).status, 0);
    EXPECT_EQ(outcome(), "no\n");
}

TEST_F(GuardOthers, GuardsOfNestedCgroupsMustAgree) {
    const auto below = cgroup().directory() + "/below";
    ASSERT_EQ(::mkdir(below.c_str(), 0755), 0);
    const auto outcome_below = [&] {
        return run({find_in_path("sh"), "-c",
                    "echo 0 > \"$1\"/cgroup.procs && exec unshare --uts --net sh -c \"$2\"", "sh", below,
                    attempt("1\\n", forward)})
            .output;
    };
    const auto apply_below = [&](const std::string& rules) {
        write_policy(rules);
        return nsscope({"guard", "apply", policy(), "--cgroup", cgroup().path() + "/below"}).status;
    };
    ASSERT_EQ(apply(allow).status, 0);
    ASSERT_EQ(apply_below(allow), 0);
    EXPECT_EQ(outcome_below(), "yes\n");
    ASSERT_EQ(apply_below(deny("net.ipv4.ip_forward")), 0);
    EXPECT_EQ(outcome_below(), "no\n");
    ASSERT_EQ(apply_below(allow), 0);
    ASSERT_EQ(apply(deny("net.ipv4.ip_forward")).status, 0);
    EXPECT_EQ(outcome_below(), "no\n");
    EXPECT_EQ(nsscope({"guard", "remove", "--cgroup", cgroup().path() + "/below"}).status, 0);
    EXPECT_TRUE(wait_until([&] { return ::rmdir(below.c_str()) == 0; }));
}

TEST_F(GuardOthers, ASecondPolicyReplacesTheFirst) {
    ASSERT_EQ(apply(deny("net.ipv4.ip_forward")).status, 0);
    EXPECT_EQ(outcome(), "no\n");
    ASSERT_EQ(apply(deny("net.ipv4.ip_default_ttl")).status, 0);
    EXPECT_EQ(outcome(), "yes\n");
    EXPECT_EQ(output_of(attempt("65\\n", ttl)), "no\n");
    EXPECT_NE(status().find("\"rules\":[{\"name\":\"denied\",\"hits\":\"1\"}]"), std::string::npos)
        << status();
}

TEST_F(GuardOthers, StaysInForceWhenItsReaderIsKilled) {
    write_policy(deny("net.ipv4.ip_forward"));
    Process applying({program(), "guard", "apply", policy(), "--cgroup", cgroup().path()});
    ASSERT_EQ(applying.wait(), 0);
    for (const int signal : {SIGKILL, SIGSEGV, SIGTERM}) {
        Process reading({program(), "events", "--type", "sysctl.write"});
        ASSERT_TRUE(reading.wait_for_line([](auto line) {
            return line.find("\"start\"") != std::string_view::npos;
        })) << reading.errors();
        EXPECT_EQ(outcome(), "no\n");
        reading.signal(signal);
        ASSERT_TRUE(reading.wait());
        EXPECT_EQ(outcome(), "no\n");
    }
}

/// What a guard in force reports goes to whoever asks for it, with the names of its rules.
TEST_F(GuardOthers, ItsEventsComeWithTheOthers) {
    const auto started = [](std::string_view line) {
        return line.find("\"start\"") != std::string_view::npos;
    };
    ASSERT_EQ(apply(deny("net.ipv4.ip_forward")).status, 0);
    Process events({program(), "events", "--type", "sysctl.write,ns.unshare"});
    ASSERT_TRUE(events.wait_for_line(started)) << events.errors();
    EXPECT_EQ(outcome(), "no\n");
    ASSERT_EQ(apply("  - {name: second, sysctls: [net.**], scope: all, action: deny}\n").status, 0);
    EXPECT_EQ(outcome(), "no\n");
    for (const std::string rule : {"denied", "second"})
        EXPECT_TRUE(events.wait_for_line([&](auto line) {
            return line.find("\"verdict\":\"deny\",\"reason\":\"rule\",\"rule\":\"" + rule + '"') !=
                       std::string_view::npos &&
                   line.find("\"path\":\"" + cgroup().path()) != std::string_view::npos;
        })) << events.output();
    EXPECT_TRUE(
        events.wait_for_line([](auto line) { return line.find("ns.unshare") != std::string_view::npos; }));
    const auto second = nsscope({"events", "--type", "sysctl.write", "--duration", "1"});
    EXPECT_EQ(second.status, 1) << "a ring has one reader";
    events.signal(SIGINT);
    EXPECT_EQ(events.wait(), 0) << events.output();
    Process few({program(), "events", "--type", "sysctl.write", "--comm", "nobody"});
    ASSERT_TRUE(few.wait_for_line(started)) << few.errors();
    EXPECT_EQ(outcome(), "no\n");
    few.signal(SIGINT);
    EXPECT_EQ(few.wait(), 0);
    EXPECT_NE(few.output().find(
                  "\"totals\":{\"produced\":\"1\",\"delivered\":\"0\",\"filtered\":\"1\",\"lost\":\"0\"}"),
              std::string::npos)
        << few.output();
}

TEST_F(GuardOthers, WithoutAGuardNobodySeesSettings) {
    if (nsscope({"guard", "status"}).output != "no policy is in force\n")
        LIVE_SKIP("another policy is in force on this machine");
    const auto events = nsscope({"events", "--type", "sysctl.write", "--duration", "1"});
    EXPECT_EQ(events.status, 1);
    EXPECT_NE(events.errors.find("guard apply"), std::string::npos) << events.errors;
}

} // namespace
} // namespace live
