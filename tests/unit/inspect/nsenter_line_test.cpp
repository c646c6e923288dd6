#include "inspect/nsenter_line.hpp"

#include <array>
#include <cstdio>

#include <gtest/gtest.h>

#include "base/text.hpp"

using namespace nsscope;
using namespace std::string_literals;

namespace {

/// What a shell makes of a word.
std::string as_a_shell_has_it(const std::string& shell, const std::string& word) {
    const auto command = "exec " + shell + " <<'end of it'\nprintf %s " + word + "\nend of it\n";
    FILE* stream = ::popen(command.c_str(), "r");
    if (stream == nullptr) return "no shell";
    std::string text;
    std::array<char, 256> piece{};
    while (const auto got = std::fread(piece.data(), 1, piece.size(), stream)) text.append(piece.data(), got);
    ::pclose(stream);
    return text;
}

const std::array words{
    "/run/netns/a"s,
    "/run/netns/two words"s,
    "/it's"s,
    "'"s,
    "$(reboot)`reboot`;&|<>\"\\!*?[]{}#~"s,
    "~root"s,
    "\n"s,
    "/a\nb\tc"s,
    "\x1b[2J"s,
    "\x07"
    "1"s,
    "/\xff\xfe"s,
    "/ü/\u202e/\u009b"s,
    "-x"s,
    ""s,
};

} // namespace

TEST(ShellWord, IsTheSameToAShell) {
    for (const auto& word : words)
        EXPECT_EQ(as_a_shell_has_it("bash", shell_word(word)), word) << shell_word(word);
}

TEST(ShellWord, IsHarmlessToATerminal) {
    for (const auto& word : words) {
        auto text = shell_word(word);
        std::erase(text, '\\');
        EXPECT_EQ(to_printable(text), text);
    }
}

TEST(ShellWord, StaysAsItIsWherePossible) {
    EXPECT_EQ(shell_word("/proc/1/fd/7"), "/proc/1/fd/7");
    EXPECT_EQ(shell_word("a b"), "'a b'");
    EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
    EXPECT_EQ(shell_word("a\n1"), "$'a\\0121'");
}

TEST(NsenterLine, ByProcessOrByPath) {
    const auto line = [](NsType type, std::string path, pid_t pid) {
        return nsenter_line({type, {1, 0}, {}, std::move(path), pid});
    };
    EXPECT_EQ(line(NsType::mnt, "/proc/7/ns/mnt", 7), "nsenter --target 7 --mount");
    EXPECT_EQ(line(NsType::user, "/proc/7/ns/user", 7), "nsenter --target 7 --user");
    EXPECT_EQ(line(NsType::net, "/run/netns/a b", 0), "nsenter --net='/run/netns/a b'");
    EXPECT_EQ(line(NsType::time, "/proc/7/ns/time_for_children", 0),
              "nsenter --time=/proc/7/ns/time_for_children");
    EXPECT_EQ(line(NsType::uts, "", 0), "");
}
