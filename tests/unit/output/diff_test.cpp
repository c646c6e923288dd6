#include "output/diff_report.hpp"

#include <gtest/gtest.h>

#include "golden.hpp"
#include "inspect_sample.hpp"

using namespace nsscope;

namespace {

std::vector<JsonDifference> differences(const char* a, const char* b) {
    const std::vector<JsonArrayKey> keys{{"list", {"k", "l"}, {"noise"}}};
    rapidjson::Document left, right;
    left.Parse(a);
    right.Parse(b);
    EXPECT_FALSE(left.HasParseError());
    EXPECT_FALSE(right.HasParseError());
    return json_differences(left, right, keys, {"ignored"});
}
using Found = std::vector<JsonDifference>;

/// Two moments of one machine.
const std::string before =
    R"({"schema":"nsscope.snapshot/1","time":"2026-11-22T05:00:00.000000000Z","host":"vm",
"boot_id":"e4875fdd","kernel":"6.18","source":"bpf","complete":true,"issues":[],"namespaces":[
{"type":"net","inum":4026531840,"id":"1","initial":true,"members":[1,2,3],"nprocs":3},
{"type":"net","inum":4026532281,"id":"100","initial":false,"members":[4],"nprocs":1},
{"type":"uts","inum":4026532282,"id":"101","initial":false,"members":[5],"nprocs":1,"leader":{"pid":5,"comm":"a\u001b[2J"}},
{"type":"ipc","inum":4026532283,"id":"102","initial":false,"members":[6],"nprocs":1}]})";
const std::string after =
    R"({"schema":"nsscope.snapshot/1","time":"2026-11-22T06:00:00.000000000Z","host":"vm",
"boot_id":"e4875fdd","kernel":"6.18","source":"bpf","complete":true,"issues":[],"namespaces":[
{"type":"net","inum":4026531840,"id":"1","initial":true,"members":[1,3,9,10],"nprocs":4},
{"type":"net","inum":4026532281,"id":"200","initial":false,"members":[4],"nprocs":1},
{"type":"uts","inum":4026532282,"id":"101","initial":false,"members":[5],"nprocs":1,"leader":{"pid":5,"comm":"b"}},
{"type":"ipc","inum":4026532283,"id":"102","initial":false,"members":[6],"nprocs":1}]})";

std::string without(std::string text, const std::string& what) {
    return text.erase(text.find(what), what.size());
}

DiffReport compare(const std::string& a, const std::string& b) {
    const auto left = parse_saved_snapshot(a), right = parse_saved_snapshot(b);
    EXPECT_TRUE(left && right);
    DiffReport report;
    if (!left || !right) return report;
    report.a.file = "before.json";
    report.a.time = left->time;
    report.a.host = left->host;
    report.a.boot_id = left->boot_id;
    report.b = report.a;
    report.b.file = "after\n.json";
    report.b.time = right->time;
    compare_snapshots(*left, *right, report);
    return report;
}

} // namespace

TEST(JsonDiff, Scalars) {
    EXPECT_EQ(differences(R"({"x":1,"y":"s","z":null})", R"({"z":null,"y":"s","x":1})"), Found{});
    EXPECT_EQ(differences(R"({"x":1,"o":{"p":true}})", R"({"x":2,"o":{"p":null}})"),
              (Found{{"x", "1", "2"}, {"o.p", "true", "null"}}));
    EXPECT_EQ(differences(R"({"x":1})", R"({"y":"\u001b"})"),
              (Found{{"x", "1", std::nullopt}, {"y", std::nullopt, R"("\u001b")"}}));
    EXPECT_EQ(differences(R"({"x":-5,"y":18446744073709551615})", R"({"x":[],"y":{}})"),
              (Found{{"x", "-5", "[]"}, {"y", "18446744073709551615", "{}"}}));
    EXPECT_EQ(differences(R"({"ignored":1})", R"({"ignored":2})"), Found{});
}

TEST(JsonDiff, ArraysAreSets) {
    EXPECT_EQ(differences(R"({"m":[1,2,3]})", R"({"m":[3,2,1]})"), Found{});
    EXPECT_EQ(differences(R"({"m":[1,2,3]})", R"({"m":[3,4]})"), (Found{{"m", "[1,2]", "[4]"}}));
    EXPECT_EQ(differences(R"({"m":[1,1]})", R"({"m":[1]})"), (Found{{"m", "[1]", std::nullopt}}));
}

