#include "scan/tally.hpp"

#include <fmt/format.h>

#include <utility>

namespace nsscope {

void Tally::add(pid_t pid) {
    constexpr std::size_t shown = 3;
    if (pid == last_) return;
    last_ = pid;
    ++count_;
    if (first_.size() < shown) first_.push_back(pid);
}

void Tally::report(std::vector<Issue>& issues, std::string what, std::string_view why,
                   std::string_view hint) const {
    if (count_ == 0) return;
    const auto rest = count_ - first_.size();
    auto text = fmt::format("{} (pid {}{}){}", why, fmt::join(first_, ", "),
                            rest == 0 ? std::string() : fmt::format(" and {} more", rest), hint);
    issues.push_back({std::move(what), count_, std::move(text)});
}

} // namespace nsscope
