#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "engine/live.hpp"
#include "model/graph.hpp"
#include "recording/recording.hpp"
#include "recording/sample.hpp"

namespace nsscope {

/// The machine of a recording as it was at any of its moments. Going on costs what happened meanwhile; going back, or far
/// ahead, begins at a scan before, of which there is one every few seconds.
class Player {
  public:
    /// Past events that are kept.
    static constexpr std::size_t keep = 8192;

    /// Stands at the beginning. The recording is the caller's and outlives this.
    explicit Player(const Recording& recording);

    /// To this moment, or as near as the recording has it.
    void go_to(std::uint64_t mono_ns);
    [[nodiscard]] std::uint64_t now() const { return now_; }
    /// When the next event after now() happened; nullopt: none does.
    [[nodiscard]] std::optional<std::uint64_t> next_event();

    [[nodiscard]] Scan scan() const { return graph_.scan(); }
    /// What was used, as of the last sample; it may speak of processes that have ended.
    [[nodiscard]] const Sample& sample() const { return sample_; }
    [[nodiscard]] const LiveCounts& counts() const { return counts_; }
    /// Events up to now, the last ones. Their numbers have no gaps.
    [[nodiscard]] const std::deque<PastEvent>& past() const { return past_; }
    /// What could not be read, while playing or when the recording was opened.
    [[nodiscard]] std::optional<Damage> damage() const {
        return frames_.damage() ? frames_.damage() : recording_.damage();
    }

  private:
    void begin_at(const Recording::Key& key);
    void advance(std::uint64_t mono_ns);
    void apply(const Frame& frame);
    void take_event(const Frame& frame);

    const Recording& recording_;
    FrameReader frames_;
    std::optional<Frame> waiting_; ///< read, and still to come
    std::uint64_t now_ = 0;
    Graph graph_;
    Sample sample_;
    LiveCounts counts_;
    std::uint64_t seq_ = 0;
    std::deque<PastEvent> past_;
    Names names_;
};

} // namespace nsscope
