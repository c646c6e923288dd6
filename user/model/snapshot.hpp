#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/find_containers.hpp"
#include "model/scan.hpp"

namespace nsscope {

/// The process that stands for a namespace. What is said of it is its main thread's, or another thread's
/// where the scan has no main thread.
struct Leader {
    pid_t pid = 0;                      ///< the lowest thread-group id among the members, as in lsns(8)
    pid_t ppid = 0;                     ///< thread-group id; 0: the parent is outside our pid namespace
    uid_t uid = 0;                      ///< effective uid
    std::string comm;                   ///< raw bytes
    std::optional<std::string> cmdline; ///< raw bytes, NUL-separated; nullopt: the scan did not read it
};

/// One reason why a namespace is still there.
struct Pin {
    /// In the order in which they are listed.
    enum class How : std::uint8_t {
        process,      ///< its main thread is in it
        thread,       ///< a thread of a process is in it, whose main thread is elsewhere
        fd,           ///< an open file of nsfs
        socket,       ///< a socket in it, of a process that is not in it
        mount,        ///< a bind mount of nsfs
        for_children, ///< the next children of a process will be born in it
        child,        ///< it is the parent of this one
        owned,        ///< it owns this one
        unknown,      ///< the scan shows none of these, and yet it is there
    };
    How how = How::unknown;
    pid_t pid = 0;      ///< process, thread, fd, socket, for_children: thread-group id
    pid_t tid = 0;      ///< thread; fd and socket where a thread has its own table of descriptors; else 0
    int fd = -1;        ///< fd, socket
    std::string comm{}; ///< of the process, raw bytes; only with PinsOf::all
    std::string path{}; ///< mount: where, raw bytes; empty: not known
    std::uint32_t mnt_ns = 0; ///< mount: inum of the mount namespace that it is in; 0: not known
    NsType type{};            ///< child, owned: the namespace that holds this one
    std::uint32_t inum = 0;   ///< child, owned: its inum
};

/// One namespace. Its identity is type and ref; an inode number alone is reused, across kinds too.
struct Namespace {
    NsType type{};
    NsRef ref;
    /// Whether it is the one that the kernel booted with. Told by its inode number, which is fixed; where the
    /// kernel gave mnt and net any number (before 6.18), it is the one that kthreadd (pid 2) is in, and none
    /// where kthreadd is out of sight.
    bool initial = false;
    /// pid and user: inum of the parent (ioctl_nsfs(2), NS_GET_PARENT). nullopt: none, or not to be seen.
    std::optional<std::uint32_t> parent;
    /// inum of the user namespace whose capabilities rule this one (ioctl_nsfs(2), NS_GET_USERNS); for a user
    /// namespace that is its parent. nullopt: none, or not to be seen.
    std::optional<std::uint32_t> owner_user_ns;
    /// Who made it: of a user namespace the uid that created it (ioctl_nsfs(2), NS_GET_OWNER_UID), of any
    /// other the uid that created the owning user namespace. 0 for the initial user namespace. As our own
    /// user namespace sees it.
    std::optional<uid_t> owner_uid;
    std::vector<pid_t> members;   ///< thread-group ids, ascending: every process with a thread in it
    std::uint64_t nthreads = 0;   ///< threads in it, main threads included
    std::optional<Leader> leader; ///< nullopt: no members
    /// Whose it is, see place_containers(); a place in Snapshot::containers.
    std::optional<std::uint32_t> container{};
    std::vector<std::uint32_t> containers{}; ///< all that have a process in it, in the order of their places
    /// See PinsOf. By how, then by pid, tid and fd, or path, or type and inum. Never empty where members is: then it
    /// is a single unknown where the scan shows nothing.
    std::vector<Pin> pinned_by;
};

/// A process, by its main thread.
struct SnapshotProcess {
    pid_t pid = 0;
    std::string comm; ///< raw bytes
};

/// The state of the machine at one moment; plain values.
struct Snapshot {
    std::int64_t time_ns = 0; ///< CLOCK_REALTIME at the end of the scan
    std::string host, boot_id, kernel, source;
    std::vector<Issue> issues;              ///< empty: complete
    std::vector<Namespace> namespaces;      ///< by type, then inum, then id
    std::vector<SnapshotProcess> processes; ///< by pid; empty unless they were asked for, see processes_of()
    // These two are empty until place_containers() is called.
    std::vector<FoundContainer> containers;
    std::vector<ContainerProcess> container_processes; ///< by pid
    [[nodiscard]] bool complete() const { return issues.empty(); }
};

/// Which namespaces to say the pins of.
enum class PinsOf : std::uint8_t {
    unpopulated, ///< those that no process is in
    all,         ///< these, and of the others the processes and threads that are in them as well
};

/// Groups the tasks of a scan by namespace and works out members, leader, owner, parent, initial and pins.
/// There is a namespace for everything that the scan refers to, be it only as an owner or a parent. A process
/// is a member of what its threads are in; what their children will be born in (NsSlot *_for_children) makes
/// a namespace known and no more. A reference without id means the namespace of that type and inum; where there
/// are several, one after the other during the scan, nobody can tell which (ids do not tell which is older: each processor takes
/// its own from a batch, DEFINE_COOKIE in kernel/nstree.c), and it is an Issue.
///
/// Takes `scan` apart. Never fails; time linear in the size of the scan but for sorting. Makes no system
/// call: time_ns, host, boot_id and kernel are left for the caller to fill in.
[[nodiscard]] Snapshot build_snapshot(Scan&& scan, PinsOf pins = PinsOf::unpopulated);

/// The processes of a scan, by pid.
[[nodiscard]] std::vector<SnapshotProcess> processes_of(const Scan& scan);

/// Finds the namespaces with this number, by binary search: one, or none, or several of which all but one were gone when the scan
/// ended. Good as long as snapshot.namespaces is unchanged.
[[nodiscard]] std::span<const Namespace> find_all(const Snapshot& snapshot, NsType type, std::uint32_t inum);
/// The one with this id; with id 0 the only one, or of several the only one that has members. nullptr: there is none, or nobody can
/// tell which it is.
[[nodiscard]] const Namespace* find(const Snapshot& snapshot, NsType type, std::uint32_t inum,
                                    std::uint64_t id = 0);

} // namespace nsscope
