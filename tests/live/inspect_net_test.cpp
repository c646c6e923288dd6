// Interfaces, their peers and listening sockets, against ip(8) and ss(8).

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <set>
#include <sys/socket.h>
#include <unistd.h>

#include "inspected.hpp"
#include "json.hpp"
#include "live.hpp"

namespace live {
namespace {

class InspectNet : public Live {
  protected:
    void SetUp() override {
        Live::SetUp();
        for (const auto* tool : {"ip", "ss", "nsenter"})
            if (find_in_path(tool).empty()) LIVE_SKIP(std::string(tool) + "(8) is not installed");
    }
};

int listen_on(int family, int type, std::uint16_t port) {
    const int fd = ::socket(family, type, 0);
    if (fd < 0) return errno;
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* address = family == AF_INET6 ? reinterpret_cast<const sockaddr*>(&six)
                                             : reinterpret_cast<const sockaddr*>(&four);
    const socklen_t size = family == AF_INET6 ? sizeof six : sizeof four;
    if (::bind(fd, address, size) != 0) return errno;
    return type == SOCK_STREAM ? failed(::listen(fd, 1)) : 0;
}

int make_net() {
    if (::unshare(CLONE_NEWNET) != 0) return errno;
    return 0;
}

int open_sockets() {
    for (const auto& [family, type, port] :
         {std::tuple{AF_INET, SOCK_STREAM, 8080}, std::tuple{AF_INET6, SOCK_STREAM, 8081},
          std::tuple{AF_INET, SOCK_DGRAM, 5353}, std::tuple{AF_INET6, SOCK_DGRAM, 5354}})
        if (const int error = listen_on(family, type, static_cast<std::uint16_t>(port))) return error;
    return 0;
}

void ip(const std::vector<std::string>& words) {
    std::vector<std::string> command{find_in_path("ip")};
    command.insert(command.end(), words.begin(), words.end());
    const auto done = run(command);
    EXPECT_EQ(done.status, 0) << done.errors;
}

const std::string odd_name = "e\x1b[2J";

TEST_F(InspectNet, InterfacesAndSockets) {
    Subject blue(make_net, open_sockets);
    const Subject red(make_net);
    ASSERT_EQ(blue.error(), 0);
    ASSERT_EQ(red.error(), 0);
    const auto blue_pid = std::to_string(blue.pid()), red_pid = std::to_string(red.pid());
    const auto name = "nsscope " + blue_pid;
    ip({"link", "add", "v-blue", "netns", blue_pid, "type", "veth", "peer", "name", odd_name, "netns",
        red_pid});
    within(blue, {"-n"}, {find_in_path("ip"), "link", "set", "lo", "up"});
    within(blue, {"-n"}, {find_in_path("ip"), "link", "set", "v-blue", "up", "mtu", "1400"});
    within(blue, {"-n"}, {find_in_path("ip"), "addr", "add", "10.99.0.1/24", "dev", "v-blue"});
    within(blue, {"-n"}, {find_in_path("ip"), "addr", "add", "fd99::1/64", "dev", "v-blue", "nodad"});
    within(blue, {"-n"}, {find_in_path("ip"), "link", "add", "br0", "type", "bridge"});
    // not every kernel has this kind
    const auto added = run({find_in_path("nsenter"), "-t", blue_pid, "-n", find_in_path("ip"), "link", "add",
                            "link", "v-blue", "name", "v-blue.5", "type", "vlan", "id", "5"});
    ASSERT_EQ(blue.go(), 0);
    ip({"netns", "attach", name, blue_pid});

    const Inspected said({blue.proc() + "/ns/net"});
    const Inspected peer_said({red.proc() + "/ns/net"});
    const auto links_text = within(blue, {"-n"}, {find_in_path("ip"), "-j", "-d", "addr"});
    const auto sockets_text = within(blue, {"-n"}, {find_in_path("ss"), "-H", "-l", "-n", "-t", "-u"});
    const auto nsids = run({find_in_path("ip"), "netns", "list-id"}).output;
    ip({"netns", "delete", name});

    const auto& net = said.contents("net");
    ASSERT_EQ(json::array(net, "names").Size(), 1U);
    EXPECT_EQ(name, net["names"][0].GetString());
    if (!json::at(net, "nsid").IsNull()) {
        EXPECT_NE(
            nsids.find("nsid " + std::to_string(json::u32(net, "nsid")) + " (iproute2 netns name: " + name),
            std::string::npos)
            << nsids;
    }

    rapidjson::Document theirs;
    ASSERT_FALSE(theirs.Parse(links_text.c_str()).HasParseError()) << links_text;
    const auto& links = json::array(net, "interfaces");
    EXPECT_EQ(theirs.Size(), links.Size());
    for (const auto& their : theirs.GetArray()) {
        const auto* link = find_in(links, "name", json::text(their, "ifname"));
        ASSERT_NE(link, nullptr) << json::text(their, "ifname");
        EXPECT_EQ(json::u32(*link, "index"), json::u32(their, "ifindex"));
        EXPECT_EQ(json::u32(*link, "mtu"), json::u32(their, "mtu"));
        EXPECT_EQ(json::text(*link, "mac"), json::text(their, "address"));
        auto state = json::text(their, "operstate");
        for (auto& c : state) c = static_cast<char>(std::tolower(c));
        EXPECT_EQ(json::text(*link, "state"), state);
        if (their.HasMember("linkinfo") && their["linkinfo"].HasMember("info_kind")) {
            EXPECT_EQ(json::text(*link, "kind"), json::text(their["linkinfo"], "info_kind"));
        }
        std::set<std::string> ours_addresses, their_addresses;
        for (const auto& address : json::array(*link, "addresses").GetArray())
            ours_addresses.insert(json::text(address, "address") + '/' +
                                  std::to_string(json::u32(address, "prefix_length")));
        for (const auto& address : json::array(their, "addr_info").GetArray())
            their_addresses.insert(json::text(address, "local") + '/' +
                                   std::to_string(json::u32(address, "prefixlen")));
        EXPECT_EQ(ours_addresses, their_addresses);
    }

    const auto* veth = find_in(links, "name", "v-blue");
    ASSERT_NE(veth, nullptr);
    EXPECT_EQ(json::u32(json::at(*veth, "peer"), "net_ns"), red.ns("net"));
    EXPECT_EQ(json::text(json::at(*veth, "peer"), "name"), odd_name);
    if (added.status == 0) {
        const auto* vlan = find_in(links, "name", "v-blue.5");
        ASSERT_NE(vlan, nullptr);
        EXPECT_EQ(json::u32(json::at(*vlan, "peer"), "net_ns"), blue.ns("net"));
        EXPECT_EQ(json::text(json::at(*vlan, "peer"), "name"), "v-blue");
    }
    const auto* other_end = find_in(json::array(peer_said.contents("net"), "interfaces"), "name", odd_name);
    ASSERT_NE(other_end, nullptr);
    EXPECT_EQ(json::u32(json::at(*other_end, "peer"), "net_ns"), blue.ns("net"));
    EXPECT_EQ(json::text(json::at(*other_end, "peer"), "name"), "v-blue");

    // Netid State Recv-Q Send-Q Local-Address:Port ...
    std::multiset<std::string> ours_sockets, their_sockets;
    for (const auto& words : words_of(sockets_text)) {
        auto place = words.at(4);
        if (place.starts_with('*')) place.replace(0, 1, "[::]"); // ss(8) on a socket for both families
        their_sockets.insert(words.at(0) + ' ' + place);
    }
    for (const auto& socket : json::array(net, "listening").GetArray()) {
        const auto address = json::text(socket, "address");
        const bool six = json::text(socket, "family") == "ipv6";
        ours_sockets.insert(json::text(socket, "protocol") + ' ' + (six ? '[' + address + ']' : address) +
                            ':' + std::to_string(json::u32(socket, "port")));
    }
    EXPECT_EQ(ours_sockets, their_sockets);
    EXPECT_EQ(ours_sockets.size(), 4U);
    const auto text = nsscope({"inspect", red.proc() + "/ns/net"});
    EXPECT_EQ(text.output.find('\x1b'), std::string::npos);
    EXPECT_NE(text.output.find("e\\x1b[2J"), std::string::npos) << text.output;
}

TEST_F(InspectNet, ASavedOneHasANameAndNobodyInIt) {
    const auto name = "nsscope-test-" + std::to_string(::getpid());
    ip({"netns", "add", name});
    const Inspected said({"/run/netns/" + name});
    const auto line = json::text(said.ns("net"), "nsenter");
    const auto entered = run({"/bin/sh", "-c", line + " readlink /proc/self/ns/net"}).output;
    const Inspected by_inum({"net:[" + std::to_string(json::u32(said.ns("net"), "inum")) + "]"});
    ip({"netns", "delete", name});
    EXPECT_EQ(line, "nsenter --net=/run/netns/" + name);
    EXPECT_EQ(entered, "net:[" + std::to_string(json::u32(said.ns("net"), "inum")) + "]\n");
    EXPECT_EQ(json::array(said.contents("net"), "interfaces").Size(), 1U);
    EXPECT_EQ(json::text(by_inum.ns("net"), "nsenter"), line);
}

TEST_F(InspectNet, OnlyASocketHoldsIt) {
    static int kept = -1;
    const Subject subject([] {
        const int home = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        if (home < 0 || ::unshare(CLONE_NEWNET) != 0) return errno;
        kept = ::socket(AF_INET, SOCK_DGRAM, 0);
        return failed(kept < 0 ? kept : ::setns(home, CLONE_NEWNET));
    });
    ASSERT_EQ(subject.error(), 0);
    // which one it is, is known to list alone
    const auto listed = nsscope({"list", "-J", "-P", "-t", "net"});
    rapidjson::Document document;
    ASSERT_FALSE(document.Parse(listed.output.c_str()).HasParseError());
    unsigned inum = 0;
    for (const auto& ns : json::array(document, "namespaces").GetArray())
        for (const auto& pin : json::array(ns, "pinned_by").GetArray())
            if (json::text(pin, "how") == "socket" &&
                json::u32(pin, "pid") == static_cast<unsigned>(subject.pid()))
                inum = json::u32(ns, "inum");
    ASSERT_NE(inum, 0U) << listed.output;
    const Inspected said({"net:[" + std::to_string(inum) + "]"});
    EXPECT_EQ(json::array(said.contents("net"), "interfaces").Size(), 1U);
    EXPECT_TRUE(json::at(said.ns("net"), "nsenter").IsNull()) << "no path leads to it";
}

} // namespace
} // namespace live
