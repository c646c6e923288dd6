#pragma once

#include "base/result.hpp"
#include "presenter/settings.hpp"
#include "screen/loop.hpp"

namespace nsscope {

/// What the screen of `nsscope top` may do to this machine: signals, nsenter, files.
[[nodiscard]] tui::Deeds top_deeds();

/// The same of a recording, whose processes are not to be touched: their numbers are others' here.
[[nodiscard]] tui::Deeds replay_deeds();

/// Reads $XDG_CONFIG_HOME/nsscope/top, or ~/.config/nsscope/top; where there is none, the settings are the usual ones.
/// Fails on one that cannot be read or understood, naming it.
[[nodiscard]] Result<tui::Settings> read_settings();

} // namespace nsscope
