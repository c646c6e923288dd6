#include "cli/list_namespace_arg.hpp"

#include <cstdio>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsscope {
namespace {

TEST(NamespaceArg, AllForms) {
    EXPECT_EQ(parse_namespace_arg("net:[4026532281]"),
              (NamespaceArg{.type = NsType::net, .inum = 4026532281}));
    EXPECT_EQ(parse_namespace_arg("uts:4026532281"), (NamespaceArg{.type = NsType::uts, .inum = 4026532281}));
    EXPECT_EQ(parse_namespace_arg("4294967295"), (NamespaceArg{.inum = 4294967295}));
    EXPECT_EQ(parse_namespace_arg("/proc/1/ns/net"), (NamespaceArg{.path = "/proc/1/ns/net"}));
    EXPECT_EQ(parse_namespace_arg("./a"), (NamespaceArg{.path = "./a"}));
}

TEST(NamespaceArg, AnythingElseIsRefused) {
    for (const auto* text : {"",
                             "net",
                             "net:",
                             "net:[]",
                             "net:[1",
                             "net:1]",
                             "net:[0]",
                             "0",
                             "-1",
                             "+1",
                             " 1",
                             "1 ",
                             "0x10",
                             "4294967296",
                             "99999999999999999999",
                             "foo:[1]",
                             ":[1]",
                             "NET:[1]",
                             "net:[[1]]",
                             "net:net:[1]",
                             "[1]",
                             "pid_for_children:[1]"})
        EXPECT_FALSE(parse_namespace_arg(text)) << text;
}

TEST(NamespaceArg, WrittenAsTheKernelDoes) {
    EXPECT_EQ(to_text({.type = NsType::net, .inum = 7}), "net:[7]");
    EXPECT_EQ(to_text({.inum = 7}), "7");
}

TEST(NamespaceArg, PathOfOurOwnNamespace) {
    struct stat status {};
    ASSERT_EQ(::stat("/proc/self/ns/uts", &status), 0);
    const auto arg = resolve_namespace_arg({.path = "/proc/self/ns/uts"});
    ASSERT_TRUE(arg) << arg.error().what;
    EXPECT_EQ(*arg, (NamespaceArg{.type = NsType::uts, .inum = static_cast<std::uint32_t>(status.st_ino)}));
    const auto for_children = resolve_namespace_arg({.path = "/proc/self/ns/pid_for_children"});
    ASSERT_TRUE(for_children) << for_children.error().what;
    EXPECT_EQ(for_children->type, NsType::pid);
}

TEST(NamespaceArg, OtherPathsAreRefusedAndNotWaitedFor) {
    EXPECT_FALSE(resolve_namespace_arg({.path = "/proc/self/ns/nothing"}));
    EXPECT_FALSE(resolve_namespace_arg({.path = "/proc/self/status"}));
    EXPECT_FALSE(resolve_namespace_arg({.path = "/"}));
    const auto pipe = testing::TempDir() + "nsscope-pipe-" + std::to_string(::getpid());
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_FALSE(resolve_namespace_arg({.path = pipe}));
    ::unlink(pipe.c_str());
}

TEST(NamespaceArg, NumbersNeedNoResolving) {
    EXPECT_EQ(resolve_namespace_arg({.inum = 7}), (NamespaceArg{.inum = 7}));
}

} // namespace
} // namespace nsscope
