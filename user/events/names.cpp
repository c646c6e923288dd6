#include "events/names.hpp"

#include <vector>

#include "model/cgroup_container.hpp"

namespace nsscope {

namespace {

/// Names from the leaf up, each ended by NUL, as a path.
std::optional<std::string> path_of(std::string_view leaf_up) {
    std::vector<std::string_view> names;
    for (std::string_view rest = leaf_up; !rest.empty();) {
        const auto end = rest.find('\0');
        if (end == std::string_view::npos) return std::nullopt;
        names.push_back(rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    std::string path;
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
        path += '/';
        path += *name;
    }
    if (path.empty()) path = "/";
    return path;
}

} // namespace

std::optional<std::string> exe_path(const ExeName& exe) {
    auto path = exe.complete ? path_of(exe.names) : std::nullopt;
    if (path && exe.deleted) *path += " (deleted)";
    return path;
}

std::optional<std::string> cgroup_path(const CgroupEvent& event) {
    return event.complete ? path_of(event.names) : std::nullopt;
}

void Names::learn(const ExeName& exe) {
    // The kernel side repeats a name every second that it is used in, so forgetting costs little.
    if (exes_.size() >= most && !exes_.contains(exe.key)) exes_.clear();
    exes_.insert_or_assign(exe.key, exe_path(exe));
}

const std::string* Names::exe(std::uint64_t key) const {
    const auto found = exes_.find(key);
    return found != exes_.end() && found->second ? &*found->second : nullptr;
}

namespace {

std::optional<Container> container_by_name(const std::optional<std::string>& path) {
    auto found = path ? container_of_cgroup(*path) : std::nullopt;
    if (!found) return std::nullopt;
    return std::move(found->container);
}

} // namespace

Names::Cgroup& Names::find_cgroup(std::uint64_t id) {
    auto found = cgroups_.find(id);
    if (found == cgroups_.end()) {
        if (cgroups_.size() >= most) cgroups_.clear();
        auto path = lookup_(id);
        auto container = container_by_name(path);
        found = cgroups_.emplace(id, Cgroup{std::move(path), std::move(container)}).first;
    }
    return found->second;
}

const std::string* Names::cgroup(std::uint64_t id) {
    const auto& path = find_cgroup(id).path;
    return path ? &*path : nullptr;
}

const Container* Names::container(std::uint64_t id) {
    const auto& cgroup = find_cgroup(id);
    if (containers_) return containers_(id, cgroup.path ? &*cgroup.path : nullptr);
    return cgroup.container ? &*cgroup.container : nullptr;
}

void Names::learn_cgroup(std::uint64_t id, std::string path) {
    if (cgroups_.size() >= most) cgroups_.clear();
    std::optional<std::string> known(std::move(path));
    auto container = container_by_name(known);
    cgroups_.insert_or_assign(id, Cgroup{std::move(known), std::move(container)});
}

const std::vector<std::string>& Names::controllers(std::uint32_t hierarchy) {
    auto found = hierarchies_.find(hierarchy);
    if (found == hierarchies_.end()) {
        if (hierarchies_.size() >= most) hierarchies_.clear();
        found = hierarchies_
                    .emplace(hierarchy,
                             hierarchy_lookup_ ? hierarchy_lookup_(hierarchy) : std::vector<std::string>{})
                    .first;
    }
    return found->second;
}

} // namespace nsscope
