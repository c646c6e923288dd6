#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/event_source.hpp"
#include "events/record.hpp"

namespace nsscope {

/// What a recording begins with.
struct RecordingStart {
    StartInfo info;                ///< `rung` points into `rung_text`
    std::string rung_text;         ///< how the kernel was hooked into; empty: there are no events
    std::int64_t clock_offset = 0; ///< CLOCK_REALTIME - CLOCK_MONOTONIC, ns
    std::map<std::uint32_t, std::vector<std::string>> controllers; ///< of the v1 hierarchies, by number
};

void append_start(std::string& out, const RecordingStart& start);
/// nullopt: these bytes are no start.
[[nodiscard]] std::optional<RecordingStart> read_start(std::string_view payload);

/// How many records of each kind have been lost since the beginning, by cause.
using Lost = std::array<std::array<std::uint64_t, event_type_count>, loss_cause_count>;
void append_lost(std::string& out, const Lost& lost);
[[nodiscard]] std::optional<Lost> read_lost(std::string_view payload);
[[nodiscard]] std::uint64_t sum_of(const Lost& lost);

} // namespace nsscope
