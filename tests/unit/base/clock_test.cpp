#include "base/clock.hpp"

#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <limits>
#include <thread>

namespace nsscope {
namespace {

constexpr std::int64_t second = 1'000'000'000;

struct Case {
    std::int64_t ns;
    std::string_view text;
};

constexpr std::array cases{
    Case{0, "1970-01-01T00:00:00.000000000Z"},
    Case{1, "1970-01-01T00:00:00.000000001Z"},
    Case{second - 1, "1970-01-01T00:00:00.999999999Z"},
    Case{951782400 * second, "2000-02-29T00:00:00.000000000Z"},
    Case{1709251199 * second, "2024-02-29T23:59:59.000000000Z"},
    Case{1795312065 * second + 1, "2026-11-22T01:47:45.000000001Z"},
    Case{1795312065 * second + 120'000'000, "2026-11-22T01:47:45.120000000Z"},
    Case{2147483647 * second, "2038-01-19T03:14:07.000000000Z"},
    Case{2147483648 * second, "2038-01-19T03:14:08.000000000Z"}, // past a signed time_t of 32 bits
    Case{4107542400 * second, "2100-03-01T00:00:00.000000000Z"}, // 2100 is no leap year
    Case{std::numeric_limits<std::int64_t>::max(), "2262-04-11T23:47:16.854775807Z"},
    Case{-1, "1969-12-31T23:59:59.999999999Z"},
    Case{-second, "1969-12-31T23:59:59.000000000Z"},
    Case{std::numeric_limits<std::int64_t>::min(), "1677-09-21T00:12:43.145224192Z"},
};

TEST(Rfc3339, Table) {
    for (const auto& c : cases) EXPECT_EQ(rfc3339(c.ns), c.text);
}

/// The last second is kept: each order of two times must give what each gives alone.
TEST(Rfc3339, DoesNotRememberTooMuch) {
    for (const auto& a : cases) {
        for (const auto& b : cases) {
            Rfc3339 format;
            EXPECT_EQ(format.format(a.ns), a.text);
            EXPECT_EQ(format.format(b.ns), b.text);
            EXPECT_EQ(format.format(b.ns + (b.ns % second == 0 ? 7 : 0)).size(), Rfc3339::size);
            EXPECT_EQ(format.format(a.ns), a.text);
        }
    }
}

TEST(Rfc3339, AgreesWithTheLibrary) {
    std::uint64_t random = 88172645463325252;
    for (int i = 0; i < 20000; ++i) {
        random ^= random << 13U;
        random ^= random >> 7U;
        random ^= random << 17U;
        const auto seconds = static_cast<std::time_t>(random % 9'000'000'000U);
        std::tm parts{};
        ASSERT_NE(gmtime_r(&seconds, &parts), nullptr);
        std::array<char, 32> text{};
        ASSERT_NE(std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S.000000042Z", &parts), 0U);
        EXPECT_EQ(rfc3339(seconds * second + 42), text.data());
    }
}

TEST(Rfc3339, AppendsInEveryThread) {
    std::string here = "at ";
    append_rfc3339(here, second);
    std::string there;
    std::thread([&] { append_rfc3339(there, 2 * second); }).join();
    append_rfc3339(here, second);
    EXPECT_EQ(here, "at 1970-01-01T00:00:01.000000000Z1970-01-01T00:00:01.000000000Z");
    EXPECT_EQ(there, "1970-01-01T00:00:02.000000000Z");
}

TEST(Clocks, AreThoseOfTheKernel) {
    timespec monotonic{};
    timespec realtime{};
    const std::uint64_t first = monotonic_ns();
    ASSERT_EQ(clock_gettime(CLOCK_MONOTONIC, &monotonic), 0);
    const std::uint64_t last = monotonic_ns();
    const auto between = static_cast<std::uint64_t>(monotonic.tv_sec * second + monotonic.tv_nsec);
    EXPECT_LE(first, between);
    EXPECT_LE(between, last);

    ASSERT_EQ(clock_gettime(CLOCK_REALTIME, &realtime), 0);
    EXPECT_LE(std::abs(realtime_ns() - (realtime.tv_sec * second + realtime.tv_nsec)), 60 * second);
}

} // namespace
} // namespace nsscope
