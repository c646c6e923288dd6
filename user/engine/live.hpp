#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "engine/event_sink.hpp"
#include "events/event_source.hpp"
#include "model/graph.hpp"

namespace nsscope {

/// An event that has happened, with what it referred to; owns all that it says.
struct PastEvent {
    PastEvent(const Event& event, const Position& position, Names& names);
    PastEvent(const PastEvent& other);
    PastEvent& operator=(const PastEvent& other);
    ~PastEvent() = default;

    Position position;
    Event event;      ///< its views point into `comms`
    std::string text; ///< the line of `events --format text`, safe for a terminal

  private:
    void repoint();
    std::array<std::array<char, 16>, 2> comms{};
};

/// What has happened since the beginning.
struct LiveCounts {
    std::array<std::uint64_t, event_type_count> events{}; ///< that came through, by type
    std::uint64_t lost = 0;                               ///< that did not, whatever the cause
    std::uint64_t created = 0, destroyed = 0;             ///< namespaces
    std::uint64_t rescans = 0; ///< the graph was made anew, after a loss or when asked to
};

/// The machine as it is, at any time: a graph that is scanned once and then kept up to date by events, in threads of its
/// own, so that whoever looks never holds back who records. After a loss, and from time to time, it is scanned anew; what
/// happens meanwhile waits in the source's ring, and is told on top of what the scan has seen. All functions but
/// start() may be called from any thread.
class Live {
  public:
    using Scanner = std::function<Result<Scan>()>;
    struct Setup {
        std::unique_ptr<EventSource>
            source;                  ///< of at least graph_events; nullptr: nothing but scans is to be had
        Scanner scan;                ///< called in a thread of its own
        Names::CgroupLookup cgroups; ///< the same
        Names::RuleLookup rules;     ///< the same; may be empty
        StartInfo start;
        std::function<void()> begin; ///< called first in the thread that follows the events; may be empty
        std::function<void(bool)> hurry{};              ///< see StreamOptions; may be empty
        std::size_t keep = 4096;                        ///< past events
        std::uint64_t rescan_every_ns = 10'000'000'000; ///< for what no event tells; at least 1 ms
    };

    explicit Live(Setup setup);
    /// Ends the thread.
    ~Live();
    Live(const Live&) = delete;
    Live& operator=(const Live&) = delete;

    /// Begins; returns when the first scan is in. Fails with the scan's error.
    [[nodiscard]] Result<void> start();

    [[nodiscard]] const StartInfo& info() const { return setup_.start; }
    /// The graph as a scan, to be given to build_snapshot(). The lock is held for the time of a copy.
    [[nodiscard]] Scan scan() const;
    [[nodiscard]] LiveCounts counts() const;
    /// Grows with everything that changes the graph: as long as it stays, so does the picture.
    [[nodiscard]] std::uint64_t version() const;
    /// Events whose `seq` is greater than `seq`, as far as they are kept, at most `most` of the latest.
    [[nodiscard]] std::vector<PastEvent> events_after(std::uint64_t seq, std::size_t most) const;
    /// Scans again as soon as may be.
    void rescan();
    /// Why there are no more events, if the stream has broken off.
    [[nodiscard]] std::optional<Error> broken() const;

  private:
    class Sink;
    void follow();
    void keep_scanning();
    void take_scan();

    Setup setup_;
    UniqueFd stop_; ///< an eventfd, for follow()

    std::mutex
        feeding_; ///< held while the graph is told of an event, and for all of a scan; taken before mutex_

    mutable std::mutex mutex_; ///< of what follows
    std::condition_variable changed_;
    Graph graph_;
    LiveCounts counts_;
    std::deque<PastEvent> past_;
    std::uint64_t version_ = 0;
    bool wants_scan_ = false;
    bool has_begun_ = false; ///< events are on, or there are none to be had
    bool is_ready_ = false;
    bool ends_ = false;
    std::optional<Error> broken_;

    std::thread follower_, scanner_;
};

} // namespace nsscope
