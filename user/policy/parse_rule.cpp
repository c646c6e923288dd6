#include "policy/parse_rule.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "policy/glob.hpp"
#include "policy/identity.hpp"

namespace nsscope {
namespace {

using Keys = std::span<const std::string_view>;

constexpr std::size_t longest_rule_name = 127;
constexpr std::size_t longest_override = 124;
constexpr std::size_t longest_cgroup_component = 255;
constexpr std::size_t deepest_cgroup = 32;
constexpr std::size_t longest_who = 253; // a pod's name (RFC 1123, a DNS subdomain); others have shorter ones
constexpr std::size_t most_elements = 8;

Result<Scope> parse_cgroup_scope(const YamlReader& reader, const YamlNode& node) {
    constexpr std::string_view expected =
        "the path of a cgroup from the root of the unified hierarchy, '/a/b'";
    auto path = reader.text(node, expected);
    if (!path) return Failure(path.error());
    if (!path->starts_with('/')) return reader.unexpected(node, expected);
    Scope scope{.kind = Scope::Kind::cgroup};
    const auto components = split_cgroup(*path);
    if (components.empty()) return Scope{.kind = Scope::Kind::all}; // everybody is below the root
    if (components.size() > deepest_cgroup)
        return reader.error(node, fmt::format("a path of {} components", components.size()),
                            fmt::format("{} at most", deepest_cgroup));
    for (const auto component : components) {
        if (component.size() > longest_cgroup_component)
            return reader.error(node, fmt::format("a component of {} bytes", component.size()),
                                fmt::format("{} at most", longest_cgroup_component));
        if (component == "." || component == ".." || component.find('\0') != std::string_view::npos)
            return reader.unexpected(node, expected);
        scope.text.append("/").append(component);
    }
    return scope;
}

/// The text of a scope, which may have so many names with a slash between them.
Result<std::string> parse_names(const YamlReader& reader, const YamlNode& node, std::ptrdiff_t most_names,
                                std::string_view expected) {
    auto text = reader.text(node, expected);
    if (!text) return text;
    const auto names = 1 + std::count(text->begin(), text->end(), '/');
    if (names > most_names || text->find('\0') != std::string::npos) return reader.unexpected(node, expected);
    for (std::size_t start = 0; start <= text->size();) {
        const auto end = std::min(text->find('/', start), text->size());
        if (end - start > longest_who)
            return reader.error(node, fmt::format("a name of {} bytes", end - start),
                                fmt::format("{} at most", longest_who));
        start = end + 1;
    }
    return text;
}

/// The name or id of a container, the name of a Kubernetes namespace.
Result<std::string> parse_who(const YamlReader& reader, const YamlNode& node, std::string_view expected) {
    return parse_names(reader, node, 1, expected);
}

Result<Scope> parse_pod_scope(const YamlReader& reader, const YamlNode& node) {
    constexpr std::string_view expected = "a pod's uid or name, or NAMESPACE/NAME";
    auto text = parse_names(reader, node, 2, expected);
    if (!text) return Failure(text.error());
    Scope scope{.kind = Scope::Kind::pod, .text = *text};
    if (const auto slash = text->find('/'); slash != std::string::npos) {
        scope.ns = text->substr(0, slash);
        scope.text = text->substr(slash + 1);
        if (scope.ns.empty() || scope.text.empty()) return reader.unexpected(node, expected);
    }
    return scope;
}

Result<Scope> parse_scope(const YamlReader& reader, const YamlNode& node) {
    if (node.kind == YamlNode::Kind::scalar) {
        for (const auto kind : {Scope::Kind::all, Scope::Kind::containers, Scope::Kind::host})
            if (node.text == to_string(Scope{.kind = kind})) return Scope{.kind = kind};
        return reader.error(node, fmt::format("{} is no scope", describe(node)),
                            "containers, host, all, or one of {cgroup: }, {container: }, {pod: }, "
                            "{kubernetes_namespace: }, {net: }");
    }
    constexpr std::array<std::string_view, 5> keys{"cgroup", "container", "pod", "kubernetes_namespace",
                                                   "net"};
    auto fields = reader.fields(node, "a scope", keys);
    if (!fields) return Failure(fields.error());
    const auto given =
        std::count_if(fields->begin(), fields->end(), [](const auto& f) { return f.value != nullptr; });
    if (given != 1) return reader.error(node, fmt::format("a scope with {} keys", given), "exactly one");
    if (const auto* cgroup = (*fields)[0].value) return parse_cgroup_scope(reader, *cgroup);
    if (const auto* pod = (*fields)[2].value) return parse_pod_scope(reader, *pod);
    if (const auto* net = (*fields)[4].value) {
        auto inum = parse_net(reader, *net);
        if (!inum) return Failure(inum.error());
        return Scope{.kind = Scope::Kind::net, .inum = *inum};
    }
    const auto* container = (*fields)[1].value;
    auto who = container != nullptr
                   ? parse_who(reader, *container, "a container's name, or the beginning of its id")
                   : parse_who(reader, *(*fields)[3].value, "the name of a Kubernetes namespace");
    if (!who) return Failure(who.error());
    const auto kind = container != nullptr ? Scope::Kind::container : Scope::Kind::kubernetes_namespace;
    return Scope{.kind = kind, .text = std::move(*who)};
}

Result<Number> parse_number_node(const YamlReader& reader, const YamlNode& node) {
    const auto number = node.kind == YamlNode::Kind::scalar ? parse_number(node.text) : std::nullopt;
    if (!number)
        return reader.error(
            node, fmt::format("{} is no number to the kernel", describe(node)),
            "digits, '0x' and hexadecimal, or '0' and octal digits, with '-' before them or not "
            "(to compare text, use 'matches')");
    return *number;
}

/// Takes one of what there is room for.
Result<void> take_room(const YamlReader& reader, const YamlNode& node, std::size_t& room,
                       std::string_view what) {
    if (room == 0)
        return reader.error(node, fmt::format("{} {} of the rules", what, PolicyRoom::most + 1),
                            fmt::format("{} at most in all of them", PolicyRoom::most));
    --room;
    return {};
}

Result<std::vector<Number>> parse_numbers(const YamlReader& reader, const YamlNode& node, PolicyRoom& room) {
    std::vector<Number> numbers;
    auto read = reader.each(node, "a number or a list of numbers", [&](const YamlNode& one) -> Result<void> {
        if (auto taken = take_room(reader, one, room.numbers, "number"); !taken) return taken;
        auto number = parse_number_node(reader, one);
        if (!number) return Failure(number.error());
        numbers.push_back(*number);
        return {};
    });
    if (!read) return Failure(read.error());
    return numbers;
}

Result<std::vector<std::string>> parse_globs(const YamlReader& reader, const YamlNode& node) {
    std::vector<std::string> globs;
    unsigned bits = 0;
    const auto take = [&](const YamlNode& one) -> Result<void> {
        bits += glob_bits(one.text);
        globs.push_back(one.text);
        return {};
    };
    // An empty text is a glob like any other: it matches the empty value.
    if (auto read = reader.each(node, "a glob or a list of globs", take, true); !read)
        return Failure(read.error());
    if (bits > most_glob_bits)
        return reader.error(node, fmt::format("globs of {} characters", bits - globs.size()),
                            fmt::format("{} at most, stars not counted", most_glob_bits - globs.size()));
    return globs;
}

Result<std::uint8_t> parse_element(const YamlReader& reader, const YamlNode& node) {
    unsigned element = most_elements;
    std::from_chars(node.text.data(), node.text.data() + node.text.size(), element);
    if (node.kind != YamlNode::Kind::scalar || node.text != std::to_string(element) ||
        element >= most_elements)
        return reader.unexpected(node, fmt::format("an element's index, 0 to {}", most_elements - 1));
    return static_cast<std::uint8_t>(element);
}

Result<ValueCondition> parse_value(const YamlReader& reader, const YamlNode& node, PolicyRoom& room) {
    constexpr std::array<std::string_view, 7> keys{"in",      "not_in",      "min",    "max",
                                                   "matches", "matches_not", "element"};
    auto fields = reader.fields(node, "a condition", keys);
    if (!fields) return Failure(fields.error());
    const auto& f = *fields;
    ValueCondition condition;
    if (f[0].value != nullptr && f[1].value != nullptr)
        return reader.error(*f[1].key, "'not_in' beside 'in'", "one of them");
    if (f[4].value != nullptr && f[5].value != nullptr)
        return reader.error(*f[5].key, "'matches_not' beside 'matches'", "one of them");
    for (const auto i : {0U, 1U}) {
        if (f[i].value == nullptr) continue;
        auto numbers = parse_numbers(reader, *f[i].value, room);
        if (!numbers) return Failure(numbers.error());
        (i == 0 ? condition.in : condition.not_in) = std::move(*numbers);
    }
    for (const auto i : {2U, 3U}) {
        if (f[i].value == nullptr) continue;
        auto number = parse_number_node(reader, *f[i].value);
        if (!number) return Failure(number.error());
        (i == 2 ? condition.min : condition.max) = *number;
    }
    for (const auto i : {4U, 5U}) {
        if (f[i].value == nullptr) continue;
        auto globs = parse_globs(reader, *f[i].value);
        if (!globs) return Failure(globs.error());
        (i == 4 ? condition.matches : condition.matches_not) = std::move(*globs);
    }
    if (!condition.asks_number() && !condition.asks_text())
        return reader.error(node, "a condition that asks nothing",
                            "in, not_in, min, max, matches or matches_not");
    if (f[6].value != nullptr) {
        if (!condition.asks_number())
            return reader.error(*f[6].key, "'element' with nothing about a number",
                                "in, not_in, min or max beside it");
        auto element = parse_element(reader, *f[6].value);
        if (!element) return Failure(element.error());
        condition.element = *element;
    }
    return condition;
}

constexpr std::string_view actions = "deny, audit, allow or {override: VALUE}";

Result<void> parse_action(const YamlReader& reader, const YamlNode& node, Rule& rule) {
    if (node.kind == YamlNode::Kind::scalar) {
        constexpr std::array accepted{Verdict::allow, Verdict::audit, Verdict::deny};
        auto verdict = parse_verdict(reader, node, accepted, actions);
        if (!verdict) return Failure(verdict.error());
        rule.action = *verdict;
        return {};
    }
    constexpr std::array<std::string_view, 1> keys{"override"};
    auto fields = reader.fields(node, "an action", keys);
    if (!fields) return Failure(fields.error());
    if (fields->front().value == nullptr) return reader.unexpected(node, actions);
    const auto& value = *fields->front().value;
    auto text = reader.text(value, "the value that is stored instead");
    if (!text) return Failure(text.error());
    if (text->size() > longest_override)
        return reader.error(value, fmt::format("a value of {} bytes", text->size()),
                            fmt::format("{} at most", longest_override));
    if (stored_text(*text).size() != text->size())
        return reader.error(value, fmt::format("{} with a line's end or a NUL in it", describe(value)),
                            "one line, without its end");
    rule.action = Verdict::override;
    rule.replacement = std::move(*text);
    return {};
}

Result<void> parse_operations(const YamlReader& reader, const YamlNode& node, Rule& rule) {
    constexpr std::string_view expected = "read, write, or a list of them";
    rule.reads = rule.writes = false;
    return reader.each(node, expected, [&](const YamlNode& one) -> Result<void> {
        if (one.text == "read")
            rule.reads = true;
        else if (one.text == "write")
            rule.writes = true;
        else
            return reader.error(one, fmt::format("{} is no operation", describe(one)), expected);
        return {};
    });
}

Result<void> parse_sysctls(const YamlReader& reader, const YamlNode& node, std::size_t file, Rule& rule,
                           PolicyRoom& room) {
    return reader.each(node, "the name of a sysctl or a list of names",
                       [&](const YamlNode& one) -> Result<void> {
                           if (auto taken = take_room(reader, one, room.sysctls, "name"); !taken)
                               return taken;
                           auto pattern = parse_name_pattern(one.text);
                           if (!pattern) return reader.error(one, pattern.error().what, pattern.error().hint);
                           rule.sysctls.push_back(std::move(*pattern));
                           rule.sysctl_places.push_back({file, one.line, one.column});
                           return {};
                       });
}

} // namespace

Result<std::uint32_t> parse_net(const YamlReader& reader, const YamlNode& node) {
    constexpr std::string_view expected = "a network namespace, 'net:[INUM]'";
    std::string_view text = node.text;
    if (node.kind != YamlNode::Kind::scalar) return reader.unexpected(node, expected);
    if (text.starts_with("net:[") && text.ends_with("]"))
        text = text.substr(5, text.size() - 6);
    else if (text.starts_with("net:"))
        text.remove_prefix(4);
    std::uint32_t inum = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), inum);
    if (error != std::errc() || end != text.data() + text.size() || inum == 0)
        return reader.unexpected(node, expected);
    return inum;
}

