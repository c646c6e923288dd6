#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "events/event_source.hpp"
#include "kernel/guard_object.hpp"

namespace nsscope {

/// The maps that a guard reports through. Descriptors stay the caller's until a reader was made of them.
struct GuardMaps {
    int ring = -1;
    int counters = -1;
    int control = -1;
};

/// Those of a guard that this process holds.
[[nodiscard]] GuardMaps maps_of(const GuardObject& object);

/// What a reader wants of it; what is empty is not asked for.
struct GuardWants {
    EventMask events = guard_events;
    std::uint32_t pid = 0; ///< thread-group id
    std::string comm{};
};

/// What a guard in force reports: sysctl.read and sysctl.write. The guard goes on without a reader, and only counts then.
class GuardReader : public EventSource {
  public:
    /// One guard has one reader at a time (the ring buffer has one consumer): fails with EBUSY while there is another.
    /// `lock` is a file that tells readers of each other; empty: nobody else can know of this guard.
    [[nodiscard]] static Result<std::unique_ptr<GuardReader>> open(const GuardMaps& maps,
                                                                   const std::string& lock);

    ~GuardReader() override;
    GuardReader(const GuardReader&) = delete;
    GuardReader& operator=(const GuardReader&) = delete;

    /// Readers of every guard that is pinned; none: there is no guard.
    [[nodiscard]] static Result<std::vector<std::unique_ptr<EventSource>>>
    open_pinned(const GuardWants& wants);

    /// Before start(). What is not wanted by its type is not counted either; the rest is counted as filtered.
    void set_wants(GuardWants wants);
    /// Calls this every `period_ns`, between two read()s.
    void set_watch(std::function<void()> watch, std::uint64_t period_ns);

    [[nodiscard]] int fd() const override;
    void start() override;
    std::size_t read(std::size_t most, const Sink& sink) override;
    void ask_wakeup() override;
    void forgo_wakeup() override;
    [[nodiscard]] bool take_dirty() override { return false; }
    std::uint64_t sweep(bool) override { return 0; }
    void stop() override;
    /// Since start().
    [[nodiscard]] Counters counters() const override;

  private:
    struct Impl;
    explicit GuardReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace nsscope
