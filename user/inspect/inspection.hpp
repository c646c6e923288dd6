#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "inspect/cgroup.hpp"
#include "inspect/ipc.hpp"
#include "inspect/mnt.hpp"
#include "inspect/net.hpp"
#include "inspect/pid.hpp"
#include "inspect/time.hpp"
#include "inspect/user.hpp"
#include "inspect/uts.hpp"

namespace nsscope {

/// What is inside a namespace; which one it is goes with the kind.
using Contents = std::variant<CgroupContents, IpcContents, MntContents, NetContents, PidContents,
                              TimeContents, UserContents, UtsContents>;

/// One namespace, inside and out.
struct InspectedNamespace {
    Namespace ns;
    std::string path;    ///< that leads to it; empty: none does
    std::string nsenter; ///< the command that enters it; empty: none does
    /// nullopt: it could not be opened, or has ended.
    std::optional<Contents> contents;
};

/// Plain values: what `nsscope inspect` found.
struct Inspection {
    std::optional<pid_t> pid; ///< whose namespaces these are, if a process was asked for
    std::string comm;         ///< its name, raw bytes
    std::vector<InspectedNamespace> namespaces;
    std::vector<Issue> issues; ///< empty: complete
};

/// Looks into the namespaces of a process, those of the chosen kinds (none: all). The snapshot's issues become part of the
/// answer. Fails where there is no such process, or it has given up its namespaces (a zombie).
[[nodiscard]] Result<Inspection> inspect_process(const Snapshot& snapshot, pid_t pid,
                                                 const std::vector<NsType>& types,
                                                 const InspectSources& sources);

/// Looks into one namespace that is open.
[[nodiscard]] Inspection inspect_held(const Snapshot& snapshot, HeldNamespace held,
                                      const InspectSources& sources);

/// Looks into one namespace of the snapshot, opening it first; without contents where that fails.
[[nodiscard]] Inspection inspect_listed(const Snapshot& snapshot, const Namespace& ns,
                                        const InspectSources& sources);

} // namespace nsscope
