#include "engine/reader_pace.hpp"

#include <ctime>
#include <utility>

#include "base/clock.hpp"

namespace nsscope {
namespace {

/// Who has run for so long (ns of its own time) rests for so long. A real-time thread that does not is made to, for 50 ms
/// of every second (sched(7), sched_rt_runtime_us; since Linux 6.12 by the fair server), and a ring that is being filled
/// does not hold that much.
constexpr std::uint64_t turn = 16'000'000;
constexpr timespec rest{.tv_sec = 0, .tv_nsec = 1'000'000};
/// ns
constexpr std::uint64_t hurry_for = 1'000'000'000;

} // namespace

ReaderPace::ReaderPace(std::function<void(bool)> hurry)
    : hurry_(std::move(hurry)), rest_due_(thread_cpu_ns() + turn) {}

void ReaderPace::found(std::uint64_t now, bool fills_up) {
    is_awake_ = true;
    if (!hurry_) return;
    if (fills_up) {
        if (hurry_until_ == 0) hurry_(true);
        hurry_until_ = now + hurry_for;
    } else if (now > hurry_until_) {
        take_time();
    }
}

bool ReaderPace::naps(std::uint64_t now) { return std::exchange(is_awake_, false) || now < hurry_until_; }

void ReaderPace::take_time() {
    if (std::exchange(hurry_until_, 0) != 0) hurry_(false);
}

void ReaderPace::rest_if_due() {
    if (thread_cpu_ns() < rest_due_) return;
    ::nanosleep(&rest, nullptr);
    rest_due_ = thread_cpu_ns() + turn;
}

} // namespace nsscope
