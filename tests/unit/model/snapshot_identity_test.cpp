#include <gtest/gtest.h>

#include <tuple>

#include "scan_builder.hpp"

namespace nsscope {
namespace {

using namespace test;
using Pids = std::vector<pid_t>;

TEST(SnapshotIdentity, OneInumInTwoTypesIsTwoNamespaces) {
    Scan scan;
    scan.tasks = {task_in(10, 10, {{NsSlot::net, {7, 0}}}), task_in(20, 20, {{NsSlot::uts, {7, 0}}})};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    ASSERT_EQ(snapshot.namespaces.size(), 2U);
    EXPECT_EQ(find(snapshot, NsType::net, 7)->members, Pids{10});
    EXPECT_EQ(find(snapshot, NsType::uts, 7)->members, Pids{20});
    EXPECT_EQ(find(snapshot, NsType::ipc, 7), nullptr);
}

TEST(SnapshotIdentity, OneInumWithTwoIdsIsTwoNamespaces) {
    Scan scan;
    scan.tasks = {task_in(10, 10, {{NsSlot::net, {7, 200}}}), task_in(20, 20, {{NsSlot::net, {7, 100}}})};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    ASSERT_EQ(snapshot.namespaces.size(), 2U);
    EXPECT_EQ(snapshot.namespaces[0].ref.id, 100U);
    EXPECT_EQ(snapshot.namespaces[0].members, Pids{20});
    EXPECT_EQ(find(snapshot, NsType::net, 7), nullptr); // which one is it?
    EXPECT_EQ(find(snapshot, NsType::net, 7, 200), &snapshot.namespaces[1]);
    EXPECT_EQ(find(snapshot, NsType::net, 7, 300), nullptr);
    EXPECT_EQ(find_all(snapshot, NsType::net, 7).size(), 2U);
}

TEST(SnapshotIdentity, ASourceWithoutIdsSpeaksOfTheSame) {
    for (const bool id_first : {false, true}) {
        Scan scan;
        scan.tasks = {task_in(10, 10, {{NsSlot::net, {7, id_first ? 5U : 0U}}}),
                      task_in(20, 20, {{NsSlot::net, {7, id_first ? 0U : 5U}}})};
        const Snapshot snapshot = build_snapshot(std::move(scan));
        ASSERT_EQ(snapshot.namespaces.size(), 1U);
        EXPECT_EQ(snapshot.namespaces[0].ref, (NsRef{7, 5}));
        EXPECT_EQ(snapshot.namespaces[0].members, (Pids{10, 20}));
    }
}

/// The greatest id is not that of the latest: nobody can tell.
TEST(SnapshotIdentity, WithoutIdItMayBeEitherOfTwo) {
    Scan scan;
    scan.tasks = {task_in(10, 10, {{NsSlot::net, {7, 0}}}), task_in(20, 20, {{NsSlot::net, {7, 3}}})};
    scan.namespaces = {known(NsType::net, {7, 3}, 0), known(NsType::net, {7, 9}, 0)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    ASSERT_EQ(snapshot.namespaces.size(), 2U);
    EXPECT_EQ(snapshot.namespaces[0].members, Pids{20});
    EXPECT_TRUE(snapshot.namespaces[1].members.empty());
    EXPECT_EQ(find(snapshot, NsType::net, 7), &snapshot.namespaces[0]); // one is in use
    ASSERT_EQ(snapshot.issues.size(), 1U);
    EXPECT_EQ(snapshot.issues[0].count, 1U);
    EXPECT_NE(snapshot.issues[0].why.find("raced"), std::string::npos);
}

/// An owner is known by its number: whose uid made it is not known where two had that.
TEST(SnapshotIdentity, AnOwnerMayBeEitherOfTwo) {
    Scan scan;
    auto one = known(NsType::user, {8, 4}, init_user), other = known(NsType::user, {8, 5}, init_user);
    one.has_owner_uid = other.has_owner_uid = true;
    one.owner_uid = 1000;
    other.owner_uid = 1001;
    scan.tasks = {task_in(10, 10, {{NsSlot::user, {8, 4}}}), task_in(20, 20, {{NsSlot::user, {8, 5}}}),
                  task_in(30, 30, {{NsSlot::net, {7, 3}}})};
    scan.namespaces = {one, other, known(NsType::net, {7, 3}, 8)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    const Namespace* ns = find(snapshot, NsType::net, 7);
    ASSERT_NE(ns, nullptr);
    EXPECT_EQ(ns->owner_user_ns, 8U);
    EXPECT_EQ(ns->owner_uid, std::nullopt);
    EXPECT_FALSE(snapshot.complete());
}

TEST(SnapshotIdentity, OrderIsTypeInumId) {
    Scan scan;
    scan.namespaces = {known(NsType::uts, {5, 1}, 0), known(NsType::net, {0xF0000001, 1}, 0),
                       known(NsType::net, {9, 8}, 0), known(NsType::net, {9, 2}, 0),
                       known(NsType::cgroup, {900, 1}, 0)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    ASSERT_EQ(snapshot.namespaces.size(), 5U);
    for (std::size_t i = 1; i < snapshot.namespaces.size(); ++i) {
        const auto key = [](const Namespace& ns) { return std::tuple{ns.type, ns.ref.inum, ns.ref.id}; };
        EXPECT_LT(key(snapshot.namespaces[i - 1]), key(snapshot.namespaces[i]));
    }
    EXPECT_EQ(find(snapshot, NsType::cgroup, 900), &snapshot.namespaces[0]);
    EXPECT_EQ(find(snapshot, NsType::uts, 5), &snapshot.namespaces[4]);
    EXPECT_EQ(find(snapshot, NsType::cgroup, 899), nullptr);
    EXPECT_EQ(find(snapshot, NsType::uts, 6), nullptr);
}

TEST(SnapshotInitial, IsToldByTheFixedInums) {
    Scan scan;
    scan.tasks = {process(10), process(20, {{NsSlot::cgroup, {1, 0}},
                                            {NsSlot::ipc, {2, 0}},
                                            {NsSlot::mnt, {3, 0}},
                                            {NsSlot::net, {4, 0}},
                                            {NsSlot::pid, {5, 0}},
                                            {NsSlot::time, {6, 0}},
                                            {NsSlot::user, {7, 0}},
                                            {NsSlot::uts, {8, 0}}})};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    ASSERT_EQ(snapshot.namespaces.size(), 16U);
    for (const auto& ns : snapshot.namespaces)
        EXPECT_EQ(ns.initial, ns.ref.inum >= first_inum) << name(ns.type) << ns.ref.inum;
}

/// The numbers belong to one type each; another type's number means nothing.
TEST(SnapshotInitial, FixedInumsOfOtherTypesDoNotCount) {
    Scan scan;
    scan.namespaces = {known(NsType::net, {init_mnt, 0}, 0), known(NsType::mnt, {init_net, 0}, 0),
                       known(NsType::uts, {init_user, 0}, 0)};
    for (const auto& ns : build_snapshot(std::move(scan)).namespaces) EXPECT_FALSE(ns.initial);
}

Scan old_kernel(bool kthreadd) {
    const std::initializer_list<Change> initial{{NsSlot::mnt, {0xF0000000, 0}},
                                                {NsSlot::net, {0xF0000098, 0}}};
    Scan scan;
    scan.tasks = {process(1, {{NsSlot::mnt, {77, 0}}, {NsSlot::net, {78, 0}}}), process(2, initial),
                  process(3, initial)};
    scan.tasks[1].kernel_thread = kthreadd;
    return scan;
}

TEST(SnapshotInitial, OfMntAndNetOnOldKernelsIsKthreadds) {
    const Snapshot snapshot = build_snapshot(old_kernel(true));
    EXPECT_TRUE(find(snapshot, NsType::mnt, 0xF0000000)->initial);
    EXPECT_TRUE(find(snapshot, NsType::net, 0xF0000098)->initial);
    EXPECT_FALSE(find(snapshot, NsType::mnt, 77)->initial);
    EXPECT_FALSE(find(snapshot, NsType::net, 78)->initial);
}

TEST(SnapshotInitial, IsNotGuessedFromAnOrdinaryPid2) {
    const Snapshot snapshot = build_snapshot(old_kernel(false));
    for (const auto& ns : snapshot.namespaces)
        if (ns.type == NsType::mnt || ns.type == NsType::net) {
            EXPECT_FALSE(ns.initial);
        }
}

TEST(SnapshotInitial, FixedInumWinsOverKthreadd) {
    Scan scan = old_kernel(true);
    scan.namespaces = {known(NsType::mnt, {init_mnt, 0}, 0)};
    const Snapshot snapshot = build_snapshot(std::move(scan));
    EXPECT_TRUE(find(snapshot, NsType::mnt, init_mnt)->initial);
    EXPECT_FALSE(find(snapshot, NsType::mnt, 0xF0000000)->initial);
}

} // namespace
} // namespace nsscope
