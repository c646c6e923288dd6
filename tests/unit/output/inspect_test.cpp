#include <algorithm>

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include "golden.hpp"
#include "inspect_sample.hpp"
#include "output/inspect_json.hpp"
#include "output/inspect_text.hpp"

using namespace nsscope;

namespace {

Snapshot sample_machine() {
    Snapshot snapshot;
    snapshot.time_ns = 1763776065000000001;
    snapshot.host = "vm";
    snapshot.boot_id = "e4875fdd-d21c-4987-8657-dd0e74daa88a";
    snapshot.kernel = "6.18.44";
    snapshot.containers = {
        {{std::string(64, 'c'), "podman", "w\x1b[2J\xff", Pod{"u", "p\n", "shop", ""}}, 4711, ""},
        {{"db", "crun", "", std::nullopt}, 4712, ""}};
    snapshot.container_processes = {{4711, 0, 1}, {4712, 1, 2}};
    return snapshot;
}

} // namespace

TEST(InspectJson, OfEachKind) {
    std::string json;
    append_inspection_json(json, sample_inspection(), sample_machine());
    expect_golden("inspect.json", json);
    rapidjson::Document document;
    EXPECT_FALSE(document.Parse<rapidjson::kParseValidateEncodingFlag>(json.c_str()).HasParseError());
}

TEST(InspectJson, OfNothing) {
    std::string json;
    append_inspection_json(json, Inspection{}, Snapshot{});
    expect_golden("inspect-empty.json", json);
}

TEST(InspectText, OfEachKind) {
    std::string text;
    append_inspection_text(text, sample_inspection(), sample_machine());
    expect_golden("inspect.txt", text);
}

TEST(InspectText, TellsWhatItLeavesOut) {
    Inspection inspection;
    PidContents pid;
    for (pid_t i = 1; i <= 250; ++i) pid.members.push_back({i, "x", {i}});
    inspection.namespaces.push_back({sample_ns(NsType::pid, 4026532405U), "", "", pid});
    std::string text;
    append_inspection_text(text, inspection, Snapshot{});
    EXPECT_NE(text.find("members       250\n"), std::string::npos) << text;
    EXPECT_NE(text.find("    and 150 more; -J shows all\n"), std::string::npos) << text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 11 + 100);
}
