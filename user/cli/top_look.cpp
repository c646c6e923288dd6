#include "cli/top_look.hpp"

#include <algorithm>
#include <tuple>

namespace nsscope {

std::vector<tui::Process> processes_of(const Scan& scan, ProcessFacts& facts) {
    std::vector<const ScannedTask*> tasks;
    tasks.reserve(scan.tasks.size());
    for (const auto& task : scan.tasks) tasks.push_back(&task);
    std::sort(tasks.begin(), tasks.end(), [](const ScannedTask* a, const ScannedTask* b) {
        return std::tuple(a->pid, a->tid != a->pid, a->tid) < std::tuple(b->pid, b->tid != b->pid, b->tid);
    });
    std::vector<tui::Process> processes;
    for (const auto* task : tasks) {
        if (!processes.empty() && processes.back().pid == task->pid) {
            ++processes.back().threads;
            continue;
        }
        tui::Process process{.pid = task->pid,
                             .ppid = task->ppid,
                             .uid = task->uid,
                             .start_ns = task->start_ns,
                             .threads = 1,
                             .kernel_thread = task->kernel_thread,
                             .comm = task->comm,
                             .command = {},
                             .ns = task->ns};
        facts.complete(process, *task);
        processes.push_back(std::move(process));
    }
    return processes;
}

tui::EventLine line_of(const PastEvent& past) {
    tui::EventLine line{.seq = past.position.seq, .time_ns = past.position.time_ns, .type = past.event.type};
    if (past.event.task) line.pid = static_cast<pid_t>(past.event.task->pid);
    if (past.event.child) line.child = static_cast<pid_t>(past.event.child->pid);
    for (const auto& change : past.event.namespaces())
        for (const auto& ref : {change.from, change.to})
            if (ref && ref->inum != 0) line.namespaces.emplace_back(type_of(change.slot), ref->inum);
    line.text = past.text;
    return line;
}

void take_counts(tui::Look& look, const LiveCounts& counts) {
    look.counts.events = counts.events;
    look.counts.lost = counts.lost;
    look.counts.created = counts.created;
    look.counts.destroyed = counts.destroyed;
}

} // namespace nsscope
