#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace nsscope {

/// Where pinned objects of nsscope are: a directory of a BPF file system.
inline constexpr std::string_view pins_root = "/sys/fs/bpf/nsscope";

/// A cgroup of the unified hierarchy that a guard is attached to, and where its pins are. Everything at and below the
/// cgroup is guarded.
struct GuardPlace {
    UniqueFd cgroup;      ///< its directory
    std::uint64_t id = 0; ///< of the cgroup
    std::string pins;     ///< a directory below pins_root; it need not exist
};

/// The root of the unified hierarchy, a directory; also where it is mounted nowhere, by a mount that only this
/// descriptor has (fsmount(2), 5.2 and later, CAP_SYS_ADMIN). In a cgroup namespace it is that namespace's root.
[[nodiscard]] Result<UniqueFd> open_cgroup_root();

/// The place for this cgroup, a path from the root of the hierarchy ("/kubepods.slice"); empty or "/": the root.
[[nodiscard]] Result<GuardPlace> find_guard_place(std::string_view cgroup);

/// Makes the directory for pins, and mounts a BPF file system on /sys/fs/bpf where there is none: true when it did.
[[nodiscard]] Result<bool> make_pin_directory(const GuardPlace& place);

/// The names of the directories below pins_root in which a guard may be.
[[nodiscard]] std::vector<std::string> pin_directories();

} // namespace nsscope
