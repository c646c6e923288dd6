#include "inspect/cgroup.hpp"

#include <gtest/gtest.h>

using namespace nsscope;

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
