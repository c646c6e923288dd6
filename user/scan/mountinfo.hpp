#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// Undoes the octal escapes of mangled paths (fs/seq_file.c, mangle_path): "\040" is a blank. A backslash
/// that no three octal digits follow stays as it is.
[[nodiscard]] std::string undo_octal_escapes(std::string_view text);

} // namespace nsscope
