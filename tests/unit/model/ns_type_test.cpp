#include "model/ns_type.hpp"

#include <gtest/gtest.h>
#include <sched.h>

namespace nsscope {
namespace {

TEST(NsType, TableStandsInTheOrderOfTheEnum) {
    for (std::size_t i = 0; i < ns_type_count; ++i) {
        EXPECT_EQ(static_cast<std::size_t>(ns_types[i].type), i);
        if (i > 0) {
            EXPECT_LT(ns_types[i - 1].name, ns_types[i].name);
        }
    }
}

TEST(NsType, FlagsAreThoseOfClone) {
    EXPECT_EQ(info(NsType::cgroup).clone_flag, std::uint64_t{CLONE_NEWCGROUP});
    EXPECT_EQ(info(NsType::ipc).clone_flag, std::uint64_t{CLONE_NEWIPC});
    EXPECT_EQ(info(NsType::mnt).clone_flag, std::uint64_t{CLONE_NEWNS});
    EXPECT_EQ(info(NsType::net).clone_flag, std::uint64_t{CLONE_NEWNET});
    EXPECT_EQ(info(NsType::pid).clone_flag, std::uint64_t{CLONE_NEWPID});
    EXPECT_EQ(info(NsType::time).clone_flag, std::uint64_t{0x80});
    EXPECT_EQ(info(NsType::user).clone_flag, std::uint64_t{CLONE_NEWUSER});
    EXPECT_EQ(info(NsType::uts).clone_flag, std::uint64_t{CLONE_NEWUTS});
}

TEST(NsType, NamesAreReadBack) {
    for (const auto& type : ns_types) EXPECT_EQ(ns_type_from_name(type.name), type.type);
    EXPECT_EQ(ns_type_from_name("mount"), std::nullopt);
    EXPECT_EQ(ns_type_from_name("Net"), std::nullopt);
    EXPECT_EQ(ns_type_from_name("net "), std::nullopt);
    EXPECT_EQ(ns_type_from_name(""), std::nullopt);
}

TEST(NsSlot, EachHasItsTypeAndName) {
    for (const auto& type : ns_types) {
        EXPECT_EQ(type_of(slot_of(type.type)), type.type);
        EXPECT_FALSE(is_for_children(slot_of(type.type)));
        EXPECT_EQ(name(slot_of(type.type)), type.name);
    }
    EXPECT_EQ(type_of(NsSlot::pid_for_children), NsType::pid);
    EXPECT_EQ(type_of(NsSlot::time_for_children), NsType::time);
    EXPECT_TRUE(is_for_children(NsSlot::pid_for_children));
    EXPECT_TRUE(is_for_children(NsSlot::time_for_children));
    EXPECT_EQ(name(NsSlot::pid_for_children), "pid_for_children");
    EXPECT_EQ(name(NsSlot::time_for_children), "time_for_children");
}

} // namespace
} // namespace nsscope
