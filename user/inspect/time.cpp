#include "inspect/time.hpp"

#include <algorithm>

#include "inspect/proc_dir.hpp"

namespace nsscope {

namespace {

/// What the process says of the namespace, if its children are born there before and after it is asked.
bool ask(const Look& look, pid_t pid, TimeContents& contents) {
    const auto process = ProcDir::open(look.sources.proc_root, pid);
    if (!process) return false;
    const auto inum = look.ns.ref.inum;
    if (process->namespace_inum(NsSlot::time_for_children) != inum) return false;
    const auto text = process->read("timens_offsets");
    if (process->namespace_inum(NsSlot::time_for_children) != inum) return false;
    if (!text) {
        look.gaps.add_error("clock offsets", text.error(), pid);
        return false;
    }
    contents.offsets = parse_timens_offsets(*text);
    if (!contents.offsets) look.gaps.add("clock offsets", "not as proc_pid_timens_offsets(5) has them", pid);
    return true;
}

/// The processes to ask: whoever is in it, whoever's children will be.
std::vector<pid_t> witnesses(const Namespace& ns) {
    auto pids = ns.members;
    for (const auto& pin : ns.pinned_by)
        if (pin.how == Pin::How::for_children && pin.pid != 0) pids.push_back(pin.pid);
    return pids;
}

} // namespace

TimeContents inspect_time(const Look& look) {
    TimeContents contents;
    if (!look.ns.members.empty() || look.ns.initial) contents.settable = false;
    bool asked = false;
    for (const auto pid : witnesses(look.ns)) {
        asked = ask(look, pid, contents);
        if (!asked) continue;
        if (contents.settable || !look.sources.task_numbers) break;
        const auto numbers = look.sources.task_numbers(pid);
        if (numbers && numbers->time_ns_for_children == look.ns.ref.inum)
            contents.settable = !numbers->time_offsets_frozen;
        break;
    }
    if (!asked)
        look.gaps.add("clock offsets",
                      "no process has its children born in it, and entering it could freeze them");
    if (!contents.settable)
        look.gaps.add("whether the clock offsets can still be set",
                      "no process is in it now, and only the BPF iterator tells whether one has been");
    return contents;
}

} // namespace nsscope
