#include "inspect/user.hpp"

#include "inspect/proc_dir.hpp"
#include "inspect/visit.hpp"
#include "scan/nsfs.hpp"

namespace nsscope {

namespace {

std::optional<std::vector<IdRange>> read_map(const Look& look, const ProcDir& process, const char* file) {
    const auto text = process.read(file);
    if (!text) {
        look.gaps.add_error(file, text.error(), process.pid());
        return std::nullopt;
    }
    auto map = parse_id_map(*text);
    if (!map) look.gaps.add(file, "not as user_namespaces(7) has it", process.pid());
    return map;
}

/// False if the process was not in the namespace all the time.
bool read_maps(const Look& look, const ProcDir& process, UserContents& contents) {
    contents.uid_map = read_map(look, process, "uid_map");
    contents.gid_map = read_map(look, process, "gid_map");
    contents.setgroups.reset();
    if (const auto text = process.read("setgroups"))
        contents.setgroups = text->starts_with("allow");
    else
        look.gaps.add_error("setgroups", text.error(), process.pid());
    return process.namespace_inum(NsSlot::user) == look.ns.ref.inum;
}

void find_maps(const Look& look, UserContents& contents) {
    for (const auto pid : look.ns.members) {
        const auto process = ProcDir::open(look.sources.proc_root, pid);
        if (process && process->namespace_inum(NsSlot::user) == look.ns.ref.inum &&
            read_maps(look, *process, contents))
            return;
    }
    bool found = false;
    const auto visited = visit_by_process(look.held, [&](pid_t child) {
        // In a child of a user namespace the child process is out of reach for ptrace(2), not so its maps.
        const auto process = ProcDir::open(look.sources.proc_root, child);
        if (!process) return;
        read_maps(look, *process, contents);
        found = contents.uid_map.has_value();
    });
    if (!visited)
        look.gaps.add_error("uid_map, gid_map and setgroups", visited.error());
    else if (!found)
        look.gaps.add("uid_map, gid_map and setgroups", "the child process that entered it has ended");
}

void read_members(const Look& look, UserContents& contents) {
    for (const auto pid : look.ns.members) {
        const auto process = ProcDir::open(look.sources.proc_root, pid);
        const auto text = process ? process->read("status") : tl::unexpected(process.error());
        if (!text) {
            look.gaps.add_error("capabilities of a process", text.error(), pid);
            continue;
        }
        const auto status = parse_status(*text);
        if (!status) {
            look.gaps.add("capabilities of a process", "its status is not as proc_pid_status(5) has it", pid);
            continue;
        }
        contents.members.push_back({pid, process->comm(), status->effective_uid, status->inheritable,
                                    status->permitted, status->effective, status->bounding, status->ambient});
    }
}

} // namespace

UserContents inspect_user(const Look& look) {
    UserContents contents;
    contents.owner = owner_uid_of(look.held.file.get());
    contents.depth = depth_of(look.held);
    if (!contents.depth)
        look.gaps.add("depth of a user namespace", "nsscope is not in the initial user namespace");
    find_maps(look, contents);
    read_members(look, contents);
    for (const auto& ns : look.snapshot.namespaces)
        if (ns.owner_user_ns == look.ns.ref.inum) contents.owns.push_back({ns.type, ns.ref.inum});
    return contents;
}

} // namespace nsscope
