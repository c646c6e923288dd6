#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "inspect/held_namespace.hpp"
#include "model/scan.hpp"
#include "model/snapshot.hpp"
#include "scan/tally.hpp"

namespace nsscope {

/// What could not be had, by what and why, and of which processes.
class Gaps {
  public:
    /// `pid` 0: no process in particular.
    void add(std::string what, std::string why, pid_t pid = 0);
    /// The errno of something that was asked of a process. One that is gone is no gap: it has left the namespace.
    void add_error(std::string what, int error_number, pid_t pid);
    void add_error(std::string what, const Error& error);

    /// An Issue for each, in the order of what and why.
    void report(std::vector<Issue>& issues) const;

  private:
    struct Entry {
        std::uint64_t times = 0;
        Tally processes;
    };
    std::map<std::pair<std::string, std::string>, Entry> entries_;
};

/// What only the kernel's own memory tells of a task, and a BPF iterator can read.
struct TaskNumbers {
    std::uint32_t pid_ns = 0;               ///< inum of its pid namespace, which the next two are of
    std::uint32_t last_pid = 0;             ///< the one given out last there
    std::optional<std::uint32_t> pid_max;   ///< nullopt: this kernel has one limit for all (before 6.14)
    std::uint32_t time_ns_for_children = 0; ///< inum
    bool time_offsets_frozen = false;       ///< of that one: somebody is or was in it
    std::uint32_t fs_users =
        0; ///< tasks that share its root and working directory (CLONE_FS), itself included
    std::uint32_t mm_users = 0; ///< at least as many as share its memory (CLONE_VM), itself included
};

/// Where to look besides the snapshot.
struct InspectSources {
    std::string proc_root = "/proc"; ///< of nsscope's own pid namespace, mounted in its own mount namespace
    /// Asks the kernel about a process. May be empty.
    std::function<Result<TaskNumbers>(pid_t)> task_numbers{};
};

/// One namespace that is looked into: what every kind's reader gets. All of it belongs to the caller.
struct Look {
    const Snapshot& snapshot;
    const Namespace& ns;
    const HeldNamespace& held;
    const InspectSources& sources;
    Gaps& gaps;
};

/// How many ancestors a pid or user namespace has, by NS_GET_PARENT; nullopt where nsscope is itself in a child
/// namespace, and the kernel does not show what is above that.
[[nodiscard]] std::optional<unsigned> depth_of(const HeldNamespace& ns);

/// Why a process's file did not help: the text of an errno, with what to do about it.
[[nodiscard]] std::string reason(int error_number);

} // namespace nsscope
