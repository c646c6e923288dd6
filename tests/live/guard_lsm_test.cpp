// The guard's programs at security hooks: who opened a file, and programs that undo a denial.
#include <array>
#include <fcntl.h>
#include <fstream>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "guard_fixture.hpp"
#include "kernel/feature_probe.hpp"
#include "sysctl_program.hpp"

namespace live {
namespace {

const std::string domain = "/proc/sys/kernel/domainname";

class GuardLsm : public Guard {
  protected:
    void SetUp() override {
        Guard::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        const auto disabled = nsscope::disabled_features();
        const auto finding = nsscope::FeatureProbe(disabled.value()).look("lsm");
        if (!finding.works) LIVE_SKIP(finding.why);
    }
    /// A script that leaves the guarded cgroup and does the rest outside of it.
    [[nodiscard]] std::string outside(const std::string& script) const {
        return "echo 0 > " + cgroup().directory() + "/../cgroup.procs; " + script;
    }
};

std::string attempt_on_fd(const std::string& bytes) {
    return "if printf '" + bytes + "' >&3; then echo yes; else echo no; fi 2>/dev/null; ";
}

/// "in_force" of the status.
bool is_in_force(const std::string& status) {
    return status.find("\"lsm\":{\"in_force\":true,\"why_not\":null}") != std::string::npos;
}

TEST_F(GuardLsm, IsInForceWithThePolicyAndGoesWithIt) {
    const std::string script = "exec 3> " + domain + "; " + outside(attempt_on_fd("x"));
    ASSERT_EQ(apply(deny("kernel.domainname")).status, 0);
    EXPECT_TRUE(is_in_force(status())) << status();
    EXPECT_EQ(output_of(script), "no\n");
    ASSERT_EQ(nsscope({"guard", "remove", "--cgroup", cgroup().path()}).status, 0);
    // before 5.12 the kernel has a worker let go of what was pinned
    EXPECT_TRUE(wait_until([&] { return output_of(script) == "yes\n"; }));
}

/// Who opened it may write there what the rule allows, and is told with the value what it does not.
TEST_F(GuardLsm, ItsOwnFileIsJudgedWhenItIsWritten) {
    write_policy(deny("net.ipv4.ip_default_ttl", "    value: {min: 100}\n"));
    Process guard({program(), "guard", "run", policy(), "--cgroup", cgroup().path()});
    ASSERT_TRUE(
        guard.wait_for_line([](auto line) { return line.find("\"start\"") != std::string_view::npos; }));
    EXPECT_EQ(output_of("exec 3> " + ttl + "; " + attempt_on_fd("99\\n")), "yes\n");
    EXPECT_EQ(output_of("exec 3> " + ttl + "; " + attempt_on_fd("101\\n")), "no\n");
    EXPECT_TRUE(guard.wait_for_line([](auto line) {
        return line.find("\"new\":\"101\",\"truncated\":false,\"position\":\"0\",\"verdict\":\"deny\","
                         "\"reason\":\"rule\"") != std::string_view::npos;
    })) << guard.output();
}

/// What was opened inside stays denied when it is written outside: whatever is written, for that is not known.
TEST_F(GuardLsm, WhoLeavesTheCgroupIsStillWhoOpenedIt) {
    write_policy(deny("kernel.domainname", "    value: {matches: \"b*\"}\n"));
    Process guard({program(), "guard", "run", policy(), "--cgroup", cgroup().path()});
    ASSERT_TRUE(
        guard.wait_for_line([](auto line) { return line.find("\"start\"") != std::string_view::npos; }));
    EXPECT_EQ(output_of("exec 3> " + domain + "; " + attempt_on_fd("a") + outside(attempt_on_fd("a")) +
                        attempt("c", domain)),
              "yes\nno\nyes\n");
    EXPECT_TRUE(guard.wait_for_line([](auto line) {
        return line.find("\"name\":\"kernel/domainname\",\"old\":null,\"new\":null") !=
                   std::string_view::npos &&
               line.find("\"verdict\":\"deny\",\"reason\":\"opener\",\"rule\":\"denied\"") !=
                   std::string_view::npos;
    })) << guard.output();
}

/// Opens the file in a child that is in the cgroup, and hands it to this process. -1: that failed.
nsscope::UniqueFd opened_inside(const std::string& cgroup, const std::string& file) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) return {};
    const nsscope::UniqueFd ours(ends[0]), theirs(ends[1]);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    char byte = 0;
    iovec piece{&byte, 1};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto child = ::fork();
    if (child == 0) {
        std::ofstream(cgroup + "/cgroup.procs") << "0" << std::flush;
        const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
        auto* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof fd);
        __builtin_memcpy(CMSG_DATA(header), &fd, sizeof fd);
        ::_exit(fd >= 0 && ::sendmsg(theirs.get(), &message, 0) == 1 ? 0 : 1);
    }
    int status = 1;
    if (::waitpid(child, &status, 0) != child || status != 0) return {};
    if (::recvmsg(ours.get(), &message, 0) != 1) return {};
    int fd = -1;
    if (const auto* header = CMSG_FIRSTHDR(&message)) __builtin_memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return nsscope::UniqueFd(fd);
}