Result<Verdict> parse_verdict(const YamlReader& reader, const YamlNode& node,
                              std::span<const Verdict> accepted, std::string_view expected) {
    for (const auto verdict : accepted)
        if (node.kind == YamlNode::Kind::scalar && node.text == to_string(verdict)) return verdict;
    return reader.unexpected(node, expected);
}

Result<Rule> parse_rule(const YamlReader& reader, const YamlNode& node, std::size_t file, PolicyRoom& room) {
    constexpr std::array<std::string_view, 6> keys{"name",       "sysctls", "scope",
                                                   "operations", "value",   "action"};
    auto fields = reader.fields(node, "a rule", keys);
    if (!fields) return Failure(fields.error());
    const auto& f = *fields;
    Rule rule;
    for (const auto i : {0U, 1U, 5U})
        if (f[i].value == nullptr)
            return reader.error(node, fmt::format("a rule without '{}'", keys[i]),
                                "name, sysctls and action");

    auto name = reader.text(*f[0].value, "the rule's name");
    if (!name) return Failure(name.error());
    if (name->size() > longest_rule_name)
        return reader.error(*f[0].value, fmt::format("a name of {} bytes", name->size()),
                            fmt::format("{} at most", longest_rule_name));
    if (name->find('\0') != std::string::npos)
        return reader.unexpected(*f[0].value, "a name without a NUL in it");
    rule.name = std::move(*name);
    rule.place = {file, f[0].value->line, f[0].value->column};

    if (auto read = parse_sysctls(reader, *f[1].value, file, rule, room); !read) return Failure(read.error());
    if (f[2].value != nullptr) {
        auto scope = parse_scope(reader, *f[2].value);
        if (!scope) return Failure(scope.error());
        rule.scope = std::move(*scope);
    }
    if (f[3].value != nullptr)
        if (auto read = parse_operations(reader, *f[3].value, rule); !read) return Failure(read.error());
    if (f[4].value != nullptr) {
        auto value = parse_value(reader, *f[4].value, room);
        if (!value) return Failure(value.error());
        rule.value = std::move(*value);
    }
    if (auto read = parse_action(reader, *f[5].value, rule); !read) return Failure(read.error());

    if (rule.reads && rule.value)
        return reader.error(*f[4].key, "a condition on the value of a rule about reads",
                            "'operations: [write]' with it: a read writes nothing");
    if (rule.reads && rule.action == Verdict::override)
        return reader.error(*f[5].key, "an override of a rule about reads",
                            "'operations: [write]' with it: what is read cannot be replaced");
    return rule;
}

} // namespace nsscope
