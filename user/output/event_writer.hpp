#pragma once

#include <string>

#include "base/json.hpp"
#include "engine/event_sink.hpp"
#include "output/background_writer.hpp"

namespace nsscope {

/// The stream as NDJSON (docs/events.md): one object a line.
class JsonEventWriter : public EventSink {
  public:
    JsonEventWriter(int fd, int stop_fd) : writer_(fd, stop_fd), json_(buffer_) {}

    void start(const StartInfo& start, const Position& position) override;
    void event(const Event& event, const Position& position, Names& names) override;
    void loss(std::span<const Loss> losses, const Position& position) override;
    void end(const Totals& totals, const Position& position) override;
    [[nodiscard]] Result<void> flush() override;
    [[nodiscard]] Result<void> finish() override;

  private:
    BackgroundWriter writer_;
    std::string buffer_;
    JsonWriter json_;
};

/// The stream as lines for people; what is no event goes there, too.
class TextEventWriter : public EventSink {
  public:
    TextEventWriter(int fd, int stop_fd) : writer_(fd, stop_fd) {}

    void start(const StartInfo& start, const Position& position) override;
    void event(const Event& event, const Position& position, Names& names) override;
    void loss(std::span<const Loss> losses, const Position& position) override;
    void end(const Totals& totals, const Position& position) override;
    [[nodiscard]] Result<void> flush() override;
    [[nodiscard]] Result<void> finish() override;

  private:
    BackgroundWriter writer_;
    std::string buffer_;
};

} // namespace nsscope
