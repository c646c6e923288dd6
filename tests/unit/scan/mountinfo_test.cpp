#include "scan/mountinfo.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

using namespace nsscope;
using namespace std::string_literals;

TEST(Mountinfo, TakesNsfsMountsAlone) {
    std::ifstream file(NSSCOPE_SOURCE_DIR "/tests/fixtures/proc/mountinfo");
    ASSERT_TRUE(file);
    std::ostringstream text;
    text << file.rdbuf();
    const auto mounts = parse_nsfs_mounts(text.str());
    ASSERT_EQ(mounts.size(), 4u);
    EXPECT_EQ(mounts[0].type, NsType::net);
    EXPECT_EQ(mounts[0].inum, 4026532281u);
    EXPECT_EQ(mounts[0].path, "/run/netns/blue");
    EXPECT_EQ(mounts[1].type, NsType::uts);
    EXPECT_EQ(mounts[1].path, "/srv/a place\twith\nevery\\escape");
    EXPECT_EQ(mounts[2].type, NsType::mnt);
    EXPECT_EQ(mounts[2].path, "/srv/two optional fields");
    EXPECT_EQ(mounts[3].path, "/srv/- nsfs//deleted");
}

TEST(Mountinfo, PassesOverWhatIsMalformed) {
    for (const auto& line : {
             ""s,
             "\n\n"s,
             "-"s,
             " - nsfs "s,
             "1 2 0:4 net:[5] /x rw"s,
             "1 2 0:4 net:[5] /x rw -"s,
             "1 2 0:4 net:[5] /x - nsfs nsfs rw"s, // no options field
             "1 2 0:4 net:[5]  rw - nsfs nsfs rw"s,
             "1 2 0:4 net:[0] /x rw - nsfs nsfs rw"s,
             "1 2 0:4 / /x rw - nsfs nsfs rw"s,
             "1 2 0:4 what:[5] /x rw - nsfs nsfs rw"s,
         })
        EXPECT_TRUE(parse_nsfs_mounts(line).empty()) << line;
}

TEST(Mountinfo, LastLineNeedsNoNewline) {
    EXPECT_EQ(parse_nsfs_mounts("1 2 0:4 net:[5] /x rw - nsfs nsfs rw").size(), 1u);
    EXPECT_EQ(parse_nsfs_mounts("1 2 0:4 net:[5] /x rw - nsfs").size(), 1u);
}

TEST(OctalEscapes, Undone) {
    EXPECT_EQ(undo_octal_escapes("\\040"), " ");
    EXPECT_EQ(undo_octal_escapes("a\\011b\\012c\\134d"), "a\tb\nc\\d");
    EXPECT_EQ(undo_octal_escapes("\\134040"), "\\040");
    EXPECT_EQ(undo_octal_escapes("\\377"), "\xff");
}

TEST(OctalEscapes, AnythingElseStays) {
    for (const auto& text : {""s, "\\"s, "\\0"s, "\\04"s, "\\048"s, "\\400"s, "\\x41"s, "\\\\"s, "\xff\xfe"s})
        EXPECT_EQ(undo_octal_escapes(text), text);
}

TEST(Mountinfo, RandomBytes) {
    std::mt19937 random(11);
    const std::string alphabet = " \n-:[]\\0123456789nsfetu/\xff"s + '\0';
    for (int round = 0; round < 20000; ++round) {
        std::string text(random() % 120, '\0');
        for (auto& c : text) c = alphabet[random() % alphabet.size()];
        (void)parse_nsfs_mounts(text);
        EXPECT_LE(undo_octal_escapes(text).size(), text.size());
    }
}

TEST(ParseMount, AllFields) {
    const auto mount =
        parse_mount("36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 shared:12 propagate_from:7 "
                    "unbindable later:9 - ext3 /dev/ro\\134ot rw,errors=continue");
    ASSERT_TRUE(mount);
    EXPECT_EQ(*mount,
              (Mount{36, 35, 98, 0, "/mnt1", "/mnt 2", "rw,noatime", "ext3", "/dev/ro\\ot", 12, 1, 7, true}));
    const auto plain = parse_mount("1 2 0:4 / / rw - proc none rw");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->peer_group, 0);
    EXPECT_EQ(plain->master, 0);
    EXPECT_FALSE(plain->unbindable);
    EXPECT_EQ(parse_mount("1 2 0:4 / / rw - tmpfs  rw")->source, "") << "a source may be empty";
}

TEST(ParseMount, RefusesEverythingElse) {
    for (const auto* line :
         {"", "1 2 0:4 / / rw", "1 2 0:4 / / rw -", "1 2 4 / / rw - a b", "x 2 0:4 / / rw - a b",
          "1 -2 0:4 / / rw - a b", "1 2 0:4 / / rw shared: - a b", "1 2 0:4 / / rw shared:x - a b",
          "1 2 0:4 / / rw master:99999999999 - a b", "1 2 0:4  / rw - a b", "1 2 0:4 /  rw - a b"})
        EXPECT_FALSE(parse_mount(line)) << line;
}

TEST(ParseMounts, CountsWhatMakesNoSense) {
    const auto table = parse_mounts("1 2 0:4 / / rw - a b c\nnonsense\n3 1 0:5 / /x rw shared:1 - a b c");
    ASSERT_EQ(table.mounts.size(), 2U);
    EXPECT_EQ(table.mounts[1].peer_group, 1);
    EXPECT_EQ(table.malformed, 1U);
}
