#pragma once

#include <cstdint>
#include <memory>
#include <sys/types.h>
#include <vector>

#include "base/result.hpp"

namespace nsscope {

/// How long a process has been running on CPUs since its start, all its threads together, those that have ended included.
struct ProcessRuntime {
    pid_t pid = 0;              ///< as nsscope's own pid namespace has it
    std::uint64_t start_ns = 0; ///< CLOCK_BOOTTIME: tells whose it is
    std::uint64_t cpu_ns = 0;
};

/// Asks the kernel again and again, by a BPF task iterator, which needs what scan_bpf() needs.
class TaskUsage {
  public:
    /// Fails where the kernel refuses, or NSSCOPE_DISABLE says to do without.
    [[nodiscard]] static Result<std::unique_ptr<TaskUsage>> open();
    ~TaskUsage();
    TaskUsage(const TaskUsage&) = delete;
    TaskUsage& operator=(const TaskUsage&) = delete;

    /// Of all processes now, by pid.
    [[nodiscard]] Result<std::vector<ProcessRuntime>> read();

  private:
    struct Impl;
    explicit TaskUsage(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace nsscope
