#include "socket_reader.hpp"

#include <array>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

#include "live.hpp"

namespace live {
namespace {

void wait_little(int socket) {
    const timeval little{.tv_sec = 0, .tv_usec = 20'000};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &little, sizeof little);
}

} // namespace

SocketReader::SocketReader(std::string path, int type, std::function<void(std::string_view)> take)
    : path_(std::move(path)), type_(type), take_(std::move(take)) {
    come();
}

void SocketReader::come() {
    if (thread_.joinable()) return;
    ends_ = false;
    socket_ = ::socket(AF_UNIX, type_ | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    ::unlink(path_.c_str());
    wait_little(socket_);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0)
        << errno_text();
    EXPECT_TRUE(type_ != SOCK_STREAM || ::listen(socket_, 5) == 0);
    thread_ = std::thread([this] { run(); });
}

void SocketReader::go() {
    if (!thread_.joinable()) return;
    ends_ = true;
    thread_.join();
    ::close(socket_);
    ::unlink(path_.c_str());
}

void SocketReader::run() {
    if (type_ == SOCK_DGRAM) return take_all(socket_);
    for (bool is_last = false;;) {
        // who connects no more is refused; who has connected may have written already
        if (ends_ && !std::exchange(is_last, true)) ::shutdown(socket_, SHUT_RD);
        const int from = ::accept(socket_, nullptr, nullptr);
        if (from < 0 && is_last) return;
        if (from < 0) continue;
        wait_little(from);
        take_all(from);
        ::close(from);
        rest_.clear(); // half a record is sent again
    }
}

void SocketReader::take_all(int from) {
    std::array<char, 1 << 16> room{};
    for (bool is_last = false;;) {
        if (ends_ && !std::exchange(is_last, true)) ::shutdown(from, SHUT_RD);
        const auto got = ::recv(from, room.data(), room.size(), 0);
        if (got == 0 || (got < 0 && is_last)) return;
        if (got > 0) take({room.data(), static_cast<std::size_t>(got)});
    }
}

void SocketReader::take(std::string_view bytes) {
    if (type_ == SOCK_DGRAM) {
        take_(bytes);
        ++records_;
        return;
    }
    rest_ += bytes;
    std::size_t begin = 0;
    for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
        take_(std::string_view(rest_).substr(begin, end - begin));
        ++records_;
        begin = end + 1;
    }
    rest_.erase(0, begin);
}

} // namespace live
