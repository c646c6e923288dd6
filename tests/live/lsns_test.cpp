#include <algorithm>
#include <array>
#include <rapidjson/document.h>
#include <unistd.h>

#include "forest.hpp"
#include "json.hpp"
#include "live.hpp"

namespace live {
namespace {

struct Row {
    std::uint32_t nprocs = 0;
    pid_t pid = 0;
};

std::uint32_t number(const rapidjson::Value& value) {
    return value.IsString() ? static_cast<std::uint32_t>(std::stoul(value.GetString())) : value.GetUint();
}

/// It gives up altogether when a process ends between two of its looks at it, and elsewhere they do: then it is asked again.
std::map<NsKey, Row> lsns(const std::string& path) {
    rapidjson::Document document;
    const bool answered = wait_until([&] {
        const auto done = run({path, "-J", "-n", "-o", "NS,TYPE,NPROCS,PID"});
        return done.status == 0 && !document.Parse(done.output.c_str()).HasParseError();
    });
    std::map<NsKey, Row> rows;
    EXPECT_TRUE(answered);
    if (!answered) return rows;
    for (const auto& row : json::array(document, "namespaces").GetArray())
        rows[{json::text(row, "type"), number(row["ns"])}] = {number(row["nprocs"]),
                                                              static_cast<pid_t>(number(row["pid"]))};
    return rows;
}

/// The members whose first thread is in it: lsns looks at no other.
std::set<pid_t> by_first_thread(const NsKey& key, const ListedNamespace& ns) {
    const auto name = key.first + ":[" + std::to_string(key.second) + "]";
    std::set<pid_t> members;
    for (const auto pid : ns.members) {
        std::array<char, 64> target{};
        const auto path = "/proc/" + std::to_string(pid) + "/ns/" + key.first;
        if (::readlink(path.c_str(), target.data(), target.size() - 1) > 0 && name == target.data())
            members.insert(pid);
    }
    return members;
}

TEST(Lsns, Agrees) {
    if (::geteuid() != 0) LIVE_SKIP("needs root");
    const auto path = find_in_path("lsns");
    if (path.empty()) LIVE_SKIP("lsns(8) is not installed");
    const Forest forest(11, 12);
    const auto theirs = lsns(path);
    const auto ours = list({});
    std::size_t compared = 0;
    for (const auto& [key, ns] : ours.namespaces) {
        if (!is_within(ns, forest.pids())) continue; // elsewhere others come and go
        const auto members = by_first_thread(key, ns);
        const auto row = theirs.find(key);
        if (members.empty()) {
            EXPECT_EQ(row, theirs.end()) << key.first << key.second;
            continue;
        }
        ASSERT_NE(row, theirs.end()) << key.first << key.second;
        EXPECT_EQ(row->second.nprocs, members.size()) << key.first << key.second;
        if (members == ns.members) {
            EXPECT_EQ(row->second.pid, ns.leader->pid) << key.first << key.second;
        }
        compared++;
    }
    EXPECT_GT(compared, 10U);
    // and nothing that lsns sees of the forest is missing
    for (const auto& [key, row] : theirs) {
        if (!forest.pids().contains(row.pid)) continue;
        EXPECT_TRUE(ours.namespaces.contains(key)) << key.first << key.second;
    }
}

} // namespace
} // namespace live
