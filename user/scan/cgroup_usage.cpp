#include "scan/cgroup_usage.hpp"

#include <array>
#include <charconv>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scan/files.hpp"

namespace nsscope {
namespace {

/// The number behind `word` in a small file of a cgroup.
template <typename T>
std::optional<T> number_after(int directory, const char* name, std::string_view word) {
    const UniqueFd file(::openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file) return std::nullopt;
    std::array<char, 512> room{};
    const auto got = ::read(file.get(), room.data(), room.size());
    if (got <= 0) return std::nullopt;
    const std::string_view text(room.data(), static_cast<std::size_t>(got));
    const auto at = text.find(word);
    if (at == std::string_view::npos) return std::nullopt;
    T value{};
    const auto* begin = text.data() + at + word.size();
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
    if (error != std::errc()) return std::nullopt;
    return value;
}

void read_files(int directory, CgroupUsage& usage) {
    usage.cpu_us = number_after<std::uint64_t>(directory, "cpu.stat", "usage_usec ");
    usage.memory = number_after<std::uint64_t>(directory, "memory.current", "");
    usage.pids = number_after<std::uint64_t>(directory, "pids.current", "");
    usage.cpu = number_after<double>(directory, "cpu.pressure", "some avg10=");
    usage.memory_wait = number_after<double>(directory, "memory.pressure", "some avg10=");
    usage.io = number_after<double>(directory, "io.pressure", "some avg10=");
}

} // namespace

std::vector<std::pair<std::uint64_t, std::string>> list_cgroups(const std::string& root, std::size_t most) {
    std::vector<std::pair<std::uint64_t, std::string>> found;
    std::vector<std::string> paths{""};
    for (std::size_t i = 0; i < paths.size(); ++i) { // grows on the way
        auto listing = Listing::open(AT_FDCWD, (root + paths[i]).c_str());
        if (!listing) continue; // it is gone
        while (const auto* name = listing->next()) {
            const auto path = paths[i] + "/" + name;
            struct stat entry {};
            if (name[0] == '.' || found.size() >= most) continue;
            if (::lstat((root + path).c_str(), &entry) != 0 || !S_ISDIR(entry.st_mode)) continue;
            found.emplace_back(entry.st_ino, path);
            paths.push_back(path);
        }
    }
    return found;
}

Result<std::vector<CgroupUsage>> read_cgroup_usage(const std::string& root, std::size_t most) {
    std::vector<CgroupUsage> found;
    std::vector<std::string> paths{root};
    found.push_back({.name = "/"});
    for (std::size_t i = 0; i < found.size(); ++i) { // grows on the way: level by level
        const UniqueFd directory(::open(paths[i].c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
        struct stat status {};
        if (!directory || ::fstat(directory.get(), &status) != 0) {
            if (i == 0) return errno_failure("cannot read the cgroups under " + root);
            continue;
        }
        found[i].id = status.st_ino;
        read_files(directory.get(), found[i]);
        auto listing = Listing::open(directory.get(), ".");
        if (!listing) continue;
        while (const auto* name = listing->next()) {
            if (name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'))) continue;
            if (found.size() >= most) break;
            struct stat entry {};
            if (::fstatat(directory.get(), name, &entry, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(entry.st_mode))
                continue;
            found.push_back({.id = entry.st_ino, .parent = static_cast<std::uint32_t>(i), .name = name});
            paths.push_back(paths[i] + "/" + name);
        }
    }
    return found;
}

} // namespace nsscope
