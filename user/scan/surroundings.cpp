#include "scan/surroundings.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "scan/files.hpp"
#include "scan/mountinfo.hpp"

namespace nsscope {
namespace {

Surrounding cgroups(const std::string& mountinfo) {
    const bool v2 = find_mount_point(mountinfo, "cgroup2").has_value();
    const bool v1 = find_mount_point(mountinfo, "cgroup").has_value();
    if (v2) return {.name = "cgroups", .state = v1 ? "hybrid: v2, and v1 beside it" : "v2"};
    return {.name = "cgroups",
            .state = v1 ? "v1" : "mounted nowhere",
            .is_fine = false,
            .means = "events have no paths of cgroups, and `events --cgroup` finds none",
            .remedy = "mount -t cgroup2 none /sys/fs/cgroup (v1: below it, as /sys/fs/cgroup/unified)"};
}

/// Where everybody looks for one, `guard` included.
constexpr std::string_view bpffs_place = "/sys/fs/bpf";

Surrounding bpffs(const std::string& mountinfo) {
    for (std::size_t at = 0, end = 0; at < mountinfo.size(); at = end + 1) {
        end = std::min(mountinfo.find('\n', at), mountinfo.size());
        const auto line = parse_mount_line(std::string_view(mountinfo).substr(at, end - at));
        if (line && line->fs_type == "bpf" && line->mount_point == bpffs_place)
            return {.name = "bpffs", .state = std::string(bpffs_place)};
    }
    return {.name = "bpffs",
            .state = "not mounted",
            .is_fine = false,
            .means = "there is no place for what outlives nsscope: `guard apply` mounts it",
            .remedy = "mount -t bpf none /sys/fs/bpf"};
}

/// The word in brackets: "none [integrity] confidentiality".
std::optional<std::string> chosen(const std::string& text) {
    const auto from = text.find('['), to = text.find(']');
    if (from == std::string::npos || to == std::string::npos || to < from) return std::nullopt;
    return text.substr(from + 1, to - from - 1);
}

Surrounding lockdown(const std::string& sys) {
    const auto text = read_file(sys + "/kernel/security/lockdown");
    if (!text) return {.name = "lockdown", .state = "unknown, or this kernel has none"};
    const auto mode = chosen(*text);
    if (mode != "confidentiality") return {.name = "lockdown", .state = mode.value_or("unknown")};
    return {.name = "lockdown",
            .state = "confidentiality",
            .is_fine = false,
            .means =
                "no BPF program may read the kernel's memory: `events`, `top`, `guard` and `list --source "
                "bpf` do not work",
            .remedy = "boot with lockdown=integrity, or without"};
}

/// Nothing of nsscope is a security module; the list says which ones may refuse what it does.
Surrounding security_modules(const std::string& sys) {
    auto text = read_file(sys + "/kernel/security/lsm");
    return {.name = "lsm", .state = text ? std::move(*text) : "unknown"};
}

} // namespace

std::vector<Surrounding> look_around(const std::string& proc, const std::string& sys) {
    std::vector<Surrounding> all;
    if (const auto mountinfo = read_file(proc + "/self/mountinfo")) {
        all.push_back(cgroups(*mountinfo));
        all.push_back(bpffs(*mountinfo));
    } else {
        all.push_back({.name = "cgroups", .state = "unknown"});
        all.push_back({.name = "bpffs", .state = "unknown"});
    }
    all.push_back(lockdown(sys));
    all.push_back(security_modules(sys));
    return all;
}

} // namespace nsscope
