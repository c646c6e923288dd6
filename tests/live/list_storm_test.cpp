#include <memory>
#include <unistd.h>

#include "forest.hpp"
#include "live.hpp"

namespace live {
namespace {

/// Processes that vanish during the look are no error.
TEST(ListStorm, FailsNever) {
    if (::geteuid() != 0) LIVE_SKIP("needs root");
    const std::size_t runs = is_brief() ? 9 : 300;
    const std::vector<std::string> sources{"bpf", "proc", "auto"};
    std::vector<int> usual;
    for (const auto& source : sources) usual.push_back(list({"--source", source}).status);
    Process one({helper(), "churn:120"}), other({helper(), "churn:120"});
    for (std::size_t i = 0; i < runs; i++) {
        const auto which = i % sources.size();
        const auto listed = list({"--source", sources[which]});
        EXPECT_EQ(listed.status, usual[which]) << sources[which] << ": " << listed.errors;
        EXPECT_FALSE(listed.namespaces.empty());
    }
}

/// Processes that change their namespace all the time, so that one inode number is given to one after the other: each is
/// alone in its own whatever its number.
TEST(ListStorm, TwoGenerationsOfANumberAreTwo) {
    if (::geteuid() != 0) LIVE_SKIP("needs root");
    const auto runs = often(40);
    std::vector<std::unique_ptr<Process>> storms;
    std::set<pid_t> pids;
    for (int i = 0; i < 4; i++) {
        storms.push_back(std::make_unique<Process>(std::vector<std::string>{helper(), "storm:60"}));
        pids.insert(storms.back()->pid());
    }
    for (const std::string& source : std::vector<std::string>{"proc", "bpf"}) {
        std::size_t looked = 0;
        for (std::size_t i = 0; i < runs; i++) {
            const auto listed = list({"--source", source, "-t", "uts"});
            for (const auto& [key, ns] : listed.namespaces) {
                if (ns.initial || !is_within(ns, pids)) continue;
                if (source == "bpf" && !ns.id) continue; // docs/list.md says what it can tell apart then
                looked++;
                EXPECT_EQ(ns.members.size(), 1U) << source << " uts:[" << key.second << ']';
            }
        }
        EXPECT_TRUE(looked > 0 || source == "bpf");
    }
}

} // namespace
} // namespace live
