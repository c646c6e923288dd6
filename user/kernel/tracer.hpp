#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "events/event_source.hpp"
#include "kernel/attach_plan.hpp"
#include "kernel/trace_object.hpp"

namespace nsscope {

/// The kernel side of `events`: the BPF programs of the attach plan, their ring and their counters. Detached, with
/// nothing left behind, when it is destroyed.
class Tracer : public EventSource {
  public:
    /// Loads and attaches what the options need, and learns what each task is in. Needs CAP_BPF and CAP_PERFMON (or
    /// CAP_SYS_ADMIN). Changes nothing when it fails.
    [[nodiscard]] static Result<std::unique_ptr<Tracer>> attach(const TraceOptions& options);

    ~Tracer() override;
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;

    /// By which unshare, setns and failing clones are seen.
    [[nodiscard]] Rung rung() const;
    /// Wanted events that are found by looking, and those that cannot be seen at all.
    [[nodiscard]] EventMask observed() const;
    [[nodiscard]] EventMask missing() const;

    /// See TraceObject::set_filter(). Of events that are missing() none will come.
    void set_filter(const TraceOptions& options);

    [[nodiscard]] int fd() const override;
    void start() override;
    std::size_t read(std::size_t most, const Sink& sink) override;
    void ask_wakeup() override;
    void forgo_wakeup() override;
    [[nodiscard]] bool is_filling_up() const override;
    [[nodiscard]] bool take_dirty() override;
    std::uint64_t sweep(bool census) override;
    void stop() override;
    [[nodiscard]] Counters counters() const override;
    void keep_out(std::uint64_t cgroup) override;
    void let_in(std::uint64_t cgroup) override;

  private:
    struct Impl;
    explicit Tracer(std::unique_ptr<Impl> impl);
    void look_for_deaths();
    std::unique_ptr<Impl> impl_;
};

} // namespace nsscope
