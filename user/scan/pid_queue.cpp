#include "scan/pid_queue.hpp"

#include <algorithm>

#include "scan/parse.hpp"

namespace nsscope {

void PidQueue::look_ahead(std::size_t count) {
    while (!ended_ && at_hand() < count) {
        const char* name = listing_.next();
        if (name == nullptr) {
            ended_ = true;
        } else if (const auto pid = parse_pid(name)) {
            listed_.push_back(*pid);
            if (*pid == 1) saw_first_process_ = true;
        }
    }
}

bool PidQueue::more_than(std::size_t count) {
    const std::lock_guard lock(mutex_);
    look_ahead(count + 1);
    return at_hand() > count;
}

std::optional<PidQueue::Block> PidQueue::next() {
    // So many that the threads seldom meet here, and few enough that they end at about the same time.
    constexpr std::size_t block_size = 128;
    const std::lock_guard lock(mutex_);
    look_ahead(block_size);
    if (at_hand() == 0) return std::nullopt;
    const auto begin = listed_.begin() + static_cast<std::ptrdiff_t>(taken_);
    const auto size = std::min(block_size, at_hand());
    taken_ += size;
    return Block{blocks_++, std::vector<pid_t>(begin, begin + static_cast<std::ptrdiff_t>(size))};
}

} // namespace nsscope
