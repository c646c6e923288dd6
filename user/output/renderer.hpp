#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "events/record.hpp"

namespace nsscope {

/// Writes records of the stream as text: each call appends one, without a newline, to the string that the renderer
/// was made for, which outlives it.
class Renderer {
  public:
    Renderer() = default;
    Renderer(const Renderer&) = delete;
    Renderer& operator=(const Renderer&) = delete;
    virtual ~Renderer() = default;

    virtual void start(const StartInfo& start, const Position& position) = 0;
    virtual void reload(const StartInfo& start, const Position& position) = 0;
    virtual void event(const Event& event, const Position& position, Names& names) = 0;
    virtual void exists(const Existing& existing, bool resync, const Position& position) = 0;
    virtual void sync(std::size_t namespaces, bool resync, const Position& position) = 0;
    virtual void loss(std::span<const Loss> losses, const Position& position) = 0;
    virtual void end(const Totals& totals, const Position& position) = 0;
};

enum class RecordFormat : std::uint8_t {
    json, ///< one object (docs/events.md)
    text, ///< a line for people, safe for a terminal
};

[[nodiscard]] std::unique_ptr<Renderer> make_renderer(RecordFormat format, std::string& out);

} // namespace nsscope
