#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "model/ns_type.hpp"
#include "scan/parse.hpp"

namespace nsscope {

using SlotSet = std::bitset<ns_slot_count>;

/// What one task's directory told.
struct TaskReading {
    StatFields stat;
    uid_t uid = 0;                                   ///< effective
    std::array<std::uint32_t, ns_slot_count> inum{}; ///< 0: has none (any more), or may not be read
    /// Those among the namespaces that were opened at once, in place of reading their links.
    std::array<UniqueFd, ns_slot_count> file;
    bool denied = false; ///< some of inum are 0 for want of permission
    /// Its children will be born in a pid namespace that has had no process so far: the kernel does not show
    /// that one in /proc (kernel/pid_namespace.c, pidns_for_children_get).
    bool unborn_pid_ns = false;
};

/// One /proc/PID or /proc/PID/task/TID, held open. Everything is read relative to it, so that all of it is of
/// the same task: once that is gone the kernel answers ESRCH or ENOENT, even if the pid is in use again.
///
/// Errors are errno values.
class TaskDir {
  public:
    [[nodiscard]] static tl::expected<TaskDir, int> open(int parent, const char* name);

    /// ESRCH or ENOENT: the task is gone; EBADMSG: its stat file makes no sense.
    /// The namespaces that are `wanted` open in any case are opened at once, if they can be.
    [[nodiscard]] tl::expected<TaskReading, int> read(const SlotSet& wanted = {}) const;

    /// Reads the namespaces again, as read() did: 0, or an errno as read() has it.
    /// `as_own`: those of its children that are known to be the ones that it is in.
    [[nodiscard]] int read_namespaces(TaskReading& into, const SlotSet& wanted = {},
                                      const SlotSet& as_own = {}) const;

    /// Whether it refers to a namespace there now; one that has ended does not.
    [[nodiscard]] bool has_namespace(NsSlot slot) const;

    /// Opens the namespace of a slot, which may be another one than was read before.
    [[nodiscard]] UniqueFd open_namespace(NsSlot slot) const;

    /// The whole of its cmdline, raw, empty for kernel threads and zombies; nullopt: gone, or may not be read.
    [[nodiscard]] std::optional<std::string> read_cmdline() const;

    /// The whole of its file "cgroup", raw, into `text`, whose room is used again; false: gone, or may not be read.
    [[nodiscard]] bool read_cgroups(std::string& text) const;

    /// Its directory "fd", as a path relative to descriptor(), which is this object's.
    [[nodiscard]] const char* files() const { return path("../fd"); }
    [[nodiscard]] int descriptor() const { return base_.get(); }

    /// A path descriptor of its directory "task"; errno tells why there is none.
    [[nodiscard]] UniqueFd open_threads() const;

  private:
    TaskDir() = default;
    /// A path from base_, given one that begins at "ns".
    [[nodiscard]] const char* path(const char* from_ns) const;
    /// Opens a namespace and takes its number from the file; false if that cannot be done.
    [[nodiscard]] bool open_and_read(NsSlot slot, TaskReading& into) const;
    /// 0 and the number, or errno; EINVAL for what is no link, or names no such namespace.
    [[nodiscard]] int read_link(NsSlot slot, std::uint32_t& inum) const;
    [[nodiscard]] bool alive() const;
    [[nodiscard]] bool read_whole(const char* name, std::string& text) const;

    UniqueFd base_;    ///< path descriptor of its "ns", by which all else is reached; see ns_errno_
    int ns_errno_ = 0; ///< not 0: why "ns" could not be opened; base_ is the directory itself
};

/// Whether an errno means that a process or thread has ended.
[[nodiscard]] bool means_gone(int error_number);
/// Whether an errno means that a permission was missing.
[[nodiscard]] bool means_denied(int error_number);

} // namespace nsscope
