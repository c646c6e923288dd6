#include "output/snapshot_json.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include "golden.hpp"
#include "output/command_text.hpp"
#include "sample.hpp"

namespace nsscope {
namespace {

using namespace std::string_literals;

std::string to_json(const Snapshot& snapshot, const std::vector<std::size_t>& shown) {
    std::string text;
    append_snapshot_json(text, snapshot, shown);
    return text;
}

TEST(SnapshotJson, Sample) {
    const auto snapshot = sample_snapshot();
    expect_golden("snapshot.json", to_json(snapshot, all_of(snapshot)));
}

TEST(SnapshotJson, NothingKnown) {
    Snapshot snapshot;
    snapshot.source = "proc";
    expect_golden("snapshot-empty.json", to_json(snapshot, {}));
}

TEST(SnapshotJson, OnlyWhatIsShown) {
    const auto snapshot = sample_snapshot();
    rapidjson::Document document;
    document.Parse(to_json(snapshot, {3, 5}).c_str());
    ASSERT_FALSE(document.HasParseError());
    const auto& namespaces = document["namespaces"];
    ASSERT_EQ(namespaces.Size(), 2u);
    EXPECT_EQ(namespaces[0]["inum"].GetUint(), 4026531840u);
    EXPECT_TRUE(namespaces[1]["id"].IsNull());
}

TEST(SnapshotJson, HostileTextIsValidUtf8) {
    const auto snapshot = sample_snapshot();
    rapidjson::Document document;
    document.Parse<rapidjson::kParseValidateEncodingFlag>(to_json(snapshot, all_of(snapshot)).c_str());
    ASSERT_FALSE(document.HasParseError());
    EXPECT_EQ(document["namespaces"][2]["leader"]["cmdline"].GetString(),
              "sh -c echo \x1b[2J\xef\xbf\xbd \xe6\xbc\xa2\xe5\xad\x97\n"s);
}

TEST(SnapshotJson, ANamespaceALine) {
    const auto snapshot = sample_snapshot();
    const auto text = to_json(snapshot, all_of(snapshot));
    EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')),
              snapshot.namespaces.size() + 2);
}

TEST(CommandText, ArgumentsAreJoined) {
    EXPECT_EQ(join_arguments(""), "");
    EXPECT_EQ(join_arguments("\0\0"s), "");
    EXPECT_EQ(join_arguments("a"), "a");
    EXPECT_EQ(join_arguments("a\0b c\0\0d\0"s), "a b c  d");
}

TEST(CommandText, NameWhereThereIsNoCommandLine) {
    EXPECT_EQ(command_text({1, 0, 0, "comm", std::nullopt}), "comm");
    EXPECT_EQ(command_text({1, 0, 0, "comm", ""}), "comm");
    EXPECT_EQ(command_text({1, 0, 0, "comm", "x\0"s}), "x");
}

} // namespace
} // namespace nsscope
