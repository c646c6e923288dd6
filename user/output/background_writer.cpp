#include "output/background_writer.hpp"

namespace nsscope {
namespace {

constexpr std::size_t little = 64U << 10; // bytes that are written at once
constexpr std::size_t enough =
    256U << 10; // bytes that make a piece; what comes with one batch of records is added
constexpr std::size_t room = 1U << 20; // bytes of memory of a piece
constexpr std::size_t too_many = 128;  // pieces that wait: a disk may pause
constexpr std::size_t some = 8;        // pieces at which the thread is behind
constexpr std::size_t usual = 1;       // pieces to keep when there is nothing to write

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
        hurry_if_due(waiting_.size());
        changed_.wait(lock, [this] { return !waiting_.empty() || ended_; });
        if (ended_) return;
        auto piece = std::move(waiting_.front());
        waiting_.pop_front();
        busy_ = true;
        lock.unlock();
        const auto written = writer_.write(piece);
        piece.clear();
        lock.lock();
        busy_ = false;
        spare_.push_back(std::move(piece));
        if (!written) {
            error_ = written.error();
            waiting_.clear();
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

Result<void> BackgroundWriter::wait_for(std::size_t most, std::unique_lock<std::mutex>& lock) {
    changed_.wait(lock, [this, most] { return most == 0 ? is_idle() : waiting_.size() <= most; });
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
    if (auto waited = wait_for(too_many - 1, lock); !waited) return waited;
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
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
    if (auto idle = wait_for(0, lock); !idle) return idle;
    auto written = write_here(buffer);
    if (spare_.size() > usual) spare_.resize(usual);
    return written;
}

} // namespace nsscope
