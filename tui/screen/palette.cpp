#include "screen/palette.hpp"

#include <cstdlib>

#include <ncurses.h>

namespace nsscope::tui {
namespace {

constexpr short own = -1; // the terminal's own colour

/// A style: for 256 colours, for 16 and 8, and without any.
struct Look {
    Style style;
    short rich, rich_back;
    short plain, plain_back;
    attr_t colour_attributes, attributes;
};

constexpr std::array<Look, style_count> looks{{
    {Style::plain, own, own, own, own, A_NORMAL, A_NORMAL},
    {Style::dim, 245, own, COLOR_BLUE, own, A_NORMAL, A_DIM},
    {Style::label, 73, own, COLOR_CYAN, own, A_NORMAL, A_NORMAL},
    {Style::title, own, own, own, own, A_BOLD, A_BOLD},
    {Style::heading, 16, 71, COLOR_BLACK, COLOR_GREEN, A_NORMAL, A_REVERSE},
    {Style::sorted, 16, 80, COLOR_BLACK, COLOR_CYAN, A_NORMAL, A_REVERSE | A_BOLD},
    {Style::selected, 16, 80, COLOR_BLACK, COLOR_CYAN, A_NORMAL, A_REVERSE},
    {Style::tagged, 220, own, COLOR_YELLOW, own, A_BOLD, A_BOLD},
    {Style::fresh, 77, own, COLOR_GREEN, own, A_BOLD, A_BOLD},
    {Style::gone, 203, own, COLOR_RED, own, A_NORMAL, A_DIM},
    {Style::differs, 215, own, COLOR_YELLOW, own, A_NORMAL, A_UNDERLINE},
    {Style::busy, 71, own, COLOR_GREEN, own, A_NORMAL, A_BOLD},
    {Style::alarm, 203, own, COLOR_RED, own, A_BOLD, A_BOLD | A_REVERSE},
    {Style::key, own, own, own, own, A_NORMAL, A_NORMAL},
    {Style::action, 16, 80, COLOR_BLACK, COLOR_CYAN, A_NORMAL, A_REVERSE},
    {Style::tab, own, own, own, own, A_BOLD, A_BOLD},
}};

bool wants_colours() {
    const char* no_color = std::getenv("NO_COLOR"); // https://no-color.org: present and not empty
    return (no_color == nullptr || *no_color == '\0') && ::has_colors();
}

} // namespace

void Palette::choose() {
    const bool colours = wants_colours() && ::start_color() == OK;
    const bool own_colours = colours && ::use_default_colors() == OK;
    const auto background = [own_colours](short colour) {
        return colour == own && !own_colours ? short{COLOR_BLACK} : colour;
    };
    const auto foreground = [own_colours](short colour) {
        return colour == own && !own_colours ? short{COLOR_WHITE} : colour;
    };
    short pair = 0;
    for (const auto& look : looks) {
        auto& attributes = attributes_[static_cast<std::size_t>(look.style)];
        attributes = static_cast<std::uint32_t>(look.attributes);
        if (!colours) continue;
        const bool is_rich = COLORS >= 256;
        ++pair;
        if (::init_pair(pair, foreground(is_rich ? look.rich : look.plain),
                        background(is_rich ? look.rich_back : look.plain_back)) != OK)
            continue;
        attributes =
            static_cast<std::uint32_t>(look.colour_attributes | static_cast<attr_t>(COLOR_PAIR(pair)));
    }
}

} // namespace nsscope::tui
