#include "policy/alias.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace nsscope {
namespace {

std::string other(std::string_view name) {
    const auto others = other_names(name);
    return others.size() == 1 ? others.front().name : std::to_string(others.size());
}

TEST(Alias, OfAName) {
    EXPECT_EQ(other("net/ipv4/ip_forward"), "net/ipv4/conf/all/forwarding");
    EXPECT_EQ(other("net/ipv4/conf/all/forwarding"), "net/ipv4/ip_forward");
    EXPECT_EQ(other("net/ipv4/conf/lo/forwarding"), "0");
    EXPECT_EQ(other("net/ipv4/neigh/eth0.1/retrans_time"), "net/ipv4/neigh/eth0.1/retrans_time_ms");
    EXPECT_EQ(other("net/ipv6/neigh/a/retrans_time_ms"), "net/ipv6/neigh/a/retrans_time");
    EXPECT_EQ(other("net/ipv4/neigh//retrans_time"), "0");
    EXPECT_EQ(other("net/ipv4/neigh/a/b/retrans_time"), "0");
}

/// Whatever a pattern names, its other patterns name by the other name.
TEST(Alias, OfAPattern) {
    for (const auto* text :
         {"net.ipv4.ip_forward", "net.*.conf.all.forwarding", "net.ipv4.neigh.*.*", "*.*.*.lo.*",
          "net.ipv4.neigh.lo.unres_qlen", "*.*.*", "vm.*", "net.ipv4.conf.lo.forwarding"}) {
        const auto pattern = *parse_name_pattern(text);
        const auto others = other_patterns(pattern.components);
        for (const auto* name : {"net/ipv4/ip_forward", "net/ipv4/conf/all/forwarding", "vm/nr_hugepages",
                                 "net/ipv4/neigh/lo/unres_qlen", "net/ipv4/neigh/eth0/unres_qlen_bytes"}) {
            const auto by_other = std::any_of(others.begin(), others.end(), [&](const auto& one) {
                return matches(NamePattern{one.components, {}}, other(name));
            });
            EXPECT_EQ(by_other, matches(pattern, name)) << text << " " << name;
        }
    }
}

TEST(Alias, NoNameHasTwo) {
    for (const auto& alias : aliases()) {
        EXPECT_EQ(other_names(alias.one).size(), 1U) << alias.one;
        EXPECT_EQ(other_names(alias.other).size(), 1U) << alias.other;
    }
}

} // namespace
} // namespace nsscope
