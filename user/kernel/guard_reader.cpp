#include "kernel/guard_reader.hpp"

#include <algorithm>
#include <atomic>
#include <bpf/bpf.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <span>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <vector>

#include "guard_state.h"
#include "kernel/bpf_support.hpp"
#include "kernel/guard_pinned.hpp"
#include "kernel/guard_place.hpp"
#include "kernel/guard_status.hpp"
#include "kernel/ring.hpp"

namespace nsscope {
namespace {

const std::string lock_directory = "/run/nsscope-";

/// The page of guard_control.
struct Unmapper {
    void operator()(volatile nsscope_guard_control* control) const {
        ::munmap(const_cast<nsscope_guard_control*>(control),
                 static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)));
    }
};

} // namespace

struct GuardReader::Impl {
    UniqueFd lock, epoll, timer, counters;
    Ring ring;
    std::unique_ptr<volatile nsscope_guard_control, Unmapper> control;
    Counters before; // what was counted for an earlier reader
    std::function<void()> watch;
    GuardWants wants;
    std::array<std::uint64_t, event_type_count> filtered{};

    /// A record that is too short for this is told as it is: decode() says what is wrong with it.
    [[nodiscard]] bool is_wanted(std::span<const std::byte> bytes) {
        nsscope_sysctl_record record{};
        if (bytes.size() < sizeof record.hdr + sizeof record.task) return true;
        std::memcpy(&record, bytes.data(), std::min(bytes.size(), sizeof record));
        const auto type = static_cast<EventType>(record.hdr.type % event_type_count);
        if ((wants.events & mask_of(type)) == 0) return false;
        const std::string_view comm(record.task.comm, ::strnlen(record.task.comm, sizeof record.task.comm));
        if ((wants.pid == 0 || record.task.pid == wants.pid) && (wants.comm.empty() || comm == wants.comm))
            return true;
        filtered[record.hdr.type % event_type_count]++;
        return false;
    }
    [[nodiscard]] bool watch_for(int fd) const {
        epoll_event event{};
        event.events = EPOLLIN;
        return ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) == 0;
    }
};

GuardMaps maps_of(const GuardObject& object) {
    return {object.map_fd("guard_ring"), object.map_fd("guard_counters"), object.map_fd("guard_control")};
}

GuardReader::GuardReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

GuardReader::~GuardReader() {
    if (impl_->control) impl_->control->enabled = 0;
}

Result<std::unique_ptr<GuardReader>> GuardReader::open(const GuardMaps& maps, const std::string& lock) {
    auto impl = std::make_unique<Impl>();
    if (!lock.empty()) {
        impl->lock = UniqueFd(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!impl->lock) return errno_failure("cannot open " + lock);
        if (::flock(impl->lock.get(), LOCK_EX | LOCK_NB) != 0)
            return errno_failure(EBUSY, "somebody else reads the events of this guard",
                                 "end the other `nsscope guard run` or `nsscope events`");
    }
    impl->counters = UniqueFd(::fcntl(maps.counters, F_DUPFD_CLOEXEC, 0));
    impl->epoll = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
    if (!impl->counters || !impl->epoll) return errno_failure("cannot open the ring of the guard");
    auto ring = Ring::map(maps.ring);
    if (!ring) return Failure(ring.error());
    impl->ring = std::move(*ring);
    void* page = ::mmap(nullptr, static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)), PROT_READ | PROT_WRITE,
                        MAP_SHARED, maps.control, 0);
    if (page == MAP_FAILED) return errno_failure("cannot map the switch of the guard");
    impl->control.reset(static_cast<nsscope_guard_control*>(page));
    if (!impl->watch_for(impl->ring.fd())) return errno_failure("cannot wait for the ring of the guard");
    return std::unique_ptr<GuardReader>(new GuardReader(std::move(impl)));
}

Result<std::vector<std::unique_ptr<EventSource>>> GuardReader::open_pinned(const GuardWants& wants) {
    std::vector<std::unique_ptr<EventSource>> readers;
    for (const auto& pins : pin_directories()) {
        const auto guard = open_pinned_guard(pins);
        if (!guard) return Failure(guard.error());
        if (!*guard) continue;
        const GuardMaps maps{(*guard)->map_fd("guard_ring"), (*guard)->map_fd("guard_counters"),
                             (*guard)->map_fd("guard_control")};
        auto reader = open(maps, lock_directory + pins.substr(pins.rfind('/') + 1) + ".lock");
        if (!reader) return Failure(reader.error());
        (*reader)->set_wants(wants);
        readers.push_back(std::move(*reader));
    }
    return readers;
}

void GuardReader::set_wants(GuardWants wants) { impl_->wants = std::move(wants); }

void GuardReader::set_watch(std::function<void()> watch, std::uint64_t period_ns) {
    impl_->watch = std::move(watch);
    impl_->timer = UniqueFd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    constexpr std::uint64_t second = 1'000'000'000;
    itimerspec period{};
    period.it_interval.tv_sec = static_cast<time_t>(period_ns / second);
    period.it_interval.tv_nsec = static_cast<long>(period_ns % second);
    period.it_value = period.it_interval;
    if (impl_->timer && ::timerfd_settime(impl_->timer.get(), 0, &period, nullptr) == 0)
        static_cast<void>(impl_->watch_for(impl_->timer.get()));
}

int GuardReader::fd() const { return impl_->epoll.get(); }

void GuardReader::start() {
    // of an earlier reader: nobody asked for it
    impl_->ring.read(std::numeric_limits<std::size_t>::max(), [](std::span<const std::byte>) {});
    impl_->before = guard_counters(impl_->counters.get());
    impl_->control->enabled = 1;
}

std::size_t GuardReader::read(std::size_t most, const Sink& sink) {
    std::uint64_t times = 0;
    if (impl_->timer && ::read(impl_->timer.get(), &times, sizeof times) > 0) impl_->watch();
    return impl_->ring.read(most, [&](std::span<const std::byte> bytes) {
        if (impl_->is_wanted(bytes)) sink(bytes);
    });
}

void GuardReader::ask_wakeup() {
    impl_->control->asleep = 1;
    std::atomic_thread_fence(std::memory_order_seq_cst); // see Tracer::ask_wakeup()
}

void GuardReader::forgo_wakeup() { impl_->control->asleep = 0; }

void GuardReader::stop() {
    impl_->control->enabled = 0;
    wait_for_running_programs();
}

Counters GuardReader::counters() const {
    auto now = guard_counters(impl_->counters.get());
    now.filtered = impl_->filtered;
    for (std::size_t type = 0; type < event_type_count; type++) {
        if ((impl_->wants.events & (EventMask{1} << type)) == 0) {
            now.produced[type] = 0;
            for (auto& lost : now.lost) lost[type] = 0;
            continue;
        }
        now.produced[type] -= impl_->before.produced[type];
        for (std::size_t cause = 0; cause < loss_cause_count; cause++)
            now.lost[cause][type] -= impl_->before.lost[cause][type];
    }
    return now;
}

} // namespace nsscope
