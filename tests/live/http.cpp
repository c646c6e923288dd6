#include "http.hpp"

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live.hpp"

namespace live {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

} // namespace

std::uint16_t free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(probe, reinterpret_cast<const sockaddr*>(&address), size), 0) << errno_text();
    ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(probe);
    return ntohs(address.sin_port);
}

std::string http_get(std::uint16_t port, const std::string& path) {
    const int to = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(port);
    std::string text;
    if (::connect(to, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        const auto request = "GET " + path + " HTTP/1.0\r\nHost: localhost\r\n\r\n";
        static_cast<void>(!::write(to, request.data(), request.size()));
        std::array<char, 65536> room{};
        for (ssize_t got = 0; (got = ::read(to, room.data(), room.size())) > 0;)
            text.append(room.data(), static_cast<std::size_t>(got));
    }
    ::close(to);
    return text;
}

} // namespace live
