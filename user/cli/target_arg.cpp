#include "cli/target_arg.hpp"

#include <charconv>

#include <fmt/format.h>

#include "scan/parse.hpp"

namespace nsscope {

Result<TargetArg> parse_target_arg(std::string_view text) {
    constexpr pid_t greatest = 4194304; // include/linux/threads.h
    const auto pid = parse_pid(text);
    if (pid && *pid <= greatest) return TargetArg{.pid = *pid, .ns = {}};
    auto ns = parse_namespace_arg(text);
    const bool is_bare = ns && !ns->type && ns->path.empty();
    if (!ns || (is_bare && ns->inum <= static_cast<std::uint32_t>(greatest))) // "0756" is neither
        return Failure(
            Error{fmt::format("'{}' is neither a process nor a namespace", text),
                  "accepted are PID, TYPE:[INUM], TYPE:INUM, INUM and /proc/PID/ns/TYPE, TYPE being one "
                  "of cgroup ipc mnt net pid time user uts"});
    return TargetArg{.pid = {}, .ns = std::move(*ns)};
}

Result<const Namespace*> find_listed(const Snapshot& snapshot, const NamespaceArg& ns) {
    for (const auto& type : ns_types) { // no two living namespaces have the same number, of whatever kind
        if (ns.type && *ns.type != type.type) continue;
        if (const auto* found = find(snapshot, type.type, ns.inum)) return found;
        if (!find_all(snapshot, type.type, ns.inum).empty())
            return Failure(Error{fmt::format("two namespaces were {} while they were looked up", to_text(ns)),
                                 "its number is another one's by now; try again, or say /proc/PID/ns/TYPE"});
    }
    return Failure(Error{"no namespace " + to_text(ns)});
}

} // namespace nsscope
