#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernel/task_usage.hpp"
#include "presenter/look.hpp"
#include "scan/usage.hpp"

namespace nsscope {

/// What processes use, from one look to the next. How long each has been running comes from the kernel in one go; what it has
/// in memory, from /proc, is read again for those that have been running since, and for the others now and then, as the
/// kernel may take memory from who sleeps. Where the kernel's iterator does not work, all comes from /proc.
class UsageTracker {
  public:
    explicit UsageTracker(const std::string& proc_root);

    /// Begins a look.
    void look();
    /// Fills in cpu_ns and rss_bytes. The processes of a look come in the order of their pids.
    void complete(tui::Process& process);
    [[nodiscard]] MachineUsage machine() const { return proc_.machine(); }
    [[nodiscard]] std::uint64_t tick_ns() const { return tick_ns_; }

  private:
    struct Known {
        pid_t pid = 0;
        std::uint64_t start_ns = 0, cpu_ns = 0, rss_bytes = 0;
    };

    UsageReader proc_;
    std::uint64_t tick_ns_, page_size_;
    std::unique_ptr<TaskUsage> kernel_; ///< nullptr: does not work
    bool has_tried_ = false;
    std::uint64_t looks_ = 0;
    std::vector<ProcessRuntime> runtimes_;
    std::vector<Known> last_, now_;
    std::size_t next_runtime_ = 0, next_last_ = 0;
};

} // namespace nsscope
