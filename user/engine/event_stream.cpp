#include "engine/event_stream.hpp"

#include <array>
#include <cerrno>
#include <limits>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "engine/graph_feed.hpp"
#include "engine/reader_pace.hpp"

namespace nsscope {
namespace {

/// So many records are passed on before they are flushed.
constexpr std::size_t batch = 512;
/// ns
constexpr std::uint64_t look_up_every = 1'000'000;
/// ns; the counters of all processors are copied at a look
constexpr std::uint64_t count_every = 20'000'000;

} // namespace

EventStream::EventStream(EventSource& source, EventSink& sink, Names& names, const StreamOptions& options)
    : source_(source), sink_(sink), names_(names), options_(options),
      sieve_(source, names, options.containers), accounts_(options.filter.events) {
    if (options_.scan) following_.emplace(options_.scan);
    if (!following_) sieve_.set_filter(&options_.filter); // a picture is of everybody
}

/// Time never runs backwards within a stream: what even RecordOrder could not put right is as late as the one before.
Position EventStream::position_at(std::uint64_t mono_ns) {
    last_mono_ns_ = std::max(last_mono_ns_, mono_ns);
    return {.seq = ++seq_,
            .time_ns = static_cast<std::int64_t>(last_mono_ns_) + clock_offset_,
            .mono_ns = last_mono_ns_};
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
        if (auto path = cgroup_path(*event_.cgroup)) {
            if (options_.containers != nullptr && event_.type == EventType::cgroup_mkdir)
                options_.containers->made(event_.cgroup->id, *path, event_.task ? event_.task->pid : 0);
            names_.learn_cgroup(event_.cgroup->id, *std::move(path));
        }
    }
    if (following_) {
        following_->take(bytes, event_);
        if (following_->is_holding()) return;
    }
    tell(event_);
    note_containers();
}

/// Passes an event on, if it is wanted.
void EventStream::tell(const Event& event) {
    if (!accounts_.is_wanted(event.type))
        return accounts_.unwanted(event.type); // the graph's alone, or the containers'
    const auto answer = is_full() ? EventFilter::Answer::no : options_.filter.judge(event, names_);
    if (answer == EventFilter::Answer::unknown) return accounts_.unjudged(event.type);
    if (answer == EventFilter::Answer::no) {
        accounts_.filtered();
        sieve_.refused(event);
        return;
    }
    sink_.event(event, position_at(event.mono_ns), names_);
    accounts_.delivered();
    if (options_.stats != nullptr) count(event);
}

void EventStream::count(const Event& event) {
    options_.stats->delivered.at(static_cast<std::size_t>(event.type))
        .fetch_add(1, std::memory_order_relaxed);
    if (event.resync) return; // found out late, nobody knows how late
    options_.stats->note_latency(read_ns_ - std::min(read_ns_, event.mono_ns));
}

/// Tells of a container whose beginning or end the latest event is.
void EventStream::note_containers() {
    const bool is_unified = event_.cgroup && event_.cgroup->hierarchy == 0;
    if (event_.type == EventType::cgroup_rmdir && is_unified) sieve_.removed(event_.cgroup->id);
    if (options_.containers == nullptr) return;
    if (event_.type == EventType::cgroup_rmdir && is_unified) {
        const auto* ended = options_.containers->removed(event_.cgroup->id);
        if (ended != nullptr) tell_container(EventType::container_exit, *ended);
    }
    if (event_.type == EventType::process_exec && event_.task) {
        const auto* begun =
            options_.containers->first_exec(event_.task->cgroup_id, event_.task->pid, event_.mnt_inum);
        if (begun != nullptr) tell_container(EventType::container_start, *begun);
    }
}

void EventStream::tell_container(EventType type, const ContainerBook::Running& container) {
    Event event;
    event.type = type;
    event.mono_ns = event_.mono_ns;
    event.container_cgroup = container.id;
    if (type == EventType::container_start) event.task = event_.task;
    for (const auto& change : container.namespaces) event.changes.at(event.nr_changes++) = change;
    if (accounts_.is_wanted(type)) accounts_.made_here();
    tell(event);
}

