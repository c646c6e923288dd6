#include "output/stream_writer.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsscope {

StreamWriter::StreamWriter(int fd, int stop_fd) : fd_(fd), stop_fd_(stop_fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return;
    is_socket_ = S_ISSOCK(status.st_mode);
    if (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode)) return;
    const auto path = fmt::format("/proc/self/fd/{}", fd);
    own_ = UniqueFd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (own_) fd_ = own_.get();
}

Result<void> StreamWriter::wait_for_reader() {
    std::array<pollfd, 2> fds{{{fd_, POLLOUT, 0}, {stop_fd_, POLLIN, 0}}};
    constexpr int patience_ms = 1000;
    if (::poll(fds.data(), fds.size(), patience_ms) < 0 && errno != EINTR)
        return errno_failure("cannot wait for the reader");
    if (fds[0].revents != 0 || (fds[1].revents == 0 && !abandoned_)) return {};
    if (abandoned_ || ::poll(fds.data(), 1, patience_ms) == 0)
        return errno_failure(ETIMEDOUT, "the reader of the stream did not take the rest of it");
    return {};
}

Result<void> StreamWriter::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = is_socket_
                                    ? ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                    : ::write(fd_, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            if (auto waited = wait_for_reader(); !waited) return waited;
        } else if (errno != EINTR) {
            return errno_failure("cannot write the stream");
        }
    }
    return {};
}

} // namespace nsscope
