#include "output/sink_queue.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace nsscope {
namespace {

using std::chrono::milliseconds;

/// After a failure the next attempt is so far away; then twice as far, up to the longest.
constexpr auto shortest_pause = milliseconds(50), longest_pause = milliseconds(2000);
/// Records that a target is given at a time.
constexpr std::size_t most_at_once = 1024;

} // namespace

SinkQueue::SinkQueue(std::unique_ptr<RecordTarget> target, std::size_t most_bytes)
    : target_(std::move(target)), most_bytes_(most_bytes), thread_([this] { run(); }) {}

SinkQueue::~SinkQueue() { static_cast<void>(finish(milliseconds::zero())); }

bool SinkQueue::put(std::string_view text, std::optional<EventType> type, bool must) {
    const std::scoped_lock lock(mutex_);
    if (!must && waiting_.bytes.size() + in_work_bytes_ + text.size() > most_bytes_) return false;
    waiting_.bytes += text;
    waiting_.items.push_back({waiting_.bytes.size(), type});
    waiting_events_ += type ? 1U : 0U;
    return true;
}

void SinkQueue::flush() {
    {
        const std::scoped_lock lock(mutex_);
        if (waiting_.items.empty() || is_flushed_) return;
        is_flushed_ = true;
    }
    changed_.notify_one();
}

void SinkQueue::reopen() {
    {
        const std::scoped_lock lock(mutex_);
        wants_reopen_ = true;
    }
    changed_.notify_one();
}

void SinkQueue::retarget(std::unique_ptr<RecordTarget> target) {
    {
        const std::scoped_lock lock(mutex_);
        next_target_ = std::move(target);
    }
    changed_.notify_one();
}

void SinkQueue::resize(std::size_t most_bytes) {
    const std::scoped_lock lock(mutex_);
    most_bytes_ = most_bytes;
}

void SinkQueue::begin_to_end() {
    {
        const std::scoped_lock lock(mutex_);
        ends_ = true;
    }
    changed_.notify_one();
}

void SinkQueue::give_up() {
    {
        const std::scoped_lock lock(mutex_);
        ends_ = gives_up_ = true;
    }
    changed_.notify_one();
}

bool SinkQueue::has_ended() const {
    const std::scoped_lock lock(mutex_);
    return is_done_;
}

/// Opens anew, or goes on with the next target, whichever was asked for.
void SinkQueue::answer_call(std::unique_lock<std::mutex>& lock) {
    wants_reopen_ = false;
    auto next = std::move(next_target_);
    lock.unlock();
    if (next) {
        target_->close();
        target_ = std::move(next);
    } else {
        target_->reopen();
    }
    lock.lock();
}

void SinkQueue::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return is_flushed_ || is_called() || ends_; });
        if (is_called()) answer_call(lock);
        is_flushed_ = false;
        Batch batch = std::exchange(waiting_, {});
        in_work_bytes_ = batch.bytes.size();
        in_work_records_ = batch.items.size();
        in_work_events_ = std::exchange(waiting_events_, 0);
        write(batch, lock);
        if ((ends_ && waiting_.items.empty()) || gives_up_) break;
    }
    lock.unlock();
    target_->close();
    lock.lock();
    is_done_ = true;
    progress_.notify_all();
}

/// Writes the batch, however long it takes; what is left of it when it gives up stays counted as in work.
void SinkQueue::write(Batch& batch, std::unique_lock<std::mutex>& lock) {
    std::vector<RecordText> records;
    std::size_t begin = 0;
    auto pause = shortest_pause;
    while (!batch.items.empty() && !gives_up_) {
        lock.unlock();
        records.clear();
        auto at = begin;
        for (const auto& item : batch.items) {
            if (records.size() == most_at_once) break;
            records.push_back({std::string_view(batch.bytes).substr(at, item.end - at), item.type});
            at = item.end;
        }
        const auto written = target_->write(records);
        lock.lock();
        for (std::size_t i = 0; i < written.count; ++i) {
            in_work_bytes_ -= batch.items.front().end - begin;
            in_work_events_ -= batch.items.front().type ? 1U : 0U;
            begin = batch.items.front().end;
            batch.items.pop_front();
            --in_work_records_;
            ++written_;
        }
        trouble_ = written.error;
        if (written.count > 0) {
            pause = shortest_pause;
            progress_.notify_all();
        }
        if (!written.error) continue;
        ++troubles_;
        changed_.wait_for(lock, pause, [this] { return gives_up_ || is_called(); });
        pause = std::min<milliseconds>(pause * 2, longest_pause);
        if (is_called()) answer_call(lock);
    }
}

SinkQueue::Rest SinkQueue::finish(milliseconds patience) {
    if (!thread_.joinable()) return {};
    std::unique_lock lock(mutex_);
    ends_ = true;
    changed_.notify_all();
    for (auto before = written_; !is_done_; before = written_) {
        if (progress_.wait_for(lock, patience, [this, before] { return is_done_ || written_ != before; }))
            continue;
        gives_up_ = true;
        changed_.notify_all();
        progress_.wait_for(lock, longest_pause, [this] { return is_done_; });
        break;
    }
    Rest rest{.events = waiting_events_ + in_work_events_,
              .records = waiting_.items.size() + in_work_records_,
              .error = trouble_};
    lock.unlock();
    thread_.join();
    return rest;
}

std::optional<Error> SinkQueue::trouble() const {
    const std::scoped_lock lock(mutex_);
    return trouble_;
}

SinkQueue::State SinkQueue::state() const {
    const std::scoped_lock lock(mutex_);
    return {.bytes = waiting_.bytes.size() + in_work_bytes_,
            .records = waiting_.items.size() + in_work_records_,
            .written = written_,
            .troubles = troubles_};
}

} // namespace nsscope
