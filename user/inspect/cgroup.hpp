#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "inspect/look.hpp"

namespace nsscope {

/// Where a process is in one hierarchy.
struct CgroupPlace {
    std::uint32_t hierarchy = 0;
    std::vector<std::string> controllers; ///< v1: bound to it, or "name=NAME"; v2: none
    std::string outside;                  ///< as nsscope's own cgroup namespace has it
    std::optional<std::string> inside;    ///< as the inspected one has it; nullopt: it could not be entered
};
struct CgroupMember {
    pid_t pid = 0;
    std::string comm; ///< raw bytes
    std::vector<CgroupPlace> places;
};
/// The root of a cgroup namespace in one hierarchy, as nsscope's own cgroup namespace has it.
struct CgroupRoot {
    std::uint32_t hierarchy = 0;
    std::vector<std::string> controllers;
    std::optional<std::string> path; ///< nullopt: no process is at or below it to tell
};

/// A cgroup namespace, cgroup_namespaces(7).
struct CgroupContents {
    std::vector<CgroupRoot> roots;     ///< by hierarchy
    std::vector<CgroupMember> members; ///< by pid
};
/// Reads /proc/PID/cgroup of the members from outside and from within. Where it lies is what a path from outside has
/// before the one from within.
[[nodiscard]] CgroupContents inspect_cgroup(const Look& look);

/// The root of a namespace, given one cgroup as seen from outside and from within; nullopt where that does not tell.
[[nodiscard]] std::optional<std::string> cgroup_root(std::string_view outside, std::string_view inside);

} // namespace nsscope
