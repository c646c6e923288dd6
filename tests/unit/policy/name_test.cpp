#include "policy/name.hpp"

#include <set>

#include <gtest/gtest.h>

namespace nsscope {
namespace {

bool named(const std::string& pattern, std::string_view name) {
    const auto parsed = parse_name_pattern(pattern);
    EXPECT_TRUE(parsed) << pattern << ": " << parsed.error().what;
    return parsed && matches(*parsed, name);
}

TEST(Name, DotsAndSlashes) {
    for (const auto* pattern : {"net.ipv4.ip_forward", "net/ipv4/ip_forward"})
        EXPECT_TRUE(named(pattern, "net/ipv4/ip_forward")) << pattern;
    for (const auto* pattern : {"net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding"})
        EXPECT_TRUE(named(pattern, "net/ipv4/conf/eth0.1/forwarding")) << pattern;
    EXPECT_EQ(canonical_name("net.ipv4.conf.a/b.c"), "net/ipv4/conf/a.b/c");
    EXPECT_EQ(canonical_name("net/ipv4/conf/a.b/c"), "net/ipv4/conf/a.b/c");
    EXPECT_FALSE(named("net.ipv4/ip_forward", "net/ipv4/ip_forward"));
}

TEST(Name, Wildcards) {
    EXPECT_TRUE(named("net.ipv4.conf.*.forwarding", "net/ipv4/conf/eth0.1/forwarding"));
    EXPECT_FALSE(named("net.*.forwarding", "net/ipv4/conf/all/forwarding"));
    EXPECT_FALSE(named("kernel.*", "kernel/random/uuid"));
    EXPECT_FALSE(named("kernel.*", "kernel"));
    EXPECT_TRUE(named("**", "kernel/random/uuid"));
    EXPECT_TRUE(named("kernel.**", "kernel/random/uuid"));
    EXPECT_TRUE(named("kernel.**", "kernel"));
    EXPECT_TRUE(named("**.forwarding", "net/ipv4/conf/all/forwarding"));
    EXPECT_TRUE(named("net.**.all.**", "net/ipv4/conf/all/forwarding"));
    EXPECT_FALSE(named("net.**.lo.**", "net/ipv4/conf/all/forwarding"));
    EXPECT_TRUE(named("**.**.*", "kernel/pid_max"));
}

TEST(Name, InterfacesMayBeCalledAnything) {
    EXPECT_TRUE(named(R"(net/ipv4/conf/\*/forwarding)", "net/ipv4/conf/*/forwarding"));
    EXPECT_FALSE(named(R"(net/ipv4/conf/\*/forwarding)", "net/ipv4/conf/all/forwarding"));
    EXPECT_TRUE(named(R"(net/ipv4/conf/a\\b/forwarding)", "net/ipv4/conf/a\\b/forwarding"));
    EXPECT_TRUE(named("net/ipv4/conf/[\x1b]/forwarding", "net/ipv4/conf/[\x1b]/forwarding"));
    EXPECT_TRUE(named("net/ipv4/conf/*/forwarding", "net/ipv4/conf/**/forwarding"));
}

TEST(Name, SpreadsToPatternsWithoutDoubleStars) {
    const auto count = [](const char* pattern) { return spread(*parse_name_pattern(pattern)).size(); };
    EXPECT_EQ(count("kernel.pid_max"), 1U);
    EXPECT_EQ(count("kernel.**"), 8U); // 0 to 7 more
    EXPECT_EQ(count("**"), 8U);        // 1 to 8
    EXPECT_EQ(count("**.**"), 8U);
    EXPECT_EQ(count("**.*.**"), 8U);
    for (const auto& one : spread(*parse_name_pattern("**.a.**"))) {
        EXPECT_LE(one.size(), most_sysctl_components);
        for (const auto& component : one) EXPECT_NE(component.kind, NameComponent::Kind::any);
    }
}

TEST(Name, SpreadNamesTheSame) {
    const std::set<std::string> names{
        "a", "a/a", "a/b", "b/a", "a/a/a", "b/a/b", "b/b/a/b", "b/b/b", "a/b/b/b/b/b/b/b"};
    for (const auto* text : {"**", "a.**", "**.a", "**.a.**", "*.**.*", "a.*.**.b", "b.**.a.**"}) {
        const auto pattern = *parse_name_pattern(text);
        for (const auto& name : names) {
            bool any = false;
            for (auto& one : spread(pattern)) any = any || matches(NamePattern{one, {}}, name);
            EXPECT_EQ(any, matches(pattern, name)) << text << " " << name;
        }
    }
}

TEST(Name, Refused) {
    EXPECT_EQ(parse_name_pattern("").error().what, "an empty name");
    EXPECT_EQ(parse_name_pattern("").error().hint, "the name of a sysctl, as in sysctl(8)");
    for (const auto* text : {"", ".", "a.", ".a", "a..b", "tcp_*", "a.***", R"(a.\b)", R"(a\)", "a.b/.",
                             "a.b/.//", "a/../b", "a.b.c.d.e.f.g.h.i", "a\nb", "**.a.**.b.**"})
        EXPECT_FALSE(parse_name_pattern(text)) << text;
    EXPECT_FALSE(parse_name_pattern(std::string("a\0b", 3)));
    EXPECT_TRUE(parse_name_pattern(std::string(63, 'a')));
    EXPECT_FALSE(parse_name_pattern(std::string(64, 'a')));
    const auto long_component = "/" + std::string(62, 'b');
    EXPECT_TRUE(parse_name_pattern(std::string(63, 'a') + long_component + "b"));   // 127
    EXPECT_FALSE(parse_name_pattern(std::string(63, 'a') + long_component + "/c")); // 128
}

} // namespace
} // namespace nsscope
