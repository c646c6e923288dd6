#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "base/clock.hpp"
#include "events/event.hpp"

namespace nsscope {

/// Where raw records come from: the kernel (kernel/tracer.hpp), or a test that plays them from memory.
class EventSource {
  public:
    using Sink = std::function<void(std::span<const std::byte>)>;

    EventSource() = default;
    EventSource(const EventSource&) = delete;
    EventSource& operator=(const EventSource&) = delete;
    virtual ~EventSource() = default;

    /// Becomes readable when there may be something to do; owned by the source.
    [[nodiscard]] virtual int fd() const = 0;
    /// From now on everything that happens is in the ring or counted.
    virtual void start() = 0;
    /// Hands at most `most` records to `sink`, which may not keep the bytes. Returns how many.
    virtual std::size_t read(std::size_t most, const Sink& sink) = 0;
    /// Asks to be woken through fd(). Between this and the wait, look once more with read() and take_dirty(): what
    /// came before the asking wakes nobody.
    virtual void ask_wakeup() = 0;
    /// The opposite: spares those who report the trouble.
    virtual void forgo_wakeup() = 0;
    /// So much waits to be read that, should the reader have to wait its turn, what comes might not find room.
    [[nodiscard]] virtual bool is_filling_up() const { return false; }
    /// Something happened that may have been the end of a namespace; look after it with sweep(). Asking resets it.
    [[nodiscard]] virtual bool take_dirty() = 0;
    /// Finds the namespaces that died unseen; their records come through the ring. With `census`, first finds out
    /// which namespaces have a task in them, and returns how many have none (and so may die without anything
    /// that could be noticed); else returns 0.
    virtual std::uint64_t sweep(bool census) = 0;
    /// Ends reporting. When it returns, all that was reported is in the ring, and the counters stand still.
    virtual void stop() = 0;
    [[nodiscard]] virtual Counters counters() const = 0;
    /// Nobody wants events of processes in this cgroup, unless somebody else takes part: the source may count them as filtered
    /// and spare the trouble, and need not. Until let_in(); 0 is every cgroup there.
    virtual void keep_out(std::uint64_t cgroup) { static_cast<void>(cgroup); }
    virtual void let_in(std::uint64_t cgroup) { static_cast<void>(cgroup); }
    /// Nothing will come any more: the kernel has no end, a recording has.
    [[nodiscard]] virtual bool has_ended() const { return false; }
    /// CLOCK_MONOTONIC, and CLOCK_REALTIME less that, where the records come from: now, or when they were recorded. ns.
    [[nodiscard]] virtual std::uint64_t now() const { return monotonic_ns(); }
    [[nodiscard]] virtual std::int64_t clock_offset() const {
        return realtime_ns() - static_cast<std::int64_t>(monotonic_ns());
    }
};

} // namespace nsscope
