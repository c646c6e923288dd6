#include "scan/proc_scan.hpp"

#include <fcntl.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/unique_fd.hpp"
#include "scan/files.hpp"
#include "scan/mountinfo.hpp"
#include "scan/parse.hpp"
#include "scan/proc_walk.hpp"

namespace nsscope {

Result<Scan> scan_proc(const std::string& proc_root) {
    const std::string hint = "a procfs must be mounted there, see proc(5)";
    const UniqueFd proc(::open(proc_root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!proc) return errno_failure(fmt::format("cannot open {}", proc_root), hint);

    ProcWalk walk(proc.get());
    if (const int error = walk.walk())
        return errno_failure(error, fmt::format("cannot list {}", proc_root), hint);
    walk.add_mounts();
    return walk.finish();
}

std::optional<std::string> read_cmdline(const std::string& proc_root, pid_t pid) {
    auto text = read_file(fmt::format("{}/{}/cmdline", proc_root, pid));
    if (!text) return std::nullopt;
    return std::move(*text);
}

Result<std::vector<ScannedMount>> scan_nsfs_mounts(const std::string& proc_root) {
    const auto path = proc_root + "/self/mountinfo";
    const auto text = read_file(path);
    if (!text) return errno_failure(text.error(), fmt::format("cannot read {}", path));
    auto mounts = parse_nsfs_mounts(*text);
    std::error_code unknown; // leaves mnt_ns at 0
    const auto link = std::filesystem::read_symlink(proc_root + "/self/ns/mnt", unknown);
    if (const auto mnt_ns = parse_ns_link(link.native()))
        for (auto& mount : mounts) mount.mnt_ns = mnt_ns->inum;
    return mounts;
}

} // namespace nsscope
