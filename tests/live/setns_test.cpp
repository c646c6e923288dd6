#include "live.hpp"
#include "oracle.hpp"
#include "stream.hpp"

namespace live {
namespace {

using testing::TestParamInfo;
using Lines = std::vector<std::string>;

class Setns : public Live {};
class SetnsKind : public Setns, public testing::WithParamInterface<std::string> {
  protected:
    static std::string changed(const std::string& kind) {
        if (kind == "pid") return "pid+";
        return kind == "time" ? "time time+" : kind;
    }
};

TEST_P(SetnsKind, ByNamespaceFile) {
    const auto told = expect_told({"peer:" + GetParam(), "setns:" + GetParam()});
    EXPECT_EQ(summary(told), (Lines{"ns.clone " + GetParam(), "ns.setns " + changed(GetParam())}));
    for (const auto& change : told.back().namespaces) EXPECT_FALSE(change.created);
}

TEST_P(SetnsKind, ByNamespaceFileOfAnyKind) {
    const auto told = expect_told({"peer:" + GetParam(), "setns:" + GetParam() + ":any"});
    EXPECT_EQ(summary(told), (Lines{"ns.clone " + GetParam(), "ns.setns " + changed(GetParam())}));
    EXPECT_EQ(told.back().syscall->flags, Lines{});
}

TEST_P(SetnsKind, ByProcess) {
    const auto told = expect_told({"peer:" + GetParam(), "setns-pidfd:" + GetParam()});
    EXPECT_EQ(summary(told), (Lines{"ns.clone " + GetParam(), "ns.setns " + changed(GetParam())}));
}

INSTANTIATE_TEST_SUITE_P(Each, SetnsKind,
                         testing::Values("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"),
                         [](const TestParamInfo<std::string>& kind) { return kind.param; });

TEST_F(Setns, ToSeveralOfAProcess) {
    const auto told = expect_told({"peer:uts,ipc,net,mnt,pid,cgroup,user,time", "setns-pidfd:uts,ipc",
                                   "setns-pidfd:net,mnt,cgroup,pid", "setns-pidfd:user,time", "fork"});
    ASSERT_EQ(told.size(), 5U);
    EXPECT_EQ(summary(told)[1], "ns.setns ipc uts");
    EXPECT_EQ(summary(told)[2], "ns.setns cgroup mnt net pid+");
    EXPECT_EQ(summary(told)[3], "ns.setns time user time+");
    EXPECT_EQ(summary(told)[4], "ns.clone pid");
}

TEST_F(Setns, BackAgain) {
    const auto told = expect_told({"clone3:uts:peer:uts+setns:uts+unshare:uts+setns:uts"});
    EXPECT_EQ(summary(told),
              (Lines{"ns.clone uts", "ns.clone uts", "ns.setns uts", "ns.unshare uts", "ns.setns uts"}));
}

TEST_F(Setns, ToWhereItIsAlreadyIsARecordWithoutNamespaces) {
    const auto told = expect_told({"setns-own:uts", "setns-own:net:any", "unshare:ipc", "setns-own:ipc"});
    EXPECT_EQ(summary(told), (Lines{"ns.setns", "ns.setns", "ns.unshare ipc", "ns.setns"}));
}

TEST_F(Setns, ThatFailsIsARecordWithItsError) {
    const auto told = expect_told({"bad-setns:fd", "bad-setns:file", "bad-setns:kind", "peer:uts",
                                   "setns-pidfd:0", "setns-own:user", "uid:65534:uts"});
    EXPECT_EQ(summary(told), (Lines{"ns.setns EBADF", "ns.setns EINVAL", "ns.setns EINVAL", "ns.clone uts",
                                    "ns.setns EINVAL", "ns.setns EINVAL", "ns.setns EPERM"}));
    EXPECT_EQ(told.back().process->uid, 65534);
}

TEST_F(Setns, ByOneThreadIsItsOwn) {
    const auto told = expect_told({"peer:uts", "thread:setns:uts+fork", "fork"});
    EXPECT_EQ(summary(told), (Lines{"ns.clone uts", "ns.setns uts"}));
    ASSERT_EQ(told.size(), 2U);
    EXPECT_NE(told[1].process->tid, told[1].process->pid);
}

} // namespace
} // namespace live
