#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "engine/event_sink.hpp"
#include "output/background_writer.hpp"
#include "output/renderer.hpp"

namespace nsscope {

/// The stream on one descriptor, a record a line: NDJSON (docs/events.md), or lines for people.
class EventWriter : public EventSink {
  public:
    /// See BackgroundWriter.
    EventWriter(RecordFormat format, int fd, int stop_fd, std::function<void(bool)> hurry = {})
        : writer_(fd, stop_fd, std::move(hurry)), renderer_(make_renderer(format, buffer_)) {}

    void start(const StartInfo& start, const Position& position) override;
    void event(const Event& event, const Position& position, Names& names) override;
    void exists(const Existing& existing, bool resync, const Position& position, Names& names) override;
    void sync(std::size_t namespaces, bool resync, const Position& position) override;
    void loss(std::span<const Loss> losses, const Position& position) override;
    void end(const Totals& totals, const Position& position) override;
    [[nodiscard]] Result<void> flush() override;
    [[nodiscard]] Result<void> finish() override;

  private:
    BackgroundWriter writer_;
    std::string buffer_;
    std::unique_ptr<Renderer> renderer_;
};

} // namespace nsscope
