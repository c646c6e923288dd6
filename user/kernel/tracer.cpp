#include "kernel/tracer.hpp"

#include <algorithm>
#include <atomic>
#include <bpf/bpf.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "event.h"
#include "kernel/bpf_support.hpp"
#include "kernel/features.hpp"
#include "trace.skel.h"

namespace nsscope {
namespace {

struct SkeletonDeleter {
    void operator()(trace_bpf* skeleton) const { trace_bpf__destroy(skeleton); }
};
struct RingDeleter {
    void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};

/// A number in a file of /proc/sys; `fallback` when there is none.
std::uint32_t sysctl_number(const char* path, std::uint32_t fallback) {
    std::uint32_t number = fallback;
    std::ifstream(path) >> number;
    return number;
}

/// As many threads as the machine can have at once (kernel.threads-max, kernel.pid_max), within reason: the map's
/// entries are allocated when they are used, its buckets before.
std::uint32_t most_threads() {
    const auto most = std::min(sysctl_number("/proc/sys/kernel/threads-max", 32768),
                               sysctl_number("/proc/sys/kernel/pid_max", 32768));
    return std::clamp(most, 1024U, 1U << 20);
}

/// Waits until every BPF program that runs now has ended: they run in RCU read-side critical sections, and this
/// system call waits for a grace period (membarrier(2), MEMBARRIER_CMD_GLOBAL).
void wait_for_running_programs() {
    if (::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(100)); // nohz_full machines refuse it
}

} // namespace

struct Tracer::Impl {
    std::unique_ptr<trace_bpf, SkeletonDeleter> skeleton;
    std::vector<BpfLink> attached;
    BpfLink census, sweep;
    std::unique_ptr<ring_buffer, RingDeleter> ring;
    // of the read() that goes on
    const Sink* sink = nullptr;
    std::size_t left = 0;

    [[nodiscard]] volatile nsscope_control& control() const { return skeleton->bss->control; }

    [[nodiscard]] Result<void> take_census() {
        skeleton->bss->census_number = skeleton->bss->census_number + 1;
        return run_iterator(bpf_link__fd(census.get()), 4096, [](std::span<const std::byte>) {});
    }

