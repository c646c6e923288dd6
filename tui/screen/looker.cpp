#include "screen/looker.hpp"

#include <chrono>
#include <sys/eventfd.h>

namespace nsscope::tui {

Looker::Looker(Feed& feed, std::uint64_t every_ns)
    : feed_(feed), every_ns_(every_ns), news_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { run(); }) {}

Looker::~Looker() {
    {
        const std::scoped_lock lock(mutex_);
        ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

Result<std::shared_ptr<const World>> Looker::take() {
    eventfd_t ignored = 0;
    static_cast<void>(::eventfd_read(news_.get(), &ignored));
    const std::scoped_lock lock(mutex_);
    if (error_) return Failure(*error_);
    return std::exchange(latest_, nullptr);
}

void Looker::want(const Wants& wants) {
    const std::scoped_lock lock(mutex_);
    if (wants.cgroups && !wants_.cgroups) {
        now_ = true;
        changed_.notify_all();
    }
    wants_ = wants;
}

void Looker::look_now() {
    const std::scoped_lock lock(mutex_);
    now_ = true;
    changed_.notify_all();
}

void Looker::run() {
    std::shared_ptr<const World> before;
    auto next = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    while (!ended_) {
        auto wants = wants_;
        wants.quick = before == nullptr;
        now_ = wants.quick;
        lock.unlock();
        auto look = feed_.look(wants);
        std::shared_ptr<const World> world;
        if (look) before = world = next_world(before.get(), std::move(*look));
        lock.lock();
        if (look)
            latest_ = std::move(world);
        else
            error_ = look.error();
        static_cast<void>(::eventfd_write(news_.get(), 1));
        // At this pace, and never faster than the looks themselves take.
        next = std::max(next + std::chrono::nanoseconds(every_ns_), std::chrono::steady_clock::now());
        changed_.wait_until(lock, next, [this] { return now_ || ended_; });
    }
}

} // namespace nsscope::tui
