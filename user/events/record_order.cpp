#include "events/record_order.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "event.h"

namespace nsscope {

void RecordOrder::add(std::span<const std::byte> record) {
    const auto first = records_.begin() + static_cast<std::ptrdiff_t>(told_);
    std::uint64_t mono_ns =
        first == records_.end() ? 0 : records_.back().mono_ns; // decode() says what is wrong with it
    if (record.size() >= sizeof(nsscope_header))
        std::memcpy(&mono_ns, record.data() + offsetof(nsscope_header, mono_ns), sizeof mono_ns);
    if (first != records_.end() && mono_ns < records_.back().mono_ns) is_sorted_ = false;
    records_.push_back({mono_ns, bytes_.size(), record.size()});
    bytes_.insert(bytes_.end(), record.begin(), record.end());
}

void RecordOrder::sort() {
    const auto is_before = [](const Kept& a, const Kept& b) { return a.mono_ns < b.mono_ns; };
    const auto first = records_.begin() + static_cast<std::ptrdiff_t>(told_);
    const auto fresh = records_.begin() + static_cast<std::ptrdiff_t>(std::max(sorted_, told_));
    if (!is_sorted_) {
        std::stable_sort(fresh, records_.end(), is_before);
        // of those before, only the last are later than any of these
        std::inplace_merge(std::upper_bound(first, fresh, *fresh, is_before), fresh, records_.end(),
                           is_before);
    }
    sorted_ = records_.size();
    is_sorted_ = true;
}

std::size_t RecordOrder::ready(bool all) {
    sort();
    if (all || waiting() == 0) return waiting();
    const auto first = records_.begin() + static_cast<std::ptrdiff_t>(told_);
    const auto latest = records_.back().mono_ns;
    const auto since = latest - std::min(latest, window_ns);
    const auto later = std::upper_bound(first, records_.end(), since,
                                        [](std::uint64_t at, const Kept& kept) { return at < kept.mono_ns; });
    return std::max(static_cast<std::size_t>(later - first), waiting() - std::min(waiting(), most));
}

void RecordOrder::drop(std::size_t count) {
    constexpr std::size_t usual = 1U << 20; // bytes of memory that are worth keeping
    constexpr std::size_t many = 4096;      // are worth moving those that wait
    told_ += count;
    if (waiting() == 0) {
        records_.clear();
        bytes_.clear();
        told_ = sorted_ = 0;
        if (bytes_.capacity() <= usual) return;
        std::vector<std::byte>().swap(bytes_);
        std::vector<std::byte>().swap(spare_);
        return;
    }
    if (told_ < many) return;
    spare_.clear();
    records_.erase(records_.begin(), records_.begin() + static_cast<std::ptrdiff_t>(told_));
    told_ = 0;
    sorted_ = records_.size();
    for (auto& kept : records_) {
        const auto begin = bytes_.begin() + static_cast<std::ptrdiff_t>(kept.begin);
        kept.begin = spare_.size();
        spare_.insert(spare_.end(), begin, begin + static_cast<std::ptrdiff_t>(kept.size));
    }
    bytes_.swap(spare_);
}

} // namespace nsscope
