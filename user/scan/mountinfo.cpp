#include "scan/mountinfo.hpp"

#include <algorithm>
#include <charconv>

#include "scan/parse.hpp"

namespace nsscope {

namespace {

std::string_view cut(std::string_view& rest, char separator) {
    const auto piece = rest.substr(0, rest.find(separator));
    rest.remove_prefix(std::min(rest.size(), piece.size() + 1));
    return piece;
}

template <typename Number>
bool read_number(std::string_view text, Number& number) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && stop == end;
}

bool read_id(std::string_view text, int& id) { return read_number(text, id) && id >= 0; }

bool read_device(std::string_view text, Mount& mount) {
    const auto colon = text.find(':');
    return colon != std::string_view::npos && read_number(text.substr(0, colon), mount.device_major) &&
           read_number(text.substr(colon + 1), mount.device_minor);
}

/// "shared:5", "unbindable"; false for one that is known and has no number.
bool read_optional_field(std::string_view field, Mount& mount) {
    const auto colon = std::min(field.find(':'), field.size());
    const auto tag = field.substr(0, colon);
    const auto value = field.substr(std::min(colon + 1, field.size()));
    if (tag == "shared") return read_id(value, mount.peer_group);
    if (tag == "master") return read_id(value, mount.master);
    if (tag == "propagate_from") return read_id(value, mount.propagate_from);
    if (field == "unbindable") mount.unbindable = true;
    return true;
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

std::optional<Mount> parse_mount(std::string_view line) {
    Mount mount;
    if (!read_id(cut(line, ' '), mount.id) || !read_id(cut(line, ' '), mount.parent_id) ||
        !read_device(cut(line, ' '), mount))
        return std::nullopt;
    mount.root = undo_octal_escapes(cut(line, ' '));
    mount.mount_point = undo_octal_escapes(cut(line, ' '));
    mount.options = undo_octal_escapes(cut(line, ' '));
    bool separated = false;
    while (!line.empty() && !separated) {
        const auto field = cut(line, ' ');
        separated = field == "-";
        if (!separated && !read_optional_field(field, mount)) return std::nullopt;
    }
    mount.fs_type = undo_octal_escapes(cut(line, ' '));
    mount.source = undo_octal_escapes(cut(line, ' '));
    if (!separated || mount.root.empty() || mount.mount_point.empty() || mount.fs_type.empty())
        return std::nullopt;
    return mount;
}

MountTable parse_mounts(std::string_view mountinfo) {
    MountTable table;
    while (!mountinfo.empty()) {
        auto mount = parse_mount(cut(mountinfo, '\n'));
        if (mount)
            table.mounts.push_back(std::move(*mount));
        else
            ++table.malformed;
    }
    return table;
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
        const auto line = cut(mountinfo, '\n');
        if (line.find(" nsfs") == std::string_view::npos) continue; // which is quicker, and most are not
        const auto mount = parse_mount_line(line);
        if (!mount || mount->fs_type != "nsfs") continue;
        if (const auto link = parse_ns_link(mount->root))
            mounts.push_back({link->type, link->inum, undo_octal_escapes(mount->mount_point), 0, 0});
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
