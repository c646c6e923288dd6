#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nsscope {

/// Nanoseconds of CLOCK_MONOTONIC, the clock of bpf_ktime_get_ns().
[[nodiscard]] std::uint64_t monotonic_ns();
/// Nanoseconds for which the calling thread has run, CLOCK_THREAD_CPUTIME_ID.
[[nodiscard]] std::uint64_t thread_cpu_ns();
/// Nanoseconds since the epoch, CLOCK_REALTIME.
[[nodiscard]] std::int64_t realtime_ns();

/// Writes times as RFC 3339 in UTC with nanoseconds: 2026-11-22T01:47:45.000000001Z. Every value of 64 bits
/// can be written (the years 1677 to 2262), in 30 bytes. Keeps the last whole second it wrote: a caller that
/// writes many records keeps one of these.
class Rfc3339 {
  public:
    static constexpr std::size_t size = 30;
    /// `epoch_ns`: nanoseconds since the epoch. The view is good until the next call.
    [[nodiscard]] std::string_view format(std::int64_t epoch_ns);

  private:
    void set_second(std::int64_t second);

    std::array<char, size> text_{};
    std::int64_t second_ = -1;
    bool set_ = false;
};

/// Appends a time as Rfc3339 writes it. Safe in any thread, each of which keeps its own last second.
void append_rfc3339(std::string& out, std::int64_t epoch_ns);
[[nodiscard]] std::string rfc3339(std::int64_t epoch_ns);

} // namespace nsscope
