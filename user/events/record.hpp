#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "events/event.hpp"
#include "events/existing.hpp"
#include "events/names.hpp"

namespace nsscope {

inline constexpr std::string_view event_schema = "nsscope.event/1";

/// Where a record stands in the stream.
struct Position {
    std::uint64_t seq = 0;
    std::int64_t time_ns = 0;  ///< CLOCK_REALTIME
    std::uint64_t mono_ns = 0; ///< CLOCK_MONOTONIC
};

/// Begins a record's JSON object: schema, seq, time, mono_ns, event. The caller adds what it has and ends it.
void begin_record(JsonWriter& json, const Position& position, std::string_view event);

/// Writes one event as one JSON object (docs/events.md), without a newline.
void write_json(JsonWriter& json, const Event& event, const Position& position, Names& names);

/// What `start` tells: what the stream will and will not hold.
struct StartInfo {
    std::string version;   ///< nsscope's
    std::string kernel;    ///< uname(2), release
    std::string host;      ///< empty: not known
    std::string boot_id;   ///< the same
    std::string_view rung; ///< how the kernel is hooked into
    EventMask events = 0;
    EventMask observed = 0; ///< of those: found by looking, so that they come late and without a process
    EventMask missing = 0;  ///< of those: not to be seen on this kernel
};

/// Records that were wanted and did not come through.
struct Loss {
    EventType event{};
    LossCause cause{};
    std::uint64_t count = 0;
};

/// produced = delivered + filtered + lost.
struct Totals {
    std::uint64_t produced = 0;
    std::uint64_t delivered = 0;
    std::uint64_t filtered = 0;
    std::uint64_t lost = 0;
};

void write_start_json(JsonWriter& json, const StartInfo& start, const Position& position);
/// The same of the stream from here on: it was told to be of something else.
void write_reload_json(JsonWriter& json, const StartInfo& start, const Position& position);
void write_exists_json(JsonWriter& json, const Existing& existing, bool resync, const Position& position);
void write_sync_json(JsonWriter& json, std::size_t namespaces, bool resync, const Position& position);
void write_loss_json(JsonWriter& json, std::span<const Loss> losses, const Position& position);
void write_end_json(JsonWriter& json, const Totals& totals, const Position& position);

void append_start_text(std::string& out, const StartInfo& start, const Position& position);
void append_reload_text(std::string& out, const StartInfo& start, const Position& position);
void append_exists_text(std::string& out, const Existing& existing, bool resync, const Position& position);
void append_sync_text(std::string& out, std::size_t namespaces, bool resync, const Position& position);
void append_loss_text(std::string& out, std::span<const Loss> losses, const Position& position);
void append_end_text(std::string& out, const Totals& totals, const Position& position);

/// Appends one event as a line for people, without a newline; safe for a terminal. Times are local.
void append_text(std::string& out, const Event& event, const Position& position, Names& names);

/// The names of the CLONE_NEW* bits that a call asked for; for clone(2), whose low byte is a signal, never
/// CLONE_NEWTIME. Calls `use(name)` for each.
template <typename Use>
void each_clone_flag(Syscall syscall, std::uint64_t flags, Use use) {
    if (syscall == Syscall::clone) flags &= ~std::uint64_t{0xff};
    for (const auto& type : ns_types)
        if ((flags & type.clone_flag) != 0) use(type.clone_name);
}

/// What a call failed with: "EPERM" for -1 and so on; the bare result where it has no name.
[[nodiscard]] std::string error_name(std::int64_t result);

} // namespace nsscope
