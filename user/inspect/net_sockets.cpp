#include "inspect/net_sockets.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

namespace nsscope {

namespace {

/// States of include/net/tcp_states.h; an unconnected UDP socket is in the one called CLOSE.
constexpr unsigned tcp_close = 7, tcp_listen = 10;

struct DiagRequest {
    nlmsghdr header;
    inet_diag_req_v2 body;
};

} // namespace

Result<std::vector<ListeningSocket>> read_listening(Netlink& diag, const std::string& protocol, int family) {
    const bool is_tcp = protocol == "tcp";
    DiagRequest request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.body.sdiag_family = static_cast<std::uint8_t>(family);
    request.body.sdiag_protocol = is_tcp ? IPPROTO_TCP : IPPROTO_UDP;
    request.body.idiag_states = 1U << (is_tcp ? tcp_listen : tcp_close);

    std::vector<ListeningSocket> sockets;
    const auto take = [&](const nlmsghdr& header) {
        if (mnl_nlmsg_get_payload_len(&header) < sizeof(inet_diag_msg)) return;
        const auto* body = static_cast<const inet_diag_msg*>(mnl_nlmsg_get_payload(&header));
        const auto port = ntohs(body->id.idiag_sport);
        std::array<char, INET6_ADDRSTRLEN> address{};
        if (port == 0 || body->idiag_family != family ||
            ::inet_ntop(family, body->id.idiag_src, address.data(), address.size()) == nullptr)
            return;
        sockets.push_back({protocol, family, address.data(), port, static_cast<int>(body->id.idiag_if),
                           body->idiag_uid, body->idiag_inode});
    };
    const auto got = diag.dump(request.header, take, [&] { sockets.clear(); });
    if (!got) return Failure(got.error());
    std::ranges::sort(sockets, {},
                      [](const ListeningSocket& s) { return std::tie(s.port, s.address, s.inode); });
    return sockets;
}

} // namespace nsscope
