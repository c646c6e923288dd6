#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "presenter/cell.hpp"
#include "presenter/columns.hpp"
#include "presenter/row.hpp"
#include "presenter/world.hpp"

namespace nsscope::tui {

/// Which rows are to be seen, and in which order.
struct Selection {
    View view = View::tree;
    std::optional<ColumnId> sort; ///< nullopt: the order of the kernel's numbers
    bool descending = false;
    std::string filter;      ///< in any column, in any case; '|' parts alternatives; empty: all
    std::set<Place> flipped; ///< folded where they would be open, and the other way round
    bool differing = false;  ///< only what is not the host's
    bool kernel_threads = true;
    std::uint32_t types = 0xFF;    ///< bit 1 << NsType
    std::vector<ColumnId> columns; ///< that the filter looks at
};

/// The rows of a view. Time linear in what is there, but for sorting.
[[nodiscard]] std::vector<Row> make_rows(const World& world, const Selection& selection);

/// Whether the row has the text in one of the columns, in any case; `words`: in small letters, parted by '|'.
[[nodiscard]] bool matches(const std::string& words, const World& world, View view, const Row& row,
                           const std::vector<ColumnId>& columns);
/// As `words` is to be.
[[nodiscard]] std::string folded_case(std::string text);

} // namespace nsscope::tui
