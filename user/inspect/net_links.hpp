#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inspect/netlink.hpp"

namespace nsscope {

struct NetAddress {
    int family = 0;   ///< AF_INET or AF_INET6
    std::string text; ///< inet_ntop(3)
    unsigned prefix_length = 0;
    bool operator==(const NetAddress&) const = default;
};

/// The other end of a veth(4), or the device that another kind of link stands on; `index` is its number in its own
/// network namespace.
struct LinkPeer {
    int index = 0;
    /// By which number the namespace of the link knows that of the peer; nullopt: it is in the same.
    std::optional<int> nsid;
    std::optional<std::uint32_t> net_ns; ///< inum; nullopt: not found
    std::string name;                    ///< raw bytes; empty: not found
};

/// A network interface, rtnetlink(7). Names are raw bytes: any but '/' and blanks.
struct NetInterface {
    int index = 0;
    std::string name;
    std::string kind;  ///< "veth", "bridge", ...; empty: a device of its own, as real ones and lo
    std::string state; ///< operational state as ip(8) has it, in lower case: "up", "down", "unknown", ...
    bool up = false;   ///< switched on (IFF_UP)
    std::uint32_t mtu = 0;
    std::string mac; ///< "02:fc:00:00:00:01"; empty: has none
    std::vector<NetAddress> addresses;
    std::optional<LinkPeer> peer; ///< net_ns and name are left for the caller to find
};

/// All interfaces of the network namespace that the socket (NETLINK_ROUTE) is in, with their addresses, by index.
[[nodiscard]] Result<std::vector<NetInterface>> read_links(Netlink& route);

} // namespace nsscope
