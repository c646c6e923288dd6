#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

#include "model/ns_type.hpp"

namespace nsscope {

/// What one look at the machine found, as flat lists: the common result of the BPF task iterator and of the
/// walk of /proc, and the input of build_snapshot(). Pids are those of nsscope's own pid namespace.

/// Names a namespace at one moment. `inum` 0: there is none (the task has exited), or it may not be read.
struct NsRef {
    std::uint32_t inum = 0;
    std::uint64_t id = 0; ///< the kernel's 64-bit id (6.18 and later), 0: not known
    bool operator==(const NsRef&) const = default;
};

/// The cgroups that a task is in, one in each hierarchy (cgroups(7); the kernel's struct css_set). A scan holds one for
/// each distinct set that it met.
struct ScannedCgroups {
    std::uint64_t id =
        0; ///< of the one in the unified (v2) hierarchy: kernfs node id, its inode number; 0: not known
    /// /proc/PID/cgroup of a task that is in them, raw; empty where the scan did not read it (the BPF iterator).
    std::string text;
};

/// One thread.
struct ScannedTask {
    static constexpr std::uint32_t no_cgroups = UINT32_MAX;

    pid_t pid = 0; ///< thread-group id
    pid_t tid = 0;
    pid_t ppid = 0; ///< thread-group id of the real parent, 0 where it is outside our pid namespace
    uid_t uid = 0;  ///< effective uid
    bool kernel_thread = false;
    std::uint32_t cgroups = no_cgroups; ///< index in Scan::cgroups; from /proc, threads have their process's
    std::uint64_t start_ns = 0;         ///< of the process, CLOCK_BOOTTIME; from /proc in whole clock ticks
    std::string comm;                   ///< raw bytes
    std::array<NsRef, ns_slot_count> ns{};
    /// The command line, arguments separated by NUL, as /proc/PID/cmdline has it; only where the source had
    /// it at hand (has_cmdline). read_cmdline() gets it otherwise.
    std::string cmdline;
    bool has_cmdline = false;
};

/// What is known of one namespace beyond its number. A scan holds one for each that it found.
struct ScannedNamespace {
    NsType type{};
    NsRef ref;
    std::uint32_t owner_user_ns = 0; ///< inum of the owning user namespace; 0: not known
    std::uint32_t parent = 0;        ///< pid and user: inum of the parent; 0: none or not known
    uid_t owner_uid = 0;             ///< user namespaces: uid of the creator
    bool has_owner_uid = false;
};

/// An nsfs bind mount (proc_pid_mountinfo(5)), in any mount namespace.
struct ScannedMount {
    NsType type{};
    std::uint32_t inum = 0;
    std::string path; ///< as its mount namespace has it; raw bytes, octal escapes undone; empty: not known
    std::uint32_t mnt_ns = 0; ///< inum of the mount namespace that it is in; 0: not known, or in none
    std::uint64_t id = 0;     ///< of the namespace that it holds, as in NsRef
};

/// An open file that holds a namespace: of nsfs, or a socket in a network namespace that its owner is not in.
/// nsscope's own are left out.
struct ScannedFile {
    NsType type{};
    NsRef ref;
    pid_t pid = 0; ///< thread-group id
    pid_t tid = 0; ///< the process's main thread, or one that has a table of descriptors of its own
    int fd = -1;
    bool is_socket = false;
};

/// A thread.
struct ThreadRef {
    pid_t pid = 0, tid = 0;
};

/// Something that the answer lacks, and why.
struct Issue {
    std::string what; ///< e.g. "namespaces of a process"
    std::uint64_t count = 0;
    std::string why; ///< e.g. "permission denied (pid 1)"
};

struct Scan {
    std::string source; ///< "bpf", "proc" or "bpf+proc"
    std::vector<ScannedTask> tasks;
    std::vector<ScannedNamespace> namespaces;
    std::vector<ScannedMount> mounts;
    std::vector<ScannedFile> files;
    /// Threads whose descriptors the source could not list all of; files has none of theirs.
    std::vector<ThreadRef> unread_files;
    std::vector<ScannedCgroups> cgroups;
    std::vector<Issue> issues;
};

} // namespace nsscope
