#include "model/place_containers.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace nsscope {

void place_containers(Snapshot& snapshot, ContainerFinding&& finding) {
    snapshot.containers = std::move(finding.containers);
    snapshot.container_processes = std::move(finding.processes);
    if (snapshot.container_processes.empty()) return;
    std::unordered_map<pid_t, const ContainerProcess*> contained;
    contained.reserve(snapshot.container_processes.size());
    for (const auto& process : snapshot.container_processes) contained.emplace(process.pid, &process);

    for (auto& ns : snapshot.namespaces) {
        const ContainerProcess* first = nullptr;
        for (const auto pid : ns.members) {
            const auto found = contained.find(pid);
            if (found == contained.end()) continue;
            const auto& process = *found->second;
            if (first == nullptr || process.start_ns < first->start_ns) first = &process;
            // Mostly a neighbour is in the same one. What is left twice goes below.
            if (ns.containers.empty() || ns.containers.back() != process.container)
                ns.containers.push_back(process.container);
        }
        std::sort(ns.containers.begin(), ns.containers.end());
        ns.containers.erase(std::unique(ns.containers.begin(), ns.containers.end()), ns.containers.end());
        if (first != nullptr && !ns.initial) ns.container = first->container;
    }
}

std::optional<std::uint32_t> container_of(const Snapshot& snapshot, pid_t pid) {
    const auto& all = snapshot.container_processes;
    const auto found =
        std::lower_bound(all.begin(), all.end(), pid,
                         [](const ContainerProcess& process, pid_t wanted) { return process.pid < wanted; });
    if (found == all.end() || found->pid != pid) return std::nullopt;
    return found->container;
}

} // namespace nsscope
