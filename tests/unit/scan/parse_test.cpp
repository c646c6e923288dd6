#include "scan/parse.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

using namespace nsscope;
using namespace std::string_literals;

namespace {

std::string fixture(const std::string& name) {
    std::ifstream file(NSSCOPE_SOURCE_DIR "/tests/fixtures/proc/" + name, std::ios::binary);
    EXPECT_TRUE(file) << name;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// A stat line with the given name and, from field 3 on, the given text.
std::string line(const std::string& comm, const std::string& rest) { return "42 (" + comm + ")" + rest; }

const std::string good = " S 7 1 1 0 -1 64 0 0 0 0 0 0 0 0 20 0 3 0 555 0\n";

} // namespace

TEST(ParseStat, TakesWhatIsNeeded) {
    const auto stat = parse_stat(line("sh", good));
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->comm, "sh");
    EXPECT_EQ(stat->state, 'S');
    EXPECT_EQ(stat->ppid, 7);
    EXPECT_EQ(stat->flags, 64u);
    EXPECT_EQ(stat->num_threads, 3u);
    EXPECT_EQ(stat->start_ticks, 555u);
}

TEST(ParseStat, NameMayHoldAnything) {
    for (const auto& comm :
         {""s, ")"s, "("s, "a) R 1 ("s, ") \n"s, "\n"s, "x\xff\x01"s, "((()))"s, " 9 9 "s}) {
        const auto stat = parse_stat(line(comm, good));
        ASSERT_TRUE(stat) << comm;
        EXPECT_EQ(stat->comm, comm);
        EXPECT_EQ(stat->ppid, 7);
    }
}

TEST(ParseStat, Fixtures) {
    const auto hostile = parse_stat(fixture("stat-hostile-comm"));
    ASSERT_TRUE(hostile);
    EXPECT_EQ(hostile->comm, "a) R 1 (b)\n");
    EXPECT_EQ(hostile->ppid, 17);
    EXPECT_EQ(hostile->num_threads, 3u);
    EXPECT_EQ(hostile->start_ticks, 151278u);

    const auto zombie = parse_stat(fixture("stat-zombie"));
    ASSERT_TRUE(zombie);
    EXPECT_EQ(zombie->state, 'Z');

    const auto kernel_thread = parse_stat(fixture("stat-kernel-thread"));
    ASSERT_TRUE(kernel_thread);
    EXPECT_EQ(kernel_thread->flags & 0x00200000u, 0x00200000u);
    EXPECT_EQ(kernel_thread->ppid, 0);
}

TEST(ParseStat, RefusesWhatIsNoStat) {
    for (const auto& text : {
             ""s,
             "42"s,
             "42 sh S 7"s,
             ")("s,
             "42 (sh"s,
             line("sh", ""),
             line("sh", " S"),
             line("sh", " SS 7 1 1 0 -1 64 0 0 0 0 0 0 0 0 20 0 3 0 555 0\n"),
             line("sh", " S x 1 1 0 -1 64 0 0 0 0 0 0 0 0 20 0 3 0 555 0\n"),
             line("sh", " S -7 1 1 0 -1 64 0 0 0 0 0 0 0 0 20 0 3 0 555 0\n"),
             line("sh", " S 99999999999 1 1 0 -1 64 0 0 0 0 0 0 0 0 20 0 3 0 555 0\n"),
             line("sh", " S 7 1 1 0 -1 64 0 0 0 0 0 0 0 0 20 0 3 0"),
             line("sh", " S 7 1 1 0 -1 64 0 0 0 0 0 0 0 0 20 0 3 0 99999999999999999999999"),
             line("sh", " S 7 1 1 0 -1 64 0 0 0 0 0 0 0 0 20 0 3 0 5\0 0"s),
         })
        EXPECT_FALSE(parse_stat(text)) << text;
}

TEST(ParseStat, EveryTruncationIsHandled) {
    const auto whole = fixture("stat-hostile-comm");
    for (std::size_t size = 0; size < whole.size(); ++size) (void)parse_stat(std::string(whole, 0, size));
}

TEST(ParseNsLink, EveryKind) {
    for (const auto& t : ns_types) {
        const auto link = parse_ns_link(std::string(t.name) + ":[4026531833]");
        ASSERT_TRUE(link) << t.name;
        EXPECT_EQ(*link, (NsLink{t.type, 4026531833u}));
    }
}

TEST(ParseNsLink, RefusesTheRest) {
    for (const auto& text : {""s,
                             "net"s,
                             "net:"s,
                             "net:["s,
                             "net:[]"s,
                             "net:]"s,
                             ":[1]"s,
                             "net:[0]"s,
                             "net:[-1]"s,
                             "net:[+1]"s,
                             "net:[ 1]"s,
                             "net:[1"s,
                             "net:[1]]"s,
                             "net:[4294967296]"s,
                             "net:[99999999999999999999]"s,
                             "net:[0x1]"s,
                             "NET:[1]"s,
                             "pid_for_children:[1]"s,
                             "socket:[1]"s,
                             "/root/net:[1]"s,
                             "net:[1]\n"s,
                             "net:[1]\0"s,
                             "net\0:[1]"s})
        EXPECT_FALSE(parse_ns_link(text)) << text;
}

TEST(ParsePid, OnlyPlainNumbers) {
    EXPECT_EQ(parse_pid("1"), 1);
    EXPECT_EQ(parse_pid("2147483647"), 2147483647);
    for (const auto& name :
         {""s, "0"s, "01"s, "-1"s, "+1"s, " 1"s, "1 "s, "1x"s, "self"s, "2147483648"s, "."s})
        EXPECT_FALSE(parse_pid(name)) << name;
}

TEST(Parsers, RandomBytes) {
    std::mt19937 random(7);
    const std::string alphabet = "() \n:[]0123456789SZnetpiduts-\xff"s + '\0';
    for (int round = 0; round < 20000; ++round) {
        std::string text(random() % 80, '\0');
        for (auto& c : text) c = alphabet[random() % alphabet.size()];
        (void)parse_stat(text);
        (void)parse_ns_link(text);
        (void)parse_pid(text);
    }
}
