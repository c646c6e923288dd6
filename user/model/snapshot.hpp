#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/scan.hpp"

namespace nsscope {

struct Leader {
    pid_t pid = 0; ///< the lowest pid among the members, as in lsns(8)
    pid_t ppid = 0;
    uid_t uid = 0;
    std::string comm;                   ///< raw bytes
    std::optional<std::string> cmdline; ///< NUL-separated; nullopt: could not be read
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
    pid_t pid = 0;           ///< fd, for_children
    int fd = -1;             ///< fd
    std::string path{};      ///< mount: where, raw bytes
    std::uint32_t mnt_ns = 0; ///< mount: in which mount namespace
    NsType type{};           ///< child, owned: what it holds up
    std::uint32_t inum = 0;
};

struct Namespace {
    NsType type{};
    NsRef ref;
    bool initial = false;
    std::optional<std::uint32_t> parent;        ///< inum; pid and user only
    std::optional<std::uint32_t> owner_user_ns; ///< inum
    std::optional<uid_t> owner_uid;             ///< uid that made the owning user namespace
    std::vector<pid_t> members;                 ///< every process with a thread in it, ascending
    std::uint64_t nthreads = 0;
    std::optional<Leader> leader;
    std::vector<Pin> pinned_by; ///< only where members is empty
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
/// Linear in the size of the scan. host, boot_id and kernel are left empty.
[[nodiscard]] Snapshot build_snapshot(Scan&& scan);

/// Finds one namespace; nullptr where there is none.
[[nodiscard]] const Namespace* find(const Snapshot& snapshot, NsType type, std::uint32_t inum);

} // namespace nsscope
