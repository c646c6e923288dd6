#include "model/ns_table.hpp"

#include <gtest/gtest.h>

namespace nsscope {
namespace {

TEST(NsTable, NumbersByTypeAndInum) {
    NsTable table;
    EXPECT_EQ(table.add(NsType::net, {10, 0}), 0U);
    EXPECT_EQ(table.add(NsType::uts, {10, 0}), 1U);
    EXPECT_EQ(table.add(NsType::net, {11, 0}), 2U);
    EXPECT_EQ(table.add(NsType::net, {10, 0}), 0U);
    EXPECT_EQ(table.find(NsType::uts, {10, 0}), 1U);
    EXPECT_EQ(table.find(NsType::ipc, {10, 0}), NsTable::none);
}

TEST(NsTable, InumZeroIsNone) {
    NsTable table;
    EXPECT_EQ(table.add(NsType::net, {0, 5}), NsTable::none);
    EXPECT_EQ(table.find(NsType::net, {0, 0}), NsTable::none);
    EXPECT_TRUE(table.entries().empty());
}

TEST(NsTable, AnIdCompletesAnEntryWithoutOne) {
    NsTable table;
    EXPECT_EQ(table.add(NsType::net, {10, 0}), 0U);
    EXPECT_EQ(table.add(NsType::net, {10, 77}), 0U);
    EXPECT_EQ(table.add(NsType::net, {10, 0}), 0U);
    ASSERT_EQ(table.entries().size(), 1U);
    EXPECT_EQ(table.entries()[0].ref, (NsRef{10, 77}));
}

TEST(NsTable, GenerationsAreToldApartById) {
    NsTable table;
    EXPECT_EQ(table.add(NsType::net, {10, 77}), 0U);
    EXPECT_EQ(table.add(NsType::net, {10, 99}), 1U);
    EXPECT_EQ(table.add(NsType::net, {10, 88}), 2U);
    EXPECT_EQ(table.add(NsType::net, {10, 77}), 0U);
    EXPECT_EQ(table.find(NsType::net, {10, 88}), 2U);
    EXPECT_EQ(table.find(NsType::net, {10, 66}), NsTable::none);
    EXPECT_EQ(table.find(NsType::net, {10, 0}), NsTable::none); // which one is it?
    EXPECT_EQ(table.ambiguous(), 0U);
    EXPECT_EQ(table.add(NsType::net, {10, 0}), NsTable::none);
    EXPECT_EQ(table.ambiguous(), 1U);
    EXPECT_EQ(table.entries().size(), 3U);
}

} // namespace
} // namespace nsscope
