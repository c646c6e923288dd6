#include "cli/target_arg.hpp"

#include <gtest/gtest.h>

namespace nsscope {
namespace {

TEST(TargetArg, IsAProcessOrANamespace) {
    EXPECT_EQ(parse_target_arg("4194304")->pid, 4194304);
    const auto bare = parse_target_arg("4026531840");
    ASSERT_TRUE(bare && bare->ns);
    EXPECT_EQ(bare->ns->inum, 4026531840U);
    const auto typed = parse_target_arg("net:[756]");
    ASSERT_TRUE(typed && typed->ns);
    EXPECT_EQ(typed->ns->inum, 756U);
}

TEST(TargetArg, ANumberThatIsNeitherIsRefused) {
    for (const char* text : {"0756", "0", "00", "04194304", "-1", ""}) {
        const auto refused = parse_target_arg(text);
        ASSERT_FALSE(refused) << text;
        EXPECT_NE(refused.error().what.find("neither"), std::string::npos);
    }
}

} // namespace
} // namespace nsscope
