#include "scan/pid_queue.hpp"

#include "scan/parse.hpp"

namespace nsscope {

// So many that the threads seldom meet here, and few enough that they end at about the same time.
constexpr std::size_t block_size = 32;

PidQueue::Block PidQueue::list() {
    Block block;
    block.pids.reserve(block_size);
    const char* name = nullptr;
    while (block.pids.size() < block_size && (name = listing_.next()) != nullptr) {
        const auto pid = parse_pid(name);
        if (!pid) continue;
        if (*pid == 1) saw_first_process_ = true;
        block.pids.push_back(*pid);
    }
    if (!block.pids.empty()) block.number = blocks_++;
    return block;
}

bool PidQueue::more_than(std::size_t count) {
    const std::lock_guard lock(mutex_);
    std::size_t left = 0;
    for (const auto& block : ahead_) left += block.pids.size();
    while (left <= count) {
        auto block = list();
        if (block.pids.empty()) break;
        left += block.pids.size();
        ahead_.push_back(std::move(block));
    }
    return left > count;
}

std::optional<PidQueue::Block> PidQueue::next() {
    const std::lock_guard lock(mutex_);
    Block block;
    if (ahead_.empty()) {
        block = list();
    } else {
        block = std::move(ahead_.front());
        ahead_.pop_front();
    }
    if (block.pids.empty()) return std::nullopt;
    return block;
}

} // namespace nsscope
