#pragma once

#include <optional>
#include <string_view>
#include <sys/types.h>

#include "base/result.hpp"
#include "cli/list_namespace_arg.hpp"
#include "model/snapshot.hpp"

namespace nsscope {

/// A process or a namespace, as the command line names it.
struct TargetArg {
    std::optional<pid_t> pid;
    std::optional<NamespaceArg> ns; ///< where pid is none
};

/// Reads a pid or what parse_namespace_arg() takes. A bare number up to the greatest possible pid (4194304,
/// PID_MAX_LIMIT) is a pid; inode numbers of namespaces are greater. Makes no system call.
[[nodiscard]] Result<TargetArg> parse_target_arg(std::string_view text);

/// The namespace of the snapshot that `ns`, which is no path, names. Fails where there is none, or it is not known which. As for
/// find().
[[nodiscard]] Result<const Namespace*> find_listed(const Snapshot& snapshot, const NamespaceArg& ns);

} // namespace nsscope
