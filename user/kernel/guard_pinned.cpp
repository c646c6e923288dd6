#include "kernel/guard_pinned.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <utility>

namespace nsscope {
namespace {

template <typename Info>
Result<Info> info_of(int fd, const char* what) {
    Info info{};
    __u32 size = sizeof info;
    if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0)
        return errno_failure(fmt::format("cannot look at the {} of the guard", what));
    return info;
}

} // namespace

const PinnedGuard::Map* PinnedGuard::map(std::string_view name) const {
    const auto found = std::find_if(maps.begin(), maps.end(), [&](const Map& m) { return m.name == name; });
    return found == maps.end() ? nullptr : &*found;
}

int PinnedGuard::map_fd(std::string_view name) const {
    const auto* found = map(name);
    return found != nullptr ? found->fd.get() : -1;
}

Result<PinnedGuard> guard_of_link(UniqueFd own_link, const std::string& name) {
    PinnedGuard guard;
    guard.link = std::move(own_link);
    const auto link = info_of<bpf_link_info>(guard.link.get(), "link");
    if (!link) return Failure(link.error());
    if (link->type != BPF_LINK_TYPE_CGROUP || link->cgroup.attach_type != BPF_CGROUP_SYSCTL)
        return Failure(Error{fmt::format("{} is no link of a guard", name), "remove it by hand"});
    guard.cgroup_id = link->cgroup.cgroup_id;
    guard.program = UniqueFd(bpf_prog_get_fd_by_id(link->prog_id));
    if (!guard.program) return errno_failure("cannot open the program of the guard", "run as root");

    auto program = info_of<bpf_prog_info>(guard.program.get(), "program");
    if (!program) return Failure(program.error());
    std::vector<__u32> ids(program->nr_map_ids);
    guard.info = {};
    guard.info.nr_map_ids = static_cast<__u32>(ids.size());
    guard.info.map_ids = reinterpret_cast<__u64>(ids.data());
    __u32 size = sizeof guard.info;
    if (bpf_obj_get_info_by_fd(guard.program.get(), &guard.info, &size) != 0)
        return errno_failure("cannot list the maps of the guard");
    for (const auto id : ids) {
        PinnedGuard::Map map;
        map.fd = UniqueFd(bpf_map_get_fd_by_id(id));
        if (!map.fd) return errno_failure("cannot open a map of the guard", "run as root");
        const auto info = info_of<bpf_map_info>(map.fd.get(), "map");
        if (!info) return Failure(info.error());
        map.info = *info;
        map.name.assign(info->name, ::strnlen(info->name, sizeof info->name));
        guard.maps.push_back(std::move(map));
    }
    return guard;
}

Result<std::optional<PinnedGuard>> open_pinned_guard(const std::string& pins) {
    const auto path = fmt::format("{}/{}", pins, sysctl_pin);
    UniqueFd link(bpf_obj_get(path.c_str()));
    if (!link) {
        if (errno == ENOENT) return std::optional<PinnedGuard>();
        return errno_failure(fmt::format("cannot open {}", path), "run as root");
    }
    auto guard = guard_of_link(std::move(link), path);
    if (!guard) return Failure(guard.error());
    return std::optional<PinnedGuard>(std::move(*guard));
}

std::string read_blob(const PinnedGuard& guard, std::string_view map) {
    const auto* found = guard.map(map);
    if (found == nullptr) return {};
    const std::size_t size = found->info.value_size;
    std::string value(size * found->info.max_entries, '\0');
    for (__u32 i = 0; i < found->info.max_entries; i++)
        if (bpf_map_lookup_elem(found->fd.get(), &i, value.data() + i * size) != 0) return {};
    return value;
}

} // namespace nsscope
