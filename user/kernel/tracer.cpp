#include "kernel/tracer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bpf/bpf.h>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "event.h"
#include "kernel/bpf_support.hpp"
#include "kernel/kernel_types.hpp"
#include "kernel/ladder.hpp"
#include "kernel/ring.hpp"

namespace nsscope {
namespace {

/// It takes a system call a program.
constexpr std::uint64_t look_at_misses_every_ns = 1'000'000'000;

} // namespace

struct Tracer::Impl {
    explicit Impl(TraceObject loaded) : object(std::move(loaded)) {}

    TraceObject object;
    std::vector<BpfLink> attached;
    BpfLink census, sweep;
    Ring ring;
    AttachPlan plan;
    EventMask asked = 0; ///< for these events

    /// How often the kernel did not run each program of the plan, when we looked last, and what that has lost.
    std::vector<std::uint64_t> misses;
    std::array<std::uint64_t, event_type_count> not_run{};
    std::uint64_t look_at_misses_ns = 0; ///< when it is due again, CLOCK_MONOTONIC
    void count_misses(bool are_lost);

    [[nodiscard]] volatile nsscope_control& control() const { return object.control(); }

    [[nodiscard]] Result<void> take_census() {
        if (!census) return {};
        control().census = control().census + 1;
        return run_iterator(bpf_link__fd(census.get()), 4096, [](std::span<const std::byte>) {});
    }
    [[nodiscard]] Result<void> attach_iterators(const LibbpfLog& log);
};

Result<void> Tracer::Impl::attach_iterators(const LibbpfLog& log) {
    if (auto* program = object.loaded_program("census")) {
        census.reset(bpf_program__attach_iter(program, nullptr));
        if (!census) return bpf_failure(errno, "cannot attach the task iterator", log);
    }
    if (auto* program = object.loaded_program("sweep")) {
        bpf_iter_link_info target{};
        target.map.map_fd = static_cast<__u32>(object.map_fd("watch"));
        bpf_iter_attach_opts options{};
        options.sz = sizeof options;
        options.link_info = &target;
        options.link_info_len = sizeof target;
        sweep.reset(bpf_program__attach_iter(program, &options));
        if (!sweep) return bpf_failure(errno, "cannot attach the map iterator", log);
    }
    return {};
}

void Tracer::Impl::count_misses(bool are_lost) {
    misses.resize(plan.attachments.size());
    for (std::size_t i = 0; i < misses.size(); i++) {
        const auto& step = *plan.attachments[i];
        const auto type = lost_unless_run(step, asked);
        bpf_prog_info about{}; // of the kernel before 5.12 it stays 0
        __u32 size = sizeof about;
        if (!type ||
            bpf_obj_get_info_by_fd(bpf_program__fd(object.loaded_program(step.program)), &about, &size) != 0)
            continue;
        const auto fresh = about.recursion_misses - std::exchange(misses[i], about.recursion_misses);
        if (are_lost) not_run.at(static_cast<std::size_t>(*type)) += fresh;
    }
    look_at_misses_ns = monotonic_ns() + look_at_misses_every_ns;
}

Tracer::Tracer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tracer::~Tracer() = default;

Rung Tracer::rung() const {
    return impl_->plan.rungs[static_cast<std::size_t>(Place::calls)].value_or(Rung::tracepoint);
}
EventMask Tracer::observed() const { return impl_->plan.observed; }
EventMask Tracer::missing() const { return impl_->plan.missing; }

Result<std::unique_ptr<Tracer>> Tracer::attach(const TraceOptions& options) {
    auto disabled = disabled_features();
    if (!disabled) return Failure(disabled.error());
    const LibbpfLog log;
    FeatureProbe probe(*std::move(disabled));
    Ladder ladder(probe);
    // A program that the kernel refuses, at loading or at attaching, leaves the ladder; then the next best is tried.
    for (;;) {
        auto object = ladder.load(options);
        if (!object) return Failure(object.error());
        auto impl = std::make_unique<Impl>(std::move(object->object));
        impl->plan = std::move(object->plan);
        impl->asked = options.events;
        const Attachment* refused = nullptr;
        for (const auto* step : impl->plan.attachments) {
            BpfLink link(attach_program(impl->object.loaded_program(step->program)));
            if (!link) {
                refused = step;
                break;
            }
            impl->attached.push_back(std::move(link));
        }
        if (refused != nullptr) {
            ladder.rule_out(*refused);
            continue;
        }
        if (auto attached = impl->attach_iterators(log); !attached) return Failure(attached.error());
        auto ring = Ring::map(impl->object.map_fd("ring"));
        if (!ring) return Failure(ring.error());
        impl->ring = std::move(*ring);

        // what exists, and what of it died while we looked: nobody is to hear of that
        if (auto looked = impl->take_census(); !looked) return Failure(looked.error());
        // who was born while a parent was not yet known to be of the family
        if (options.descendants)
            if (auto looked = impl->take_census(); !looked) return Failure(looked.error());
        std::unique_ptr<Tracer> tracer(new Tracer(std::move(impl)));
        tracer->look_for_deaths();
        return tracer;
    }
}

void Tracer::look_for_deaths() {
    if (!impl_->sweep) return;
    impl_->control().without_task = 0;
    (void)run_iterator(bpf_link__fd(impl_->sweep.get()), 4096,
                       [](std::span<const std::byte>) {}); // tried again before long
}

void Tracer::set_filter(const TraceOptions& options) {
    impl_->count_misses(true); // by what was asked for until now
    impl_->asked = options.events;
    impl_->count_misses(false);
    impl_->object.set_filter(options);
}

int Tracer::fd() const { return impl_->ring.fd(); }

void Tracer::start() {
    impl_->count_misses(false);
    impl_->control().enabled = 1;
}

std::size_t Tracer::read(std::size_t most, const Sink& sink) { return impl_->ring.read(most, sink); }

void Tracer::ask_wakeup() {
    impl_->control().asleep = 1;
    // The other side commits its record (or sets `dirty`) and then looks at `asleep`; this side sets it and then
    // looks for records. With a full barrier in between on both sides, one of the two notices.
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

void Tracer::forgo_wakeup() { impl_->control().asleep = 0; }

bool Tracer::is_filling_up() const {
    // So little, because who waits its turn at an ordinary priority may wait for a tenth of a second: this much, come within
    // a nap of the reader, would fill the ring in twice that time.
    constexpr std::size_t part = 64;
    return impl_->ring.waiting() > impl_->ring.size() / part;
}

bool Tracer::take_dirty() {
    auto& control = impl_->control();
    if (control.dirty == 0) return false;
    control.dirty = 0;
    return true;
}

std::uint64_t Tracer::sweep(bool census) {
    if ((impl_->plan.observed & mask_of(EventType::ns_destroy)) == 0) return 0; // the kernel tells
    if (!impl_->sweep) return 0;
    if (census && !impl_->take_census()) return 1; // nobody knows: so it is looked again before long
    look_for_deaths();
    return census ? impl_->control().without_task : 0;
}

void Tracer::stop() {
    impl_->control().enabled = 0;
    impl_->count_misses(true);
    impl_->look_at_misses_ns = UINT64_MAX;
    wait_for_running_programs();
    impl_->attached.clear();
}

void Tracer::keep_out(std::uint64_t cgroup) { impl_->object.kept_out().keep_out(cgroup); }

void Tracer::let_in(std::uint64_t cgroup) { impl_->object.kept_out().let_in(cgroup); }

Counters Tracer::counters() const {
    Counters total;
    if (monotonic_ns() >= impl_->look_at_misses_ns) impl_->count_misses(true);
    for (std::size_t type = 0; type < event_type_count; type++) {
        total.produced[type] = impl_->not_run[type];
        total.lost[static_cast<std::size_t>(LossCause::not_run)][type] = impl_->not_run[type];
    }
    std::vector<nsscope_counters> per_cpu(static_cast<std::size_t>(libbpf_num_possible_cpus()));
    const __u32 zero = 0;
    if (bpf_map_lookup_elem(impl_->object.map_fd("counters"), &zero, per_cpu.data()) != 0) return total;
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
