#pragma once

#include <cstddef>
#include <string_view>

namespace nsscope {

/// How many terminal cells `text` takes, by wcwidth(3) and so by the locale's LC_CTYPE: 2 for wide
/// characters, 0 for combining ones. `text` is valid UTF-8 without control characters (what
/// append_printable() makes).
[[nodiscard]] std::size_t display_width(std::string_view text);

/// The longest beginning of `text` that takes at most `cells` cells; a character is never split, and the
/// combining characters that follow the last one stay with it.
[[nodiscard]] std::string_view cut_to_width(std::string_view text, std::size_t cells);

} // namespace nsscope
