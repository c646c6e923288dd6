#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "base/result.hpp"
#include "events/event.hpp"
#include "model/container.hpp"
#include "model/snapshot.hpp"

namespace nsscope::tui {

inline constexpr std::uint32_t none = UINT32_MAX;

/// The machine as a whole. Sums count up since boot; the difference of two looks is the use between them.
struct Machine {
    std::string host{}, kernel{}, boot_id{}; ///< raw bytes; empty: not known
    std::string rung{};                      ///< how the kernel is hooked into; empty: there are no events
    std::uint64_t boot_ns = 0; ///< CLOCK_BOOTTIME of the look: uptime, and the clock of start_ns
    std::uint32_t cpus = 0;
    std::uint64_t cpu_ns = 0,
                  busy_ns = 0; ///< of all CPUs together: passed, and not idle (proc_stat(5)); 0: not known
    std::uint64_t memory = 0, available = 0; ///< bytes, proc_meminfo(5); 0: not known
};

struct Process {
    pid_t pid = 0, ppid = 0;
    uid_t uid = 0;
    std::uint64_t start_ns = 0; ///< CLOCK_BOOTTIME
    std::uint32_t threads = 0;
    bool kernel_thread = false;
    std::uint32_t container = none;           ///< place in Look::containers
    std::string comm{}, command{};            ///< raw bytes; command: empty where it is not known
    std::array<NsRef, ns_slot_count> ns{};    ///< of its first thread
    std::optional<std::uint64_t> cpu_ns{};    ///< used since its start, all threads
    std::optional<std::uint64_t> rss_bytes{}; ///< resident
};

/// A cgroup of the unified (v2) hierarchy, cgroups(7). nullopt: the controller is not on there.
struct Cgroup {
    std::uint64_t id = 0;
    std::uint32_t parent = none; ///< place in Look::cgroups, before this one's
    std::string name{};          ///< raw bytes; "/" for the root
    std::optional<std::uint64_t> cpu_ns{}, memory{}, pids{};
    std::optional<double> cpu_pressure{}, memory_pressure{}, io_pressure{}; ///< "some", avg10, percent
};

/// A line of the guard view: a policy in force, one of its rules, or what one process did of late.
struct GuardLine {
    std::uint64_t id = 0;        ///< stays the same from look to look
    std::uint32_t parent = none; ///< place in Look::guard, before this one's
    std::string text{};          ///< printable
    std::optional<std::uint64_t> hits{};
    pid_t pid = 0; ///< who it speaks of; 0: nobody
};

/// What happened, told.
struct EventLine {
    std::uint64_t seq = 0;
    std::int64_t time_ns = 0;
    EventType type{};
    pid_t pid = 0, child = 0;                                   ///< thread-group ids; 0: nobody
    std::vector<std::pair<NsType, std::uint32_t>> namespaces{}; ///< left or entered: type and inum
    std::string text{}; ///< the line of `events --format text`, printable
};
using EventBatch = std::vector<EventLine>;

/// Since the beginning.
struct Counts {
    std::array<std::uint64_t, event_type_count> events{};
    std::uint64_t lost = 0, created = 0, destroyed = 0;
    [[nodiscard]] std::uint64_t all() const {
        std::uint64_t sum = 0;
        for (const auto count : events) sum += count;
        return sum;
    }
};

/// All that is known at one moment; plain values.
struct Look {
    std::int64_t time_ns = 0;       ///< CLOCK_REALTIME
    std::uint64_t mono_ns = 0;      ///< CLOCK_MONOTONIC
    std::uint64_t use_ns = 0;       ///< CLOCK_MONOTONIC when use was measured; 0: as mono_ns
    bool anew = false;              ///< what came before is another time, and not to be compared with it, but
    std::shared_ptr<Look> before{}; ///< this is; nullptr: nothing
    Machine machine;
    Counts counts;
    Snapshot snapshot;
    std::vector<Process> processes{}; ///< by pid, ascending
    std::vector<Container> containers{};
    std::vector<Cgroup> cgroups{};        ///< parents first; empty unless wanted
    std::vector<GuardLine> guard{};       ///< parents first; empty: no policy is in force
    EventBatch events;                    ///< since the last look, in order
    std::uint64_t not_kept = 0;           ///< events since the last look that are counted but not in `events`
    std::map<uid_t, std::string> users{}; ///< names of the uids that occur; raw bytes
    std::vector<std::string> notices{};   ///< what cannot be seen, and why; raw bytes
};

/// What costs something to find out, and is not always shown.
struct Wants {
    bool usage = true; ///< cpu_ns and rss_bytes of each process
    bool cgroups = false;
    bool quick = false; ///< the first one: what takes long is left to the next, which follows at once
};

/// Where looks come from: the machine, a recording, a test.
class Feed {
  public:
    Feed() = default;
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;
    virtual ~Feed() = default;

    /// Called from one thread, which may be another one than that which draws.
    [[nodiscard]] virtual Result<Look> look(const Wants& wants) = 0;
};

} // namespace nsscope::tui
