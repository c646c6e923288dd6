#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/mount.hpp"
#include "model/scan.hpp"

namespace nsscope {

/// One line of a mountinfo file, proc_pid_mountinfo(5); views into it, escapes not undone.
struct MountLine {
    std::string_view root;
    std::string_view mount_point;
    std::string_view fs_type;
};
/// nullopt: not such a line.
[[nodiscard]] std::optional<MountLine> parse_mount_line(std::string_view line);

/// Where the first file system of this type is mounted, its own root being seen there; nullopt: nowhere.
[[nodiscard]] std::optional<std::string> find_mount_point(std::string_view mountinfo,
                                                          std::string_view fs_type);

/// The nsfs mounts among the lines of a mountinfo file, proc_pid_mountinfo(5); other lines, malformed ones
/// included, are passed over. Any bytes are taken. mnt_ns stays 0: the file does not say.
[[nodiscard]] std::vector<ScannedMount> parse_nsfs_mounts(std::string_view mountinfo);

/// The whole of one line, with its propagation; nullopt: not such a line. Optional fields that nsscope does not know
/// are passed over, as proc_pid_mountinfo(5) asks.
[[nodiscard]] std::optional<Mount> parse_mount(std::string_view line);

struct MountTable {
    std::vector<Mount> mounts;   ///< in the order of the file
    std::uint64_t malformed = 0; ///< lines that make no sense
};
/// All lines of a mountinfo file. Any bytes are taken.
[[nodiscard]] MountTable parse_mounts(std::string_view mountinfo);

/// Undoes the octal escapes of mangled paths (fs/seq_file.c, mangle_path): "\040" is a blank. A backslash
/// that no three octal digits follow stays as it is.
[[nodiscard]] std::string undo_octal_escapes(std::string_view text);

} // namespace nsscope
