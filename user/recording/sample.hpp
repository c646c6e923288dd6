#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "model/container.hpp"

namespace nsscope {

/// What a process had used when a sample was taken, and what it runs.
struct SampledProcess {
    static constexpr std::uint32_t no_container = UINT32_MAX;

    pid_t pid = 0;
    std::uint64_t start_ns = 0;               ///< CLOCK_BOOTTIME
    std::optional<std::uint64_t> cpu_ns{};    ///< since its start, all threads
    std::optional<std::uint64_t> rss_bytes{}; ///< resident
    std::uint32_t container = no_container;   ///< place in Sample::containers
    std::string command{};                    ///< raw bytes; empty: not known
    bool operator==(const SampledProcess&) const = default;
};

/// A cgroup of the unified hierarchy and what it used; nullopt: the controller is not on there.
struct SampledCgroup {
    static constexpr std::uint32_t no_parent = UINT32_MAX;

    std::uint64_t id = 0;
    std::uint32_t parent = no_parent; ///< place in the list, before this one's
    std::string name{};               ///< raw bytes
    std::optional<std::uint64_t> cpu_ns{}, memory{}, pids{};
    std::optional<double> cpu_pressure{}, memory_pressure{}, io_pressure{}; ///< percent
};

/// What events do not tell: what the machine, its processes and cgroups had used at one moment.
struct Sample {
    std::uint64_t mono_ns = 0; ///< CLOCK_MONOTONIC
    std::uint64_t boot_ns = 0; ///< CLOCK_BOOTTIME
    std::uint32_t cpus = 0;
    std::uint64_t cpu_ns = 0, busy_ns = 0;   ///< of all CPUs since boot: passed, and not idle; 0: not known
    std::uint64_t memory = 0, available = 0; ///< bytes; 0: not known
    std::vector<SampledProcess> processes{}; ///< by pid
    std::vector<FoundContainer> containers{};
    std::vector<SampledCgroup> cgroups{}; ///< parents first
    std::map<uid_t, std::string> users{}; ///< names of uids, raw bytes
    std::vector<std::string> notices{};   ///< what could not be seen, and why; raw bytes
};

/// Makes payloads of samples (docs/record.md). Of processes only what has changed since the last one is written.
class SampleWriter {
  public:
    void append(std::string& out, const Sample& sample);
    /// The next one is written whole, so that reading can begin with it.
    void begin_anew() { last_.reset(); }

  private:
    std::optional<Sample> last_;
};

/// Brings `sample`, that of the payload before, up to this one. A whole one leaves nothing of what was before; after others
/// there may still be processes that have ended. False: these bytes are no sample, and `sample` is of no use.
[[nodiscard]] bool update_sample(Sample& sample, std::string_view payload);

} // namespace nsscope
