#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace nsscope::tui {

/// What the screen can show; the order of the tabs.
enum class View : std::uint8_t {
    tree,
    namespaces,
    processes,
    cgroups,
    events,
    guard,
};
inline constexpr std::size_t view_count = 6;

struct ViewInfo {
    View view;
    std::string_view name;
    std::string_view help;
};
inline constexpr std::array<ViewInfo, view_count> views{{
    {View::tree, "tree", "containers; then namespaces below those that own them, and who is in them"},
    {View::namespaces, "namespaces", "all namespaces, a row each"},
    {View::processes, "processes",
     "all processes, and the namespaces in which they differ from their parents"},
    {View::cgroups, "cgroups", "the unified (v2) hierarchy and what it uses"},
    {View::events, "events", "what happens, as it happens"},
    {View::guard, "guard", "the policies in force: how often each rule decided, and who was denied last"},
}};
[[nodiscard]] constexpr const ViewInfo& info(View view) { return views[static_cast<std::size_t>(view)]; }

enum class ColumnId : std::uint8_t {
    pid,
    ppid,
    user,
    type,
    inum,
    id,
    processes,
    threads,
    ouid,
    owner,
    parent,
    leader,
    cpu,
    memory,
    age,
    forks,
    events,
    differs,
    ns_cgroup,
    ns_ipc,
    ns_mnt,
    ns_net,
    ns_pid,
    ns_time,
    ns_user,
    ns_uts,
    pids,
    cpu_pressure,
    memory_pressure,
    io_pressure,
    pins,
    container,
    pod,
    hits,
    name,
};
inline constexpr std::size_t column_count = 35;

struct Column {
    ColumnId id;
    std::string_view name; ///< the heading, and what it is called in the configuration
    std::string_view help;
    std::uint8_t width;
    bool right;         ///< aligned to the right
    std::uint8_t in;    ///< bit 1 << View: the views that have it
    std::uint8_t shown; ///< those that show it unless told otherwise
    bool descending;    ///< the way to sort by it first
};

namespace column_detail {
constexpr std::uint8_t in(View view) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(view)); }
inline constexpr auto T = in(View::tree), N = in(View::namespaces), P = in(View::processes),
                      C = in(View::cgroups), E = in(View::events), G = in(View::guard);

/// The one table of columns, in the order in which they stand. The last one takes what is left of the width.
inline constexpr std::array<Column, column_count> table{{
    {ColumnId::pid, "PID", "process", 8, true, P, P, false},
    {ColumnId::ppid, "PPID", "its parent", 8, true, P, 0, false},
    {ColumnId::user, "USER", "effective user", 9, false, P, P, false},
    {ColumnId::type, "TYPE", "kind of namespace", 6, false, N, N, false},
    {ColumnId::inum, "NS", "inode number of the namespace", 10, true, N, N, false},
    {ColumnId::id, "ID", "64-bit id, never used again (Linux 6.18 and later)", 10, true, N, 0, false},
    {ColumnId::processes, "PROCS", "processes with a thread in it", 6, true, T | N, T | N, true},
    {ColumnId::threads, "THR", "threads", 5, true, T | N | P, N | P, true},
    {ColumnId::ouid, "OUID", "uid that made the owning user namespace", 6, true, N, N, false},
    {ColumnId::owner, "OWNER", "owning user namespace", 10, true, N, 0, false},
    {ColumnId::parent, "PARENT", "parent namespace (pid and user)", 10, true, N, 0, false},
    {ColumnId::leader, "LEADER", "lowest PID in it", 8, true, T | N, N, false},
    {ColumnId::cpu, "CPU%", "percent of one CPU since the last refresh", 6, true, T | N | P | C,
     T | N | P | C, true},
    {ColumnId::memory, "MEM", "resident memory; of a cgroup, what it is charged for", 6, true, T | N | P | C,
     T | N | P | C, true},
    {ColumnId::age, "AGE", "since the process started; of a namespace, since its oldest process did", 6, true,
     T | N | P, T | N | P, false},
    {ColumnId::forks, "FORK/s", "children born a second", 6, true, T | N | P, N, true},
    {ColumnId::events, "EVT/s", "events a second", 6, true, T | N | P, T | N, true},
    {ColumnId::differs, "DIFFERS",
     "kinds in which it differs from its parent: cgroup ipc mnt net pid time User uts", 8, false, P, P, true},
    {ColumnId::ns_cgroup, "CGROUP-NS", "cgroup namespace; * where it is not the parent's", 11, true, P, 0,
     false},
    {ColumnId::ns_ipc, "IPC-NS", "ipc namespace; * where it is not the parent's", 11, true, P, 0, false},
    {ColumnId::ns_mnt, "MNT-NS", "mnt namespace; * where it is not the parent's", 11, true, P, P, false},
    {ColumnId::ns_net, "NET-NS", "net namespace; * where it is not the parent's", 11, true, P, P, false},
    {ColumnId::ns_pid, "PID-NS", "pid namespace; * where it is not the parent's", 11, true, P, P, false},
    {ColumnId::ns_time, "TIME-NS", "time namespace; * where it is not the parent's", 11, true, P, 0, false},
    {ColumnId::ns_user, "USER-NS", "user namespace; * where it is not the parent's", 11, true, P, P, false},
    {ColumnId::ns_uts, "UTS-NS", "uts namespace; * where it is not the parent's", 11, true, P, 0, false},
    {ColumnId::pids, "PIDS", "tasks in the cgroup and below (pids.current)", 6, true, C, C, true},
    {ColumnId::cpu_pressure, "CPU-P", "percent of the last 10 s in which a task waited for a CPU", 6, true, C,
     C, true},
    {ColumnId::memory_pressure, "MEM-P", "the same, for memory", 6, true, C, C, true},
    {ColumnId::io_pressure, "IO-P", "the same, for input and output", 6, true, C, C, true},
    {ColumnId::pins, "PINNED", "what keeps it alive without a process", 20, false, N, 0, false},
    {ColumnId::container, "CONTAINER", "container that it belongs to", 16, false, N | P, N | P, false},
    {ColumnId::pod, "POD", "pod of that container", 16, false, T | N | P, 0, false},
    {ColumnId::hits, "HITS", "how often it decided", 10, true, G, G, true},
    {ColumnId::name, "COMMAND", "what it is", 0, false, T | N | P | C | E | G, T | N | P | C | E | G, false},
}};
} // namespace column_detail
inline constexpr const auto& all_columns = column_detail::table;
[[nodiscard]] constexpr const Column& info(ColumnId id) { return all_columns[static_cast<std::size_t>(id)]; }

/// What heads the last column in a view.
[[nodiscard]] std::string_view heading(ColumnId id, View view);

/// All columns that a view has, or those that it shows unless told otherwise. The last is ColumnId::name.
[[nodiscard]] std::vector<ColumnId> columns_of(View view, bool all);

/// Reads names of columns parted by commas, in any case. Fails on one that the view does not have.
[[nodiscard]] Result<std::vector<ColumnId>> parse_columns(std::string_view names, View view);

} // namespace nsscope::tui
