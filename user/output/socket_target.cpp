#include "output/socket_target.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <iterator>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.hpp"

namespace nsscope {
namespace {

constexpr int datagram_bytes = 4 << 20; // the most that is asked for; the kernel gives what it allows
constexpr timeval patience{.tv_sec = 0, .tv_usec = 500'000};

} // namespace

Result<void> SocketTarget::connect() {
    if (socket_) return {};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path)
        return Failure(Error{"the path of a socket is too long: " + path_, {}, ENAMETOOLONG});
    path_.copy(address.sun_path, path_.size());
    UniqueFd made(::socket(AF_UNIX, type_ | SOCK_CLOEXEC, 0));
    if (!made) return errno_failure("cannot make a socket");
    static_cast<void>(::setsockopt(made.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience));
    if (type_ == SOCK_DGRAM) {
        if (::setsockopt(made.get(), SOL_SOCKET, SO_SNDBUFFORCE, &datagram_bytes, sizeof datagram_bytes) != 0)
            static_cast<void>(
                ::setsockopt(made.get(), SOL_SOCKET, SO_SNDBUF, &datagram_bytes, sizeof datagram_bytes));
    }
    if (::connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) // NOLINT
        return errno_failure("cannot connect to " + path_);
    socket_ = std::move(made);
    sent_ = 0; // a new reader gets the record from its beginning
    return {};
}

/// All of it, or an error; what of it has gone to a stream that still stands is in sent_.
Result<void> SocketTarget::send(std::string_view bytes) {
    while (sent_ < bytes.size()) {
        const auto rest = bytes.substr(sent_);
        const auto sent = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            sent_ += static_cast<std::size_t>(sent);
        } else if (errno != EINTR) {
            auto failure = errno_failure("cannot send to " + path_);
            if (errno != EAGAIN && errno != ENOBUFS) socket_.reset();
            return failure;
        }
    }
    sent_ = 0;
    return {};
}

RecordTarget::Written SocketTarget::write(std::span<const RecordText> records) {
    Written written;
    for (const auto& record : records) {
        if (auto connected = connect(); !connected) return {written.count, connected.error()};
        buffer_.clear();
        if (header_) header_(buffer_, record);
        buffer_ += record.text;
        if (type_ == SOCK_STREAM) buffer_ += '\n';
        if (auto sent = send(buffer_); !sent) return {written.count, sent.error()};
        ++written.count;
    }
    return written;
}

void SocketTarget::reopen() {
    socket_.reset();
    sent_ = 0;
}

SocketTarget::Header syslog_header(const std::string& host) {
    const auto pid = ::getpid();
    return [host, pid, time = Rfc3339()](std::string& out, const RecordText& record) mutable {
        constexpr int facility_local0 = 16, severity_info = 6, severity_warning = 4;
        const auto event = record.type ? name(*record.type) : std::string_view("nsscope");
        // RFC 5424 has microseconds at the most
        std::string when(time.format(realtime_ns()));
        when.erase(when.size() - 4, 3);
        fmt::format_to(std::back_inserter(out),
                       "<{}>1 {} {} nsscope {} {} [nsscope@32473 event=\"{}\"] @cee: ",
                       facility_local0 * 8 + (record.type ? severity_info : severity_warning), when,
                       host.empty() ? "-" : host, pid, event, event);
    };
}

} // namespace nsscope
