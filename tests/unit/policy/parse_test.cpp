#include "policy/parse.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/text.hpp"
#include "policy/load.hpp"
#include "policy/yaml_tree.hpp"

namespace nsscope {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

Result<Policy> parse(const std::string& text) {
    const std::vector<PolicyFile> files{{"p.yaml", text}};
    return parse_policy(files);
}

/// A view of nothing has no address.
TEST(Parse, NothingAtAll) {
    const auto nothing = read_yaml({}, "f");
    const auto empty = read_yaml("", "f");
    ASSERT_FALSE(nothing);
    ASSERT_FALSE(empty);
    EXPECT_EQ(nothing.error().what, empty.error().what);
}

/// Each file of the corpus begins with the message that it is to give: "# LINE:COLUMN: FOUND; expected EXPECTED".
TEST(Parse, BadPolicies) {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(NSSCOPE_SOURCE_DIR "/tests/fixtures/policy/bad")) {
        const auto name = entry.path().filename().string();
        SCOPED_TRACE(name);
        ++count;
        const auto text = read(entry.path());
        const std::vector<PolicyFile> files{{name, text}};
        const auto policy = parse_policy(files);
        ASSERT_FALSE(policy);
        // as print_error() writes it
        std::string message = policy.error().what + "; " + policy.error().hint;
        ASSERT_EQ(message.substr(0, name.size() + 1), name + ":");
        message.erase(0, name.size() + 1);
        std::string printable;
        append_printable(printable, message);
        EXPECT_EQ("# " + printable, text.substr(0, text.find('\n')));
        EXPECT_EQ(policy.error().error_number, 0);
    }
    EXPECT_GE(count, 80U);
}

TEST(Parse, WhatIsNotSaid) {
    const auto policy = parse("version: 1\nrules: [{name: r, sysctls: a.b, action: deny}]\n");
    ASSERT_TRUE(policy);
    EXPECT_FALSE(policy->audit_only);
    EXPECT_EQ(policy->default_action, Verdict::allow);
    EXPECT_EQ(policy->on_error, Verdict::deny);
    EXPECT_FALSE(policy->judge_setup);
    const auto& rule = policy->rules.front();
    EXPECT_EQ(rule.scope, Scope{.kind = Scope::Kind::containers});
    EXPECT_FALSE(rule.reads);
    EXPECT_TRUE(rule.writes);
    EXPECT_EQ(rule.value, std::nullopt);
    EXPECT_EQ(to_string(*policy, rule.place), "p.yaml:2:16");
    EXPECT_TRUE(parse("version: 1\n")->rules.empty());
    EXPECT_TRUE(parse("version: 1\nrules: []\n")->rules.empty());
}

