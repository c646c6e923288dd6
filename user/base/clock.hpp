#pragma once

#include <cstdint>
#include <string>

namespace nsscope {

/// Nanoseconds of CLOCK_MONOTONIC, the clock of bpf_ktime_get_ns().
[[nodiscard]] std::uint64_t monotonic_ns();
/// Nanoseconds since the epoch, CLOCK_REALTIME.
[[nodiscard]] std::int64_t realtime_ns();

/// Appends a time as RFC 3339 in UTC with nanoseconds: 2026-11-22T01:47:45.000000001Z.
/// `epoch_ns` must lie in the years 1970 to 9999.
void append_rfc3339(std::string& out, std::int64_t epoch_ns);
[[nodiscard]] std::string rfc3339(std::int64_t epoch_ns);

} // namespace nsscope
