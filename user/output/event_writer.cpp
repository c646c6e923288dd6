#include "output/event_writer.hpp"

namespace nsscope {

void EventWriter::start(const StartInfo& start, const Position& position) {
    renderer_->start(start, position);
    buffer_ += '\n';
}

void EventWriter::event(const Event& event, const Position& position, Names& names) {
    renderer_->event(event, position, names);
    buffer_ += '\n';
}

void EventWriter::exists(const Existing& existing, bool resync, const Position& position, Names&) {
    renderer_->exists(existing, resync, position);
    buffer_ += '\n';
}

void EventWriter::sync(std::size_t namespaces, bool resync, const Position& position) {
    renderer_->sync(namespaces, resync, position);
    buffer_ += '\n';
}

void EventWriter::loss(std::span<const Loss> losses, const Position& position) {
    renderer_->loss(losses, position);
    buffer_ += '\n';
}

void EventWriter::end(const Totals& totals, const Position& position) {
    renderer_->end(totals, position);
    buffer_ += '\n';
}

Result<void> EventWriter::flush() { return writer_.write(buffer_); }

Result<void> EventWriter::finish() { return writer_.finish(buffer_); }

} // namespace nsscope
