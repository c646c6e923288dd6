#include "output/background_writer.hpp"

namespace nsscope {
namespace {

constexpr std::size_t little = 64U << 10; // bytes that are written at once
constexpr std::size_t enough =
    256U << 10; // bytes that make a piece; what comes with one batch of records is added
constexpr std::size_t room = 1U << 20;      // bytes of memory of a piece
constexpr std::size_t too_much = 64U << 20; // bytes that wait: a disk may pause
constexpr std::size_t some = 8;             // pieces at which the thread is behind
constexpr std::size_t usual = 1;            // pieces to keep when there is nothing to write

/// Memory that is not to be kept: what came at once was far more than usual.
bool is_huge(const std::string& piece) { return piece.capacity() > 2 * room; }

} // namespace

BackgroundWriter::~BackgroundWriter() {
    {
        const std::scoped_lock lock(mutex_);
        ended_ = true;
    }
    writer_.abandon();
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void BackgroundWriter::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        // not with the lock: who gives up its priority may have to wait before it goes on, and so would who gives more
        const auto pieces = waiting_.size();
        lock.unlock();
        hurry_if_due(pieces);
        lock.lock();
        changed_.wait(lock, [this] { return !waiting_.empty() || ended_; });
        if (ended_) return;
        auto piece = std::move(waiting_.front());
        waiting_.pop_front();
        waiting_bytes_ -= piece.size();
        busy_ = true;
        changed_.notify_all();
        lock.unlock();
        const auto written = writer_.write(piece);
        piece.clear();
        lock.lock();
        busy_ = false;
        if (!is_huge(piece)) spare_.push_back(std::move(piece));
        if (!written) {
            error_ = written.error();
            waiting_.clear();
            waiting_bytes_ = 0;
        }
        changed_.notify_all();
    }
}

/// A thread in a hurry does not wait for more to do: see hurry() in cli/stream.hpp.
void BackgroundWriter::hurry_if_due(std::size_t pieces) {
    const bool hurries = hurries_ ? pieces > 0 : pieces >= some;
    if (hurries == hurries_ || !hurry_) return;
    hurries_ = hurries;
    hurry_(hurries);
}

Result<void> BackgroundWriter::wait_until(bool idle, std::unique_lock<std::mutex>& lock) {
    changed_.wait(lock, [this, idle] { return idle ? is_idle() : waiting_bytes_ < too_much; });
    if (error_) return Failure(*error_);
    return {};
}

Result<void> BackgroundWriter::write_here(std::string& buffer) {
    auto written = writer_.write(buffer);
    buffer.clear();
    return written;
}

Result<void> BackgroundWriter::write(std::string& buffer) {
    if (buffer.empty()) return {};
    std::unique_lock lock(mutex_);
    if (error_) return Failure(*error_);
    if (is_idle() && buffer.size() <= little) return write_here(buffer);
    if (!is_idle() && buffer.size() < enough) return {};
    if (auto waited = wait_until(false, lock); !waited) return waited;
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    waiting_bytes_ += buffer.size();
    waiting_.push_back(std::exchange(buffer, {}));
    if (spare_.empty()) {
        buffer.reserve(room);
    } else {
        buffer = std::move(spare_.back());
        spare_.pop_back();
    }
    lock.unlock();
    changed_.notify_all();
    return {};
}

Result<void> BackgroundWriter::finish(std::string& buffer) {
    std::unique_lock lock(mutex_);
    if (auto idle = wait_until(true, lock); !idle) return idle;
    auto written = write_here(buffer);
    if (is_huge(buffer)) std::string().swap(buffer);
    if (spare_.size() > usual) spare_.resize(usual);
    return written;
}

} // namespace nsscope
