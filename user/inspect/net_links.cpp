#include "inspect/net_links.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

namespace nsscope {

namespace {

/// A request for everything of one kind.
template <typename Body>
struct Request {
    nlmsghdr header{};
    Body body{};
    explicit Request(std::uint16_t type) {
        header.nlmsg_len = sizeof *this;
        header.nlmsg_type = type;
    }
};

/// RFC 2863, include/uapi/linux/if.h, IF_OPER_*.
constexpr std::array<const char*, 7> state_names{"unknown", "notpresent", "down", "lowerlayerdown",
                                                 "testing", "dormant",    "up"};

std::string text_of(const nlattr* attribute) {
    const std::string_view text(static_cast<const char*>(mnl_attr_get_payload(attribute)),
                                mnl_attr_get_payload_len(attribute));
    return std::string(text.substr(0, text.find('\0')));
}

/// nullopt: too short to be one.
template <typename Number>
std::optional<Number> number_of(const nlattr* attribute) {
    if (mnl_attr_get_payload_len(attribute) < sizeof(Number)) return std::nullopt;
    Number number{};
    const auto* bytes = static_cast<const char*>(mnl_attr_get_payload(attribute));
    std::copy_n(bytes, sizeof number, reinterpret_cast<char*>(&number));
    return number;
}

std::string mac_of(const nlattr* attribute) {
    const auto* bytes = static_cast<const unsigned char*>(mnl_attr_get_payload(attribute));
    const std::size_t size = mnl_attr_get_payload_len(attribute);
    return fmt::format("{:02x}", fmt::join(bytes, bytes + size, ":"));
}

template <typename Take>
int call(const nlattr* attribute, void* take) {
    (*static_cast<Take*>(take))(attribute);
    return MNL_CB_OK;
}
template <typename Take>
void each_attribute(const nlmsghdr& header, std::size_t body_size, Take take) {
    mnl_attr_parse(&header, static_cast<unsigned>(body_size), call<Take>, &take);
}
template <typename Take>
void each_nested(const nlattr* attribute, Take take) {
    mnl_attr_parse_nested(attribute, call<Take>, &take);
}

std::string kind_of(const nlattr* link_info) {
    std::string kind;
    each_nested(link_info, [&kind](const nlattr* attribute) {
        if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND) kind = text_of(attribute);
    });
    return kind;
}

void take_attribute(NetInterface& link, LinkPeer& peer, const nlattr* attribute) {
    switch (mnl_attr_get_type(attribute)) {
    case IFLA_IFNAME: link.name = text_of(attribute); break;
    case IFLA_LINKINFO: link.kind = kind_of(attribute); break;
    case IFLA_ADDRESS: link.mac = mac_of(attribute); break;
    case IFLA_MTU: link.mtu = number_of<std::uint32_t>(attribute).value_or(0); break;
    case IFLA_LINK: peer.index = number_of<int>(attribute).value_or(0); break;
    case IFLA_LINK_NETNSID: peer.nsid = number_of<int>(attribute); break;
    case IFLA_OPERSTATE:
        if (const auto state = number_of<std::uint8_t>(attribute); state && *state < state_names.size())
            link.state = state_names[*state];
        break;
    default: break;
    }
}

std::optional<NetInterface> parse_link(const nlmsghdr& header) {
    if (header.nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(&header) < sizeof(ifinfomsg))
        return std::nullopt;
    const auto* body = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&header));
    NetInterface link;
    LinkPeer peer;
    link.index = body->ifi_index;
    link.up = (body->ifi_flags & IFF_UP) != 0;
    each_attribute(header, sizeof(ifinfomsg),
                   [&](const nlattr* attribute) { take_attribute(link, peer, attribute); });
    // A link that stands on nothing names itself (IFLA_LINK, dev_get_iflink) or 0.
    if (peer.index != 0 && (peer.index != link.index || peer.nsid)) link.peer = std::move(peer);
    return link;
}

struct FoundAddress {
    int index;
    NetAddress address;
};

std::optional<FoundAddress> parse_address(const nlmsghdr& header) {
    if (header.nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(&header) < sizeof(ifaddrmsg))
        return std::nullopt;
    const auto* body = static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(&header));
    const nlattr *local = nullptr, *any = nullptr;
    each_attribute(header, sizeof(ifaddrmsg), [&](const nlattr* attribute) {
        if (mnl_attr_get_type(attribute) == IFA_LOCAL) local = attribute;
        if (mnl_attr_get_type(attribute) == IFA_ADDRESS) any = attribute;
    });
    // IFA_ADDRESS is the far end of a point-to-point link (include/uapi/linux/if_addr.h).
    const auto* bytes = local != nullptr ? local : any;
    const std::size_t size = body->ifa_family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
    const bool is_ip = body->ifa_family == AF_INET || body->ifa_family == AF_INET6;
    if (!is_ip || bytes == nullptr || mnl_attr_get_payload_len(bytes) < size) return std::nullopt;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::inet_ntop(body->ifa_family, mnl_attr_get_payload(bytes), text.data(), text.size()) == nullptr)
        return std::nullopt;
    return FoundAddress{static_cast<int>(body->ifa_index),
                        {body->ifa_family, text.data(), body->ifa_prefixlen}};
}

} // namespace

Result<std::vector<NetInterface>> read_links(Netlink& route) {
    std::vector<NetInterface> links;
    Request<ifinfomsg> ask_links(RTM_GETLINK);
    const auto got_links = route.dump(
        ask_links.header,
        [&](const nlmsghdr& header) {
            if (auto link = parse_link(header)) links.push_back(std::move(*link));
        },
        [&] { links.clear(); });
    if (!got_links) return Failure(got_links.error());

    std::vector<FoundAddress> addresses;
    Request<ifaddrmsg> ask_addresses(RTM_GETADDR);
    const auto got_addresses = route.dump(
        ask_addresses.header,
        [&](const nlmsghdr& header) {
            if (auto address = parse_address(header)) addresses.push_back(std::move(*address));
        },
        [&] { addresses.clear(); });
    if (!got_addresses) return Failure(got_addresses.error());

    std::ranges::sort(links, {}, &NetInterface::index);
    for (auto& found : addresses) {
        const auto link = std::ranges::lower_bound(links, found.index, {}, &NetInterface::index);
        if (link != links.end() && link->index == found.index)
            link->addresses.push_back(std::move(found.address));
    }
    return links;
}

} // namespace nsscope
