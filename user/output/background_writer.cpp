#include "output/background_writer.hpp"

namespace nsscope {
namespace {

constexpr std::size_t little = 64U << 10; // bytes that are written at once
constexpr std::size_t too_full =
    64U << 20; // bytes at which the caller has to wait for the thread: a disk may pause
constexpr std::size_t usual = 1U << 20; // bytes of memory to keep when there is nothing to write

void give_back(std::string& buffer) {
    if (buffer.empty() && buffer.capacity() > usual) std::string().swap(buffer);
}

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
        changed_.wait(lock, [this] { return busy_ || ended_; });
        if (!busy_) return;
        lock.unlock();
        const auto written = writer_.write(in_work_);
        lock.lock();
        in_work_.clear();
        if (!written) error_ = written.error();
        busy_ = false;
        changed_.notify_all();
    }
}

Result<void> BackgroundWriter::wait_idle(std::unique_lock<std::mutex>& lock) {
    changed_.wait(lock, [this] { return !busy_; });
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
    if (busy_ && buffer.size() < too_full) return {};
    if (auto idle = wait_idle(lock); !idle) return idle;
    if (buffer.size() <= little) return write_here(buffer);
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    std::swap(in_work_, buffer);
    busy_ = true;
    lock.unlock();
    changed_.notify_all();
    return {};
}

Result<void> BackgroundWriter::finish(std::string& buffer) {
    std::unique_lock lock(mutex_);
    if (auto idle = wait_idle(lock); !idle) return idle;
    auto written = write_here(buffer);
    give_back(buffer);
    give_back(in_work_);
    return written;
}

} // namespace nsscope
