// Containers that have cgroups of version 1 alone, as on a machine that mounts no other.
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard_fixture.hpp"

namespace live {
namespace {

const std::string domain = "/proc/sys/kernel/domainname";
const std::string machine_wide = "/sys/fs/bpf/nsscope/guard";

class GuardV1 : public Guard {
  protected:
    void SetUp() override {
        Guard::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        if (::access(machine_wide.c_str(), F_OK) == 0) LIVE_SKIP("a policy is in force on this machine");
        ASSERT_TRUE(have_own_mounts());
        ASSERT_EQ(::mkdir(mount_.path().c_str(), 0755), 0);
        if (::mount("none", mount_.path().c_str(), "cgroup", 0, "pids") != 0)
            LIVE_SKIP("the pids controller is not to be had in version 1: " + errno_text());
    }
    ~GuardV1() override {
        (void)nsscope({"guard", "remove"});
        (void)wait_until([this] { return ::rmdir(container().c_str()) != 0 ? errno == ENOENT : true; });
    }
    [[nodiscard]] std::string container() const { return mount_.path() + "/" + id; }
    /// At the root of the unified hierarchy, where such containers are.
    [[nodiscard]] std::string outcome_in(const std::string& v1_cgroup) const {
        const std::string script = "echo 0 > \"$1\"/../cgroup.procs && echo 0 > \"$2\"/cgroup.procs && "
                                   "exec unshare --uts sh -c \"$3\"";
        return run({find_in_path("sh"), "-c", script, "sh", cgroup().directory(), v1_cgroup,
                    attempt("x", domain)})
            .output;
    }
    const std::string id = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e";
    const Scratch mount_{"guard-v1"};
};

TEST_F(GuardV1, IsToldByItsCgroupOfPids) {
    ASSERT_EQ(::mkdir(container().c_str(), 0755), 0);
    for (const std::string scope : {"containers", "{container: 5ca1ab1e5ca1}"}) {
        write_policy("  - {name: denied, sysctls: [kernel.domainname], scope: " + scope +
                     ", action: deny}\n");
        ASSERT_EQ(nsscope({"guard", "apply", policy()}).status, 0);
        EXPECT_EQ(outcome_in(container()), "no\n") << scope;
        EXPECT_EQ(outcome_in(mount_.path()), "yes\n") << scope;
    }
    // a path in a policy is one of the unified hierarchy
    write_policy("  - {name: denied, sysctls: [kernel.domainname], scope: {cgroup: /" + id +
                 "}, action: deny}\n");
    ASSERT_EQ(nsscope({"guard", "apply", policy()}).status, 0);
    EXPECT_EQ(outcome_in(container()), "yes\n");
}

} // namespace
} // namespace live
