#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace nsscope {
namespace {

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(UniqueFd, ClosesWhatItOwns) {
    const int fd = open_null();
    {
        const UniqueFd owner(fd);
        EXPECT_TRUE(owner);
        EXPECT_EQ(owner.get(), fd);
        EXPECT_TRUE(is_open(fd));
    }
    EXPECT_FALSE(is_open(fd));
}

TEST(UniqueFd, MovesAndLetsGo) {
    UniqueFd first(open_null());
    const int fd = first.get();
    UniqueFd second(std::move(first));
    EXPECT_FALSE(first); // NOLINT(bugprone-use-after-move): what is left is none
    EXPECT_EQ(second.get(), fd);

    UniqueFd third(open_null());
    const int dropped = third.get();
    third = std::move(second);
    EXPECT_FALSE(is_open(dropped));
    EXPECT_EQ(third.get(), fd);

    EXPECT_EQ(third.release(), fd);
    EXPECT_FALSE(third);
    EXPECT_TRUE(is_open(fd));
    third.reset(fd);
    third.reset();
    EXPECT_FALSE(is_open(fd));
}

TEST(UniqueFd, NoneIsFalse) {
    EXPECT_FALSE(UniqueFd{});
    EXPECT_FALSE(UniqueFd{-1});
    EXPECT_EQ(UniqueFd{}.get(), -1);
}

} // namespace
} // namespace nsscope
