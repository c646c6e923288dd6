#include "recording/frame.hpp"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

#include <fmt/format.h>
#include <zlib.h>

namespace nsscope {
namespace {

constexpr std::size_t read_at_once = 256U << 10;
constexpr std::size_t unchecked = 8; // bytes of the head that stand before what the check sum is of

template <typename T>
void put(std::string& out, T value) {
    for (std::size_t i = 0; i < sizeof value; ++i) out += static_cast<char>(value >> 8 * i & 0xFF);
}

template <typename T>
T take(std::string_view bytes, std::size_t offset) {
    T value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i)
        value |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes[offset + i])) << 8 * i);
    return value;
}

std::uint32_t check_of(std::string_view bytes) {
    return static_cast<std::uint32_t>(
        ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

} // namespace

void append_frame(std::string& out, FrameKind kind, std::uint64_t mono_ns, std::string_view payload) {
    const auto begin = out.size();
    put(out, static_cast<std::uint32_t>(payload.size()));
    put(out, std::uint32_t{0});
    put(out, static_cast<std::uint32_t>(kind));
    put(out, mono_ns);
    out += payload;
    std::string check;
    put(check, check_of(std::string_view(out).substr(begin + unchecked)));
    out.replace(begin + 4, check.size(), check);
}

Result<std::size_t> RecordingFile::read_at(std::uint64_t offset, std::span<char> room) const {
    std::size_t done = 0;
    while (done < room.size()) {
        const auto got =
            ::pread(file_.get(), room.data() + done, room.size() - done, static_cast<off_t>(offset + done));
        if (got == 0) break;
        if (got < 0 && errno != EINTR) return errno_failure("cannot read the recording");
        if (got > 0) done += static_cast<std::size_t>(got);
    }
    return done;
}

Result<std::size_t> RecordingText::read_at(std::uint64_t offset, std::span<char> room) const {
    if (offset >= text_.size()) return 0;
    return text_.copy(room.data(), room.size(), static_cast<std::size_t>(offset));
}

/// Has so many bytes waiting, as far as there are that many. False: reading failed. What a damaged head asks for is never
/// allocated at once: the file may not have it.
bool FrameReader::fill(std::size_t wanted) {
    while (waiting().size() < wanted) {
        buffer_.erase(0, at_);
        begin_ += at_;
        at_ = 0;
        const auto had = buffer_.size();
        buffer_.resize(had + read_at_once);
        const auto got = bytes_->read_at(begin_ + had, std::span(buffer_).subspan(had));
        buffer_.resize(had + got.value_or(0));
        if (!got) {
            damage_ = Damage{begin_, number_ + 1, got.error().what};
            return false;
        }
        if (*got < read_at_once) break;
    }
    return true;
}

std::optional<Frame> FrameReader::next() {
    if (damage_) return std::nullopt;
    if (!fill(frame_head_size)) return std::nullopt;
    const auto broken = [this](std::string what) -> std::optional<Frame> {
        damage_ = Damage{begin_ + at_, number_ + 1, std::move(what)};
        return std::nullopt;
    };
    if (waiting().empty()) return std::nullopt;
    if (waiting().size() < frame_head_size) return broken("it is cut off");
    const auto size = take<std::uint32_t>(waiting(), 0);
    if (size > most_payload) return broken("its size makes no sense");
    if (!fill(frame_head_size + size)) return std::nullopt;
    if (waiting().size() < frame_head_size + size) return broken("it is cut off");
    const auto bytes = waiting().substr(0, frame_head_size + size);
    if (take<std::uint32_t>(bytes, 4) != check_of(bytes.substr(unchecked)))
        return broken("its check sum is wrong");
    Frame frame{.kind = static_cast<FrameKind>(take<std::uint32_t>(bytes, 8)),
                .mono_ns = take<std::uint64_t>(bytes, 12),
                .payload = bytes.substr(frame_head_size),
                .offset = begin_ + at_,
                .number = number_ + 1};
    if (frame.mono_ns < mono_ns_) return broken("its time is before that of the record before");
    mono_ns_ = frame.mono_ns;
    at_ += bytes.size();
    ++number_;
    return frame;
}

void FrameReader::go_to(std::uint64_t offset, std::uint64_t number) {
    buffer_.clear();
    at_ = 0;
    begin_ = offset;
    number_ = number - 1;
    mono_ns_ = 0;
    damage_.reset();
}

void FrameReader::refuse(const Frame& frame, std::string what) {
    damage_ = Damage{frame.offset, frame.number, std::move(what)};
}

} // namespace nsscope
