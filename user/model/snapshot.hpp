#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

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

/// One reason why a namespace without a process is still there.
struct Pin {
    enum class How : std::uint8_t {
        fd,
        socket,
        mount,
        for_children,
        child,
        owned,
        unknown,
    };
    How how = How::unknown;
    pid_t pid = 0;            ///< fd, for_children
    int fd = -1;              ///< fd
    std::string path{};       ///< mount: where, raw bytes
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
    /// Only where members is empty, and then never empty itself: mounts, for_children by pid, child, owned,
    /// each by type and inum; a single unknown where the scan shows none of these.
    std::vector<Pin> pinned_by;
};

/// The state of the machine at one moment; plain values.
struct Snapshot {
    std::int64_t time_ns = 0; ///< CLOCK_REALTIME at the end of the scan
    std::string host, boot_id, kernel, source;
    std::vector<Issue> issues;         ///< empty: complete
    std::vector<Namespace> namespaces; ///< by type, then inum, then id
    [[nodiscard]] bool complete() const { return issues.empty(); }
};

/// Groups the tasks of a scan by namespace and works out members, leader, owner, parent, initial and pins.
/// There is a namespace for everything that the scan refers to, be it only as an owner or a parent. A process
/// is a member of what its threads are in; what their children will be born in (NsSlot *_for_children) makes
/// a namespace known and no more. A reference without id means the namespace of that type and inum with the
/// greatest id.
///
/// Takes `scan` apart. Never fails; time linear in the size of the scan but for sorting. Makes no system
/// call: time_ns, host, boot_id and kernel are left for the caller to fill in.
[[nodiscard]] Snapshot build_snapshot(Scan&& scan);

/// Finds one namespace by binary search; where the inum was reused, the one with the greatest id. nullptr
/// where there is none. The pointer is good as long as snapshot.namespaces is unchanged.
[[nodiscard]] const Namespace* find(const Snapshot& snapshot, NsType type, std::uint32_t inum);

} // namespace nsscope
