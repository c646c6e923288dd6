#include "policy/yaml_reader.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nsscope {

std::string describe(const YamlNode& node) {
    switch (node.kind) {
    case YamlNode::Kind::sequence: return node.children.empty() ? "an empty list" : "a list";
    case YamlNode::Kind::mapping: return node.children.empty() ? "an empty mapping" : "a mapping";
    case YamlNode::Kind::scalar: break;
    }
    if (node.text.empty()) return node.quoted ? "an empty text" : "nothing";
    constexpr std::size_t longest = 60;
    if (node.text.size() > longest) return fmt::format("'{}...'", node.text.substr(0, longest));
    return fmt::format("'{}'", node.text);
}

Failure YamlReader::error(const YamlNode& where, std::string_view found, std::string_view expected) const {
    return Failure(Error{fmt::format("{}:{}:{}: {}", file_, where.line, where.column, found),
                         fmt::format("expected {}", expected)});
}

Failure YamlReader::unexpected(const YamlNode& where, std::string_view expected) const {
    return error(where, describe(where), expected);
}

Result<std::vector<YamlField>> YamlReader::fields(const YamlNode& node, std::string_view what,
                                                  std::span<const std::string_view> keys) const {
    if (node.kind != YamlNode::Kind::mapping)
        return unexpected(node, fmt::format("{}, a mapping with {}", what, fmt::join(keys, ", ")));
    std::vector<YamlField> found(keys.size());
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
        const auto& key = child(node, i);
        const auto known = std::find(keys.begin(), keys.end(), key.text);
        if (key.kind != YamlNode::Kind::scalar || known == keys.end())
            return error(key, fmt::format("{} is no key of {}", describe(key), what),
                         fmt::format("{}", fmt::join(keys, ", ")));
        auto& field = found[static_cast<std::size_t>(known - keys.begin())];
        if (field.value != nullptr)
            return error(key, fmt::format("'{}' for the second time", key.text),
                         fmt::format("it once (the first is in line {})", field.key->line));
        field = {&key, &child(node, i + 1)};
    }
    return found;
}

Result<std::string> YamlReader::text(const YamlNode& node, std::string_view expected) const {
    if (node.kind != YamlNode::Kind::scalar || node.text.empty()) return unexpected(node, expected);
    return node.text;
}

Result<void> YamlReader::each(const YamlNode& node, std::string_view expected,
                              const std::function<Result<void>(const YamlNode&)>& take, bool empty) const {
    const auto is_text = [empty](const YamlNode& one) {
        return one.kind == YamlNode::Kind::scalar && (!one.text.empty() || (empty && one.quoted));
    };
    if (is_text(node)) return take(node);
    if (node.kind != YamlNode::Kind::sequence || node.children.empty()) return unexpected(node, expected);
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        const auto& one = child(node, i);
        if (!is_text(one)) return unexpected(one, expected);
        if (auto taken = take(one); !taken) return taken;
    }
    return {};
}

} // namespace nsscope