void EventStream::report_losses(const Counters& counters) {
    if (accounts_.take(counters)) wants_scan_ = following_.has_value();
    const auto losses = accounts_.losses();
    if (options_.stats != nullptr) {
        auto& stats = *options_.stats;
        for (const auto& loss : losses)
            stats.lost.at(static_cast<std::size_t>(loss.cause))
                .at(static_cast<std::size_t>(loss.event))
                .fetch_add(loss.count, std::memory_order_relaxed);
        stats.filtered.store(accounts_.totals().filtered, std::memory_order_relaxed);
        if (options_.containers != nullptr)
            stats.containers.store(options_.containers->containers(), std::memory_order_relaxed);
    }
    if (losses.empty()) return;
    sink_.loss(losses, position_at(last_mono_ns_));
    accounts_.losses_told();
}

Result<std::size_t> EventStream::pass_on() {
    clock_offset_ = source_.clock_offset();
    const auto count = source_.read(batch, [this](std::span<const std::byte> bytes) { order_.add(bytes); });
    if (options_.stats != nullptr) read_ns_ = monotonic_ns();
    order_.release(count < batch, [this](std::span<const std::byte> bytes) { on_record(bytes); });
    if (broken_) return Failure(*broken_);
    if (auto flushed = sink_.flush(); !flushed) return Failure(flushed.error());
    return count;
}

std::optional<std::uint64_t> EventStream::next_scan() const {
    if (!wants_scan_ || following_->is_scanning()) return std::nullopt;
    return last_scan_ + options_.rescan_pace_ns;
}

Result<void> EventStream::look_after_scans() {
    if (!following_) return {};
    if (following_->is_scanning() && (following_->is_done() || following_->is_full())) return take_scan();
    if (const auto due = next_scan(); due && *due <= monotonic_ns()) {
        wants_scan_ = false; // what is lost from here on is another reason
        following_->begin_scan();
    }
    return {};
}

