#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace nsscope {

/// A cgroup of the unified (v2) hierarchy and what it uses, cgroups(7) and Documentation/admin-guide/cgroup-v2.rst. nullopt:
/// there is no such file, as the controller is not on there.
struct CgroupUsage {
    static constexpr std::uint32_t no_parent = UINT32_MAX;

    std::uint64_t id = 0;                             ///< inode number
    std::uint32_t parent = no_parent;                 ///< place in the list, before this one's
    std::string name{};                               ///< raw bytes; "/" for the root
    std::optional<std::uint64_t> cpu_us{};            ///< cpu.stat, usage_usec
    std::optional<std::uint64_t> memory{};            ///< memory.current, bytes
    std::optional<std::uint64_t> pids{};              ///< pids.current
    std::optional<double> cpu{}, memory_wait{}, io{}; ///< *.pressure, "some", avg10, percent
};

/// Walks the hierarchy mounted at `root`, parents first, no more than `most` of them. Those that go meanwhile are left out.
/// Fails where the root cannot be read.
[[nodiscard]] Result<std::vector<CgroupUsage>> read_cgroup_usage(const std::string& root, std::size_t most);

/// The ids and paths of the cgroups under ROOT, the mount point of a hierarchy, from its root ("/" is left out); at most `most`.
[[nodiscard]] std::vector<std::pair<std::uint64_t, std::string>> list_cgroups(const std::string& root,
                                                                              std::size_t most);

} // namespace nsscope
