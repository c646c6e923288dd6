#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/snapshot.hpp"
#include "output/columns.hpp"

namespace nsscope {

/// What a snapshot does not hold and some columns show. Each is asked only for a column that is shown, and
/// may be empty: the column then is. Texts are raw bytes.
struct CellSources {
    std::function<std::string(uid_t)> user_name;                              ///< of USER
    std::function<std::string(const Namespace&)> path;                        ///< of PATH; empty: not known
    std::function<std::string(const Namespace&)> netnsid;                     ///< of NETNSID, net only
    std::function<std::vector<std::string>(const Namespace&)> mount_points{}; ///< of NSFS
};

/// The text of one column for one namespace of the snapshot, fit for a terminal; '\n' parts several values. A namespace that
/// no process is in has no PID, PPID and COMMAND, and as UID its OUID, as in lsns(8).
[[nodiscard]] std::string cell_text(ColumnId column, const Snapshot& snapshot, const Namespace& ns,
                                    const CellSources& sources);

} // namespace nsscope
