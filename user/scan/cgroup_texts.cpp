#include "scan/cgroup_texts.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "model/cgroup_membership.hpp"
#include "scan/cgroup.hpp"
#include "scan/files.hpp"

namespace nsscope {
namespace {

/// Whether a /proc/PID/cgroup is of the cgroup with this id. Where no cgroup2 file system is mounted, who could tell.
bool fits(const CgroupTree& tree, std::string_view text, std::uint64_t id) {
    if (id == 0) return true;
    const auto found = tree.id_of(unified_path(text));
    return !found || *found == id;
}

} // namespace

void fill_cgroup_texts(Scan& scan, const std::string& proc_root) {
    const auto lacks = [](const ScannedCgroups& cgroups) { return cgroups.text.empty(); };
    if (std::none_of(scan.cgroups.begin(), scan.cgroups.end(), lacks)) return;
    std::vector<pid_t> member(scan.cgroups.size(), 0);
    for (const auto& task : scan.tasks)
        if (task.cgroups < member.size() && member[task.cgroups] == 0 && task.tid == task.pid)
            member[task.cgroups] = task.pid;

    const auto tree = CgroupTree::find(proc_root);
    for (std::size_t i = 0; i < scan.cgroups.size(); ++i) {
        auto& cgroups = scan.cgroups[i];
        if (!lacks(cgroups)) continue;
        if (member[i] != 0) {
            auto text = read_file(fmt::format("{}/{}/cgroup", proc_root, member[i]));
            if (text && fits(tree, *text, cgroups.id)) cgroups.text = std::move(*text);
        }
        if (!lacks(cgroups)) continue;
        if (const auto path = tree.path_of(cgroups.id)) cgroups.text = fmt::format("0::{}\n", *path);
    }
}

} // namespace nsscope
