#include "output/cells.hpp"

#include "base/text.hpp"
#include "output/command_text.hpp"
#include "output/container_text.hpp"
#include "output/pin_text.hpp"

namespace nsscope {
namespace {

std::optional<uid_t> uid_of(const Namespace& ns) { return ns.leader ? ns.leader->uid : ns.owner_uid; }

template <typename Number>
std::string number_text(const std::optional<Number>& number) {
    return number ? std::to_string(*number) : std::string();
}

std::string mounts_text(const std::vector<std::string>& paths) {
    std::string text;
    for (const auto& path : paths) {
        if (!text.empty()) text += '\n';
        append_printable(text, path);
    }
    return text;
}

std::string pins_text(const std::vector<Pin>& pins) {
    std::string text;
    for (const auto& pin : pins) {
        if (!text.empty()) text += '\n';
        append_pin_text(text, pin);
    }
    return text;
}

std::string user_text(const Namespace& ns, const CellSources& sources) {
    const auto uid = uid_of(ns);
    if (!uid) return {};
    const auto user = sources.user_name ? sources.user_name(*uid) : std::string();
    return user.empty() ? std::to_string(*uid) : to_printable(user);
}

} // namespace

std::string cell_text(ColumnId column, const Snapshot& snapshot, const Namespace& ns,
                      const CellSources& sources) {
    switch (column) {
    case ColumnId::ns: return std::to_string(ns.ref.inum);
    case ColumnId::type: return std::string(name(ns.type));
    case ColumnId::path: return sources.path ? to_printable(sources.path(ns)) : std::string();
    case ColumnId::nprocs: return std::to_string(ns.members.size());
    case ColumnId::pid: return ns.leader ? std::to_string(ns.leader->pid) : std::string();
    case ColumnId::ppid: return ns.leader ? std::to_string(ns.leader->ppid) : std::string();
    case ColumnId::command: return ns.leader ? to_printable(command_text(*ns.leader)) : std::string();
    case ColumnId::uid: return number_text(uid_of(ns));
    case ColumnId::user: return user_text(ns, sources);
    case ColumnId::netnsid:
        return ns.type == NsType::net && sources.netnsid ? sources.netnsid(ns) : std::string();
    case ColumnId::nsfs: return sources.mount_points ? mounts_text(sources.mount_points(ns)) : std::string();
    case ColumnId::pns:
        return std::to_string(ns.parent.value_or(0)); // 0 as lsns(8) has it, also for kinds without parents
    case ColumnId::ons: return std::to_string(ns.owner_user_ns.value_or(0));
    case ColumnId::id: return ns.ref.id != 0 ? std::to_string(ns.ref.id) : std::string();
    case ColumnId::nthreads: return std::to_string(ns.nthreads);
    case ColumnId::ouid: return number_text(ns.owner_uid);
    case ColumnId::initial: return ns.initial ? "yes" : "no";
    case ColumnId::pinned: return pins_text(ns.pinned_by);
    case ColumnId::container: return containers_text(snapshot, ns);
    }
    return {};
}

} // namespace nsscope
