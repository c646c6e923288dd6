#include <cerrno>

#include "live.hpp"
#include "oracle.hpp"
#include "stream.hpp"

namespace live {
namespace {

using testing::TestParamInfo;
using Lines = std::vector<std::string>;

class Unshare : public Live {};
class UnshareKind : public Unshare, public testing::WithParamInterface<std::string> {};

TEST_P(UnshareKind, IsTold) {
    const auto& kind = GetParam();
    // the pid namespace for children shows itself when there is a child
    const auto told = expect_told({"unshare:" + kind, kind == "pid" ? "fork" : "view"});
    ASSERT_FALSE(told.empty());
    const bool for_children = kind == "pid" || kind == "time";
    EXPECT_EQ(kinds(told[0]), kind + (for_children ? "+" : ""));
    EXPECT_TRUE(told[0].namespaces.at(0).created);
    EXPECT_EQ(told.size(), kind == "pid" ? 2 : 1);
}

INSTANTIATE_TEST_SUITE_P(Each, UnshareKind,
                         testing::Values("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"),
                         [](const TestParamInfo<std::string>& kind) { return kind.param; });

TEST_F(Unshare, OfAllKindsAtOnceIsOneRecord) {
    const auto told = expect_told({"unshare:cgroup,ipc,mnt,net,pid,time,user,uts", "map", "fork"});
    // the fork takes both namespaces that waited for children
    EXPECT_EQ(summary(told),
              (Lines{"ns.unshare cgroup ipc mnt net user uts pid+ time+", "ns.clone pid time"}));
}

TEST_F(Unshare, AgainGoesFromTheOneBefore) {
    const auto told = expect_told({"unshare:uts", "unshare:uts,ipc", "unshare:net", "unshare:uts"});
    EXPECT_EQ(summary(told),
              (Lines{"ns.unshare uts", "ns.unshare ipc uts", "ns.unshare net", "ns.unshare uts"}));
}

TEST_F(Unshare, OfNothingIsARecordWithoutNamespaces) {
    const auto told = expect_told({"unshare:0", "unshare:files", "unshare:fs"});
    EXPECT_EQ(summary(told), (Lines{"ns.unshare", "ns.unshare", "ns.unshare"}));
}

TEST_F(Unshare, ThatFailsIsARecordWithItsError) {
    const auto told = expect_told({"unshare:0x1", "unshare:uts,0x1", "unshare:pid", "unshare:pid", "fork",
                                   "uid:65534", "unshare:uts", "unshare:net,ipc"});
    EXPECT_EQ(summary(told),
              (Lines{"ns.unshare EINVAL", "ns.unshare EINVAL", "ns.unshare pid+", "ns.unshare EINVAL",
                     "ns.clone pid", "ns.unshare EPERM", "ns.unshare EPERM"}));
    EXPECT_EQ(told.back().process->uid, 65534);
}

TEST_F(Unshare, BeyondALimitIsARecordWithItsError) {
    const auto told = expect_told({"unshare:user", "map", "limit:uts=0", "unshare:uts", "clone3:uts"});
    EXPECT_EQ(summary(told), (Lines{"ns.unshare user", "ns.unshare ENOSPC", "ns.clone ENOSPC"}));
}

TEST_F(Unshare, DeniedBySeccompIsARecordToo) {
    Watch stream;
    auto steps = run_helper({"unshare:uts", "seccomp", "unshare:uts", "clone3:uts"});
    if (has_note(steps, "no seccomp")) LIVE_SKIP("the kernel has no seccomp filters");
    const auto& records = stream.finish();
    Lines expected{"ns.unshare uts", "ns.unshare EACCES", "ns.clone uts"};
    ASSERT_FALSE(records.empty());
    if (records.front().line.find(R"("rung":"tracepoint")") == std::string::npos) {
        // it never reaches the function that the other rungs see (docs/events.md)
        std::erase_if(steps, [](const Step& step) { return step.result == -EACCES; });
        std::erase(expected, "ns.unshare EACCES");
    }
    EXPECT_EQ(summary(expect_told(steps, records)), expected);
}

TEST_F(Unshare, OfNestedUserNamespaces) {
    std::vector<std::string> steps;
    for (int i = 0; i < 5; i++) steps.insert(steps.end(), {"unshare:user", "map"});
    EXPECT_EQ(summary(expect_told(steps)), Lines(5, "ns.unshare user"));
}

TEST_F(Unshare, OfAThirtyTwoBitProgram) {
    Watch stream;
    const auto steps = run_helper({"int80-unshare:uts", "int80-unshare:ipc,0x1", "int80-unshare:net,ipc"});
    if (has_note(steps, "no int80")) LIVE_SKIP("this machine has no 32-bit system calls");
    EXPECT_EQ(summary(expect_told(steps, stream.finish())),
              (Lines{"ns.unshare uts", "ns.unshare EINVAL", "ns.unshare ipc net"}));
}

TEST_F(Unshare, InALoopMissesNone) {
    const auto told = expect_told({"repeat:100:unshare:uts"});
    EXPECT_EQ(summary(told), Lines(100, "ns.unshare uts"));
}

TEST_F(Unshare, ByOneThreadIsItsOwn) {
    // what the first thread does is not changed by what another one has
    const auto told = expect_told({"thread:unshare:uts+fork+clone:ipc", "unshare:uts", "fork", "clone:uts"});
    EXPECT_EQ(summary(told), (Lines{"ns.unshare uts", "ns.clone ipc", "ns.unshare uts", "ns.clone uts"}));
    ASSERT_EQ(told.size(), 4U);
    EXPECT_NE(told[0].process->tid, told[0].process->pid);
    EXPECT_EQ(told[2].process->tid, told[2].process->pid);
}

TEST_F(Unshare, IsRememberedOfAThreadThatTakesOverTheProcess) {
    const auto told = expect_told({"unshare:ipc", "thread:unshare:uts+exec:unshare:uts,ipc"});
    EXPECT_EQ(summary(told), (Lines{"ns.unshare ipc", "ns.unshare uts", "ns.unshare ipc uts"}));
    EXPECT_EQ(told.back().process->tid, told.back().process->pid);
}

/// Threads and processes that were there before nsscope are known by what they were in.
TEST_F(Unshare, OfWhoWasThereBefore) {
    Helper helper({"unshare:uts", "thread:unshare:ipc+hold+unshare:ipc,uts", "unshare:uts,net"});
    ASSERT_TRUE(helper.wait_for("hold"));
    Stream stream;
    helper.go_on();
    auto steps = helper.finish();
    // what was done before the start is not told, but is where the rest goes from
    std::erase_if(steps, [](const Step& step) {
        return step.call == "unshare" && (step.flags == 0x04000000 || step.flags == 0x08000000);
    });
    EXPECT_EQ(summary(expect_told(steps, stream.finish())),
              (Lines{"ns.unshare ipc uts", "ns.unshare net uts"}));
}

} // namespace
} // namespace live
