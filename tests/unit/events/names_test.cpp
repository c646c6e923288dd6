#include "events/names.hpp"

#include <map>

#include <gtest/gtest.h>

namespace nsscope {
namespace {

using namespace std::string_view_literals;

ExeName exe(std::uint64_t key, std::string_view names) {
    return {.key = key, .names = names, .deleted = false, .complete = true};
}

TEST(ExePath, NamesComeFromTheLeafUp) {
    EXPECT_EQ(exe_path(exe(1, "unshare\0bin\0usr\0"sv)), "/usr/bin/unshare");
    EXPECT_EQ(exe_path(exe(1, "init\0"sv)), "/init");
    EXPECT_EQ(exe_path(exe(1, "")), "/");
    EXPECT_EQ(exe_path(exe(1, " a\nb\xff\0..\0"sv)), "/../ a\nb\xff");
}

TEST(ExePath, FilesWithoutAName) {
    auto gone = exe(1, "worker\0tmp\0"sv);
    gone.deleted = true;
    EXPECT_EQ(exe_path(gone), "/tmp/worker (deleted)");
    auto memfd = exe(1, "memfd:stage 2\0"sv); // as in /proc/PID/exe
    memfd.deleted = true;
    EXPECT_EQ(exe_path(memfd), "/memfd:stage 2 (deleted)");
}

TEST(ExePath, NotWhole) {
    auto deep = exe(1, "unshare\0bin\0"sv);
    deep.complete = false;
    EXPECT_EQ(exe_path(deep), std::nullopt);
    EXPECT_EQ(exe_path(exe(1, "unshare\0bin"sv)), std::nullopt) << "a name that is cut";
}

TEST(Names, Executables) {
    Names names([](std::uint64_t) { return std::nullopt; });
    EXPECT_EQ(names.exe(1), nullptr);
    names.learn(exe(1, "a\0"sv));
    ASSERT_NE(names.exe(1), nullptr);
    EXPECT_EQ(*names.exe(1), "/a");
    EXPECT_EQ(names.exe(2), nullptr);

    names.learn(exe(1, "b\0"sv)); // the file was renamed
    EXPECT_EQ(*names.exe(1), "/b");
    auto unknown = exe(1, "c\0"sv);
    unknown.complete = false;
    names.learn(unknown);
    EXPECT_EQ(names.exe(1), nullptr);
}

TEST(Names, ExecutablesAreForgottenAtSomeNumber) {
    Names names([](std::uint64_t) { return std::nullopt; });
    constexpr std::uint64_t many = 100'000;
    for (std::uint64_t key = 1; key <= many; key++) names.learn(exe(key, "a\0"sv));
    EXPECT_NE(names.exe(many), nullptr) << "the newest is known";
    std::uint64_t known = 0;
    for (std::uint64_t key = 1; key <= many; key++) known += names.exe(key) != nullptr ? 1 : 0;
    EXPECT_LE(known, 20'000u);
}

TEST(Names, LearningAgainForgetsNothing) {
    Names names([](std::uint64_t) { return std::nullopt; });
    for (int round = 0; round < 10; round++)
        for (std::uint64_t key = 1; key <= 10'000; key++) names.learn(exe(key, "a\0"sv));
    for (std::uint64_t key = 1; key <= 10'000; key++) ASSERT_NE(names.exe(key), nullptr);
}

TEST(Names, CgroupsAreAskedForOnce) {
    std::map<std::uint64_t, int> asked;
    Names names([&asked](std::uint64_t id) -> std::optional<std::string> {
        asked[id]++;
        if (id % 2 == 0) return "/ctr/" + std::to_string(id);
        return std::nullopt;
    });
    for (int round = 0; round < 3; round++) {
        ASSERT_NE(names.cgroup(4), nullptr);
        EXPECT_EQ(*names.cgroup(4), "/ctr/4");
        EXPECT_EQ(names.cgroup(5), nullptr);
    }
    EXPECT_EQ(asked[4], 1);
    EXPECT_EQ(asked[5], 1) << "that it is not known is remembered, too";
}

TEST(Names, CgroupsAreForgottenAtSomeNumber) {
    int asked = 0;
    Names names([&asked](std::uint64_t id) {
        asked++;
        return std::optional(std::to_string(id));
    });
    constexpr std::uint64_t many = 100'000;
    for (std::uint64_t id = 1; id <= many; id++) EXPECT_EQ(*names.cgroup(id), std::to_string(id));
    EXPECT_EQ(asked, static_cast<int>(many));
    EXPECT_EQ(*names.cgroup(1), "1");
    EXPECT_EQ(asked, static_cast<int>(many) + 1) << "the oldest had been dropped";
}

} // namespace
} // namespace nsscope
