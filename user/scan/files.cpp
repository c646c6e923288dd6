#include "scan/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace nsscope {

tl::expected<std::string, int> read_file(const std::string& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return tl::unexpected(errno);
    return read_all(file.get());
}

tl::expected<std::string, int> read_all(int fd) {
    std::string text;
    std::array<char, 16384> chunk;
    while (true) {
        const auto got = ::read(fd, chunk.data(), chunk.size());
        if (got > 0)
            text.append(chunk.data(), static_cast<std::size_t>(got));
        else if (got == 0)
            return text;
        else if (errno != EINTR)
            return tl::unexpected(errno);
    }
}

std::size_t count_threads(const std::string& proc_root) {
    const auto text = read_file(proc_root + "/loadavg"); // "0.14 0.04 0.01 1/205 12345"
    std::size_t count = 0;
    const auto slash = text ? text->find('/') : std::string::npos;
    if (slash == std::string::npos) return SIZE_MAX;
    const auto parsed = std::from_chars(text->data() + slash + 1, text->data() + text->size(), count);
    return parsed.ec == std::errc() ? count : SIZE_MAX;
}

std::size_t spare_descriptors() {
    constexpr rlim_t enough = 1 << 20, for_others = 256;
    struct rlimit limit {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    const auto wanted = std::min(limit.rlim_max, enough);
    if (limit.rlim_cur < wanted) {
        const struct rlimit raised { wanted, limit.rlim_max };
        if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    return limit.rlim_cur <= for_others ? 0 : limit.rlim_cur - for_others;
}

const char* take_name(const std::vector<char>& entries, std::size_t& at) {
    const char* entry = &entries[at];
    std::uint16_t size = 0;
    std::memcpy(&size, entry + offsetof(struct dirent64, d_reclen), sizeof size);
    at += size;
    return entry + offsetof(struct dirent64, d_name);
}

tl::expected<Listing, int> Listing::open(int parent, const char* name, std::size_t room) {
    UniqueFd directory(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return tl::unexpected(errno);
    return Listing(std::move(directory), room);
}

const char* Listing::next() {
    if (next_ == filled_) {
        const auto got = ::getdents64(directory_.get(), entries_.data(), entries_.size());
        // ENOENT: the directory itself has gone
        if (got < 0 && errno != ENOENT) error_ = errno;
        if (got <= 0) return nullptr;
        next_ = 0;
        filled_ = static_cast<std::size_t>(got);
    }
    return take_name(entries_, next_);
}

} // namespace nsscope
