#include <unistd.h>

#include "forest.hpp"
#include "live.hpp"

namespace live {
namespace {

/// Processes that vanish during the look are no error.
TEST(ListStorm, FailsNever) {
    if (::geteuid() != 0) LIVE_SKIP("needs root");
    const auto runs = often(300);
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

} // namespace
} // namespace live
