#include "scan/cgroup_sets.hpp"

namespace nsscope {

std::uint32_t CgroupSets::number_of(std::string_view text) {
    // Most tasks are where the one before was.
    if (!texts_.empty() && *texts_[last_] == text) return last_;
    const auto fresh = static_cast<std::uint32_t>(texts_.size());
    const auto [entry, is_new] = numbers_.try_emplace(std::string(text), fresh);
    if (is_new) texts_.push_back(&entry->first);
    last_ = entry->second;
    return last_;
}

std::vector<std::uint32_t> CgroupSets::merge(const CgroupSets& other) {
    std::vector<std::uint32_t> numbers;
    for (const auto* text : other.texts_) numbers.push_back(number_of(*text));
    return numbers;
}

std::vector<ScannedCgroups> CgroupSets::take() {
    std::vector<ScannedCgroups> all;
    for (const auto* text : texts_) all.push_back({0, *text});
    texts_.clear();
    numbers_.clear();
    return all;
}

} // namespace nsscope
