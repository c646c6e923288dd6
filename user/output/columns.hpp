#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace nsscope {

/// What `nsscope list` can say about a namespace. The columns of lsns(8) come first, in its order.
enum class ColumnId : std::uint8_t {
    ns,
    type,
    path,
    nprocs,
    pid,
    ppid,
    command,
    uid,
    user,
    netnsid,
    nsfs,
    pns,
    ons,
    id,
    nthreads,
    ouid,
    initial,
    pinned,
    container,
};

enum class Align : std::uint8_t {
    left,
    right,
};

struct Column {
    ColumnId id;
    std::string_view name; ///< the heading, and what -o takes, in any case
    std::string_view help;
    Align align;
    bool truncate; ///< may be cut where a line is wider than the terminal
};

/// The one table of columns: headings, --help, --list-columns, the manual page and the completions come from
/// it.
inline constexpr std::array<Column, 19> columns{{
    {ColumnId::ns, "NS", "namespace identifier (inode number)", Align::right, false},
    {ColumnId::type, "TYPE", "kind of namespace", Align::left, false},
    {ColumnId::path, "PATH", "path to the namespace", Align::left, true},
    {ColumnId::nprocs, "NPROCS", "number of processes with a thread in the namespace", Align::right, false},
    {ColumnId::pid, "PID", "lowest PID in the namespace", Align::right, false},
    {ColumnId::ppid, "PPID", "PPID of the PID", Align::right, false},
    {ColumnId::command, "COMMAND", "command line of the PID", Align::left, true},
    {ColumnId::uid, "UID", "effective UID of the PID; without one, OUID", Align::right, false},
    {ColumnId::user, "USER", "user name of the UID", Align::left, false},
    {ColumnId::netnsid, "NETNSID", "id of a net namespace as seen from nsscope's own", Align::left, false},
    {ColumnId::nsfs, "NSFS", "where the namespace is mounted (ip-netns and the like)", Align::left, true},
    {ColumnId::pns, "PNS", "parent namespace (inode number; 0: none, or not known)", Align::right, false},
    {ColumnId::ons, "ONS", "owning user namespace (inode number; 0: none, or not known)", Align::right,
     false},
    {ColumnId::id, "ID", "64-bit id, never used again (Linux 6.18 and later)", Align::right, false},
    {ColumnId::nthreads, "NTHREADS", "number of threads in the namespace", Align::right, false},
    {ColumnId::ouid, "OUID", "UID that made the owning user namespace", Align::right, false},
    {ColumnId::initial, "INITIAL", "whether the machine booted with it (yes or no)", Align::left, false},
    {ColumnId::pinned, "PINNED", "what keeps a namespace alive that no process is in", Align::left, true},
    {ColumnId::container, "CONTAINER", "container that it belongs to; +N: with processes of N others",
     Align::left, true},
}};

[[nodiscard]] constexpr const Column& info(ColumnId id) { return columns[static_cast<std::size_t>(id)]; }

/// The columns that lsns(8) shows when none are named; two more when net namespaces were asked for by type.
[[nodiscard]] std::vector<ColumnId> default_columns(bool net_chosen);
[[nodiscard]] std::vector<ColumnId> all_columns();

/// Reads the argument of -o: names separated by commas, in any case, any number of times each; with a leading
/// '+' they follow `defaults`. Fails on an empty or unknown name, naming it and the accepted ones.
[[nodiscard]] Result<std::vector<ColumnId>> parse_columns(std::string_view list,
                                                          const std::vector<ColumnId>& defaults);

/// Every column, one a line, name and meaning.
[[nodiscard]] std::string describe_columns();

} // namespace nsscope
