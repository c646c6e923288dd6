#include "engine/joined_source.hpp"

#include <algorithm>
#include <sys/epoll.h>

namespace nsscope {

Result<std::unique_ptr<EventSource>> JoinedSource::join(std::vector<std::unique_ptr<EventSource>> sources) {
    if (sources.size() == 1) return std::move(sources.front());
    UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) return errno_failure("cannot wait for events");
    for (const auto& source : sources) {
        epoll_event event{};
        event.events = EPOLLIN;
        if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, source->fd(), &event) != 0)
            return errno_failure("cannot wait for events");
    }
    return std::unique_ptr<EventSource>(new JoinedSource(std::move(sources), std::move(epoll)));
}

void JoinedSource::start() {
    for (const auto& source : sources_) source->start();
}

std::size_t JoinedSource::read(std::size_t most, const Sink& sink) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < sources_.size() && count < most; i++)
        count += sources_[(first_ + i) % sources_.size()]->read(most - count, sink);
    first_ = (first_ + 1) % sources_.size();
    return count;
}

void JoinedSource::ask_wakeup() {
    for (const auto& source : sources_) source->ask_wakeup();
}

void JoinedSource::forgo_wakeup() {
    for (const auto& source : sources_) source->forgo_wakeup();
}

bool JoinedSource::is_filling_up() const {
    return std::ranges::any_of(sources_, [](const auto& source) { return source->is_filling_up(); });
}

bool JoinedSource::take_dirty() {
    bool dirty = false;
    for (const auto& source : sources_) dirty = source->take_dirty() || dirty;
    return dirty;
}

std::uint64_t JoinedSource::sweep(bool census) {
    std::uint64_t without_task = 0;
    for (const auto& source : sources_) without_task += source->sweep(census);
    return without_task;
}

void JoinedSource::stop() {
    for (const auto& source : sources_) source->stop();
}

Counters JoinedSource::counters() const {
    Counters all;
    for (const auto& source : sources_) {
        const auto one = source->counters();
        for (std::size_t type = 0; type < event_type_count; type++) {
            all.produced[type] += one.produced[type];
            all.filtered[type] += one.filtered[type];
            for (std::size_t cause = 0; cause < loss_cause_count; cause++)
                all.lost[cause][type] += one.lost[cause][type];
        }
    }
    return all;
}

} // namespace nsscope
