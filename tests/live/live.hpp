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
/// NSSCOPE_LIVE_BRIEF=1: for emulated machines, which are twenty times slower and more where processes begin and end.
[[nodiscard]] bool is_brief();
/// How often to do what is done often only to be sure: so often, or, where brief, a tenth of it.
[[nodiscard]] std::size_t often(std::size_t times);
/// More records than a ring of 64 KiB holds by far: it holds some 300.
[[nodiscard]] std::size_t many();
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

/// A path in /tmp that nothing has yet. What is made or mounted there goes with this, also when the test fails.
class Scratch {
  public:
    explicit Scratch(const std::string& name);
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch();
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

/// From now on, what this process mounts is nobody else's business.
[[nodiscard]] bool have_own_mounts();

/// What every test here needs.
class Live : public testing::Test {
  protected:
    void SetUp() override;
};

} // namespace live
