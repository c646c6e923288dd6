#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"

namespace nsscope {

/// The mounted unified (v2) cgroup hierarchy, cgroups(7), on a v2 or a hybrid host.
class CgroupTree {
  public:
    /// The first cgroup2 mount in PROC_ROOT/self/mountinfo; without one, path_of() knows nothing.
    [[nodiscard]] static CgroupTree find(const std::string& proc_root);

    /// The path, from the hierarchy's root, of the cgroup with this id (its kernfs node's, which is also its inode
    /// number); raw bytes; "/" for the root. nullopt: it is gone, or may not be looked up
    /// (open_by_handle_at(2) needs CAP_DAC_READ_SEARCH).
    [[nodiscard]] std::optional<std::string> path_of(std::uint64_t id) const;

    /// The id of the cgroup at this path, as path_of() gives it. nullopt: there is none, or it may not be seen.
    [[nodiscard]] std::optional<std::uint64_t> id_of(std::string_view path) const;

    /// The controllers of the hierarchy: those that its root's cgroup.controllers has, which are not bound to a v1 hierarchy.
    [[nodiscard]] std::vector<std::string> controllers() const;

    /// Where it is mounted; empty: nowhere.
    [[nodiscard]] const std::string& mount_point() const { return mount_point_; }

  private:
    std::string mount_point_;
    UniqueFd mount_;
};

/// The controllers of the hierarchy with this number, as PROC_ROOT/self/cgroup names them ("memory", "cpu" and "cpuacct",
/// "name=systemd"); empty: there is no such hierarchy, or it cannot be read.
[[nodiscard]] std::vector<std::string> controllers_of_hierarchy(const std::string& proc_root,
                                                                std::uint32_t number);

} // namespace nsscope
