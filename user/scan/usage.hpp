#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "base/unique_fd.hpp"

namespace nsscope {

/// What a process has used since its start, all its threads together, and what it has in memory now.
struct ProcessUsage {
    std::uint64_t start_ticks = 0; ///< tells whose numbers these are
    std::uint64_t cpu_ticks = 0;   ///< user and system time
    std::uint64_t rss_pages = 0;
};
/// Reads /proc/PID/stat, fields 14, 15, 22 and 24 of proc_pid_stat(5); nullopt for what the kernel would not write.
[[nodiscard]] std::optional<ProcessUsage> parse_process_usage(std::string_view stat);

/// The machine's CPUs since boot, in clock ticks (proc_stat(5)), and its memory in bytes (proc_meminfo(5)); 0: not known.
struct MachineUsage {
    std::uint64_t cpu_ticks = 0,
                  busy_ticks = 0; ///< of all CPUs together; time waiting for a disk is not busy
    std::uint32_t cpus = 0;
    std::uint64_t memory = 0, available = 0;
};
/// `stat` and `meminfo`: the files of these names in /proc.
[[nodiscard]] MachineUsage parse_machine_usage(std::string_view stat, std::string_view meminfo);

/// Reads the above under PROC_ROOT, again and again.
class UsageReader {
  public:
    explicit UsageReader(const std::string& proc_root);

    /// nullopt: it is gone, or may not be looked at.
    [[nodiscard]] std::optional<ProcessUsage> process(pid_t pid) const;
    [[nodiscard]] MachineUsage machine() const;

  private:
    UniqueFd proc_;
};

} // namespace nsscope
