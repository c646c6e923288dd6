#pragma once

#include "base/result.hpp"

namespace nsscope::tui {

/// Keeps what the terminal is like (tcgetattr(3)), before anything is changed. Fails where stdin is none.
[[nodiscard]] Result<void> remember_terminal();

/// From now on a crash (SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL) restores the terminal before the signal takes its course.
/// Call it once ncurses has begun.
void restore_on_crash();
/// The opposite.
void forget_crash();

} // namespace nsscope::tui
