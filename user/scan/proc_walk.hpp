#pragma once

#include <memory>
#include <vector>

#include "base/unique_fd.hpp"
#include "model/scan.hpp"
#include "scan/ns_catalog.hpp"
#include "scan/pid_queue.hpp"
#include "scan/process_reader.hpp"
#include "scan/walk_helpers.hpp"

namespace nsscope {

/// One walk over the processes of a procfs: gathers tasks, the namespaces they are in, and what could not
/// be read. Use: walk(), add_mounts(), finish().
class ProcWalk {
  public:
    /// `proc`: a directory descriptor, owned by the caller, that outlives this object.
    explicit ProcWalk(int proc) : proc_(proc) {}

    /// Reads every process and thread. 0, or the errno that ended the listing of the processes.
    /// What is found is held open until finish(), which has it closed in the background, or this object goes: no inode number
    /// stands for two namespaces. This takes
    /// descriptors, as many as there are namespaces: the soft limit on them (RLIMIT_NOFILE) is raised as far as the hard one.
    /// With many processes up to `threads` threads take part; the result is the same with any number,
    /// but for which tasks have their command line with them.
    [[nodiscard]] int walk(unsigned threads = useful_threads());

    /// Finds the nsfs mounts; those namespaces that no process is in are asked for what is known of them.
    void add_mounts();

    /// Adds an Issue of the caller's.
    void add_issue(Issue issue) { scan_.issues.push_back(std::move(issue)); }

    [[nodiscard]] Scan finish();

    /// As many as there are CPUs to run them, within reason.
    [[nodiscard]] static unsigned useful_threads();

  private:
    using Readers = std::vector<std::unique_ptr<ProcessReader>>;
    void gather();
    void check_nothing_hidden();
    void let_go();

    int proc_;
    Scan scan_;
    NsCatalog catalog_;
    Readers readers_;
    std::unique_ptr<WalkHelpers> helpers_; ///< goes before the readers
};

} // namespace nsscope
