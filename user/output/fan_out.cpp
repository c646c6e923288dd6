#include "output/fan_out.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "engine/event_fields.hpp"

namespace nsscope {
namespace {

constexpr std::chrono::seconds patience{5};

} // namespace

FanOut::FanOut(std::vector<Output> outputs) {
    for (std::size_t i = 0; i < rendered_.size(); ++i)
        rendered_[i].renderer = make_renderer(static_cast<RecordFormat>(i), rendered_[i].text);
    for (auto& output : outputs) open(sinks_.emplace_back(), std::move(output));
}

void FanOut::open(Sink& sink, Output output) {
    sink.queue = std::make_unique<SinkQueue>(std::move(output.target), output.spec.queue_bytes);
    sink.spec = std::move(output.spec);
}

void FanOut::begin_record() {
    for (auto& rendered : rendered_) rendered.seq = 0;
}

template <typename Render>
const std::string& FanOut::render(RecordFormat format, const Position& position, Render render) {
    auto& rendered = rendered_[static_cast<std::size_t>(format)];
    if (rendered.seq != position.seq) {
        rendered.text.clear();
        render(*rendered.renderer, position);
        rendered.seq = position.seq;
    }
    return rendered.text;
}

template <typename Render>
void FanOut::put(Sink& sink, const Position& position, std::optional<EventType> type, bool must,
                 Render render) {
    auto own = position;
    own.seq = sink.seq + 1;
    if (sink.queue->put(this->render(sink.spec.format, own, render), type, must)) {
        sink.seq = own.seq;
    } else if (type) {
        ++sink.lost;
        note_loss(sink, {*type, LossCause::sink_behind, 1});
    }
}

void FanOut::note_loss(Sink& sink, const Loss& loss) {
    sink.untold.at(static_cast<std::size_t>(loss.cause)).at(static_cast<std::size_t>(loss.event)) +=
        loss.count;
    sink.has_untold = true;
}

/// Tells an output of what was lost for it, if there is room.
void FanOut::tell_losses(Sink& sink, const Position& position, bool must) {
    std::vector<Loss> losses;
    for (std::size_t cause = 0; cause < sink.untold.size(); ++cause)
        for (std::size_t type = 0; type < all_event_type_count; ++type)
            if (const auto count = sink.untold[cause][type]; count != 0)
                losses.push_back({static_cast<EventType>(type), static_cast<LossCause>(cause), count});
    begin_record();
    const auto seq = sink.seq;
    put(sink, position, std::nullopt, must,
        [&](Renderer& renderer, const Position& at) { renderer.loss(losses, at); });
    if (sink.seq == seq) return;
    sink.untold = {};
    sink.has_untold = false;
}

/// A record that says something of the stream itself: there is always room for it.
template <typename Render>
void FanOut::put_now(Sink& sink, const Position& position, Render render) {
    if (sink.has_untold) tell_losses(sink, position);
    begin_record();
    put(sink, position, std::nullopt, true, render);
}

void FanOut::start(const StartInfo& start, const Position& position) {
    for (auto& sink : sinks_)
        put_now(sink, position, [&](Renderer& renderer, const Position& at) { renderer.start(start, at); });
}

void FanOut::event(const Event& event, const Position& position, Names& names) {
    begin_record();
    for (auto& sink : sinks_) {
        if (sink.spec.filter && !sink.spec.filter->matches(EventFields(event, names))) {
            ++sink.filtered;
            continue;
        }
        if (sink.has_untold) {
            tell_losses(sink, position);
            begin_record();
        }
        put(sink, position, event.type, false,
            [&](Renderer& renderer, const Position& at) { renderer.event(event, at, names); });
    }
}

/// What is no difference is for those that have not been told of anything yet.
void FanOut::exists(const Existing& existing, bool resync, const Position& position, Names&) {
    for (auto& sink : sinks_)
        if (sink.has_picture == resync)
            put_now(sink, position,
                    [&](Renderer& renderer, const Position& at) { renderer.exists(existing, resync, at); });
}

void FanOut::sync(std::size_t namespaces, bool resync, const Position& position) {
    for (auto& sink : sinks_) {
        if (sink.has_picture != resync) continue;
        put_now(sink, position,
                [&](Renderer& renderer, const Position& at) { renderer.sync(namespaces, resync, at); });
        sink.has_picture = true;
    }
}

void FanOut::loss(std::span<const Loss> losses, const Position& position) {
    for (auto& sink : sinks_) {
        for (const auto& loss : losses) note_loss(sink, loss);
        tell_losses(sink, position);
    }
}

/// To each output its own totals: of what came since it began, as far as its own filter and queue let it through.
void FanOut::end(Sink& sink, const Totals& totals, const Position& position) {
    const auto& before = sink.before;
    const Totals own{.produced = totals.produced - before.produced,
                     .delivered = totals.delivered - before.delivered - sink.filtered - sink.lost,
                     .filtered = totals.filtered - before.filtered + sink.filtered,
                     .lost = totals.lost - before.lost + sink.lost};
    if (sink.has_untold) tell_losses(sink, position, true);
    begin_record();
    put(sink, position, std::nullopt, true,
        [&](Renderer& renderer, const Position& at) { renderer.end(own, at); });
}

void FanOut::end(const Totals& totals, const Position& position) {
    for (auto& sink : sinks_) end(sink, totals, position);
}

/// Who reads standard output may end all of it by going away, as in a pipe to head(1).
Result<void> FanOut::flush() {
    for (auto& sink : sinks_) {
        sink.queue->flush();
        if (sink.spec.kind != OutputSpec::Kind::standard_output) continue;
        if (const auto trouble = sink.queue->trouble(); trouble && trouble->error_number == EPIPE)
            return Failure(*trouble);
    }
    return {};
}

void FanOut::reopen() {
    for (auto& sink : sinks_) sink.queue->reopen();
}

std::list<FanOut::Sink>::iterator FanOut::find(std::list<Sink>& sinks, const OutputSpec& spec) {
    return std::ranges::find_if(
        sinks, [&](const Sink& sink) { return sink.spec.kind == spec.kind && sink.spec.path == spec.path; });
}

std::vector<bool> FanOut::which_go_on(const std::vector<OutputSpec>& specs) const {
    std::vector<bool> which;
    std::vector<const Sink*> taken; // of two outputs to the same place each has its own
    for (const auto& spec : specs) {
        const auto found = std::ranges::find_if(sinks_, [&](const Sink& sink) {
            return sink.spec.kind == spec.kind && sink.spec.path == spec.path &&
                   std::ranges::find(taken, &sink) == taken.end();
        });
        if (found != sinks_.end()) taken.push_back(&*found);
        which.push_back(found != sinks_.end() && found->spec.file == spec.file);
    }
    return which;
}

void FanOut::stage(std::vector<Output> outputs) { staged_ = std::move(outputs); }

/// The outputs that are left in sinks_ are no more: they write what they have, until the next reload at the latest.
void FanOut::let_go(const Totals& so_far, const Position& position) {
    for (auto sink = leaving_.begin(); sink != leaving_.end();) {
        sink->queue->give_up();
        if (!sink->queue->has_ended()) {
            ++sink;
            continue;
        }
        lost_ += sink->lost;
        if (auto left = left_of(*sink); left.records > 0) left_.push_back(std::move(left));
        sink = leaving_.erase(sink);
    }
    for (auto& sink : sinks_) {
        end(sink, so_far, position);
        sink.queue->begin_to_end();
    }
    leaving_.splice(leaving_.end(), sinks_);
}

void FanOut::reload(const StartInfo& start, const Totals& so_far, const Position& position) {
    const std::scoped_lock lock(mutex_);
    std::list<Sink> sinks;
    if (staged_)
        for (auto& output : *staged_) {
            const auto same = find(sinks_, output.spec);
            if (same == sinks_.end()) {
                open(sinks.emplace_back(), std::move(output));
                sinks.back().before = so_far;
                continue;
            }
            if (output.target) same->queue->retarget(std::move(output.target));
            same->queue->resize(output.spec.queue_bytes);
            same->spec = std::move(output.spec);
            sinks.splice(sinks.end(), sinks_, same);
        }
    else
        sinks.splice(sinks.end(), sinks_);
    staged_.reset();
    let_go(so_far, position);
    sinks_.splice(sinks_.end(), sinks);
    for (auto& sink : sinks_)
        put_now(sink, position, [&](Renderer& renderer, const Position& at) {
            sink.seq == 0 ? renderer.start(start, at) : renderer.reload(start, at);
        });
}

FanOut::Left FanOut::left_of(Sink& sink) {
    auto rest = sink.queue->finish(patience);
    return {sink.spec.text, rest.events, rest.records, std::move(rest.error)};
}

std::vector<FanOut::Left> FanOut::drain() {
    for (auto& sink : sinks_) sink.queue->begin_to_end(); // all at a time
    for (auto* sinks : {&leaving_, &sinks_})
        for (auto& sink : *sinks)
            if (auto left = left_of(sink); left.records > 0) left_.push_back(std::move(left));
    return std::exchange(left_, {});
}

std::vector<FanOut::OutputState> FanOut::states() const {
    const std::scoped_lock lock(mutex_);
    std::vector<OutputState> states;
    for (const auto& sink : sinks_) states.push_back({sink.spec.text, sink.queue->state(), sink.lost});
    return states;
}

std::uint64_t FanOut::lost() const {
    std::uint64_t lost = lost_;
    for (const auto* sinks : {&leaving_, &sinks_})
        for (const auto& sink : *sinks) lost += sink.lost;
    return lost;
}

} // namespace nsscope
