#include "model/cgroup_membership.hpp"

#include <gtest/gtest.h>

namespace nsscope {
namespace {

using Memberships = std::vector<CgroupMembership>;

TEST(CgroupMembership, Hybrid) {
    const auto all = parse_cgroup_file("9:name=systemd:/a\n2:cpu,cpuacct:/b\n0::/user.slice\n");
    EXPECT_EQ(all, (Memberships{
                       {9, {"name=systemd"}, "/a"}, {2, {"cpu", "cpuacct"}, "/b"}, {0, {}, "/user.slice"}}));
}

TEST(CgroupMembership, UnifiedOnly) {
    EXPECT_EQ(parse_cgroup_file("0::/\n"), (Memberships{{0, {}, "/"}}));
    EXPECT_EQ(parse_cgroup_file("0::/../a (deleted)"), (Memberships{{0, {}, "/../a (deleted)"}}));
}

TEST(CgroupMembership, ColonsInAPath) {
    EXPECT_EQ(parse_cgroup_file("0::/a.slice:cri-containerd:7:\n"),
              (Memberships{{0, {}, "/a.slice:cri-containerd:7:"}}));
}

TEST(CgroupMembership, HostileBytes) {
    EXPECT_EQ(parse_cgroup_file("0::/\x1b[2J\xff\xc2\x9b\n"), (Memberships{{0, {}, "/\x1b[2J\xff\xc2\x9b"}}));
}

TEST(CgroupMembership, WhatMakesNoSenseIsPassedOver) {
    EXPECT_EQ(parse_cgroup_file("\n:\n::\n0:/\n-1::/\nx::/\n0::a\n4294967296::/\n1:,cpu,,:/\n"),
              (Memberships{{1, {"cpu"}, "/"}}));
    EXPECT_TRUE(parse_cgroup_file("").empty());
}

TEST(CgroupMembership, UnifiedPath) {
    EXPECT_EQ(unified_path("9:name=systemd:/a\n0::/b\n"), "/b");
    EXPECT_EQ(unified_path("9:name=systemd:/a\n"), "");
    EXPECT_EQ(unified_path(""), "");
}

} // namespace
} // namespace nsscope
