#include "recording/recorder.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "events/decode.hpp"
#include "recording/pack.hpp"
#include "recording/scan_payload.hpp"

namespace nsscope {
namespace {

/// More than the writer writes in the caller's thread: it hands this over, and the caller goes on.
constexpr std::size_t enough = 128U << 10;

} // namespace

void Recorder::append(FrameKind kind, std::uint64_t mono_ns, std::string_view payload) {
    const auto before = buffer_.size();
    mono_ns_ =
        std::max(mono_ns_, mono_ns); // clocks of different CPUs, and of reading and happening, are not one
    append_frame(buffer_, kind, mono_ns_, payload);
    bytes_ += buffer_.size() - before;
    if (buffer_.size() >= enough) flush();
}

void Recorder::flush() {
    if (broken_) {
        buffer_.clear();
        return;
    }
    if (auto written = writer_.write(buffer_); !written) broken_ = written.error();
}

void Recorder::start(const RecordingStart& start) {
    const std::scoped_lock lock(mutex_);
    without_events_ = start.info.rung.empty();
    buffer_ = recording_magic;
    bytes_ = buffer_.size();
    payload_.clear();
    append_start(payload_, start);
    append(FrameKind::start, monotonic_ns(), payload_);
    flush();
}

void Recorder::scan(const Scan& scan) {
    std::string payload;
    append_scan(payload, scan);
    const std::scoped_lock lock(mutex_);
    append(FrameKind::scan, monotonic_ns(), payload);
    samples_.begin_anew(); // so that a reader can begin here
}

void Recorder::event(std::span<const std::byte> record) {
    const std::scoped_lock lock(mutex_);
    append(FrameKind::event, time_of(record), {reinterpret_cast<const char*>(record.data()), record.size()});
    ++events_;
}

void Recorder::losses(const Lost& lost) {
    const std::scoped_lock lock(mutex_);
    if (lost == lost_) return;
    lost_ = lost;
    payload_.clear();
    append_lost(payload_, lost);
    append(FrameKind::loss, monotonic_ns(), payload_);
}

void Recorder::cgroup(std::uint64_t id, const std::string& path) {
    const std::scoped_lock lock(mutex_);
    payload_.clear();
    Packer packer(payload_);
    packer.number(id);
    packer.text(path);
    append(FrameKind::cgroup, monotonic_ns(), payload_);
}

void Recorder::sample(const Sample& sample) {
    const std::scoped_lock lock(mutex_);
    payload_.clear();
    samples_.append(payload_, sample);
    append(FrameKind::sample, sample.mono_ns, payload_);
    flush();
}

Result<void> Recorder::end() {
    const std::scoped_lock lock(mutex_);
    append(FrameKind::end, monotonic_ns(), {});
    if (!broken_)
        if (auto finished = writer_.finish(buffer_); !finished) broken_ = finished.error();
    if (broken_) return Failure(*broken_);
    return {};
}

std::optional<Error> Recorder::broken() const {
    const std::scoped_lock lock(mutex_);
    return broken_;
}

std::uint64_t Recorder::bytes() const {
    const std::scoped_lock lock(mutex_);
    return bytes_;
}

std::uint64_t Recorder::events() const {
    const std::scoped_lock lock(mutex_);
    return events_;
}

std::uint64_t Recorder::lost() const {
    const std::scoped_lock lock(mutex_);
    return sum_of(lost_);
}

bool Recorder::without_events() const {
    const std::scoped_lock lock(mutex_);
    return without_events_;
}

std::size_t RecordedSource::read(std::size_t most, const Sink& sink) {
    return source_->read(most, [&](std::span<const std::byte> record) {
        recorder_.event(record);
        sink(record);
    });
}

Counters RecordedSource::counters() const {
    auto counters = source_->counters();
    recorder_.losses(counters.lost);
    return counters;
}

} // namespace nsscope
