#include <gtest/gtest.h>

#include "scan_builder.hpp"

namespace nsscope {
namespace {

using namespace test;
using How = Pin::How;

std::vector<How> hows(const Snapshot& snapshot, NsType type, std::uint32_t inum) {
    std::vector<How> result;
    const Namespace* ns = find(snapshot, type, inum);
    EXPECT_NE(ns, nullptr);
    if (ns != nullptr)
        for (const auto& pin : ns->pinned_by) result.push_back(pin.how);
    return result;
}

TEST(SnapshotPins, AMountHoldsANamespace) {
    Scan scan;
    scan.mounts = {{NsType::net, 7, "/run/netns/a\n", 99}, {NsType::net, 7, "/run/netns/b", 0}};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    ASSERT_EQ(snapshot.namespaces.size(), 1U);
    const auto& pins = snapshot.namespaces[0].pinned_by;
    ASSERT_EQ(pins.size(), 2U);
    EXPECT_EQ(pins[0].how, How::mount);
    EXPECT_EQ(pins[0].path, "/run/netns/a\n");
    EXPECT_EQ(pins[0].mnt_ns, 99U);
    EXPECT_EQ(pins[1].path, "/run/netns/b");
    EXPECT_EQ(pins[1].mnt_ns, 0U);
}

TEST(SnapshotPins, AMountOfAnotherTypeWithTheSameInumDoesNot) {
    Scan scan;
    scan.namespaces = {known(NsType::uts, {7, 0}, 0)};
    scan.mounts = {{NsType::net, 7, "/run/netns/a"}};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    EXPECT_EQ(hows(snapshot, NsType::uts, 7), std::vector{How::unknown});
    EXPECT_EQ(hows(snapshot, NsType::net, 7), std::vector{How::mount});
}

TEST(SnapshotPins, AMemberMakesPinsPointless) {
    Scan scan;
    scan.tasks = {
        process(10, {{NsSlot::net, {7, 0}}, {NsSlot::pid, {8, 0}}, {NsSlot::pid_for_children, {8, 0}}}),
        process(20, {{NsSlot::pid_for_children, {8, 0}}})};
    scan.mounts = {{NsType::net, 7, "/run/netns/a"}};
    scan.namespaces = {known(NsType::pid, {9, 0}, init_user, 8)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    EXPECT_TRUE(find(snapshot, NsType::net, 7)->pinned_by.empty());
    EXPECT_TRUE(find(snapshot, NsType::pid, 8)->pinned_by.empty());
    EXPECT_TRUE(find(snapshot, NsType::user, init_user)->pinned_by.empty());
}

TEST(SnapshotPins, ForChildrenNamesEachProcessOnce) {
    Scan scan;
    const Change next{NsSlot::pid_for_children, {7, 0}};
    const Change other{NsSlot::pid_for_children, {8, 0}};
    scan.tasks = {thread(20, 20, {next}), thread(20, 21, {other}), thread(20, 22, {next}),
                  thread(10, 10, {next}), thread(30, 30, {{NsSlot::time_for_children, {7, 0}}})};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    const auto& pins = find(snapshot, NsType::pid, 7)->pinned_by;
    ASSERT_EQ(pins.size(), 2U);
    EXPECT_EQ(pins[0].how, How::for_children);
    EXPECT_EQ(pins[0].pid, 10);
    EXPECT_EQ(pins[1].pid, 20);
    ASSERT_EQ(find(snapshot, NsType::time, 7)->pinned_by.size(), 1U);
    EXPECT_EQ(find(snapshot, NsType::time, 7)->pinned_by[0].pid, 30);
}

TEST(SnapshotPins, AChildHoldsItsParent) {
    Scan scan;
    scan.namespaces = {known(NsType::pid, {7, 0}, init_user, init_pid),
                       known(NsType::pid, {8, 0}, init_user, 7)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    const auto& pins = find(snapshot, NsType::pid, 7)->pinned_by;
    ASSERT_EQ(pins.size(), 1U);
    EXPECT_EQ(pins[0].how, How::child);
    EXPECT_EQ(pins[0].type, NsType::pid);
    EXPECT_EQ(pins[0].inum, 8U);
    EXPECT_EQ(hows(snapshot, NsType::pid, 8), std::vector{How::unknown});
}

TEST(SnapshotPins, WhatAUserNamespaceOwnsHoldsIt) {
    Scan scan;
    scan.namespaces = {user_ns(50, init_user, 1000), known(NsType::net, {7, 0}, 50),
                       known(NsType::ipc, {9, 0}, 50)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    const auto& pins = find(snapshot, NsType::user, 50)->pinned_by;
    ASSERT_EQ(pins.size(), 2U);
    EXPECT_EQ(pins[0].how, How::owned);
    EXPECT_EQ(pins[0].type, NsType::ipc);
    EXPECT_EQ(pins[0].inum, 9U);
    EXPECT_EQ(pins[1].type, NsType::net);
    EXPECT_EQ(pins[1].inum, 7U);
}

TEST(SnapshotPins, AUserNamespaceInAnotherIsAChildAndNotOwnedToo) {
    for (const bool only_owner_known : {false, true}) {
        Scan scan;
        scan.namespaces = {user_ns(50, init_user, 0),
                           known(NsType::user, {51, 0}, 50, only_owner_known ? 0 : 50)};
        const Snapshot snapshot = build_snapshot(std::move(scan));
        EXPECT_EQ(hows(snapshot, NsType::user, 50), std::vector{How::child});
    }
}

TEST(SnapshotPins, AllReasonsAreGivenInOneOrder) {
    Scan scan;
    scan.tasks = {process(10, {{NsSlot::pid_for_children, {7, 0}}})};
    scan.mounts = {{NsType::pid, 7, "/run/pidns"}, {NsType::user, 50, "/run/userns"}};
    scan.namespaces = {known(NsType::pid, {8, 0}, init_user, 7), user_ns(50, init_user, 0),
                       known(NsType::cgroup, {3, 0}, 50), user_ns(51, 50, 0)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    EXPECT_EQ(hows(snapshot, NsType::pid, 7), (std::vector{How::mount, How::for_children, How::child}));
    EXPECT_EQ(hows(snapshot, NsType::user, 50), (std::vector{How::mount, How::child, How::owned}));
}

TEST(SnapshotPins, WithoutReasonItIsUnknown) {
    Scan scan;
    scan.namespaces = {known(NsType::net, {7, 0}, init_user)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    EXPECT_EQ(hows(snapshot, NsType::net, 7), std::vector{How::unknown});
    EXPECT_EQ(hows(snapshot, NsType::user, init_user), std::vector{How::owned});
}

/// A chain of user namespaces of which only the innermost has a process: each is held by the next.
TEST(SnapshotPins, AChainHoldsItself) {
    Scan scan;
    scan.tasks = {task_in(10, 10, {{NsSlot::user, {53, 0}}})};
    scan.namespaces = {user_ns(53, 52, 0), user_ns(52, 51, 0), user_ns(51, init_user, 0)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    for (const std::uint32_t inum : {init_user, 51U, 52U})
        EXPECT_EQ(hows(snapshot, NsType::user, inum), std::vector{How::child});
    EXPECT_TRUE(find(snapshot, NsType::user, 53)->pinned_by.empty());
}

/// No kernel says so, but a scan is input like any other: it must end.
TEST(SnapshotPins, ALoopOfParentsEnds) {
    Scan scan;
    scan.namespaces = {known(NsType::pid, {7, 0}, 0, 8), known(NsType::pid, {8, 0}, 0, 7),
                       known(NsType::user, {9, 0}, 9, 9)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    EXPECT_EQ(hows(snapshot, NsType::pid, 7), std::vector{How::child});
    EXPECT_EQ(hows(snapshot, NsType::pid, 8), std::vector{How::child});
    EXPECT_EQ(hows(snapshot, NsType::user, 9), std::vector{How::child});
}

TEST(SnapshotPins, OpenFilesAndSocketsHoldANamespace) {
    Scan scan;
    scan.files = {{NsType::net, {7, 1}, 12, 12, 5, true},
                  {NsType::net, {7, 1}, 11, 13, 4, false},
                  {NsType::net, {7, 1}, 11, 11, 9, false}};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    ASSERT_EQ(snapshot.namespaces.size(), 1U);
    const auto& pins = snapshot.namespaces[0].pinned_by;
    ASSERT_EQ(pins.size(), 3U);
    EXPECT_EQ(pins[0].how, How::fd);
    EXPECT_EQ(pins[0].fd, 9);
    EXPECT_EQ(pins[0].tid, 0);
    EXPECT_EQ(pins[1].tid, 13); // a thread with its own descriptors
    EXPECT_EQ(pins[2].how, How::socket);
    EXPECT_EQ(pins[2].pid, 12);
}

TEST(SnapshotPins, AFileOfAnotherGenerationHoldsThatOne) {
    Scan scan;
    scan.files = {{NsType::uts, {7, 1}, 11, 11, 3, false}, {NsType::uts, {7, 2}, 11, 11, 4, false}};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    ASSERT_EQ(snapshot.namespaces.size(), 2U);
    for (const auto& ns : snapshot.namespaces) {
        ASSERT_EQ(ns.pinned_by.size(), 1U);
        EXPECT_EQ(ns.pinned_by[0].fd, ns.ref.id == 1 ? 3 : 4);
    }
}

TEST(SnapshotPins, AllOfThemWhereAsked) {
    Scan scan;
    ScannedTask main, thread;
    main.pid = main.tid = thread.pid = 11;
    thread.tid = 12;
    main.comm = "a";
    main.ns[static_cast<std::size_t>(NsSlot::uts)] = {7, 1};
    thread.ns[static_cast<std::size_t>(NsSlot::uts)] = {8, 2};
    scan.tasks = {main, thread};
    scan.files = {{NsType::uts, {7, 1}, 11, 11, 3, false}};
    const Snapshot snapshot = build_snapshot(std::move(scan), PinsOf::all);
    EXPECT_EQ(hows(snapshot, NsType::uts, 7), (std::vector{How::process, How::fd}));
    ASSERT_EQ(hows(snapshot, NsType::uts, 8), std::vector{How::thread});
    const auto& pin = find(snapshot, NsType::uts, 8)->pinned_by[0];
    EXPECT_EQ(pin.pid, 11);
    EXPECT_EQ(pin.tid, 12);
    EXPECT_EQ(pin.comm, "a");
}

} // namespace
} // namespace nsscope
