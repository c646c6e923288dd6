#pragma once

#include "cli/top_options.hpp"
#include "presenter/look.hpp"

namespace nsscope {

/// Prints the feed as plain text, a snapshot each time, until the count is reached or a signal comes (of block_signals()).
/// Returns an exit status.
[[nodiscard]] int run_batch(tui::Feed& feed, tui::Presenter& presenter, const TopOptions& options);

} // namespace nsscope
