#include "events/record_order.hpp"

#include <algorithm>
#include <cstring>

#include "event.h"

namespace nsscope {

void RecordOrder::add(std::span<const std::byte> record) {
    std::uint64_t mono_ns =
        records_.empty() ? 0 : records_.back().mono_ns; // decode() says what is wrong with it
    if (record.size() >= sizeof(nsscope_header))
        std::memcpy(&mono_ns, record.data() + offsetof(nsscope_header, mono_ns), sizeof mono_ns);
    if (!records_.empty() && mono_ns < records_.back().mono_ns) is_sorted_ = false;
    records_.push_back({mono_ns, bytes_.size(), record.size()});
    bytes_.insert(bytes_.end(), record.begin(), record.end());
}

std::size_t RecordOrder::ready(bool all) {
    if (!is_sorted_) std::ranges::stable_sort(records_, {}, &Kept::mono_ns);
    is_sorted_ = true;
    if (all || records_.empty()) return records_.size();
    const auto latest = records_.back().mono_ns;
    const auto since = latest - std::min(latest, window_ns);
    const auto first = std::ranges::upper_bound(records_, since, {}, &Kept::mono_ns);
    const auto count = static_cast<std::size_t>(first - records_.begin());
    return records_.size() - count > most ? records_.size() - most : count;
}

void RecordOrder::drop(std::size_t count) {
    constexpr std::size_t usual = 1U << 20; // bytes of memory that are worth keeping
    spare_.clear();
    for (std::size_t i = count; i < records_.size(); ++i) {
        auto& kept = records_[i];
        const auto begin = bytes_.begin() + static_cast<std::ptrdiff_t>(kept.begin);
        kept.begin = spare_.size();
        spare_.insert(spare_.end(), begin, begin + static_cast<std::ptrdiff_t>(kept.size));
    }
    records_.erase(records_.begin(), records_.begin() + static_cast<std::ptrdiff_t>(count));
    bytes_.swap(spare_);
    if (records_.empty() && bytes_.capacity() > usual) {
        std::vector<std::byte>().swap(bytes_);
        std::vector<std::byte>().swap(spare_);
    }
}

} // namespace nsscope
