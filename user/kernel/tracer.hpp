#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "events/event_source.hpp"
#include "kernel/attach_plan.hpp"

namespace nsscope {

/// What to trace. Filters work in the kernel; what they keep back is counted there as filtered.
struct TraceOptions {
    EventMask events = ns_events;
    std::uint32_t ns_types = 0;          ///< bit 1 << NsType; 0: all
    std::uint32_t pid = 0;               ///< 0: all
    std::string comm;                    ///< empty: all; at most 15 bytes are compared
    std::uint32_t ring_bytes = 8U << 20; ///< a power of two, at least a page
};

/// The kernel side of `events`: the BPF programs of the attach plan, their ring and their counters. Detached, with
/// nothing left behind, when it is destroyed.
class Tracer : public EventSource {
  public:
    /// Loads and attaches what the options need, and learns what each task is in. Needs CAP_BPF and CAP_PERFMON (or
    /// CAP_SYS_ADMIN), and the kernel's BTF. Changes nothing when it fails.
    [[nodiscard]] static Result<std::unique_ptr<Tracer>> attach(const TraceOptions& options);

    ~Tracer() override;
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;

    [[nodiscard]] Rung rung() const { return Rung::tracepoint; }

    [[nodiscard]] int fd() const override;
    void start() override;
    std::size_t read(std::size_t most, const Sink& sink) override;
    void ask_wakeup() override;
    void forgo_wakeup() override;
    [[nodiscard]] bool take_dirty() override;
    std::uint64_t sweep(bool census) override;
    void stop() override;
    [[nodiscard]] Counters counters() const override;

  private:
    struct Impl;
    explicit Tracer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace nsscope
