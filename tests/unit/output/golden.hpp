#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace nsscope {

/// Compares `text` with the file of that name in tests/golden. With NSSCOPE_UPDATE_GOLDEN=1 in the
/// environment the file is written instead; look at what changed before it is committed.
inline void expect_golden(std::string_view name, std::string_view text) {
    const auto path = std::string(NSSCOPE_SOURCE_DIR "/tests/golden/").append(name);
    if (const char* update = std::getenv("NSSCOPE_UPDATE_GOLDEN"); update != nullptr && *update == '1') {
        std::ofstream file(path, std::ios::binary);
        file << text;
        ASSERT_TRUE(file.flush()) << "cannot write " << path;
        return;
    }
    std::ifstream file(path, std::ios::binary);
    ASSERT_TRUE(file) << "cannot read " << path << "; NSSCOPE_UPDATE_GOLDEN=1 makes it";
    const std::string expected{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(text, expected) << "differs from " << path << "; NSSCOPE_UPDATE_GOLDEN=1 writes it anew";
}

} // namespace nsscope