    static int on_record(void* context, void* data, std::size_t size);
};

/// A negative answer ends ring_buffer__consume(), after it has counted this record as read.
int Tracer::Impl::on_record(void* context, void* data, std::size_t size) {
    auto& impl = *static_cast<Impl*>(context);
    (*impl.sink)({static_cast<const std::byte*>(data), size});
    return --impl.left == 0 ? -EAGAIN : 0;
}

Tracer::Tracer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tracer::~Tracer() = default;

namespace {

void configure(trace_bpf& skeleton, const TraceOptions& options) {
    auto& config = skeleton.rodata->config;
    config.events = options.events;
    config.types = options.ns_types;
    config.pid = options.pid;
    config.has_comm = options.comm.empty() ? 0 : 1;
    options.comm.copy(config.comm, sizeof config.comm - 1);
    bpf_map__set_max_entries(skeleton.maps.ring, options.ring_bytes);
    bpf_map__set_max_entries(skeleton.maps.states, most_threads());
}

/// Leaves out the programs that no wanted event needs.
Result<void> choose_programs(trace_bpf& skeleton, const TraceOptions& options,
                             const std::vector<std::string>& disabled) {
    for (const auto& step : attach_plan) {
        auto* program = bpf_object__find_program_by_name(skeleton.obj, std::string(step.program).c_str());
        const bool needed = ((step.reports | step.supports) & options.events) != 0;
        bpf_program__set_autoload(program, needed);
        if (needed && is_disabled(disabled, step.feature))
            return Failure(Error{fmt::format("no way to see {} is left: NSSCOPE_DISABLE forbids {}",
                                             step.program, step.feature),
                                 "", 0});
    }
    if (is_disabled(disabled, "iter_task"))
        return Failure(Error{"what tasks are in cannot be told: NSSCOPE_DISABLE forbids iter_task", "", 0});
    const bool watches = (options.events & mask_of(EventType::ns_destroy)) != 0;
    bpf_program__set_autoload(skeleton.progs.sweep, watches);
    return {};
}

} // namespace

Result<std::unique_ptr<Tracer>> Tracer::attach(const TraceOptions& options) {
    const auto disabled = disabled_features();
    if (!disabled) return Failure(disabled.error());
    const LibbpfLog log;
    auto impl = std::make_unique<Impl>();
    impl->skeleton.reset(trace_bpf__open());
    if (!impl->skeleton) return bpf_failure(errno, "cannot open the BPF programs", log);
    configure(*impl->skeleton, options);
    if (auto chosen = choose_programs(*impl->skeleton, options, *disabled); !chosen)
        return Failure(chosen.error());
    if (const int error = trace_bpf__load(impl->skeleton.get()); error != 0)
        return bpf_failure(-error, "cannot load the BPF programs", log);

    for (const auto& step : attach_plan) {
        auto* program =
            bpf_object__find_program_by_name(impl->skeleton->obj, std::string(step.program).c_str());
        if (!bpf_program__autoload(program)) continue;
        BpfLink link(bpf_program__attach(program));
        if (!link)
            return bpf_failure(errno, fmt::format("cannot attach to the tracepoint {}", step.program), log);
        impl->attached.push_back(std::move(link));
    }
    impl->census.reset(bpf_program__attach_iter(impl->skeleton->progs.census, nullptr));
    if (!impl->census) return bpf_failure(errno, "cannot attach the task iterator", log);
    if (bpf_program__autoload(impl->skeleton->progs.sweep)) {
        bpf_iter_link_info target{};
        target.map.map_fd = static_cast<__u32>(bpf_map__fd(impl->skeleton->maps.watch));
        bpf_iter_attach_opts attach_options{};
        attach_options.sz = sizeof attach_options;
        attach_options.link_info = &target;
        attach_options.link_info_len = sizeof target;
        impl->sweep.reset(bpf_program__attach_iter(impl->skeleton->progs.sweep, &attach_options));
        if (!impl->sweep) return bpf_failure(errno, "cannot attach the map iterator", log);
    }
    impl->ring.reset(
        ring_buffer__new(bpf_map__fd(impl->skeleton->maps.ring), Impl::on_record, impl.get(), nullptr));
    if (!impl->ring) return bpf_failure(errno, "cannot map the ring buffer", log);

    // what exists, and what of it died while we looked: nobody is to hear of that
    if (auto looked = impl->take_census(); !looked) return Failure(looked.error());
    std::unique_ptr<Tracer> tracer(new Tracer(std::move(impl)));
    tracer->sweep(false);
    return tracer;
}

int Tracer::fd() const { return ring_buffer__epoll_fd(impl_->ring.get()); }

void Tracer::start() { impl_->control().enabled = 1; }

std::size_t Tracer::read(std::size_t most, const Sink& sink) {
    impl_->sink = &sink;
    impl_->left = most;
    const int consumed = ring_buffer__consume(impl_->ring.get());
    impl_->sink = nullptr;
    return consumed == -EAGAIN ? most : static_cast<std::size_t>(std::max(consumed, 0));
}

void Tracer::ask_wakeup() {
    impl_->control().asleep = 1;
    // The other side commits its record (or sets `dirty`) and then looks at `asleep`; this side sets it and then
    // looks for records. With a full barrier in between on both sides, one of the two notices.
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

void Tracer::forgo_wakeup() { impl_->control().asleep = 0; }

bool Tracer::take_dirty() {
    auto& control = impl_->control();
    if (control.dirty == 0) return false;
    control.dirty = 0;
    return true;
}

std::uint64_t Tracer::sweep(bool census) {
    auto& bss = *impl_->skeleton->bss;
    if (!impl_->sweep || (census && !impl_->take_census())) return 0;
    bss.without_task = 0;
    (void)run_iterator(bpf_link__fd(impl_->sweep.get()), 4096,
                       [](std::span<const std::byte>) {}); // tried again before long
    return census ? bss.without_task : 0;
}

void Tracer::stop() {
    impl_->control().enabled = 0;
    wait_for_running_programs();
    impl_->attached.clear();
}

Counters Tracer::counters() const {
    Counters total;
    std::vector<nsscope_counters> per_cpu(static_cast<std::size_t>(libbpf_num_possible_cpus()));
    const __u32 zero = 0;
    if (bpf_map_lookup_elem(bpf_map__fd(impl_->skeleton->maps.counters), &zero, per_cpu.data()) != 0)
        return total;
    for (const auto& cpu : per_cpu) {
        for (std::size_t type = 0; type < event_type_count; type++) {
            total.produced[type] += cpu.produced[type];
            total.filtered[type] += cpu.filtered[type];
            for (std::size_t cause = 0; cause < loss_cause_count; cause++)
                total.lost[cause][type] += cpu.lost[cause][type];
        }
    }
    return total;
}

} // namespace nsscope
