#include "recording/recording.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include "base/clock.hpp"
#include "events/decode.hpp"
#include "recording/pack.hpp"

namespace nsscope {

void count_event(LiveCounts& counts, const Event& event) {
    ++counts.events[static_cast<std::size_t>(event.type)];
    for (const auto& change : event.namespaces()) counts.created += change.created ? 1 : 0;
    counts.destroyed += event.type == EventType::ns_destroy ? 1 : 0;
}

/// False: its payload makes no sense.
bool Recording::take(const Frame& frame, LiveCounts& counts) {
    if (frame.kind != FrameKind::start && frame.kind != FrameKind::cgroup && !keys_.empty())
        end_ns_ = frame.mono_ns;
    switch (frame.kind) {
    case FrameKind::start: break;
    case FrameKind::scan:
        if (keys_.empty()) begin_ns_ = frame.mono_ns;
        keys_.push_back({frame.offset, frame.number, frame.mono_ns, counts});
        end_ns_ = frame.mono_ns;
        break;
    case FrameKind::event: {
        Event event;
        ExeName exe;
        const auto decoded = decode(std::as_bytes(std::span(frame.payload)), event, exe);
        if (decoded == Decoded::malformed) return false;
        if (decoded == Decoded::event) count_event(counts, event);
        break;
    }
    case FrameKind::loss: {
        const auto lost = read_lost(frame.payload);
        if (!lost) return false;
        counts.lost = sum_of(*lost);
        break;
    }
    case FrameKind::cgroup: {
        Unpacker unpacker(frame.payload);
        const auto id = unpacker.number();
        cgroups_[id] = unpacker.text();
        return unpacker.finished();
    }
    case FrameKind::sample: // what it says is seen by whoever plays it
        if (!has_sample_ && !keys_.empty()) begin_ns_ = frame.mono_ns;
        has_sample_ = has_sample_ || !keys_.empty();
        break;
    case FrameKind::end: has_end_ = true; break;
    }
    return true;
}

Result<std::unique_ptr<const Recording>> Recording::read(std::unique_ptr<const RecordingBytes> bytes) {
    std::unique_ptr<Recording> recording(new Recording(std::move(bytes)));
    std::string magic(recording_magic.size(), '\0');
    const auto got = recording->bytes_->read_at(0, magic);
    if (!got) return Failure(got.error());
    if (magic != recording_magic)
        return Failure(Error{"this is no recording of nsscope's", "'nsscope record FILE' makes one"});
    FrameReader frames(*recording->bytes_);
    const auto first = frames.next();
    if (!first || first->kind != FrameKind::start)
        return Failure(Error{"the recording is damaged at its beginning: nothing can be read"});
    auto start = read_start(first->payload);
    if (!start)
        return Failure(Error{"the recording was made by a version of nsscope whose records are other ones",
                             "use that version"});
    recording->start_ = std::move(*start);
    recording->start_.info.rung = recording->start_.rung_text;
    LiveCounts counts;
    while (!recording->has_end_) {
        const auto frame = frames.next();
        if (!frame) break;
        if (!recording->take(*frame, counts)) frames.refuse(*frame, "what it says makes no sense");
    }
    recording->damage_ = frames.damage();
    if (!recording->has_end_ && !recording->damage_) recording->damage_ = frames.missing_end();
    if (recording->keys_.empty())
        return Failure(Error{"there is nothing in the recording to show: it is " + recording->damage_text()});
    return recording;
}

Result<std::unique_ptr<const Recording>> Recording::open(const std::string& path) {
    UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) return errno_failure("cannot open " + path);
    auto recording = read(std::make_unique<RecordingFile>(std::move(file)));
    if (!recording)
        return Failure(Error{path + ": " + recording.error().what, recording.error().hint,
                             recording.error().error_number});
    return recording;
}

std::string Recording::damage_text() const {
    if (!damage_) return "whole";
    return fmt::format("damaged at byte {} (record {}): {}", damage_->offset, damage_->number, damage_->what);
}

Names Recording::names() const {
    return Names(
        [this](std::uint64_t id) -> std::optional<std::string> {
            const auto found = cgroups_.find(id);
            if (found == cgroups_.end()) return std::nullopt;
            return found->second;
        },
        [this](std::uint32_t hierarchy) {
            const auto found = start_.controllers.find(hierarchy);
            return found == start_.controllers.end() ? std::vector<std::string>() : found->second;
        });
}

} // namespace nsscope
