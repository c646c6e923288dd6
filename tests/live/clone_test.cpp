#include "live.hpp"
#include "oracle.hpp"
#include "stream.hpp"

namespace live {
namespace {

using testing::TestParamInfo;
using Lines = std::vector<std::string>;

class Clone : public Live {};
class CloneKind : public Clone, public testing::WithParamInterface<std::string> {};

TEST_P(CloneKind, IsTold) {
    const auto& kind = GetParam();
    const bool is_time = kind == "time"; // clone(2) has the exit signal in its place
    const auto told = expect_told({is_time ? "view" : "clone:" + kind, "clone3:" + kind});
    EXPECT_EQ(summary(told), Lines(is_time ? 1 : 2, "ns.clone " + kind));
    for (const auto& record : told) EXPECT_TRUE(record.namespaces.at(0).created);
}

INSTANTIATE_TEST_SUITE_P(Each, CloneKind,
                         testing::Values("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"),
                         [](const TestParamInfo<std::string>& kind) { return kind.param; });

TEST_F(Clone, OfAllKindsAtOnceIsOneRecord) {
    const auto told =
        expect_told({"clone3:cgroup,ipc,mnt,net,pid,time,user,uts", "clone:cgroup,ipc,mnt,net,pid,user,uts"});
    EXPECT_EQ(summary(told), (Lines{"ns.clone cgroup ipc mnt net pid time user uts",
                                    "ns.clone cgroup ipc mnt net pid user uts"}));
}

TEST_F(Clone, ThatChangesNothingIsNone) {
    EXPECT_EQ(
        summary(expect_told({"fork", "vfork", "clone:0", "clone3:0", "clone3:fs,sysvsem", "thread:view"})),
        Lines{});
}

TEST_F(Clone, AfterUnshareOfThePidNamespaceIsNotItsMaker) {
    for (const std::string by : {"fork", "vfork", "clone:0", "clone3:0"}) {
        const auto told = expect_told({"unshare:pid", by});
        EXPECT_EQ(summary(told), (Lines{"ns.unshare pid+", "ns.clone pid"})) << by;
        ASSERT_EQ(told.size(), 2U);
        ASSERT_TRUE(told[1].child);
        EXPECT_FALSE(told[1].namespaces.at(0).created) << by;
        EXPECT_EQ(told[1].child->ns_pid, 1U) << by;
    }
}

TEST_F(Clone, InsideAPidNamespaceHasItsOwnNumbers) {
    const auto told = expect_told({"clone3:pid:clone3:uts+clone:ipc+unshare:net+clone3:pid"});
    EXPECT_EQ(summary(told),
              (Lines{"ns.clone pid", "ns.clone uts", "ns.clone ipc", "ns.unshare net", "ns.clone pid"}));
    ASSERT_EQ(told.size(), 5U);
    ASSERT_TRUE(told[1].syscall && told[1].child);
    EXPECT_EQ(told[1].process->ns_pid, 1U);
    EXPECT_EQ(told[1].syscall->result, 2); // the pid that the caller got
    EXPECT_NE(told[1].child->pid, 2U);
}

TEST_F(Clone, OfASibling) {
    // the caller is not the parent of what it makes
    const auto told = expect_told({"clone3:uts,parent", "clone:ipc,parent"});
    ASSERT_EQ(told.size(), 2U);
    for (const auto& record : told) {
        ASSERT_TRUE(record.child) << record.line;
        EXPECT_EQ(record.child->ppid, record.process->ppid);
    }
}

TEST_F(Clone, OfAChildWithMoreForItsOwnChildren) {
    // the child is in the pid namespace that it was born for, and the one that waits stays the parent's
    const auto told = expect_told({"unshare:pid", "fork:clone3:uts+fork", "clone3:ipc"});
    EXPECT_EQ(told.front().event, "ns.unshare");
}

TEST_F(Clone, ThatFailsIsARecordWhenItAskedForANamespace) {
    const auto told = expect_told({"clone3:user,fs", "clone:user,fs", "clone3:mnt,fs", "clone3:uts,thread",
                                   "bad-clone3:size", "uid:65534", "clone3:uts", "clone:net,uts"});
    EXPECT_EQ(summary(told),
              (Lines{"ns.clone EINVAL", "ns.clone EINVAL", "ns.clone EINVAL", "ns.clone EINVAL",
                     "ns.clone EINVAL", "ns.clone EPERM", "ns.clone EPERM"}));
}

TEST_F(Clone, ThatFailsWithoutAskingForANamespaceIsNone) {
    Watch stream;
    // the second fork finds its pid namespace without an init
    const auto steps = run_helper({"unshare:pid", "fork", "fork", "clone3:thread", "bad-clone3:unreadable"});
    auto asked = steps;
    // which namespaces it wanted, nobody could read
    std::erase_if(asked, [](const Step& step) { return step.result == -EFAULT; });
    EXPECT_EQ(asked.size() + 1, steps.size());
    EXPECT_EQ(summary(expect_told(asked, stream.finish())), (Lines{"ns.unshare pid+", "ns.clone pid"}));
}

class TimeNamespace : public Live {};

TEST_F(TimeNamespace, WaitsForTheNextChild) {
    const auto told = expect_told({"unshare:time", "fork", "vfork"});
    ASSERT_GE(told.size(), 2U);
    EXPECT_EQ(kinds(told[0]), "time+");
    EXPECT_EQ(summary({told[1]}), Lines{"ns.clone time"});
    EXPECT_FALSE(told[1].namespaces.at(0).created);
}

TEST_F(TimeNamespace, OfAChildThatSharesMemory) {
    // until 6.11 it was in it at once; since then it enters with an exec
    const auto told = expect_told({"clone3:time,vm,vfork", "clone3:time,uts,vm,vfork"});
    ASSERT_EQ(told.size(), 2U);
    EXPECT_TRUE(kinds(told[0]) == "time+" || kinds(told[0]) == "time") << told[0].line;
}

TEST_F(TimeNamespace, IsEnteredByExec) {
    const auto told = expect_told({"unshare:time", "exec:view+unshare:uts+exec:view"});
    ASSERT_GE(told.size(), 2U);
    // where an exec changes nothing, the oracle saw none either
    if (told.size() == 3) {
        EXPECT_EQ(summary(told), (Lines{"ns.unshare time+", "ns.setns time", "ns.unshare uts"}));
        EXPECT_EQ(told[1].syscall->name, "execve");
        EXPECT_FALSE(told[1].namespaces.at(0).created);
    }
}

TEST_F(TimeNamespace, IsEnteredByTheExecOfAThread) {
    const auto told = expect_told({"unshare:time", "thread:exec:view"});
    EXPECT_FALSE(told.empty());
}

TEST_F(TimeNamespace, IsInheritedByThreads) {
    // a thread is born in the time namespace of its creator, whatever waits for its children
    EXPECT_FALSE(expect_told({"clone3:time:thread:unshare:uts+fork+unshare:ipc"}).empty());
}

} // namespace
} // namespace live
