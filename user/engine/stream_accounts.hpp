#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "events/event.hpp"
#include "events/record.hpp"

namespace nsscope {

/// What became of the events of a stream: each counts by what was asked for when it was accounted for, so that produced =
/// delivered + filtered + lost also where that changes on the way.
class StreamAccounts {
  public:
    explicit StreamAccounts(EventMask wanted) : wanted_(wanted), ever_wanted_(wanted) {}

    void want(EventMask wanted) {
        wanted_ = wanted;
        ever_wanted_ |= wanted;
    }
    [[nodiscard]] bool is_wanted(EventType type) const { return (wanted_ & mask_of(type)) != 0; }

    void delivered() { ++totals_.delivered; }
    void filtered() { ++totals_.filtered; }
    /// The kernel side sent it, and nobody asked for it.
    void unwanted(EventType type);
    /// The kernel side knows nothing of it.
    void made_here() { ++totals_.produced; }
    /// Whether it was wanted cannot be told: neither delivered nor filtered, it is lost.
    void unjudged(EventType type);

    /// Takes in what the kernel side has filtered and lost since the last time. True: it has lost something.
    bool take(const Counters& counters);
    /// What was lost and not told yet, and tell_losses() after it is.
    [[nodiscard]] std::span<const Loss> losses() const { return losses_; }
    void losses_told();

    [[nodiscard]] const Totals& totals() const { return totals_; }
    /// Of what has come so far, whatever is still in the ring.
    [[nodiscard]] Totals so_far() const;
    /// At the end, with the counters that were taken last.
    [[nodiscard]] Totals final() const;

  private:
    EventMask wanted_, ever_wanted_;
    Totals totals_;     ///< .produced: of what the kernel side knows nothing of
    Counters reported_; ///< as they were when the stream looked last
    std::array<std::uint64_t, event_type_count> unwanted_{}; ///< came when they were not asked for
    std::vector<Loss> losses_;                               ///< that are still to be told
};

} // namespace nsscope
