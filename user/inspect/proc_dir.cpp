#include "inspect/proc_dir.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "scan/parse.hpp"

namespace nsscope {

namespace {

tl::expected<std::string, int> read_at(int directory, const char* name) {
    constexpr std::size_t most = 64U << 20;
    const UniqueFd file(::openat(directory, name, O_RDONLY | O_CLOEXEC));
    if (!file) return tl::unexpected(errno);
    std::string text;
    std::array<char, 16384> chunk;
    while (text.size() <= most) {
        const auto got = ::read(file.get(), chunk.data(), chunk.size());
        if (got == 0) return text;
        if (got > 0)
            text.append(chunk.data(), static_cast<std::size_t>(got));
        else if (errno != EINTR)
            return tl::unexpected(errno);
    }
    return tl::unexpected(EFBIG);
}

} // namespace

tl::expected<ProcDir, int> ProcDir::open(const std::string& proc_root, pid_t pid) {
    const auto path = fmt::format("{}/{}", proc_root, pid);
    UniqueFd directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return tl::unexpected(errno);
    return ProcDir(pid, std::move(directory));
}

tl::expected<std::string, int> ProcDir::read(const char* file) const { return read_at(fd(), file); }

std::string ProcDir::comm() const {
    auto text = read("comm").value_or(std::string());
    if (text.ends_with('\n')) text.pop_back();
    return text;
}

std::optional<std::uint32_t> ProcDir::namespace_inum(NsSlot slot) const {
    const auto file = fmt::format("ns/{}", name(slot));
    std::array<char, 64> text;
    const auto got = ::readlinkat(fd(), file.c_str(), text.data(), text.size());
    if (got < 0) return std::nullopt;
    const auto link = parse_ns_link({text.data(), static_cast<std::size_t>(got)});
    if (!link || link->type != type_of(slot)) {
        errno = EINVAL;
        return std::nullopt;
    }
    return link->inum;
}

} // namespace nsscope
