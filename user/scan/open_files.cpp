#include "scan/open_files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/sockios.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scan/files.hpp"
#include "scan/nsfs.hpp"
#include "scan/parse.hpp"
#include "scan/task_dir.hpp"

namespace nsscope {
namespace {

constexpr unsigned pidfd_thread = O_EXCL; // PIDFD_THREAD, include/uapi/linux/pidfd.h, 6.9

int open_pidfd(pid_t pid, pid_t tid) {
    return static_cast<int>(::syscall(SYS_pidfd_open, tid, pid == tid ? 0U : pidfd_thread));
}

/// "socket:[12345]"
std::optional<std::uint64_t> socket_inode(std::string_view link) {
    constexpr std::string_view head = "socket:[";
    if (!link.starts_with(head) || !link.ends_with(']')) return std::nullopt;
    std::uint64_t inode = 0;
    const auto* const end = link.data() + link.size() - 1;
    const auto [stop, error] = std::from_chars(link.data() + head.size(), end, inode);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return inode;
}

/// errno tells why there is none.
UniqueFd net_of_socket(int pidfd, int fd) {
    const UniqueFd copy(static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd, fd, 0U)));
    return copy ? UniqueFd(::ioctl(copy.get(), SIOCGSKNS)) : UniqueFd();
}

} // namespace

UniqueFd open_net_of_socket(pid_t pid, pid_t tid, int fd) {
    const UniqueFd pidfd(open_pidfd(pid, tid));
    return pidfd ? net_of_socket(pidfd.get(), fd) : UniqueFd();
}

std::optional<bool> OpenFiles::share_table(pid_t one, pid_t other) {
    const long order = ::syscall(SYS_kcmp, one, other, KCMP_FILES, 0, 0);
    if (order < 0) return std::nullopt;
    return order == 0;
}

/// One that was forked and has opened nothing since has the files of its parent, and of its siblings. To compare them
/// takes a third of the time: no file of /proc is to be made, found and read for each.
bool OpenFiles::has_plain_ones(int parent, const char* name, pid_t tid) const {
    struct stat st {};
    if (plain_.fds.empty() || ::fstatat(parent, name, &st, 0) != 0) return false;
    if (static_cast<std::size_t>(st.st_size) != plain_.fds.size()) return false; // before 6.2 it is 0
    return std::all_of(plain_.fds.begin(), plain_.fds.end(),
                       [&](int fd) { return ::syscall(SYS_kcmp, plain_.tid, tid, KCMP_FILE, fd, fd) == 0; });
}

void OpenFiles::read(int parent, const char* name, const Owner& owner, NsCatalog& catalog, Mishaps& mishaps,
                     std::vector<ScannedFile>& found) {
    if (has_plain_ones(parent, name, owner.tid)) return;
    const auto before = found.size();
    seen_.clear();
    const UniqueFd directory(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return mishaps.count_files_error(errno, owner.pid);
    sockets_.clear();
    std::array<char, 64> text;
    for (;;) {
        const auto got = ::getdents64(directory.get(), entries_.data(), entries_.size());
        if (got < 0) mishaps.count_files_error(errno, owner.pid);
        if (got <= 0) break;
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            const char* number = take_name(entries_, at);
            if (*number == '.') continue;
            const int fd = std::atoi(number);
            seen_.push_back(fd);
            const auto length = ::readlinkat(directory.get(), number, text.data(), text.size());
            if (length <= 0) continue; // closed meanwhile
            const std::string_view link(text.data(), static_cast<std::size_t>(length));
            if (link.front() == '/') continue; // most are files with a path
            if (const auto inode = socket_inode(link)) {
                if (owner.net != 0) sockets_.push_back({fd, *inode});
            } else if (const auto ns = parse_ns_link(link)) {
                if (!catalog.described(ns->type, ns->inum)) {
                    UniqueFd file(::openat(directory.get(), number, O_RDONLY | O_CLOEXEC));
                    const bool is_that = file && is_nsfs(file.get()) && inum_of(file.get()) == ns->inum;
                    if (is_that)
                        catalog.describe(ns->type, ns->inum, std::move(file));
                    else
                        catalog.mention(ns->type, ns->inum); // it was there a moment ago
                }
                found.push_back({ns->type, {ns->inum, 0}, owner.pid, owner.tid, fd, false});
            }
        }
        // as many as there is room for, fs/proc/fd.c: where there was more room, that was all
        constexpr std::size_t room_for_one = 64;
        if (static_cast<std::size_t>(got) + room_for_one < entries_.size()) break;
    }
    if (!sockets_.empty()) return read_sockets(owner, catalog, mishaps, found);
    constexpr std::size_t few = 16; // of more, some are likely to differ
    if (found.size() == before && seen_.size() <= few) plain_ = {owner.tid, seen_};
}

void OpenFiles::read_sockets(const Owner& owner, NsCatalog& catalog, Mishaps& mishaps,
                             std::vector<ScannedFile>& found) {
    UniqueFd pidfd;
    for (const auto& socket : sockets_) {
        auto known = nets_.find(socket.inode);
        if (known == nets_.end()) {
            if (!pidfd) {
                pidfd.reset(open_pidfd(owner.pid, owner.tid));
                if (!pidfd) return mishaps.count_sockets_error(errno, owner.pid);
            }
            known = nets_.emplace(socket.inode, ask(pidfd.get(), socket, catalog, mishaps, owner.pid)).first;
        }
        if (known->second != 0 && known->second != owner.net)
            found.push_back({NsType::net, {known->second, 0}, owner.pid, owner.tid, socket.fd, true});
    }
}

/// The inode number of a socket's network namespace, 0: it cannot be had.
std::uint32_t OpenFiles::ask(int pidfd, const Socket& socket, NsCatalog& catalog, Mishaps& mishaps,
                             pid_t pid) {
    auto net = net_of_socket(pidfd, socket.fd);
    if (!net) {
        // closed meanwhile, and another file may have the number by now
        if (errno != EBADF && errno != ENOTTY && errno != EINVAL) mishaps.count_sockets_error(errno, pid);
        return 0;
    }
    const auto inum = inum_of(net.get());
    if (!inum) return 0;
    if (!catalog.described(NsType::net, *inum)) catalog.describe(NsType::net, *inum, std::move(net));
    return *inum;
}

} // namespace nsscope
