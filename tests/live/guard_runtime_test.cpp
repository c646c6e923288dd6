// Container runtimes write what they are told to, and nothing that they start can pass for one.
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup_dir.hpp"
#include "live.hpp"
#include "process.hpp"
#include "real_container.hpp"

namespace live {
namespace {

const std::string ttl = "/proc/sys/net/ipv4/ip_default_ttl";
const std::string domain = "/proc/sys/kernel/domainname";

/// Nothing below the test's cgroup may write to a setting of the network or of the domain's name.
class GuardRuntime : public Live, public testing::WithParamInterface<std::string> {
  protected:
    void SetUp() override {
        Live::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        if (!cgroup_.problem().empty()) LIVE_SKIP(cgroup_.problem());
        for (const std::string& needed : std::vector<std::string>{GetParam(), "busybox"})
            if (find_in_path(needed).empty()) LIVE_SKIP(needed + " is not installed");
    }
    ~GuardRuntime() override { (void)nsscope({"guard", "remove", "--cgroup", cgroup_.path()}); }

    void apply(const std::string& more = "") {
        std::ofstream(policy_.path())
            << "version: 1\n"
            << more << "rules:\n  - name: denied\n    scope: all\n    action: deny\n"
            << "    sysctls: [net.**, kernel.domainname]\n";
        const auto done = nsscope({"guard", "apply", policy_.path(), "--cgroup", cgroup_.path()});
        ASSERT_EQ(done.status, 0) << done.errors;
    }
    [[nodiscard]] Wish wish(const std::string& script) const {
        return {.script = script,
                .sysctls = R"("net.ipv4.ip_default_ttl":"77")",
                .cgroup = cgroup_.path() + "/container"};
    }
    [[nodiscard]] std::string id() const { return "nsscope-guard-" + std::to_string(::getpid()); }
    /// What the guard counted as set up by a runtime.
    [[nodiscard]] std::string status() const {
        return nsscope({"guard", "status", "--json", "--cgroup", cgroup_.path()}).output;
    }
    [[nodiscard]] const std::string& policy() const { return policy_.path(); }
    [[nodiscard]] const CgroupDir& cgroup() const { return cgroup_; }