/// Says what a scan found, then what was held back.
Result<void> EventStream::take_scan() {
    const bool is_first = following_->is_holding();
    auto outcome = following_->finish_scan();
    last_scan_ = monotonic_ns();
    if (!outcome && is_first) return Failure(outcome.error());
    if (!outcome || !*outcome) { // later, then
        wants_scan_ = true;
        return {};
    }
    const bool resync = !is_first;
    for (const auto& one : (*outcome)->gone) {
        Event event;
        event.type = EventType::ns_destroy;
        event.observed = event.resync = true;
        event.changes[event.nr_changes++] = {.slot = slot_of(one.ns.type), .from = one.ns.ref, .to = {}};
        accounts_.made_here();
        accounts_.delivered();
        if (options_.stats != nullptr) count(event);
        sink_.event(event, position_at(last_mono_ns_), names_);
    }
    for (const auto& one : (*outcome)->changed) sink_.exists(one, resync, position_at(last_mono_ns_), names_);
    if (options_.stats != nullptr) options_.stats->syncs.fetch_add(1, std::memory_order_relaxed);
    sink_.sync((*outcome)->namespaces, resync, position_at(last_mono_ns_));
    following_->release([this](std::span<const std::byte> bytes) {
        ExeName exe;
        if (decode(bytes, event_, exe) != Decoded::event) return;
        following_->take(bytes, event_);
        tell(event_);
        note_containers();
    });
    return sink_.flush();
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
    if (const auto scan = following_ ? next_scan() : std::nullopt; scan && (!until || *scan < *until))
        until = scan;
    if (options_.beat_ns != 0 && (!until || next_beat_ < *until)) until = next_beat_;
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
    sink_.start(start, position_at(source_.now()));
    if (following_) following_->begin_scan();
    if (auto flushed = sink_.flush(); !flushed) return Failure(flushed.error());

    std::optional<std::uint64_t> deadline;
    if (options_.duration_ns) deadline = began + *options_.duration_ns;
    std::array<pollfd, 4> fds{{{source_.fd(), POLLIN, 0},
                               {stop_fd, POLLIN, 0},
                               {following_ ? following_->fd() : -1, POLLIN, 0},
                               {options_.hangup_fd, POLLIN, 0}}};
    ReaderPace pace(options_.hurry);
    bool asked = false; // to be woken
    std::uint64_t look_up = 0;
    while (!is_full() && (!deadline || monotonic_ns() < *deadline)) {
        const auto count = pass_on();
        if (!count) return Failure(count.error());
        const auto now = monotonic_ns();
        if (*count > 0) {
            pace.found(now, source_.is_filling_up());
            // answered already, perhaps: the asking holds for one wait
            if (std::exchange(asked, false)) source_.forgo_wakeup();
        }
        // while records pour in, all else gets its turn every millisecond
        if (*count > 0 && now < look_up) continue;
        if (source_.has_ended()) break;
        look_up = now + look_up_every;
        pace.rest_if_due();
        if (asked || now >= look_due_) {
            report_losses(source_.counters());
            look_due_ = now + count_every;
        }
        if (auto flushed = sink_.flush(); !flushed) return Failure(flushed.error());
        if (auto looked = look_after_scans(); !looked) return Failure(looked.error());
        sweep_if_due();
        beat_if_due();
        const bool is_dry = *count == 0;
        const bool naps = is_dry && pace.naps(now);
        if (is_dry && !naps && !asked) {
            pace.take_time();
            if (auto finished = sink_.finish(); !finished) return Failure(finished.error());
            source_.ask_wakeup();
            asked = true;
            continue; // one more look, now that nothing can come unnoticed
        }
        const int most = is_dry ? wait_ms(deadline) : 0;
        fds[0].fd = naps ? -1 : source_.fd();
        if (::poll(fds.data(), fds.size(),
                   naps && (most < 0 || most > ReaderPace::nap_ms) ? ReaderPace::nap_ms : most) < 0 &&
            errno != EINTR)
            return errno_failure("cannot wait for events");
        if (std::exchange(asked, false)) source_.forgo_wakeup();
        if (fds[3].revents != 0) hear_hangup();
        if (fds[1].revents != 0) break;
    }

    if (auto ended = end_well(); !ended) return Failure(ended.error());
    return accounts_.final();
}

void EventStream::hear_hangup() {
    signalfd_siginfo signal{};
    while (::read(options_.hangup_fd, &signal, sizeof signal) == sizeof signal) {
    }
    sink_.reopen();
    if (options_.reload) reload();
}

/// What was filtered and lost until now goes by what was asked for until now; what waits in the ring by what is asked for next.
void EventStream::reload() {
    report_losses(source_.counters());
    auto change = options_.reload();
    if (!change) return;
    report_losses(source_.counters());
    const auto so_far = accounts_.so_far();
    options_.filter = std::move(change->filter);
    if (!following_) sieve_.set_filter(&options_.filter);
    accounts_.want(options_.filter.events);
    sink_.reload(change->start, so_far, position_at(last_mono_ns_));
    if (!following_ || following_->is_holding()) return;
    // who comes now has no picture yet
    const auto everything = following_->picture();
    for (const auto& one : everything) sink_.exists(one, false, position_at(last_mono_ns_), names_);
    sink_.sync(everything.size(), false, position_at(last_mono_ns_));
}

void EventStream::beat_if_due() {
    if (options_.beat_ns == 0 || monotonic_ns() < next_beat_) return;
    options_.beat();
    next_beat_ = monotonic_ns() + options_.beat_ns;
}

Result<void> EventStream::end_well() {
    (void)source_.sweep(false); // what died until now
    source_.stop();
    for (;;) {
        const auto count = pass_on();
        if (!count) return Failure(count.error());
        if (*count == 0) break;
    }
    if (following_ && following_->is_scanning())
        if (auto taken = take_scan(); !taken) return taken;
    report_losses(source_.counters());
    sink_.end(accounts_.final(), position_at(source_.now()));
    return sink_.finish();
}

} // namespace nsscope
