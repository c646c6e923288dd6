#pragma once

#include <cstdint>
#include <string>

#include "base/unique_fd.hpp"
#include "events/event_source.hpp"
#include "recording/recording.hpp"

namespace nsscope {

/// Which of the recorded events to tell again, as the kernel does it for those that happen.
struct ReplayFilter {
    EventMask events = 0;
    std::uint32_t ns_types = 0; ///< bit 1 << NsType; 0: all
    std::uint32_t pid = 0;      ///< only of this process; 0: of all
    std::string comm{};         ///< only of processes of this name; empty: of all
};

/// A recording as a source of events: all that was recorded, as fast as it is read.
class ReplaySource : public EventSource {
  public:
    /// The recording is the caller's and outlives this.
    ReplaySource(const Recording& recording, ReplayFilter filter);

    [[nodiscard]] int fd() const override { return ready_.get(); }
    void start() override {}
    std::size_t read(std::size_t most, const Sink& sink) override;
    void ask_wakeup() override {}
    void forgo_wakeup() override {}
    [[nodiscard]] bool take_dirty() override { return false; }
    std::uint64_t sweep(bool /*census*/) override { return 0; }
    void stop() override { ended_ = true; }
    [[nodiscard]] Counters counters() const override { return counters_; }
    [[nodiscard]] bool has_ended() const override { return ended_; }
    [[nodiscard]] std::uint64_t now() const override { return now_; }
    [[nodiscard]] std::int64_t clock_offset() const override { return recording_.start().clock_offset; }

    /// What could not be read.
    [[nodiscard]] std::optional<Damage> damage() const {
        return frames_.damage() ? frames_.damage() : recording_.damage();
    }

  private:
    [[nodiscard]] bool is_wanted(const Event& event) const;

    const Recording& recording_;
    FrameReader frames_;
    ReplayFilter filter_;
    UniqueFd ready_; ///< an eventfd: there is always something to do
    Counters counters_;
    std::uint64_t now_;
    bool ended_ = false;
};

} // namespace nsscope
