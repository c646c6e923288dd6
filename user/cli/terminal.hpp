#pragma once

#include <cstddef>

namespace nsscope {

/// Cells of the terminal that stdout is; 0: it is none.
[[nodiscard]] std::size_t terminal_width();

/// Whether the locale's characters are UTF-8, nl_langinfo(3).
[[nodiscard]] bool locale_is_utf8();

} // namespace nsscope
