#pragma once

#include <chrono>
#include <functional>
#include <gtest/gtest.h>
#include <string>

/// Skips the test where something that it needs is not there; with NSSCOPE_NO_SKIP=1 that is a failure.
#define LIVE_SKIP(reason)                                                                                    \
    do {                                                                                                     \
        if (live::may_skip()) GTEST_SKIP() << (reason);                                                      \
        GTEST_FAIL() << "not to be skipped (NSSCOPE_NO_SKIP): " << (reason);                                 \
    } while (false)

/// Tests of the program as a whole, on the kernel that runs, with programs that really do something.
namespace live {

using Duration = std::chrono::milliseconds;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// How long to wait for what must come; only a defect takes so long.
inline constexpr Duration patience = 30s;

[[nodiscard]] bool may_skip();
/// nsscope: $NSSCOPE, else what the build made.
[[nodiscard]] std::string program();
/// nshelper: beside this test.
[[nodiscard]] std::string helper();
/// Where in $PATH a program is; empty when it is not installed.
[[nodiscard]] std::string find_in_path(const std::string& name);
[[nodiscard]] std::string read_file(const std::string& path);
[[nodiscard]] std::string errno_text();
/// Asks again and again, until it is so; false when it never was.
[[nodiscard]] bool wait_until(const std::function<bool()>& is_so, Duration timeout = patience);

/// What every test here needs.
class Live : public testing::Test {
  protected:
    void SetUp() override;
};

} // namespace live
