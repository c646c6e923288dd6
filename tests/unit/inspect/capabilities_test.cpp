#include "inspect/capabilities.hpp"

#include <gtest/gtest.h>
#include <linux/capability.h>

using namespace nsscope;

TEST(Capabilities, HaveTheKernelsNumbers) {
    EXPECT_EQ(capability_names[CAP_CHOWN], "CAP_CHOWN");
    EXPECT_EQ(capability_names[CAP_NET_ADMIN], "CAP_NET_ADMIN");
    EXPECT_EQ(capability_names[CAP_SYS_ADMIN], "CAP_SYS_ADMIN");
    EXPECT_EQ(cap_sys_admin, unsigned{CAP_SYS_ADMIN});
    EXPECT_EQ(cap_sys_chroot, unsigned{CAP_SYS_CHROOT});
    EXPECT_EQ(capability_names[CAP_LAST_CAP], "CAP_CHECKPOINT_RESTORE");
    EXPECT_EQ(capability_names.size(), std::size_t{CAP_LAST_CAP} + 1);
}

TEST(Capabilities, InFewWords) {
    EXPECT_EQ(capabilities_text(0), "none");
    EXPECT_EQ(capabilities_text(0x1ffffffffff), "all");
    EXPECT_EQ(capabilities_text(0x3ffffffffff), "all and CAP_41");
    EXPECT_EQ(capabilities_text(std::uint64_t{1} << 63 | 1), "CAP_CHOWN CAP_63");
    EXPECT_EQ(capabilities_text(0x1fffeffffff), "all but CAP_SYS_RESOURCE");
    EXPECT_EQ(capabilities_text(1U << 21 | 1U << 12), "CAP_NET_ADMIN CAP_SYS_ADMIN");
}
