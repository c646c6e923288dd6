#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "engine/live.hpp"
#include "events/names.hpp"
#include "recording/frame.hpp"
#include "recording/start_payload.hpp"

namespace nsscope {

/// A recording that was read through once: what it holds, and where reading can begin. Immutable.
class Recording {
  public:
    /// A scan: from here on nothing of what was before is needed.
    struct Key {
        std::uint64_t offset = 0, number = 0; ///< of its frame
        std::uint64_t mono_ns = 0;
        LiveCounts counts; ///< of what was before
    };

    /// Reads a file through. Fails where it cannot be read, is no recording, or has no scan; else damage() says what it
    /// lacks. Errors begin with its path.
    [[nodiscard]] static Result<std::unique_ptr<const Recording>> open(const std::string& path);
    /// The same of bytes.
    [[nodiscard]] static Result<std::unique_ptr<const Recording>>
    read(std::unique_ptr<const RecordingBytes> bytes);

    [[nodiscard]] const RecordingStart& start() const { return start_; }
    [[nodiscard]] const RecordingBytes& bytes() const { return *bytes_; }
    /// At least one.
    [[nodiscard]] const std::vector<Key>& keys() const { return keys_; }
    /// From the first sample on, if there is one, all is known that can be. CLOCK_MONOTONIC.
    [[nodiscard]] std::uint64_t begin_ns() const { return begin_ns_; }
    [[nodiscard]] std::uint64_t end_ns() const { return end_ns_; }
    [[nodiscard]] std::int64_t realtime(std::uint64_t mono_ns) const {
        return static_cast<std::int64_t>(mono_ns) + start_.clock_offset;
    }
    /// nullopt: it is whole.
    [[nodiscard]] const std::optional<Damage>& damage() const { return damage_; }
    /// A line that says so: "damaged at byte 1234 (record 5): its check sum is wrong".
    [[nodiscard]] std::string damage_text() const;
    /// Names by what was recorded. The recording outlives them.
    [[nodiscard]] Names names() const;

  private:
    explicit Recording(std::unique_ptr<const RecordingBytes> bytes) : bytes_(std::move(bytes)) {}
    [[nodiscard]] bool take(const Frame& frame, LiveCounts& counts);

    std::unique_ptr<const RecordingBytes> bytes_;
    RecordingStart start_;
    std::vector<Key> keys_;
    std::unordered_map<std::uint64_t, std::string> cgroups_; ///< paths, by id
    std::uint64_t begin_ns_ = 0, end_ns_ = 0;
    bool has_sample_ = false;
    bool has_end_ = false;
    std::optional<Damage> damage_;
};

/// What an event adds to the counts.
void count_event(LiveCounts& counts, const Event& event);

/// Reads a time within a recording: RFC 3339 ("2026-11-22T10:00:00.5Z", UTC), or seconds since its beginning ("12.5").
/// CLOCK_MONOTONIC, ns. Fails where it is neither, or outside of the recording.
[[nodiscard]] Result<std::uint64_t> parse_time(std::string_view text, const Recording& recording);

} // namespace nsscope
