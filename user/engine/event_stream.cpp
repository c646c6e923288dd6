#include "engine/event_stream.hpp"

#include <array>
#include <cerrno>
#include <limits>
#include <numeric>
#include <poll.h>
#include <vector>

#include "base/clock.hpp"
#include "engine/event_fields.hpp"

namespace nsscope {
namespace {

/// So many records are passed on before they are flushed.
constexpr std::size_t batch = 512;
/// ns
constexpr std::uint64_t look_up_every = 1'000'000;

std::uint64_t sum(const std::array<std::uint64_t, event_type_count>& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

/// Is `path` the cgroup `top` or below it?
bool is_within(std::string_view path, std::string_view top) {
    while (top.ends_with('/')) top.remove_suffix(1);
    return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
}

} // namespace

Position EventStream::next_position(std::uint64_t mono_ns) {
    return {.seq = ++seq_, .time_ns = static_cast<std::int64_t>(mono_ns) + clock_offset_, .mono_ns = mono_ns};
}

bool EventStream::is_wanted(const Event& event) {
    if (is_full()) return false;
    if (options_.filter && !options_.filter->matches(EventFields(event, names_))) return false;
    if (options_.cgroup.empty()) return true;
    const auto within = [this](const std::optional<TaskIdentity>& task) {
        const auto* path = task ? names_.cgroup(task->cgroup_id) : nullptr;
        return path != nullptr && is_within(*path, options_.cgroup);
    };
    if (event.cgroup && event.cgroup->hierarchy == 0) {
        const auto path = cgroup_path(*event.cgroup);
        if (path && is_within(*path, options_.cgroup)) return true;
    }
    return within(event.task) || within(event.child);
}

void EventStream::on_record(std::span<const std::byte> bytes) {
    ExeName exe;
    switch (decode(bytes, event_, exe)) {
    case Decoded::exe: names_.learn(exe); return;
    case Decoded::malformed:
        broken_ = Error{"a record from the kernel side cannot be read",
                        "this is a defect in nsscope: report it", 0};
        return;
    case Decoded::event: break;
    }
    if (event_.cgroup && event_.cgroup->hierarchy == 0) { // before it is gone
        if (auto path = cgroup_path(*event_.cgroup)) names_.learn_cgroup(event_.cgroup->id, *std::move(path));
    }
    if (!is_wanted(event_)) {
        totals_.filtered++;
        return;
    }
    sink_.event(event_, next_position(event_.mono_ns), names_);
    totals_.delivered++;
}

void EventStream::report_losses(const Counters& counters) {
    std::vector<Loss> losses;
    for (std::size_t cause = 0; cause < loss_cause_count; cause++) {
        for (std::size_t type = 0; type < event_type_count; type++) {
            const auto count = counters.lost[cause][type] - reported_.lost[cause][type];
            if (count != 0)
                losses.push_back({static_cast<EventType>(type), static_cast<LossCause>(cause), count});
        }
    }
    if (losses.empty()) return;
    reported_ = counters;
    for (const auto& loss : losses) totals_.lost += loss.count;
    sink_.loss(losses, next_position(source_.now()));
}

Result<std::size_t> EventStream::pass_on() {
    clock_offset_ = source_.clock_offset();
    const auto count = source_.read(batch, [this](std::span<const std::byte> bytes) { on_record(bytes); });
    if (broken_) return Failure(*broken_);
    if (auto flushed = sink_.flush(); !flushed) return Failure(flushed.error());
    return count;
}

void EventStream::sweep_if_due() {
    if (source_.take_dirty()) sweeps_.hint(monotonic_ns());
    const auto look = sweeps_.take(monotonic_ns());
    if (!look) return;
    const auto without_task = source_.sweep(look->census);
    sweeps_.looked(monotonic_ns(), without_task);
}

int EventStream::wait_ms(std::optional<std::uint64_t> deadline) const {
    auto until = sweeps_.due();
    if (deadline && (!until || *deadline < *until)) until = deadline;
    if (!until) return -1;
    const auto now = monotonic_ns();
    if (*until <= now) return 0;
    const auto ms = (*until - now + 999'999) / 1'000'000;
    return static_cast<int>(std::min<std::uint64_t>(ms, std::numeric_limits<int>::max()));
}

Result<Totals> EventStream::run(const StartInfo& start, int stop_fd) {
    const auto began = monotonic_ns();
    clock_offset_ = source_.clock_offset();
    source_.start();
    sink_.start(start, next_position(source_.now()));
    if (auto flushed = sink_.flush(); !flushed) return Failure(flushed.error());

    std::optional<std::uint64_t> deadline;
    if (options_.duration_ns) deadline = began + *options_.duration_ns;
    std::array<pollfd, 2> fds{{{source_.fd(), POLLIN, 0}, {stop_fd, POLLIN, 0}}};
    bool asked = false; // to be woken
    std::uint64_t look_up = 0;
    while (!is_full() && (!deadline || monotonic_ns() < *deadline)) {
        const auto count = pass_on();
        if (!count) return Failure(count.error());
        if (*count > 0 && asked) { // answered already, perhaps: the asking holds for one wait
            source_.forgo_wakeup();
            asked = false;
        }
        // while records pour in, all else gets its turn every millisecond
        const auto now = monotonic_ns();
        if (*count > 0 && now < look_up) continue;
        if (source_.has_ended()) break;
        look_up = now + look_up_every;
        report_losses(source_.counters());
        if (auto flushed = sink_.flush(); !flushed) return Failure(flushed.error());
        sweep_if_due();
        if (*count == 0 && !asked) {
            if (auto finished = sink_.finish(); !finished) return Failure(finished.error());
            source_.ask_wakeup();
            asked = true;
            continue; // one more look, now that nothing can come unnoticed
        }
        const bool idle = *count == 0;
        if (::poll(fds.data(), fds.size(), idle ? wait_ms(deadline) : 0) < 0 && errno != EINTR)
            return errno_failure("cannot wait for events");
        if (asked) {
            source_.forgo_wakeup();
            asked = false;
        }
        if (fds[1].revents != 0) break;
    }

    (void)source_.sweep(false); // what died until now
    source_.stop();
    for (;;) {
        const auto count = pass_on();
        if (!count) return Failure(count.error());
        if (*count == 0) break;
    }
    const auto counters = source_.counters();
    report_losses(counters);
    totals_.produced = sum(counters.produced);
    totals_.filtered += sum(counters.filtered);
    sink_.end(totals_, next_position(source_.now()));
    if (auto flushed = sink_.finish(); !flushed) return Failure(flushed.error());
    return totals_;
}

} // namespace nsscope
