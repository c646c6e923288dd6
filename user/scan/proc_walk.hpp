#pragma once

#include "base/unique_fd.hpp"
#include "model/scan.hpp"
#include "scan/ns_catalog.hpp"
#include "scan/tally.hpp"
#include "scan/task_dir.hpp"

namespace nsscope {

/// One walk over the processes of a procfs: gathers tasks, the namespaces they are in, and what could not
/// be read. Use: walk(), add_mounts(), finish().
class ProcWalk {
  public:
    /// `proc`: a directory descriptor, owned by the caller, that outlives this object.
    explicit ProcWalk(int proc) : proc_(proc) {}

    /// Reads every process and thread. 0, or the errno that ended the listing of the processes.
    [[nodiscard]] int walk();

    /// Takes the nsfs mounts in; those namespaces that no process is in are asked for what is known of them.
    void add_mounts(std::vector<ScannedMount> mounts);

    /// Adds an Issue of the caller's.
    void add_issue(Issue issue) { scan_.issues.push_back(std::move(issue)); }

    [[nodiscard]] Scan finish();

  private:
    void process(const char* name, pid_t pid);
    void threads(const TaskDir& process, const ScannedTask& main);
    /// Reads one task's directory; nullopt where it is gone or cannot be read, which is counted.
    std::optional<TaskReading> read(const TaskDir& task, pid_t pid);
    /// Describes the namespaces of a task that are new, reading them again where it has moved on. 0 or errno.
    int learn(const TaskDir& task, TaskReading& reading, pid_t pid);
    /// False if the task is no longer in what was read.
    bool describe_new(const TaskDir& task, const TaskReading& reading, pid_t pid);
    void count_error(int error_number, pid_t pid);
    void check_nothing_hidden();
    [[nodiscard]] UniqueFd open_mount(int root, const ScannedMount& mount) const;

    int proc_;
    Scan scan_;
    NsCatalog catalog_;
    Tally denied_, unborn_, unreadable_, nonsense_, failed_;
    int failure_ = 0; ///< the first errno behind failed_
    bool saw_first_process_ = false;
};

} // namespace nsscope
