#include "scan/tally.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nsscope {

void Tally::add(pid_t pid) {
    if (pid == last_) return;
    last_ = pid;
    ++count_;
    remember(pid);
}

void Tally::merge(const Tally& others) {
    count_ += others.count_;
    for (const auto pid : others.lowest_) remember(pid);
}

void Tally::remember(pid_t pid) {
    constexpr std::size_t shown = 3;
    lowest_.insert(std::upper_bound(lowest_.begin(), lowest_.end(), pid), pid);
    if (lowest_.size() > shown) lowest_.pop_back();
}

void Tally::report(std::vector<Issue>& issues, std::string what, std::string_view why,
                   std::string_view hint) const {
    if (count_ == 0) return;
    const auto rest = count_ - lowest_.size();
    auto text = fmt::format("{} (pid {}{}){}", why, fmt::join(lowest_, ", "),
                            rest == 0 ? std::string() : fmt::format(" and {} more", rest), hint);
    issues.push_back({std::move(what), count_, std::move(text)});
}

} // namespace nsscope
