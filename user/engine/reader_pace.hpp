#pragma once

#include <cstdint>
#include <functional>

namespace nsscope {

/// How a thread that reads events shares the processor with those that it reads of: when it naps, rests and hurries. Times
/// are CLOCK_MONOTONIC, ns.
class ReaderPace {
  public:
    /// Who has found nothing looks once more after so many ms, before it asks to be woken. Where much happens that is
    /// cheaper for both sides: a wake-up costs more than a record.
    static constexpr int nap_ms = 3;

    /// `hurry`: StreamOptions::hurry.
    explicit ReaderPace(std::function<void(bool)> hurry);

    /// There was something to read. `fills_up`: EventSource::is_filling_up().
    void found(std::uint64_t now, bool fills_up);
    /// There was nothing to read: does it nap now? Else it is to ask to be woken.
    [[nodiscard]] bool naps(std::uint64_t now);
    /// Before it asks to be woken: it hurries no more.
    void take_time();
    /// Rests for a moment when it has run for long.
    void rest_if_due();

  private:
    std::function<void(bool)> hurry_;
    std::uint64_t hurry_until_ = 0; ///< 0: it does not
    std::uint64_t rest_due_;        ///< ns of this thread's own time
    bool is_awake_ = false;         ///< there was something to read since it last napped
};

} // namespace nsscope
