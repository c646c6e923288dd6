#pragma once

#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "engine/event_sink.hpp"
#include "engine/sweep_plan.hpp"
#include "events/decode.hpp"
#include "events/event_source.hpp"
#include "filter/filter.hpp"

namespace nsscope {

struct StreamOptions {
    std::optional<std::uint64_t> count;       ///< end after so many events
    std::optional<std::uint64_t> duration_ns; ///< end after this time
    std::string cgroup;                       ///< only events of tasks in or below this path; empty: all
    std::optional<Filter> filter;             ///< only events that it matches
};

/// Takes what a source has to say and makes the stream out of it: numbers the records, gives names to what they
/// refer to, looks after what the kernel does not tell, and keeps the accounts.
class EventStream {
  public:
    /// The source, sink and names are the caller's and outlive the stream.
    EventStream(EventSource& source, EventSink& sink, Names& names, const StreamOptions& options)
        : source_(source), sink_(sink), names_(names), options_(options) {}

    /// Runs from `start` to `end`: until `stop_fd` becomes readable, the count or the time is reached, or the sink
    /// fails. The totals are those that `end` tells.
    [[nodiscard]] Result<Totals> run(const StartInfo& start, int stop_fd);

  private:
    [[nodiscard]] Position next_position(std::uint64_t mono_ns);
    void on_record(std::span<const std::byte> bytes);
    [[nodiscard]] bool is_wanted(const Event& event);
    [[nodiscard]] Result<std::size_t> pass_on();
    void report_losses(const Counters& counters);
    [[nodiscard]] bool is_full() const { return options_.count && totals_.delivered >= *options_.count; }
    void sweep_if_due();
    [[nodiscard]] int wait_ms(std::optional<std::uint64_t> deadline) const;

    EventSource& source_;
    EventSink& sink_;
    Names& names_;
    StreamOptions options_;

    Event event_;
    SweepPlan sweeps_;
    Totals totals_;
    Counters reported_; // losses that the stream has told of
    std::uint64_t seq_ = 0;
    std::int64_t clock_offset_ = 0; // CLOCK_REALTIME - CLOCK_MONOTONIC
    std::optional<Error> broken_;
};

} // namespace nsscope
