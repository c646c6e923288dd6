#include "scan/mountinfo.hpp"

#include <algorithm>

#include "scan/parse.hpp"

namespace nsscope {

namespace {

std::string_view cut(std::string_view& rest, char separator) {
    const auto piece = rest.substr(0, rest.find(separator));
    rest.remove_prefix(std::min(rest.size(), piece.size() + 1));
    return piece;
}

bool is_octal(char c) { return c >= '0' && c <= '7'; }

} // namespace

std::optional<MountLine> parse_mount_line(std::string_view line) {
    // 36 35 0:4 net:[4026532281] /run/netns/a rw shared:5 - nsfs nsfs rw
    for (int field = 1; field <= 3; ++field) (void)cut(line, ' ');
    const auto root = cut(line, ' ');
    const auto mount_point = cut(line, ' ');
    (void)cut(line, ' ');
    while (!line.empty()) {
        if (cut(line, ' ') != "-") continue;
        const auto fs_type = cut(line, ' ');
        if (mount_point.empty() || fs_type.empty()) return std::nullopt;
        return MountLine{root, mount_point, fs_type};
    }
    return std::nullopt;
}

std::optional<std::string> find_mount_point(std::string_view mountinfo, std::string_view fs_type) {
    while (!mountinfo.empty()) {
        const auto mount = parse_mount_line(cut(mountinfo, '\n'));
        if (mount && mount->fs_type == fs_type && mount->root == "/")
            return undo_octal_escapes(mount->mount_point);
    }
    return std::nullopt;
}

std::vector<ScannedMount> parse_nsfs_mounts(std::string_view mountinfo) {
    std::vector<ScannedMount> mounts;
    while (!mountinfo.empty()) {
        const auto mount = parse_mount_line(cut(mountinfo, '\n'));
        if (!mount || mount->fs_type != "nsfs") continue;
        if (const auto link = parse_ns_link(mount->root))
            mounts.push_back(ScannedMount{link->type, link->inum, undo_octal_escapes(mount->mount_point)});
    }
    return mounts;
}

std::string undo_octal_escapes(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '\\' && i + 3 < text.size() && text[i + 1] >= '0' &&
                            text[i + 1] <= '3' && is_octal(text[i + 2]) && is_octal(text[i + 3]);
        if (!escape) {
            plain += text[i];
            continue;
        }
        const int code = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
        plain += static_cast<char>(code);
        i += 3;
    }
    return plain;
}

} // namespace nsscope
