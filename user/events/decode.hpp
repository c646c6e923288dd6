#pragma once

#include <cstddef>
#include <span>

#include "events/event.hpp"

namespace nsscope {

enum class Decoded : std::uint8_t {
    event,     ///< `event` is filled in
    exe,       ///< `exe` is filled in
    malformed, ///< not a record of this version: program and kernel side do not go together
};

/// Reads one record of the ring (bpf/event.h). `event` and `exe` then point into `bytes`, and are valid as long as
/// they are. Reads nothing outside `bytes`, whatever they hold.
[[nodiscard]] Decoded decode(std::span<const std::byte> bytes, Event& event, ExeName& exe);

/// When it happened, CLOCK_MONOTONIC, ns; 0: these bytes are too few for a record.
[[nodiscard]] std::uint64_t time_of(std::span<const std::byte> bytes);

/// The version of the records that decode() reads (NSSCOPE_ABI_VERSION): records that are kept are to be read by the same.
[[nodiscard]] std::uint32_t wire_version();

} // namespace nsscope
