#include "scan/files.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

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

tl::expected<Listing, int> Listing::open(int parent, const char* name) {
    UniqueFd file(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!file) return tl::unexpected(errno);
    DIR* dir = ::fdopendir(file.get());
    if (dir == nullptr) return tl::unexpected(errno);
    (void)file.release(); // the stream has it now
    return Listing(dir);
}

const char* Listing::next() {
    errno = 0;
    const auto* entry = ::readdir(dir_.get());
    if (entry != nullptr) return entry->d_name;
    error_ = errno;
    return nullptr;
}

} // namespace nsscope
