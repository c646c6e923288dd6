#pragma once

#include <functional>
#include <future>
#include <utility>
#include <vector>

namespace nsscope {

/// Threads beside the first, which do their part of a walk and then wait: what they hold open they hold until this goes.
class WalkHelpers {
  public:
    WalkHelpers() : leave_(may_leave_.get_future().share()) {}
    WalkHelpers(const WalkHelpers&) = delete;
    WalkHelpers& operator=(const WalkHelpers&) = delete;
    /// Lets them go, and waits until they have gone.
    ~WalkHelpers() { release(); }

    /// Starts one: it does `work`, waits, and then does `leave`. Both must outlive this object. Throws std::system_error
    /// where no thread is to be had.
    void start(std::function<void()> work, std::function<void()> leave) {
        std::packaged_task<void()> task(std::move(work));
        auto done = task.get_future();
        threads_.push_back(std::async(
            std::launch::async, [task = std::move(task), leave = std::move(leave), go = leave_]() mutable {
                task();
                go.wait();
                leave();
            }));
        done_.push_back(std::move(done));
    }
    /// Lets them go.
    void release() {
        if (!std::exchange(is_released_, true)) may_leave_.set_value();
    }
    /// Waits until all have done their work; throws what one of them threw.
    void wait_until_done() {
        for (auto& done : done_) done.get();
        done_.clear();
    }

  private:
    bool is_released_ = false;
    std::promise<void> may_leave_;
    std::shared_future<void> leave_;
    std::vector<std::future<void>> done_, threads_;
};

} // namespace nsscope
