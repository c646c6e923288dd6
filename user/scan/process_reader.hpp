#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/scan.hpp"
#include "scan/cgroup_sets.hpp"
#include "scan/mishaps.hpp"
#include "scan/ns_catalog.hpp"
#include "scan/open_files.hpp"
#include "scan/own_threads.hpp"
#include "scan/pid_queue.hpp"
#include "scan/task_dir.hpp"

namespace nsscope {

/// What one thread of a walk does, and all that it gathers: tasks, the namespaces they are in, and what could
/// not be read. It shares nothing with the others but the queue.
class ProcessReader {
  public:
    /// The tasks of one block of processes.
    struct Batch {
        std::size_t number = 0; ///< the block's
        std::vector<ScannedTask> tasks;
        std::vector<ScannedFile> files;
    };

    /// `proc` and `own` belong to the caller and outlive this object.
    /// `most_held`: how many namespaces it may hold open until the catalogue lets them go.
    ProcessReader(int proc, const OwnThreads& own, std::size_t most_held)
        : catalog(most_held), proc_(proc), own_(&own) {}

    /// Takes blocks from the queue and reads them, until there are no more.
    void drain(PidQueue& queue);

    std::vector<Batch> batches; ///< ascending by number
    NsCatalog catalog;
    CgroupSets cgroups;
    Mishaps mishaps;

  private:
    void process(pid_t pid);
    void threads(const TaskDir& process, const ScannedTask& main);
    /// Reads one task's directory; nullopt where it is gone or cannot be read, which is counted.
    std::optional<TaskReading> read(const TaskDir& task, pid_t pid);
    /// Describes the namespaces of a task that are new, reading them again where it has moved on. 0 or errno.
    int learn(const TaskDir& task, TaskReading& reading, pid_t pid);
    /// False if the task is no longer in what was read; unless `is_last`, then the reading is put right, namespace by namespace.
    bool describe_new(const TaskDir& task, TaskReading& reading, pid_t pid, bool is_last);
    /// What its open files hold. A thread's are those of its process, unless it has a table of its own.
    /// `denied`: its namespaces may not be read.
    void files(const TaskDir& dir, const ScannedTask& task, bool denied);
    void keep(ScannedTask task) { batches.back().tasks.push_back(std::move(task)); }

    int proc_;
    const OwnThreads* own_;
    OpenFiles open_files_;
    std::string cgroup_text_; ///< room that is used again
    /// What the last task was in, slot by slot, as far as the catalogue has all that can be known of it: most
    /// tasks are in much the same namespaces as the one before.
    std::array<std::uint32_t, ns_slot_count> settled_{};
    /// Where the last task was in a namespace that was new. The next one likely is too, as in a row of
    /// containers: its namespace will have to be opened, and that tells the number as well as the link does.
    SlotSet news_;
};

} // namespace nsscope
