#include "cli/top_containers.hpp"

#include <algorithm>

namespace nsscope {
namespace {

constexpr std::uint32_t no_container = UINT32_MAX;

std::uint64_t cgroup_of(const Scan& scan, const ScannedTask& task) {
    return task.cgroups < scan.cgroups.size() ? scan.cgroups[task.cgroups].id : 0;
}

const ContainerProcess* find(const ContainerFinding& finding, pid_t pid) {
    const auto found =
        std::lower_bound(finding.processes.begin(), finding.processes.end(), pid,
                         [](const ContainerProcess& process, pid_t wanted) { return process.pid < wanted; });
    return found == finding.processes.end() || found->pid != pid ? nullptr : &*found;
}

} // namespace

void ContainerTracker::look(Scan& scan, std::uint64_t rescans) {
    const bool is_known = std::all_of(scan.cgroups.begin(), scan.cgroups.end(),
                                      [this](const auto& set) { return by_cgroup_.contains(set.id); });
    if (!is_known || rescans != rescans_) {
        rescans_ = rescans;
        const auto issues = scan.issues.size();
        finding_ = look_for_containers(scan, places_);
        issues_.assign(scan.issues.begin() + static_cast<std::ptrdiff_t>(issues), scan.issues.end());
        by_cgroup_.clear();
        for (const auto& set : scan.cgroups) by_cgroup_.emplace(set.id, no_container);
        for (const auto& task : scan.tasks)
            if (const auto* process = find(finding_, task.pid))
                by_cgroup_[cgroup_of(scan, task)] = process->container;
    } else {
        scan.issues.insert(scan.issues.end(), issues_.begin(), issues_.end());
    }
}

std::uint32_t ContainerTracker::of(const Scan& scan, const ScannedTask& task) const {
    if (const auto* process = find(finding_, task.pid);
        process != nullptr && process->start_ns == task.start_ns)
        return process->container;
    const auto id = cgroup_of(scan, task);
    const auto found = id == 0 ? by_cgroup_.end() : by_cgroup_.find(id);
    return found == by_cgroup_.end() ? no_container : found->second;
}

} // namespace nsscope
