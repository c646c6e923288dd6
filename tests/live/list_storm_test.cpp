#include <algorithm>
#include <map>
#include <memory>
#include <unistd.h>

#include "forest.hpp"
#include "live.hpp"

namespace live {
namespace {

/// The lists do not wait for it.
std::unique_ptr<Process> storm(const std::vector<std::string>& words) {
    auto process = std::make_unique<Process>(words);
    process->give_way();
    return process;
}

/// Processes that vanish during the look are no error.
TEST(ListStorm, FailsNever) {
    if (::geteuid() != 0) LIVE_SKIP("needs root");
    const std::size_t runs = is_brief() ? 3 : 300;
    const std::vector<std::string> sources{"bpf", "proc", "auto"};
    std::vector<int> usual;
    for (const auto& source : sources) usual.push_back(list({"--source", source}).status);
    std::vector<std::unique_ptr<Process>> churns;
    for (int i = 0; i < (is_brief() ? 1 : 2); i++) churns.push_back(storm({helper(), "churn:120"}));
    for (std::size_t i = 0; i < runs; i++) {
        const auto which = i % sources.size();
        const auto listed = list({"--source", sources[which]});
        EXPECT_EQ(listed.status, usual[which]) << sources[which] << ": " << listed.errors;
        EXPECT_FALSE(listed.namespaces.empty());
    }
}

/// Processes that change their namespace all the time, so that one inode number is given to one after the other: each is
/// alone in its own whatever its number. Without ids, as before Linux 6.18, what cannot be told apart is told as raced.
TEST(ListStorm, TwoGenerationsOfANumberAreTwo) {
    if (::geteuid() != 0) LIVE_SKIP("needs root");
    const std::map<std::string, std::string> without_ids{{"NSSCOPE_DISABLE", "iter_ns_id"}};
    const std::vector<std::pair<std::string, std::map<std::string, std::string>>> ways{
        {"proc", {}}, {"bpf", {}}, {"bpf", without_ids}};
    std::vector<int> usual;
    for (const auto& [source, environment] : ways)
        usual.push_back(list({"--source", source}, {.environment = environment}).status);
    std::vector<std::unique_ptr<Process>> storms;
    std::set<pid_t> pids;
    for (int i = 0; i < (is_brief() ? 2 : 4); i++) {
        storms.push_back(storm({helper(), "storm:120"}));
        pids.insert(storms.back()->pid());
    }
    for (std::size_t way = 0; way < ways.size(); way++) {
        const auto& [source, environment] = ways[way];
        std::size_t looked = 0, raced = 0;
        for (std::size_t i = 0; i < often(40); i++) {
            const auto listed = list({"--source", source, "-t", "uts"}, {.environment = environment});
            const bool says_raced = listed.errors.find("raced") != std::string::npos;
            raced += says_raced ? 1 : 0;
            EXPECT_EQ(listed.status, says_raced ? 3 : usual[way]) << source << ": " << listed.errors;
            for (const auto& [key, ns] : listed.namespaces) {
                if (ns.initial || !is_within(ns, pids)) continue;
                looked++;
                EXPECT_EQ(ns.members.size(), 1U) << source << " uts:[" << key.second << ']';
            }
        }
        EXPECT_GT(looked, 0U) << source;
        RecordProperty("raced_" + std::to_string(way), static_cast<int>(raced));
    }
}

/// A process that ends while it is read is left out, and with it what it alone was in: nothing is half known.
TEST(ListStorm, WhoEndsMeanwhileLeavesNothingHalfKnown) {
    if (::geteuid() != 0) LIVE_SKIP("needs root");
    const auto churn = storm({find_in_path("bash"), "-c",
                              "while :; do unshare -n -i -u -m --fork sleep 0.02 & unshare -u sleep 0.015 & "
                              "sleep 0.005; done 2>/dev/null"});
    for (std::size_t i = 0; i < (is_brief() ? 3U : 100U); i++) {
        const auto listed = list({"--source", "proc"});
        const bool has_ids = std::ranges::any_of(listed.namespaces, [](const auto& one) {
            return one.second.initial && one.second.id.has_value();
        });
        for (const auto& [key, ns] : listed.namespaces)
            EXPECT_TRUE(!has_ids || ns.id) << key.first << ":[" << key.second << ']';
    }
}

} // namespace
} // namespace live
