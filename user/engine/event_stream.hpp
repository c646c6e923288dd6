#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/result.hpp"
#include "engine/cgroup_sieve.hpp"
#include "engine/container_book.hpp"
#include "engine/event_filter.hpp"
#include "engine/event_sink.hpp"
#include "engine/following.hpp"
#include "engine/stream_accounts.hpp"
#include "engine/stream_stats.hpp"
#include "engine/sweep_plan.hpp"
#include "events/decode.hpp"
#include "events/event_source.hpp"
#include "events/record_order.hpp"

namespace nsscope {

struct StreamOptions {
    std::optional<std::uint64_t> count{};       ///< end after so many events
    std::optional<std::uint64_t> duration_ns{}; ///< end after this time
    EventFilter filter{};                       ///< which events are wanted
    /// How to scan: the stream then says first what exists, and after a loss what is different. Not empty: the source
    /// has all graph_events, of all tasks and namespaces.
    Following::Scanner scan{};
    ContainerBook* containers = nullptr; ///< kept up to date, and container.* told; the caller's
    StreamStats* stats = nullptr;        ///< kept up to date; the caller's
    int hangup_fd =
        -1; ///< a signalfd(2): readable when the sink is to open anew what it has open, and to reload
    /// What the stream is to be of from now on.
    struct Change {
        EventFilter filter;
        StartInfo start;
    };
    /// Called when hangup_fd is readable; nullopt: what it is of now. May be empty.
    std::function<std::optional<Change>()> reload{};
    std::function<void()> beat{}; ///< called at least every beat_ns, while all goes well
    std::uint64_t beat_ns = 0;    ///< 0: never
    /// Called in the thread that reads: with true when the source fills up, with false when it has not for a while and
    /// before the stream waits to be woken. May be empty.
    std::function<void(bool)> hurry{};
    std::uint64_t rescan_pace_ns = 1'000'000'000; ///< not before this time after the last scan
};

/// Takes what a source has to say and makes the stream out of it: puts the records in order and numbers them, gives names
/// to what they refer to, looks after what the kernel does not tell, and keeps the accounts.
class EventStream {
  public:
    /// The source, sink and names are the caller's and outlive the stream.
    EventStream(EventSource& source, EventSink& sink, Names& names, const StreamOptions& options);

    /// Runs from `start` to `end`: until `stop_fd` becomes readable, the count or the time is reached, or the sink
    /// fails. The totals are those that `end` tells.
    [[nodiscard]] Result<Totals> run(const StartInfo& start, int stop_fd);

  private:
    [[nodiscard]] Position position_at(std::uint64_t mono_ns);
    void on_record(std::span<const std::byte> bytes);
    void tell(const Event& event);
    void note_containers();
    void tell_container(EventType type, const ContainerBook::Running& container);
    [[nodiscard]] Result<std::size_t> pass_on();
    void report_losses(const Counters& counters);
    [[nodiscard]] bool is_full() const {
        return options_.count && accounts_.totals().delivered >= *options_.count;
    }
    void sweep_if_due();
    [[nodiscard]] Result<void> look_after_scans();
    [[nodiscard]] Result<void> take_scan();
    [[nodiscard]] Result<void> end_well();
    void hear_hangup();
    void reload();
    void count(const Event& event);
    void beat_if_due();
    [[nodiscard]] std::optional<std::uint64_t> next_scan() const;
    [[nodiscard]] int wait_ms(std::optional<std::uint64_t> deadline) const;

    EventSource& source_;
    EventSink& sink_;
    Names& names_;
    StreamOptions options_;

    Event event_;
    RecordOrder order_;
    SweepPlan sweeps_;
    CgroupSieve sieve_;
    StreamAccounts accounts_;
    std::optional<Following> following_; ///< with options_.scan
    bool wants_scan_ = false;            ///< something was lost since the last one began
    std::uint64_t next_beat_ = 0;
    std::uint64_t look_due_ = 0;  ///< at the counters; CLOCK_MONOTONIC, ns
    std::uint64_t read_ns_ = 0;   ///< CLOCK_MONOTONIC, when the ring was read last
    std::uint64_t last_scan_ = 0; ///< CLOCK_MONOTONIC, ns, when it ended
    std::uint64_t seq_ = 0;
    std::uint64_t last_mono_ns_ = 0; // of the latest record
    std::int64_t clock_offset_ = 0;  // CLOCK_REALTIME - CLOCK_MONOTONIC
    std::optional<Error> broken_;
};

} // namespace nsscope
