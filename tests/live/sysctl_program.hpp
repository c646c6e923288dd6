#pragma once

#include <string>

#include "base/unique_fd.hpp"

namespace live {

/// A program of somebody else on the hook of the guard (bpf-cgroup, BPF_CGROUP_SYSCTL), attached to a cgroup for as long
/// as this lives.
class SysctlProgram {
  public:
    enum class Does {
        pass,
        deny,
        undo, ///< makes a pass of whatever was decided before it, by bpf_set_retval(); 6.1 and later
        obey, ///< passes or denies as pass() said last
    };
    SysctlProgram(const std::string& cgroup_directory, Does does);

    /// Why it is not attached; empty: it is.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    void pass(bool yes) const;

  private:
    nsscope::UniqueFd map_, program_, link_;
    std::string problem_;
};

} // namespace live
