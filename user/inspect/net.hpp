#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inspect/look.hpp"
#include "inspect/net_links.hpp"
#include "inspect/net_sockets.hpp"

namespace nsscope {

/// A network namespace, network_namespaces(7).
struct NetContents {
    std::vector<std::string>
        names; ///< those that ip-netns(8) gives it: its mounts under /run/netns; raw bytes
    /// The number by which nsscope's own network namespace knows it, rtnetlink(7); nullopt: it has none.
    std::optional<int> nsid;
    std::optional<std::vector<NetInterface>> interfaces;   ///< by index; nullopt: it could not be entered
    std::optional<std::vector<ListeningSocket>> listening; ///< by protocol, family, port
};
/// By netlink sockets that are opened within.
[[nodiscard]] NetContents inspect_net(const Look& look);

} // namespace nsscope
