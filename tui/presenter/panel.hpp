#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "presenter/key.hpp"
#include "presenter/page.hpp"

namespace nsscope::tui {

/// A list that lies over the rows: help, details, something to choose from.
struct Panel {
    enum class What : std::uint8_t {
        help,
        details,
        sort,
        setup,
        signals,
    };
    struct Entry {
        std::string text;          ///< printable
        std::optional<Key> link{}; ///< leads there
        int value = 0;             ///< what choosing it means
        bool on = false;           ///< setup: is shown
        Style style = Style::plain;
    };

    What what = What::help;
    std::string title;
    std::vector<Entry> entries{};
    std::size_t at = 0, top = 0;

    void move(std::ptrdiff_t by) {
        if (entries.empty()) return;
        const auto last = static_cast<std::ptrdiff_t>(entries.size()) - 1;
        at = static_cast<std::size_t>(
            std::clamp(static_cast<std::ptrdiff_t>(at) + by, std::ptrdiff_t{0}, last));
    }
    /// To the entry that was at the cursor before they were made anew, if it is still there.
    void stay_at(const Entry& before) {
        const auto is_same = [&](const Entry& entry) {
            return entry.text == before.text && entry.link == before.link;
        };
        if (before.text.empty() || (at < entries.size() && is_same(entries[at]))) return;
        const auto found = std::find_if(entries.begin(), entries.end(), is_same);
        if (found == entries.end()) return;
        const auto now = static_cast<std::size_t>(found - entries.begin());
        top = now - std::min(now, at - std::min(at, top)); // on its line of the screen
        at = now;
    }
    void keep_in_sight(std::size_t height) {
        if (at < top) top = at;
        if (height > 0 && at >= top + height) top = at - height + 1;
        if (entries.size() > height && top + height > entries.size()) top = entries.size() - height;
        if (entries.size() <= height) top = 0;
    }
};

} // namespace nsscope::tui
