#pragma once

#include <span>

#include "base/result.hpp"
#include "events/existing.hpp"
#include "events/record.hpp"

namespace nsscope {

/// Where the stream goes. Calls come in the order of `seq`; what they leave in a buffer goes out with flush().
class EventSink {
  public:
    EventSink() = default;
    EventSink(const EventSink&) = delete;
    EventSink& operator=(const EventSink&) = delete;
    virtual ~EventSink() = default;

    virtual void start(const StartInfo& start, const Position& position) = 0;
    virtual void event(const Event& event, const Position& position, Names& names) = 0;
    /// A namespace that is there: of the picture that the stream begins with, or, with `resync`, because it is not as the
    /// stream had it before a loss.
    virtual void exists(const Existing& existing, bool resync, const Position& position, Names& names) = 0;
    /// With the records before, all that exists has been said: `namespaces` in number.
    virtual void sync(std::size_t namespaces, bool resync, const Position& position) = 0;
    virtual void loss(std::span<const Loss> losses, const Position& position) = 0;
    virtual void end(const Totals& totals, const Position& position) = 0;
    /// Opens anew what has a name (SIGHUP).
    virtual void reopen() {}
    /// From here on the stream is of what `start` says, which was another thing before; `so_far`: the totals of that.
    virtual void reload(const StartInfo& /*start*/, const Totals& /*so_far*/, const Position& /*position*/) {}
    /// An Error ends the stream; one with EPIPE means that the reader has gone away.
    [[nodiscard]] virtual Result<void> flush() = 0;
    /// Like flush(), and returns only when everything is out.
    [[nodiscard]] virtual Result<void> finish() { return flush(); }
};

} // namespace nsscope
