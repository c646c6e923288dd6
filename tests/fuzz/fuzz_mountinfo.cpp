// Lines of mountinfo, with their propagation.
#include "check.hpp"
#include "scan/mountinfo.hpp"

using nsscope::fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = nsscope::fuzz::text_of(data, size);
    const auto table = nsscope::parse_mounts(text);
    std::uint64_t lines = 0;
    for (const char c : text) lines += c == '\n' ? 1 : 0;
    check(table.mounts.size() + table.malformed <= lines + 1, "a mount is a line");
    for (const auto& mount : table.mounts) {
        check(mount.id >= 0 && mount.parent_id >= 0, "ids are not negative");
        check(mount.peer_group >= 0 && mount.master >= 0 && mount.propagate_from >= 0, "nor are peer groups");
        check(!mount.mount_point.empty() && !mount.fs_type.empty(), "a mount has a place and a type");
    }
    for (const auto& mount : nsscope::parse_nsfs_mounts(text))
        check(mount.inum != 0, "a namespace has a number");
    return 0;
}
