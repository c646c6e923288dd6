#pragma once

#include <string>
#include <vector>

#include "presenter/rows.hpp"

namespace nsscope::tui {

/// The rows of a view as one JSON object (docs/top.md): what is in each column, as text, and how deep the row stands. Texts
/// are as on the screen; null is what is not known.
[[nodiscard]] std::string view_json(const World& world, View view, const std::vector<Row>& rows,
                                    const std::vector<ColumnId>& columns);

} // namespace nsscope::tui
