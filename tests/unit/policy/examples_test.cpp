#include <filesystem>

#include <gtest/gtest.h>

#include "policy/compile.hpp"
#include "policy/expectations.hpp"
#include "policy/load.hpp"
#include "policy/review.hpp"

namespace nsscope {
namespace {

namespace fs = std::filesystem;

const std::string policies = NSSCOPE_SOURCE_DIR "/docs/policies";

std::vector<std::string> examples() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(policies))
        if (entry.is_regular_file()) names.push_back(entry.path().filename().string());
    return names;
}

TEST(Examples, SayWhatTheirTablesExpect) {
    ASSERT_FALSE(examples().empty());
    for (const auto& name : examples()) {
        SCOPED_TRACE(name);
        const auto policy = load_policy(policies + "/" + name);
        ASSERT_TRUE(policy) << policy.error().what;
        const auto files = read_policy_files(policies + "/tests/" + name);
        ASSERT_TRUE(files) << files.error().what;
        const auto table = parse_expectations(files->front().text, name);
        ASSERT_TRUE(table) << table.error().what << "; " << table.error().hint;
        for (const auto& expectation : *table) EXPECT_EQ(disappointment(*policy, expectation), "");
    }
}

TEST(Examples, HaveNothingToWarnOf) {
    for (const auto& name : examples()) {
        const auto policy = load_policy(policies + "/" + name);
        ASSERT_TRUE(policy);
        const auto compiled = compile(*policy, {});
        ASSERT_TRUE(compiled);
        for (const auto& remark : review(*policy, *compiled, SysctlNames({})))
            EXPECT_EQ(remark.kind, Remark::Kind::note) << name << ": " << remark.text;
    }
}

} // namespace
} // namespace nsscope
