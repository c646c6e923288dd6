#include "policy/parse.hpp"

#include <array>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "policy/parse_rule.hpp"

namespace nsscope {
namespace {

/// A setting of the whole policy, and where it was made.
template <typename T>
struct Setting {
    std::optional<T> value;
    std::string place;
};

class PolicyParser {
  public:
    Result<Policy> parse(std::span<const PolicyFile> files) {
        for (const auto& file : files) {
            policy_.files.push_back(file.name);
            if (auto read = read_file(file); !read) return Failure(read.error());
        }
        policy_.audit_only = mode_.value.value_or(false);
        policy_.default_action = default_action_.value.value_or(Verdict::allow);
        policy_.on_error = on_error_.value.value_or(Verdict::deny);
        policy_.judge_setup = judge_setup_.value.value_or(false);
        return std::move(policy_);
    }

  private:
    Result<void> read_file(const PolicyFile& file) {
        const auto tree = read_yaml(file.text, policy_.files.back());
        if (!tree) return Failure(tree.error());
        const YamlReader reader(*tree, policy_.files.back());
        constexpr std::array<std::string_view, 6> keys{"version",  "mode",          "default",
                                                       "on_error", "runtime_setup", "rules"};
        auto fields = reader.fields(reader.root(), "a policy", keys);
        if (!fields) return Failure(fields.error());
        const auto& f = *fields;
        if (f[0].value == nullptr)
            return reader.error(reader.root(), "a policy without 'version'", "version: 1");
        if (f[0].value->kind != YamlNode::Kind::scalar || f[0].value->text != "1")
            return reader.unexpected(*f[0].value, "version 1");
        for (const auto& read : {read_mode(reader, f[1].value), read_default(reader, f[2].value),
                                 read_on_error(reader, f[3].value), read_setup(reader, f[4].value)})
            if (!read) return read;
        return f[5].value == nullptr ? Result<void>() : read_rules(reader, *f[5].value);
    }

    template <typename T>
    Result<void> set(const YamlReader& reader, const YamlNode& node, Setting<T>& setting, T value) {
        if (setting.value && *setting.value != value)
            return reader.error(node, fmt::format("{}, but not in {}", describe(node), setting.place),
                                "the same in every file");
        setting.value = value;
        setting.place = fmt::format("{}:{}:{}", policy_.files.back(), node.line, node.column);
        return {};
    }

    Result<void> read_choice(const YamlReader& reader, const YamlNode* node, Setting<bool>& setting,
                             std::string_view off, std::string_view on) {
        if (node == nullptr) return {};
        if (node->kind != YamlNode::Kind::scalar || (node->text != off && node->text != on))
            return reader.unexpected(*node, fmt::format("{} or {}", off, on));
        return set(reader, *node, setting, node->text == on);
    }

    Result<void> read_mode(const YamlReader& reader, const YamlNode* node) {
        return read_choice(reader, node, mode_, "enforce", "audit");
    }
    Result<void> read_setup(const YamlReader& reader, const YamlNode* node) {
        return read_choice(reader, node, judge_setup_, "allow", "judge");
    }

    Result<void> read_default(const YamlReader& reader, const YamlNode* node) {
        constexpr std::array accepted{Verdict::allow, Verdict::audit, Verdict::deny};
        return read_verdict(reader, node, default_action_, accepted, "allow, audit or deny");
    }
    Result<void> read_on_error(const YamlReader& reader, const YamlNode* node) {
        constexpr std::array accepted{Verdict::allow, Verdict::deny};
        return read_verdict(reader, node, on_error_, accepted, "deny or allow");
    }

    Result<void> read_verdict(const YamlReader& reader, const YamlNode* node, Setting<Verdict>& setting,
                              std::span<const Verdict> accepted, std::string_view expected) {
        if (node == nullptr) return {};
        auto verdict = parse_verdict(reader, *node, accepted, expected);
        if (!verdict) return Failure(verdict.error());
        return set(reader, *node, setting, *verdict);
    }

    Result<void> read_rules(const YamlReader& reader, const YamlNode& node) {
        // an empty list is a policy that says nothing
        if (node.kind != YamlNode::Kind::sequence) return reader.unexpected(node, "a list of rules");
        for (std::size_t i = 0; i < node.children.size(); ++i) {
            const auto& one = reader.child(node, i);
            if (policy_.rules.size() == most_rules)
                return reader.error(one, fmt::format("rule {}", most_rules + 1),
                                    fmt::format("{} at most", most_rules));
            auto rule = parse_rule(reader, one, policy_.files.size() - 1, room_);
            if (!rule) return Failure(rule.error());
            const auto [first, is_new] = names_.emplace(rule->name, policy_.rules.size());
            if (!is_new)
                return Failure(
                    Error{fmt::format("{}: a second rule '{}'", to_string(policy_, rule->place), rule->name),
                          fmt::format("expected another name than that of {}",
                                      to_string(policy_, policy_.rules[first->second].place))});
            policy_.rules.push_back(std::move(*rule));
        }
        return {};
    }

    Policy policy_;
    PolicyRoom room_;
    std::unordered_map<std::string, std::size_t> names_;
    Setting<bool> mode_;
    Setting<bool> judge_setup_;
    Setting<Verdict> default_action_;
    Setting<Verdict> on_error_;
};

} // namespace

Result<Policy> parse_policy(std::span<const PolicyFile> files) { return PolicyParser().parse(files); }

} // namespace nsscope
