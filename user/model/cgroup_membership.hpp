#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nsscope {

/// The cgroup that a process is in, in one hierarchy: a line of /proc/PID/cgroup, cgroups(7).
struct CgroupMembership {
    std::uint32_t hierarchy = 0; ///< its number, which /proc/cgroups uses as well; 0: the unified (v2) one
    /// v1: the controllers bound to the hierarchy, as the kernel names them; a named hierarchy has "name=NAME". The line
    /// of v2 has none: see CgroupTree::controllers(), scan/cgroup.hpp.
    std::vector<std::string> controllers;
    std::string path; ///< from the root of the reader's cgroup namespace, raw bytes; "/..": from outside it
    bool operator==(const CgroupMembership&) const = default;
};

/// Reads the whole of such a file, in its order: the unified hierarchy comes last. Lines that make no sense are
/// passed over. (A cgroup's name has no newline: the kernel refuses it, cgroup_mkdir() of kernel/cgroup/cgroup.c.) " (deleted)" at
/// the end of a path, which says that the cgroup was removed, stays.
[[nodiscard]] std::vector<CgroupMembership> parse_cgroup_file(std::string_view text);

/// The path in the unified hierarchy: a part of `text`; empty where there is none.
[[nodiscard]] std::string_view unified_path(std::string_view text);

} // namespace nsscope
