#include "scan/files.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace nsscope {
namespace {

TEST(Files, HowManyThreadsThereAre) {
    const std::string root = testing::TempDir() + "nsscope-files-" + std::to_string(::getpid());
    std::filesystem::create_directory(root);
    EXPECT_EQ(count_threads(root), SIZE_MAX);
    const auto count = [&root](const std::string& text) {
        std::ofstream(root + "/loadavg") << text;
        return count_threads(root);
    };
    EXPECT_EQ(count("0.14 0.04 0.01 1/205 12345\n"), 205U);
    EXPECT_EQ(count("0.14 0.04 0.01 70001/70205 12345\n"), 70205U);
    EXPECT_EQ(count("0.14 0.04 0.01 1/x\n"), SIZE_MAX);
    EXPECT_EQ(count("0.14 1/99999999999999999999999 1"), SIZE_MAX);
    EXPECT_EQ(count("1/"), SIZE_MAX);
    EXPECT_EQ(count(""), SIZE_MAX);
    std::filesystem::remove_all(root);
    EXPECT_GT(count_threads("/proc"), 0U);
    EXPECT_LT(count_threads("/proc"), SIZE_MAX);
}

} // namespace
} // namespace nsscope