  private:
    CgroupDir cgroup_{"runtime"};
    Scratch policy_{"guard-runtime-policy"};
};

TEST_P(GuardRuntime, SetsUpWhatItsContainerMayNotWrite) {
    apply();
    const RealContainer container(GetParam(), id(),
                                  wish("cat " + ttl + "; echo 78 > " + ttl + "; cat " + ttl));
    EXPECT_NE(container.finish().find("77\n"), std::string::npos) << container.output();
    EXPECT_EQ(container.output().find("78\n"), std::string::npos) << container.output();
    EXPECT_NE(status().find("\"runtime_setup\":\"1\""), std::string::npos) << status();
}

TEST_P(GuardRuntime, SetsUpAContainerWithItsOwnUserNamespace) {
    apply();
    auto wanted = wish("cat " + ttl + "; echo 78 > " + ttl + "; cat " + ttl);
    wanted.own_user_ns = true;
    const RealContainer container(GetParam(), id(), wanted);
    EXPECT_NE(container.finish().find("77\n"), std::string::npos) << container.output();
    EXPECT_EQ(container.output().find("78\n"), std::string::npos) << container.output();
}

TEST_P(GuardRuntime, IsJudgedWhereThePolicySaysSo) {
    apply("runtime_setup: judge\n");
    const RealContainer container(GetParam(), id(), wish("cat " + ttl));
    EXPECT_EQ(container.pid(), 0);
    EXPECT_NE(status().find("\"runtime_setup\":\"0\""), std::string::npos) << status();
}

TEST_P(GuardRuntime, CannotBeImitated) {
    const auto attempt = [](const std::string& how) { return how + "; cat " + ttl + " " + domain + "; "; };
    const std::string write = "echo 78 > " + ttl;
    // each is followed by what the settings then are
    const std::string script =
        attempt(write) +                                                    // as pid 1
        attempt("echo 'runc:[2:INIT]' > /proc/self/comm; " + write) +       // by its name
        attempt("echo " + GetParam() + " > /proc/self/comm; " + write) +    //
        attempt("(" + write + ")") +                                        // forked, nothing executed
        attempt("busybox=/bin/busybox; $busybox sh -c '" + write + "'") +   // executed
        attempt("$(command -v " + GetParam() + ") --version > " + domain) + // by its binary
        attempt("/bin/busybox unshare -p -n -f /bin/busybox sh -c '" + write + "; cat " + ttl + "'") +
        attempt("/bin/busybox mount -t cgroup2 none /cgroup; mkdir=/bin/busybox; $mkdir mkdir /cgroup" +
                cgroup().path() + "/container/below; (echo 0 > /cgroup" + cgroup().path() +
                "/container/below/cgroup.procs && echo moved; " + write + ")");
    {
        const RealContainer free(GetParam(), id(), wish(script));
        const auto said = free.finish();
        EXPECT_NE(said.find("78\n"), std::string::npos) << "with no policy in force\n" << said;
        EXPECT_NE(said.find("version"), std::string::npos) << said;
    }
    apply();
    const RealContainer container(GetParam(), id(), wish(script));
    const auto said = container.finish();
    EXPECT_NE(said.find("77\n"), std::string::npos) << said;
    EXPECT_EQ(said.find("78\n"), std::string::npos) << said;
    EXPECT_EQ(said.find("version"), std::string::npos) << said;
    EXPECT_NE(said.find("64\n"), std::string::npos) << "it was in a network namespace of its own\n" << said;
    EXPECT_NE(said.find("moved\n"), std::string::npos) << "it was in a cgroup of its own\n" << said;
}

TEST_P(GuardRuntime, CannotBeImitatedByExec) {
    apply();
    auto wanted = wish("");
    const RealContainer container(GetParam(), id(), wanted);
    ASSERT_NE(container.pid(), 0) << container.output();
    const auto said = container.exec("cat " + ttl + "; echo 78 > " + ttl + "; cat " + ttl);
    EXPECT_NE(said.find("77\n"), std::string::npos) << said;
    EXPECT_EQ(said.find("78\n"), std::string::npos) << said;
}

/// Does what a runtime does: a process from outside goes to the cgroup, enters a network namespace, and writes there. 0: it
/// could; else the error.
int set_up_in(const std::string& cgroup) {
    const auto child = ::fork();
    if (child == 0) {
        std::ofstream(cgroup + "/cgroup.procs") << "0" << std::flush;
        if (::unshare(CLONE_NEWNET) != 0) ::_exit(255);
        const int file = ::open(ttl.c_str(), O_WRONLY | O_CLOEXEC);
        ::_exit(file >= 0 && ::write(file, "78", 2) == 2 ? 0 : errno);
    }
    int status = 0;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/// A container that runs has its workload, whichever policy saw that begin.
TEST_P(GuardRuntime, IsNotWhoComesWhenThePolicyWasSwapped) {
    apply();
    const RealContainer container(GetParam(), id(), wish(""));
    ASSERT_NE(container.pid(), 0) << container.output();
    const auto other = cgroup().directory() + "/other", below = cgroup().directory() + "/container/below";
    for (const auto& made : {other, below}) ASSERT_EQ(::mkdir(made.c_str(), 0755), 0) << errno_text();
    EXPECT_EQ(set_up_in(other), 0) << "nobody was there before";
    EXPECT_EQ(set_up_in(below), EPERM);
    apply();
    EXPECT_EQ(set_up_in(other), 0);
    EXPECT_EQ(set_up_in(below), EPERM);
    for (const auto& made : {other, below})
        EXPECT_TRUE(wait_until([&made] { return ::rmdir(made.c_str()) == 0; })) << errno_text();
}

/// The first process in an empty cgroup is what a runtime is, too; but it is where it was.
TEST_P(GuardRuntime, IsNoProcessThatIsOnlyMoved) {
    apply();
    const std::string script = "echo 0 > " + cgroup().directory() + "/cgroup.procs; " + "if echo 78 > " +
                               ttl + "; then echo yes; else echo no; fi";
    EXPECT_EQ(run({find_in_path("unshare"), "--net", "sh", "-c", script}).output, "no\n");
}

/// What a container is called, user space has to find out; until then a denial holds for each.
TEST_P(GuardRuntime, ContainersByName) {
    const std::string loop = "for i in $(/bin/busybox seq 100); do echo 70 > " + ttl +
                             " && echo free && break; /bin/busybox sleep 0.1; done; /bin/busybox sleep 600";
    const auto named = id() + "-named", other = id() + "-other";
    std::ofstream(policy())
        << "version: 1\nrules:\n  - {name: denied, sysctls: [net.**], action: deny, scope: {container: "
        << named << "}}\n";
    Process following({program(), "guard", "apply", policy(), "--cgroup", cgroup().path(), "--follow"});
    ASSERT_TRUE(wait_until([this] { return status().find("\"denied\"") != std::string::npos; }))
        << following.errors();
    auto wanted = wish(loop);
    const RealContainer first(GetParam(), named, wanted);
    wanted.cgroup += "-other";
    const RealContainer second(GetParam(), other, wanted);
    EXPECT_NE(second.pid(), 0) << second.output();
    EXPECT_TRUE(wait_until([&] { return second.output().find("free") != std::string::npos; }))
        << second.output() << following.errors();
    EXPECT_EQ(first.output().find("free"), std::string::npos) << first.output();
    following.signal(SIGTERM);
    EXPECT_EQ(following.wait(), 0) << following.errors();
    EXPECT_NE(first.exec("echo 79 > " + ttl + " || echo denied").find("denied"), std::string::npos);
    EXPECT_EQ(second.exec("echo 79 > " + ttl + " || echo denied").find("denied"), std::string::npos);
    EXPECT_EQ(status().find("\"hits\":\"0\""), std::string::npos) << "what was counted outlasts the names\n"
                                                                  << status();
}

INSTANTIATE_TEST_SUITE_P(, GuardRuntime, testing::Values("crun", "runc"),
                         [](const auto& runtime) { return runtime.param; });

} // namespace
} // namespace live
