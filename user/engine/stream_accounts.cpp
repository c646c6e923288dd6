#include "engine/stream_accounts.hpp"

namespace nsscope {

void StreamAccounts::unwanted(EventType type) {
    const auto index = static_cast<std::size_t>(type);
    if (index < event_type_count) ++unwanted_[index];
}

void StreamAccounts::unjudged(EventType type) {
    for (auto& loss : losses_)
        if (loss.event == type && loss.cause == LossCause::filter_error) {
            ++loss.count;
            return;
        }
    losses_.push_back({type, LossCause::filter_error, 1});
}

bool StreamAccounts::take(const Counters& counters) {
    bool has_lost = false;
    for (std::size_t index = 0; index < event_type_count; index++) {
        const auto type = static_cast<EventType>(index);
        auto& filtered = is_wanted(type) ? totals_.filtered : unwanted_[index];
        filtered += counters.filtered[index] - reported_.filtered[index];
        for (std::size_t cause = 0; cause < loss_cause_count; cause++) {
            const auto count = counters.lost[cause][index] - reported_.lost[cause][index];
            if (count == 0) continue;
            has_lost = true;
            if (is_wanted(type))
                losses_.push_back({type, static_cast<LossCause>(cause), count});
            else
                unwanted_[index] += count;
        }
    }
    reported_ = counters;
    return has_lost;
}

void StreamAccounts::losses_told() {
    for (const auto& loss : losses_) totals_.lost += loss.count;
    losses_.clear();
}

Totals StreamAccounts::so_far() const {
    auto totals = totals_;
    totals.produced = totals.delivered + totals.filtered + totals.lost;
    return totals;
}

Totals StreamAccounts::final() const {
    auto totals = totals_;
    for (std::size_t index = 0; index < event_type_count; index++)
        if ((ever_wanted_ & mask_of(static_cast<EventType>(index))) != 0)
            totals.produced += reported_.produced[index] - unwanted_[index];
    return totals;
}

} // namespace nsscope