TEST_F(GuardLsm, AFileThatIsHandedOutIsTheOpeners) {
    ASSERT_EQ(apply(deny("kernel.domainname")).status, 0);
    const auto child = ::fork(); // for a UTS namespace of its own
    ASSERT_GE(child, 0);
    if (child == 0) {
        if (::unshare(CLONE_NEWUTS) != 0) ::_exit(2);
        const auto file = opened_inside(cgroup().directory(), domain);
        if (!file) ::_exit(3);
        if (::write(file.get(), "x", 1) == 1 || errno != EPERM) ::_exit(4);
        // a file of its own at the same place, and as likely as not at the same address
        for (int i = 0; i < 100; i++) {
            const nsscope::UniqueFd own(::open(domain.c_str(), O_WRONLY | O_CLOEXEC));
            if (::write(own.get(), "x", 1) != 1) ::_exit(5);
        }
        ::_exit(0);
    }
    int status = 1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

/// What an earlier policy said of who opened a file goes for others than them.
TEST_F(GuardLsm, AnEarlierPolicyDoesNotBindTheOpener) {
    ASSERT_EQ(apply(deny("kernel.domainname")).status, 0);
    Process writer(inside("exec 3> " + domain + "; echo opened; read line; " + attempt_on_fd("x") +
                          outside(attempt_on_fd("y"))));
    ASSERT_TRUE(writer.wait_for_line([](auto line) { return line == "opened"; })) << writer.errors();
    ASSERT_EQ(apply(deny("net.ipv4.ip_forward")).status, 0);
    writer.write_line();
    ASSERT_TRUE(writer.wait());
    EXPECT_EQ(writer.output(), "opened\nyes\nno\n");
    EXPECT_EQ(output_of("exec 3> " + domain + "; " + attempt_on_fd("x")), "yes\n");
}

/// A program that came later makes a pass of every denial, but is not asked when the file may not be written to at all.
TEST_F(GuardLsm, ADenialCannotBeUndone) {
    ASSERT_EQ(apply(deny("net.ipv4.ip_forward") +
                    "  - {name: low, sysctls: [net.ipv4.ip_default_ttl], scope: all, action: deny, "
                    "value: {min: 100}}\n")
                  .status,
              0);
    const SysctlProgram other(cgroup().directory(), SysctlProgram::Does::undo);
    if (!other.problem().empty()) return; // this kernel has no such thing
    EXPECT_EQ(output_of(attempt("1\\n", forward) + "cat " + forward), "no\n0\n");
    EXPECT_EQ(output_of(attempt("1\\n", "/proc/sys/net/ipv4/conf/all/forwarding")), "no\n");
    EXPECT_EQ(output_of(attempt("1\\n", "/proc/sys/net/ipv4/conf/lo/forwarding")), "yes\n") << "another";
    EXPECT_EQ(output_of(attempt("99\\n", ttl)), "yes\n") << "the value decides, and is not known so early";
    EXPECT_EQ(output_of("exec 3> /dev/null; " + attempt_on_fd("x")), "yes\n");
    EXPECT_NE(status().find("{\"name\":\"denied\",\"hits\":\"2\"}"), std::string::npos) << status();
}

class GuardWithoutLsm : public Guard {};

TEST_F(GuardWithoutLsm, TellsWhy) {
    write_policy(deny("net.ipv4.ip_forward"));
    const auto applied = nsscope({"guard", "apply", policy(), "--cgroup", cgroup().path()},
                                 {.environment = {{"NSSCOPE_DISABLE", "lsm"}}});
    ASSERT_EQ(applied.status, 0) << applied.errors;
    EXPECT_NE(status().find("\"lsm\":{\"in_force\":false,\"why_not\":\"switched off by NSSCOPE_DISABLE\"}"),
              std::string::npos)
        << status();
    EXPECT_NE(nsscope({"guard", "status", "--cgroup", cgroup().path()})
                  .output.find("lsm     not in force: switched off by NSSCOPE_DISABLE\n"),
              std::string::npos);
    EXPECT_EQ(output_of(attempt("1\\n", forward)), "no\n") << "the rest does without";
    // and what the kernel has, doctor and status say alike
    ASSERT_EQ(apply(deny("net.ipv4.ip_forward")).status, 0);
    const bool works =
        nsscope({"doctor"}).output.find("ok   lsm              BPF programs") != std::string::npos;
    EXPECT_EQ(is_in_force(status()), works) << status();
    const auto check = nsscope({"guard", "check", policy()}).output;
    EXPECT_EQ(check.find("not in force here") == std::string::npos, works) << check;
    // nobody pays for what denies nothing
    ASSERT_EQ(apply("mode: audit\nrules:\n" + deny("net.ipv4.ip_forward")).status, 0);
    EXPECT_NE(status().find("\"why_not\":\"the policy denies nothing (mode: audit)\""), std::string::npos)
        << status();
}

} // namespace
} // namespace live
