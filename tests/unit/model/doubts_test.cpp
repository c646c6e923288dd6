// Numbers that may have been given again during a scan, on kernels without 64-bit ids.
#include "model/doubts.hpp"

#include <gtest/gtest.h>

namespace nsscope {
namespace {

constexpr std::uint32_t some = 4026532100, other = 4026532200;

ScannedTask task(pid_t pid, NsSlot slot, NsRef ref) {
    ScannedTask task;
    task.pid = task.tid = pid;
    task.ns[static_cast<std::size_t>(slot)] = ref;
    return task;
}

ScannedNamespace described(NsType type, std::uint32_t inum, std::uint32_t owner = 0,
                           std::uint32_t parent = 0) {
    ScannedNamespace ns;
    ns.type = type;
    ns.ref = {inum, 0};
    ns.owner_user_ns = owner;
    ns.parent = parent;
    return ns;
}

bool nothing_held(NsType, std::uint32_t) { return false; }

TEST(Doubts, OneReferenceIsToOneNamespace) {
    Scan scan;
    scan.tasks = {task(1, NsSlot::uts, {some, 0}), task(2, NsSlot::uts, {other, 0}),
                  task(3, NsSlot::ipc, {some, 0})}; // a number of another kind
    scan.namespaces = {described(NsType::uts, some), described(NsType::uts, other),
                       described(NsType::ipc, some)};
    const Doubts doubts(scan, nothing_held);
    EXPECT_TRUE(doubts.none());
    EXPECT_EQ(doubts.remove_from(scan), 0U);
    EXPECT_EQ(scan.tasks[2].ns[static_cast<std::size_t>(NsSlot::ipc)].inum, some);
}

TEST(Doubts, TwoReferencesMayBeToTwo) {
    Scan scan;
    scan.tasks = {task(1, NsSlot::uts, {some, 0}), task(2, NsSlot::uts, {some, 0}),
                  task(3, NsSlot::uts, {some, 0})};
    scan.namespaces = {described(NsType::uts, some)};
    const Doubts doubts(scan, nothing_held);
    EXPECT_EQ(doubts.count(), 1U);
    EXPECT_TRUE(doubts.has(NsType::uts, some));
    EXPECT_FALSE(doubts.has(NsType::ipc, some));
    EXPECT_EQ(doubts.remove_from(scan), 2U);
    const auto uts = static_cast<std::size_t>(NsSlot::uts);
    EXPECT_EQ(scan.tasks[0].ns[uts].inum, some); // what was met first
    EXPECT_EQ(scan.tasks[1].ns[uts].inum, 0U);
    EXPECT_EQ(scan.tasks[2].ns[uts].inum, 0U);
    EXPECT_EQ(scan.namespaces.size(), 1U);
}

TEST(Doubts, WhatWasHeldIsOne) {
    Scan scan;
    scan.tasks = {task(1, NsSlot::uts, {some, 0}), task(2, NsSlot::uts, {some, 0}),
                  task(3, NsSlot::uts, {other, 0}), task(4, NsSlot::uts, {other, 0})};
    const Doubts doubts(scan, [](NsType, std::uint32_t inum) { return inum == some; });
    EXPECT_EQ(doubts.count(), 1U);
    EXPECT_TRUE(doubts.has(NsType::uts, other));
}

TEST(Doubts, AnIdLeavesNone) {
    Scan scan;
    scan.tasks = {task(1, NsSlot::uts, {some, 7}), task(2, NsSlot::uts, {some, 7})};
    EXPECT_TRUE(Doubts(scan, nothing_held).none());
}

/// All that a task refers to is read at once, and with it what owns that.
TEST(Doubts, ATaskIsOneMoment) {
    Scan scan;
    auto one = task(1, NsSlot::pid, {some, 0});
    one.ns[static_cast<std::size_t>(NsSlot::pid_for_children)] = {some, 0};
    one.ns[static_cast<std::size_t>(NsSlot::user)] = {other, 0};
    scan.tasks = {one};
    scan.namespaces = {described(NsType::pid, some, other), described(NsType::user, other)};
    EXPECT_TRUE(Doubts(scan, nothing_held).none());
}

TEST(Doubts, FilesAndMountsAreMomentsOfTheirOwn) {
    Scan scan;
    scan.tasks = {task(1, NsSlot::net, {some, 0})};
    scan.files = {{NsType::net, {some, 0}, 1, 1, 3, false}, {NsType::net, {other, 0}, 1, 1, 4, false}};
    scan.mounts = {{NsType::net, other, "/run/netns/a", 0, 0}};
    const Doubts doubts(scan, nothing_held);
    EXPECT_EQ(doubts.count(), 2U);
    EXPECT_EQ(doubts.remove_from(scan), 2U);
    ASSERT_EQ(scan.files.size(), 1U);
    EXPECT_EQ(scan.files[0].ref.inum, other);
    EXPECT_TRUE(scan.mounts.empty());
}

/// Two processes in namespaces whose owners had one number, one after the other.
TEST(Doubts, OwnersAndParents) {
    Scan scan;
    scan.tasks = {task(1, NsSlot::uts, {some, 0}), task(2, NsSlot::uts, {some + 1, 0}),
                  task(3, NsSlot::pid, {some, 0}), task(4, NsSlot::pid, {some + 1, 0})};
    scan.namespaces = {described(NsType::uts, some, other), described(NsType::uts, some + 1, other),
                       described(NsType::pid, some, 0, other), described(NsType::pid, some + 1, 0, other)};
    const Doubts doubts(scan, nothing_held);
    EXPECT_TRUE(doubts.has(NsType::user, other));
    EXPECT_TRUE(doubts.has(NsType::pid, other));
    EXPECT_EQ(doubts.remove_from(scan), 2U);
    EXPECT_EQ(scan.namespaces[0].owner_user_ns, other);
    EXPECT_EQ(scan.namespaces[1].owner_user_ns, 0U);
    EXPECT_EQ(scan.namespaces[2].parent, other);
    EXPECT_EQ(scan.namespaces[3].parent, 0U);
}

/// What no task shows is described by another program than the one that met its number.
TEST(Doubts, AnAncestorIsDescribedLater) {
    Scan scan;
    scan.tasks = {task(1, NsSlot::user, {some, 0})};
    scan.namespaces = {described(NsType::user, some, other, other), described(NsType::user, other)};
    const Doubts doubts(scan, nothing_held);
    EXPECT_TRUE(doubts.has(NsType::user, other));
    EXPECT_FALSE(doubts.has(NsType::user, some));
    EXPECT_EQ(doubts.remove_from(scan), 1U);
    EXPECT_EQ(scan.namespaces.size(), 1U); // it stays a number that its child names
    EXPECT_EQ(scan.namespaces[0].owner_user_ns, other);
}

} // namespace
} // namespace nsscope
