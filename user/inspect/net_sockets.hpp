#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "inspect/netlink.hpp"

namespace nsscope {

/// A socket that waits for whoever comes: TCP in LISTEN, or UDP bound and not connected.
struct ListeningSocket {
    std::string protocol; ///< "tcp" or "udp"
    int family = 0;       ///< AF_INET or AF_INET6
    std::string address;  ///< inet_ntop(3)
    std::uint16_t port = 0;
    int interface = 0;       ///< index of the one that it is bound to; 0: any
    std::uint32_t uid = 0;   ///< of its owner, as nsscope's own user namespace sees it
    std::uint32_t inode = 0; ///< as in the "socket:[INODE]" of /proc/PID/fd
    bool operator==(const ListeningSocket&) const = default;
};

/// Of one protocol ("tcp" or "udp") and family in the network namespace that the socket (NETLINK_SOCK_DIAG) is in,
/// sock_diag(7), sorted. ENOENT: the kernel lacks that protocol's part of it.
[[nodiscard]] Result<std::vector<ListeningSocket>> read_listening(Netlink& diag, const std::string& protocol,
                                                                  int family);

} // namespace nsscope
