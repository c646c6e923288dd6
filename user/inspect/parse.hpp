#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace nsscope {

/// Texts of procfs that tell what is inside a namespace. Each takes any bytes and answers nullopt for what the
/// kernel would not write.

/// One line of /proc/PID/uid_map or gid_map, user_namespaces(7): `count` numbers from `inside` on are those from
/// `outside` on to the reader.
struct IdRange {
    std::uint32_t inside = 0;
    /// 4294967295: what it is outside has no number in the reader's user namespace.
    std::uint32_t outside = 0;
    std::uint32_t count = 0; ///< never 0
    bool operator==(const IdRange&) const = default;
};
/// The whole file; empty where no map has been written. The kernel allows 340 lines (UID_GID_MAP_MAX_EXTENTS).
[[nodiscard]] std::optional<std::vector<IdRange>> parse_id_map(std::string_view text);

/// What a clock of a time namespace shows beyond the machine's, time_namespaces(7).
struct ClockOffset {
    std::int64_t sec = 0; ///< may be negative
    std::uint32_t nsec = 0;
    bool operator==(const ClockOffset&) const = default;
};
struct TimeOffsets {
    ClockOffset monotonic, boottime;
    bool operator==(const TimeOffsets&) const = default;
};
/// /proc/PID/timens_offsets, proc_pid_timens_offsets(5).
[[nodiscard]] std::optional<TimeOffsets> parse_timens_offsets(std::string_view text);

/// What /proc/PID/status tells of a process's rights and numbers, proc_pid_status(5).
struct StatusFields {
    uid_t effective_uid = 0;
    std::uint64_t threads = 0;
    /// Its pid in each pid namespace, from that of the procfs down to its own.
    std::vector<pid_t> ns_pids;
    /// Bit N is capability number N, capabilities(7).
    std::uint64_t inheritable = 0, permitted = 0, effective = 0, bounding = 0, ambient = 0;
    unsigned seccomp = 0; ///< 0: none, 1: strict, 2: a filter
    bool operator==(const StatusFields&) const = default;
};
[[nodiscard]] std::optional<StatusFields> parse_status(std::string_view text);

} // namespace nsscope
