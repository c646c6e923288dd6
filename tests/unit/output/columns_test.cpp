#include "output/columns.hpp"

#include <gtest/gtest.h>

#include "golden.hpp"

namespace nsscope {
namespace {

using Ids = std::vector<ColumnId>;

TEST(Columns, Described) { expect_golden("columns.txt", describe_columns()); }

TEST(Columns, DefaultsAreThoseOfLsns) {
    EXPECT_EQ(default_columns(false), (Ids{ColumnId::ns, ColumnId::type, ColumnId::nprocs, ColumnId::pid,
                                           ColumnId::user, ColumnId::command}));
    EXPECT_EQ(default_columns(true),
              (Ids{ColumnId::ns, ColumnId::type, ColumnId::nprocs, ColumnId::pid, ColumnId::user,
                   ColumnId::netnsid, ColumnId::nsfs, ColumnId::command}));
}

TEST(Columns, NamedInAnyCaseAndMoreThanOnce) {
    const auto ids = parse_columns("ns,Type,NS", default_columns(false));
    ASSERT_TRUE(ids);
    EXPECT_EQ(*ids, (Ids{ColumnId::ns, ColumnId::type, ColumnId::ns}));
}

TEST(Columns, PlusFollowsTheDefaults) {
    const auto ids = parse_columns("+PATH,ID", {ColumnId::ns});
    ASSERT_TRUE(ids);
    EXPECT_EQ(*ids, (Ids{ColumnId::ns, ColumnId::path, ColumnId::id}));
}

TEST(Columns, UnknownOrEmptyNamesAreRefused) {
    for (const auto* list : {"", "+", "NS,", ",NS", "NS,,TYPE", "N", "NSS", "NS TYPE", "+NS,+TYPE"}) {
        const auto ids = parse_columns(list, default_columns(false));
        ASSERT_FALSE(ids) << list;
        EXPECT_NE(ids.error().hint.find("NETNSID"), std::string::npos);
    }
    EXPECT_EQ(parse_columns("NS,foo", {}).error().what, "--output: 'foo' is no column");
}

} // namespace
} // namespace nsscope
