// What the guard takes a write for is what this kernel stores, tried in a network namespace of the test's own.
#include <array>
#include <climits>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "live.hpp"
#include "policy/number.hpp"

namespace nsscope {
namespace {

/// net.ipv4.conf.lo.tag is a plain proc_dointvec() of one int, and means nothing.
const char* const plain_int = "/proc/sys/net/ipv4/conf/lo/tag";
constexpr int untouched = 77;

bool write_at_once(const std::string& bytes) {
    const UniqueFd fd(::open(plain_int, O_WRONLY | O_CLOEXEC));
    return fd && ::write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

int stored() {
    const UniqueFd fd(::open(plain_int, O_RDONLY | O_CLOEXEC));
    std::array<char, 32> text{};
    return fd && ::read(fd.get(), text.data(), text.size() - 1) > 0 ? std::atoi(text.data()) : INT_MIN;
}

/// The number that the guard sees, where an int can hold it.
std::optional<int> seen(const std::string& bytes) {
    const auto read = read_element(bytes, 0);
    if (read.what != ElementRead::What::number) return std::nullopt;
    const auto& [magnitude, negative] = read.number;
    if (magnitude > static_cast<std::uint64_t>(INT_MAX) + negative) return std::nullopt;
    return static_cast<int>(negative ? -static_cast<std::int64_t>(magnitude)
                                     : static_cast<std::int64_t>(magnitude));
}

std::string random_text(std::mt19937& random) {
    static constexpr std::array<std::string_view, 24> pieces{" ",          "\t",
                                                             "\n",         "\v",
                                                             "\f",         "\r",
                                                             "\xa0",       "0",
                                                             "1",          "7",
                                                             "8",          "9",
                                                             "x",          "X",
                                                             "a",          "F",
                                                             "-",          "+",
                                                             "0x",         "00",
                                                             "2147483648", std::string_view("\0", 1),
                                                             ",",          "18446744073709551616"};
    std::string text(random() % 50 == 0 ? 4085 + random() % 14 : 0, ' ');
    const auto count = 1 + random() % 5;
    for (unsigned i = 0; i < count; ++i) text += pieces[random() % pieces.size()];
    if (random() % 8 == 0) text.insert(0, random() % 24, '0');
    return text;
}

/// Runs in a child: 0 when all agree, 1 when not, 2 when it cannot be tried.
int compare() {
    if (::unshare(CLONE_NEWNET) != 0 || !write_at_once("77")) return 2;
    std::mt19937 random(20260731);
    for (std::size_t i = 0; i < live::often(20000); ++i) {
        const auto text = random_text(random);
        if (!write_at_once("77")) return 2;
        write_at_once(text);
        const int expected = seen(text).value_or(untouched);
        if (stored() == expected) continue;
        std::string shown;
        for (const char c :
             text.substr(text.find_first_not_of(' ') == std::string::npos ? 0 : text.find_first_not_of(' ')))
            shown += c >= ' ' && c <= '~' ? std::string(1, c)
                                          : "\\" + std::to_string(static_cast<unsigned char>(c));
        std::fprintf(stderr, "%zu bytes ending in '%s': the kernel stores %d, not %d\n", text.size(),
                     shown.c_str(), stored(), expected);
        return 1;
    }
    return 0;
}

class SysctlNumbers : public live::Live {};

TEST_F(SysctlNumbers, AreWhatTheKernelStores) {
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(compare());
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_NE(WEXITSTATUS(status), 2) << "no network namespace with " << plain_int;
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

} // namespace
} // namespace nsscope
