#include "policy/sysctl_names.hpp"

#include <algorithm>
#include <filesystem>

namespace nsscope {
namespace {

constexpr std::size_t interface_at = 3; ///< in net/ipv4/conf/INTERFACE/...

bool has_interface(const std::vector<std::string_view>& parts) {
    return parts.size() > interface_at + 1 && parts[0] == "net" &&
           (parts[1] == "ipv4" || parts[1] == "ipv6") && (parts[2] == "conf" || parts[2] == "neigh");
}

/// The name with a star for an interface, if it has one there.
std::string without_interface(std::string_view name) {
    const auto parts = split_name(name);
    if (!has_interface(parts)) return std::string(name);
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i)
        out.append(i == 0 ? "" : "/").append(i == interface_at ? "*" : parts[i]);
    return out;
}

} // namespace

SysctlNames::SysctlNames(const std::vector<std::string>& names) {
    for (const auto& name : names) names_.insert(without_interface(name));
}

SysctlNames SysctlNames::of(const std::string& root) {
    namespace fs = std::filesystem;
    std::error_code error;
    std::vector<std::string> names;
    fs::recursive_directory_iterator entries(root, fs::directory_options::skip_permission_denied, error);
    for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
        std::error_code unknown;
        const auto path = entries->path().string();
        // what other file systems are mounted there is none of ours
        if (path.ends_with("/fs/binfmt_misc"))
            entries.disable_recursion_pending();
        else if (entries->is_regular_file(unknown))
            names.push_back(path.substr(root.size() + 1));
    }
    return SysctlNames(names);
}

bool SysctlNames::has(const NamePattern& pattern) const {
    if (pattern.is_literal()) {
        std::string name;
        for (const auto& component : pattern.components)
            name.append(name.empty() ? "" : "/").append(component.text);
        return names_.contains(without_interface(name));
    }
    return std::any_of(names_.begin(), names_.end(), [&pattern](const auto& name) {
        const auto parts = split_name(name);
        return matches(pattern, parts, has_interface(parts) ? std::optional(interface_at) : std::nullopt);
    });
}

} // namespace nsscope
