#include "kernel/features.hpp"

#include <cstdlib>
#include <set>

#include <gtest/gtest.h>

namespace nsscope {
namespace {

using Names = std::vector<std::string>;

class Features : public testing::Test {
  protected:
    void TearDown() override { ::unsetenv("NSSCOPE_DISABLE"); }
    static Result<Names> with(const char* value) {
        ::setenv("NSSCOPE_DISABLE", value, 1);
        return disabled_features();
    }
};

TEST_F(Features, NoneIsDisabledUnasked) {
    ::unsetenv("NSSCOPE_DISABLE");
    EXPECT_EQ(disabled_features(), Names{});
    EXPECT_EQ(with(""), Names{});
    EXPECT_EQ(with(","), Names{});
}

TEST_F(Features, ByName) {
    EXPECT_EQ(with("iter_task"), Names{"iter_task"});
    EXPECT_EQ(with("iter_task,tp_btf"), (Names{"iter_task", "tp_btf"}));
    EXPECT_EQ(with(",tp_btf,,iter_task_light,"), (Names{"tp_btf", "iter_task_light"}));
    EXPECT_EQ(with("tp_btf,tp_btf"), (Names{"tp_btf", "tp_btf"}));
    std::string all;
    for (const auto& feature : features) all.append(feature.name).append(",");
    const auto disabled = with(all.c_str());
    ASSERT_TRUE(disabled);
    for (const auto& feature : features) EXPECT_TRUE(is_disabled(*disabled, feature.name));
}

TEST_F(Features, OneIsNotAnother) {
    const auto disabled = with("iter_task");
    ASSERT_TRUE(disabled);
    EXPECT_TRUE(is_disabled(*disabled, "iter_task"));
    EXPECT_FALSE(is_disabled(*disabled, "iter_task_light"));
    EXPECT_FALSE(is_disabled(*disabled, "iter"));
    EXPECT_FALSE(is_disabled(*disabled, ""));
}

TEST_F(Features, WhatIsNoFeatureIsRefusedAndTheKnownAreNamed) {
    for (const char* value : {"tp_btf,no-such", "no-such,tp_btf", "TP_BTF", " tp_btf", "tp_btf ", "tp",
                              "tp_btf;iter_task_light"}) {
        const auto refused = with(value);
        ASSERT_FALSE(refused) << value;
        EXPECT_NE(refused.error().what.find("NSSCOPE_DISABLE"), std::string::npos);
        for (const auto& feature : features)
            EXPECT_NE(refused.error().hint.find(feature.name), std::string::npos) << feature.name;
    }
    EXPECT_NE(with("tp_btf,no-such").error().what.find("'no-such'"), std::string::npos);
}

TEST_F(Features, TheTableIsSound) {
    std::set<std::string_view> names;
    for (const auto& feature : features) {
        EXPECT_TRUE(names.insert(feature.name).second) << feature.name << " twice";
        EXPECT_EQ(feature.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos);
        EXPECT_FALSE(feature.help.empty());
    }
}

} // namespace
} // namespace nsscope
