#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "policy/yaml_tree.hpp"

namespace nsscope {

/// One key of a mapping, and what it is about.
struct YamlField {
    const YamlNode* key = nullptr;
    const YamlNode* value = nullptr;
};

/// Reads what a document ought to hold. Every error says where, what was found, and what was expected.
class YamlReader {
  public:
    /// Both must outlive the reader.
    YamlReader(const YamlTree& tree, const std::string& file) : tree_(tree), file_(file) {}

    [[nodiscard]] const YamlNode& root() const { return tree_.nodes[tree_.root]; }
    [[nodiscard]] const YamlNode& child(const YamlNode& node, std::size_t index) const {
        return tree_.nodes[node.children[index]];
    }

    /// "FILE:LINE:COLUMN: FOUND", hint "expected EXPECTED".
    [[nodiscard]] Failure error(const YamlNode& where, std::string_view found,
                                std::string_view expected) const;
    /// The same, `found` being the node itself.
    [[nodiscard]] Failure unexpected(const YamlNode& where, std::string_view expected) const;

    /// The fields of a mapping, in the order of `keys`; .value is nullptr where a key is not there. Any other key, and a
    /// key that is there twice, is an error.
    [[nodiscard]] Result<std::vector<YamlField>> fields(const YamlNode& node, std::string_view what,
                                                        std::span<const std::string_view> keys) const;
    /// A scalar that is not empty.
    [[nodiscard]] Result<std::string> text(const YamlNode& node, std::string_view expected) const;
    /// A scalar, or a sequence of them that is not empty; calls `take` for each. None may be empty, unless quotes say that it
    /// is meant to be and `empty` allows it.
    [[nodiscard]] Result<void> each(const YamlNode& node, std::string_view expected,
                                    const std::function<Result<void>(const YamlNode&)>& take,
                                    bool empty = false) const;

  private:
    const YamlTree& tree_;
    const std::string& file_;
};

/// What a node is, to say that it was found: "'text'", "a list", "a mapping", "nothing".
[[nodiscard]] std::string describe(const YamlNode& node);

} // namespace nsscope
