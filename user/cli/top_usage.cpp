#include "cli/top_usage.hpp"

#include <algorithm>
#include <unistd.h>

namespace nsscope {
namespace {

/// So many looks from one reading of what a sleeping process has in memory to the next.
constexpr std::uint64_t turns = 32;

/// /proc tells starts in clock ticks, events and iterators in nanoseconds.
bool is_same_start(std::uint64_t a, std::uint64_t b, std::uint64_t tick_ns) {
    return a / tick_ns == b / tick_ns;
}

/// The next of a list by pid that has this pid, or nullptr; `at` goes along.
template <typename T>
const T* take(const std::vector<T>& list, std::size_t& at, pid_t pid) {
    while (at < list.size() && list[at].pid < pid) ++at;
    return at < list.size() && list[at].pid == pid ? &list[at] : nullptr;
}

} // namespace

UsageTracker::UsageTracker(const std::string& proc_root)
    : proc_(proc_root),
      tick_ns_(1'000'000'000U / static_cast<std::uint64_t>(std::max(::sysconf(_SC_CLK_TCK), 1L))),
      page_size_(static_cast<std::uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 1L))) {}

void UsageTracker::look() {
    if (!std::exchange(has_tried_, true))
        if (auto kernel = TaskUsage::open()) kernel_ = std::move(*kernel);
    runtimes_.clear();
    if (kernel_ != nullptr)
        if (auto read = kernel_->read()) runtimes_ = std::move(*read);
    last_ = std::exchange(now_, {});
    now_.reserve(last_.size());
    next_runtime_ = next_last_ = 0;
    ++looks_;
}

void UsageTracker::complete(tui::Process& process) {
    const auto* runtime = take(runtimes_, next_runtime_, process.pid);
    if (runtime != nullptr && !is_same_start(runtime->start_ns, process.start_ns, tick_ns_))
        runtime = nullptr;
    const auto* last = take(last_, next_last_, process.pid);
    if (last != nullptr && !is_same_start(last->start_ns, process.start_ns, tick_ns_)) last = nullptr;
    if (runtime != nullptr && process.kernel_thread) { // has no memory of its own
        process.cpu_ns = runtime->cpu_ns;
        process.rss_bytes = 0;
        return;
    }
    const bool is_its_turn = (static_cast<std::uint64_t>(process.pid) + looks_) % turns == 0;
    const bool has_run = runtime == nullptr || last == nullptr || runtime->cpu_ns != last->cpu_ns;
    if (has_run || is_its_turn) {
        const auto used = proc_.process(process.pid);
        if (!used) return;
        process.cpu_ns = runtime != nullptr ? runtime->cpu_ns : used->cpu_ticks * tick_ns_;
        process.rss_bytes = used->rss_pages * page_size_;
    } else {
        process.cpu_ns = runtime->cpu_ns;
        process.rss_bytes = last->rss_bytes;
    }
    now_.push_back({process.pid, process.start_ns, *process.cpu_ns, *process.rss_bytes});
}

} // namespace nsscope
