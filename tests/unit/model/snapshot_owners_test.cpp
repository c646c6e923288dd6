#include <gtest/gtest.h>

#include "scan_builder.hpp"

namespace nsscope {
namespace {

using namespace test;

TEST(SnapshotOwners, ANamespaceIsOwnedByTheCreatorOfItsUserNamespace) {
    Scan scan;
    scan.namespaces = {user_ns(init_user, 0, 4711), user_ns(50, init_user, 1000),
                       known(NsType::net, {7, 0}, 50), known(NsType::net, {8, 0}, init_user)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    EXPECT_EQ(find(snapshot, NsType::net, 7)->owner_user_ns, 50U);
    EXPECT_EQ(find(snapshot, NsType::net, 7)->owner_uid, 1000U);
    EXPECT_EQ(find(snapshot, NsType::net, 8)->owner_user_ns, init_user);
    EXPECT_EQ(find(snapshot, NsType::net, 8)->owner_uid, 0U); // root, whatever a source says
}

TEST(SnapshotOwners, AUserNamespaceIsOwnedByItsParentAndItsOwnCreator) {
    Scan scan;
    scan.namespaces = {user_ns(50, init_user, 1000), user_ns(51, 50, 2000)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    const Namespace* ns = find(snapshot, NsType::user, 51);
    EXPECT_EQ(ns->parent, 50U);
    EXPECT_EQ(ns->owner_user_ns, 50U);
    EXPECT_EQ(ns->owner_uid, 2000U);
    const Namespace* initial = find(snapshot, NsType::user, init_user);
    ASSERT_NE(initial, nullptr);
    EXPECT_TRUE(initial->initial);
    EXPECT_EQ(initial->parent, std::nullopt);
    EXPECT_EQ(initial->owner_user_ns, std::nullopt);
    EXPECT_EQ(initial->owner_uid, 0U);
}

TEST(SnapshotOwners, ParentAndOwnerOfAUserNamespaceStandForEachOther) {
    Scan scan;
    scan.namespaces = {known(NsType::user, {60, 0}, 0, init_user),
                       known(NsType::user, {61, 0}, init_user, 0)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    for (const std::uint32_t inum : {60U, 61U}) {
        EXPECT_EQ(find(snapshot, NsType::user, inum)->parent, init_user);
        EXPECT_EQ(find(snapshot, NsType::user, inum)->owner_user_ns, init_user);
        EXPECT_EQ(find(snapshot, NsType::user, inum)->owner_uid, std::nullopt);
    }
}

TEST(SnapshotOwners, UnknownStaysUnknown) {
    Scan scan;
    scan.tasks = {task_in(10, 10, {{NsSlot::net, {7, 0}}})};
    scan.namespaces = {known(NsType::uts, {8, 0}, 50)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    EXPECT_EQ(find(snapshot, NsType::net, 7)->owner_user_ns, std::nullopt);
    EXPECT_EQ(find(snapshot, NsType::net, 7)->owner_uid, std::nullopt);
    EXPECT_EQ(find(snapshot, NsType::uts, 8)->owner_user_ns, 50U);
    EXPECT_EQ(find(snapshot, NsType::uts, 8)->owner_uid, std::nullopt); // nothing says who made user:[50]
}

TEST(SnapshotOwners, OnlyPidAndUserHaveParents) {
    Scan scan;
    scan.namespaces = {known(NsType::pid, {7, 0}, init_user, init_pid),
                       known(NsType::net, {8, 0}, init_user, 9)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    EXPECT_EQ(find(snapshot, NsType::pid, 7)->parent, init_pid);
    EXPECT_EQ(find(snapshot, NsType::net, 8)->parent, std::nullopt);
    EXPECT_EQ(find(snapshot, NsType::net, 9), nullptr);
}

TEST(SnapshotOwners, WhatIsOnlyReferredToIsANamespaceToo) {
    Scan scan;
    scan.namespaces = {known(NsType::pid, {7, 0}, 50, 6)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    ASSERT_EQ(snapshot.namespaces.size(), 3U);
    const Namespace* parent = find(snapshot, NsType::pid, 6);
    ASSERT_NE(parent, nullptr);
    EXPECT_EQ(parent->parent, std::nullopt);
    EXPECT_EQ(parent->owner_user_ns, std::nullopt);
    EXPECT_TRUE(parent->members.empty());
    ASSERT_NE(find(snapshot, NsType::user, 50), nullptr);
}

/// Two sources that each know a part, of one namespace.
TEST(SnapshotOwners, PartsAddUp) {
    Scan scan;
    scan.namespaces = {known(NsType::pid, {7, 12}, 0, init_pid), known(NsType::pid, {7, 0}, init_user, 0),
                       user_ns(50, init_user, 1000), known(NsType::user, {50, 9}, 0)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    EXPECT_EQ(find(snapshot, NsType::pid, 7)->parent, init_pid);
    EXPECT_EQ(find(snapshot, NsType::pid, 7)->owner_user_ns, init_user);
    EXPECT_EQ(find(snapshot, NsType::user, 50)->owner_uid, 1000U);
    EXPECT_EQ(find(snapshot, NsType::user, 50)->ref.id, 9U);
}

} // namespace
} // namespace nsscope
