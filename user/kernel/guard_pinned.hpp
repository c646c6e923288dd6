#pragma once

#include <bpf/bpf.h>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace nsscope {

/// The names of the pins of a guard, one for each link.
inline constexpr std::string_view sysctl_pin = "sysctl";
inline constexpr std::string_view mark_pins[] = {"attach", "fork", "exec", "exit"};
/// In the order in which they are taken away.
inline constexpr std::string_view lsm_pins[] = {"file_permission", "file_open", "file_free"};

/// A program in force and its maps, which are found through its pinned link and not by pins of their own: so what is
/// found is always what decides.
struct PinnedGuard {
    UniqueFd link;
    UniqueFd program;
    bpf_prog_info info{};
    std::uint64_t cgroup_id =
        0; ///< that it is attached to; 0: the cgroup is gone, and with it what it guarded
    struct Map {
        std::string name;
        UniqueFd fd;
        bpf_map_info info{};
    };
    std::vector<Map> maps;

    /// nullptr: it has none of that name (at most 15 bytes).
    [[nodiscard]] const Map* map(std::string_view name) const;
    /// A descriptor that stays this object's; -1: it has none of that name.
    [[nodiscard]] int map_fd(std::string_view name) const;
};

/// The guard that a link is of; takes the link over. Needs CAP_SYS_ADMIN (bpf(2), BPF_PROG_GET_FD_BY_ID).
[[nodiscard]] Result<PinnedGuard> guard_of_link(UniqueFd link, const std::string& name);

/// nullopt: there is no guard in this directory. Needs CAP_SYS_ADMIN (bpf(2), BPF_PROG_GET_FD_BY_ID).
[[nodiscard]] Result<std::optional<PinnedGuard>> open_pinned_guard(const std::string& pins);

/// All elements of an array, one behind the other. Empty: there is no such map.
[[nodiscard]] std::string read_blob(const PinnedGuard& guard, std::string_view map);

} // namespace nsscope
