#include "output/event_writer.hpp"

namespace nsscope {
void JsonEventWriter::start(const StartInfo& start, const Position& position) {
    write_start_json(json_, start, position);
    buffer_ += '\n';
}

void JsonEventWriter::event(const Event& event, const Position& position, Names& names) {
    write_json(json_, event, position, names);
    buffer_ += '\n';
}

void JsonEventWriter::loss(std::span<const Loss> losses, const Position& position) {
    write_loss_json(json_, losses, position);
    buffer_ += '\n';
}

void JsonEventWriter::end(const Totals& totals, const Position& position) {
    write_end_json(json_, totals, position);
    buffer_ += '\n';
}

Result<void> JsonEventWriter::flush() { return writer_.write(buffer_); }

Result<void> JsonEventWriter::finish() { return writer_.finish(buffer_); }

void TextEventWriter::start(const StartInfo& start, const Position& position) {
    append_start_text(buffer_, start, position);
    buffer_ += '\n';
}

void TextEventWriter::event(const Event& event, const Position& position, Names& names) {
    append_text(buffer_, event, position, names);
    buffer_ += '\n';
}

void TextEventWriter::loss(std::span<const Loss> losses, const Position& position) {
    append_loss_text(buffer_, losses, position);
    buffer_ += '\n';
}

void TextEventWriter::end(const Totals& totals, const Position& position) {
    append_end_text(buffer_, totals, position);
    buffer_ += '\n';
}

Result<void> TextEventWriter::flush() { return writer_.write(buffer_); }

Result<void> TextEventWriter::finish() { return writer_.finish(buffer_); }

} // namespace nsscope
