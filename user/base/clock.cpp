#include "base/clock.hpp"

#include <chrono>
#include <ctime>
#include <span>

namespace nsscope {
namespace {

constexpr std::int64_t ns_per_second = 1'000'000'000;

std::int64_t read_clock(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now); // cannot fail: these clocks always exist, see clock_gettime(2)
    return std::int64_t{now.tv_sec} * ns_per_second + now.tv_nsec;
}

void put_digits(std::span<char> field, std::uint32_t value) {
    for (std::size_t i = field.size(); i-- > 0;) {
        field[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

} // namespace

std::uint64_t monotonic_ns() { return static_cast<std::uint64_t>(read_clock(CLOCK_MONOTONIC)); }

std::uint64_t thread_cpu_ns() { return static_cast<std::uint64_t>(read_clock(CLOCK_THREAD_CPUTIME_ID)); }

std::int64_t realtime_ns() { return read_clock(CLOCK_REALTIME); }

void Rfc3339::set_second(std::int64_t second) {
    namespace chrono = std::chrono;
    const chrono::sys_seconds time{chrono::seconds{second}};
    const auto day = chrono::floor<chrono::days>(time);
    const chrono::year_month_day date{day};
    const chrono::hh_mm_ss clock{time - day};

    constexpr std::string_view shape = "0000-00-00T00:00:00.000000000Z";
    static_assert(shape.size() == size);
    shape.copy(text_.data(), size);
    const std::span<char> text{text_};
    put_digits(text.subspan(0, 4), static_cast<std::uint32_t>(static_cast<int>(date.year())));
    put_digits(text.subspan(5, 2), static_cast<unsigned>(date.month()));
    put_digits(text.subspan(8, 2), static_cast<unsigned>(date.day()));
    put_digits(text.subspan(11, 2), static_cast<std::uint32_t>(clock.hours().count()));
    put_digits(text.subspan(14, 2), static_cast<std::uint32_t>(clock.minutes().count()));
    put_digits(text.subspan(17, 2), static_cast<std::uint32_t>(clock.seconds().count()));
    second_ = second;
    set_ = true;
}

std::string_view Rfc3339::format(std::int64_t epoch_ns) {
    std::int64_t second = epoch_ns / ns_per_second;
    std::int64_t rest = epoch_ns % ns_per_second;
    if (rest < 0) { // before the epoch, C++ rounds the wrong way
        rest += ns_per_second;
        --second;
    }
    if (!set_ || second != second_) set_second(second);
    put_digits(std::span<char>{text_}.subspan(20, 9), static_cast<std::uint32_t>(rest));
    return {text_.data(), text_.size()};
}

void append_rfc3339(std::string& out, std::int64_t epoch_ns) {
    thread_local Rfc3339 format;
    out += format.format(epoch_ns);
}

std::string rfc3339(std::int64_t epoch_ns) {
    std::string out;
    append_rfc3339(out, epoch_ns);
    return out;
}

} // namespace nsscope
