#pragma once

#include <cstdint>
#include <string>

namespace nsscope::tui {

/// Numbers in few cells, for columns. Each appends at most six characters, all ASCII.

/// "12.3": percent.
void append_percent(std::string& out, double percent);
/// "0", "812K", "12.3M", "4.0G": bytes, in powers of 1024.
void append_bytes(std::string& out, std::uint64_t bytes);
/// "0", "0.4", "12", "3.2k": so many a second.
void append_rate(std::string& out, double rate);
/// "9s", "12m04s", "3h12m", "4d05h", "812d": a time.
void append_span(std::string& out, std::uint64_t ns);

/// "3 days, 04:12:09", as htop(1) writes it: of any length.
[[nodiscard]] std::string uptime_text(std::uint64_t ns);

} // namespace nsscope::tui
