#include "scan/cgroup.hpp"

#include <cerrno>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_proc.hpp"
#include "scan/files.hpp"
#include "scan/mountinfo.hpp"

namespace nsscope {
namespace {

std::string mount_line(const std::string& where) {
    return "30 24 0:26 / " + where + " rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
}

TEST(CgroupTree, WithoutAMountNothingIsKnown) {
    const FakeProc proc;
    EXPECT_EQ(CgroupTree::find(proc.root()).path_of(1), std::nullopt) << "an empty mountinfo";
    proc.write("self/mountinfo", "30 24 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
    EXPECT_EQ(CgroupTree::find(proc.root()).path_of(1), std::nullopt) << "a v1 hierarchy";
    proc.write("self/mountinfo", mount_line(proc.root() + "/not-there"));
    EXPECT_EQ(CgroupTree::find(proc.root()).path_of(1), std::nullopt) << "a mount out of reach";
    proc.remove("self/mountinfo");
    EXPECT_EQ(CgroupTree::find(proc.root()).path_of(1), std::nullopt) << "no mountinfo";
}

TEST(CgroupTree, AnotherFileSystemInItsPlaceTellsNothing) {
    const FakeProc proc;
    proc.write("self/mountinfo", mount_line(proc.root()));
    const auto tree = CgroupTree::find(proc.root());
    for (const std::uint64_t id : {0ULL, 1ULL, 2ULL, 18446744073709551615ULL})
        EXPECT_EQ(tree.path_of(id), std::nullopt);
}

/// The hierarchy of this machine, which may lack one, or the right to look into it.
class LiveCgroups : public testing::Test {
  protected:
    void SetUp() override {
        const auto mountinfo = read_file("/proc/self/mountinfo");
        const auto found = mountinfo ? find_mount_point(*mountinfo, "cgroup2") : std::nullopt;
        if (!found) GTEST_SKIP() << "no cgroup2 mount here";
        top = *found;
        if (!tree.path_of(id_of(top))) GTEST_SKIP() << "no right to open file handles";
    }
    static std::uint64_t id_of(const std::string& path) {
        struct stat status {};
        return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
    }

    std::string top;
    const CgroupTree tree = CgroupTree::find("/proc");
};

TEST_F(LiveCgroups, PathsHaveIds) {
    EXPECT_EQ(tree.id_of("/"), id_of(top));
    const auto path = "/nsscope-unit-" + std::to_string(::getpid());
    if (::mkdir((top + path).c_str(), 0755) != 0) GTEST_SKIP() << "no cgroup can be made here";
    const auto id = tree.id_of(path);
    EXPECT_EQ(id, id_of(top + path));
    EXPECT_EQ(tree.path_of(id.value_or(0)), path);
    ::rmdir((top + path).c_str());
    for (const std::string& no : std::vector<std::string>{path, "/..", "/../a", "", "a"})
        EXPECT_EQ(tree.id_of(no), std::nullopt) << no;
}

TEST(CgroupTree, Controllers) {
    const FakeProc proc;
    EXPECT_TRUE(CgroupTree::find(proc.root()).controllers().empty());
    proc.write("self/mountinfo", mount_line(proc.root()));
    EXPECT_TRUE(CgroupTree::find(proc.root()).controllers().empty()) << "no such file";
    proc.write("cgroup.controllers", "cpu io memory pids\n");
    EXPECT_EQ(CgroupTree::find(proc.root()).controllers(),
              (std::vector<std::string>{"cpu", "io", "memory", "pids"}));
}

TEST_F(LiveCgroups, TheRoot) { EXPECT_EQ(tree.path_of(id_of(top)), "/"); }

TEST_F(LiveCgroups, WhatIsThere) {
    std::size_t seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator(top)) {
        if (!entry.is_directory()) continue;
        EXPECT_EQ(tree.path_of(id_of(entry.path())), "/" + entry.path().filename().string());
        if (++seen == 5) break;
    }
    EXPECT_EQ(tree.path_of(0), std::nullopt);
    EXPECT_EQ(tree.path_of(0x7fffffff00000001), std::nullopt);
}

TEST_F(LiveCgroups, OneThatComesAndGoes) {
    const std::string name = "nsscope test \x1b\xff " + std::to_string(::getpid());
    const auto outer = top + "/" + name;
    if (::mkdir(outer.c_str(), 0755) != 0) GTEST_SKIP() << "no right to make a cgroup: errno " << errno;
    const auto inner = outer + "/b";
    EXPECT_EQ(::mkdir(inner.c_str(), 0755), 0);
    const auto outer_id = id_of(outer);
    const auto inner_id = id_of(inner);
    EXPECT_EQ(tree.path_of(outer_id), "/" + name);
    EXPECT_EQ(tree.path_of(inner_id), "/" + name + "/b");
    EXPECT_EQ(::rmdir(inner.c_str()), 0);
    EXPECT_EQ(tree.path_of(inner_id), std::nullopt);
    EXPECT_EQ(::rmdir(outer.c_str()), 0);
    EXPECT_EQ(tree.path_of(outer_id), std::nullopt);
}

} // namespace
} // namespace nsscope
