#pragma once

#include <array>
#include <string_view>

namespace nsscope::tui {

/// The characters that pictures are made of.
struct Glyphs {
    std::string_view fork, last, pass, blank; ///< of trees
    std::string_view open, folded, leaf;
    std::string_view up, down; ///< the way a column is sorted
    std::string_view more;     ///< something was cut off
    std::array<std::string_view, 8> levels;
};
inline constexpr Glyphs utf8_glyphs{
    "├─", "└─", "│ ", "  ", "▾ ", "▸ ", "", "▴", "▾", "…", {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}};
inline constexpr Glyphs ascii_glyphs{
    "|-", "`-", "| ", "  ", "- ", "+ ", "", "^", "v", "~", {"_", ".", ":", "-", "=", "+", "*", "#"}};
[[nodiscard]] constexpr const Glyphs& glyphs(bool utf8) { return utf8 ? utf8_glyphs : ascii_glyphs; }

} // namespace nsscope::tui