TEST(Parse, Everything) {
    const auto policy = parse(R"(
version: 1
mode: audit
default: deny
on_error: allow
runtime_setup: judge
rules:
  - name: all of it
    sysctls: [net.ipv4.tcp_rmem, kernel/*]
    scope: {cgroup: //a//b/}
    operations: write
    value: {in: [1, "0x2", 010], min: -1, max: 18446744073709551615, element: 2, matches: ["a*", ""]}
    action: {override: "4096 1"}
  - {name: read, sysctls: "**", scope: {net: "net:[4026531840]"}, operations: [read, write], action: audit}
)");
    ASSERT_TRUE(policy) << policy.error().what;
    EXPECT_TRUE(policy->audit_only);
    EXPECT_EQ(policy->default_action, Verdict::deny);
    EXPECT_EQ(policy->on_error, Verdict::allow);
    EXPECT_TRUE(policy->judge_setup);
    const auto& rule = policy->rules[0];
    EXPECT_EQ(rule.scope, (Scope{.kind = Scope::Kind::cgroup, .text = "/a/b"}));
    EXPECT_EQ(rule.value->in, (std::vector<Number>{{1, false}, {2, false}, {8, false}}));
    EXPECT_EQ(rule.value->min, (Number{1, true}));
    EXPECT_EQ(rule.value->max, (Number{UINT64_MAX, false}));
    EXPECT_EQ(rule.value->element, 2);
    EXPECT_EQ(rule.value->matches, (std::vector<std::string>{"a*", ""}));
    EXPECT_EQ(rule.action, Verdict::override);
    EXPECT_EQ(rule.replacement, "4096 1");
    EXPECT_TRUE(policy->rules[1].reads);
    EXPECT_TRUE(policy->rules[1].writes);
    EXPECT_EQ(policy->rules[1].scope, (Scope{.kind = Scope::Kind::net, .inum = 4026531840}));
}

TEST(Parse, Scopes) {
    const auto scope = [](const std::string& text) {
        const auto policy =
            parse("version: 1\nrules: [{name: r, sysctls: a.b, action: deny, scope: " + text + "}]\n");
        return policy ? to_string(policy->rules.front().scope) : policy.error().what;
    };
    EXPECT_EQ(scope("host"), "host");
    EXPECT_EQ(scope("{cgroup: /}"), "all");
    EXPECT_EQ(scope("{container: 0123}"), "{container: 0123}");
    EXPECT_EQ(scope("{pod: shop/web}"), "{pod: shop/web}");
    EXPECT_EQ(scope("{pod: web}"), "{pod: web}");
    EXPECT_EQ(scope("{kubernetes_namespace: shop}"), "{kubernetes_namespace: shop}");
    EXPECT_EQ(scope("{net: 4026531840}"), "{net: \"net:[4026531840]\"}");
    EXPECT_EQ(scope("{net: 'net:4026531840'}"), "{net: \"net:[4026531840]\"}");
}

TEST(Parse, AnchorsSpareRepetition) {
    const auto policy = parse("version: 1\nrules:\n"
                              "  - {name: a, sysctls: &names [a.b, c.d], action: deny}\n"
                              "  - {name: b, sysctls: *names, action: allow}\n");
    ASSERT_TRUE(policy);
    EXPECT_EQ(policy->rules[1].sysctls, policy->rules[0].sysctls);
    EXPECT_FALSE(parse("version: 1\nrules: &r [*r]\n")); // in itself
}

TEST(Parse, FilesAreOnePolicy) {
    const std::string rule = "version: 1\nrules: [{name: NAME, sysctls: a.b, action: deny}]\n";
    const auto named = [&rule](const char* name) {
        auto text = rule;
        return text.replace(text.find("NAME"), 4, name);
    };
    const std::vector<PolicyFile> good{{"1.yaml", named("a") + "mode: audit\n"}, {"2.yaml", named("b")}};
    const auto policy = parse_policy(good);
    ASSERT_TRUE(policy);
    EXPECT_TRUE(policy->audit_only);
    EXPECT_EQ(policy->rules[1].name, "b");
    EXPECT_EQ(to_string(*policy, policy->rules[1].place), "2.yaml:2:16");

    const std::vector<PolicyFile> same{{"1.yaml", named("a")}, {"2.yaml", named("a")}};
    EXPECT_EQ(parse_policy(same).error().what, "2.yaml:2:16: a second rule 'a'");
    EXPECT_EQ(parse_policy(same).error().hint, "expected another name than that of 1.yaml:2:16");

    const std::vector<PolicyFile> other{{"1.yaml", "version: 1\nmode: audit\n"},
                                        {"2.yaml", "version: 1\nmode: enforce\n"}};
    EXPECT_EQ(parse_policy(other).error().what, "2.yaml:2:7: 'enforce', but not in 1.yaml:2:7");
    EXPECT_EQ(parse_policy(other).error().hint, "expected the same in every file");
}

TEST(Parse, NotTooManyRules) {
    std::string text = "version: 1\nrules:\n";
    for (std::size_t i = 0; i < most_rules; ++i)
        text += "  - {name: r" + std::to_string(i) + ", sysctls: a.b, action: deny}\n";
    EXPECT_TRUE(parse(text));
    const auto more = parse(text + "  - {name: r, sysctls: a.b, action: deny}\n");
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().what, "p.yaml:65539:5: rule 65537");
    EXPECT_EQ(more.error().hint, "expected 65536 at most");
}

/// What an alias repeats in each rule is counted in each.
TEST(Parse, NotTooManyNamesAndNumbers) {
    std::string names = "a.b", numbers = "0";
    for (std::size_t i = 1; i < 1024; ++i) {
        names += ", a.b";
        numbers += ", 0";
    }
    const auto text = [&](std::size_t rules, const std::string& more) {
        std::string out = "version: 1\nrules:\n  - {name: r, sysctls: &s [" + names + "], value: {in: &n [" +
                          numbers + "]}, action: deny}\n";
        for (std::size_t i = 1; i < rules; ++i)
            out += "  - {name: r" + std::to_string(i) + ", sysctls: *s, value: {in: *n}, action: deny}\n";
        return out + more;
    };
    EXPECT_TRUE(parse(text(256, "")));
    const auto more_names = parse(text(256, "  - {name: x, sysctls: a.b, action: deny}\n"));
    ASSERT_FALSE(more_names);
    EXPECT_EQ(more_names.error().what, "p.yaml:259:24: name 262145 of the rules");
    EXPECT_EQ(more_names.error().hint, "expected 262144 at most in all of them");
    const auto more_numbers =
        parse(text(255, "  - {name: x, sysctls: a.b, value: {not_in: *n}, action: deny}\n"
                        "  - {name: y, sysctls: a.b, value: {in: [0]}, action: deny}\n"));
    ASSERT_FALSE(more_numbers);
    EXPECT_EQ(more_numbers.error().what, "p.yaml:259:42: number 262145 of the rules");
}

class Load : public ::testing::Test {
  protected:
    Load() { fs::create_directories(dir_); }
    ~Load() override { fs::remove_all(dir_); }
    void write(const std::string& name, const std::string& text) const { std::ofstream(dir_ / name) << text; }

    fs::path dir_ = fs::temp_directory_path() / ("nsscope-load-" + std::to_string(::getpid()));
};

TEST_F(Load, TheFilesOfADirectoryInOrder) {
    for (const auto* name : {"20-b.yaml", "10-a.yml", "3-c.yaml"})
        write(name, "version: 1\nrules: [{name: '" + std::string(name) + "', sysctls: a.b, action: deny}]\n");
    for (const auto* name : {".hidden.yaml", "10-a.yml~", "README", "a.yaml.bak"})
        write(name, "not a policy");
    const auto policy = load_policy(dir_.string());
    ASSERT_TRUE(policy) << policy.error().what;
    std::vector<std::string> names;
    for (const auto& rule : policy->rules) names.push_back(rule.name);
    EXPECT_EQ(names, (std::vector<std::string>{"10-a.yml", "20-b.yaml", "3-c.yaml"}));
}

TEST_F(Load, Errors) {
    const auto error = [this](const char* file) { return load_policy((dir_ / file).string()).error(); };
    const auto path = [this](const char* file) { return (dir_ / file).string(); };
    EXPECT_EQ(load_policy(dir_.string()).error().error_number, 0);
    EXPECT_EQ(load_policy(dir_.string()).error().what, dir_.string() + ": no policy in this directory");
    EXPECT_EQ(load_policy(dir_.string()).error().hint, "expected files whose names end in .yaml or .yml");
    EXPECT_EQ(error("none").error_number, ENOENT);
    EXPECT_EQ(error("none").what.find("cannot open " + path("none")), 0U);
    write("large", "");
    fs::resize_file(dir_ / "large", 67108864 + 1);
    EXPECT_EQ(error("large").what, path("large") + ": more than 67108864 bytes");
    EXPECT_EQ(error("large").hint, "expected a policy, in smaller files");
    write("bad.yaml", "version: 2\n");
    EXPECT_EQ(load_policy(dir_.string()).error().what, (dir_ / "bad.yaml").string() + ":1:10: '2'");
}

} // namespace
} // namespace nsscope
