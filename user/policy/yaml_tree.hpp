#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace nsscope {

/// One node of a YAML document. An alias is the node that it stands for, so a node may have more than one parent, and
/// may even be below itself: whoever follows children goes a known number of steps down.
struct YamlNode {
    enum class Kind {
        scalar,
        sequence,
        mapping
    };
    Kind kind = Kind::scalar;
    bool quoted = false;                 ///< a scalar that is not plain
    std::string text{};                  ///< a scalar's
    std::vector<std::size_t> children{}; ///< in YamlTree::nodes; a mapping's are key, value, key, value
    int line = 0;                        ///< from 1
    int column = 0;                      ///< from 1
};

/// One YAML document.
struct YamlTree {
    std::vector<YamlNode> nodes;
    std::size_t root = 0;
};

/// Reads a text that is one YAML 1.1 document. The error begins with "FILE:LINE:COLUMN: ". Time and memory grow with the text.
[[nodiscard]] Result<YamlTree> read_yaml(std::string_view text, const std::string& file);

} // namespace nsscope
