#pragma once

#include <sys/types.h>
#include <vector>

#include "model/scan.hpp"
#include "scan/tally.hpp"

namespace nsscope {

/// What could not be read of the processes, counted by the reason.
class Mishaps {
  public:
    /// The errno of something that was asked of a process. A process that is gone is no mishap.
    void count_error(int error_number, pid_t pid);
    /// It is there, and its namespaces may not be read.
    void count_denied(pid_t pid) { denied_.add(pid); }
    /// The errno of something that was asked of its descriptors, or of a socket among them.
    void count_files_error(int error_number, pid_t pid);
    void count_sockets_error(int error_number, pid_t pid);
    /// Its children will be born in a pid namespace that has had no process so far.
    void count_unborn(pid_t pid) { unborn_.add(pid); }

    /// Adds what was counted of other processes.
    void merge(const Mishaps& others);

    /// An Issue for each reason.
    void report(std::vector<Issue>& issues) const;

  private:
    Tally denied_, unborn_, unreadable_, nonsense_, files_, sockets_, failed_;
    int failure_ = 0; ///< the first errno behind failed_
};

} // namespace nsscope
