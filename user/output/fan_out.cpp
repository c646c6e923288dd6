#include "output/fan_out.hpp"

#include <cerrno>
#include <chrono>

#include "engine/event_fields.hpp"

namespace nsscope {
namespace {

constexpr std::chrono::seconds patience{5};

} // namespace

FanOut::FanOut(std::vector<Output> outputs) {
    for (std::size_t i = 0; i < rendered_.size(); ++i)
        rendered_[i].renderer = make_renderer(static_cast<RecordFormat>(i), rendered_[i].text);
    for (auto& output : outputs) {
        auto& sink = sinks_.emplace_back();
        sink.queue = std::make_unique<SinkQueue>(std::move(output.target), output.spec.queue_bytes);
        sink.spec = std::move(output.spec);
    }
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

template <typename Render>
void FanOut::put_to_all(const Position& position, bool must, Render render) {
    for (auto& sink : sinks_) {
        if (sink.has_untold) tell_losses(sink, position);
        begin_record();
        put(sink, position, std::nullopt, must, render);
    }
}

void FanOut::start(const StartInfo& start, const Position& position) {
    put_to_all(position, true, [&](Renderer& renderer, const Position& at) { renderer.start(start, at); });
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

void FanOut::exists(const Existing& existing, bool resync, const Position& position, Names&) {
    put_to_all(position, true,
               [&](Renderer& renderer, const Position& at) { renderer.exists(existing, resync, at); });
}

void FanOut::sync(std::size_t namespaces, bool resync, const Position& position) {
    put_to_all(position, true,
               [&](Renderer& renderer, const Position& at) { renderer.sync(namespaces, resync, at); });
}

void FanOut::loss(std::span<const Loss> losses, const Position& position) {
    for (auto& sink : sinks_) {
        for (const auto& loss : losses) note_loss(sink, loss);
        tell_losses(sink, position);
    }
}

/// To each output its own totals.
void FanOut::end(const Totals& totals, const Position& position) {
    for (auto& sink : sinks_) {
        const Totals own{.produced = totals.produced,
                         .delivered = totals.delivered - sink.filtered - sink.lost,
                         .filtered = totals.filtered + sink.filtered,
                         .lost = totals.lost + sink.lost};
        if (sink.has_untold) tell_losses(sink, position, true);
        begin_record();
        put(sink, position, std::nullopt, true,
            [&](Renderer& renderer, const Position& at) { renderer.end(own, at); });
    }
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

std::vector<FanOut::Left> FanOut::drain() {
    std::vector<Left> left;
    for (auto& sink : sinks_) {
        auto rest = sink.queue->finish(patience);
        if (rest.records > 0) left.push_back({sink.spec.text, rest.events, std::move(rest.error)});
    }
    return left;
}

std::vector<FanOut::OutputState> FanOut::states() const {
    std::vector<OutputState> states;
    for (const auto& sink : sinks_) states.push_back({sink.spec.text, sink.queue->state(), sink.lost});
    return states;
}

std::uint64_t FanOut::lost() const {
    std::uint64_t lost = 0;
    for (const auto& sink : sinks_) lost += sink.lost;
    return lost;
}

} // namespace nsscope