TEST(JsonDiff, ObjectsAreToldApartByTheirKey) {
    EXPECT_EQ(differences(R"({"list":[{"k":"a","v":1},{"k":"b","v":2}]})",
                          R"({"list":[{"k":"b","v":3},{"k":"a","v":1}]})"),
              (Found{{"list[b].v", "2", "3"}}));
    EXPECT_EQ(differences(R"({"list":[{"k":"a","l":7}]})", R"({"list":[]})"),
              (Found{{"list[a 7]", R"({"k":"a","l":7})", std::nullopt}}));
    EXPECT_EQ(differences(R"({"list":[{"k":"a"},{"k":"a"}]})", R"({"list":[{"k":"a"}]})"),
              (Found{{"list[a #2]", R"({"k":"a"})", std::nullopt}}));
    EXPECT_EQ(differences(R"({"list":[{"k":"a","noise":1}]})", R"({"list":[{"k":"a","noise":2}]})"), Found{});
    EXPECT_EQ(differences(R"({"other":[{"v":1}]})", R"({"other":[{"v":2}]})"),
              (Found{{"other[#1].v", "1", "2"}}));
}

TEST(DiffOfSnapshots, WhatCameWentAndChanged) {
    const auto report = compare(before, after);
    std::string json, text;
    append_diff_json(json, report);
    expect_golden("diff-snapshots.json", json);
    append_diff_text(text, report);
    expect_golden("diff-snapshots.txt", text);
    EXPECT_FALSE(report.same());
    EXPECT_EQ(report.unchanged, 1U);
}

TEST(DiffOfSnapshots, OfOneMomentIsNothing) {
    const auto report = compare(before, before);
    EXPECT_TRUE(report.same());
    EXPECT_EQ(report.unchanged, 4U);
    EXPECT_TRUE(report.entries.empty());
}

TEST(DiffOfSnapshots, WithoutIdsTheNumberCounts) {
    auto old = before;
    for (const auto* id : {"\"1\"", "\"100\"", "\"101\"", "\"102\""})
        old.replace(old.find(id), std::string(id).size(), "null");
    const auto report = compare(old, after);
    EXPECT_EQ(report.unchanged, 2U) << "net:[4026532281] passes for the same, ipc is";
}

TEST(DiffOfSnapshots, OfTwoBootsShareTheInitialOnesAlone) {
    auto other = before;
    other.replace(other.find("e4875fdd"), 8, "11111111");
    const auto report = compare(before, other);
    EXPECT_EQ(report.unchanged, 1U);
    EXPECT_EQ(report.entries.size(), 6U);
}

TEST(SavedSnapshot, RefusesWhatIsNone) {
    const auto what = [](const std::string& json) {
        const auto snapshot = parse_saved_snapshot(json);
        return snapshot ? std::string("accepted") : snapshot.error().what;
    };
    EXPECT_EQ(what(before), "accepted");
    EXPECT_EQ(what(""), "no JSON at byte 0: The document is empty.");
    EXPECT_EQ(what("[]"), "no JSON object");
    EXPECT_EQ(what("{}"), "schema is not nsscope.snapshot/1");
    EXPECT_EQ(what(before + "x"),
              "no JSON at byte 563: The document root must not be followed by other values.");
    EXPECT_EQ(what(without(before, "\"type\":\"net\",")), "namespaces[0].type is no kind of namespace");
    EXPECT_EQ(what(without(before, "\"inum\":4026532281,")), "namespaces[1].inum is no inode number");
    auto text = before;
    EXPECT_EQ(what(text.replace(text.find("\"101\""), 5, "101")),
              "namespaces[2].id is neither null nor a string of digits");
    EXPECT_EQ(what(R"({"schema":"nsscope.snapshot/1","namespaces":{}})"), "namespaces is no array");
    EXPECT_EQ(what(R"({"schema":"nsscope.snapshot/1","namespaces":[1]})"), "namespaces[0] is no object");
    EXPECT_EQ(what(std::string(100000, '[')), "nested deeper than 32");
}

TEST(DiffOfProcesses, KindByKind) {
    auto a = sample_inspection(), b = sample_inspection();
    a.namespaces.pop_back();
    b.namespaces.pop_back();
    b.pid = 4712;
    for (auto& inspected : b.namespaces)
        if (inspected.ns.type != NsType::uts) inspected.ns.ref.inum += 100, inspected.ns.ref.id += 100;
    auto& net = std::get<NetContents>(*b.namespaces[3].contents);
    net.interfaces->at(1).mtu = 1400;
    net.listening->at(0).port = 8080;
    std::get<TimeContents>(*b.namespaces[5].contents).offsets->monotonic.sec = 0;
    DiffReport report;
    report.a.pid = 4711;
    report.a.comm = a.comm;
    report.b.pid = 4712;
    report.b.comm = b.comm;
    Snapshot snapshot;
    snapshot.containers = {
        {{std::string(64, 'c'), "podman", "w\x1b[2J\xff", Pod{"u", "p\n", "shop", ""}}, 4711, ""},
        {{"db", "crun", "", std::nullopt}, 4712, ""}};
    report.a.container = snapshot.containers[0].container;
    report.b.container = snapshot.containers[1].container;
    report.entries = compare_inspections(a, b, snapshot);
    std::string json, text;
    append_diff_json(json, report);
    expect_golden("diff-processes.json", json);
    append_diff_text(text, report);
    expect_golden("diff-processes.txt", text);
}
