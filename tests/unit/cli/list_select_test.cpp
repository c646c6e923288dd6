#include "cli/list_select.hpp"

#include <gtest/gtest.h>

namespace nsscope {
namespace {

Namespace make(NsType type, std::uint32_t inum, std::vector<pid_t> members) {
    Namespace ns;
    ns.type = type;
    ns.ref.inum = inum;
    ns.members = std::move(members);
    return ns;
}

/// Of two kinds; 10 is the number of two namespaces, and 12 holds nobody.
Snapshot machine() {
    Snapshot snapshot;
    snapshot.namespaces = {make(NsType::net, 10, {1, 5}), make(NsType::net, 12, {}),
                           make(NsType::uts, 10, {1}), make(NsType::uts, 11, {5, 9})};
    return snapshot;
}

using Positions = std::vector<std::size_t>;

TEST(ListSelect, Everything) { EXPECT_EQ(select_namespaces(machine(), {}), (Positions{0, 1, 2, 3})); }

TEST(ListSelect, ByType) {
    EXPECT_EQ(select_namespaces(machine(), {.types = {NsType::uts}}), (Positions{2, 3}));
    EXPECT_EQ(select_namespaces(machine(), {.types = {NsType::uts, NsType::net}}), (Positions{0, 1, 2, 3}));
    EXPECT_EQ(select_namespaces(machine(), {.types = {NsType::ipc}}), Positions{}); // none, and no error
}

TEST(ListSelect, ByTask) {
    EXPECT_EQ(select_namespaces(machine(), {.task = 5}), (Positions{0, 3}));
    EXPECT_EQ(select_namespaces(machine(), {.types = {NsType::net}, .task = 9}), Positions{});
    const auto none = select_namespaces(machine(), {.task = 6});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().what, "process 6 is in none of the namespaces that were found");
}

TEST(ListSelect, ByName) {
    EXPECT_EQ(select_namespaces(machine(), {.name = NamespaceArg{.inum = 10}}), (Positions{0, 2}));
    EXPECT_EQ(select_namespaces(machine(), {.name = NamespaceArg{.type = NsType::uts, .inum = 10}}),
              (Positions{2}));
    EXPECT_EQ(select_namespaces(machine(), {.types = {NsType::net}, .name = NamespaceArg{.inum = 10}}),
              (Positions{0}));
    const auto none = select_namespaces(machine(), {.name = NamespaceArg{.type = NsType::net, .inum = 11}});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().what, "no namespace net:[11]");
    const auto other =
        select_namespaces(machine(), {.types = {NsType::net, NsType::ipc}, .name = NamespaceArg{.inum = 11}});
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().what, "no namespace 11 of kind net or ipc");
}

TEST(ListSelect, Persistent) {
    EXPECT_EQ(select_namespaces(machine(), {.persistent = true}), (Positions{1}));
    EXPECT_EQ(select_namespaces(machine(), {.name = NamespaceArg{.inum = 11}, .persistent = true}),
              Positions{});
}

} // namespace
} // namespace nsscope
