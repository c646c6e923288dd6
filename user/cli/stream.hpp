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

/// Gives the calling thread the best nice value, and what it needs to hurry() later, as far as it may; threads that it
/// starts later are ordinary ones. Not being allowed is no error: what is lost is counted.
void go_first();

/// Gives the calling thread a low real-time priority (SCHED_RR, sched(7)), or takes it away: a reader that waits for
/// its turn behind those whom it watches loses records, and a nice value is not enough, since it holds among the tasks
/// of one session only (autogroup). But a thread of that priority, when it is woken, puts off whatever runs; and where
/// that is a BPF program which can be put off (at fentry; at tracepoints from 7.x on), the kernel skips the program for
/// all others on that processor until it goes on (recursion_misses, bpf_prog_info): a quarter of all exits were seen to
/// be missed. So it is for the time of need, and never while the thread waits for such a program to wake it.
void hurry(bool yes);
/// The same for a thread that writes what the reader has read. It comes after the reader, which it must not keep waiting.
void hurry_writer(bool yes);
/// Of hurry(), SCHED_RR; hurry_writer() is one below. sched(7): 1 is the lowest.
inline constexpr int hurry_priority = 2;

/// Writes what the source has to say to standard output until `stop_fd` is readable or the options say so; what fails
/// goes to standard error. `format`: "json" or "text". Returns an exit status.
[[nodiscard]] int write_stream(EventSource& source, Names& names, const StartInfo& start,
                               const StreamOptions& options, const std::string& format, int stop_fd);

} // namespace nsscope
