#include "base/result.hpp"

#include <cerrno>
#include <gtest/gtest.h>

namespace nsscope {
namespace {

TEST(ErrnoFailure, SaysWhatAndWhy) {
    errno = EACCES;
    const Result<int> result = errno_failure("cannot open /proc", "run as root");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().what, "cannot open /proc: Permission denied");
    EXPECT_EQ(result.error().hint, "run as root");
    EXPECT_EQ(result.error().error_number, EACCES);
}

TEST(ErrnoFailure, TakesAnErrorNumber) {
    const Result<int> result = errno_failure(ENOENT, "cannot stat x");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().what, "cannot stat x: No such file or directory");
    EXPECT_TRUE(result.error().hint.empty());
    EXPECT_EQ(result.error().error_number, ENOENT);
}

} // namespace
} // namespace nsscope
