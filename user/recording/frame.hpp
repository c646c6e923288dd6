#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace nsscope {

/// A recording is a line of text and then frames, one behind the other (docs/record.md): size of the payload, check sum,
/// kind (32 bits each), time (64 bits), the lowest byte first; then the payload. The check sum is the CRC-32 of all that
/// stands behind it.
inline constexpr std::string_view recording_magic = "nsscope recording 1\n";
inline constexpr std::size_t frame_head_size = 20;
/// A payload that is longer is taken for damage.
inline constexpr std::uint32_t most_payload = 256U << 20;

enum class FrameKind : std::uint32_t {
    start = 1,  ///< who recorded what, and the clocks
    scan = 2,   ///< a Scan: the graph as it was then
    event = 3,  ///< a record of the ring
    loss = 4,   ///< how many records have been lost since the beginning
    sample = 5, ///< what was used, see Sample
    cgroup = 6, ///< the path of a cgroup of the unified hierarchy
    end = 7,    ///< nothing follows
};

/// A piece of a recording. Frames of a kind that is not known are to be passed over.
struct Frame {
    FrameKind kind{};
    std::uint64_t mono_ns = 0; ///< CLOCK_MONOTONIC; never less than that of the frame before
    std::string_view payload;
    std::uint64_t offset = 0; ///< in the file, of the frame's head
    std::uint64_t number = 0; ///< the first frame is 1
};

void append_frame(std::string& out, FrameKind kind, std::uint64_t mono_ns, std::string_view payload);

/// Where a recording cannot be read any more.
struct Damage {
    std::uint64_t offset = 0; ///< in bytes, of the frame that is damaged
    std::uint64_t number = 0; ///< its number
    std::string what;
};

/// The bytes of a recording.
class RecordingBytes {
  public:
    RecordingBytes() = default;
    RecordingBytes(const RecordingBytes&) = delete;
    RecordingBytes& operator=(const RecordingBytes&) = delete;
    virtual ~RecordingBytes() = default;

    /// Reads what is there, as much as fits: less only at the end. Fails with the errno of pread(2).
    [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<char> room) const = 0;
};

class RecordingFile : public RecordingBytes {
  public:
    explicit RecordingFile(UniqueFd file) : file_(std::move(file)) {}
    [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, std::span<char> room) const override;

  private:
    UniqueFd file_;
};

class RecordingText : public RecordingBytes {
  public:
    explicit RecordingText(std::string text) : text_(std::move(text)) {}
    [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, std::span<char> room) const override;

  private:
    std::string text_;
};

/// Reads frame after frame, whatever the bytes are.
class FrameReader {
  public:
    /// The bytes are the caller's and outlive this.
    explicit FrameReader(const RecordingBytes& bytes) : bytes_(&bytes) {}

    /// The next one; its payload is valid until the next call. nullopt: there is none, or damage() says why.
    [[nodiscard]] std::optional<Frame> next();
    [[nodiscard]] const std::optional<Damage>& damage() const { return damage_; }
    /// To a frame that next() gave before.
    void go_to(std::uint64_t offset, std::uint64_t number);
    /// For when there is no end: where it is missing.
    [[nodiscard]] Damage missing_end() const { return {begin_ + at_, number_ + 1, "it is cut off"}; }
    /// Takes the frame that was read last for damaged, as its payload makes no sense.
    void refuse(const Frame& frame, std::string what);

  private:
    [[nodiscard]] bool fill(std::size_t wanted);
    [[nodiscard]] std::string_view waiting() const { return std::string_view(buffer_).substr(at_); }

    const RecordingBytes* bytes_;
    std::string buffer_; ///< bytes from `begin_` on
    std::size_t at_ = 0; ///< the next frame in it
    std::uint64_t begin_ = recording_magic.size();
    std::uint64_t number_ = 0;
    std::uint64_t mono_ns_ = 0;
    std::optional<Damage> damage_;
};

} // namespace nsscope
