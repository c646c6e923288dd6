#pragma once

#include <algorithm>

#include <set>
#include <string>

#include "helper_run.hpp"
#include "snapshot.hpp"

namespace live {

/// Processes and threads in namespaces of their own, the same for the same seed; alive as long as this is.
class Forest {
  public:
    Forest(unsigned seed, unsigned trees)
        : helper_({"forest:" + std::to_string(seed) + ':' + std::to_string(trees)}) {
        if (!helper_.wait_for("forest")) return;
        const auto told = helper_.steps().back();
        for (const auto pid : told.pids) pids_.insert(pid);
        tasks_ = told.tasks;
    }
    [[nodiscard]] const std::set<pid_t>& pids() const { return pids_; }
    /// Every thread of it.
    [[nodiscard]] const std::vector<Step::Task>& tasks() const { return tasks_; }

  private:
    Helper helper_;
    std::set<pid_t> pids_;
    std::vector<Step::Task> tasks_;
};

/// Whether all of its members belong to the forest: nobody else comes or goes there.
[[nodiscard]] inline bool is_within(const ListedNamespace& ns, const std::set<pid_t>& pids) {
    return !ns.members.empty() && std::ranges::includes(pids, ns.members);
}

} // namespace live
