#pragma once

#include <array>
#include <cstdint>

#include "presenter/page.hpp"

namespace nsscope::tui {

/// How each style looks on the terminal: in 256, 16 or 8 colours, or in none (NO_COLOR, a monochrome terminal), where bold,
/// dim, underlined and reverse have to do.
class Palette {
  public:
    /// Call it once ncurses has begun.
    void choose();
    /// What attrset(3) takes.
    [[nodiscard]] std::uint32_t attributes(Style style) const {
        return attributes_[static_cast<std::size_t>(style)];
    }

  private:
    std::array<std::uint32_t, style_count> attributes_{};
};

} // namespace nsscope::tui
