#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <filesystem>
#include <netinet/in.h>
#include <sstream>
#include <sys/socket.h>
#include <unistd.h>

#include "helper_run.hpp"
#include "live.hpp"
#include "process.hpp"
#include "stream.hpp"

namespace live {
namespace {

class MetricsOf : public Live {};

/// A port of the loopback address that nobody has now.
std::uint16_t free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(probe, reinterpret_cast<const sockaddr*>(&address), size), 0);
    ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(probe);
    return ntohs(address.sin_port);
}

std::string scrape(std::uint16_t port) {
    const int to = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    std::string text;
    if (::connect(to, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        const std::string request = "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n";
        static_cast<void>(!::write(to, request.data(), request.size()));
        std::array<char, 65536> room{};
        for (ssize_t got = 0; (got = ::read(to, room.data(), room.size())) > 0;)
            text.append(room.data(), static_cast<std::size_t>(got));
    }
    ::close(to);
    return text;
}

/// The value of a metric; -1: it is not there.
double value_of(const std::string& text, const std::string& metric) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(metric + " ")) return std::stod(line.substr(metric.size() + 1));
    return -1;
}

TEST_F(MetricsOf, AStreamAreWhatItsTotalsSay) {
    const Scratch file("metrics");
    const auto port = free_port();
    Process process({program(), "events", "--type", "ns.unshare", "--metrics", std::to_string(port),
                     "--output", "file:" + file.path()});
    ASSERT_TRUE(wait_until([&] { return read_file(file.path()).find("\"start\"") != std::string::npos; }))
        << process.errors();
    static_cast<void>(run_helper({"storm:1:500"}));
    std::string text;
    const std::string unshares = "nsscope_events_total{event=\"ns.unshare\"}";
    EXPECT_TRUE(wait_until([&] {
        text = scrape(port);
        return value_of(text, unshares) >= 500;
    })) << text;
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait(), 0) << process.errors();
    const auto records = check_stream(read_file(file.path()), 0);
    EXPECT_LE(value_of(text, unshares), static_cast<double>(records.back().totals->delivered));
    EXPECT_EQ(value_of(text, "nsscope_event_latency_seconds_count"), value_of(text, unshares));
    EXPECT_EQ(value_of(text, "nsscope_output_lost_total{output=\"file:" + file.path() + "\"}"), 0);
    EXPECT_NE(text.find("nsscope_build_info{version="), std::string::npos);
}

TEST_F(MetricsOf, AnAddressThatIsNoneIsRefused) {
    for (const std::string& where :
         std::vector<std::string>{"", "x", "0", ":80", "65536", "localhost:80", "[::1]:80", "1.2.3.4,80:80"})
        EXPECT_EQ(nsscope({"events", "--metrics", where}).status, 2) << where;
}

} // namespace
} // namespace live
