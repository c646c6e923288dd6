#include "events/names.hpp"

#include <vector>

namespace nsscope {

std::optional<std::string> exe_path(const ExeName& exe) {
    if (!exe.complete) return std::nullopt;
    std::vector<std::string_view> names;
    for (std::string_view rest = exe.names; !rest.empty();) {
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
    if (exe.deleted) path += " (deleted)";
    return path;
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

const std::string* Names::cgroup(std::uint64_t id) {
    auto found = cgroups_.find(id);
    if (found == cgroups_.end()) {
        if (cgroups_.size() >= most) cgroups_.clear();
        found = cgroups_.emplace(id, lookup_(id)).first;
    }
    return found->second ? &*found->second : nullptr;
}

} // namespace nsscope
