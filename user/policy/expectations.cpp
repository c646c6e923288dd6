#include "policy/expectations.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/text.hpp"
#include "policy/parse_rule.hpp"
#include "policy/yaml_reader.hpp"

namespace nsscope {
namespace {

constexpr std::string_view whom = "host, container, or a mapping with cgroup, container, name, pod, net";

Result<Who> parse_who(const YamlReader& reader, const YamlNode& node) {
    Who who;
    if (node.kind == YamlNode::Kind::scalar) {
        if (node.text != "host" && node.text != "container") return reader.unexpected(node, whom);
        who.contained = node.text == "container";
        return who;
    }
    constexpr std::array<std::string_view, 5> keys{"cgroup", "container", "name", "pod", "net"};
    auto fields = reader.fields(node, "a writer", keys);
    if (!fields) return Failure(fields.error());
    std::array<std::string*, 4> texts{&who.cgroup, &who.container, &who.name, &who.pod};
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if ((*fields)[i].value == nullptr) continue;
        auto text = reader.text(*(*fields)[i].value, "a text");
        if (!text) return Failure(text.error());
        *texts[i] = std::move(*text);
    }
    if (const auto* net = (*fields)[4].value) {
        auto inum = parse_net(reader, *net);
        if (!inum) return Failure(inum.error());
        who.net = *inum;
    }
    return who;
}

/// A text, which may be empty.
Result<std::string> parse_text(const YamlReader& reader, const YamlNode& node) {
    if (node.kind != YamlNode::Kind::scalar) return reader.unexpected(node, "a text");
    return node.text;
}

Result<std::uint64_t> parse_position(const YamlReader& reader, const YamlNode& node) {
    std::uint64_t position = 0;
    const auto* const end = node.text.data() + node.text.size();
    const auto [stop, error] = std::from_chars(node.text.data(), end, position);
    if (node.kind != YamlNode::Kind::scalar || error != std::errc() || stop != end)
        return reader.unexpected(node, "a position in a file, 0 or more");
    return position;
}

Result<Target> parse_target(const YamlReader& reader, const YamlNode& node) {
    if (node.kind == YamlNode::Kind::scalar && node.text == "initial")
        return Target{.net = 0, .initial = true};
    auto inum = parse_net(reader, node);
    if (!inum) return Failure(inum.error());
    return Target{.net = *inum};
}

Result<void> parse_access(const YamlReader& reader, const std::vector<YamlField>& f, Expectation& out) {
    auto name = reader.text(*f[0].value, "the name of a sysctl");
    if (!name) return Failure(name.error());
    out.sysctl = *name;
    out.access.name = canonical_name(*name);
    if (f[1].value == nullptr) {
        out.access.operation = Operation::read;
    } else {
        auto written = parse_text(reader, *f[1].value);
        if (!written) return Failure(written.error());
        out.access.written = std::move(*written);
    }
    if (f[2].value != nullptr) {
        auto old = parse_text(reader, *f[2].value);
        if (!old) return Failure(old.error());
        out.access.old = std::move(*old);
    }
    if (f[3].value != nullptr) {
        auto position = parse_position(reader, *f[3].value);
        if (!position) return Failure(position.error());
        out.access.position = *position;
    }
    if (f[4].value != nullptr) {
        auto target = parse_target(reader, *f[4].value);
        if (!target) return Failure(target.error());
        out.access.target = *target;
    }
    return {};
}

Result<Expectation> parse_expectation(const YamlReader& reader, const YamlNode& node,
                                      const std::string& file) {
    constexpr std::array<std::string_view, 8> keys{"sysctl",     "value", "old",    "position",
                                                   "setting_of", "who",   "expect", "rule"};
    auto fields = reader.fields(node, "a test", keys);
    if (!fields) return Failure(fields.error());
    const auto& f = *fields;
    for (const auto i : {0U, 5U, 6U})
        if (f[i].value == nullptr)
            return reader.error(node, fmt::format("a test without '{}'", keys[i]), "sysctl, who and expect");
    Expectation out;
    out.place = fmt::format("{}:{}:{}", file, node.line, node.column);
    if (auto read = parse_access(reader, f, out); !read) return Failure(read.error());
    if (f[5].value->kind == YamlNode::Kind::scalar && f[5].value->text == "runtime") {
        out.who.contained = out.runtime_setup = true;
    } else {
        auto who = parse_who(reader, *f[5].value);
        if (!who) return Failure(who.error());
        out.who = std::move(*who);
    }
    constexpr std::array accepted{Verdict::allow, Verdict::audit, Verdict::override, Verdict::deny};
    auto verdict = parse_verdict(reader, *f[6].value, accepted, "allow, audit, override or deny");
    if (!verdict) return Failure(verdict.error());
    out.verdict = *verdict;
    if (f[7].value != nullptr) {
        auto rule = parse_text(reader, *f[7].value);
        if (!rule) return Failure(rule.error());
        out.rule = std::move(*rule);
    }
    return out;
}

} // namespace

Result<std::vector<Expectation>> parse_expectations(const std::string& text, const std::string& file) {
    const auto tree = read_yaml(text, file);
    if (!tree) return Failure(tree.error());
    const YamlReader reader(*tree, file);
    constexpr std::array<std::string_view, 1> keys{"tests"};
    auto fields = reader.fields(reader.root(), "a table of tests", keys);
    if (!fields) return Failure(fields.error());
    const auto* list = fields->front().value;
    if (list == nullptr) return reader.unexpected(reader.root(), "'tests', a list");
    if (list->kind != YamlNode::Kind::sequence || list->children.empty())
        return reader.unexpected(*list, "a list of tests");
    std::vector<Expectation> out;
    for (std::size_t i = 0; i < list->children.size(); ++i) {
        auto one = parse_expectation(reader, reader.child(*list, i), file);
        if (!one) return Failure(one.error());
        out.push_back(std::move(*one));
    }
    return out;
}

std::string disappointment(const Policy& policy, const Expectation& expectation) {
    auto scene = make_scene(expectation.who);
    scene.subject.runtime_setup = expectation.runtime_setup;
    const auto decision = evaluate(policy, scene.subject, expectation.access, scene.known);
    const auto name = [&policy](const std::optional<std::size_t>& rule) {
        return rule ? policy.rules[*rule].name : std::string();
    };
    const auto decider = name(decision.rule);
    if (decision.verdict == expectation.verdict && (!expectation.rule || *expectation.rule == decider))
        return {};
    const auto by = [](const std::string& rule) {
        return rule.empty() ? std::string("no rule") : fmt::format("rule '{}'", to_printable(rule));
    };
    return fmt::format("{}: {} of {}: expected {}{}, got {} by {}", to_printable(expectation.place),
                       to_string(expectation.access.operation), to_printable(expectation.sysctl),
                       to_string(expectation.verdict),
                       expectation.rule ? fmt::format(" by {}", by(*expectation.rule)) : "",
                       to_string(decision.verdict), by(decider));
}

} // namespace nsscope
