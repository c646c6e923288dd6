#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "model/scan.hpp"

namespace nsscope {

/// The machine as it is now: a scan, kept up to date by what happens. build_snapshot(graph.scan()) is at every moment
/// what a scan of the machine would give, but for what no event tells: file descriptors, sockets and mounts (those of
/// the last load() are kept), user ids changed by setuid(2), parents changed by a parent's death (until the child is
/// heard of again), and zombies, which are taken to be gone.
///
/// Events are to be given in the order in which they happened, from before the scan began: what the scan has seen
/// already may be told again. Time of each but load(), reconcile() and scan(): constant on average.
class Graph {
  public:
    /// A slot of a task, and what it refers to from now on.
    struct Move {
        NsSlot slot{};
        NsRef to;
    };
    /// A task, as an event names it.
    struct Who {
        pid_t pid = 0, tid = 0, ppid = 0;
        uid_t uid = 0;
        std::uint64_t start_ns = 0;  ///< of the process, CLOCK_BOOTTIME
        std::uint64_t cgroup_id = 0; ///< in the unified hierarchy; 0: not known
        std::string_view comm;       ///< raw bytes
    };

    /// Forgets all and takes the scan in.
    void load(const Scan& scan);

    /// `parent_tid`, a thread, made `child`, which differs from it by `moves` (clone(2)).
    void birth(pid_t parent_tid, const Who& child, std::span<const Move> moves);
    /// unshare(2), setns(2), or an exec into a time namespace.
    void move(const Who& task, std::span<const Move> moves);
    /// execve(2): all other threads are gone, and who called it has the process's number now.
    void exec(const Who& task);
    /// The thread is gone, or its process is; a first thread stays, without namespaces, until all are gone.
    void exit(const Who& task);
    /// The task is in another cgroup of the unified hierarchy, that of `task`.
    void attach(const Who& task);
    void destroy(NsType type, NsRef ref);

    /// All of it, as flat lists; `source` and `issues` are those of the last load().
    [[nodiscard]] Scan scan() const;

    [[nodiscard]] std::size_t namespaces() const { return namespaces_.size(); }
    [[nodiscard]] std::size_t threads() const { return tasks_.size(); }
    [[nodiscard]] std::size_t processes() const { return processes_.size(); }
    /// Events about a task that was not known: something was lost before, or the task was out of sight.
    [[nodiscard]] std::uint64_t unexplained() const { return unexplained_; }

  private:
    struct Task {
        ScannedTask facts; ///< `cgroups` as in the scan that it comes from
        std::uint64_t cgroup_id = 0;
    };
    struct Process {
        std::unordered_set<pid_t> threads;
        bool first_has_exited = false; ///< and waits for the others
    };

    ScannedNamespace& note(NsType type, NsRef ref);
    void apply(ScannedTask& task, std::span<const Move> moves);
    [[nodiscard]] Task* find(const Who& who);
    Task& add(const Who& who);
    void refresh(Task& task, const Who& who);
    void erase(pid_t tid);

    std::unordered_map<std::uint64_t, ScannedNamespace>
        namespaces_;                        ///< by type and inum: the latest of that number
    std::unordered_map<pid_t, Task> tasks_; ///< by thread
    std::unordered_map<pid_t, Process> processes_;
    Scan rest_; ///< what no event changes
    std::uint64_t unexplained_ = 0;
};

} // namespace nsscope
