#include <gtest/gtest.h>

#include "scan_builder.hpp"

namespace nsscope {
namespace {

using namespace test;
using Pids = std::vector<pid_t>;

TEST(SnapshotMembers, NothingGivesNothing) {
    const Snapshot snapshot = build_snapshot({});
    EXPECT_TRUE(snapshot.namespaces.empty());
    EXPECT_TRUE(snapshot.complete());
    EXPECT_EQ(find(snapshot, NsType::net, 10), nullptr);
}

TEST(SnapshotMembers, CarriesSourceAndIssues) {
    Scan scan;
    scan.source = "bpf+proc";
    scan.issues.push_back({"namespaces of a process", 1, "permission denied (pid 1)"});
    const Snapshot snapshot = build_snapshot(std::move(scan));
    EXPECT_EQ(snapshot.source, "bpf+proc");
    ASSERT_EQ(snapshot.issues.size(), 1U);
    EXPECT_EQ(snapshot.issues[0].why, "permission denied (pid 1)");
    EXPECT_FALSE(snapshot.complete());
}

TEST(SnapshotMembers, ListsProcessesAscendingAndCountsThreads) {
    Scan scan;
    for (const auto& [pid, tid] : {std::pair{30, 31}, {10, 10}, {30, 30}, {20, 20}, {10, 40}, {10, 5}})
        scan.tasks.push_back(task_in(pid, tid, {{NsSlot::net, {7, 0}}}));
    const Snapshot snapshot = build_snapshot(std::move(scan));
    ASSERT_EQ(snapshot.namespaces.size(), 1U);
    const Namespace& ns = snapshot.namespaces[0];
    EXPECT_EQ(ns.members, (Pids{10, 20, 30}));
    EXPECT_EQ(ns.nthreads, 6U);
    EXPECT_TRUE(ns.pinned_by.empty());
}

TEST(SnapshotMembers, AThreadMakesItsProcessAMember) {
    Scan scan;
    scan.tasks = {process(10), thread(10, 11, {{NsSlot::net, {7, 0}}}), thread(10, 12), process(20)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    const Namespace* ns = find(snapshot, NsType::net, 7);
    ASSERT_NE(ns, nullptr);
    EXPECT_EQ(ns->members, Pids{10});
    EXPECT_EQ(ns->nthreads, 1U);
    ASSERT_TRUE(ns->leader);
    EXPECT_EQ(ns->leader->pid, 10);
    EXPECT_EQ(ns->leader->comm, "t10"); // the main thread's, though it is elsewhere
    const Namespace* initial = find(snapshot, NsType::net, init_net);
    ASSERT_NE(initial, nullptr);
    EXPECT_EQ(initial->members, (Pids{10, 20}));
    EXPECT_EQ(initial->nthreads, 3U);
}

TEST(SnapshotMembers, ThreadsThatAlternateCountOnce) {
    Scan scan;
    for (pid_t tid = 10; tid < 16; ++tid)
        scan.tasks.push_back(task_in(10, tid, {{NsSlot::net, {tid % 2 == 0 ? 7U : 8U, 0}}}));
    const Snapshot snapshot = build_snapshot(std::move(scan));
    for (const std::uint32_t inum : {7U, 8U}) {
        EXPECT_EQ(find(snapshot, NsType::net, inum)->members, Pids{10});
        EXPECT_EQ(find(snapshot, NsType::net, inum)->nthreads, 3U);
    }
}

TEST(SnapshotMembers, WhatChildrenWillBeBornInHasNoMembers) {
    Scan scan;
    scan.tasks = {process(10, {{NsSlot::pid_for_children, {7, 0}}, {NsSlot::time_for_children, {8, 0}}})};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    for (const auto& [type, inum] : {std::pair{NsType::pid, 7U}, {NsType::time, 8U}}) {
        const Namespace* ns = find(snapshot, type, inum);
        ASSERT_NE(ns, nullptr);
        EXPECT_TRUE(ns->members.empty());
        EXPECT_EQ(ns->nthreads, 0U);
        EXPECT_FALSE(ns->leader);
    }
    EXPECT_EQ(find(snapshot, NsType::pid, init_pid)->nthreads, 1U); // once, not twice
}

TEST(SnapshotMembers, AnExitedTaskIsNowhere) {
    Scan scan;
    scan.tasks = {task_in(10, 10, {}), task_in(20, 20, {{NsSlot::user, {init_user, 0}}})};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    ASSERT_EQ(snapshot.namespaces.size(), 1U);
    EXPECT_EQ(snapshot.namespaces[0].members, Pids{20});
}

TEST(SnapshotLeader, IsTheLowestPidWithItsMainThreadsData) {
    Scan scan;
    scan.tasks = {thread(30, 30), thread(20, 19), thread(20, 20)};
    scan.tasks[2].ppid = 3;
    scan.tasks[2].uid = 1000;
    scan.tasks[2].comm = "evil\x1B\xFF";
    scan.tasks[2].cmdline = std::string("a\0b\0", 4);
    scan.tasks[2].has_cmdline = true;
    const Snapshot snapshot = build_snapshot(std::move(scan));
    for (const auto& ns : snapshot.namespaces) {
        ASSERT_TRUE(ns.leader);
        EXPECT_EQ(ns.leader->pid, 20);
        EXPECT_EQ(ns.leader->ppid, 3);
        EXPECT_EQ(ns.leader->uid, 1000U);
        EXPECT_EQ(ns.leader->comm, "evil\x1B\xFF");
        EXPECT_EQ(ns.leader->cmdline, std::string("a\0b\0", 4));
    }
}

TEST(SnapshotLeader, CmdlineIsUnknownUnlessRead) {
    Scan scan;
    scan.tasks = {task_in(10, 10, {{NsSlot::net, {7, 0}}}), task_in(20, 20, {{NsSlot::net, {8, 0}}})};
    scan.tasks[0].cmdline = "left over";
    scan.tasks[1].has_cmdline = true;
    const Snapshot snapshot = build_snapshot(std::move(scan));
    EXPECT_EQ(find(snapshot, NsType::net, 7)->leader->cmdline, std::nullopt);
    EXPECT_EQ(find(snapshot, NsType::net, 8)->leader->cmdline, ""); // read, and empty
}

TEST(SnapshotLeader, WithoutMainThreadIsSaidByAnother) {
    Scan scan;
    scan.tasks = {task_in(10, 12, {{NsSlot::net, {7, 0}}})};
    scan.tasks[0].uid = 5;
    const Snapshot snapshot = build_snapshot(std::move(scan));
    const auto& leader = find(snapshot, NsType::net, 7)->leader;
    ASSERT_TRUE(leader);
    EXPECT_EQ(leader->pid, 10);
    EXPECT_EQ(leader->uid, 5U);
    EXPECT_EQ(leader->comm, "t12");
}

} // namespace
} // namespace nsscope
