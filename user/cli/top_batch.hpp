#pragma once

#include <functional>

#include "cli/top_options.hpp"
#include "presenter/look.hpp"

namespace nsscope {

/// Prints the feed as plain text, a snapshot each time, until the count is reached or a signal comes (of block_signals()).
/// `next` is called between two of them, and ends it with false; empty: it waits as long as the options say.
/// Returns an exit status.
[[nodiscard]] int run_batch(tui::Feed& feed, tui::Presenter& presenter, const TopOptions& options,
                            const std::function<bool()>& next = {});

} // namespace nsscope
