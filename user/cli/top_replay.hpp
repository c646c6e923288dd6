#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "cli/top_look.hpp"
#include "presenter/look.hpp"
#include "recording/player.hpp"
#include "recording/recording.hpp"

namespace nsscope {

/// What `nsscope top --replay` shows: a recording, played at its own pace, paused, or at any of its moments. look() is for
/// one thread, the others may come from another.
class ReplayFeed : public tui::Feed, private ProcessFacts {
  public:
    /// The recording is the caller's and outlives this. `at`: where to begin, CLOCK_MONOTONIC of the recording.
    ReplayFeed(const Recording& recording, std::uint64_t at, bool paused);

    [[nodiscard]] Result<tui::Look> look(const tui::Wants& wants) override;

    /// Pauses, or plays on; from the end on, plays from the beginning.
    void toggle();
    /// So many seconds on, or back, and pauses no more or less than before.
    void seek(double seconds);
    /// To the next event, and pauses there.
    void step();
    /// To a time as parse_time() reads it; an error, to be shown.
    [[nodiscard]] Result<void> go_to(const std::string& time);

    /// So many seconds on, without waiting; false: this was the end already.
    [[nodiscard]] bool advance(double seconds);

    /// "PLAYING 00:12.3 of 01:00.0"
    [[nodiscard]] std::string status() const;

  private:
    [[nodiscard]] std::uint64_t time_now() const;
    void jump_to(std::uint64_t mono_ns);
    void complete(tui::Process& process, const ScannedTask& task) override;
    /// The machine as the player has it.
    [[nodiscard]] tui::Look look_there(const tui::Wants& wants);

    const Recording& recording_;
    Player player_;
    std::size_t next_process_ = 0; ///< of the sample: both lists are by pid
    std::uint64_t seq_ = 0;        ///< of the last event that was told

    mutable std::mutex mutex_; ///< of what follows
    bool playing_;
    bool jumped_ = true;       ///< what was shown before is not what came before
    std::uint64_t from_ns_;    ///< of the recording, at
    std::uint64_t from_clock_; ///< this time of the machine that plays it
    std::uint64_t steps_ = 0;  ///< to be done
};

} // namespace nsscope
