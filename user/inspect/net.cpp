#include "inspect/net.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include <linux/netlink.h>
#include <sys/socket.h>

#include "inspect/visit.hpp"
#include "scan/netnsid.hpp"
#include "scan/proc_scan.hpp"

namespace nsscope {

namespace {

/// Opened within a network namespace, which they stay in.
struct Sockets {
    Result<Netlink> route = Failure(Error{});
    Result<Netlink> diag = Failure(Error{});
    Result<NetnsidReader> nsids = Failure(Error{});

    [[nodiscard]] static Result<Sockets> open(const HeldNamespace& ns) {
        Sockets sockets;
        const auto visited = visit_by_thread(ns, [&sockets] {
            sockets.route = Netlink::open(NETLINK_ROUTE);
            sockets.diag = Netlink::open(NETLINK_SOCK_DIAG);
            sockets.nsids = NetnsidReader::open();
        });
        if (!visited) return Failure(visited.error());
        return sockets;
    }
};

/// A mount under /run/netns, which /var/run leads to, is what `ip netns` calls a name.
std::vector<std::string> find_names(const Look& look) {
    std::vector<std::string> names;
    const auto mounts = scan_nsfs_mounts(look.sources.proc_root);
    if (!mounts) {
        look.gaps.add_error("names under /run/netns", mounts.error());
        return names;
    }
    for (const auto& mount : *mounts) {
        if (mount.type != NsType::net || mount.inum != look.ns.ref.inum) continue;
        for (const std::string_view directory : {"/run/netns/", "/var/run/netns/"})
            if (mount.path.starts_with(directory)) names.push_back(mount.path.substr(directory.size()));
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

std::optional<int> find_own_nsid(const Look& look) {
    auto reader = NetnsidReader::open();
    auto nsid = reader ? reader->of_fd(look.held.file.get()) : Failure(reader.error());
    if (nsid) return *nsid;
    look.gaps.add_error("nsid", nsid.error());
    return std::nullopt;
}

std::optional<std::vector<NetInterface>> find_interfaces(const Look& look, Sockets& sockets) {
    auto links = sockets.route ? read_links(*sockets.route) : Failure(sockets.route.error());
    if (links) return std::move(*links);
    look.gaps.add_error("network interfaces", links.error());
    return std::nullopt;
}

/// The namespaces that this one has numbers for, by these numbers, as far as they are `wanted`.
std::map<int, const Namespace*> resolve_nsids(const Look& look, Sockets& sockets, std::vector<int> wanted) {
    std::map<int, const Namespace*> found;
    if (!sockets.nsids) return found;
    for (const auto& ns : look.snapshot.namespaces) {
        if (wanted.empty()) break;
        if (ns.type != NsType::net) continue;
        const auto held = hold(look.sources.proc_root, look.snapshot, ns);
        if (!held) continue;
        const auto nsid = sockets.nsids->of_fd(held->file.get());
        if (!nsid || !*nsid) continue;
        if (std::erase(wanted, **nsid) != 0) found[**nsid] = &ns;
    }
    return found;
}

using Names = std::map<int, std::string>; ///< by index

Names names_in(const Look& look, const Namespace& ns) {
    const auto held = hold(look.sources.proc_root, look.snapshot, ns);
    auto sockets = held ? Sockets::open(*held) : Failure(held.error());
    const auto links = sockets && sockets->route ? read_links(*sockets->route) : Failure(Error{});
    Names names;
    if (links)
        for (const auto& link : *links) names[link.index] = link.name;
    return names;
}

void find_peers(const Look& look, Sockets& sockets, std::vector<NetInterface>& links) {
    std::vector<int> wanted;
    Names own;
    for (const auto& link : links) {
        own[link.index] = link.name;
        if (link.peer && link.peer->nsid) wanted.push_back(*link.peer->nsid);
    }
    std::ranges::sort(wanted);
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    const auto namespaces = resolve_nsids(look, sockets, wanted);
    std::map<int, Names> names;
    for (const auto& [nsid, ns] : namespaces) names[nsid] = names_in(look, *ns);
    for (auto& link : links) {
        if (!link.peer) continue;
        auto& peer = *link.peer;
        if (!peer.nsid) {
            peer.net_ns = look.ns.ref.inum;
            peer.name = own[peer.index];
        } else if (const auto ns = namespaces.find(*peer.nsid); ns != namespaces.end()) {
            peer.net_ns = ns->second->ref.inum;
            peer.name = names[*peer.nsid][peer.index];
        } else {
            look.gaps.add("namespace of the peer of an interface",
                          "no namespace that was found has its nsid");
        }
    }
}

std::optional<std::vector<ListeningSocket>> find_listening(const Look& look, Sockets& sockets) {
    std::vector<ListeningSocket> all;
    for (const char* protocol : {"tcp", "udp"})
        for (const int family : {AF_INET, AF_INET6}) {
            auto some = sockets.diag ? read_listening(*sockets.diag, protocol, family)
                                     : Failure(sockets.diag.error());
            if (!some) {
                look.gaps.add_error("listening sockets", some.error());
                return std::nullopt;
            }
            std::ranges::move(*some, std::back_inserter(all));
        }
    return all;
}

} // namespace

NetContents inspect_net(const Look& look) {
    NetContents contents;
    contents.names = find_names(look);
    contents.nsid = find_own_nsid(look);
    auto sockets = Sockets::open(look.held);
    if (!sockets) {
        look.gaps.add_error("interfaces and listening sockets", sockets.error());
        return contents;
    }
    contents.interfaces = find_interfaces(look, *sockets);
    if (contents.interfaces) find_peers(look, *sockets, *contents.interfaces);
    contents.listening = find_listening(look, *sockets);
    return contents;
}

} // namespace nsscope
