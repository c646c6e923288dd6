#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/unique_fd.hpp"
#include "model/scan.hpp"

namespace nsscope {

/// The nsfs bind mounts of every mount namespace that a task is in, each read once, from the mountinfo of one task in it
/// (proc_pid_mountinfo(5)). It shows what lies below that task's root directory; for the rest see HiddenMounts.
class NsfsMounts {
  public:
    /// `proc`, a directory descriptor of a procfs, and `tasks` are the caller's and outlive this object.
    NsfsMounts(int proc, std::span<const ScannedTask> tasks) : proc_(proc), tasks_(tasks) {}

    /// All of them. What could not be read becomes an Issue.
    [[nodiscard]] std::vector<ScannedMount> read(std::vector<Issue>& issues);

    /// Opens the namespace that a mount found by read() holds. Nothing is opened before it has shown to be that
    /// namespace: another mount may lie on top, and the path is whatever its owner wants it to be. None: it cannot be
    /// had so.
    [[nodiscard]] UniqueFd open(const ScannedMount& mount) const;

    /// Whether read() has read the mounts of this mount namespace.
    [[nodiscard]] bool has_read(std::uint32_t mnt_ns) const { return task_of_.contains(mnt_ns); }

    /// Of those that were read, the ones of which not all is seen, as the task's root directory is not that of the mount
    /// namespace; each with the directory of the task.
    [[nodiscard]] const std::unordered_map<std::uint32_t, std::string>& cut_off() const { return cut_off_; }

  private:
    /// Reads the mountinfo of a task that is in this mount namespace before and after. 0, or an errno.
    int read_of(const std::string& task, std::uint32_t mnt_ns, std::vector<ScannedMount>& found);

    int proc_;
    std::span<const ScannedTask> tasks_;
    std::unordered_map<std::uint32_t, std::string>
        task_of_; ///< mount namespace -> the directory of a task in it
    std::unordered_map<std::uint32_t, std::string> cut_off_;
};

/// The file of nsfs that is mounted at the place that `mount` says, below the directory `root`. See NsfsMounts::open().
/// `proc`: a directory descriptor of a procfs.
[[nodiscard]] UniqueFd open_mounted(int proc, int root, const ScannedMount& mount);

} // namespace nsscope
