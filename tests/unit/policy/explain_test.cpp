#include "policy/explain.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "policy/expectations.hpp"
#include "policy/parse.hpp"
#include "policy/review.hpp"

namespace nsscope {
namespace {

Policy policy(const std::string& rules, const std::string& top = "") {
    const std::vector<PolicyFile> files{{"p.yaml", "version: 1\n" + top + "rules:\n" + rules}};
    auto parsed = parse_policy(files);
    EXPECT_TRUE(parsed) << parsed.error().what;
    return parsed.value_or(Policy{});
}

TEST(Explain, EveryRuleUpToTheOneThatDecides) {
    const auto p = policy("- {name: reads, sysctls: 'net.**', operations: read, action: deny}\n"
                          "- {name: host, sysctls: 'net.**', scope: host, action: deny}\n"
                          "- {name: off, sysctls: net.ipv4.ip_forward, value: {in: 0}, action: allow}\n"
                          "- {name: db, sysctls: 'net.**', scope: {pod: db}, action: allow}\n"
                          "- {name: all, sysctls: 'net.ipv4.conf.all.*', action: deny}\n"
                          "- {name: never, sysctls: '**', action: allow}\n");
    const Access access{.name = "net/ipv4/ip_forward", .written = "0x1\n"};
    EXPECT_EQ(explain(p, make_scene({.contained = true}), access),
              "deny: rule 'all' (p.yaml:7:10)\n"
              "  write of net/ipv4/ip_forward in cgroup /\n"
              "  rule 'reads' (p.yaml:3:10): is not about a write\n"
              "  rule 'host' (p.yaml:4:10): its scope does not hold: host\n"
              "  rule 'off' (p.yaml:5:10): its condition does not hold: element 0 is 1\n"
              "  rule 'db' (p.yaml:6:10): whether its scope and condition hold cannot be told, and it does "
              "not deny\n"
              "  rule 'all' (p.yaml:7:10): decides; it names the setting net/ipv4/conf/all/forwarding\n");
}

TEST(Explain, WithoutARule) {
    const auto p =
        policy("- {name: r, sysctls: a.b, action: {override: '100'}}\n", "mode: audit\ndefault: deny\n");
    const auto in = make_scene({.contained = true});
    EXPECT_EQ(explain(p, in, {.name = "c/d", .written = "1"}),
              "audit: no rule; the policy's default\n  mode: audit; enforced, it would be deny\n"
              "  write of c/d in cgroup /\n");
    EXPECT_EQ(explain(p, make_scene({}), {.name = "c/d\x1b[31m", .written = "1"}),
              "allow: no rule, and the default is for what containers write\n"
              "  write of c/d\\x1b[31m in cgroup /\n");
}

TEST(Scene, Containers) {
    const auto docker = make_scene({.container = "0123456789ab"});
    EXPECT_EQ(docker.subject.cgroup, "/system.slice/docker-0123456789ab" + std::string(52, '0') + ".scope");
    EXPECT_TRUE(docker.subject.namespaced);
    EXPECT_EQ(make_scene({.container = "t1"}).subject.cgroup, "/t1");
    EXPECT_EQ(make_scene({.cgroup = "/a", .container = "t1"}).known.front().cgroup, "/a");
    const auto pod = make_scene({.pod = "shop/web"}).known.front().container.pod;
    ASSERT_TRUE(pod);
    EXPECT_EQ(pod->ns, "shop");
    EXPECT_EQ(pod->name, "web");
    EXPECT_FALSE(make_scene({.cgroup = "/a"}).subject.namespaced);
}

TEST(Expectations, SayWhatIsNotAsExpected) {
    const auto p = policy("- {name: f, sysctls: net.ipv4.ip_forward, action: deny}\n");
    const auto table = parse_expectations(R"(tests:
  - {sysctl: net.ipv4.ip_forward, value: "1", who: container, expect: deny, rule: f}
  - {sysctl: net.ipv4.ip_forward, value: "1", who: host, expect: deny}
  - {sysctl: net.ipv4.ip_forward, value: "1", who: container, expect: deny, rule: ""}
  - {sysctl: net.ipv4.ip_forward, who: container, expect: audit, rule: g}
)",
                                          "t.yaml");
    ASSERT_TRUE(table) << table.error().what;
    std::vector<std::string> lines;
    for (const auto& one : *table) lines.push_back(disappointment(p, one));
    EXPECT_EQ(lines,
              (std::vector<std::string>{
                  "",
                  "t.yaml:3:5: write of net.ipv4.ip_forward: expected deny, got allow by no rule",
                  "t.yaml:4:5: write of net.ipv4.ip_forward: expected deny by no rule, got deny by rule 'f'",
                  "t.yaml:5:5: read of net.ipv4.ip_forward: expected audit by rule 'g', got allow by no rule",
              }));
}

TEST(Expectations, Bad) {
    const auto error = [](const std::string& text) {
        const auto table = parse_expectations(text, "t");
        return table ? "none" : table.error().what + "; " + table.error().hint;
    };
    EXPECT_EQ(error("tests: []\n"), "t:1:8: an empty list; expected a list of tests");
    EXPECT_EQ(error("tests: 1\n"), "t:1:8: '1'; expected a list of tests");
    EXPECT_EQ(error("{}\n"), "t:1:1: an empty mapping; expected 'tests', a list");
    EXPECT_EQ(error("[]\n"), "t:1:1: an empty list; expected a table of tests, a mapping with tests");
    EXPECT_EQ(error("rules: []\n"), "t:1:1: 'rules' is no key of a table of tests; expected tests");
    EXPECT_EQ(error("tests: [1]\n"), "t:1:9: '1'; expected a test, a mapping with sysctl, value, old, "
                                     "position, setting_of, who, expect, rule");
    EXPECT_EQ(error("tests: [{sysctl: a.b, who: host}]\n"),
              "t:1:9: a test without 'expect'; expected sysctl, who and expect");
    EXPECT_EQ(error("tests: [{sysctl: a.b, who: me, expect: deny}]\n"),
              "t:1:28: 'me'; expected host, container, or a mapping with cgroup, container, name, pod, net");
    EXPECT_EQ(error("tests: [{sysctl: a.b, who: {me: 1}, expect: deny}]\n"),
              "t:1:29: 'me' is no key of a writer; expected cgroup, container, name, pod, net");
    EXPECT_EQ(error("tests: [{sysctl: a.b, who: {pod: []}, expect: deny}]\n"),
              "t:1:34: an empty list; expected a text");
    EXPECT_EQ(error("tests: [{sysctl: a.b, who: host, expect: no}]\n"),
              "t:1:42: 'no'; expected allow, audit, override or deny");
    EXPECT_EQ(error("tests: [{sysctl: [], who: host, expect: deny}]\n"),
              "t:1:18: an empty list; expected the name of a sysctl");
    EXPECT_EQ(error("tests: [{sysctl: a.b, who: host, expect: deny, position: -1}]\n"),
              "t:1:58: '-1'; expected a position in a file, 0 or more");
}

std::vector<std::string> remarks(const std::string& rules, Remark::Kind kind) {
    const auto p = policy(rules);
    const auto compiled = compile(p, {});
    EXPECT_TRUE(compiled);
    std::vector<std::string> texts;
    if (!compiled) return texts;
    for (const auto& remark : review(p, *compiled, SysctlNames({"net/ipv4/conf/lo/tag", "kernel/panic"})))
        if (remark.kind == kind) texts.push_back(to_string(p, remark.place) + ": " + remark.text);
    return texts;
}

TEST(Review, Warnings) {
    const auto warnings = [](const std::string& rules) { return remarks(rules, Remark::Kind::warning); };
    const std::string end = ", action: deny}\n";
    EXPECT_EQ(
        warnings("- {name: a, sysctls: kernel.panics" + end),
        (std::vector<std::string>{"p.yaml:3:22: this kernel has no sysctl 'kernel.panics' (a module that is "
                                  "not loaded may bring it)"}));
    for (const auto* known :
         {"net.ipv4.conf.eth0/1.tag", "net.*.conf.veth7.tag", "**.tag", "kernel.*", "net.**.x.**"})
        EXPECT_TRUE(warnings("- {name: a, sysctls: '" + std::string(known) + "'" + end).empty()) << known;
    for (const auto* unknown : {"net.ipv4.conf.lo.x", "net.ipv4.*", "*", "net.ipv4.conf.*.*.tag"})
        EXPECT_EQ(warnings("- {name: a, sysctls: '" + std::string(unknown) + "'" + end).size(), 1U)
            << unknown;
    EXPECT_EQ(warnings("- {name: a, sysctls: fs.binfmt_misc.status" + end).size(), 1U);
    EXPECT_EQ(warnings("- {name: a, sysctls: kernel.panic, value: {min: 2, max: 1}" + end),
              (std::vector<std::string>{"p.yaml:3:10: rule 'a' never matches: min 2 is more than max 1"}));
    EXPECT_EQ(warnings("- {name: a, sysctls: kernel.panic, value: {in: [1, 9], min: 2, max: 8}" + end),
              (std::vector<std::string>{
                  "p.yaml:3:10: rule 'a' never matches: no number of 'in' is within min and max"}));
    EXPECT_EQ(warnings("- {name: a, sysctls: kernel.*" + end + "- {name: b, sysctls: kernel.panic" + end),
              (std::vector<std::string>{
                  "p.yaml:4:10: rule 'b' never decides: rule 'a' (p.yaml:3:10) before it leaves "
                  "nothing for it"}));
}

TEST(Review, Notes) {
    const auto notes = [](const std::string& rules) { return remarks(rules, Remark::Kind::note); };
    EXPECT_EQ(notes("- {name: a, sysctls: kernel.hostname, action: deny}\n"
                    "- {name: b, sysctls: 'kernel.hostname', scope: host, action: deny}\n"),
              (std::vector<std::string>{"p.yaml:3:10: rule 'a' and 1 more: kernel/hostname can be changed by "
                                        "sethostname(2) as well, which no policy sees"}));
    EXPECT_EQ(notes("- {name: a, sysctls: kernel.panic, scope: {pod: web}, action: deny}\n").size(), 1U);
    EXPECT_TRUE(notes("- {name: a, sysctls: kernel.hostname, action: audit}\n").empty());
}

TEST(SysctlNames, OfADirectory) {
    namespace fs = std::filesystem;
    const auto root = fs::temp_directory_path() / ("nsscope-sysctl-" + std::to_string(::getpid()));
    for (const auto* name : {"kernel/panic", "net/ipv4/conf/lo/tag", "fs/binfmt_misc/status"}) {
        fs::create_directories((root / name).parent_path());
        std::ofstream(root / name) << "0\n";
    }
    const auto names = SysctlNames::of(root.string());
    const auto has = [&names](const char* name) { return names.has(*parse_name_pattern(name)); };
    EXPECT_TRUE(has("kernel.panic"));
    EXPECT_TRUE(has("net.ipv4.conf.other.tag"));
    EXPECT_FALSE(has("kernel"));
    EXPECT_FALSE(has("fs.binfmt_misc.status"));
    EXPECT_TRUE(SysctlNames::of((root / "none").string()).empty());
    fs::remove_all(root);
}

} // namespace
} // namespace nsscope
