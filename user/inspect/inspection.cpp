#include "inspect/inspection.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "inspect/nsenter_line.hpp"
#include "inspect/proc_dir.hpp"
#include "scan/nsfs.hpp"

namespace nsscope {

namespace {

Contents read_contents(const Look& look) {
    switch (look.ns.type) {
    case NsType::cgroup: return inspect_cgroup(look);
    case NsType::ipc: return inspect_ipc(look);
    case NsType::mnt: return inspect_mnt(look);
    case NsType::net: return inspect_net(look);
    case NsType::pid: return inspect_pid(look);
    case NsType::time: return inspect_time(look);
    case NsType::user: return inspect_user(look);
    case NsType::uts: break;
    }
    return inspect_uts(look);
}

/// What the snapshot knows of an open namespace, or else what its file tells: it may be younger than the snapshot.
Namespace describe(const Snapshot& snapshot, const HeldNamespace& held) {
    const auto* known = find(snapshot, held.type, held.ref.inum, held.ref.id);
    if (known != nullptr) {
        auto ns = *known;
        if (ns.ref.id == 0) ns.ref.id = held.ref.id;
        return ns;
    }
    Namespace ns;
    ns.type = held.type;
    ns.ref = held.ref;
    const auto owner = open_owner(held.file.get());
    if (owner) ns.owner_user_ns = inum_of(owner.get());
    if (owner) ns.owner_uid = owner_uid_of(held.type == NsType::user ? held.file.get() : owner.get());
    if (held.type == NsType::pid || held.type == NsType::user)
        if (const auto parent = open_parent(held.file.get())) ns.parent = inum_of(parent.get());
    if (held.pid != 0) {
        ns.members = {held.pid};
        ns.nthreads = 1;
    }
    return ns;
}

InspectedNamespace look_into(const Snapshot& snapshot, HeldNamespace held, const InspectSources& sources,
                             Gaps& gaps) {
    InspectedNamespace inspected{describe(snapshot, held), held.path, nsenter_line(held), {}};
    inspected.contents = read_contents({snapshot, inspected.ns, held, sources, gaps});
    return inspected;
}

} // namespace

Result<Inspection> inspect_process(const Snapshot& snapshot, pid_t pid, const std::vector<NsType>& types,
                                   const InspectSources& sources) {
    const auto process = ProcDir::open(sources.proc_root, pid);
    if (!process) return Failure(Error{fmt::format("no process {}", pid)});
    Inspection inspection;
    inspection.pid = pid;
    inspection.comm = process->comm();
    inspection.issues = snapshot.issues;
    Gaps gaps;
    for (const auto& kind : ns_types) {
        if (!types.empty() && std::ranges::find(types, kind.type) == types.end()) continue;
        auto held = hold_by_path(fmt::format("{}/{}/ns/{}", sources.proc_root, pid, kind.name));
        if (held) {
            held->pid = pid;
            inspection.namespaces.push_back(look_into(snapshot, std::move(*held), sources, gaps));
        } else {
            // a kernel that lacks this kind, or a task that is gone: see below
            gaps.add_error(fmt::format("{} namespace of the process", kind.name), held.error().error_number,
                           pid);
        }
    }
    gaps.report(inspection.issues);
    if (inspection.namespaces.empty() && inspection.issues.size() == snapshot.issues.size())
        return Failure(Error{fmt::format("process {} has ended, or is about to: it has no namespaces", pid)});
    return inspection;
}

Inspection inspect_held(const Snapshot& snapshot, HeldNamespace held, const InspectSources& sources) {
    // What /proc/self or a descriptor leads to is another thing in another process, and tomorrow.
    if (const auto ns = describe(snapshot, held); held.path.starts_with("/proc/") && !ns.members.empty()) {
        const auto through_member = hold(sources.proc_root, snapshot, ns);
        if (through_member && through_member->pid != 0 && through_member->ref == held.ref) {
            held.path = through_member->path;
            held.pid = through_member->pid;
        }
    }
    Inspection inspection;
    inspection.issues = snapshot.issues;
    Gaps gaps;
    inspection.namespaces.push_back(look_into(snapshot, std::move(held), sources, gaps));
    gaps.report(inspection.issues);
    return inspection;
}

Inspection inspect_listed(const Snapshot& snapshot, const Namespace& ns, const InspectSources& sources) {
    auto held = hold(sources.proc_root, snapshot, ns);
    if (held) return inspect_held(snapshot, std::move(*held), sources);
    Inspection inspection;
    inspection.issues = snapshot.issues;
    inspection.namespaces.push_back({ns, {}, {}, {}});
    Gaps gaps;
    gaps.add_error("contents of a namespace", held.error());
    gaps.report(inspection.issues);
    return inspection;
}

} // namespace nsscope
