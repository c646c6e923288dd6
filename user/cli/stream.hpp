#pragma once

#include <string>

#include "base/unique_fd.hpp"
#include "engine/event_stream.hpp"
#include "events/event_source.hpp"

namespace nsscope {

/// Readable when SIGINT or SIGTERM came; from here on they do nothing else.
[[nodiscard]] UniqueFd signals_as_fd();
/// The same of SIGHUP.
[[nodiscard]] UniqueFd hangup_as_fd();

/// What `start` tells of this machine and this program; the rest is the caller's to fill in.
[[nodiscard]] StartInfo start_info();

/// A reader that waits for its turn behind those whom it watches loses records, and a nice value is not enough: it
/// holds among the tasks of one session only (autogroup, sched(7)). The work is bounded by what the others do, and the
/// thread sleeps as soon as it is done; threads that it starts later are ordinary ones. Not being allowed to go first is no error: what is lost is counted.
void go_first();

/// Writes what the source has to say to standard output until `stop_fd` is readable or the options say so; what fails
/// goes to standard error. `format`: "json" or "text". Returns an exit status.
[[nodiscard]] int write_stream(EventSource& source, Names& names, const StartInfo& start,
                               const StreamOptions& options, const std::string& format, int stop_fd);

} // namespace nsscope
