#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "events/event.hpp"

namespace nsscope {

/// A record as text, without the newline, and what kind of event it tells.
struct RecordText {
    std::string_view text;
    std::optional<EventType> type; ///< nullopt: start, sync, loss and the like
};

/// Where an output's records end up. Called in the output's own thread, which may wait here: nobody else does.
class RecordTarget {
  public:
    RecordTarget() = default;
    RecordTarget(const RecordTarget&) = delete;
    RecordTarget& operator=(const RecordTarget&) = delete;
    virtual ~RecordTarget() = default;

    struct Written {
        std::size_t count = 0;        ///< of the records, from the first on, that need not be given again
        std::optional<Error> error{}; ///< why not all; the rest is given again, a while later
    };
    [[nodiscard]] virtual Written write(std::span<const RecordText> records) = 0;
    /// Opens anew what has a name: it may be another one's by now (SIGHUP).
    virtual void reopen() {}
    /// Nothing more will come.
    virtual void close() {}
};

} // namespace nsscope
