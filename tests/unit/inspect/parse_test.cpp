#include "inspect/parse.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

using namespace nsscope;
using namespace std::string_literals;

namespace {

const std::string status_file = "Name:\ta\\nCapEff:\\t0\n"
                                "Umask:\t0022\n"
                                "State:\tS (sleeping)\n"
                                "Tgid:\t4711\n"
                                "Pid:\t4711\n"
                                "Uid:\t1000\t1001\t1002\t1003\n"
                                "Gid:\t0\t0\t0\t0\n"
                                "NSpid:\t4711\t25\t1\n"
                                "VmPeak:\t    6084 kB\n"
                                "Threads:\t3\n"
                                "CapInh:\t0000000000000001\n"
                                "CapPrm:\t000001fffeffffff\n"
                                "CapEff:\t0000000000200000\n"
                                "CapBnd:\t000001ffffffffff\n"
                                "CapAmb:\t8000000000000000\n"
                                "Seccomp:\t2\n";

std::string without(std::string text, const std::string& line_start) {
    const auto begin = text.find(line_start);
    return text.erase(begin, text.find('\n', begin) + 1 - begin);
}

} // namespace

TEST(ParseIdMap, AsTheKernelWritesIt) {
    const auto map = parse_id_map("         0     100000      65536\n     65536 4294967295          1\n");
    ASSERT_TRUE(map);
    EXPECT_EQ(*map, (std::vector<IdRange>{{0, 100000, 65536}, {65536, 4294967295U, 1}}));
    EXPECT_EQ(parse_id_map("         0          0 4294967295\n")->at(0), (IdRange{0, 0, 4294967295U}));
    EXPECT_TRUE(parse_id_map("")->empty()) << "none written yet";
}

TEST(ParseIdMap, RefusesEverythingElse) {
    for (const auto& text : {"0 0\n"s, "0 0 0\n"s, "0 0 1 1\n"s, "-1 0 1\n"s, "0 0 4294967296\n"s, "a 0 1\n"s,
                             "0 0 1\n\n"s, "0x0 0 1\n"s, "0 0 1\0"s, "+0 0 1"s})
        EXPECT_FALSE(parse_id_map(text)) << text;
    std::string long_one;
    for (int i = 0; i < 341; ++i) long_one += std::to_string(i) + " 0 1\n";
    EXPECT_FALSE(parse_id_map(long_one)) << "the kernel allows 340 lines";
}

TEST(ParseTimensOffsets, AsTheKernelWritesIt) {
    const auto offsets =
        parse_timens_offsets("monotonic           1000         1\nboottime         -86400 999999999\n");
    ASSERT_TRUE(offsets);
    EXPECT_EQ(*offsets, (TimeOffsets{{1000, 1}, {-86400, 999999999}}));
}

TEST(ParseTimensOffsets, RefusesEverythingElse) {
    for (const auto& text :
         {""s, "monotonic 0 0\n"s, "boottime 0 0\n"s, "monotonic 0\nboottime 0 0\n"s,
          "monotonic 0 1000000000\nboottime 0 0\n"s, "monotonic 0 -1\nboottime 0 0\n"s,
          "monotonic 9223372036854775808 0\nboottime 0 0\n"s, "monotonic 0 0 0\nboottime 0 0\n"s})
        EXPECT_FALSE(parse_timens_offsets(text)) << text;
    EXPECT_TRUE(parse_timens_offsets("monotonic 0 0\nlater 1 0\nboottime 0 0\n"))
        << "a clock of a newer kernel";
}

TEST(ParseStatus, AsTheKernelWritesIt) {
    const auto status = parse_status(status_file);
    ASSERT_TRUE(status);
    EXPECT_EQ(status->effective_uid, 1001U);
    EXPECT_EQ(status->threads, 3U);
    EXPECT_EQ(status->ns_pids, (std::vector<pid_t>{4711, 25, 1}));
    EXPECT_EQ(status->inheritable, 1U);
    EXPECT_EQ(status->permitted, 0x1fffeffffffU);
    EXPECT_EQ(status->effective, 1U << 21);
    EXPECT_EQ(status->bounding, 0x1ffffffffffU);
    EXPECT_EQ(status->ambient, std::uint64_t{1} << 63);
    EXPECT_EQ(status->seccomp, 2U);
}

TEST(ParseStatus, SaysWhenSomethingIsMissing) {
    for (const auto* line : {"Uid", "NSpid", "Threads", "CapInh", "CapPrm", "CapEff:\t00", "CapBnd"})
        EXPECT_FALSE(parse_status(without(status_file, line))) << line;
    for (const auto* line : {"Name", "CapAmb", "Seccomp", "VmPeak"})
        EXPECT_TRUE(parse_status(without(status_file, line))) << line;
    EXPECT_FALSE(parse_status(status_file + "CapEff:\tfffffffffffffffff\n")) << "seventeen digits";
    EXPECT_FALSE(parse_status(status_file + "Uid:\t-1 -1 -1 -1\n"));
    std::string deep = "NSpid:";
    for (int i = 0; i < 34; ++i) deep += "\t1";
    EXPECT_FALSE(parse_status(status_file + deep)) << "deeper than pid namespaces go";
}

TEST(Parse, RandomBytes) {
    std::mt19937 random(3);
    const std::string alphabet = " \t\n0123456789:-monticbeuCapEfNSd\xff"s + '\0';
    for (int round = 0; round < 20000; ++round) {
        std::string text(random() % 100, '\0');
        for (auto& c : text) c = alphabet[random() % alphabet.size()];
        for (const auto& range : parse_id_map(text).value_or(std::vector<IdRange>{}))
            EXPECT_NE(range.count, 0U);
        (void)parse_timens_offsets(text);
        (void)parse_status(text);
    }
}
