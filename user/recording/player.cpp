#include "recording/player.hpp"

#include <algorithm>
#include <numeric>

#include "engine/graph_feed.hpp"
#include "events/decode.hpp"
#include "recording/scan_payload.hpp"

namespace nsscope {
namespace {

std::uint64_t events_of(const LiveCounts& counts) {
    return std::accumulate(counts.events.begin(), counts.events.end(), std::uint64_t{0});
}

} // namespace

Player::Player(const Recording& recording)
    : recording_(recording), frames_(recording.bytes()), names_(recording.names()) {
    begin_at(recording.keys().front());
    advance(now_);
}

void Player::begin_at(const Recording::Key& key) {
    frames_.go_to(key.offset, key.number);
    waiting_ = frames_.next();
    now_ = key.mono_ns;
    graph_ = {};
    sample_ = {};
    counts_ = key.counts;
    seq_ = events_of(counts_);
    past_.clear();
}

void Player::take_event(const Frame& frame) {
    Event event;
    ExeName exe;
    switch (decode(std::as_bytes(std::span(frame.payload)), event, exe)) {
    case Decoded::malformed: return frames_.refuse(frame, "what it says makes no sense");
    case Decoded::exe: return names_.learn(exe);
    case Decoded::event: break;
    }
    if (event.cgroup && event.cgroup->hierarchy == 0)
        if (auto path = cgroup_path(*event.cgroup)) names_.learn_cgroup(event.cgroup->id, *std::move(path));
    feed(graph_, event);
    count_event(counts_, event);
    past_.emplace_back(
        event,
        Position{.seq = ++seq_, .time_ns = recording_.realtime(event.mono_ns), .mono_ns = event.mono_ns},
        names_);
    if (past_.size() > keep) past_.pop_front();
}

void Player::apply(const Frame& frame) {
    switch (frame.kind) {
    case FrameKind::event: return take_event(frame);
    case FrameKind::scan:
        if (const auto scan = read_scan(frame.payload))
            graph_.load(*scan);
        else
            frames_.refuse(frame, "its scan makes no sense");
        break;
    case FrameKind::sample:
        if (!update_sample(sample_, frame.payload)) {
            sample_ = {};
            frames_.refuse(frame, "its sample makes no sense");
        }
        break;
    case FrameKind::loss:
        if (const auto lost = read_lost(frame.payload)) counts_.lost = sum_of(*lost);
        break;
    case FrameKind::start:
    case FrameKind::cgroup: // known since the recording was opened
    case FrameKind::end: break;
    }
}

void Player::advance(std::uint64_t mono_ns) {
    while (waiting_ && waiting_->mono_ns <= mono_ns) {
        if (waiting_->kind == FrameKind::end) {
            waiting_.reset();
            break;
        }
        apply(*waiting_);
        waiting_ = frames_.next();
    }
    now_ = mono_ns;
}

/// From a scan that has enough events behind it to be looked back upon.
void Player::go_to(std::uint64_t mono_ns) {
    mono_ns = std::clamp(mono_ns, recording_.begin_ns(), recording_.end_ns());
    const auto& keys = recording_.keys();
    const auto is_before = [](std::uint64_t wanted, const Recording::Key& key) {
        return wanted < key.mono_ns;
    };
    auto key = std::upper_bound(keys.begin(), keys.end(), mono_ns, is_before) - 1;
    const auto there = events_of(key->counts);
    while (key != keys.begin() && there - events_of(key->counts) < keep) --key;
    if (mono_ns < now_ || key->mono_ns > now_) begin_at(*key);
    advance(mono_ns);
}

std::optional<std::uint64_t> Player::next_event() {
    FrameReader ahead(recording_.bytes());
    if (!waiting_) return std::nullopt;
    ahead.go_to(waiting_->offset, waiting_->number);
    Event event;
    ExeName exe;
    while (const auto frame = ahead.next()) {
        if (frame->kind == FrameKind::end) break;
        if (frame->kind == FrameKind::event &&
            decode(std::as_bytes(std::span(frame->payload)), event, exe) == Decoded::event)
            return frame->mono_ns;
    }
    return std::nullopt;
}

} // namespace nsscope
