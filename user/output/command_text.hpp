#pragma once

#include <string>
#include <string_view>

#include "model/snapshot.hpp"

namespace nsscope {

/// A NUL-separated command line (/proc/PID/cmdline, proc_pid_cmdline(5)) with a space between the arguments.
/// The NULs at its end are dropped: one ends the last argument, more are what setproctitle(3) leaves. Raw
/// bytes.
[[nodiscard]] std::string join_arguments(std::string_view cmdline);

/// What lsns(8) shows as the command: the command line, or the task's name where there is none (a kernel
/// thread, a zombie) or it could not be read. Raw bytes.
[[nodiscard]] std::string command_text(const Leader& leader);

} // namespace nsscope
