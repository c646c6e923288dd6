#include "scan/pid_queue.hpp"

#include <algorithm>

#include "scan/parse.hpp"

namespace nsscope {

// So many that the threads seldom meet here, and few enough that they end at about the same time.
constexpr std::size_t block_size = 128;

void PidQueue::list(std::unique_lock<std::mutex>& lock) {
    constexpr std::size_t at_once = 8 * block_size;
    is_listing_ = true;
    lock.unlock();
    std::vector<pid_t> found;
    const char* name = nullptr;
    while (found.size() < at_once && (name = listing_.next()) != nullptr)
        if (const auto pid = parse_pid(name)) found.push_back(*pid);
    lock.lock();
    listed_.insert(listed_.end(), found.begin(), found.end());
    if (std::find(found.begin(), found.end(), 1) != found.end()) saw_first_process_ = true;
    ended_ = name == nullptr;
    is_listing_ = false;
    has_listed_.notify_all();
}

bool PidQueue::more_than(std::size_t count) {
    std::unique_lock lock(mutex_);
    while (!ended_ && at_hand() <= count) list(lock);
    return at_hand() > count;
}

std::optional<PidQueue::Block> PidQueue::next() {
    std::unique_lock lock(mutex_);
    while (at_hand() < block_size && !ended_) {
        if (is_listing_)
            has_listed_.wait(lock);
        else
            list(lock);
    }
    if (at_hand() == 0) return std::nullopt;
    const auto begin = listed_.begin() + static_cast<std::ptrdiff_t>(taken_);
    const auto size = std::min(block_size, at_hand());
    taken_ += size;
    Block block{blocks_++, std::vector<pid_t>(begin, begin + static_cast<std::ptrdiff_t>(size))};
    constexpr std::size_t running_low = 4 * block_size;
    if (at_hand() < running_low && !ended_ && !is_listing_) list(lock);
    return block;
}

} // namespace nsscope
