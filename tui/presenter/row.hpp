#pragma once

#include <cstdint>
#include <vector>

#include "presenter/key.hpp"

namespace nsscope::tui {

/// The headings of a tree.
enum class Group : std::uint8_t {
    containers,
    namespaces,
    processes, ///< the members of a user namespace
};

/// Where a thing is shown: the same process may stand below several namespaces.
struct Place {
    Key key;
    std::uint64_t under = 0;                        ///< stands for the places above
    auto operator<=>(const Place&) const = default; // NOLINT(modernize-use-nullptr): clang-tidy 14 errs
};

/// A line of a view, without its text.
struct Row {
    Place place;
    std::uint32_t index = none;  ///< place in the world's list of its kind; of a group, its Group
    std::uint32_t parent = none; ///< place in the list of rows
    std::uint32_t children = 0;  ///< how many it has, shown or not
    std::uint16_t depth = 0;
    bool last = true;  ///< of its parent's children
    bool open = false; ///< its children are shown
};

} // namespace nsscope::tui
