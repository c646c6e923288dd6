#pragma once

#include <sys/types.h>
#include <vector>

namespace nsscope {

/// The threads that this process has before a walk starts its own, which belong to no answer.
class OwnThreads {
  public:
    /// Asks the procfs for "self": its numbers are those of its own pid namespace. A test's tree has none.
    explicit OwnThreads(int proc);

    /// Whether it is this process.
    [[nodiscard]] bool is_own(pid_t pid) const { return pid == pid_; }

    /// Whether the thread is one of this process that was started since.
    [[nodiscard]] bool is_new(pid_t pid, pid_t tid) const;

  private:
    pid_t pid_ = 0;
    std::vector<pid_t> tids_;
};

} // namespace nsscope
