#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nsscope {

inline constexpr std::size_t no_parent = static_cast<std::size_t>(-1);

/// One row of a drawn tree.
struct TreeRow {
    std::size_t node;
    std::string branch; ///< goes before the node's text
    std::string trunk;  ///< goes before further lines of its text
};

/// Orders nodes so that each stands above its children, which keep the order of their numbers, and draws the
/// branches, in box-drawing characters where `utf8`, else in ASCII. `parents[n]` is the parent of node n, or
/// no_parent. A ring of parents is cut above its lowest number. Levels below a fixed depth (32, the
/// kernel's limit for nested pid and user namespaces) are drawn at that depth, so that a process that nests
/// others without end cannot make the picture grow quadratically.
[[nodiscard]] std::vector<TreeRow> lay_out_tree(std::vector<std::size_t> parents, bool utf8);

} // namespace nsscope
