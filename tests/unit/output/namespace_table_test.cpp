#include "output/namespace_table.hpp"

#include <gtest/gtest.h>

#include "golden.hpp"
#include "output/tree_layout.hpp"
#include "sample.hpp"

namespace nsscope {
namespace {

CellSources sample_sources() {
    return {
        .user_name = [](uid_t uid) { return uid == 0 ? std::string("root") : std::string(); },
        .path =
            [](const Namespace& ns) {
                return ns.leader
                           ? "/proc/" + std::to_string(ns.leader->pid) + "/ns/" + std::string(name(ns.type))
                           : std::string();
            },
        .netnsid = [](const Namespace& ns) { return std::string(ns.initial ? "unassigned" : "3"); },
        .mount_points =
            [](const Namespace& ns) {
                std::vector<std::string> paths;
                if (ns.ref.inum == 4026532400) paths = {"/run/netns/a b\n\xc3\xa9", "/tmp/\x1b[31mred"};
                return paths;
            },
    };
}

std::string print(const std::vector<std::size_t>& shown, const NamespaceTableLayout& layout,
                  const TableStyle& style = {}) {
    const Utf8Locale locale;
    std::string text;
    append_table(text, make_namespace_table(sample_snapshot(), shown, layout, sample_sources()), style);
    return text;
}

std::vector<std::size_t> all() { return all_of(sample_snapshot()); }

TEST(NamespaceTable, DefaultColumns) {
    expect_golden("list-default.txt", print(all(), {.columns = default_columns(false)}));
}

TEST(NamespaceTable, AllColumns) {
    expect_golden("list-all-columns.txt", print(all(), {.columns = all_columns()}));
    expect_golden("list-all-columns-nowrap.txt", print(all(), {.columns = all_columns()}, {.wrap = false}));
    expect_golden("list-all-columns-raw.txt", print(all(), {.columns = all_columns()}, {.raw = true}));
}

TEST(NamespaceTable, NarrowTerminal) {
    expect_golden("list-60-cells.txt", print(all(), {.columns = default_columns(true)}, {.width = 60}));
}

TEST(NamespaceTable, TreeOfProcesses) {
    expect_golden("list-tree-process.txt",
                  print(all(), {.columns = default_columns(false), .tree = Relation::process, .utf8 = true}));
}

TEST(NamespaceTable, TreeOfOwners) {
    const NamespaceTableLayout layout{
        .columns = default_columns(true), .tree = Relation::owner, .utf8 = true};
    expect_golden("list-tree-owner.txt", print(all(), layout));
}

TEST(NamespaceTable, TreeOfParentsInAscii) {
    expect_golden("list-tree-parent-ascii.txt",
                  print(all(), {.columns = default_columns(false), .tree = Relation::parent}));
}

TEST(NamespaceTable, TreeIsDrawnInTheFirstColumnWhereItsOwnIsMissing) {
    EXPECT_EQ(print({8, 9}, {.columns = {ColumnId::id, ColumnId::type}, .tree = Relation::parent}),
              "ID   TYPE\n4    user\n`-50 user\n");
}

TEST(NamespaceTree, AncestorsAreAdded) {
    const auto snapshot = sample_snapshot();
    using Positions = std::vector<std::size_t>;
    EXPECT_EQ(with_ancestors(snapshot, {4}, Relation::owner), (Positions{4, 8, 9}));
    EXPECT_EQ(with_ancestors(snapshot, {7}, Relation::parent), (Positions{6, 7}));
    EXPECT_EQ(with_ancestors(snapshot, {4}, Relation::parent), (Positions{4}));
    EXPECT_EQ(with_ancestors(snapshot, {4}, Relation::process), (Positions{4}));
    EXPECT_EQ(tree_parents(snapshot, {4, 8, 9}, Relation::owner), (Positions{2, no_parent, 1}));
}

TEST(NamespaceTree, SelfOwnedNamespaceIsARoot) {
    Snapshot snapshot;
    snapshot.namespaces.resize(1);
    snapshot.namespaces[0].type = NsType::user;
    snapshot.namespaces[0].ref.inum = 5;
    snapshot.namespaces[0].owner_user_ns = 5;
    EXPECT_EQ(tree_parents(snapshot, {0}, Relation::owner), (std::vector<std::size_t>{no_parent}));
}

} // namespace
} // namespace nsscope
