#include "scan/surroundings.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "fake_proc.hpp"

namespace nsscope {
namespace {

constexpr const char* v1 = "30 24 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
constexpr const char* v2 = "31 24 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
constexpr const char* bpf = "32 24 0:28 / /sys/fs/bpf rw - bpf none rw\n";

/// Both procfs and sysfs are in the one fake directory.
Surrounding look(const FakeProc& fake, std::string_view name) {
    const auto all = look_around(fake.root(), fake.root());
    const auto found = std::ranges::find(all, name, &Surrounding::name);
    return found == all.end() ? Surrounding{} : *found;
}

TEST(Surroundings, OfCgroups) {
    const FakeProc fake;
    const auto state = [&](const std::string& mountinfo) {
        fake.write("self/mountinfo", mountinfo);
        return look(fake, "cgroups");
    };
    EXPECT_EQ(state(v2).state, "v2");
    EXPECT_EQ(state(std::string(v1) + v2).state, "hybrid: v2, and v1 beside it");
    EXPECT_TRUE(state(std::string(v1) + v2).is_fine);
    EXPECT_EQ(state(v1).state, "v1");
    EXPECT_FALSE(state(v1).is_fine);
    EXPECT_EQ(state("").state, "mounted nowhere");
    EXPECT_NE(state("").remedy, "");
}

TEST(Surroundings, OfABpfFileSystem) {
    const FakeProc fake;
    fake.write("self/mountinfo", bpf);
    EXPECT_EQ(look(fake, "bpffs").state, "/sys/fs/bpf");
    fake.write("self/mountinfo", v2);
    EXPECT_FALSE(look(fake, "bpffs").is_fine);
}

TEST(Surroundings, OfLockdown) {
    const FakeProc fake;
    EXPECT_TRUE(look(fake, "lockdown").is_fine) << "no such file";
    fake.write("kernel/security/lockdown", "none [integrity] confidentiality\n");
    EXPECT_EQ(look(fake, "lockdown").state, "integrity");
    EXPECT_TRUE(look(fake, "lockdown").is_fine);
    fake.write("kernel/security/lockdown", "none integrity [confidentiality]\n");
    EXPECT_FALSE(look(fake, "lockdown").is_fine);
    fake.write("kernel/security/lockdown", "]none[");
    EXPECT_EQ(look(fake, "lockdown").state, "unknown");
}

TEST(Surroundings, ThatCannotBeRead) {
    const FakeProc fake;
    fake.remove("self/mountinfo");
    for (const auto& found : look_around(fake.root(), fake.root()))
        EXPECT_NE(found.state.find("unknown"), std::string::npos) << found.name;
}

} // namespace
} // namespace nsscope
