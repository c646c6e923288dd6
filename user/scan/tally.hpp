#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "model/scan.hpp"

namespace nsscope {

/// Counts the processes to which one thing happened, and remembers a few: those with the lowest pids, so that
/// it is the same in whatever order they come.
class Tally {
  public:
    /// Each process counts once, if its occasions come in a row.
    void add(pid_t pid);

    /// Adds the count of other processes.
    void merge(const Tally& others);

    /// Adds an Issue, "WHY (pid 1, 2, 3 and 40 more)HINT", unless nothing was counted.
    void report(std::vector<Issue>& issues, std::string what, std::string_view why,
                std::string_view hint) const;

  private:
    void remember(pid_t pid);

    std::uint64_t count_ = 0;
    pid_t last_ = 0;
    std::vector<pid_t> lowest_; ///< ascending
};

} // namespace nsscope
