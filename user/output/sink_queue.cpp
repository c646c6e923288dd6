#include "output/sink_queue.hpp"

#include <algorithm>
#include <utility>

namespace nsscope {
namespace {

using std::chrono::milliseconds;

/// After a failure the next attempt is so far away; then twice as far, up to the longest.
constexpr auto shortest_pause = milliseconds(50), longest_pause = milliseconds(2000);
/// Records that a target is given at a time.
constexpr std::size_t most_at_once = 1024;
/// Of memory, in bytes, and how many are kept when nobody needs them.
constexpr std::size_t piece_bytes = 256U << 10, most_spare = 4;

} // namespace

SinkQueue::SinkQueue(std::unique_ptr<RecordTarget> target, std::size_t most_bytes)
    : target_(std::move(target)), most_bytes_(most_bytes), thread_([this] { run(); }) {}

SinkQueue::~SinkQueue() { static_cast<void>(finish(milliseconds::zero())); }

bool SinkQueue::put(std::string_view text, std::optional<EventType> type, bool must) {
    const std::scoped_lock lock(mutex_);
    if (!must && waiting_bytes_ + in_work_bytes_ + text.size() > most_bytes_) return false;
    auto& piece = piece_for(text.size());
    piece.bytes += text;
    piece.items.push_back({piece.bytes.size(), type});
    waiting_bytes_ += text.size();
    ++waiting_records_;
    waiting_events_ += type ? 1U : 0U;
    return true;
}

/// The last of those that wait, if it has so much room left, else a new one. A record that is longer has one of its own.
SinkQueue::Piece& SinkQueue::piece_for(std::size_t bytes) {
    if (!waiting_.empty() && waiting_.back().bytes.capacity() - waiting_.back().bytes.size() >= bytes)
        return waiting_.back();
    if (spare_.empty()) {
        waiting_.emplace_back().bytes.reserve(piece_bytes);
    } else {
        waiting_.push_back(std::move(spare_.back()));
        spare_.pop_back();
    }
    return waiting_.back();
}

void SinkQueue::keep(Piece piece) {
    if (spare_.size() == most_spare || piece.bytes.capacity() > 2 * piece_bytes) return;
    piece.bytes.clear();
    piece.items.clear();
    spare_.push_back(std::move(piece));
}

void SinkQueue::flush() {
    {
        const std::scoped_lock lock(mutex_);
        if (waiting_.empty() || is_flushed_) return;
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
        auto pieces = std::exchange(waiting_, {});
        in_work_bytes_ = std::exchange(waiting_bytes_, 0);
        in_work_records_ = std::exchange(waiting_records_, 0);
        in_work_events_ = std::exchange(waiting_events_, 0);
        write(pieces, lock);
        if ((ends_ && waiting_.empty()) || gives_up_) break;
    }
    lock.unlock();
    target_->close();
    lock.lock();
    is_done_ = true;
    progress_.notify_all();
}

/// Writes them all, however long it takes; what is left when it gives up stays counted as in work.
void SinkQueue::write(Pieces& pieces, std::unique_lock<std::mutex>& lock) {
    while (!pieces.empty() && !gives_up_) {
        write(pieces.front(), lock);
        keep(std::move(pieces.front()));
        pieces.pop_front();
    }
}

void SinkQueue::write(const Piece& piece, std::unique_lock<std::mutex>& lock) {
    std::vector<RecordText> records;
    std::size_t next = 0, begin = 0; // of what is not written yet
    auto pause = shortest_pause;
    while (next < piece.items.size() && !gives_up_) {
        lock.unlock();
        records.clear();
        auto at = begin;
        for (auto item = next; item < piece.items.size() && records.size() < most_at_once; ++item) {
            const auto end = piece.items[item].end;
            records.push_back({std::string_view(piece.bytes).substr(at, end - at), piece.items[item].type});
            at = end;
        }
        const auto written = target_->write(records);
        lock.lock();
        for (std::size_t i = 0; i < written.count; ++i, ++next) {
            in_work_bytes_ -= piece.items[next].end - begin;
            in_work_events_ -= piece.items[next].type ? 1U : 0U;
            begin = piece.items[next].end;
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
              .records = waiting_records_ + in_work_records_,
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
    return {.bytes = waiting_bytes_ + in_work_bytes_,
            .records = waiting_records_ + in_work_records_,
            .written = written_,
            .troubles = troubles_};
}

} // namespace nsscope
