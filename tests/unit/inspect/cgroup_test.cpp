#include "inspect/cgroup.hpp"

#include <gtest/gtest.h>

using namespace nsscope;

TEST(CgroupLines, AsTheKernelWritesThem) {
    const auto lines = parse_cgroup_lines("12:cpu,cpuacct:/a:b\n1:name=systemd:/\n0::/x y/..\n");
    ASSERT_TRUE(lines);
    EXPECT_EQ(*lines, (std::vector<CgroupLine>{
                          {12, "cpu,cpuacct", "/a:b"}, {1, "name=systemd", "/"}, {0, "", "/x y/.."}}));
    EXPECT_TRUE(parse_cgroup_lines("")->empty());
}

TEST(CgroupLines, RefuseEverythingElse) {
    for (const auto* text :
         {"0:/\n", "0::\n", "0::a\n", ":cpu:/\n", "x:cpu:/\n", "-1:cpu:/\n", "0::/a\n\n", "\n"})
        EXPECT_FALSE(parse_cgroup_lines(text)) << text;
}

TEST(CgroupRoot, IsWhatThePathFromOutsideHasMore) {
    EXPECT_EQ(cgroup_root("/a/b", "/"), "/a/b");
    EXPECT_EQ(cgroup_root("/a/b/c", "/c"), "/a/b");
    EXPECT_EQ(cgroup_root("/c", "/c"), "/");
    EXPECT_EQ(cgroup_root("/", "/"), "/");
}

TEST(CgroupRoot, IsUnknownFromElsewhere) {
    EXPECT_EQ(cgroup_root("/a", "/.."), std::nullopt) << "the process is above the root";
    EXPECT_EQ(cgroup_root("/a/x", "/../x"), std::nullopt);
    EXPECT_EQ(cgroup_root("/../x", "/"), std::nullopt) << "nsscope does not see where that is";
    EXPECT_EQ(cgroup_root("/a/b", "/c"), std::nullopt) << "it was moved in between";
    EXPECT_EQ(cgroup_root("/..a/b", "/b"), "/..a") << "a name may begin with dots";
    EXPECT_EQ(cgroup_root("/x/..b", "/..b"), "/x");
}
