#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "presenter/columns.hpp"
#include "presenter/keys.hpp"

namespace nsscope::tui {

/// What the user chose, and the file keeps.
struct Settings {
    Settings();

    std::array<std::vector<ColumnId>, view_count> columns; ///< of each view; the last is ColumnId::name
    KeyMap keys;
    std::vector<std::pair<KeyCode, Action>> bound; ///< keys that do something else than the table says
    bool mouse = true;
    bool kernel_threads = true;
};

/// Reads lines of the forms
///     columns VIEW NAME,NAME,...
///     key KEY ACTION
///     mouse on|off
///     kernel-threads on|off
/// and comments (#). Fails with the number of the first line that is none of these.
[[nodiscard]] Result<Settings> parse_settings(std::string_view text);
/// The same, written: reading it gives equal settings.
[[nodiscard]] std::string to_text(const Settings& settings);

} // namespace nsscope::tui
